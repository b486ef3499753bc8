"""Guards: which limit stops which plan, and how the breach is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from syncengine.decide.guard import DEFAULTS, Facts, Judged, allowed, judge
from syncengine.decide.plan import make_plan
from syncengine.model.entity import Limit, MatchRule, OnDelete
from syncengine.model.operation import Action, FieldChange, Operation
from syncengine.model.plan import Cost
from syncengine.model.record import ABSENT, Side
from syncengine.model.review import Review, Waiting
from tests.builders import rows
from tests.decide.people import PEOPLE, L, R, deleting, linked, people, world
from tests.laws.matcher import match_by_key


def turns(side: Side, times: int) -> Callable[[Operation, FieldChange], int]:
    """The Name of record 0 of one side was written so often."""
    return lambda op, change: times if (op.side, op.id, change.name) == (side, "0", "Name") else 0


LIMITS = [
    (Limit(count=5), 1000, 5, "a count"),
    (Limit(share=0.1), 1000, 100, "a share"),
    (Limit(count=25, share=0.1), 1000, 100, "both: the larger, here the share"),
    (Limit(count=25, share=0.1), 100, 25, "both: the larger, here the count"),
    (Limit(count=0), 1000, 0, "nothing at all"),
    (Limit(share=0.07), 100, 7, "a share that floats would round down"),
    (Limit(), 1000, 1000, "no limit"),
]


@pytest.mark.parametrize(("limit", "whole", "expected"), rows(LIMITS))
def test_allowed(limit, whole, expected) -> None:
    assert allowed(limit, whole) == expected


def change(name: str = "Name", before: Any = "a", after: Any = "b") -> FieldChange:
    return FieldChange(name=name, before=before, after=after, base=before, source=after, rule="changed", why="")


def operations(number: int, action: Action, *changes: FieldChange, side: Side = R) -> list[Operation]:
    return [
        Operation(key=str(n), entity="people", side=side, resource="people", action=action, id=str(n), changes=changes)
        for n in range(number)
    ]


def judged(ops=(), *, before: int = 1000, now: int = 1000, linked: int = 1000, reviews=(), **more) -> Judged:
    return Judged(
        entity=more.pop("entity", PEOPLE),
        counts=dict.fromkeys(Side, now),
        before=dict.fromkeys(Side, before),
        linked=linked,
        operations=ops,
        links=(),
        reviews=reviews,
        **more,
    )


def names(item: Judged, limits: dict[str, Limit] | None = None, facts: Facts | None = None) -> list[str]:
    return [breach.guard for breach in judge([item], [], limits or {}, facts or Facts())]


def conflicts(number: int) -> list[Review]:
    return [
        Review(kind=Waiting.CONFLICT, entity="people", left_ids=(str(n),), right_ids=(str(n),), field="Name")
        for n in range(number)
    ]


def distinct(number: int, name: str, before: str = "old") -> list[Operation]:
    return [
        Operation(
            key=str(n),
            entity="people",
            side=R,
            resource="people",
            action=Action.UPDATE,
            id=str(n),
            changes=(change(name, before=before, after=f"v{n}"),),
        )
        for n in range(number)
    ]


CASES = [
    # judged                                                              expected              why
    (judged(),                                                            [],                   "nothing planned"),
    (judged(operations(100, Action.DELETE)),                              [],                   "deletes: a tenth is allowed"),
    (judged(operations(101, Action.DELETE)),                              ["deletes"],          "deletes: more than a tenth"),
    (judged(operations(25, Action.DELETE), before=30, now=30),            [],                   "deletes: 25 of a few are allowed"),
    (judged(operations(26, Action.DELETE), before=30, now=30),            ["deletes"],          "deletes: 26 of a few"),
    (judged(operations(500, Action.CREATE), before=10, now=10),           [],                   "creates: 500 are allowed"),
    (judged(operations(501, Action.CREATE), before=10, now=10),           ["creates"],          "creates: 501 of a few"),
    (judged(operations(600, Action.CREATE), before=1200, now=1200),       [],                   "creates: half is allowed"),
    (judged(operations(601, Action.CREATE), before=1200, now=1200),       ["creates"],          "creates: more than half"),
    (judged(distinct(300, "Name")),                                       [],                   "updates: 30 % are allowed"),
    (judged(distinct(301, "Name")),                                       ["updates"],          "updates: more than 30 %"),
    (judged(distinct(5, "Name"), before=6, now=6),                        [],                   "updates: a handful says nothing"),
    (judged(operations(50, Action.UPDATE, change(after=None))),           [],                   "emptied: 5 % are allowed"),
    (judged(operations(51, Action.UPDATE, change(after=None))),           ["emptied"],          "emptied: more than 5 % in one field"),
    (judged(operations(51, Action.UPDATE, change(before=None, after=None))), [],                "emptied: it was empty already"),
    (judged(distinct(20, "Code")),                                        [],                   "rekey: 2 % are allowed"),
    (judged(distinct(21, "Code")),                                        ["rekey"],            "rekey: more than 2 %"),
    (judged(operations(100, Action.UPDATE, change())),                    [],                   "same value: a tenth is allowed"),
    (judged(operations(101, Action.UPDATE, change())),                    ["same-value"],       "same value: more than a tenth"),
    (judged(operations(101, Action.UPDATE, change(after=True))),          [],                   "same value: a flag has two only"),
    (judged(reviews=conflicts(100)),                                      [],                   "conflicts: a tenth is allowed"),
    (judged(reviews=conflicts(101)),                                      ["conflicts"],        "conflicts: more than a tenth"),
    (judged(now=0),                                                       ["empty", "empty"],   "empty: both sides show nothing"),
    (judged(now=0, gone={L: 1000, R: 1000}),                              [],                   "empty: they said themselves what they deleted"),
    (judged(now=0, before=0),                                             [],                   "empty: there never was anything"),
    (judged(now=800),                                                     [],                   "shrink: a fifth is allowed"),
    (judged(now=799),                                                     ["shrink", "shrink"], "shrink: more than a fifth"),
    (judged(now=2, before=9),                                             [],                   "shrink: a handful says nothing"),
    (judged(fails=("lookup",)),                                           ["unmapped"],         "a lookup that says to fail"),
]  # fmt: skip


@pytest.mark.parametrize(("item", "expected"), rows(CASES))
def test_guards_by_their_defaults(item, expected) -> None:
    assert names(item) == expected


FACTS = [
    (Facts(clock={"exact": 301}), ["clock"], "a clock five minutes off"),
    (Facts(clock={"exact": -300}), [], "a clock just within"),
    (Facts(places={"exact": "division 2 instead of 1"}), ["place"], "another administration"),
    (Facts(side_effects={"people": ["Status"]}), ["side-effects"], "a field that was not sent changed"),
    (Facts(turns=turns(R, 3)), ["bounce"], "written and undone three times"),
    (Facts(turns=turns(R, 2)), [], "written and undone twice"),
    (Facts(turns=turns(L, 3)), [], "bounced on the other side"),
]


@pytest.mark.parametrize(("facts", "expected"), rows(FACTS))
def test_guards_that_need_facts_of_the_run(facts, expected) -> None:
    assert names(judged(operations(1, Action.UPDATE, change())), facts=facts) == expected


def test_the_entitys_limit_goes_before_the_projects_and_that_before_the_default() -> None:
    few = operations(3, Action.DELETE)
    assert names(judged(few)) == []
    assert names(judged(few), {"deletes": Limit(count=2)}) == ["deletes"]
    own = people(guards={"deletes": Limit(count=3)})
    assert names(judged(few, entity=own), {"deletes": Limit(count=2)}) == []


def test_a_budget_is_judged_only_where_the_mapping_sets_one() -> None:
    cost = Cost(system="exact", calls=101, left_today=50)
    assert judge([], [cost], {}) == ()
    [breach] = judge([], [cost], {"budget": Limit(count=100)})
    assert breach.message == 'The plan costs 101 calls to "exact"; at most 100 allowed.'


def test_a_breach_tells_what_was_counted_and_what_is_allowed() -> None:
    [breach] = judge([judged(operations(412, Action.DELETE), before=1032, now=1032)], [], {})
    assert breach.message == 'The plan deletes 412 of 1,032 people in "r" (39.9 %; at most 10 % allowed).'
    assert len(breach.subjects) == 5
    [breach] = judge([judged(operations(26, Action.DELETE), before=30, now=30)], [], {})
    assert breach.message == 'The plan deletes 26 of 30 people in "r" (86.7 %; at most 25 allowed).'


def test_every_guard_has_a_default_but_the_budget() -> None:
    named = "empty shrink deletes creates updates emptied rekey same-value conflicts bounce side-effects place clock"
    assert set(named.split()) <= set(DEFAULTS)
    assert "budget" not in DEFAULTS


def test_the_plan_carries_its_breaches_and_stays_whole() -> None:
    w = world(deleting(OnDelete.DELETE), limits={"deletes": Limit(count=1)})
    linked(w, 3)
    for id in ("l1", "l2"):
        w.remove("people", L, id)
    plan = w.plan()
    assert [breach.guard for breach in plan.breaches] == ["deletes"]
    assert len(plan.operations) == 2, "the report shows what was stopped"


def test_facts_reach_the_guards_through_the_plan() -> None:
    w = world()
    plan = make_plan(
        [w.sight(PEOPLE)],
        mapping="m",
        lineage="s",
        limits={},
        now=w.now,
        budgets={},
        facts=Facts(clock={"r": 900}),
        matcher=match_by_key,
    )
    assert [breach.guard for breach in plan.breaches] == ["clock"]


def test_suggesting_rules_are_no_keys() -> None:
    of = people(match=(MatchRule(fields=("Code",), then="suggest"),))
    assert names(judged(distinct(21, "Code"), entity=of)) == []
    assert names(judged(distinct(21, "Code", before=ABSENT))) == []  # type: ignore[arg-type]


def lopsided(ops) -> Judged:
    """Ten records on the left, two thousand on the right."""
    counts = {L: 10, R: 2000}
    return Judged(entity=PEOPLE, counts=counts, before=counts, linked=10, operations=ops, links=(), reviews=())


MEASURES = [
    (operations(200, Action.DELETE, side=R), [], "deletes are measured by the side they happen on"),
    (operations(26, Action.DELETE, side=L), ["deletes"], "and by no other"),
    (operations(1000, Action.CREATE, side=L), [], "creates are measured by the larger side"),
    (operations(1001, Action.CREATE, side=L), ["creates"], "and not beyond it"),
]


@pytest.mark.parametrize(("ops", "expected"), rows(MEASURES))
def test_what_a_share_is_measured_by(ops, expected) -> None:
    assert names(lopsided(ops)) == expected


HANDFULS = [
    (distinct(10, "Name"), [], "ten updates of a few say nothing"),
    (distinct(11, "Name"), ["updates"], "eleven do"),
]


@pytest.mark.parametrize(("ops", "expected"), rows(HANDFULS))
def test_a_handful(ops, expected) -> None:
    assert names(judged(ops, before=12, now=12)) == expected


def test_counts_that_nobody_gave_are_none() -> None:
    empty = Judged(entity=PEOPLE, counts={}, before={}, linked=0, operations=(), links=(), reviews=())
    assert names(empty) == []
    assert names(Judged(entity=PEOPLE, counts={}, before={L: 1}, linked=0, operations=(), links=(), reviews=())) == [
        "empty"
    ]


def test_limits_of_what_is_counted_one_by_one_can_be_raised() -> None:
    facts = Facts(side_effects={"people": ["Status", "Type"]}, turns=turns(R, 3))
    item = judged(operations(1, Action.UPDATE, change()), fails=("a", "b"))
    assert names(item, facts=facts) == ["bounce", "side-effects", "unmapped"]
    raised = {"bounce": Limit(count=4), "side-effects": Limit(count=2), "unmapped": Limit(count=2)}
    assert names(item, raised, facts) == []


def test_a_budget_may_be_a_share_of_what_is_left_today() -> None:
    def stopped(calls: int, left: int | None) -> int:
        return len(judge([], [Cost(system="exact", calls=calls, left_today=left)], {"budget": Limit(share=0.5)}))

    assert [stopped(50, 100), stopped(51, 100), stopped(51, None)] == [0, 1, 1]


def test_a_breach_names_a_few_of_those_concerned_once() -> None:
    reviews = [
        *conflicts(101),
        Review(kind=Waiting.HELD, entity="people", left_ids=("h",), title="held one"),
        Review(kind=Waiting.CONFLICT, entity="people", left_ids=("0",), right_ids=("0",), field="City", title="twice"),
    ]
    [breach] = judge([judged(reviews=reviews)], [], {})
    assert breach.message.startswith("101 of 1,000 linked people are in conflict")
    assert breach.subjects == ("", "twice")


MESSAGES = [
    # judged, message, why
    (judged(distinct(301, "Name")), 'The plan updates 301 of 1,000 people in "r" (30.1 %; at most 30 % allowed).', "updates"),
    (judged(operations(501, Action.CREATE), before=10, now=10), 'The plan creates 501 people in "r" (5010.0 %; at most 500 allowed).', "creates: more than there are"),
    (judged(operations(501, Action.CREATE), before=0, now=0), 'The plan creates 501 people in "r".', "creates: nothing to measure by"),
    (judged(distinct(21, "Code")), 'The plan changes the key Code of 21 people in "r" (2.1 %; at most 2 % allowed).', "rekey"),
    (judged(operations(51, Action.UPDATE, change(after=None))), 'The plan empties Name of 51 people in "r" (5.1 %; at most 5 % allowed).', "emptied"),
    (judged(operations(251, Action.DELETE), before=250, now=250), 'The plan deletes 251 of 250 people in "r" (100.4 %; at most 10 % allowed).', "a share of exactly the count"),
    (judged(operations(3, Action.DELETE), before=10, now=10, entity=people(guards={"deletes": Limit(share=0.07)})), 'The plan deletes 3 of 10 people in "r" (30.0 %; at most 7 % allowed).', "a share alone, of nearly nobody"),
    (judged(operations(2, Action.DELETE), before=100, now=100, entity=people(guards={"deletes": Limit(count=1, share=0.02)})), None, "the share allows it"),
    (judged(operations(8, Action.DELETE), before=100, now=100, entity=people(guards={"deletes": Limit(count=7, share=0.07)})), 'The plan deletes 8 of 100 people in "r" (8.0 %; at most 7 % allowed).', "a share that floats would round down, shown as the share"),
    (judged(operations(9, Action.DELETE), before=100, now=100, entity=people(guards={"deletes": Limit(count=8, share=0.07)})), 'The plan deletes 9 of 100 people in "r" (9.0 %; at most 8 allowed).', "a count just beyond the share, shown as the count"),
]  # fmt: skip


@pytest.mark.parametrize(("item", "message"), rows(MESSAGES))
def test_the_words_of_a_breach(item, message) -> None:
    assert [breach.message for breach in judge([item], [], {})] == ([] if message is None else [message])


def one_sided(now: dict[Side, int], before: dict[Side, int], **more) -> Judged:
    return Judged(
        entity=PEOPLE, counts=now, before=before, linked=0, operations=more.pop("ops", ()), links=(), reviews=(), **more
    )


SILENT = [
    # judged                                                                    expected              why
    (one_sided({}, {L: 1, R: 1}),                                               ["empty", "empty"],   "a side without count shows nothing"),
    (one_sided({L: 1}, {L: 1}),                                                 [],                   "a side never seen is not missed"),
    (one_sided({}, {L: 100}),                                                   ["empty"],            "a side without count is empty, not shrunk"),
    (one_sided({}, {L: 1}, gone={L: 1}),                                        [],                   "the only one was deleted, with evidence"),
    (one_sided({L: 1}, {}),                                                     [],                   "a first run shrinks nothing"),
    (one_sided({L: 1}, {L: 12}),                                                ["shrink"],           "eleven of a few are gone"),
    (one_sided({L: 1}, {L: 11}),                                                [],                   "ten of a few are gone"),
    (one_sided({}, {L: 10, R: 0}, gone={L: 9}),                                 ["empty"],            "nine were deleted, the tenth is silent"),
    (one_sided({}, {}, ops=operations(25, Action.DELETE)),                      [],                   "a side without count measures nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("item", "expected"), rows(SILENT))
def test_silence_and_shrinking_by_side(item, expected) -> None:
    assert names(item) == expected


def test_a_side_without_any_count_measures_none() -> None:
    nothing = one_sided({}, {})
    assert (nothing.of(L), one_sided({R: 3}, {}).of(R), one_sided({}, {R: 4}).of(R)) == (0, 3, 4)


def test_only_updates_are_looked_at_field_by_field() -> None:
    """A create gives fields to a record that had none: it neither empties nor repeats what others hold."""
    assert names(judged(operations(101, Action.CREATE, change()))) == []


def test_without_facts_no_value_has_bounced() -> None:
    none = {"bounce": Limit(count=1)}
    assert names(judged(operations(1, Action.UPDATE, change())), none) == []
    assert names(judged(operations(1, Action.UPDATE, change())), {"bounce": Limit(count=0)}) == ["bounce"]


def test_guards_over_the_whole_run_name_no_entity_and_say_what_is_allowed() -> None:
    facts = Facts(clock={"r": -20.0, "l": 19.0}, places={"r": "division 2"})
    breaches = judge([], [Cost(system="r", calls=3)], {"clock": Limit(count=19), "budget": Limit(count=2)}, facts)
    assert [(breach.guard, breach.entity, breach.message) for breach in breaches] == [
        ("place", "", '"r" is not what was pinned: division 2.'),
        ("clock", "", 'The clock of "r" differs by 20 s from this machine\'s; at most 19 s allowed.'),
        ("budget", "", 'The plan costs 3 calls to "r"; at most 2 allowed.'),
    ]
