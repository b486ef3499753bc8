"""What applying a plan costs each side, in calls and minutes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from syncengine.decide.sight import Sight
from syncengine.model.operation import Action, Operation
from syncengine.model.plan import Cost
from syncengine.model.record import Side
from syncengine.model.resource import Resource

_PROOF: Final = 2
"""The first update of a resource is looked at whole, before and after."""


class Allowance(Protocol):
    """What a side still allows; ``connector.Budget`` is one."""

    @property
    def minute(self) -> int | None: ...
    @property
    def left_today(self) -> int | None: ...


@dataclass(slots=True)
class _Count:
    """Writes to a side, and its records that are looked at once more because a partner is to be emptied."""

    creates: int = 0
    others: int = 0
    updates: int = 0
    sources: int = 0


def costs(
    sights: Sequence[Sight], operations: Iterable[Operation], budgets: Mapping[str, Allowance]
) -> tuple[Cost, ...]:
    """Calls per system: writes, a fresh look before them, and a read that confirms what a write did not show.

    A side that costs no calls to read (a file) is left out.
    """
    counts: dict[tuple[str, Side], _Count] = {}
    for operation in operations:
        count = counts.setdefault((operation.entity, operation.side), _Count())
        if operation.action is Action.CREATE:
            count.creates += 1
        else:
            count.others += 1
            count.updates += operation.action is Action.UPDATE
        if operation.empties:
            counts.setdefault((operation.entity, operation.side.other), _Count()).sources += 1
    calls: Counter[str] = Counter()
    for sight in sights:
        for side in Side:
            resource, system = sight.resources[side], sight.entity.end(side).system
            if resource.page_size:
                count = counts.get((sight.entity.name, side), _Count())
                proof = _PROOF if count.updates and side in sight.unproven else 0
                calls[system] += _calls(resource, count) + proof + _ceil(count.sources, resource.fetch_size)
    return tuple(_cost(system, number, budgets.get(system)) for system, number in sorted(calls.items()))


def _calls(resource: Resource, count: _Count) -> int:
    whole = count.creates + count.others
    if not whole:
        return 0
    writes = _ceil(whole, resource.write_batch)
    checks = 0 if resource.checked else _ceil(count.others, resource.fetch_size)
    return writes + checks + _confirming(resource, count)


def _confirming(resource: Resource, count: _Count) -> int:
    """Calls that show what the writes did not: one pull of what changed, creates too; or looks by id where a pull brings everything."""
    whole = count.creates + count.others
    hidden = count.others if resource.shows_created else whole
    if not resource.confirm or not hidden:
        return 0
    if not resource.incremental:
        return _ceil(hidden, resource.fetch_size)
    return _ceil(whole, resource.page_size) - 1 + resource.delta_calls


def _cost(system: str, calls: int, budget: Allowance | None) -> Cost:
    minute = budget.minute if budget is not None else None
    return Cost(
        system=system,
        calls=calls,
        minutes=round(calls / minute, 1) if minute else 0.0,
        left_today=budget.left_today if budget is not None else None,
    )


def _ceil(number: int, size: int) -> int:
    return -(-number // max(1, size))
