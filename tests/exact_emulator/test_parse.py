"""The parser of filters: what it reads, and what it refuses."""

from __future__ import annotations

from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exact_emulator.errors import ApiError
from exact_emulator.odata.parse import Call, Compare, Constant, Field, Logic, Not, parse_constants, parse_filter
from tests.builders import rows

ZONE = ZoneInfo("Europe/Amsterdam")
A, B = Field("A"), Field("B")
ONE, TWO = Constant("Int64", 1), Constant("Int64", 2)
GUID = "71b961de-b9f3-49fe-883d-0f46c7e0e89b"


def eq(left, right):
    return Compare("eq", left, right)


GOOD = [
    ("A eq 1", eq(A, ONE), "an equality"),
    ("  A   eq\t1 ", eq(A, ONE), "any white space"),
    ("1 eq A", eq(ONE, A), "the literal first"),
    ("A eq 1L", eq(A, ONE), "an Int64"),
    ("A gt -1", Compare("gt", A, Constant("Int64", -1)), "a negative number"),
    ("A le 1.5", Compare("le", A, Constant("Double", 1.5)), "a fraction"),
    ("A eq 2d", eq(A, Constant("Double", 2.0)), "a double without a fraction"),
    ("A eq 'O''Brien'", eq(A, Constant("String", "O'Brien")), "a doubled quote"),
    ("A eq ''", eq(A, Constant("String", "")), "an empty text"),
    ("A eq ' and B eq '", eq(A, Constant("String", " and B eq ")), "a text that looks like syntax"),
    ("A eq '&+#%'", eq(A, Constant("String", "&+#%")), "characters an address escapes"),
    ("A eq true", eq(A, Constant("Boolean", True)), "true"),
    ("A ne null", Compare("ne", A, Constant("Null", None)), "null"),
    (f"A eq guid'{GUID.upper()}'", eq(A, Constant("Guid", GUID)), "a GUID in capitals"),
    ("A ge datetime'1970-01-02T00:00:00'", Compare("ge", A, Constant("DateTime", 86_400_000)), "a time"),
    ("A ge datetime'1970-01-02'", Compare("ge", A, Constant("DateTime", 86_400_000)), "a date only"),
    ("A lt datetime'1970-01-01T00:00:00.123'", Compare("lt", A, Constant("DateTime", 123)), "milliseconds"),
    ("A eq 1 and B eq 2", Logic("and", (eq(A, ONE), eq(B, TWO))), "and"),
    ("A eq 1 or B eq 2 and A eq 2", Logic("or", (eq(A, ONE), Logic("and", (eq(B, TWO), eq(A, TWO))))), "and binds closer"),
    ("(A eq 1 or B eq 2) and A eq 2", Logic("and", (Logic("or", (eq(A, ONE), eq(B, TWO))), eq(A, TWO))), "parentheses"),
    ("not A eq 1", Not(eq(A, ONE)), "not"),
    ("not not (A)", Not(Not(A)), "not twice"),
    ("A", A, "a property that is a condition itself"),
    ("substringof('x',A)", Call("substringof", (Constant("String", "x"), A)), "a function"),
    ("startswith(A, 'K') eq true", eq(Call("startswith", (A, Constant("String", "K"))), Constant("Boolean", True)),
     "a function compared with true"),
    ("trim(A) eq '7'", eq(Call("trim", (A,)), Constant("String", "7")), "trim"),
]  # fmt: skip

BAD = [
    ("A eq", "the right operand is missing"),
    ("eq 1", "the left operand is missing"),
    ("A == 1", "another language's equality"),
    ("A eq 'open", "a text that does not end"),
    ("A eq 'O'Brien'", "a quote that is not doubled"),
    ("(A eq 1", "a parenthesis that does not close"),
    ("A eq 1)", "a parenthesis too many"),
    ("A eq 1 B eq 2", "two conditions side by side"),
    ("A eq guid'123'", "a GUID that is none"),
    ("A eq datetime'yesterday'", "a date that is none"),
    ("A eq datetime'2026-13-01T00:00:00'", "a thirteenth month"),
    ("tolower(A) eq 'x'", "a function the server does not have"),
    ("startswith(A)", "too few arguments"),
    ("Lines/Item eq 1", "a navigation"),
    ("A eq 1 and", "and without a second term"),
    ("A eq 12abc", "a number with a tail"),
    ("A eq $1", "a strange character"),
    ("not", "not without a term"),
    ("(" * 500 + "A" + ")" * 500, "parentheses without end"),
]


@pytest.mark.parametrize(("text", "expected"), rows(GOOD))
def test_a_filter_is_read(text, expected):
    assert parse_filter(text, ZONE) == expected


@pytest.mark.parametrize("text", rows(BAD))
def test_a_broken_filter_is_refused(text):
    with pytest.raises(ApiError) as refused:
        parse_filter(text, ZONE)
    assert (refused.value.status, refused.value.message) == (400, "Bad Request - Error in query syntax.")


def test_a_date_only_literal_can_be_switched_off():
    with pytest.raises(ApiError):
        parse_filter("A ge datetime'1970-01-02'", ZONE, date_only=False)


@given(st.text())
def test_any_text_survives_quoting(text):
    quoted = "'" + text.replace("'", "''") + "'"
    assert parse_filter(f"A eq {quoted}", ZONE) == eq(A, Constant("String", text))


@given(st.text())
def test_any_filter_is_read_or_refused(text):
    # Any other exception fails the test.
    with suppress(ApiError):
        parse_filter(text, ZONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    rows([
        (f"guid'{GUID}'", [GUID], "one key"),
        (f"'a,b',datetime'1970-01-01T00:00:01.000',12L,null,guid'{GUID}'", ["a,b", 1000, 12, None, GUID], "a token of five"),
    ]),
)  # fmt: skip
def test_a_list_of_literals_is_read(text, expected):
    assert [constant.value for constant in parse_constants(text, ZONE)] == expected


@pytest.mark.parametrize("text", ["", ",", "1,", "1 2", "A", "1,,2"])
def test_a_broken_list_of_literals_is_refused(text):
    with pytest.raises(ApiError):
        parse_constants(text, ZONE)
