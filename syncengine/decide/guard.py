"""Guards: named limits over the whole plan, judged before the first write. A breach means that nothing is written at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from syncengine.model.entity import Entity, Limit
from syncengine.model.operation import Action, FieldChange, Operation, Pending
from syncengine.model.plan import Breach, Cost, LinkChange
from syncengine.model.record import ABSENT, Side
from syncengine.model.review import Review, Waiting
from syncengine.model.values import to_json

FEW: Final = 10
"""A share alone says nothing of a handful: where the mapping sets no limit, this many are always allowed."""

DEFAULTS: Final[Mapping[str, Limit]] = MappingProxyType(
    {
        "empty": Limit(count=0),
        "shrink": Limit(count=FEW, share=0.20),
        "deletes": Limit(count=25, share=0.10),
        "creates": Limit(count=500, share=0.50),
        "updates": Limit(count=FEW, share=0.30),
        "emptied": Limit(count=FEW, share=0.05),
        "rekey": Limit(count=FEW, share=0.02),
        "same-value": Limit(count=FEW, share=0.10),
        "conflicts": Limit(count=FEW, share=0.10),
        "bounce": Limit(count=3),
        "side-effects": Limit(count=0),
        "place": Limit(count=0),
        "clock": Limit(count=300),
        "unmapped": Limit(count=0),
    }
)
"""Name → limit where the mapping sets none. ``clock`` is in seconds, ``bounce`` in turns; ``budget`` (calls) has none of its own: a run that
runs out goes on next time."""

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a plan does not show of itself; plain values, gathered by the run.

    Attributes:
        clock: System → by how many seconds its clock differs from ours.
        places: System → what is wrong with what is on the other end; only systems where something is.
        side_effects: Entity → fields that a first write changed though they were not sent.
        turns: ``(operation, field)`` → how often the very value that is planned was written before, and undone.
    """

    clock: Mapping[str, float] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    side_effects: Mapping[str, Sequence[str]] = field(default_factory=dict)
    turns: Callable[[Operation, FieldChange], int] = lambda operation, change: 0


NO_FACTS: Final = Facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is judged of one entity.

    Attributes:
        counts, before: Present records per side, now and when the last run finished.
        gone: Per side, deletions with evidence that this plan deals with.
        fails: Reasons for which the mapping says that the run must not go on.
    """

    entity: Entity
    counts: Mapping[Side, int]
    before: Mapping[Side, int]
    linked: int
    operations: Sequence[Operation]
    links: Sequence[LinkChange]
    reviews: Sequence[Review]
    gone: Mapping[Side, int] = field(default_factory=dict)
    fails: Sequence[str] = ()

    def of(self, side: Side) -> int:
        """Records of a side; at least what was there before, so that an emptied side does not shrink its own measure."""
        return max(self.counts.get(side, 0), self.before.get(side, 0))


def judge(
    entities: Iterable[Judged], costs: Iterable[Cost], limits: Mapping[str, Limit], facts: Facts = NO_FACTS
) -> tuple[Breach, ...]:
    """Say which limits a plan goes beyond, in a stable order.

    Args:
        limits: The project's own limits; an entity's go before them, the defaults after.
    """
    found = [breach for judged in entities for breach in _entity(judged, limits, facts)]
    found += _run(costs, limits, facts)
    return tuple(found)


def allowed(limit: Limit, whole: int) -> int:
    """How many a limit allows of ``whole`` records. Where it names a count and a share, the larger of the two holds."""
    by_share = int(limit.share * whole + 1e-9) if limit.share is not None else None
    given = [number for number in (limit.count, by_share) if number is not None]
    return max(given, default=whole)


def _entity(judged: Judged, limits: Mapping[str, Limit], facts: Facts) -> Iterator[Breach]:
    for name, guard in _GUARDS.items():
        limit = judged.entity.guards.get(name) or limits.get(name) or DEFAULTS[name]
        yield from guard(judged, name, limit, facts)


def _breach(
    judged: Judged, name: str, limit: Limit, number: int, whole: int, what: str, subjects: Iterable[str] = ()
) -> Iterator[Breach]:
    most = allowed(limit, whole)
    if number <= most:
        return
    share = f" ({_percent(number, whole)}; at most {_allowance(limit, whole)} allowed)" if whole else ""
    yield Breach(
        guard=name,
        entity=judged.entity.name,
        message=f"{what}{share}.",
        subjects=tuple(sorted(set(subjects))[:_SHOWN]),
    )


def _percent(number: int, whole: int) -> str:
    return f"{100 * number / whole:.1f} %"


def _allowance(limit: Limit, whole: int) -> str:
    by_share = int(limit.share * whole + 1e-9) if limit.share is not None else -1
    if limit.share is not None and by_share >= (limit.count if limit.count is not None else -1):
        return f"{100 * limit.share:.10g} %"
    return f"{limit.count:,}"


def _named(judged: Judged, side: Side) -> str:
    return f'"{judged.entity.end(side).system}"'


def _label(operation: Operation) -> str:
    return operation.title or operation.id or operation.partner


def _empty(judged: Judged, name: str, limit: Limit, facts: Facts) -> Iterator[Breach]:
    for side in Side:
        # What a side says it deleted is for "deletes" to judge; this is about silence.
        before = judged.before.get(side, 0) - judged.gone.get(side, 0)
        if before > allowed(limit, before) and not judged.counts.get(side, 0):
            yield Breach(
                guard=name,
                entity=judged.entity.name,
                message=f"{_named(judged, side)} shows no {judged.entity.name} at all; the last run counted {judged.before[side]:,}.",
            )


def _shrink(judged: Judged, name: str, limit: Limit, facts: Facts) -> Iterator[Breach]:
    for side in Side:
        now, before = judged.counts.get(side, 0), judged.before.get(side, 0)
        if now:
            what = (
                f"{_named(judged, side)} shows {now:,} of the {before:,} {judged.entity.name} that the last run counted"
            )
            yield from _breach(judged, name, limit, before - now, before, what)


def _deletes(judged: Judged, name: str, limit: Limit, facts: Facts) -> Iterator[Breach]:
    yield from _counted(judged, name, limit, Action.DELETE, "deletes")


def _creates(judged: Judged, name: str, limit: Limit, facts: Facts) -> Iterator[Breach]:
    yield from _counted(judged, name, limit, Action.CREATE, "creates")


def _updates(judged: Judged, name: str, limit: Limit, facts: Facts) -> Iterator[Breach]:
    yield from _counted(judged, name, limit, Action.UPDATE, "updates")


def _counted(judged: Judged, name: str, limit: Limit, action: Action, verb: str) -> Iterator[Breach]:
    for side in Side:
        meant = [op for op in judged.operations if op.action is action and op.side is side and op.phase == 1]
        whole = max(judged.of(Side.LEFT), judged.of(Side.RIGHT)) if action is Action.CREATE else judged.of(side)
        of = f" of {whole:,}" if action is not Action.CREATE else ""
        what = f"The plan {verb} {len(meant):,}{of} {judged.entity.name} in {_named(judged, side)}"
        yield from _breach(judged, name, limit, len(meant), whole, what, map(_label, meant))


def _changes(judged: Judged) -> Iterator[tuple[Operation, FieldChange]]:
    for operation in judged.operations:
        if operation.action is Action.UPDATE:
            yield from ((operation, change) for change in operation.changes)


def _emptied(judged: Judged, name: str, limit: Limit, facts: Facts) -> Iterator[Breach]:
    def meant(operation: Operation, change: FieldChange) -> bool:
        return change.after is None and change.before not in (None, ABSENT)

    yield from _per_field(judged, name, limit, meant, "The plan empties {field} of {number:,} {entity} in {side}")


def _rekey(judged: Judged, name: str, limit: Limit, facts: Facts) -> Iterator[Breach]:
    keys = {field for rule in judged.entity.match if rule.then == "link" for field in rule.fields}

    def meant(operation: Operation, change: FieldChange) -> bool:
        return change.name in keys and change.before not in (None, ABSENT) and change.after is not None

    yield from _per_field(
        judged, name, limit, meant, "The plan changes the key {field} of {number:,} {entity} in {side}"
    )


def _per_field(
    judged: Judged, name: str, limit: Limit, meant: Callable[[Operation, FieldChange], bool], words: str
) -> Iterator[Breach]:
    found: dict[tuple[Side, str], list[Operation]] = {}
    for operation, change in _changes(judged):
        if meant(operation, change):
            found.setdefault((operation.side, change.name), []).append(operation)
    for (side, field_name), operations in sorted(found.items()):
        what = words.format(
            field=field_name, number=len(operations), entity=judged.entity.name, side=_named(judged, side)
        )
        yield from _breach(judged, name, limit, len(operations), judged.of(side), what, map(_label, operations))


def _same_value(judged: Judged, name: str, limit: Limit, facts: Facts) -> Iterator[Breach]:
    constants = {rule.name for rule in judged.entity.fields if rule.is_constant}
    counts: Counter[tuple[Side, str, str]] = Counter()
    for operation, change in _changes(judged):
        if change.name not in constants and change.after is not None and not isinstance(change.after, Pending | bool):
            counts[operation.side, change.name, str(to_json(change.after))] += 1
    for (side, field_name, _), number in sorted(counts.items()):
        what = f"The plan gives {field_name} one and the same value in {number:,} {judged.entity.name} in {_named(judged, side)}"
        yield from _breach(judged, name, limit, number, judged.of(side), what)


def _conflicts(judged: Judged, name: str, limit: Limit, facts: Facts) -> Iterator[Breach]:
    pairs = {(item.left_ids, item.right_ids) for item in judged.reviews if item.kind is Waiting.CONFLICT}
    titles = (item.title for item in judged.reviews if item.kind is Waiting.CONFLICT)
    what = f"{len(pairs):,} of {judged.linked:,} linked {judged.entity.name} are in conflict"
    yield from _breach(judged, name, limit, len(pairs), judged.linked, what, titles)


def _bounce(judged: Judged, name: str, limit: Limit, facts: Facts) -> Iterator[Breach]:
    for operation, change in _changes(judged):
        turns = facts.turns(operation, change)
        if limit.count is not None and turns >= limit.count:
            message = (
                f"{change.name} was set to this very value {turns} times before in {_named(judged, operation.side)}, "
                "and each time something set it back. Somebody else writes it too."
            )
            yield Breach(guard=name, entity=judged.entity.name, message=message, subjects=(_label(operation),))


def _side_effects(judged: Judged, name: str, limit: Limit, facts: Facts) -> Iterator[Breach]:
    fields = tuple(sorted(facts.side_effects.get(judged.entity.name, ())))
    if len(fields) > (limit.count or 0):
        message = f"The first update changed fields that were not sent: {', '.join(fields)}."
        yield Breach(guard=name, entity=judged.entity.name, message=message, subjects=fields[:_SHOWN])


def _unmapped(judged: Judged, name: str, limit: Limit, facts: Facts) -> Iterator[Breach]:
    if len(judged.fails) > (limit.count or 0):
        reasons = sorted(set(judged.fails))
        message = f"{len(judged.fails):,} records have a value that no lookup knows: {reasons[0]}."
        yield Breach(guard=name, entity=judged.entity.name, message=message, subjects=tuple(reasons[:_SHOWN]))


_Guard = Callable[[Judged, str, Limit, Facts], Iterator[Breach]]

_GUARDS: Final[Mapping[str, _Guard]] = MappingProxyType(
    {
        "empty": _empty,
        "shrink": _shrink,
        "deletes": _deletes,
        "creates": _creates,
        "updates": _updates,
        "emptied": _emptied,
        "rekey": _rekey,
        "same-value": _same_value,
        "conflicts": _conflicts,
        "bounce": _bounce,
        "side-effects": _side_effects,
        "unmapped": _unmapped,
    }
)


def _run(costs: Iterable[Cost], limits: Mapping[str, Limit], facts: Facts) -> Iterator[Breach]:
    """Guards over the whole run."""
    for system, wrong in sorted(facts.places.items()):
        yield Breach(guard="place", entity="", message=f'"{system}" is not what was pinned: {wrong}.')
    clock = limits.get("clock") or DEFAULTS["clock"]
    for system, seconds in sorted(facts.clock.items()):
        if abs(seconds) > allowed(clock, 0):
            message = f'The clock of "{system}" differs by {abs(seconds):.0f} s from this machine\'s; at most {clock.count} s allowed.'
            yield Breach(guard="clock", entity="", message=message)
    budget = limits.get("budget")
    if budget is None:
        return
    for cost in costs:
        most = allowed(budget, cost.left_today if cost.left_today is not None else cost.calls)
        if cost.calls > most:
            message = f'The plan costs {cost.calls:,} calls to "{cost.system}"; at most {most:,} allowed.'
            yield Breach(guard="budget", entity="", message=message)
