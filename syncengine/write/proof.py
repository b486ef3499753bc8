"""The first update of a resource goes alone and is looked at whole: what was not sent must be as it was (guard ``side-effects``)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from syncengine.connector import Endpoint
from syncengine.errors import ConnectorError, LoginError
from syncengine.model.operation import Action, Operation, OperationState, Pending
from syncengine.model.record import ABSENT, Record, Value
from syncengine.write.books import Books, endpoint_title
from syncengine.write.check import compare, fetch
from syncengine.write.outbox import Sent, send

GUARD: Final = "side-effects"
_DONE = frozenset({OperationState.DONE, OperationState.CONFIRMED})
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the first update of a resource came to.

    Attributes:
        effects: What it changed besides what was sent, in words; "" if nothing.
    """

    sent: Sent
    effects: str = ""


def is_first(endpoint: Endpoint, operation: Operation, books: Books) -> bool:
    """True for an update where none was ever looked at whole."""
    return operation.action is Action.UPDATE and books.store.meta.get(_key(endpoint)) is None


def prove(endpoint: Endpoint, operation: Operation, books: Books, *, allowed: bool) -> Proof:
    """Send one update, and look at the whole record before and after it.

    Args:
        allowed: Somebody says that a side effect is all right: it is told, and that is all.

    Raises:
        ConnectorError, LoginError: The record could not be looked at before; nothing was sent.
    """
    shown = fetch(endpoint, [operation.id])
    # What is seen now counts, not what an earlier look saw: somebody may have edited the record in between.
    checked = compare(endpoint, [operation], [operation], shown, books)
    if not checked.ready:
        return Proof(sent=Sent(results=checked.stale))
    before = shown.get(operation.id)
    sent = send(endpoint, [operation], books)
    if before is None or sent.results[0].state not in _DONE:
        return Proof(sent=sent)
    try:
        after = fetch(endpoint, [operation.id]).get(operation.id)
    except (ConnectorError, LoginError) as error:
        return Proof(sent=replace(sent, stop=str(error), error=error))
    if after is None:
        return Proof(sent=sent)
    found = _effects(endpoint, operation, before, after)
    with books.store.transaction():
        books.store.meta.set(_key(endpoint), json.dumps([] if allowed else [name for name, _, _ in found]))
    if not found:
        return Proof(sent=sent)
    changed = "; ".join(f"{name} {_shown(old)} → {_shown(new)}" for name, old, new in found)
    said = f"the first update in {endpoint_title(endpoint)} changed what was not sent"
    books.messages.append(f"{endpoint.entity}: {said}, in record {operation.id}: {changed}.{'' if allowed else _WAYS}")
    return Proof(sent=sent, effects="" if allowed else f"held back: {said}")


_WAYS = (
    " No more is written there, and each next plan stops at it, until that is allowed (--allow side-effects) "
    "or the field is no longer mapped."
)


def _key(endpoint: Endpoint) -> str:
    """Where the state remembers the names of fields that a first update changed besides; an empty list: none that matters."""
    return f"effects:{endpoint.entity}:{endpoint.side}"


def _effects(
    endpoint: Endpoint, operation: Operation, before: Record, after: Record
) -> Sequence[tuple[str, Value, Value]]:
    """Fields that changed though they were not sent, nor are read from what was."""
    lens, side = endpoint.lens, endpoint.side
    values = {name: value for name, value in operation.values.items() if not isinstance(value, Pending)}
    meant = replace(before, fields={**before.fields, **values})
    rows = zip(lens.layout, *(lens.observe(side, record).values for record in (before, meant, after)), strict=True)
    sent = {change.name for change in operation.changes}
    return [
        (name, old, new)
        for name, old, due, new in rows
        if name not in sent
        and old is not ABSENT
        and new is not ABSENT
        and not lens.same(name, old, new)
        and not lens.same(name, due, new)
    ]


def _shown(value: Value) -> str:
    """A value in quotation marks, which a masked report blanks."""
    text = str(value)
    return "nothing" if value is None else f'"{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"}"'
