"""Filters on records: what they let through, and the first choice by index."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exact_emulator.errors import ApiError
from exact_emulator.odata.evaluate import Collation, Compiler, candidates, fields_of
from exact_emulator.odata.parse import parse_filter
from exact_emulator.reference import load
from tests.builders import rows
from tests.exact_emulator.test_parse import GUID, ZONE

ACCOUNTS = load().resource("Accounts")
ROW = {
    "ID": GUID, "Code": "                11", "Name": "Müller & Zn.", "Country": "NL ", "Blocked": False, "IsMailing": 1,
    "CreditLineSales": 12.5, "Modified": "/Date(1751371200000)/", "City": None, "Remarks": "", "InvoicingMethod": 2,
}  # fmt: skip


def lets_through(text, row=ROW, **collation):
    compiler = Compiler("Account", ACCOUNTS.properties, Collation(**collation))
    return compiler.compile(parse_filter(text, ZONE))(row.get)


CASES = [
    ("Name eq 'Müller & Zn.'", True, "equal text"),
    ("Name eq 'MÜLLER & ZN.'", True, "case does not count"),
    ("Name eq 'Müller'", False, "a part is not the whole"),
    ("Code eq '11'", False, "an unpadded code finds nothing"),
    ("Code eq '                11'", True, "the padded code does"),
    ("trim(Code) eq '11'", True, "trim takes the padding off"),
    ("Country eq 'NL'", True, "spaces on the right do not count"),
    ("Country eq 'NL '", True, "nor do they harm"),
    ("startswith(Name,'mül')", True, "startswith"),
    ("endswith(Name,'zn.')", True, "endswith"),
    ("substringof('& z',Name)", True, "substringof has the part first"),
    ("substringof('x',City)", False, "a function on null is false"),
    ("startswith(Name,'x') eq false", True, "a function compared with false"),
    ("Blocked eq false", True, "a flag"),
    ("Blocked", False, "a flag as a condition"),
    ("not Blocked", True, "the opposite of a flag"),
    ("IsMailing eq 1", True, "a byte"),
    ("CreditLineSales gt 12", True, "a double against a whole number"),
    ("CreditLineSales lt 12.5", False, "less is not less or equal"),
    ("CreditLineSales le 12.5", True, "less or equal"),
    ("City eq null", True, "null is null"),
    ("City ne null", False, "null is not something else"),
    ("City ne 'Delft'", True, "null differs from a text"),
    ("City gt 'A'", False, "null is not greater"),
    ("Remarks eq null", False, "empty is not null"),
    ("Modified ge datetime'2025-07-01T12:00:00'", True, "a time is compared on the local scale"),
    ("Modified gt datetime'2025-07-01T12:00:00'", False, "to the millisecond"),
    (f"ID eq guid'{GUID.upper()}'", True, "a GUID in capitals"),
    ("InvoicingMethod eq 1 or InvoicingMethod eq 2", True, "or"),
    ("InvoicingMethod eq 2 and Blocked eq true", False, "and"),
]

REFUSED = [
    ("Nme eq 'x'", "No property 'Nme' exists in type 'Account' at position 0.", "an unknown property"),
    ("Name", "Expression of type 'System.Boolean' expected at position 0.", "a text is no condition"),
    ("'x'", "Expression of type 'System.Boolean' expected at position 0.", "a literal is no condition"),
    ("Name eq 1", "Operator 'eq' incompatible with operand types 'System.String' and 'System.Int64' at position 0.",
     "text against a number"),
    (f"ID eq '{GUID}'", "Operator 'eq' incompatible with operand types 'System.Guid' and 'System.String' at position 0.",
     "a GUID needs its own literal"),
    ("startswith(Blocked,'x')", "No applicable function exists for the name 'startswith' at position 0.", "a function on a flag"),
    ("Name eq City", "Bad Request - Error in query syntax.", "field against field"),
    ("BankAccounts eq null", "Bad Request - Error in query syntax.", "a list"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), rows(CASES))
def test_a_filter_lets_through(text, expected):
    assert lets_through(text) is expected


@pytest.mark.parametrize(("text", "expected"), rows(REFUSED))
def test_a_filter_is_refused(text, expected):
    with pytest.raises(ApiError) as refused:
        lets_through(text)
    assert (refused.value.status, refused.value.message) == (400, expected)


def test_case_and_trailing_spaces_can_count():
    assert not lets_through("Name eq 'MÜLLER & ZN.'", case=True)
    assert not lets_through("Country eq 'NL'", spaces=True)


INDEX = {("Code", "a"): {"1", "2"}, ("Code", "b"): {"3"}, ("City", "x"): {"2", "3"}}


@pytest.mark.parametrize(
    ("text", "expected"),
    rows([
        ("Code eq 'a'", {"1", "2"}, "an equality"),
        ("'a' eq Code", {"1", "2"}, "an equality the other way round"),
        ("Code eq 'a' and City eq 'x'", {"2"}, "both narrow"),
        ("Code eq 'a' and Name ne 'x'", {"1", "2"}, "one narrows, the other is tried later"),
        ("Code eq 'a' or Code eq 'b'", {"1", "2", "3"}, "a list of keys"),
        ("Code eq 'a' or Name ne 'x'", None, "one term that needs all makes all"),
        ("not Code eq 'a'", None, "the opposite"),
        ("Code eq null", None, "null is in no index"),
        ("Code gt 'a'", None, "greater"),
    ]),
)  # fmt: skip
def test_candidates(text, expected):
    assert candidates(parse_filter(text, ZONE), lambda name, c: INDEX.get((name, c.value), set())) == expected


@given(st.lists(st.sampled_from(["Code eq 'a'", "City eq 'x'", "Code ne 'a'"]), min_size=1, max_size=5),
       st.sampled_from([" and ", " or "]),
       st.fixed_dictionaries({"Code": st.sampled_from(["a", "b"]), "City": st.sampled_from(["x", "y", None])}))  # fmt: skip
def test_what_passes_is_among_the_candidates(terms, joint, row):
    node = parse_filter(joint.join(terms), ZONE)
    chosen = candidates(node, lambda name, c: {"this"} if row[name] == c.value else set())
    if lets_through(joint.join(terms), row):
        assert chosen is None or "this" in chosen


def test_the_fields_of_a_filter_are_named_once():
    assert fields_of(parse_filter("A eq 1 and (not startswith(B,'x') or A gt 2)", ZONE)) == ["A", "B"]
