"""What speaks against records being one: the numbers of the law, and more names than one company has."""

from __future__ import annotations

import pytest

from syncengine.decide.match.evidence import NOTHING, contradict, registered_alike
from syncengine.model.record import Side
from tests.builders import rows
from tests.decide.matching import FIELDS, Case, entity, linked, rule

BE1, BE2 = "BE0207447861", "BE0212237483"


def shows(kvk=None, kbo=None, vat=None):
    """A signature; the registers in the order of ``REGISTERS``."""
    return (kvk, kbo, *NOTHING[2:-1], vat)


CONTRADICTIONS = [
    # signatures, expected, why
    ([], False, "nobody"),
    ([NOTHING], False, "silence"),
    ([shows("1"), shows("2")], True, "two numbers of one register"),
    ([shows("1"), shows(None, "2")], False, "numbers of two registers"),
    ([shows(vat="a"), shows(vat="b")], True, "two VAT numbers"),
    ([shows("1", vat="a"), shows("1", vat="b")], False, "one register number is seen with both VAT numbers"),
    ([shows("1", vat="a"), shows(vat="b")], True, "it is seen with one of them only"),
    ([shows("1", vat="a"), shows(None, "1", vat="b")], True, "one number in two registers says nothing"),
]


@pytest.mark.parametrize(("signatures", "expected"), rows(CONTRADICTIONS))
def test_numbers_that_contradict_each_other(signatures, expected) -> None:
    assert contradict(signatures) is expected


ALIKE = [
    (shows("1"), shows("1"), True, "one number"),
    (shows("1"), shows("2"), False, "two numbers"),
    (NOTHING, NOTHING, False, "silence is nothing in common"),
    (shows(vat="a"), shows(vat="a"), False, "a VAT number is no register's"),
    (shows("1", "2"), shows(None, "2"), True, "one of two registers"),
]


@pytest.mark.parametrize(("one", "other", "expected"), rows(ALIKE))
def test_a_register_s_number_in_common(one, other, expected) -> None:
    assert registered_alike(one, other) is expected


@pytest.mark.parametrize(
    ("number", "links"),
    rows(
        [
            ("0207447861", [("a", "x")], "the number inside the VAT number"),
            ("0212237483", [], "another enterprise's number"),
        ]
    ),
)
def test_a_belgian_vat_number_is_weighed_as_the_enterprise_number(number, links) -> None:
    wanted = entity(rule("Code"), fields=(*FIELDS, "Enterprise"), Enterprise={"use": ("kbo",)})
    right = {"x": {"Code": "A1", "Enterprise": number}}
    assert linked(Case(wanted, {"a": {"Code": "A1", "VATNumber": BE1}}, right).matches()) == links
    own = {"Code": "A1", "VATNumber": BE2, "Enterprise": "0207447861"}
    assert linked(Case(wanted, {"a": own}, {"x": {"Code": "A1", "Enterprise": "0207447861"}}).matches()) == [("a", "x")]


@pytest.mark.parametrize(("names", "expected"), rows([(40, 39, "forty names"), (41, 0, "forty-one names")]))
def test_a_key_that_goes_by_too_many_names_is_anybody_s(names, expected) -> None:
    """Trade names that have nothing in common prove nothing, until there are too many of them."""
    trade = [f"{a}{b}{a}{b}{b}{a}".capitalize() for a in "bdfgklm" for b in "aeiouy"][:names]
    left = {f"a{n:02}": {"Code": "A1", "Name": name} for n, name in enumerate(trade[1:])}
    case = Case(entity(rule("Code", veto=("Name",)), many=Side.LEFT), left, {"x": {"Code": "A1", "Name": trade[0]}})
    assert len(linked(case.matches())) == expected
