"""Records what landed: mirror, link, base and history, in one transaction with the operation's outcome.

What came back from the side, not what was sent, becomes the base.
"""

from __future__ import annotations

from dataclasses import replace

from syncengine.connector import Endpoint
from syncengine.model.link import Base, Link, LinkState
from syncengine.model.operation import Action, FieldChange, Operation, OperationState, Pending, Written
from syncengine.model.plan import LinkChange
from syncengine.model.record import ABSENT, Deletion, Observed, Presence, Side, Value
from syncengine.model.result import Applied
from syncengine.model.values import row_fingerprint
from syncengine.write.books import Books
from syncengine.write.spelling import normalised


def landed(
    endpoint: Endpoint, operation: Operation, written: Written, books: Books, *, answer: str = "", found: bool = False
) -> Applied:
    """Note an operation as done, inside the caller's transaction; its references hold real ids by now.

    Args:
        found: The record was not shown in answer to the write, but found later: somebody may have edited it since.
    """
    store, now = books.store, books.clock.now()
    noted = store.journal.get(operation.key)
    store.journal.move(operation.key, OperationState.DONE, at=now, answer=answer, result=written.id)
    if noted is not None:
        noted = replace(noted, operation=operation, result=written.id)
        store.journal.write_entry(noted, outcome="done", at=now, answer=answer)
    if operation.action is Action.DELETE:
        store.mirror.remove(operation.entity, operation.side, [Deletion(id=operation.id)], now)
    else:
        observed = _observed(endpoint, operation, written, books)
        generation = store.checkpoint(operation.entity, operation.side).generation
        store.mirror.put(operation.entity, operation.side, generation, [observed])
        store.links.apply([_link(endpoint, operation, observed, books, found=found)], books.run)
        if found and (untaken := _untaken(endpoint, operation, observed)):
            books.tell_kept(endpoint, observed.id, untaken)
    confirmed = written.record is not None or operation.action is Action.DELETE
    if confirmed:
        store.journal.move(operation.key, OperationState.CONFIRMED, at=now, result=written.id)
    state = OperationState.CONFIRMED if confirmed else OperationState.DONE
    return Applied(operation=operation, state=state, answer=answer, id=written.id)


def _observed(endpoint: Endpoint, operation: Operation, written: Written, books: Books) -> Observed:
    """What the target shows now: the side's own answer, or what was known of it with what was sent laid over."""
    if written.record is not None:
        return endpoint.lens.observe(operation.side, written.record)
    names = endpoint.lens.layout
    known = books.store.mirror.get(operation.entity, operation.side, [written.id]).get(written.id)
    values: list[Value] = list(known.values) if known is not None else [ABSENT] * len(names)
    for change in operation.changes:
        if change.name in names and not isinstance(change.after, Pending):
            values[names.index(change.name)] = change.after
    row = tuple(values)
    blank = Observed(id=written.id, values=row) if known is None else known
    return replace(blank, values=row, raw=0, fingerprint=row_fingerprint(row), problem="")


def _link(endpoint: Endpoint, operation: Operation, observed: Observed, books: Books, *, found: bool) -> LinkChange:
    """The pair's link with its base moved for the fields that were written, and for those only."""
    left, right = (observed.id, operation.partner) if operation.side is Side.LEFT else (operation.partner, observed.id)
    known = _known(operation, left, right, books)
    names = endpoint.lens.layout
    moved = known is not None and (known.left_id, known.right_id) != (left, right)
    blank: tuple[Value, ...] = (ABSENT,) * len(names)
    # A record that takes a gone one's place has agreed on nothing yet: what it does not show, it did not empty.
    agreed = None if known is None or moved else known.base
    base = agreed if agreed is not None else Base(left=blank, right=blank)
    target = list(base.left if operation.side is Side.LEFT else base.right)
    source = list(base.right if operation.side is Side.LEFT else base.left)
    for change in operation.changes:
        if change.name in names:
            place = names.index(change.name)
            # Both sides are written: the first write leaves open what the other shows, the second keeps what the first one noted.
            second = change.source is ABSENT and target[place] is ABSENT
            target[place] = _agreed(endpoint, change, observed.values[place]) if found else observed.values[place]
            source[place] = source[place] if second else change.source
    sides = (tuple(target), tuple(source)) if operation.side is Side.LEFT else (tuple(source), tuple(target))
    return LinkChange(
        entity=operation.entity,
        left_id=left,
        right_id=right,
        state=LinkState.LINKED,
        base=Base(left=sides[0], right=sides[1]),
        matched_by=known.matched_by if known is not None and not moved else "create",
        moves=(known.left_id, known.right_id) if known is not None and moved else None,
    )


def _agreed(endpoint: Endpoint, change: FieldChange, shown: Value) -> Value:
    """What counts as agreed of a field that was found later: the side's way of writing what was sent, but nobody's edit."""
    if isinstance(change.after, Pending) or shown is ABSENT or shown is None:
        return shown
    own = endpoint.lens.same(change.name, change.after, shown) or normalised(change.after, shown)
    return shown if own else change.after


def _untaken(endpoint: Endpoint, operation: Operation, observed: Observed) -> list[str]:
    """Fields that were sent with a value and show none."""
    shown = dict(zip(endpoint.lens.layout, observed.values, strict=True))
    return [c.name for c in operation.changes if c.after is not None and c.name in shown and shown[c.name] is None]


def _known(operation: Operation, left: str, right: str, books: Books) -> Link | None:
    """The pair's own link; for a create, the link of a record that is gone and whose place this one takes."""
    links = books.store.links.get(operation.entity, operation.side.other, operation.partner)
    own = [link for link in links if (link.left_id, link.right_id) == (left, right)]
    if own or operation.action is not Action.CREATE:
        return own[0] if own else None
    return next((link for link in links if _is_vacant(operation, link, books)), None)


def _is_vacant(operation: Operation, link: Link, books: Books) -> bool:
    if link.state is LinkState.TOMBSTONE:
        return True
    old = link.left_id if operation.side is Side.LEFT else link.right_id
    shown = books.store.mirror.get(operation.entity, operation.side, [old]).get(old)
    return shown is not None and shown.presence is Presence.GONE
