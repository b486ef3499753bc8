"""Keys as numbers: equal ones for equal keys of one rule, none for no key."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from syncengine.decide.match.prints import KeyPrints
from syncengine.decide.match.table import Table
from syncengine.model.entity import MatchRule
from syncengine.model.record import ABSENT, Observed, Value
from tests.builders import rows
from tests.decide.matching import entity, rule

NAMES = ("Code", "Email", "Name", "Account")
CODE, BOTH = rule("Code"), rule("Email", "Name")


def prints(*rules: MatchRule, layout: tuple[str, ...] = NAMES) -> KeyPrints:
    return KeyPrints(entity(*rules, fields=NAMES, Account={"ref": "accounts"}), layout)


def record(id: str, **values: Any) -> Observed:
    return Observed(id=id, values=tuple(values.get(name, ABSENT) for name in NAMES))


def columns(records: Sequence[Observed]) -> tuple[Mapping[str, Sequence[Value]], int]:
    """The same records field by field, and how many they are."""
    return dict(zip(NAMES, zip(*(row.values for row in records), strict=True), strict=True)), len(records)


def test_equal_keys_are_equal_numbers_and_no_key_is_none() -> None:
    found = [record("3"), record("2", Code="A1"), record("1", Code="A1"), record("4", Code="B2")]
    [numbers] = prints(CODE).take(found)
    assert numbers[0] == numbers[1] != numbers[3]
    assert numbers[2] == 0, "in order of id"
    assert numbers[0] != 0 != numbers[3]


def test_a_rule_of_several_fields_takes_what_is_a_key_with_others_only() -> None:
    mail, mine = {"Email": "a@gmail.com"}, {"Email": "a@acme.example"}
    found = [record("1", **mail, Name="Jan"), record("2", **mail), record("3", **mine, Name="Jan")]
    together, alone = prints(BOTH, rule("Email")).take(found)
    assert [number == 0 for number in together] == [False, True, False]
    assert [number == 0 for number in alone] == [True, True, False]


def test_numbers_of_two_rules_have_nothing_to_do_with_each_other() -> None:
    """A strong rule and two weak ones on the same key."""
    weak = [rule("Code", then="suggest"), rule("Code", "Name", then="suggest")]
    taken, found = prints(CODE, *weak), [record("1", Code="A1", Name="Jan")]
    assert [item.fields for item in taken.rules] == [("Code",)]
    assert not taken.searches
    keys = [key for _, key in taken.held(*columns(found))]
    assert len(set(keys)) == len(keys) == 3
    assert keys == [key for _, key in (*taken.strong(found), *taken.weak(found))]


def test_a_number_that_is_kept_is_the_same_in_every_process() -> None:
    taken, found = prints(CODE, rule("Email", "Code", then="suggest")), [record("1", Code="A1", Email="a@acme.example")]
    assert list(taken.held(*columns(found))) == [(0, 7817820848132194258), (0, -6111826570278148443)]
    assert list(taken.strong(found)) == [("1", 7817820848132194258)]


def test_the_fields_that_keys_are_made_of_are_enough_for_them() -> None:
    found = [record("1", Code="A1", Email="a@acme.example", Name="Jan")]
    taken = prints(CODE, rule("Email", "Code", then="suggest"))
    assert taken.fields == ("Code", "Email")
    shown, size = columns(found)
    assert list(taken.held({name: shown[name] for name in taken.fields}, size)) == list(taken.held(shown, size))


SAYING = [
    # key             read with it      why
    ("Phone",         {"Country"},      "a number without prefix is of the record's country"),
    ("Postcode",      {"Country"},      "each country writes its own"),
    ("Name",          {"City"},         "the town behind a name is no part of it"),
    ("AddressLine1",  {"AddressLine2"}, "the house number may stand on the second line"),
    ("Code",          set(),            "a code is a code"),
]  # fmt: skip
SHOWN = {
    "Phone": "0477 12 34 56",
    "Postcode": "9000",
    "Name": "Jansen - Gent",
    "AddressLine1": "Kerkstraat",
    "Code": "A1",
    "Country": "BE",
    "City": "Gent",
    "AddressLine2": "12",
}


@pytest.mark.parametrize(("key", "more"), rows(SAYING))
def test_what_says_what_a_key_is_is_read_with_it(key: str, more: set[str]) -> None:
    taken = KeyPrints(entity(rule(key), fields=tuple(SHOWN)), tuple(SHOWN))
    assert set(taken.fields) == {key, *more}
    shown = {name: [value] for name, value in SHOWN.items()}
    some = {name: shown[name] for name in taken.fields}
    assert taken.take_columns(some, 1) == taken.take_columns(shown, 1) != [[0]]


def test_a_weak_rule_takes_what_is_no_key_by_itself() -> None:
    taken = prints(rule("Email", "Name", then="suggest"))
    found = [record("1", Email="a@acme.example; b@acme.example"), record("2", Email="n.v.t.")]
    assert [id for id, _ in taken.weak(found)] == ["1"]


def test_a_weak_rule_of_texts_only_may_find_any_record() -> None:
    assert prints(CODE, rule("Name", then="suggest")).searches
    assert not prints(CODE).searches


def test_a_rule_on_a_field_that_is_not_kept_is_passed_over() -> None:
    taken = prints(CODE, rule("Email"), rule("Email", "Code", then="suggest"), layout=("Code",))
    assert [item.fields for item in taken.rules] == [("Code",)]
    assert taken.fields == ("Code",)
    assert [place for place, _ in taken.held({"Code": [None, "A1"]}, 2)] == [1]


def test_a_parent_is_left_out_of_the_key() -> None:
    """Which records are one parent depends on links: a record would have another key with no change of its own."""
    taken = prints(rule("Account", "Code"))
    left, right = record("1", Account="17", Code="A1"), record("1", Account="guid", Code="A1")
    assert list(taken.strong([left])) == list(taken.strong([right]))
    assert not taken.searches
    assert prints(rule("Account")).searches
    assert prints(rule("Account", "Name", then="suggest")).searches


def test_the_meaning_of_keys_changes_with_what_they_are_made_of() -> None:
    one = prints(CODE)
    assert one.meaning == prints(CODE).meaning
    others = [prints(BOTH), prints(CODE, BOTH), prints(rule("Code", then="suggest")), prints(CODE, layout=("Code",))]
    others.append(KeyPrints(entity(CODE, fields=NAMES, Code={"use": ("upper",)}), NAMES))
    assert len({item.meaning for item in (one, *others)}) == 1 + len(others)


def test_columns_are_taken_as_rows_are() -> None:
    shown: list[Mapping[str, Any]] = [
        {"Code": "A1", "Email": "a@acme.example", "Name": "Jan"},
        {"Code": None},
        {"Code": "A1"},
    ]
    taken = prints(CODE, BOTH)
    found = [record(str(n), **values) for n, values in enumerate(shown)]
    assert taken.take_columns(*columns(found)) == taken.take(found)


def test_what_keys_were_taken_from_is_freed_at_once() -> None:
    """Garbage is looked for seldom, and millions of records pass by here."""
    taken, (shown, size) = prints(CODE, BOTH), columns([record("1", Code="A1")])
    gc.collect()
    gc.disable()
    try:
        assert taken.take_columns(shown, size)
        assert list(taken.held(shown, size))
        assert not [item for item in gc.get_objects() if type(item) is Table]
    finally:
        gc.enable()
