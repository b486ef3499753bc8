"""Pages in, cursor out: one side of one entity into the mirror.

Rows are stored as they come, for a mirror that is ahead of its cursor only reads some rows twice. The cursor moves in the transaction that
stores the last page, so it counts only after a pull that ended whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from syncengine.connector import End, Endpoint, Page
from syncengine.errors import Transient
from syncengine.model.record import Observed
from syncengine.model.result import Reading
from syncengine.model.review import Review
from syncengine.ports import Clock
from syncengine.read.stage import Backlog
from syncengine.state.store import Checkpoint, StateStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What a pull brought.

    Attributes:
        reading: Its counts, for the report.
        unreadable: One item per row that is no record; complete only if ``reading.full``.
        horizon: Deletions may have been missed: a full compare is due.
    """

    reading: Reading
    unreadable: tuple[Review, ...] = ()
    horizon: bool = False


@dataclass(slots=True)
class _Count:
    begun: bool = False
    rows: int = 0
    changed: int = 0
    deleted: int = 0
    missing: int = 0
    unreadable: list[Review] = field(default_factory=list)


def pull(
    endpoint: Endpoint,
    store: StateStore,
    clock: Clock,
    *,
    full: bool = False,
    seen: Callable[[Observed], object] | None = None,
) -> Pulled:
    """Read one side into the mirror, from its cursor or, if ``full``, from the beginning.

    Args:
        seen: Told every record that was read as new or changed.

    Raises:
        Transient: The side could not be read to the end; the cursor has not moved.
    """
    before = store.checkpoint(endpoint.entity, endpoint.side)
    began = clock.now()
    count = _Count()
    backlog = Backlog(endpoint, store.mirror, before.generation + 1)
    end: End | None = None
    incomplete = ""
    for page in endpoint.connector.pull(endpoint.query, None if full else before.cursor):
        end = page.end
        with store.transaction(durable=end is not None):
            if end is None and not count.begun:
                # What this pull marks as seen must not count for the next one, should this one break off.
                count.begun = True
                # Nor may it look as if the side still were what it was, if it is only ever read whole and is put back meanwhile.
                cursor = before.cursor if endpoint.resource.incremental else None
                begun = replace(before, generation=before.generation + 1, cursor=cursor)
                store.save_checkpoint(endpoint.entity, endpoint.side, begun)
            _take(page, backlog, endpoint, store, before.generation + 1, began, count, seen)
            if end is not None:
                _finish(end, endpoint, store, before, began, count)
                incomplete = _silent(end, endpoint, store, count)
    if end is None:
        raise Transient(
            f"{endpoint.entity}: the {endpoint.side} side stopped before the end of its listing; nothing of it counts."
        )
    return Pulled(
        reading=Reading(
            entity=endpoint.entity,
            side=endpoint.side,
            rows=count.rows,
            changed=count.changed,
            deleted=count.deleted,
            missing=count.missing,
            unreadable=len(count.unreadable),
            full=end.scope == "full",
            incomplete=incomplete,
        ),
        unreadable=tuple(count.unreadable),
        horizon=end.horizon,
    )


def _take(
    page: Page,
    backlog: Backlog,
    endpoint: Endpoint,
    store: StateStore,
    generation: int,
    at: datetime,
    count: _Count,
    seen: Callable[[Observed], object] | None,
) -> None:
    count.rows += len(page.rows)
    for staged in backlog.take(page):
        count.changed += store.mirror.put(endpoint.entity, endpoint.side, generation, staged.rows)
        for sheet in staged.sheets:
            count.changed += store.mirror.put_sheet(endpoint.entity, endpoint.side, generation, sheet)
        count.unreadable.extend(staged.unreadable)
        if seen is not None:
            for row in staged.records():
                seen(row)
    count.deleted += store.mirror.remove(endpoint.entity, endpoint.side, page.deleted, at)


def _finish(end: End, endpoint: Endpoint, store: StateStore, before: Checkpoint, at: datetime, count: _Count) -> None:
    whole = end.scope == "full" and not _incomplete(end, count)
    # What the side kept back lies behind its new cursor, and would never be asked for again.
    cursor = end.cursor if end.complete else before.cursor
    generation = before.generation + 1
    if whole:
        count.missing = store.mirror.miss(endpoint.entity, endpoint.side, generation, at)
    store.save_checkpoint(
        endpoint.entity,
        endpoint.side,
        Checkpoint(
            cursor=cursor,
            taken=at,
            full=at if end.scope == "full" and end.complete else before.full,
            generation=generation,
        ),
    )


def _silent(end: End, endpoint: Endpoint, store: StateStore, count: _Count) -> str:
    """Why nothing may be concluded from a row's absence; kept until the next full listing, for one of changes shows nothing of the rest."""
    key, why = f"incomplete:{endpoint.entity}:{endpoint.side}", _incomplete(end, count)
    if end.scope == "full":
        store.meta.set(key, why or None)
    return why or store.meta.get(key) or ""


def _incomplete(end: End, count: _Count) -> str:
    if not end.complete:
        return end.why or "the side did not list everything"
    if count.unreadable and end.scope == "full":
        return f"{len(count.unreadable)} unreadable row{'s' if len(count.unreadable) > 1 else ''}"
    return ""
