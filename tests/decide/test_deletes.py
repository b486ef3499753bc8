"""A record is gone on one side: what happens to its partner."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncengine.model.entity import OnDelete, Test
from syncengine.model.link import LinkState
from syncengine.model.record import ABSENT, Presence
from syncengine.model.review import Answer, Waiting
from tests.builders import rows
from tests.decide.people import PEOPLE, L, R, deleting, facts, gist, linked, people, short, states, waiting, world

TOMBSTONE = ("l1", "r1", "tombstone")
DELETE: tuple[object, ...] = ("delete", "right", "r1", "l1", {})
BLOCK = ("update", "right", "r1", "l1", {"City": "gone"})
BIRTH = ("create", "left", "", "r1", {"Code": "C1", "Name": "n1"})

INACTIVE = {R: {"City": "gone"}}
"""How the right side says inactive."""

CASES = [
    # then              edited               edit   operations links         reviews                            why
    (OnDelete.KEEP,     OnDelete.ASK,        False, [],        [TOMBSTONE],  [],                                "keep: the partner stays, a tombstone is made"),
    (OnDelete.DELETE,   OnDelete.ASK,        False, [DELETE],  [TOMBSTONE],  [],                                "delete: the partner goes too"),
    (OnDelete.DEACTIVATE, OnDelete.ASK,      False, [BLOCK],   [TOMBSTONE],  [],                                "deactivate: the partner is made inactive"),
    (OnDelete.RESTORE,  OnDelete.ASK,        False, [BIRTH],   [TOMBSTONE],  [],                                "restore: the gone one is created again"),
    (OnDelete.ASK,      OnDelete.ASK,        False, [],        [],           [("delete", "l1+r1", "on_delete:ask")], "ask"),
    (OnDelete.DELETE,   OnDelete.ASK,        True,  [],        [],           [("delete", "l1+r1", "on_delete:edited:ask")], "delete against edit asks"),
    (OnDelete.KEEP,     OnDelete.ASK,        True,  [],        [],           [("delete", "l1+r1", "on_delete:edited:ask")], "edited asks, even where the plain rule keeps"),
    (OnDelete.KEEP,     OnDelete.KEEP,       True,  [],        [TOMBSTONE],  [],                                "edited, and kept"),
]  # fmt: skip


@pytest.mark.parametrize(("then", "edited", "edit", "operations", "links", "reviews"), rows(CASES))
def test_on_delete(then, edited, edit, operations, links, reviews) -> None:
    w = world(deleting(then, edited, inactive=INACTIVE))
    linked(w)
    w.remove("people", L, "l1")
    if edit:
        w.edit("people", R, "r1", Name="changed")
    assert gist(w.plan()) == (operations, links, reviews)


def test_edited_and_restored_takes_the_edit_along() -> None:
    w = world(deleting(OnDelete.DELETE, OnDelete.RESTORE))
    linked(w)
    w.remove("people", L, "l1")
    w.edit("people", R, "r1", Name="changed")
    assert short(w.plan().operations) == [("create", "left", "", "r1", {"Code": "C1", "Name": "changed"})]


ANSWERS = [
    ("delete", [DELETE], [TOMBSTONE], "a person said delete"),
    ("keep", [], [TOMBSTONE], "a person said keep"),
    ("restore", [BIRTH], [TOMBSTONE], "a person said restore"),
    ("deactivate", [BLOCK], [TOMBSTONE], "a person said deactivate"),
]


@pytest.mark.parametrize(("decision", "operations", "links"), rows(ANSWERS))
def test_a_persons_answer_about_a_deletion_is_done(decision, operations, links) -> None:
    w = world(deleting(OnDelete.ASK, inactive=INACTIVE))
    linked(w)
    w.remove("people", L, "l1")
    answer = Answer(kind=Waiting.DELETE, entity="people", left_id="l1", right_id="r1", decision=decision)
    w.more["people"] = {"answers": [answer]}
    assert gist(w.plan()) == (operations, links, [])


@pytest.mark.parametrize("then", list(OnDelete))
def test_a_tombstoned_record_is_never_born_again(then) -> None:
    w = world(deleting(then, OnDelete.KEEP))
    linked(w)
    w.remove("people", L, "l1")
    w.settle()
    assert gist(w.settle())[:2] == ([], [])
    assert gist(w.settle())[:2] == ([], [])


def test_gone_on_both_sides_is_only_noted() -> None:
    w = world(deleting(OnDelete.DELETE))
    linked(w)
    w.remove("people", L, "l1")
    w.remove("people", R, "r1")
    assert gist(w.plan()) == ([], [TOMBSTONE], [])
    w.settle()
    assert gist(w.plan()) == ([], [], [])


def test_missing_without_evidence_changes_nothing_not_even_the_partner() -> None:
    w = world(deleting(OnDelete.DELETE))
    linked(w)
    w.edit("people", R, "r1", Name="changed")
    [pair] = w.pairs("people")
    assert pair.left is not None
    lost = replace(pair, left=replace(pair.left, presence=Presence.MISSING))
    w.more["people"] = {"pairs": lambda: [lost]}
    assert gist(w.plan()) == ([], [], [])


def test_gone_here_and_missing_there_waits() -> None:
    w = world(deleting(OnDelete.DELETE))
    linked(w)
    w.remove("people", L, "l1")
    [pair] = w.pairs("people")
    assert pair.right is not None
    lost = replace(pair, right=replace(pair.right, presence=Presence.MISSING))
    w.more["people"] = {"pairs": lambda: [lost]}
    assert gist(w.plan()) == ([], [], [])


STUBBORN = [
    ({"delete": False}, {}, "a side that takes no deletes"),
    ({}, {"protect": {R: Test(field="Code", op="eq", value="C1")}}, "a protected record"),
]


@pytest.mark.parametrize(("resource", "rules"), rows(STUBBORN))
def test_what_cannot_be_deleted_asks(resource, rules) -> None:
    of = deleting(OnDelete.DELETE, **rules)
    w = world(of)
    linked(w)
    w.more["people"] = {"resources": {L: facts(of, L), R: facts(of, R, **resource)}}
    w.remove("people", L, "l1")
    assert gist(w.plan()) == ([], [], [("delete", "l1+r1", "on_delete:delete")])


def test_what_cannot_be_made_inactive_asks() -> None:
    w = world(deleting(OnDelete.DEACTIVATE))
    linked(w)
    w.remove("people", L, "l1")
    assert waiting(w.plan().reviews) == [("delete", "l1+r1", "on_delete:deactivate")]


def test_what_is_inactive_already_only_gets_its_tombstone() -> None:
    w = world(deleting(OnDelete.DEACTIVATE, inactive=INACTIVE))
    linked(w, City="gone")
    w.remove("people", L, "l1")
    assert gist(w.plan()) == ([], [TOMBSTONE], [])


def test_a_delete_expects_the_whole_record_as_it_was() -> None:
    w = world(deleting(OnDelete.DELETE))
    linked(w)
    w.remove("people", L, "l1")
    [operation] = w.plan().operations
    assert operation.expected == {"Code": "C1", "Name": "n1", "City": None}
    assert {c.name: c.before for c in operation.changes} == {"Code": "C1", "Name": "n1"}, "what will be lost is shown"


def test_a_value_the_base_never_saw_counts_as_an_edit() -> None:
    w = world(deleting(OnDelete.DELETE))
    linked(w, City=ABSENT)
    w.remove("people", L, "l1")
    w.edit("people", R, "r1", City="Gent")
    assert waiting(w.plan().reviews) == [("delete", "l1+r1", "on_delete:edited:ask")]


def test_without_a_base_nobody_can_say_that_it_was_not_edited() -> None:
    w = world(deleting(OnDelete.DELETE))
    linked(w)
    w.links["people", "l1", "r1"] = replace(w.links["people", "l1", "r1"], base=None)
    w.remove("people", L, "l1")
    assert waiting(w.plan().reviews) == [("delete", "l1+r1", "on_delete:edited:ask")]


def test_a_record_that_comes_back_by_itself_is_linked_again() -> None:
    w = world(deleting(OnDelete.KEEP))
    linked(w)
    shelf = w.shelves["people", L]
    row = dict(shelf.rows["l1"])
    w.remove("people", L, "l1")
    w.settle()
    del shelf.gone["l1"]
    shelf.rows["l1"] = row | {"Name": "back"}
    plan = w.settle()
    assert states(plan.links) == [("l1", "r1", "linked")]
    assert short(plan.operations) == [("update", "right", "r1", "l1", {"Name": "back"})]


def test_a_refused_delete_makes_no_tombstone() -> None:
    w = world(deleting(OnDelete.DELETE))
    linked(w)
    w.remove("people", L, "l1")
    [operation] = w.plan().operations
    w.more["people"] = {"parked": frozenset({operation.key})}
    assert gist(w.plan()) == ([], [], [])


def test_out_of_scope_over_there_is_left_alone() -> None:
    of = deleting(OnDelete.DELETE, where={R: Test(field="City", op="not", value="away")})
    w = world(of)
    linked(w)
    w.remove("people", L, "l1")
    w.edit("people", R, "r1", City="away")
    assert gist(w.plan()) == ([], [TOMBSTONE], [])


def test_remote_merge_relinks_survivor() -> None:
    w = world()
    linked(w)
    w.add("people", L, Name="survivor")
    w.remove("people", L, "l1", into="l2")
    plan = w.settle()
    [change] = plan.links
    assert (change.left_id, change.right_id, change.moves, change.state) == ("l2", "r1", ("l1", "r1"), LinkState.LINKED)
    assert short(plan.operations) == [
        ("update", "left", "l2", "r1", {"Code": "C1"}),
        ("update", "right", "r1", "l2", {"Name": "survivor"}),
    ], "the survivor's name is an edit; its empty key is filled"
    assert w.settle().operations == ()


def test_a_merge_into_a_record_with_its_own_partner_is_for_a_person() -> None:
    w = world(deleting(OnDelete.DELETE))
    linked(w, 2)
    w.remove("people", L, "l1", into="l2")
    assert gist(w.plan()) == ([], [], [("match", "l2+r1+r2", "merged")])
    answer = Answer(kind=Waiting.MATCH, entity="people", left_id="l2", right_id="r1", decision="not_same")
    w.more["people"] = {"answers": [answer]}
    assert gist(w.plan()) == ([], [TOMBSTONE], [])


def test_a_merge_into_a_record_that_is_not_seen_yet_waits() -> None:
    w = world(deleting(OnDelete.DELETE))
    linked(w)
    w.remove("people", L, "l1", into="l9")
    plan = w.plan()
    assert gist(plan) == ([], [], [])
    assert "waits" in " ".join(plan.tallies[0].notes)


def test_merged_on_both_sides_ends_the_link() -> None:
    w = world(deleting(OnDelete.DELETE))
    linked(w, 2)
    w.remove("people", L, "l1", into="l2")
    w.remove("people", R, "r1", into="r2")
    assert gist(w.plan()) == ([], [TOMBSTONE], [])


def test_the_dead_are_no_partners_for_references() -> None:
    assert PEOPLE.on_delete[L].then is OnDelete.KEEP
    from tests.laws.world import both

    child = replace(people(both("Boss", ref="people")), name="people")
    w = world(child)
    linked(w)
    w.remove("people", R, "r1")
    w.add("people", L, Code="C9", Name="kid", Boss="l1")
    assert waiting(w.plan().reviews) == [("held", "l2", "ref:wait")]


def test_two_records_merged_into_a_third_are_for_a_person_and_nobody_is_born() -> None:
    w = world(deleting(OnDelete.DELETE))
    linked(w, 2)
    survivor = w.add("people", L, Name="survivor")
    for id in ("l1", "l2"):
        w.remove("people", L, id, into=survivor)
    assert gist(w.plan()) == ([], [], [("match", "l3+r1+r2", "merged")])
    answers = [
        Answer(kind=Waiting.MATCH, entity="people", left_id=survivor, right_id=right, decision=decision)
        for right, decision in (("r1", "not_same"), ("r2", "same"))
    ]
    w.more["people"] = {"answers": answers}
    assert states(w.settle().links) == [("l1", "r1", "tombstone"), ("l3", "r2", "linked")]
    assert gist(w.plan()) == ([], [], [])


def test_a_chain_of_merges_ends_at_the_last_survivor() -> None:
    w = world(deleting(OnDelete.DELETE))
    linked(w, 2)
    survivor = w.add("people", L, Name="n2", Code="C2")
    w.remove("people", L, "l1", into="l2")
    w.remove("people", L, "l2", into=survivor)
    assert gist(w.plan()) == ([], [], [("match", "l3+r1+r2", "merged")])


def test_a_merge_whose_partner_is_missing_waits_and_the_survivor_gets_no_new_partner() -> None:
    w = world(deleting(OnDelete.DELETE))
    linked(w)
    survivor = w.add("people", L, Name="survivor")
    w.remove("people", L, "l1", into=survivor)
    [pair] = w.pairs("people")
    assert pair.right is not None
    lost = replace(pair, right=replace(pair.right, presence=Presence.MISSING))
    w.more["people"] = {"pairs": lambda: [lost]}
    assert gist(w.plan()) == ([], [], [])
