"""Holds a write that was accepted without showing the record against what the side shows afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from syncengine.connector import Endpoint
from syncengine.model.link import Base
from syncengine.model.operation import FieldChange, Operation, OperationState, Pending
from syncengine.model.plan import LinkChange
from syncengine.model.record import ABSENT, Observed, Side, Value
from syncengine.model.result import Applied
from syncengine.write.books import Books, endpoint_title

_CUT = 20
"""No side is known to keep fewer characters of a text; something shorter is a person's edit."""


def confirm(
    endpoint: Endpoint, done: Sequence[Applied], shown: Mapping[str, Observed], books: Books
) -> Sequence[Applied]:
    """Confirm DONE operations of one endpoint by what the side shows; those it did not show stay DONE.

    A value the side normalised, or kept as it was, becomes its base and is not bounced; the latter is told once. Any other value is
    somebody's edit: the base stays, so the next plan sees the edit.
    """
    results: list[Applied] = []
    with books.store.transaction():
        for item in done:
            observed = shown.get(item.id)
            results.append(item if observed is None else _confirm(endpoint, item, observed, books))
    return results


def _confirm(endpoint: Endpoint, item: Applied, observed: Observed, books: Books) -> Applied:
    operation = item.operation
    values = dict(zip(endpoint.lens.layout, observed.values, strict=True))
    own = {
        c.name: values[c.name] for c in operation.changes if c.name in values and _is_own(endpoint, c, values[c.name])
    }
    kept = [
        c.name
        for c in operation.changes
        if c.name in own and endpoint.lens.same(c.name, c.before, own[c.name]) and c.before is not ABSENT
    ]
    if own:
        _rebase(endpoint, operation, own, item.id, books)
    if kept:
        books.messages.append(
            f"{operation.entity}: {endpoint_title(endpoint)} accepted the write to {item.id} but keeps its own value of "
            f"{', '.join(kept)}; it is taken as that side's way from now on."
        )
    books.store.journal.move(operation.key, OperationState.CONFIRMED, at=books.clock.now(), result=item.id)
    return replace(item, state=OperationState.CONFIRMED)


def _is_own(endpoint: Endpoint, change: FieldChange, shown: Value) -> bool:
    """True if the side shows another value than was sent, and it is its own doing rather than somebody's edit."""
    if isinstance(change.after, Pending) or shown is ABSENT or endpoint.lens.same(change.name, change.after, shown):
        return False
    return endpoint.lens.same(change.name, change.before, shown) or normalised(change.after, shown)


def normalised(sent: Value, shown: Value) -> bool:
    """True if ``shown`` looks like a side's way of writing ``sent``: case, spaces, punctuation, padding, or a long end cut off."""
    one, two = _bare(sent), _bare(shown)
    if one == two or (one and one.lstrip("0") == two.lstrip("0")):
        return True
    return len(str(shown)) >= _CUT and str(sent).startswith(str(shown))


def _bare(value: Value) -> str:
    return "".join(char for char in str(value).casefold() if char.isalnum()) if value not in (None, ABSENT) else ""


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
