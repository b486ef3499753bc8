"""A fresh look just before a write: an operation goes out only if its record still shows what the plan was based on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from syncengine.connector import Endpoint
from syncengine.model.operation import Action, Operation, OperationState, Pending
from syncengine.model.record import ABSENT, Record, Side, Value
from syncengine.model.result import Applied
from syncengine.write.books import Books, applied


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Operations that may go out, and those whose record moved."""

    ready: Sequence[Operation]
    stale: Sequence[Applied]


def check(endpoint: Endpoint, operations: Sequence[Operation], books: Books) -> Checked:
    """Compare what each record shows now with what its operation expects.

    A side that checks writes itself is not asked, but for values it never showed us, be it that nobody saw what the last write left: what
    those are, its version does not tell.

    Raises:
        Transient: The side could not be asked; nothing was written.
    """
    asked = [op for op in operations if _is_asked(endpoint, op, books)]
    return compare(endpoint, operations, asked, fetch(endpoint, [op.id for op in asked]), books)


def compare(
    endpoint: Endpoint,
    operations: Sequence[Operation],
    asked: Sequence[Operation],
    shown: Mapping[str, Record],
    books: Books,
) -> Checked:
    """Hold operations against what their records show now; what moved is noted as stale, and mirrored.

    Args:
        asked: Those that were looked for; the others are taken as due.
    """
    moved = {op.key: reason for op in asked if (reason := _moved(endpoint, op, shown.get(op.id)))}
    if not moved:
        return Checked(ready=operations, stale=())
    with books.store.transaction():
        keep(endpoint, [shown[op.id] for op in asked if op.key in moved and op.id in shown], books)
        for key, reason in moved.items():
            books.move(key, OperationState.STALE, answer=reason)
    return Checked(
        ready=[op for op in operations if op.key not in moved],
        stale=[applied([op], OperationState.STALE, moved[op.key])[0] for op in operations if op.key in moved],
    )


def check_sources(
    endpoint: Endpoint, source: Endpoint, operations: Sequence[Operation], books: Books, *, births: bool
) -> Checked:
    """Look whether what takes a value away is still due: the record whose emptiness it carries must be empty, for a side's silence is not.

    Args:
        source: The endpoint of the other side, from whose records the operations were planned.
        births: Look at creates as well: the record each is for must be as it was, and no partner made meanwhile.

    Raises:
        Transient: A side could not be asked; nothing was written.
    """
    due = [op for op in operations if (op.action is Action.CREATE and births) or op.empties]
    there = fetch(source, [op.partner for op in due if op.partner])
    stale = {op.key: reason for op in due if (reason := _undue(endpoint, source, op, there.get(op.partner), books))}
    if not stale:
        return Checked(ready=operations, stale=())
    with books.store.transaction():
        # What was not known of a record is in the next plan; a record without partner is read with the next listing.
        seen = [there[op.partner] for op in due if op.key in stale and op.empties and op.partner in there]
        keep(source, seen, books)
        for key, reason in stale.items():
            books.move(key, OperationState.STALE, answer=reason)
    return Checked(
        ready=[op for op in operations if op.key not in stale],
        stale=[applied([op], OperationState.STALE, stale[op.key])[0] for op in operations if op.key in stale],
    )


def _undue(endpoint: Endpoint, source: Endpoint, operation: Operation, record: Record | None, books: Books) -> str:
    """Why an operation is no longer due; "" if it is."""
    if operation.partner:
        if record is None:
            return "the record it is for is no longer there"
        shown = dict(zip(source.lens.layout, source.lens.observe(source.side, record).values, strict=True))
        moved = [
            change.name
            for change in operation.changes
            if change.name in shown
            and ABSENT not in (change.source, shown[change.name])
            and not source.lens.same(change.name, change.source, shown[change.name])
        ]
        if moved:
            return f"the record it is for changed since the plan: {', '.join(moved)}"
    if operation.action is not Action.CREATE:
        return ""
    found = endpoint.connector.find(operation) if operation.identify else ()
    if any(not is_taken(operation, item.id, books) for item in found):
        return "a record by the same key is there now"
    return ""


def is_taken(operation: Operation, id: str, books: Books) -> bool:
    """True if a record of the operation's side is, or was, the partner of another one: a link that is over keeps its records too."""
    links = books.store.links.get(operation.entity, operation.side, id)
    return any((link.left_id if operation.side is Side.RIGHT else link.right_id) != operation.partner for link in links)


def fetch(endpoint: Endpoint, ids: Sequence[str]) -> Mapping[str, Record]:
    """Look at these records, ``fetch_size`` a call.

    Raises:
        Transient: The side could not be asked.
    """
    found: dict[str, Record] = {}
    size = endpoint.resource.fetch_size
    for at in range(0, len(ids), size):
        found.update(endpoint.connector.fetch(endpoint.query, ids[at : at + size]))
    return found


def keep(endpoint: Endpoint, records: Sequence[Record], books: Books) -> None:
    """Mirror what records show now, inside the caller's transaction, so that the next plan is made of it."""
    books.mirror(endpoint, [endpoint.lens.observe(endpoint.side, record) for record in records])


def _is_asked(endpoint: Endpoint, operation: Operation, books: Books) -> bool:
    if operation.action is Action.CREATE:
        return False
    is_unconfirmed = (endpoint.entity, endpoint.side, operation.id) in books.unconfirmed
    return is_unconfirmed or not endpoint.resource.checked or bool(_unseen(endpoint, operation))


def _unseen(endpoint: Endpoint, operation: Operation) -> Mapping[str, Sequence[Value]]:
    """Fields that the operation overwrites though the side never showed what is there; each with the values it may find there."""
    names = endpoint.lens.layout
    if operation.action is Action.DELETE:
        return {name: () for name in names if name not in operation.expected}
    return {
        change.name: (change.base, *(() if isinstance(change.after, Pending) else (change.after,)))
        for change in operation.changes
        if change.before is ABSENT and change.name in names
    }


def _moved(endpoint: Endpoint, operation: Operation, record: Record | None) -> str:
    """Why the operation must not go out; "" if it may."""
    if record is None:
        return "" if operation.action is Action.DELETE else "the record is no longer there"
    observed = endpoint.lens.observe(operation.side, record)
    if observed.protected:
        return "the record is protected now"
    shown = dict(zip(endpoint.lens.layout, observed.values, strict=True))
    fields = [
        name
        for name, value in operation.expected.items()
        if name in shown and not endpoint.lens.same(name, value, shown[name])
    ]
    if fields:
        return f"changed since the plan: {', '.join(fields)}"
    held = [
        name
        for name, values in _unseen(endpoint, operation).items()
        if shown[name] not in (None, ABSENT)
        and not any(endpoint.lens.same(name, value, shown[name]) for value in values)
    ]
    return f"shows a value that was not known: {', '.join(held)}" if held else ""
