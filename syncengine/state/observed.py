"""Mirrored records as rows, and back."""

from __future__ import annotations

import json
from typing import Any, Final

from syncengine.errors import StateError
from syncengine.model.record import ABSENT, Observed
from syncengine.model.values import dump, fingerprint, load
from syncengine.state.encode import (
    INACTIVE,
    OUT_OF_SCOPE,
    PRESENCES,
    PROBLEM,
    PROTECTED,
    UNSEEN,
    compact,
    from_micros,
    to_micros,
)

COLUMNS: Final = (
    *("id", "presence", "odd", "raw", "fp", "version", "modified"),
    *("since", "merged_into", "problem", "notes", "doc"),
)
"""Columns of ``record`` from which an ``Observed`` is made, in the order ``observed`` takes them."""

WIDTH: Final = len(COLUMNS)
PRINT: Final = COLUMNS.index("fp")
DOC: Final = COLUMNS.index("doc")


def columns(alias: str) -> str:
    """The columns of ``observed`` under a table's alias, for a SELECT."""
    return ", ".join(f"{alias}.{name}" for name in COLUMNS)


def odd(row: Observed) -> int:
    """What is not ordinary about a record, as bits."""
    return (
        (not row.in_scope) * OUT_OF_SCOPE
        | row.inactive * INACTIVE
        | row.protected * PROTECTED
        | bool(row.problem) * PROBLEM
    )


def stored(row: Observed) -> tuple[Any, ...]:
    """The values of ``COLUMNS`` for a record. The fingerprint is taken here, of the text that is written anyway: by it damage is noticed."""
    doc = dump(row.values)
    return (
        row.id,
        PRESENCES.index(row.presence),
        odd(row),
        row.raw,
        fingerprint(doc.encode()),
        row.version,
        to_micros(row.modified),
        to_micros(row.since),
        row.merged_into or None,
        row.problem or None,
        compact(list(row.notes)) if row.notes else None,
        doc,
    )


def observed(row: tuple[Any, ...], width: int = 0) -> Observed | None:
    """A record from the values of ``COLUMNS``; None if the mirror never saw it.

    Args:
        width: How many values a record has of which nothing is known but that it is gone.
    """
    id, presence, bits, raw, print_, version, modified, since, merged_into, problem, notes, doc = row
    if id is None or presence == UNSEEN:
        return None
    return Observed(
        id=id,
        values=(ABSENT,) * width if doc is None else load(doc),
        raw=raw,
        fingerprint=print_ or 0,
        version=version,
        modified=from_micros(modified),
        in_scope=not bits & OUT_OF_SCOPE,
        inactive=bool(bits & INACTIVE),
        protected=bool(bits & PROTECTED),
        problem=problem or "",
        notes=tuple(json.loads(notes)) if notes else (),
        presence=PRESENCES[presence],
        merged_into=merged_into or "",
        since=from_micros(since),
    )


def verify(row: tuple[Any, ...], entity: str, side: str) -> None:
    """Hold the values of a row to the fingerprint that was taken of them.

    Raises:
        StateError: They are not: something changed the file behind our back.
    """
    if row[DOC] is not None and not is_of(row[DOC], row[PRINT]):
        raise damaged(f"the values of {entity} {side} {row[0]!r}")


def is_of(doc: object, print_: int) -> bool:
    """True if the fingerprint was taken of this text; a flipped bit may have made bytes of it."""
    return isinstance(doc, str) and fingerprint(doc.encode()) == print_


def damaged(what: str) -> StateError:
    """What is said where a stored row is not what was stored."""
    return StateError(
        f"the state is damaged: {what} is not what was stored.\n"
        "  No further write to any side. Restore a backup with `sync state restore`, or look first with `sync state check`."
    )
