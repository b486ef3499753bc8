"""Carries the operations of a plan to the sides, in order, and stops a side that cannot go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice

from syncengine.connector import Endpoint
from syncengine.errors import ConnectorError, LoginError
from syncengine.model.adopted import adopted, others
from syncengine.model.link import LinkState
from syncengine.model.operation import Action, Operation, OperationState
from syncengine.model.plan import LinkChange, Plan
from syncengine.model.record import Side
from syncengine.model.result import Applied
from syncengine.model.review import Waiting
from syncengine.write.books import Books, applied, item, resolve
from syncengine.write.check import Checked, check, check_sources
from syncengine.write.outbox import Sent, send
from syncengine.write.proof import GUARD, is_first, prove

Endpoints = Mapping[tuple[str, Side], Endpoint]
Progress = Callable[[Applied], None]

LANDED = frozenset({OperationState.DONE, OperationState.CONFIRMED})


@dataclass(slots=True)
class Carried:
    """What applying a plan came to.

    Attributes:
        results: One per operation that was accepted, in order.
        stopped: System → why nothing more was sent to it.
        errors: What stopped them.
        held: Resources to which nothing more is sent, for their first update had side effects; and why.
    """

    results: list[Applied] = field(default_factory=list)
    stopped: dict[str, str] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)
    held: dict[tuple[str, Side], str] = field(default_factory=dict)


def accept(
    plan: Plan, withheld: Collection[str], books: Books, *, approved: str, note: Callable[[], None] = lambda: None
) -> Sequence[Operation]:
    """Note the plan durably: links and agreements at once, its operations as planned.

    A link that changes its state because of an operation (a tombstone after a delete, say) waits for that operation.

    Args:
        withheld: Keys of operations that need an approval nobody gave.
        note: What else is to be stored in the same transaction.

    Returns:
        The operations to carry out: accepted, and not held by an earlier end of the same content.
    """
    store, now = books.store, books.clock.now()
    todo = [op for op in plan.operations if op.key not in withheld]
    with store.transaction():
        note()
        written = _records(plan.operations)
        for links in adopted(plan.links):
            store.links.adopt(links, books.run)
        store.links.apply((c for c in others(plan.links) if not _waits(c, written)), books.run)
        store.journal.accept(todo, run=books.run, plan=plan.digest, approved=approved, at=now)
        states = {noted.operation.key: noted.state for noted in store.journal.noted(todo)}
        ready = [op for op in todo if states[op.key] is OperationState.PLANNED]
        store.journal.move_all([op.key for op in ready], OperationState.READY, at=now)
    return ready


def drop_refused(plan: Plan, books: Books) -> None:
    """Close what a side refused earlier and nobody wants any more: its record or the mapping changed since."""
    with books.store.transaction():
        for noted in books.store.journal.open(OperationState.PARKED):
            operation = noted.operation
            if operation.entity in plan.entities and operation.key not in plan.refused:
                books.move(operation.key, OperationState.DROPPED, answer="no longer wanted as it was")
                books.store.reviews.settle([item(operation, Waiting.REFUSED, "").subject])


def carry(
    plan: Plan,
    ready: Sequence[Operation],
    endpoints: Endpoints,
    books: Books,
    tell: Progress = lambda _: None,
    *,
    saved: bool = False,
    allow: Collection[str] = (),
) -> Carried:
    """Send READY operations in order; the rest of a side is left READY once that side cannot go on.

    Args:
        allow: Guards overridden for this plan.
        saved: The plan was made some time ago: what it creates may be there by now.
    """
    carried = Carried()
    failed: set[str] = set()
    for chunk in _chunks(ready, endpoints):
        endpoint = endpoints[chunk[0].entity, chunk[0].side]
        source = endpoints[chunk[0].entity, chunk[0].side.other]
        for result in _carry_chunk(
            endpoint, source, chunk, carried, failed, books, allowed=GUARD in allow, saved=saved
        ):
            carried.results.append(result)
            tell(result)
            if result.state not in LANDED:
                failed.add(result.operation.key)
    _finish_links(plan, {result.operation.key for result in carried.results if result.state in LANDED}, books)
    return carried


def _carry_chunk(
    endpoint: Endpoint,
    source: Endpoint,
    chunk: Sequence[Operation],
    carried: Carried,
    failed: set[str],
    books: Books,
    *,
    allowed: bool,
    saved: bool,
) -> Iterator[Applied]:
    if reason := _halted(endpoint, carried):
        yield from applied(chunk, OperationState.READY, reason)
        return
    resolved: list[Operation] = []
    for operation in chunk:
        whole = None if failed.intersection(operation.after) else resolve(operation, books.store)
        if whole is None:
            yield _orphan(operation, books)
        else:
            resolved.append(whole)
    try:
        checked = _checked(endpoint, source, resolved, books, saved=saved)
    except (ConnectorError, LoginError) as error:
        carried.stopped[endpoint.system] = str(error)
        carried.errors.append(error)
        yield from applied(resolved, OperationState.READY, str(error))
        return
    yield from checked.stale
    rest = list(checked.ready)
    while rest and not _halted(endpoint, carried) and is_first(endpoint, rest[0], books):
        yield from _prove(endpoint, rest.pop(0), carried, books, allowed=allowed)
    for batch in _batches(rest, endpoint.resource.write_batch):
        if reason := _halted(endpoint, carried):
            yield from applied(batch, OperationState.READY, reason)
            continue
        sent = send(endpoint, batch, books)
        _note_stop(endpoint.system, sent, carried)
        yield from sent.results


def _halted(endpoint: Endpoint, carried: Carried) -> str:
    """Why nothing more is sent to this endpoint; "" if it goes on."""
    return carried.stopped.get(endpoint.system) or carried.held.get((endpoint.entity, endpoint.side), "")


def _prove(
    endpoint: Endpoint, operation: Operation, carried: Carried, books: Books, *, allowed: bool
) -> Sequence[Applied]:
    """The first update of a resource, sent alone."""
    try:
        proof = prove(endpoint, operation, books, allowed=allowed)
    except (ConnectorError, LoginError) as error:
        _note_stop(endpoint.system, Sent(results=(), stop=str(error), error=error), carried)
        return applied([operation], OperationState.READY, str(error))
    _note_stop(endpoint.system, proof.sent, carried)
    if proof.effects:
        carried.held[endpoint.entity, endpoint.side] = proof.effects
    return proof.sent.results


def _checked(
    endpoint: Endpoint, source: Endpoint, operations: Sequence[Operation], books: Books, *, saved: bool
) -> Checked:
    checked = check(endpoint, operations, books)
    due = check_sources(endpoint, source, checked.ready, books, births=saved)
    return Checked(ready=due.ready, stale=[*checked.stale, *due.stale])


def _note_stop(system: str, sent: Sent, carried: Carried) -> None:
    if sent.stop:
        carried.stopped[system] = sent.stop
    if sent.error is not None:
        carried.errors.append(sent.error)


def _orphan(operation: Operation, books: Books) -> Applied:
    reason = "its parent is not there yet"
    with books.store.transaction():
        books.move(operation.key, OperationState.STALE, answer=reason)
    return applied([operation], OperationState.STALE, reason)[0]


def _finish_links(plan: Plan, done: Collection[str], books: Books) -> None:
    """Make the link changes that waited for operations, where all operations on both records are done.

    A record that was born again has taken the gone one's place in the link already.
    """
    written = _records(plan.operations)
    undone = _records(op for op in plan.operations if op.key not in done)
    replaced = _records(op for op in plan.operations if op.action is Action.CREATE)
    with books.store.transaction():
        books.store.links.apply(
            (c for c in others(plan.links) if _waits(c, written) and not _waits(c, undone) and not _waits(c, replaced)),
            books.run,
        )


def _records(operations: Iterable[Operation]) -> set[tuple[str, Side, str]]:
    """The records that operations are about, on both sides."""
    ends = ((op.entity, side, id) for op in operations for side, id in ((op.side, op.id), (op.side.other, op.partner)))
    return {end for end in ends if end[2]}


def _waits(change: LinkChange, written: Collection[tuple[str, Side, str]]) -> bool:
    """True if the change takes a pair out of play while one of its records is still to be written."""
    ends = ((change.entity, Side.LEFT, change.left_id), (change.entity, Side.RIGHT, change.right_id))
    return change.state is not LinkState.LINKED and any(end in written for end in ends)


def _chunks(operations: Sequence[Operation], endpoints: Endpoints) -> Iterator[list[Operation]]:
    """Runs of operations for one endpoint, no longer than what one fresh look covers (or one write, if that is more)."""

    def where(op: Operation) -> tuple[str, Side, int, bool]:
        return op.entity, op.side, op.phase, op.action is Action.CREATE

    for key, group in groupby(operations, key=where):
        resource = endpoints[key[0], key[1]].resource
        size = resource.write_batch if resource.checked or key[3] else resource.fetch_size
        yield from _batches(list(group), max(size, resource.write_batch))


def _batches(items: Sequence[Operation], size: int) -> Iterator[list[Operation]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
