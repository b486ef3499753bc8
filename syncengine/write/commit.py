"""Records what landed: mirror, link, base and history, in one transaction with the operation's outcome.

What came back from the side, not what was sent, becomes the base.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncengine.connector import Endpoint
from syncengine.model.link import Base, Link, LinkState
from syncengine.model.operation import Action, FieldChange, Operation, OperationState, Pending, Written
from syncengine.model.plan import LinkChange
from syncengine.model.record import ABSENT, Observed, Presence, Side, Value
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
    return all_landed(endpoint, [(operation, written)], books, answer=answer, found=found)[0]


def all_landed(
    endpoint: Endpoint,
    done: Sequence[tuple[Operation, Written]],
    books: Books,
    *,
    answer: str = "",
    found: bool = False,
) -> Sequence[Applied]:
    """``landed`` for many operations of one endpoint."""
    if len({written.id for _, written in done}) < len(done):
        # What one of them left of a record is what the next one begins with.
        return [landed(endpoint, *item, books, answer=answer, found=found) for item in done]
    journal, now = books.store.journal, books.clock.now()
    operations, ids = [operation for operation, _ in done], [written.id for _, written in done]
    journal.move_all([op.key for op in operations], OperationState.DONE, at=now, answer=answer, results=ids)
    journal.write_entries(journal.noted(operations), outcome="done", at=now, answer=answer)
    _keep(endpoint, done, books, found=found)
    sure = [(op, written.id) for op, written in done if _is_sure(op, written)]
    results = [id for _, id in sure]
    journal.move_all([op.key for op, _ in sure], OperationState.CONFIRMED, at=now, results=results)
    return [
        Applied(
            operation=operation,
            state=OperationState.CONFIRMED if _is_sure(operation, written) else OperationState.DONE,
            answer=answer,
            id=written.id,
        )
        for operation, written in done
    ]


def _is_sure(operation: Operation, written: Written) -> bool:
    """True if nothing more need be read: the side showed the record, or there is none any more."""
    return written.record is not None or operation.action is Action.DELETE


def _keep(endpoint: Endpoint, done: Sequence[tuple[Operation, Written]], books: Books, *, found: bool) -> None:
    """Mirror and links as they are after these writes, each to a record of its own."""
    store, entity, side = books.store, endpoint.entity, endpoint.side
    books.bury(endpoint, [op.id for op, _ in done if op.action is Action.DELETE])
    there = [item for item in done if item[0].action is not Action.DELETE]
    if not there:
        return
    rows = [_observed(endpoint, *item, books) for item in there]
    books.mirror(endpoint, rows)
    shown = list(zip([op for op, _ in there], rows, strict=True))
    links = store.links.get_all(entity, side.other, [op.partner for op, _ in there])
    changes = (_link(endpoint, op, row, links.get(op.partner, ()), books, found=found) for op, row in shown)
    store.links.apply(changes, books.run)
    for operation, observed in shown:
        if found and (untaken := _untaken(endpoint, operation, observed)):
            books.tell_kept(endpoint, observed.id, untaken)


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


def _link(
    endpoint: Endpoint,
    operation: Operation,
    observed: Observed,
    links: Sequence[Link],
    books: Books,
    *,
    found: bool,
) -> LinkChange:
    """The pair's link with its base moved for the fields that were written, and for those only.

    Args:
        links: Those of the partner.
    """
    left, right = (observed.id, operation.partner) if operation.side is Side.LEFT else (operation.partner, observed.id)
    known = _known(operation, left, right, links, books)
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


def _known(operation: Operation, left: str, right: str, links: Sequence[Link], books: Books) -> Link | None:
    """The pair's own link; for a create, the link of a record that is gone and whose place this one takes."""
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
