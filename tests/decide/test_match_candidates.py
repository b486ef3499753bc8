"""Which pairs a weak rule looks at: by what must be equal, and by parts of a text one of which survives a slip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from syncengine.decide.match.candidates import candidates
from syncengine.decide.match.table import Table
from syncengine.model.entity import MatchRule
from syncengine.model.record import ABSENT, Observed
from tests.builders import rows
from tests.decide.matching import entity, rule


def suggested(*fields: str) -> MatchRule:
    return rule(*fields, then="suggest")


NAME, STREET, CODE = suggested("Name"), suggested("AddressLine1"), suggested("Code")


def found(
    *records: Mapping[str, Any], rules: Iterable[MatchRule] = (NAME,), open_: Iterable[int] | None = None
) -> Mapping[tuple[int, int], MatchRule]:
    """Pairs among these, all of one side; all of them without partner, if not said otherwise."""
    wanted = entity(*rules)
    side = [
        Observed(id=f"{n:03}", values=tuple(values.get(name, ABSENT) for name in wanted.layout))
        for n, values in enumerate(records)
    ]
    table = Table(wanted, side, [], wanted.layout, lambda name, side, id: None)
    return candidates(wanted, table, range(len(records)) if open_ is None else open_)


MEET = [
    # field, one, other, meet, why
    ("Name", "Bakkerij Jansen", "Bakker Jansen", True, "a word in common"),
    ("Name", "Jansen", "Janssen", True, "the first four letters"),
    ("Name", "Abcdxyz", "Abcduvw", True, "the first four letters only"),
    ("Name", "Abcdxyz", "Abcexyw", False, "three letters are too few"),
    ("Name", "Vwxabcde", "Stuabcde", True, "the last five letters"),
    ("Name", "Vwxybcde", "Stuabcde", False, "four are too few at the end"),
    ("Name", "Zeilmakerij Roos", "Leerlooierij Roos", True, "a word of four letters, and five at the end"),
    ("Name", "Roos Zeilmakerij", "Leerlooier Roos Bouw", True, "a word of four letters"),
    ("Name", "Vos Zeilmakerij", "Leerlooier Vos Bouw", False, "a word of three letters in the middle"),
    ("AddressLine1", "Kerkstraat 2", "Kerkstrat 2", True, "the street begins alike"),
    ("AddressLine1", "Kerkstraat 2", "Kerkstrat 3", False, "another number"),
    ("AddressLine1", "Lange Kerkstraat 2", "Korte Kerkstraat 2", True, "the street ends alike"),
    ("AddressLine1", "Abcdefxyz 2", "Abcdefuvw 2", True, "six letters"),
    ("AddressLine1", "Abcdexyzuv 2", "Abcdewutsr 2", False, "five letters"),
    ("AddressLine1", "Xyabcdefgh 2", "Uvabcdefgh 2", True, "eight letters at the end"),
    ("AddressLine1", "Xyzbcdefgh 2", "Uvabcdefgh 2", False, "seven letters at the end"),
    ("Code", "A1", "A1", True, "a code that is equal"),
    ("Code", "Jansen", "Janssen", False, "a code is equal or not"),
]


@pytest.mark.parametrize(("name", "one", "other", "meet"), rows(MEET))
def test_who_meets(name, one, other, meet) -> None:
    wanted = suggested(name)
    for open_ in ((0, 1), (0,), (1,)):
        assert found({name: one}, {name: other}, rules=[wanted], open_=open_) == ({(0, 1): wanted} if meet else {})


PARTS = [
    ({"Name": "Jansen", "Postcode": "5411 EA"}, {"Name": "Jansen", "Postcode": "5411 EA"}, True, "both agree"),
    ({"Name": "Jansen", "Postcode": "5411 EA"}, {"Name": "Jansen", "Postcode": "5411 EB"}, False, "what must be equal is not"),
    ({"Name": "Jansen", "Postcode": "5411 EA"}, {"Name": "Jansen"}, False, "what must be equal is not shown"),
    ({"Name": "Jansen"}, {"Name": "Jansen"}, False, "nobody shows it"),
    ({"Postcode": "5411 EA"}, {"Postcode": "5411 EA"}, False, "the name is not shown"),
    ({"Name": "Jansen", "Postcode": "5411 EA"}, {"Name": "Powall", "Postcode": "5411 EA"}, False, "the names have nothing in common"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "meet"), rows(PARTS))
def test_a_rule_of_a_name_and_what_must_be_equal(one, other, meet) -> None:
    here = {"Country": "NL"}
    for fields in (("Name", "Postcode"), ("Postcode", "Name")):
        pairs = found({**here, **one}, {**here, **other}, rules=[suggested(*fields)])
        assert list(pairs) == ([(0, 1)] if meet else [])


TEXTS = [
    ({"AddressLine1": "Kerkstraat 2"}, {"AddressLine1": "Kerkstraat 2"}, [(0, 1)], "both are shown"),
    ({"AddressLine1": "Kerkstraat 2"}, {}, [], "the second text is not shown by one"),
    ({"AddressLine1": "Kerkstraat 2"}, {"AddressLine1": "Dorpsplein 3"}, [(0, 1)], "the second text is not taken apart"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "pairs"), rows(TEXTS))
def test_of_two_texts_the_first_is_taken_apart(one, other, pairs) -> None:
    wanted = suggested("Name", "AddressLine1")
    assert list(found({"Name": "Abcdxyz", **one}, {"Name": "Abcduvw", **other}, rules=[wanted])) == pairs


def test_the_first_weak_rule_that_finds_a_pair_is_named() -> None:
    record = {"Name": "Jansen", "Code": "A1"}
    assert found(record, record, rules=[rule("Code"), CODE, NAME]) == {(0, 1): CODE}
    assert found(record, record, rules=[NAME, CODE]) == {(0, 1): NAME}
    assert found(record, record, rules=[rule("Code")]) == {}, "a strong rule suggests nothing"


def test_a_rule_on_a_field_that_nobody_maps_finds_nobody() -> None:
    record = {"Name": "Jansen"}
    assert list(found(record, record, rules=[suggested("Name", "Elsewhere"), suggested("Elsewhere"), NAME])) == [(0, 1)]


def test_only_pairs_with_one_that_has_no_partner() -> None:
    record = {"Name": "Jansen"}
    assert list(found(record, record, record, open_=[1])) == [(0, 1), (1, 2)]
    assert list(found(record, record, record, open_=[])) == []


def test_a_record_that_shows_nothing_hides_nobody_behind_it() -> None:
    """Neither in the blocks that are opened nor in those that are filled."""
    record = {"Name": "Jansen", "Code": "A1"}
    wanted = suggested("Code", "Name")
    others = {"Name": "Jansen", "Code": "B2"}
    assert list(found({}, others, record, {}, record, rules=[wanted], open_=[0, 2, 3, 4])) == [(2, 4)]


def crowd(size: int) -> list[dict[str, str]]:
    return [{"Code": "A1"} for _ in range(size)]


CROWDS = [(40, 40 * 39 // 2, "as many as say something"), (41, 0, "one more says nothing")]


@pytest.mark.parametrize(("size", "pairs"), rows(CROWDS))
def test_a_crowd_is_not_looked_at(size, pairs) -> None:
    assert len(found(*crowd(size), rules=[CODE])) == pairs


def test_a_crowd_hides_no_other_block() -> None:
    assert list(found(*crowd(41), {"Code": "B2"}, {"Code": "B2"}, rules=[CODE])) == [(41, 42)]
