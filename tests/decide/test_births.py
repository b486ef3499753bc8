"""Creates: what is sent, what holds them, and in which order they go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncengine.decide.operations import barred
from syncengine.model.entity import Birth, FieldRule, MissingRef, Test, Write
from syncengine.model.operation import Action, Pending
from syncengine.model.record import ABSENT
from syncengine.model.resource import FieldFacts
from syncengine.model.review import Answer, Waiting
from tests.builders import rows
from tests.decide.people import L, R, asking, facts, gist, linked, people, short, waiting, world
from tests.laws.world import both, entity

CREATED = ("create", "right", "", "l1", {"Code": "C1", "Name": "Jan"})


def newborn(of, **fields):
    """A world with one record on the left only."""
    w = world(of)
    w.add("people", L, **({"Code": "C1", "Name": "Jan"} | fields))
    return w


SITUATIONS = [
    # entity                                           fields               operations reviews                                 why
    (people(),                                         {},                  [CREATED], [],                                     "created by itself"),
    (asking(right=Birth.ASK),                          {},                  [],        [("create", "l1", "create:r:ask")],     "created after a person agreed"),
    (asking(right=Birth.NEVER),                        {},                  [],        [],                                     "never created"),
    (people(where={L: Test(field="City", op="eq", value="Gent")}), {},      [],        [],                                     "out of scope"),
    (people(inactive={L: {"City": "gone"}}),           {"City": "gone"},    [],        [],                                     "inactive records are not born elsewhere"),
    (people(both("Mail", required=True)),              {},                  [],        [("held", "l1", "held")],               "a required field is empty"),
    (people(both("Size", max_length=3)),               {"Size": "large"},   [],        [("held", "l1", "held")],               "a value does not fit"),
]  # fmt: skip


@pytest.mark.parametrize(("of", "fields", "operations", "reviews"), rows(SITUATIONS))
def test_an_unmatched_record(of, fields, operations, reviews) -> None:
    plan = newborn(of, **fields).plan()
    assert (short(plan.operations), waiting(plan.reviews)) == (operations, reviews)


ANSWERS = [("create", [CREATED], "a person agreed"), ("skip", [], "a person declined")]


@pytest.mark.parametrize(("decision", "operations"), rows(ANSWERS))
def test_a_persons_answer_about_a_birth_is_remembered(decision, operations) -> None:
    w = newborn(asking(right=Birth.ASK))
    answer = Answer(kind=Waiting.CREATE, entity="people", left_id="l1", decision=decision)
    w.more["people"] = {"answers": [answer]}
    assert gist(w.plan()) == (operations, [], [])


def test_by_default_it_is_created_toward_the_right_and_asked_toward_the_left() -> None:
    w = world(people(create={}))
    w.add("people", L, Code="C1", Name="Jan")
    w.add("people", R, Code="C2", Name="Piet")
    assert gist(w.plan()) == ([CREATED], [], [("create", "r1", "create:l:ask")])


FLOWS = [
    (both("F"), {"F": "x"}, "both may"),
    (both("F", owner=L), {"F": "x"}, "the source decides"),
    (both("F", owner=R), {}, "the target decides: not given"),
    (both("F", readonly=R), {}, "the target is not written"),
    (both("F", write=Write.ON_CREATE), {"F": "x"}, "given on create only"),
    (both("F", write=Write.IF_EMPTY, owner=L), {"F": "x"}, "a new record is empty"),
    (FieldRule(name="F", is_constant=True, constant="c", write=Write.ON_CREATE), {"F": "c"}, "a constant, given once"),
    (FieldRule(name="F", is_constant=True, constant="c"), {"F": "c"}, "a constant, kept"),
]


@pytest.mark.parametrize(("rule", "sent"), rows(FLOWS))
def test_which_fields_a_create_gives(rule, sent) -> None:
    of = people(rule)
    w = world(of)
    w.add("people", L, Code="C1", Name="Jan", F="x")
    [operation] = w.plan().operations
    assert {name: value for name, value in operation.values.items() if name == "F"} == sent


def test_a_field_that_cannot_be_created_is_left_out_and_one_the_side_requires_holds() -> None:
    w = newborn(people())
    fields = {"City": FieldFacts(name="City", creatable=False)}
    w.more["people"] = {"resources": {L: facts(people(), L), R: facts(people(), R, fields=fields)}}
    w.edit("people", L, "l1", City="Gent")
    assert short(w.plan().operations) == [CREATED]
    fields = {"City": FieldFacts(name="City", required=True), "Else": FieldFacts(name="Else", required=True)}
    w.more["people"] = {"resources": {L: facts(people(), L), R: facts(people(), R, fields=fields)}}
    plan = w.plan()
    assert gist(plan) == ([], [], [("held", "l1", "held")])
    assert plan.reviews[0].reason == "r takes no record without Else"


def test_empty_fields_are_not_sent_but_take_part_in_the_agreement() -> None:
    [operation] = newborn(people()).plan().operations
    assert operation.values == {"Code": "C1", "Name": "Jan"}
    assert {c.name: (c.after, c.source) for c in operation.changes} == {
        "Code": ("C1", "C1"),
        "Name": ("Jan", "Jan"),
        "City": (None, None),
    }


def test_a_field_nobody_showed_takes_no_part() -> None:
    [operation] = newborn(people(), City=ABSENT).plan().operations
    assert [c.name for c in operation.changes] == ["Code", "Name"]


def test_a_side_that_takes_no_creates_gets_none() -> None:
    w = newborn(people())
    w.more["people"] = {"resources": {L: facts(people(), L), R: facts(people(), R, create=False)}}
    assert gist(w.plan()) == ([], [], [])


def test_nothing_is_created_on_a_side_whose_listing_is_not_whole() -> None:
    w = newborn(people())
    w.more["people"] = {"incomplete": {R: "page 3 was short"}}
    plan = w.plan()
    assert gist(plan) == ([], [], [])
    assert "page 3 was short" in " ".join(plan.tallies[0].notes), "and it is told"
    w.more["people"] = {"incomplete": {L: "page 3 was short"}}
    assert short(w.plan().operations) == [CREATED]


def test_a_record_with_a_problem_is_held_and_the_others_go_on() -> None:
    w = newborn(people())
    w.add("people", L, Code="C2", Name="Piet")
    w.poison = frozenset({("people", L, "l1")})
    plan = w.plan()
    assert [op.partner for op in plan.operations] == ["l2"]
    assert waiting(plan.reviews) == [("held", "l1", "held")]


def test_what_identifies_a_create_is_what_the_side_keeps_unique_else_its_match_key_else_its_name() -> None:
    of = people(both("Serial"))
    w = newborn(of, Serial="S1", City="Gent")
    unique = {"Serial": FieldFacts(name="Serial", unique=True)}
    w.more["people"] = {"resources": {L: facts(of, L), R: facts(of, R, fields=unique)}}
    [operation] = w.plan().operations
    assert dict(operation.identify) == {"Serial": "S1"}
    [operation] = newborn(of, Serial="S1", City="Gent").plan().operations
    assert dict(operation.identify) == {"Code": "C1"}
    [operation] = newborn(of, Code=None, City="Gent").plan().operations
    assert dict(operation.identify) == {"Name": "Jan"}


BARS = [
    ({"Name": "Other"}, True, "other content, same key: barred"),
    ({"Code": "C2"}, True, "other key, same partner: barred"),
    ({}, True, "the very same: barred"),
]


@pytest.mark.parametrize(("fields", "expected"), rows(BARS))
def test_an_open_create_bars_another_for_the_same_partner_or_key(fields, expected) -> None:
    w = newborn(people())
    key = w.plan().operations[0].key
    w.edit("people", L, "l1", **fields)
    w.more["people"] = {"birth_keys": frozenset({key})}
    assert (w.plan().operations == ()) is expected


def test_an_open_create_bars_a_newcomer_with_the_same_key_and_nobody_else() -> None:
    w = newborn(people())
    key = w.plan().operations[0].key
    w.remove("people", L, "l1")
    w.add("people", L, Code="C1", Name="Jan again")
    w.add("people", L, Code="C3", Name="Somebody else")
    w.more["people"] = {"birth_keys": frozenset({key})}
    assert [op.partner for op in w.plan().operations] == ["l3"]
    assert not barred(key, [])


def test_a_refused_create_is_tried_again_only_with_other_content() -> None:
    w = newborn(people())
    key = w.plan().operations[0].key
    w.more["people"] = {"parked": frozenset({key}), "birth_keys": frozenset({key})}
    assert gist(w.plan()) == ([], [], []), "and it stands in the inbox once only"
    w.edit("people", L, "l1", Name="Better")
    assert [op.values["Name"] for op in w.plan().operations] == ["Better"]


CHILD = entity("children", both("Code"), both("Boss", ref="people"), key="Code")


def family(missing: MissingRef = MissingRef.WAIT):
    child = replace(CHILD, fields=(both("Code"), both("Boss", ref="people", missing=missing)))
    return world(people(), child)


def test_child_waits_for_parent_that_is_born_in_the_same_plan() -> None:
    w = family()
    w.add("people", L, Code="C1", Name="Jan")
    w.add("children", L, Code="K1", Boss="l1")
    parent, child = w.plan().operations
    assert (parent.entity, child.entity) == ("people", "children")
    assert child.after == (parent.key,)
    assert child.values["Boss"] == Pending(entity="people", side=L, id="l1")
    w.settle()
    assert w.shelves["children", R].rows["rl2"]["Boss"] == "rl1"


MISSING = [
    (MissingRef.WAIT, [], [("held", "l1", "ref:wait")], "wait: the child waits and says so"),
    (MissingRef.HOLD, [], [("held", "l1", "ref:wait")], "hold: the child is held"),
    (MissingRef.CLEAR, [("create", "right", "", "l1", {"Code": "K1"})], [], "clear: the child goes without"),
]


@pytest.mark.parametrize(("missing", "operations", "reviews"), rows(MISSING))
def test_a_child_of_nobody(missing, operations, reviews) -> None:
    w = family(missing)
    w.add("children", L, Code="K1", Boss="l99")
    plan = w.plan()
    assert (short(plan.operations), waiting(plan.reviews)) == (operations, reviews)


@pytest.mark.parametrize("missing", [MissingRef.WAIT, MissingRef.CLEAR])
def test_a_parent_that_cannot_be_born_does_not_take_its_child_along(missing) -> None:
    w = family(missing)
    w.add("people", L, Code="C1", Name="Jan")
    w.add("children", L, Code="K1", Boss="l1")
    w.poison = frozenset({("people", L, "l1")})
    plan = w.plan()
    assert [op.entity for op in plan.operations] == ([] if missing is MissingRef.WAIT else ["children"])
    assert all("Boss" not in op.values for op in plan.operations)


def test_a_grandchild_waits_when_its_grandparent_does() -> None:
    of = entity("people", both("Code"), both("Boss", ref="people"), key="Code")
    w = world(of)
    for number, boss in enumerate((None, "l1", "l2"), 1):
        w.add("people", L, Code=f"C{number}", Boss=boss)
    assert [op.partner for op in w.plan().operations] == ["l1", "l2", "l3"]
    w.poison = frozenset({("people", L, "l1")})
    plan = w.plan()
    assert plan.operations == ()
    assert sorted(r.left_ids for r in plan.reviews) == [("l1",), ("l2",), ("l3",)]


def test_a_long_line_of_parents_is_no_trouble() -> None:
    w = world(entity("people", both("Code"), both("Boss", ref="people"), key="Code"))
    for number in range(1, 1501):
        w.add("people", L, Code=f"C{number}", Boss=f"l{number + 1}" if number < 1500 else None)
    assert [op.partner for op in w.plan().operations] == [f"l{number}" for number in range(1500, 0, -1)]


def test_a_cycle_is_created_in_two_phases() -> None:
    account = entity("accounts", both("Code"), both("Main", ref="contacts"), key="Code")
    contact = entity("contacts", both("Code"), both("Account", ref="accounts"), key="Code")
    w = world(account, contact)
    w.add("accounts", L, Code="A", Main="l2")
    w.add("contacts", L, Code="B", Account="l1")
    first, second, third = w.plan().operations
    assert [(op.entity, op.action, op.phase) for op in (first, second, third)] == [
        ("accounts", Action.CREATE, 1),
        ("contacts", Action.CREATE, 1),
        ("accounts", Action.UPDATE, 2),
    ]
    assert "Main" not in first.values
    assert set(third.after) == {first.key, second.key}
    assert (third.id, third.partner) == ("", "l1"), "its id is known when it is born"
    w.settle()
    [born] = w.shelves["accounts", R].rows.values()
    assert born["Main"] in w.shelves["contacts", R].rows
    assert w.settle().operations == ()


def test_a_record_that_names_itself_is_created_in_two_phases() -> None:
    w = world(entity("people", both("Code"), both("Boss", ref="people"), key="Code"))
    w.add("people", L, Code="A", Boss="l1")
    assert [(op.action, op.phase) for op in w.plan().operations] == [(Action.CREATE, 1), (Action.UPDATE, 2)]


def test_what_a_side_requires_is_not_put_off_to_the_second_half() -> None:
    account = entity("accounts", both("Code"), both("Main", ref="contacts"), key="Code")
    contact = entity("contacts", both("Code"), both("Account", ref="accounts"), key="Code")
    w = world(contact, account)
    w.add("accounts", L, Code="A", Main="l2")
    w.add("contacts", L, Code="B", Account="l1")
    required = {"Account": FieldFacts(name="Account", required=True)}
    w.more["contacts"] = {"resources": {L: facts(contact, L), R: facts(contact, R, fields=required)}}
    assert [(op.entity, op.phase) for op in w.plan().operations] == [("accounts", 1), ("contacts", 1), ("accounts", 2)]


def test_a_held_main_contact_does_not_hold_its_account() -> None:
    account = entity("accounts", both("Code"), both("Main", ref="contacts"), key="Code")
    contact = entity("contacts", both("Code"), both("Account", ref="accounts"), key="Code")
    w = world(account, contact)
    w.add("accounts", L, Code="A", Main="l2")
    w.add("contacts", L, Code="B", Account="l1")
    w.poison = frozenset({("contacts", L, "l2")})
    assert short(w.plan().operations) == [("create", "right", "", "l1", {"Code": "A"})]


def test_the_same_parent_on_both_sides_is_found_through_the_links() -> None:
    w = family()
    linked(w, 2)
    w.add("children", R, Code="K1", Boss="r2")
    [operation] = w.plan().operations
    assert operation.values == {"Code": "K1", "Boss": "l2"}
