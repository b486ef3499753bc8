"""A fresh look just before a write: an operation goes out only if its record still shows what the plan was based on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from syncengine.connector import Endpoint
from syncengine.model.operation import Action, Operation, OperationState
from syncengine.model.record import Record
from syncengine.model.result import Applied
from syncengine.write.books import Books, applied


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Operations that may go out, and those whose record moved."""

    ready: Sequence[Operation]
    stale: Sequence[Applied]


def check(endpoint: Endpoint, operations: Sequence[Operation], books: Books) -> Checked:
    """Compare what each record shows now with what its operation expects; at most ``fetch_size`` operations.

    Raises:
        Transient: The side could not be asked; nothing was written.
    """
    asked = [op for op in operations if op.action is not Action.CREATE]
    if endpoint.resource.checked or not asked:
        return Checked(ready=operations, stale=())
    shown = endpoint.connector.fetch(endpoint.query, [op.id for op in asked])
    moved = {op.key: reason for op in asked if (reason := _moved(endpoint, op, shown.get(op.id)))}
    with books.store.transaction():
        for key, reason in moved.items():
            books.move(key, OperationState.STALE, answer=reason)
    return Checked(
        ready=[op for op in operations if op.key not in moved],
        stale=[applied([op], OperationState.STALE, moved[op.key])[0] for op in operations if op.key in moved],
    )


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
    return f"changed since the plan: {', '.join(fields)}" if fields else ""
