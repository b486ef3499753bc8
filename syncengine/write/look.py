"""After an answer that cannot be believed: look, then adopt, wait, park, or plan anew. Nothing is sent from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum

from syncengine.connector import Endpoint
from syncengine.errors import ConnectorError
from syncengine.model.operation import Action, Operation, OperationState, Pending, Written
from syncengine.model.record import Record
from syncengine.model.result import Applied
from syncengine.model.review import Waiting
from syncengine.state.store import Noted
from syncengine.write.books import Books, applied, endpoint_title, item, resolve
from syncengine.write.check import is_taken
from syncengine.write.commit import landed
from syncengine.write.spelling import normalised

_CLOCKS_APART = timedelta(minutes=65)
"""How much earlier than the attempt a side may say it made the record: clocks differ, and one that tells local time shows an hour of autumn twice."""


class Seen(Enum):
    """What a lookup says about an operation."""

    DONE = "done"
    NOT_DONE = "not done"
    MOVED = "moved"
    """The record is there but shows neither what was sent nor what was expected."""
    FOREIGN = "foreign"
    """A record by the same key is there, and the side says that somebody else made it."""
    SEVERAL = "several"


def look(endpoint: Endpoint, noted: Noted, books: Books, *, refused: bool = False) -> Applied:
    """Settle an uncertain operation as far as can be told now.

    Args:
        refused: The answer was a 5xx with the side's own words in a body: if nothing took effect, it was refused.
    """
    operation = resolve(noted.operation, books.store) or noted.operation
    with books.store.transaction():
        books.move(operation.key, OperationState.LOOKING)
        books.store.reviews.settle([item(operation, Waiting.UNCERTAIN, "").subject])
    try:
        found = endpoint.connector.find(operation)
    except ConnectorError as error:
        return _wait(operation, noted, endpoint, books, f"could not look: {error}")
    if operation.action is Action.CREATE:
        found = _candidates(found, noted, books)
    seen = judge(endpoint, operation, found)
    if seen is Seen.DONE:
        return _adopt(endpoint, operation, found, books)
    if seen is Seen.SEVERAL:
        return _ask(operation, f"{len(found)} records could be the one that was written", books)
    if seen is Seen.FOREIGN:
        return _ask(operation, "a record by the same key exists, made by another user", books)
    if seen is Seen.MOVED and operation.action is Action.CREATE:
        return _ask(operation, "a record by the same key exists, but shows other values", books)
    if refused and seen is Seen.NOT_DONE:
        return _refuse(operation, noted.answer, books)
    if settled_at(noted, endpoint, books) is not None:
        what = "the record moved meanwhile" if seen is Seen.MOVED else "nothing there yet"
        return _wait(operation, noted, endpoint, books, f"{what}; it may still take effect")
    if seen is Seen.MOVED:
        return _moved(operation, noted, books)
    return _anew(operation, "nothing took effect", books)


def judge(endpoint: Endpoint, operation: Operation, found: Sequence[Record]) -> Seen:
    """Say what the records found by an operation's identity tell about it."""
    if len(found) > 1:
        return Seen.SEVERAL
    if operation.action is Action.DELETE:
        return Seen.NOT_DONE if found else Seen.DONE
    if not found:
        return Seen.NOT_DONE if operation.action is Action.CREATE else Seen.MOVED
    if operation.action is Action.CREATE and found[0].ours is not None:
        return Seen.DONE if found[0].ours else Seen.FOREIGN
    observed = endpoint.lens.observe(operation.side, found[0])
    shown = dict(zip(endpoint.lens.layout, observed.values, strict=True))
    wanted = {c.name: c.after for c in operation.changes if not isinstance(c.after, Pending) and c.name in shown}
    if operation.action is Action.CREATE:
        # What was left empty is not sent: the side's own default there tells nothing.
        wanted = {name: value for name, value in wanted.items() if value is not None}
    if all(endpoint.lens.same(n, v, shown[n]) or normalised(v, shown[n]) for n, v in wanted.items()):
        return Seen.DONE
    if operation.action is Action.CREATE:
        return Seen.DONE if _by_unique_key(endpoint, operation, found[0]) else Seen.MOVED
    expected = {name: value for name, value in operation.expected.items() if name in shown}
    untouched = all(endpoint.lens.same(name, value, shown[name]) for name, value in expected.items())
    return Seen.NOT_DONE if untouched else Seen.MOVED


def _candidates(found: Sequence[Record], noted: Noted, books: Books) -> Sequence[Record]:
    """The records that the create may have made: not those that were there before it, nor those that are somebody's partner already.

    One that surely is ours leaves no doubt about the others.
    """
    operation, since = noted.operation, noted.sent_wall
    if sure := [record for record in found if record.ours]:
        return sure
    return [
        record
        for record in found
        if not is_taken(operation, record.id, books)
        and (record.created is None or since is None or record.created >= since - _CLOCKS_APART)
    ]


def settled_at(noted: Noted, endpoint: Endpoint, books: Books) -> datetime | None:
    """When the attempt will have taken effect or never will; None if that time is past by both clocks."""
    settle = endpoint.resource.settle
    if noted.sent_wall is None or settle <= 0:
        return None
    now = books.clock.now()
    left = settle - (now - noted.sent_wall).total_seconds()
    if now < noted.sent_wall:
        left = settle  # the wall clock stepped back: count anew
    if noted.boot == books.boot and noted.sent_boot is not None:
        left = max(left, settle - (books.clock.monotonic() - noted.sent_boot))
    return now + timedelta(seconds=left) if left > 0 else None


def _by_unique_key(endpoint: Endpoint, operation: Operation, record: Record) -> bool:
    """True if the record was found by a key the side keeps unique: then it is ours, however it shows the rest."""
    for name, value in operation.identify.items():
        facts = endpoint.resource.fields.get(name)
        if facts is not None and facts.unique and str(record.get(name)) == str(value):
            return True
    return False


def _adopt(endpoint: Endpoint, operation: Operation, found: Sequence[Record], books: Books) -> Applied:
    record = found[0] if found else None
    with books.store.transaction():
        written = Written(id=record.id if record is not None else operation.id, record=record)
        return landed(endpoint, operation, written, books, answer="found by lookup after a lost answer", found=True)


def _refuse(operation: Operation, reason: str, books: Books) -> Applied:
    with books.store.transaction():
        books.move(operation.key, OperationState.PARKED, answer=reason)
        books.open_item(operation, Waiting.REFUSED, reason)
    return applied([operation], OperationState.PARKED, reason)[0]


def _ask(operation: Operation, reason: str, books: Books) -> Applied:
    """Leave it uncertain, and let a person put the side in order: the next run looks again."""
    with books.store.transaction():
        books.move(operation.key, OperationState.UNCERTAIN, answer=reason)
        books.open_item(operation, Waiting.UNCERTAIN, reason)
    return applied([operation], OperationState.UNCERTAIN, reason)[0]


def _anew(operation: Operation, reason: str, books: Books) -> Applied:
    with books.store.transaction():
        books.move(operation.key, OperationState.READY, OperationState.STALE, answer=reason)
    return applied([operation], OperationState.STALE, reason)[0]


def _moved(operation: Operation, noted: Noted, books: Books) -> Applied:
    """Somebody wrote the record since: whether our write came first cannot be told, so the history names what it may have replaced."""
    reason = "the record moved meanwhile; our write may have come first"
    with books.store.transaction():
        told = replace(noted, operation=operation)
        books.store.journal.write_entry(told, outcome="uncertain", at=books.clock.now(), answer=reason)
        return _anew(operation, reason, books)


def _wait(operation: Operation, noted: Noted, endpoint: Endpoint, books: Books, reason: str) -> Applied:
    until = settled_at(noted, endpoint, books)
    with books.store.transaction():
        books.move(operation.key, OperationState.UNCERTAIN, answer=reason, not_before=until)
    books.messages.append(
        f"{operation.entity}: a {operation.action} in {endpoint_title(endpoint)} got no believable answer; {reason}."
        + (f" It settles by {until:%H:%M:%S} UTC; run again after that." if until else " Run again.")
    )
    return applied([operation], OperationState.UNCERTAIN, reason)[0]
