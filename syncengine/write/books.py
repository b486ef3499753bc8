"""What noting needs, and the moves that always belong together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from syncengine.connector import Endpoint
from syncengine.model.operation import Action, Operation, OperationState, Pending
from syncengine.model.record import Deletion, Observed, Side, Value
from syncengine.model.result import Applied
from syncengine.model.review import Review, Waiting
from syncengine.ports import Clock
from syncengine.state.store import StateStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The store and the clocks a write is noted by.

    Attributes:
        boot: Identity of this boot of the machine: a monotonic reading of another boot tells nothing.
        run: The run's number.
        unconfirmed: ``(entity, side, id)`` of records that took a write of an earlier run and could not be looked at since.
    """

    store: StateStore
    clock: Clock
    boot: str = ""
    run: int = 0
    messages: list[str] = field(default_factory=list)
    unconfirmed: set[tuple[str, Side, str]] = field(default_factory=set)

    def move(self, key: str, *states: OperationState, answer: str = "", not_before: datetime | None = None) -> None:
        """Move an operation through these states at once, inside the caller's transaction."""
        for state in states:
            self.store.journal.move(key, state, at=self.clock.now(), answer=answer, not_before=not_before)

    def tell_kept(self, endpoint: Endpoint, id: str, names: Sequence[str]) -> None:
        """Say, once, that a side accepted a write and shows something else of its own accord."""
        self.messages.append(
            f"{endpoint.entity}: {endpoint_title(endpoint)} accepted the write to {id} but keeps its own value of "
            f"{', '.join(names)}; it is taken as that side's way from now on."
        )

    def mirror(self, endpoint: Endpoint, rows: Iterable[Observed]) -> None:
        """Mirror what records show now, though no listing showed it; inside the caller's transaction."""
        self.store.mirror.put(endpoint.entity, endpoint.side, self._touch(endpoint), rows)

    def bury(self, endpoint: Endpoint, ids: Iterable[str]) -> None:
        """Mirror that these records are gone, likewise."""
        if gone := [Deletion(id=id) for id in ids]:
            self._touch(endpoint)
            self.store.mirror.remove(endpoint.entity, endpoint.side, gone, self.clock.now())

    def _touch(self, endpoint: Endpoint) -> int:
        """Note that the mirror is no longer what the last listing showed; return that listing's number.

        A side that is only ever read whole, such as a file, would seem unchanged if it were put back to what it was then: its cursor goes.
        """
        store, known = self.store, self.store.checkpoint(endpoint.entity, endpoint.side)
        if known.cursor is not None and not endpoint.resource.incremental:
            store.save_checkpoint(endpoint.entity, endpoint.side, replace(known, cursor=None))
        return known.generation

    def open_item(self, operation: Operation, kind: Waiting, reason: str) -> None:
        """Put a refused or unsettled operation into the inbox."""
        self.store.reviews.add([item(operation, kind, reason)])


def item(operation: Operation, kind: Waiting, reason: str) -> Review:
    """The inbox item about an operation that cannot go on."""
    return Review(
        kind=kind,
        entity=operation.entity,
        left_ids=(operation.left_id,) if operation.left_id else (),
        right_ids=(operation.right_id,) if operation.right_id else (),
        field="",
        reason=reason,
        rule=f"{operation.action} on {operation.side}",
        line=operation.changes[0].line if operation.changes else 0,
        title=operation.title,
    )


def resolve(operation: Operation, store: StateStore) -> Operation | None:
    """Fill in the ids of parents that now exist, and the id of a record whose second half this is; None if one does not."""
    if operation.action is not Action.CREATE and not operation.id:
        own = store.links.partners(operation.entity, operation.side.other, [operation.partner]).get(operation.partner)
        if own is None:
            return None
        operation = replace(operation, id=own)
    ids: dict[Pending, Value] = {}
    for value in (*operation.values.values(), *(change.after for change in operation.changes)):
        if isinstance(value, Pending) and value not in ids:
            known = store.links.partners(value.entity, value.side, [value.id]).get(value.id)
            if known is None:
                return None
            ids[value] = known
    if not ids:
        return operation

    def known_value(value: Value | Pending) -> Value:
        return ids[value] if isinstance(value, Pending) else value

    return replace(
        operation,
        values={name: known_value(value) for name, value in operation.values.items()},
        changes=tuple(replace(change, after=known_value(change.after)) for change in operation.changes),
    )


def applied(
    operations: Sequence[Operation], state: OperationState, answer: str, *, id: str | None = None
) -> list[Applied]:
    """The same end for each of these operations."""
    return [Applied(operation=op, state=state, answer=answer, id=op.id if id is None else id) for op in operations]


def endpoint_title(endpoint: Endpoint) -> str:
    """What messages call an endpoint: ``exact.Accounts``."""
    return f"{endpoint.system}.{endpoint.resource.name}"
