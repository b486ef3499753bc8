"""Pulling a resource: by row version where Exact has it, by ``Modified`` or whole elsewhere; deletions from the feed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Literal

from syncengine.connector import End, Page, Query
from syncengine.errors import Rejected, Transient, UserError
from syncengine.ports import Clock
from syncengine_connectors.exact import cursor as cursors
from syncengine_connectors.exact import values
from syncengine_connectors.exact.administration import Administration
from syncengine_connectors.exact.catalogue import Catalogue, Endpoint
from syncengine_connectors.exact.cursor import Cursor, Track
from syncengine_connectors.exact.deletions import Feed
from syncengine_connectors.exact.listing import pages
from syncengine_connectors.exact.rows import fingerprint_of, id_of
from syncengine_connectors.exact.seen import LOCAL_OVERLAP, Seen, recent, stamp_of
from syncengine_connectors.exact.session import Session

NO_GUID: Final = "00000000-0000-0000-0000-000000000000"


class Reader:
    """Pulls resources of one administration."""

    def __init__(
        self,
        session: Session,
        administration: Administration,
        catalogue: Catalogue,
        clock: Clock,
        *,
        full_by: Literal["sync", "bulk", "rest"],
    ) -> None:
        self._session = session
        self._administration = administration
        self._catalogue = catalogue
        self._clock = clock
        self._full_by = full_by
        self._feed = Feed(session, catalogue, clock)

    def pull(self, query: Query, since: str | None) -> Iterator[Page]:
        """Yield what changed since the cursor, everything if None.

        Raises:
            Transient: It broke off; nothing of it counts.
            Rejected, LoginError: As ``Session.get``.
            UserError: The resource has no such field.
        """
        endpoint = self._catalogue.endpoint(self._catalogue.path(query.resource))
        if unknown := [name for name in query.fields if name not in endpoint.properties]:
            raise UserError(f"exact.{query.resource} has no field {', '.join(unknown)}; see: sync schema --list")
        moved = self._administration.moved()
        now = self._clock.now()
        was = None if since is None else cursors.load(since)
        if was is None or was.moved != moved or (was.small and not endpoint.sync):
            return self._full(endpoint, query, Cursor(taken=now.timestamp(), moved=moved))
        by_stamp = self._carrier(endpoint, query, ("sync",))
        if by_stamp is not None and was.rows.points:
            return self._by_stamp(endpoint, by_stamp, query, was, now)
        if "Modified" in endpoint.properties and was.modified:
            return self._by_modified(endpoint, query, was, now)
        return self._full(endpoint, query, Cursor(taken=now.timestamp(), moved=moved))

    def _carrier(self, endpoint: Endpoint, query: Query, kinds: Sequence[str]) -> Endpoint | None:
        """The first endpoint of these kinds that carries all fields asked for; None if none does."""
        paths = {
            "sync": endpoint.sync,
            "bulk": endpoint.bulk,
            "rest": "" if endpoint.kind in ("sync", "bulk") else endpoint.path,
        }
        for kind in kinds:
            if paths[kind]:
                carrier = self._catalogue.endpoint(paths[kind])
                if all(name in carrier.properties for name in query.fields):
                    return carrier
        return None

    def _full(self, endpoint: Endpoint, query: Query, cursor: Cursor) -> Iterator[Page]:
        """Everything, with the proof that it is everything."""
        order = [self._full_by, *(kind for kind in ("sync", "bulk", "rest") if kind != self._full_by)]
        carrier = self._carrier(endpoint, query, order)
        assert carrier is not None, "an endpoint carries its own fields"
        behind = self._stamp_now(endpoint) if carrier.kind == "bulk" and endpoint.sync else 0
        seen = Seen()
        calls = 0
        border = recent(self._clock.now())
        for page in pages(self._session, carrier, self._everything(carrier, endpoint, query)):
            calls += 1
            rows = _newest(endpoint, page.rows)
            seen.count = page.count if seen.count is None else seen.count
            for row in rows:
                seen.note(endpoint, row, border, full=True)
            yield Page(rows=rows, fingerprints=[fingerprint_of(row) for row in rows])
        why = self._short(endpoint, seen)
        rows_track = cursor.rows
        if carrier.kind == "sync":
            rows_track = Track().reached(cursor.taken, max(seen.stamp, 1), seen.safe)
        elif behind:
            rows_track = Track().reached(cursor.taken, behind, behind)
        gone = self._feed.since(endpoint, Track())
        end = End(
            cursor=replace(
                cursor,
                rows=rows_track,
                deletions=gone.track,
                modified=seen.modified,
                small=calls == 1 and not endpoint.sync,
            ).dump(),
            scope="full",
            complete=not why,
            why="; ".join(part for part in (why, gone.deaf) if part),
        )
        yield Page(deleted=gone.found, end=end)

    def _everything(self, carrier: Endpoint, endpoint: Endpoint, query: Query) -> list[tuple[str, str]]:
        asked = [("$select", _select(carrier, endpoint, query))]
        if carrier.kind == "sync":
            return [*asked, ("$filter", "Timestamp gt 1L")]
        if carrier.kind == "rest":
            asked.append(("$inlinecount", "allpages"))
            if "ID" in carrier.filter_any:
                # Some apps may only list with a filter; this one is true of every record.
                asked.append(("$filter", f"ID ne guid'{NO_GUID}'"))
        return asked

    def _short(self, endpoint: Endpoint, seen: Seen) -> str:
        """Why a full listing cannot be taken as everything; "" if it can."""
        if seen.unnamed:
            return f"{seen.unnamed} rows came without key"
        count = seen.count
        if count is None:
            if endpoint.kind != "rest":
                return ""
            query = [("$filter", f"ID ne guid'{NO_GUID}'")] if "ID" in endpoint.filter_any else []
            try:
                count = self._session.count(endpoint.path, self._session.path(endpoint.uri) + "/$count", query)
            except (Rejected, Transient) as error:
                return f"Exact did not say how many records there are ({error})"
        if len(seen.ids) < count:
            return f"{len(seen.ids):,} records came where Exact counts {count:,}"
        return ""

    def _by_stamp(
        self, endpoint: Endpoint, carrier: Endpoint, query: Query, was: Cursor, now: datetime
    ) -> Iterator[Page]:
        start = was.rows.start(now.timestamp())
        seen = Seen()
        asked = [("$select", _select(carrier, endpoint, query)), ("$filter", f"Timestamp gt {start}L")]
        for page in pages(self._session, carrier, asked):
            rows = _newest(endpoint, page.rows)
            for row in rows:
                seen.note(endpoint, row, "", full=False)
            yield Page(rows=rows)
        gone = self._feed.since(endpoint, was.deletions)
        end = End(
            cursor=replace(
                was.at(now.timestamp()),
                rows=was.rows.reached(now.timestamp(), max(seen.stamp, start)),
                deletions=gone.track,
                modified=max(seen.modified, was.modified),
            ).dump(),
            scope="delta",
            complete=not gone.deaf,
            why=gone.deaf,
            horizon=now.timestamp() - was.taken > cursors.HORIZON,
        )
        yield Page(deleted=gone.found, end=end)

    def _by_modified(self, endpoint: Endpoint, query: Query, was: Cursor, now: datetime) -> Iterator[Page]:
        start = (datetime.fromisoformat(was.modified) - LOCAL_OVERLAP).isoformat(timespec="seconds")
        seen = Seen(modified=was.modified)
        asked = [("$select", _select(endpoint, endpoint, query)), ("$filter", f"Modified ge datetime'{start}'")]
        for page in pages(self._session, endpoint, asked):
            rows = _newest(endpoint, page.rows)
            for row in rows:
                seen.note(endpoint, row, "", full=False)
            yield Page(rows=rows)
        gone = self._feed.since(endpoint, was.deletions)
        yield Page(
            deleted=gone.found,
            end=End(
                cursor=replace(was.at(now.timestamp()), deletions=gone.track, modified=seen.modified).dump(),
                scope="delta",
                complete=not gone.deaf,
                why=gone.deaf,
                horizon=bool(endpoint.entity_type) and now.timestamp() - was.taken > cursors.HORIZON,
            ),
        )

    def _stamp_now(self, endpoint: Endpoint) -> int:
        """The row version from which a later pull must read on, asked before a listing that has none; 0 if nobody says."""
        function = self._catalogue.endpoint("read/sync/Sync/SyncTimestamp")
        since = values.clock_text(self._clock.now() - LOCAL_OVERLAP)
        name = endpoint.path.rpartition("/")[2]
        query = [("modified", f"datetime'{since}'"), ("endPoint", values.quote(name))]
        try:
            content = self._session.get(function.path, self._session.path(function.uri), query)
        except (Rejected, Transient):
            return 0
        rows = content.get("results", [content]) if isinstance(content, dict) else content
        found = rows[0].get("TimeStampAsBigInt") if rows and isinstance(rows[0], dict) else None
        return int(found) if isinstance(found, str | int) and str(found).isdigit() else 0


def _select(carrier: Endpoint, endpoint: Endpoint, query: Query) -> str:
    """The fields asked for, and what id, version and time need; never everything."""
    needed = [*endpoint.key, "Modified", *(["Timestamp"] if carrier.kind == "sync" else [])]
    names = dict.fromkeys((*needed, *query.fields))
    return ",".join(name for name in names if name in carrier.properties)


def _newest(endpoint: Endpoint, rows: Sequence[Any]) -> tuple[Any, ...]:
    """Drop all but the newest version of a row that came twice on one page."""
    best: dict[object, Any] = {}
    for row in rows:
        key = id_of(endpoint, row) or id(row)
        if key not in best or stamp_of(row) >= stamp_of(best[key]):
            best[key] = row
    return tuple(best.values())
