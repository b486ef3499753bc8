"""The plan as a whole: its bytes, its order, its cost, what it tells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from syncengine.decide import saved
from syncengine.decide.digest import digest
from syncengine.errors import UserError
from syncengine.model.entity import Lookup, OnDelete
from syncengine.model.operation import Action
from syncengine.model.plan import Plan
from syncengine.model.record import ABSENT
from tests.builders import rows
from tests.decide.people import PEOPLE, L, R, deleting, facts, linked, people, world
from tests.laws.world import both, entity


@dataclass(frozen=True)
class Budget:
    minute: int | None = None
    left_today: int | None = None


def busy() -> Any:
    """A world with something of everything to plan."""
    w = world(deleting(OnDelete.DELETE))
    linked(w, 4)
    w.edit("people", L, "l1", Name="new")
    w.edit("people", L, "l2", Name="this")
    w.edit("people", R, "r2", Name="that")
    w.remove("people", L, "l3")
    w.add("people", L, Code="C9", Name="born")
    return w


def test_same_input_same_plan_bytes() -> None:
    one, two = busy().plan(), busy().plan()
    assert saved.dump(one, meta={}) == saved.dump(two, meta={})
    assert len(one.digest) == 64
    assert one.digest == digest(one)


MOVES = [
    (lambda p: replace(p, mapping="other"), "another mapping"),
    (lambda p: replace(p, lineage="other"), "another state"),
    (lambda p: replace(p, operations=p.operations[:-1]), "an operation less"),
    (lambda p: replace(p, operations=p.operations[::-1]), "another order"),
    (lambda p: replace(p, links=()), "no links"),
    (lambda p: replace(p, reviews=()), "no reviews"),
    (lambda p: replace(p, first=("people",)), "a first run"),
    (
        lambda p: replace(p, operations=(replace(p.operations[0], values={"Name": "evil"}), *p.operations[1:])),
        "a value",
    ),
    (
        lambda p: replace(p, operations=(p.operations[0], replace(p.operations[1], expected={}), p.operations[2])),
        "an expectation",
    ),
]


@pytest.mark.parametrize("move", rows(MOVES))
def test_the_digest_moves_with(move) -> None:
    plan = busy().plan()
    assert digest(move(plan)) != plan.digest


def test_the_digest_does_not_move_with_what_the_side_still_allows_today() -> None:
    w = busy()
    plans = []
    for left in (10, 20):
        w.budgets = {"r": Budget(minute=60, left_today=left)}
        w.more["people"] = {"resources": {L: facts(PEOPLE, L), R: facts(PEOPLE, R, page_size=60)}}
        plans.append(w.plan())
    assert plans[0].costs != plans[1].costs
    assert plans[0].digest == plans[1].digest


def test_creates_come_first_and_deletes_last() -> None:
    assert [op.action for op in busy().plan().operations] == [Action.CREATE, Action.UPDATE, Action.DELETE]


def test_children_are_deleted_before_their_parents() -> None:
    child = replace(
        entity("children", both("Code"), both("Boss", ref="people"), key="Code", then=OnDelete.DELETE),
    )
    w = world(deleting(OnDelete.DELETE), child)
    linked(w)
    for side, boss in ((L, "l1"), (R, "r1")):
        w.add("children", side, Code="K", Boss=boss)
    w.settle()
    for name in ("people", "children"):
        w.remove(name, L, min(w.shelves[name, L].rows))
    assert [op.entity for op in w.plan().operations] == ["children", "people"]


COSTS = [
    ({"page_size": 60}, 4, 0.1, "three writes, two of them checked in one look"),
    ({"page_size": 60, "fetch_size": 1}, 5, 0.1, "one look each"),
    ({"page_size": 60, "checked": True}, 3, 0.1, "the write checks itself"),
    ({"page_size": 60, "confirm": True}, 5, 0.1, "one page to confirm"),
    ({"page_size": 60, "write_batch": 100}, 2, 0.0, "one write for all"),
]


@pytest.mark.parametrize(("resource", "calls", "minutes"), rows(COSTS))
def test_cost_in_calls_and_minutes(resource, calls, minutes) -> None:
    w = busy()
    w.budgets = {"r": Budget(minute=60, left_today=4812)}
    w.more["people"] = {"resources": {L: facts(PEOPLE, L), R: facts(PEOPLE, R, **resource)}}
    [cost] = w.plan().costs
    assert (cost.system, cost.calls, cost.minutes, cost.left_today) == ("r", calls, minutes, 4812)


def test_tallies_count_records() -> None:
    [tally] = busy().plan().tallies
    assert (tally.left, tally.right, tally.linked) == (4, 4, 4)
    assert (tally.created, tally.updated, tally.deleted) == ({"right": 1}, {"right": 1}, {"right": 1})
    assert tally.unchanged == 1


def test_the_first_run_is_named_and_planned_whole() -> None:
    w = busy()
    assert w.plan().first == ()
    w.more["people"] = {"first": True}
    plan = w.plan()
    assert plan.first == ("people",)
    assert len(plan.operations) == 3


def test_a_field_nobody_shows_any_more_is_reported() -> None:
    w = world()
    linked(w, 3)
    assert w.plan().tallies[0].notes == ()
    for number in (1, 2, 3):
        w.edit("people", R, f"r{number}", City=ABSENT, Name="moved")
    [tally] = w.plan().tallies
    assert tally.notes == ("r shows City in none of 3 records: has the field been renamed or removed?",)
    assert all("City" not in op.values for op in w.plan().operations)


def test_a_lookup_that_says_to_fail_stops_the_whole_plan() -> None:
    from syncengine.decide.translate import LookupTable, compile_lens

    of = people(both("Tax", lookup="tax"))
    w = world(people(both("Tax")), limits={})
    w.entities = (of,)
    table = LookupTable(lookup=Lookup(name="tax", map={"high": "2"}, unmapped="fail"))
    w.lenses["people"] = compile_lens(of, facts(of, L), facts(of, R), {"tax": table})
    w.add("people", L, Code="C1", Name="Jan", Tax="low")
    plan = w.plan()
    assert [breach.guard for breach in plan.breaches] == ["unmapped"]


def test_a_plan_of_nothing_is_empty() -> None:
    plan = world().plan()
    assert plan.empty
    assert (plan.links, plan.reviews, plan.breaches) == ((), (), ())
    assert Plan().empty


def test_a_saved_plan_is_read_back_as_it_was() -> None:
    plan = busy().plan()
    assert saved.load(saved.dump(plan, meta={"made_by": "1.0", "at": "2026-11-20"})) == plan


TAMPERINGS = [
    (lambda t: t.replace('"new"', '"evil"'), "a value"),
    (lambda t: t.replace('"r1"', '"r9"'), "an id"),
    (lambda t: t.replace('"unchanged": 1', '"unchanged": 2'), "a count"),
    (lambda t: t.replace('"made_by": "1.0"', '"made_by": "2.0"'), "who made it"),
    (lambda t: t.replace('"entity": "people",', '"entity": "people", "x": 1,', 1), "a key more"),
    (lambda t: t.replace('"action": "update"', '"action": "explode"'), "an action that does not exist"),
    (lambda t: t.replace('"phase": 1', '"phase": "1"'), "a number as text"),
    (lambda t: t.replace('"first": []', '"first": ["people"]'), "a first run"),
]


@pytest.mark.parametrize("tamper", rows(TAMPERINGS))
def test_an_altered_plan_is_refused(tamper) -> None:
    text = saved.dump(busy().plan(), meta={"made_by": "1.0"})
    altered = tamper(text)
    assert altered != text
    with pytest.raises(UserError, match="altered or damaged"):
        saved.load(altered)


def test_a_consistent_forgery_is_refused_by_the_plans_own_digest() -> None:
    import json

    document = json.loads(saved.dump(busy().plan(), meta={}))
    document["operations"][0]["values"]["Name"] = "evil"
    del document["sum"]
    document["sum"] = saved._sum(document)
    with pytest.raises(UserError, match="digest"):
        saved.load(json.dumps(document))


NO_PLANS = [
    ("", "nothing"),
    ("{", "half a document"),
    ("[]", "another document"),
    ("null", "null"),
    ('{"kind": "syncengine plan", "version": 1}', "an empty shell"),
    ('{"kind": "syncengine plan", "version": 99}', "a newer version"),
    ('{"a": NaN}', "what JSON does not know"),
    ('{"a": 1, "a": 2}', "a key twice"),
    ("[" * 100_000, "too deep"),
    ('{"kind": ' + "9" * 5000 + "}", "an absurd number"),
]


@pytest.mark.parametrize("text", rows(NO_PLANS))
def test_what_is_no_plan_is_refused_with_a_clean_message(text) -> None:
    with pytest.raises(UserError, match="plan"):
        saved.load(text)
