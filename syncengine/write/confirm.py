"""Holds a write that was accepted without showing the record against what the side shows afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from syncengine.connector import Endpoint
from syncengine.model.link import Base
from syncengine.model.operation import FieldChange, Operation, OperationState, Pending
from syncengine.model.plan import LinkChange
from syncengine.model.record import ABSENT, Observed, Side, Value
from syncengine.model.result import Applied
from syncengine.write.books import Books
from syncengine.write.spelling import normalised


def confirm(
    endpoint: Endpoint, done: Sequence[Applied], shown: Mapping[str, Observed], books: Books
) -> Sequence[Applied]:
    """Confirm DONE operations of one endpoint by what the side shows.

    A value the side normalised, or kept as it was, becomes its base and is not bounced; the latter is told once. Any other value is
    somebody's edit: the base stays, so the next plan sees the edit.

    Args:
        shown: Records that were read since; the others are looked at now.

    Raises:
        Transient: The side could not be asked; what was confirmed by then stays confirmed.
    """
    results: list[Applied] = []
    for batch in _batches(done, endpoint.resource.fetch_size):
        fresh = _look(endpoint, [item.id for item in batch if item.id not in shown], books)
        with books.store.transaction():
            for item in batch:
                observed = shown.get(item.id) or fresh.get(item.id)
                results.append(item if observed is None else _confirm(endpoint, item, observed, books))
    return results


def _look(endpoint: Endpoint, ids: Sequence[str], books: Books) -> Mapping[str, Observed]:
    """What these records show now, mirrored."""
    if not ids:
        return {}
    found = endpoint.connector.fetch(endpoint.query, ids)
    fresh = {id: endpoint.lens.observe(endpoint.side, record) for id, record in found.items()}
    with books.store.transaction():
        books.mirror(endpoint, fresh.values())
    return fresh


def _batches(items: Sequence[Applied], size: int) -> Iterator[Sequence[Applied]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def _confirm(endpoint: Endpoint, item: Applied, observed: Observed, books: Books) -> Applied:
    operation = item.operation
    values = dict(zip(endpoint.lens.layout, observed.values, strict=True))
    own = {
        c.name: values[c.name] for c in operation.changes if c.name in values and _is_own(endpoint, c, values[c.name])
    }
    kept = [c.name for c in operation.changes if c.name in own and _is_kept(endpoint, c, own[c.name])]
    if own:
        _rebase(endpoint, operation, own, item.id, books)
    if kept:
        books.tell_kept(endpoint, item.id, kept)
    books.store.journal.move(operation.key, OperationState.CONFIRMED, at=books.clock.now(), result=item.id)
    return replace(item, state=OperationState.CONFIRMED)


def _is_own(endpoint: Endpoint, change: FieldChange, shown: Value) -> bool:
    """True if the side shows another value than was sent, and it is its own doing rather than somebody's edit."""
    if isinstance(change.after, Pending) or shown is ABSENT or endpoint.lens.same(change.name, change.after, shown):
        return False
    return _is_kept(endpoint, change, shown) or normalised(change.after, shown)


def _is_kept(endpoint: Endpoint, change: FieldChange, shown: Value) -> bool:
    """True if the field is as it was before the write."""
    before = change.base if change.before is ABSENT else change.before
    if before is ABSENT:
        return (
            shown is None
        )  # never there before, and not there now: the side did not take it, and that empties nothing
    return endpoint.lens.same(change.name, before, shown)


def _rebase(endpoint: Endpoint, operation: Operation, own: Mapping[str, Value], id: str, books: Books) -> None:
    partner_side = operation.side.other
    links = books.store.links.get(operation.entity, partner_side, operation.partner)
    for link in links:
        mine = link.left_id if operation.side is Side.LEFT else link.right_id
        if mine != id or link.base is None:
            continue
        values = list(link.base.left if operation.side is Side.LEFT else link.base.right)
        for name, value in own.items():
            values[endpoint.lens.layout.index(name)] = value
        base = (
            replace(link.base, left=tuple(values))
            if operation.side is Side.LEFT
            else Base(left=link.base.left, right=tuple(values))
        )
        change = LinkChange(
            entity=link.entity, left_id=link.left_id, right_id=link.right_id, base=base, matched_by=link.matched_by
        )
        books.store.links.apply([change], books.run)
