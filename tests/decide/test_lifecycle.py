"""Linked pairs by situation, references of linked pairs, and what is only reported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from syncengine.decide import plan as planning
from syncengine.decide.identity import Survey
from syncengine.decide.references import References
from syncengine.decide.subject import Subject
from syncengine.model.entity import Birth, FieldRule, MissingRef, OnLeave, Test
from syncengine.model.link import Link, LinkState
from syncengine.model.operation import Pending
from syncengine.model.record import ABSENT
from syncengine.model.resource import FieldFacts
from syncengine.model.review import Answer, Waiting
from tests.builders import rows
from tests.decide.people import L, R, facts, gist, linked, people, short, states, waiting, world
from tests.laws.world import both, entity

UPDATE = ("update", "right", "r1", "l1", {"Name": "new"})


def edited(of=None, **more):
    """A pair whose left name was edited."""
    w = world(of or people(), **more)
    linked(w)
    w.edit("people", L, "l1", Name="new")
    return w


def test_an_edit_travels_with_what_it_expects_and_why() -> None:
    [operation] = edited().plan().operations
    assert short([operation]) == [UPDATE]
    assert operation.expected == {"Name": "n1"}
    [change] = operation.changes
    assert (change.before, change.after, change.base, change.source) == ("n1", "new", "n1", "new")
    assert (change.rule, change.why) == ("changed", "l changed; r unchanged")
    assert operation.title == "n1"


def test_a_pair_with_an_open_operation_gets_no_new_one() -> None:
    w = edited()
    w.pending = frozenset({("l1", "r1")})
    assert gist(w.plan()) == ([], [], [])


def test_a_refused_update_is_not_planned_again_until_either_side_moves() -> None:
    w = edited()
    w.more["people"] = {"parked": frozenset({w.plan().operations[0].key})}
    assert gist(w.plan()) == ([], [], [])
    w.edit("people", R, "r1", Name="n1 ", City="Gent")
    assert short(w.plan().operations) == [("update", "left", "l1", "r1", {"City": "Gent"})]
    w.edit("people", L, "l1", Name="newer")
    assert ("update", "right", "r1", "l1", {"Name": "newer"}) in short(w.plan().operations)


def test_a_problem_holds_the_pair_in_both_directions() -> None:
    w = edited()
    w.edit("people", R, "r1", City="Gent")
    w.poison = frozenset({("people", R, "r1")})
    assert gist(w.plan()) == ([], [], [("held", "l1+r1", "held")])


def test_a_required_field_that_would_become_empty_holds_the_record() -> None:
    w = edited(people(both("Mail", required=True)))
    w.edit("people", L, "l1", Mail="a@b.example")
    w.settle()
    w.edit("people", L, "l1", Mail=None, City="Gent")
    plan = w.plan()
    assert gist(plan) == ([], [], [("held", "l1+r1", "held")])
    assert "Mail is required" in plan.reviews[0].reason


def test_a_value_the_target_cannot_take_holds_the_record() -> None:
    of = people()
    w = edited(of)
    w.edit("people", R, "r1", City="Gent")
    from syncengine.decide.translate import compile_lens

    short_name = {"Name": FieldFacts(name="Name", max_length=2)}
    w.lenses["people"] = compile_lens(of, facts(of, L), facts(of, R, fields=short_name), {})
    plan = w.plan()
    assert gist(plan) == ([], [], [("held", "l1+r1", "held")])
    assert "Name has 3 characters; the field takes 2" in plan.reviews[0].reason


PROTECTED = Test(field="Code", op="eq", value="C1")


def test_a_protected_record_is_reported_and_not_written() -> None:
    w = edited(people(protect={R: PROTECTED}))
    for _ in range(2):
        plan = w.settle()
        assert gist(plan) == ([], [], [])
        assert "r is protected" in " ".join(plan.tallies[0].notes)


def test_what_a_protected_record_shows_still_travels_the_other_way() -> None:
    w = edited(people(protect={R: PROTECTED}))
    w.edit("people", R, "r1", City="Gent")
    assert short(w.plan().operations) == [("update", "left", "l1", "r1", {"City": "Gent"})]


FIXED: list[Any] = [
    ({"update": False}, {}, "a side that takes no updates"),
    ({"fields": {"Name": FieldFacts(name="Name", updatable=False)}}, {}, "a field that takes no updates"),
]


@pytest.mark.parametrize(("resource", "rules"), rows(FIXED))
def test_what_cannot_be_updated_is_told_once_and_stays_different(resource, rules) -> None:
    of = people(**rules)
    w = edited(of)
    w.more["people"] = {"resources": {L: facts(of, L), R: facts(of, R, **resource)}}
    plan = w.settle()
    assert short(plan.operations) == []
    assert "r takes no change of Name" in " ".join(plan.tallies[0].notes)
    assert not w.plan().links


AWAY = {R: Test(field="City", op="not", value="away")}

LEAVING = [
    (OnLeave.FREEZE, {}, [], [("l1", "r1", "frozen")], "freeze"),
    (OnLeave.UNLINK, {}, [], [("l1", "r1", None)], "unlink"),
    (OnLeave.DEACTIVATE, {L: {"Name": "closed"}}, [("update", "left", "l1", "r1", {"Name": "closed"})], [("l1", "r1", "frozen")], "deactivate the other side"),
    (OnLeave.DEACTIVATE, {}, [], [("l1", "r1", "frozen")], "deactivate, but nobody says how"),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "inactive", "operations", "links"), rows(LEAVING))
def test_narrowed_scope_freezes_not_deletes(policy, inactive, operations, links) -> None:
    w = world(people(where=AWAY, on_leave=policy, inactive=inactive, create=dict.fromkeys((L, R), Birth.NEVER)))
    linked(w)
    w.edit("people", R, "r1", City="away")
    assert gist(w.plan()) == (operations, links, [])
    w.settle()
    assert gist(w.plan()) == ([], [], []), "and that is all"


def test_a_frozen_pair_comes_back_into_scope_with_everything_that_changed_meanwhile() -> None:
    w = world(people(where=AWAY))
    linked(w)
    w.edit("people", R, "r1", City="away")
    w.settle()
    w.edit("people", L, "l1", Name="new")
    assert gist(w.plan()) == ([], [], [])
    w.edit("people", R, "r1", City=None)
    plan = w.plan()
    assert (short(plan.operations), states(plan.links)) == ([UPDATE], [("l1", "r1", "linked")])


def test_a_partner_out_of_scope_is_linked_and_frozen_not_doubled() -> None:
    w = world(people(where=AWAY))
    w.add("people", L, Code="C1", Name="Jan")
    w.add("people", R, Code="C1", Name="Jan", City="away")
    assert gist(w.settle()) == ([], [("l1", "r1", "frozen")], [])
    assert gist(w.plan()) == ([], [], [])


def test_where_leaving_unlinks_a_partner_out_of_scope_is_neither_linked_nor_doubled() -> None:
    w = world(people(where=AWAY, on_leave=OnLeave.UNLINK))
    w.add("people", L, Code="C1", Name="Jan")
    w.add("people", R, Code="C1", Name="Jan", City="away")
    assert gist(w.settle()) == ([], [], [])


def test_dangling_link_reported_and_repairable() -> None:
    w = world(people(create=dict.fromkeys((L, R), Birth.NEVER)))
    w.add("people", R, Code="C1", Name="Jan")
    w.links["people", "l9", "r1"] = Link(entity="people", left_id="l9", right_id="r1", matched_by="import")
    assert gist(w.plan()) == ([], [], [("match", "l9+r1", "dangling")])
    w.more["people"] = {"incomplete": {L: "page 3 was short"}}
    assert gist(w.plan()) == ([], [], []), "silence of a side that was not read whole means nothing"
    answer = Answer(kind=Waiting.MATCH, entity="people", left_id="l9", right_id="r1", decision="not_same")
    w.more["people"] = {"answers": [answer]}
    assert gist(w.plan()) == ([], [("l9", "r1", None)], [])


def test_first_run_links_and_only_the_agreed_fields_get_a_base() -> None:
    w = world()
    w.add("people", L, Code="C1", Name="Jan", City=None)
    w.add("people", R, Code="C1", Name="Johan", City="Gent")
    plan = w.plan()
    assert gist(plan) == (
        [("update", "left", "l1", "r1", {"City": "Gent"})],
        [("l1", "r1", "linked")],
        [("first_link", "l1+r1", "Name")],
    )
    [change] = plan.links
    assert change.matched_by == "Code"
    assert change.base is not None
    assert (change.base.left, change.base.right) == (("C1", ABSENT, ABSENT), ("C1", ABSENT, ABSENT))


def test_a_waiting_field_keeps_its_old_base_and_the_rest_goes_on() -> None:
    w = edited()
    w.edit("people", R, "r1", Name="other", City="Gent")
    plan = w.settle()
    assert short(plan.operations) == [("update", "left", "l1", "r1", {"City": "Gent"})]
    [review] = plan.reviews
    assert (review.field, review.left, review.right, review.base_left, review.base_right) == (
        "Name",
        "new",
        "other",
        "n1",
        "n1",
    )
    assert w.links["people", "l1", "r1"].base.left[1] == "n1"
    assert waiting(w.plan().reviews) == [("conflict", "l1+r1", "Name")], "and waits until somebody decides"


def test_an_answer_counts_for_the_values_that_were_seen() -> None:
    w = edited()
    w.edit("people", R, "r1", Name="other")
    [review] = w.plan().reviews
    answer = Answer(
        kind=Waiting.CONFLICT,
        entity="people",
        left_id="l1",
        right_id="r1",
        field="Name",
        decision="right",
        seen=review.seen,
    )
    w.more["people"] = {"answers": [answer]}
    plan = w.plan()
    assert short(plan.operations) == [("update", "left", "l1", "r1", {"Name": "other"})]
    assert plan.operations[0].changes[0].rule == "answer:right"
    w.edit("people", R, "r1", Name="yet another")
    assert waiting(w.plan().reviews) == [("conflict", "l1+r1", "Name")], "other values are another question"


def test_one_pair_may_be_written_on_both_sides() -> None:
    w = edited()
    w.edit("people", R, "r1", City="Gent")
    assert short(w.plan().operations) == [("update", "left", "l1", "r1", {"City": "Gent"}), UPDATE]


def test_agreements_move_without_a_write() -> None:
    w = edited()
    w.edit("people", R, "r1", Name="new")
    plan = w.settle()
    assert (plan.operations, states(plan.links)) == ((), [("l1", "r1", "linked")])
    assert plan.links[0].matched_by == "agreed"
    assert plan.tallies[0].rebased == 1
    assert not w.plan().links


# References of linked pairs.


def family(missing: MissingRef = MissingRef.WAIT):
    """Two linked parents and a linked child without one."""
    child = entity("children", both("Code"), both("Boss", ref="people", missing=missing), both("Nick"), key="Code")
    w = world(people(), child)
    linked(w, 2)
    w.add("children", L, Code="K1")
    w.add("children", R, Code="K1")
    w.settle()
    return w, *sorted(w.shelves["children", L].rows), *sorted(w.shelves["children", R].rows)


def test_a_reference_travels_through_the_links_both_ways() -> None:
    w, left, right = family()
    w.edit("children", L, left, Boss="l2")
    plan = w.settle()
    assert short(plan.operations) == [("update", "right", right, left, {"Boss": "r2"})]
    assert (plan.operations[0].changes[0].source, plan.operations[0].changes[0].after) == ("l2", "r2")
    w.edit("children", R, right, Boss="r1")
    assert short(w.settle().operations) == [("update", "left", left, right, {"Boss": "l1"})]
    assert gist(w.plan()) == ([], [], [])


def test_references_to_the_same_parent_agree_and_to_others_conflict() -> None:
    w, left, right = family()
    w.edit("children", L, left, Boss="l1")
    w.edit("children", R, right, Boss="r1")
    assert short(w.plan().operations) == []
    w.edit("children", R, right, Boss="r2")
    plan = w.plan()
    assert waiting(plan.reviews) == [
        ("first_link" if not plan.reviews else plan.reviews[0].kind, f"{left}+{right}", "Boss")
    ]


def test_a_reference_to_a_newborn_waits_for_its_birth() -> None:
    w, left, right = family()
    boss = w.add("people", L, Code="C9", Name="new boss")
    w.edit("children", L, left, Boss=boss)
    birth, update = w.plan().operations
    assert update.values == {"Boss": Pending(entity="people", side=L, id=boss)}
    assert update.after == (birth.key,)
    w.settle()
    assert w.shelves["children", R].rows[right]["Boss"] == w.partner("people", L, boss)
    assert gist(w.plan()) == ([], [], [])


MISSING = [
    (MissingRef.WAIT, [{"Nick": "x"}], [("held", "Boss")], "wait: the field waits, the rest goes on"),
    (MissingRef.HOLD, [], [("held", "held")], "hold: the whole record is held"),
    (MissingRef.CLEAR, [{"Boss": None, "Nick": "x"}], [], "clear: the other side is cleared"),
]


@pytest.mark.parametrize(("missing", "values", "reviews"), rows(MISSING))
def test_a_reference_to_nobody(missing, values, reviews) -> None:
    w, left, _ = family(missing)
    w.edit("children", L, left, Boss="l1")
    w.settle()
    w.edit("children", L, left, Boss="l99", Nick="x")
    plan = w.plan()
    assert [dict(op.values) for op in plan.operations] == values
    assert [(r.kind.value, r.field or r.rule) for r in plan.reviews] == reviews


def test_a_parent_that_moved_to_a_survivor_is_the_same_parent() -> None:
    w, left, right = family()
    w.edit("children", L, left, Boss="l1")
    w.settle()
    survivor = w.add("people", R, Name="n1")
    w.remove("people", R, "r1", into=survivor)
    w.edit("children", R, right, Boss=survivor)
    plan = w.plan()
    assert [op.entity for op in plan.operations if op.entity == "children"] == []
    assert waiting(plan.reviews) == []


def test_a_reference_cleared_on_one_side_is_cleared_on_the_other() -> None:
    w, left, right = family()
    w.edit("children", L, left, Boss="l1")
    w.settle()
    w.edit("children", L, left, Boss=None)
    assert short(w.plan().operations) == [("update", "right", right, left, {"Boss": None})]


def test_an_expression_writes_back_from_the_whole_record() -> None:
    of = replace(
        people(),
        fields=(
            both("Code"),
            both("Name"),
            FieldRule(name="City", source="City", to_right="value|upper", to_left="City|title ~ ' (' ~ Code ~ ')'"),
        ),
    )
    w = world(of)
    linked(w)
    w.edit("people", R, "r1", City="GENT")
    assert short(w.plan().operations) == [("update", "left", "l1", "r1", {"City": "Gent (C1)"})]


def test_a_parent_that_is_gone_over_there_serves_no_reference() -> None:
    w, left, _ = family()
    w.remove("people", R, "r2")
    w.edit("children", L, left, Boss="l2")
    assert [(r.kind.value, r.field) for r in w.settle().reviews] == [("held", "Boss")]
    assert w.links["people", "l2", "r2"].state is LinkState.TOMBSTONE
    assert [(r.kind.value, r.field) for r in w.plan().reviews] == [("held", "Boss")]


def test_of_pairs_only_those_are_kept_that_others_decide_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan of very many changed pairs would not fit into memory with all of them."""
    w, left, right = family()
    w.add("children", L, Code="K2", Boss="l1")
    w.settle()
    w.edit("children", L, left, Boss="l2")
    w.edit("children", L, "l4", Nick="new")
    w.edit("people", L, "l1", Name="new")
    kept: list[tuple[str, str]] = []
    plan_pairs = planning._plan_pairs

    def spied(subject: Subject, references: References, found: Survey) -> None:
        kept.extend((subject.entity.name, pair.link.left_id) for pair, _, _ in found.present)
        plan_pairs(subject, references, found)

    monkeypatch.setattr(planning, "_plan_pairs", spied)
    assert [(op.id, set(op.values)) for op in w.plan().operations] == [
        ("r1", {"Name"}),
        (right, {"Boss"}),
        ("rl4", {"Nick"}),
    ]
    assert kept == [("children", left)]


TOUCHED = [
    # pairs, expected,                                                  why
    (5,      [("update", "right", "r1", "l1", {"City": "here"})],       "left changed last"),
    (25,     [],                                                        "left was touched in bulk, which tells nothing of one record"),
]  # fmt: skip


@pytest.mark.parametrize(("pairs", "expected"), rows(TOUCHED))
def test_a_bulk_touch_counts_the_pairs_that_are_decided_without_it(pairs: int, expected: list[Any]) -> None:
    w = world(replace(people(), fields=(both("Code"), both("Name"), both("City", conflict="newest"))))
    linked(w, pairs)
    w.edit("people", R, "r1", City="there")
    w.edit("people", L, "l1", City="here")
    for number in range(2, pairs + 1):
        w.edit("people", L, f"l{number}", Name="new")
    shelf = w.shelves["people", L]
    shelf.modified |= {f"l{number}": w.tick() if number == 1 else w.now for number in range(1, pairs + 1)}
    assert [item for item in short(w.plan().operations) if "City" in item[4]] == expected
