"""Sends one batch: noted durably before it leaves, its outcome noted before anything else happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Final

from syncengine.connector import Endpoint, Outcome
from syncengine.errors import ConnectorError, LoginError, Rejected, Stale, StateError, Transient, Uncertain
from syncengine.model.operation import Action, Operation, OperationState, Written
from syncengine.model.result import Applied
from syncengine.model.review import Waiting
from syncengine.write.books import Books, applied
from syncengine.write.check import fetch, keep
from syncengine.write.commit import all_landed
from syncengine.write.look import look

_TOGETHER: Final = 500
"""So many writes are noted by the same statements; memory grows with this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a batch.

    Attributes:
        stop: Why no more may be sent to this system in this run; "" if it goes on.
    """

    results: Sequence[Applied]
    stop: str = ""
    error: Exception | None = field(default=None)


def send(endpoint: Endpoint, operations: Sequence[Operation], books: Books) -> Sent:
    """Send READY operations of one resource (at most its ``write_batch``); their references hold real ids."""
    with books.store.transaction():
        keys, now, boot = [op.key for op in operations], books.clock.now(), books.clock.monotonic()
        books.store.journal.move_all(keys, OperationState.SENDING, at=now, sent_boot=boot, boot=books.boot)
    try:
        outcomes: Sequence[Outcome] = [
            _believed(*pair) for pair in zip(operations, endpoint.connector.write(operations), strict=True)
        ]
    except ConnectorError as error:
        outcomes = [error] * len(operations)
    except LoginError as error:
        return Sent(results=_unsent(operations, str(error), books), stop=str(error), error=error)
    try:
        with books.store.transaction():
            results = list(_noted(endpoint, operations, outcomes, books))
    except StateError as error:
        raise _rescued(operations, outcomes, books, error) from error
    stops = [outcome for outcome in outcomes if isinstance(outcome, Transient)]
    settled = [_settle(endpoint, *trio, books) for trio in zip(operations, outcomes, results, strict=True)]
    return Sent(results=settled, stop=str(stops[0]) if stops else "", error=stops[0] if stops else None)


def _rescued(
    operations: Sequence[Operation], outcomes: Sequence[Outcome], books: Books, error: StateError
) -> StateError:
    """Keep what the side did where a person finds it: the state cannot say it any more. No value of a record is in it."""
    notes = [
        {
            "key": operation.key,
            "entity": operation.entity,
            "side": operation.side.value,
            "action": operation.action.value,
            "partner": operation.partner,
            "outcome": type(outcome).__name__.lower(),
            "id": outcome.id if isinstance(outcome, Written) else operation.id,
        }
        for operation, outcome in zip(operations, outcomes, strict=True)
    ]
    place = books.store.rescue(notes)
    done = [f"{note['action']} {note['entity']} {note['id'] or note['partner']}: {note['outcome']}" for note in notes]
    return StateError(
        f"{error}\n  The side had answered already, and the next run will look what it did: {'; '.join(done)}."
        + (f"\n  Kept in {place}." if place else "\n  Not even a file beside the state could be written.")
    )


def _believed(operation: Operation, outcome: Outcome) -> Outcome:
    """A create that is answered as done without saying which record it made, is to be looked for."""
    if operation.action is Action.CREATE and isinstance(outcome, Written) and not outcome.id:
        return Uncertain("answered as done, without the id of what was made")
    return outcome


def _noted(
    endpoint: Endpoint, operations: Sequence[Operation], outcomes: Sequence[Outcome], books: Books
) -> Iterator[Applied]:
    """The outcomes' states in the journal, in order, with everything that follows from them."""
    pairs = zip(operations, outcomes, strict=True)
    for is_done, some in groupby(pairs, key=lambda pair: isinstance(pair[1], Written)):
        if is_done:
            while part := [(op, done) for op, done in islice(some, _TOGETHER) if isinstance(done, Written)]:
                yield from all_landed(endpoint, part, books)
        else:
            yield from (_not_done(op, why, books) for op, why in some if not isinstance(why, Written))


def _not_done(operation: Operation, outcome: ConnectorError, books: Books) -> Applied:
    reason = str(outcome)
    if isinstance(outcome, Rejected):
        return _refuse(operation, outcome, books)
    if isinstance(outcome, Transient | Stale):
        books.move(operation.key, OperationState.UNSENT, OperationState.READY, answer=reason)
        if isinstance(outcome, Transient):
            return applied([operation], OperationState.READY, reason)[0]
        books.move(operation.key, OperationState.STALE, answer=reason)
        return applied([operation], OperationState.STALE, reason)[0]
    books.move(operation.key, OperationState.UNCERTAIN, answer=outcome.answer or reason)
    return applied([operation], OperationState.UNCERTAIN, reason)[0]


def _refuse(operation: Operation, outcome: Rejected, books: Books) -> Applied:
    reason = str(outcome)
    books.move(operation.key, OperationState.REFUSED, OperationState.PARKED, answer=reason)
    noted = books.store.journal.get(operation.key)
    if noted is not None:
        books.store.journal.write_entry(noted, outcome="refused", at=books.clock.now(), answer=reason)
    books.open_item(operation, Waiting.REFUSED, reason)
    return applied([operation], OperationState.PARKED, reason)[0]


def _settle(endpoint: Endpoint, operation: Operation, outcome: Outcome, result: Applied, books: Books) -> Applied:
    """Look at once for what an unanswered write may have done, and at what moved; anything else stands as noted."""
    if isinstance(outcome, Stale):
        _look_again(endpoint, operation, books)
    if not isinstance(outcome, Uncertain):
        return result
    noted = books.store.journal.get(operation.key)
    return result if noted is None else look(endpoint, noted, books, refused=outcome.structured)


def _look_again(endpoint: Endpoint, operation: Operation, books: Books) -> None:
    """See what the record shows that is not as it was planned from; the next plan would be the same otherwise."""
    try:
        shown = fetch(endpoint, [operation.id])
    except (ConnectorError, LoginError):
        return  # the next run reads it
    with books.store.transaction():
        keep(endpoint, list(shown.values()), books)


def _unsent(operations: Sequence[Operation], reason: str, books: Books) -> list[Applied]:
    with books.store.transaction():
        for operation in operations:
            books.move(operation.key, OperationState.UNSENT, OperationState.READY, answer=reason)
    return applied(operations, OperationState.READY, reason)
