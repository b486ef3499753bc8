"""Keys as numbers: equal ones for equal keys of one rule, none for no key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncengine.decide.match.prints import KeyPrints
from syncengine.model.entity import MatchRule
from syncengine.model.record import ABSENT, Observed, Side
from tests.decide.matching import entity, rule

NAMES = ("Code", "Email", "Name", "Account")
CODE, BOTH = rule("Code"), rule("Email", "Name")


def prints(*rules: MatchRule, layout: tuple[str, ...] = NAMES) -> KeyPrints:
    parents = {(Side.LEFT, "17"): "p", (Side.RIGHT, "guid"): "p"}
    wanted = entity(*rules, fields=NAMES, Account={"ref": "accounts"})
    return KeyPrints(wanted, layout, lambda name, side, id: parents.get((side, id)))


def record(id: str, **values: Any) -> Observed:
    return Observed(id=id, values=tuple(values.get(name, ABSENT) for name in NAMES))


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
    assert taken.heads == (("Code",), ("Code",))
    assert not taken.searches
    numbers = [*taken.take(found), *taken.take_heads(found, Side.LEFT)]
    assert len({number for [number] in numbers}) == 3


def test_a_weak_rule_takes_what_is_no_key_by_itself() -> None:
    taken = prints(rule("Email", "Name", then="suggest"))
    [[number]] = taken.take_heads([record("1", Email="a@acme.example; b@acme.example")], Side.RIGHT)
    assert number != 0


def test_a_weak_rule_of_texts_only_may_find_any_record() -> None:
    assert prints(CODE, rule("Name", then="suggest")).searches
    assert not prints(CODE).searches


def test_a_rule_on_a_field_that_is_not_kept_is_passed_over() -> None:
    taken = prints(CODE, rule("Email"), rule("Email", "Code", then="suggest"), layout=("Code",))
    assert ([item.fields for item in taken.rules], taken.heads) == ([("Code",)], ())


def test_a_parent_is_taken_in_the_space_both_sides_share() -> None:
    taken = prints(rule("Account"), rule("Account", then="suggest"))
    left, right = record("1", Account="17"), record("1", Account="guid")
    assert taken.take([left]) == taken.take([right], Side.RIGHT) != [[0]]
    assert taken.take([left], Side.RIGHT) == [[0]]
    assert taken.take_heads([left], Side.LEFT) == taken.take_heads([right], Side.RIGHT) != [[0]]


def test_without_a_translation_no_parent_is_a_key() -> None:
    wanted = entity(rule("Account"), fields=NAMES, Account={"ref": "accounts"})
    assert KeyPrints(wanted, NAMES).take([record("1", Account="17")]) == [[0]]


def test_columns_are_taken_as_rows_are() -> None:
    shown: list[Mapping[str, Any]] = [{"Code": "A1", "Account": "17"}, {"Code": None}, {"Code": "A1"}]
    taken = prints(CODE, rule("Account"))
    columns = {name: [values.get(name, ABSENT) for values in shown] for name in NAMES}
    found = taken.take([record(str(n), **values) for n, values in enumerate(shown)])
    assert taken.take_columns(["0", "1", "2"], columns) == found
