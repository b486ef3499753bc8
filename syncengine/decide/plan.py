"""The plan: everything a run would do, as data. A pure function of what planning sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from syncengine.decide.births import plan_births
from syncengine.decide.cost import Allowance, costs
from syncengine.decide.digest import digest
from syncengine.decide.guard import NO_FACTS, Facts, Judged, judge
from syncengine.decide.identity import Matcher, Matches, Survey, survey
from syncengine.decide.lifecycle import plan_present
from syncengine.decide.merge import Crowd, no_crowd
from syncengine.decide.references import References
from syncengine.decide.sight import Sight
from syncengine.decide.subject import Subject
from syncengine.model.adopted import LinkChanges
from syncengine.model.entity import Entity, Limit
from syncengine.model.link import LinkState
from syncengine.model.operation import Action, Operation
from syncengine.model.plan import LinkChange, Plan, Tally
from syncengine.model.record import Observed, Side
from syncengine.model.review import Review

_CROWD: Final = 20
"""More records than this with one and the same stamp were touched in bulk."""

_NOTES: Final = 20


def make_plan(
    sights: Sequence[Sight],
    *,
    mapping: str,
    lineage: str,
    limits: Mapping[str, Limit],
    now: datetime,
    budgets: Mapping[str, Allowance],
    facts: Facts = NO_FACTS,
    matcher: Matcher | None = None,
) -> Plan:
    """Plan a run.

    Args:
        sights: The entities, parents first.
        mapping: Digest of the mapping.
        lineage: Identity of the state.
        limits: The project's guards.
        now: The run's own time, aware UTC.
        budgets: System → what it still allows.
        facts: What guards need to know and no mirror shows.
        matcher: Finds partners; ``decide.match.match`` if None.
    """
    order = {sight.entity.name: place for place, sight in enumerate(sights)}
    named = frozenset(rule.ref for sight in sights for rule in sight.entity.fields if rule.ref)
    references = References(stored=_partner(sights), order=order, named=named)
    subjects = [Subject(sight=sight, index=place, now=now, mapping=mapping) for place, sight in enumerate(sights)]
    surveys = [survey(subject, references, matcher or _match) for subject in subjects]
    candidates = [(s, item) for s, found in zip(subjects, surveys, strict=True) for item in found.candidates]
    creates, seconds = plan_births(candidates, references)
    for subject, found in zip(subjects, surveys, strict=True):
        _plan_pairs(subject, references, found)
    for subject in subjects:
        _drop_parked(subject)
    return _assembled(subjects, creates, seconds, Plan(mapping=mapping, lineage=lineage), limits, budgets, facts)


def _match(entity: Entity, left: Iterable[Observed], right: Iterable[Observed], **seen: Any) -> Matches:
    """``decide.match.match``, loaded once there is somebody to match: most runs have nobody."""
    from syncengine.decide.match.match import match

    return match(entity, left, right, **seen)


def _partner(sights: Sequence[Sight]) -> Callable[[str, Side, str], str | None]:
    return sights[0].partner if sights else lambda entity, side, id: None


def _plan_pairs(subject: Subject, references: References, found: Survey) -> None:
    crowd: Crowd = no_crowd
    if subject.weighs_time:
        rows = (row for pair, _, _ in found.present for row in ((Side.LEFT, pair.left), (Side.RIGHT, pair.right)))
        crowd = _crowd(rows, found.stamps)
    while found.present:
        # Each pair is let go once it is planned: what is kept of it is a fraction.
        pair, made, moves = found.present.popleft()
        plan_present(subject, references, pair, crowd, made=made, moves=moves)


def _crowd(rows: Iterable[tuple[Side, Observed | None]], others: Mapping[tuple[Side, datetime], int]) -> Crowd:
    """Which stamps are those of a bulk touch.

    Args:
        others: Stamps of records that are not among the rows, and of how many.
    """
    stamps: Counter[tuple[Side, datetime | None]] = Counter(
        (side, row.modified) for side, row in rows if row is not None
    )
    stamps.update(others)
    return lambda side, row: row.modified is not None and stamps[side, row.modified] > _CROWD


def _drop_parked(subject: Subject) -> None:
    """Leave out what a side refused as it is, with the link changes that were to follow it."""
    parked, found = subject.sight.parked, subject.found
    refused = {(op.left_id, op.right_id) for op in found.operations if op.key in parked}
    if not refused:
        return
    found.refused.extend(op.key for op in found.operations if op.key in parked)
    found.operations = [op for op in found.operations if op.key not in parked]
    found.links = [
        change
        for change in found.links
        if change.state is LinkState.LINKED or (change.left_id, change.right_id) not in refused
    ]
    subject.note("a side refused it as it is: not sent again until something changes", len(refused))


def _assembled(
    subjects: Sequence[Subject],
    creates: Sequence[Operation],
    seconds: Sequence[Operation],
    plan: Plan,
    limits: Mapping[str, Limit],
    budgets: Mapping[str, Allowance],
    facts: Facts,
) -> Plan:
    updates, deletes = _sorted_writes(subjects)
    operations = (*creates, *updates, *seconds, *deletes)
    links = tuple(change for subject in subjects for change in sorted(subject.found.links, key=_link_order))
    adopted = [subject.found.adopted for subject in subjects if subject.found.adopted is not None]
    reviews = tuple(item for subject in subjects for item in sorted(subject.found.reviews, key=_review_order))
    prices = costs([subject.sight for subject in subjects], operations, budgets)
    judged = [_judged(subject, operations, links, reviews) for subject in subjects]
    plan = replace(
        plan,
        entities=tuple(subject.entity.name for subject in subjects),
        operations=operations,
        links=LinkChanges(adopted, links) if adopted else links,
        reviews=reviews,
        tallies=tuple(_tally(subject, operations) for subject in subjects),
        breaches=judge(judged, prices, limits, facts),
        costs=prices,
        refused=tuple(sorted(key for subject in subjects for key in subject.found.refused)),
        first=tuple(subject.entity.name for subject in subjects if subject.sight.first),
    )
    return replace(plan, digest=digest(plan))


def _sorted_writes(subjects: Sequence[Subject]) -> tuple[list[Operation], list[Operation]]:
    """Updates, parents first; deletes, children first."""
    updates: list[Operation] = []
    deletes: list[Operation] = []
    for subject in subjects:
        ordered = sorted(subject.found.operations, key=lambda op: (op.side, op.left_id, op.right_id))
        updates.extend(op for op in ordered if op.action is Action.UPDATE)
        deletes.extend(op for op in ordered if op.action is Action.DELETE)
    return updates, deletes[::-1]


def _link_order(change: LinkChange) -> tuple[str, str, str]:
    return change.left_id, change.right_id, change.state or ""


def _review_order(item: Review) -> tuple[object, ...]:
    return item.kind, item.left_ids, item.right_ids, item.field, item.reason


def _judged(
    subject: Subject, operations: Iterable[Operation], links: Iterable[LinkChange], reviews: Iterable[Review]
) -> Judged:
    name, sight = subject.entity.name, subject.sight
    return Judged(
        entity=subject.entity,
        counts=sight.counts,
        before=sight.before,
        linked=sight.linked + subject.found.new_links,
        operations=[op for op in operations if op.entity == name],
        links=[change for change in links if change.entity == name],
        reviews=[item for item in reviews if item.entity == name],
        gone=dict(subject.found.gone),
        fails=tuple(subject.found.fails),
    )


def _tally(subject: Subject, operations: Iterable[Operation]) -> Tally:
    found, sight = subject.found, subject.sight
    own = [op for op in operations if op.entity == subject.entity.name and op.phase == 1]
    counts = Counter((op.action, op.side) for op in own)
    return Tally(
        entity=subject.entity.name,
        left=sight.counts.get(Side.LEFT, 0),
        right=sight.counts.get(Side.RIGHT, 0),
        linked=sight.linked,
        unchanged=max(0, sight.linked - found.touched),
        created={side.value: counts[Action.CREATE, side] for side in Side if counts[Action.CREATE, side]},
        updated={side.value: counts[Action.UPDATE, side] for side in Side if counts[Action.UPDATE, side]},
        deleted={side.value: counts[Action.DELETE, side] for side in Side if counts[Action.DELETE, side]},
        new_links=found.new_links,
        rebased=found.rebased,
        notes=(*_drift(subject), *_notes(found.notes)),
    )


def _drift(subject: Subject) -> list[str]:
    """Fields that a side showed in none of the records seen: its schema may have changed."""
    found = subject.found
    return [
        f"{subject.names[side]} shows {name} in none of {found.rows[side]:,} records: has the field been renamed or removed?"
        for side in Side
        for name in subject.layout
        if found.rows[side] and subject.native_name(side, name) and name not in found.seen[side]
    ]


def _notes(notes: Counter[str]) -> list[str]:
    shown = sorted(notes.items(), key=lambda item: (-item[1], item[0]))
    lines = [f"{count:,} × {text}" for text, count in shown[:_NOTES]]
    return [*lines, f"and {len(shown) - _NOTES} more kinds of notes"] if len(shown) > _NOTES else lines
