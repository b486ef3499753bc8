"""The deletion feed: tombstones since a row version, of one kind of record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from syncengine.errors import Rejected
from syncengine.model.record import Deletion
from syncengine.ports import Clock
from syncengine_connectors.exact import values
from syncengine_connectors.exact.catalogue import Catalogue, Endpoint
from syncengine_connectors.exact.cursor import Track
from syncengine_connectors.exact.listing import pages
from syncengine_connectors.exact.seen import Seen, recent, stamp_of
from syncengine_connectors.exact.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What the feed told.

    Attributes:
        track: How far it was read.
        deaf: Why it could not be read; "" if it could.
    """

    found: Sequence[Deletion]
    track: Track
    deaf: str = ""


class Feed:
    """Reads the feed of one administration."""

    def __init__(self, session: Session, catalogue: Catalogue, clock: Clock) -> None:
        self._session = session
        self._catalogue = catalogue
        self._clock = clock

    def since(self, endpoint: Endpoint, track: Track) -> Deleted:
        """Tombstones of an endpoint's records since a track; none where its records leave none.

        Raises:
            Transient, LoginError: As ``Session.get``.
        """
        if endpoint.entity_type is None:
            return Deleted(found=(), track=track)
        feed = self._catalogue.endpoint("sync/Deleted")
        now = self._clock.now()
        start = track.start(now.timestamp())
        seen = Seen()
        found: dict[str, Deletion] = {}
        asked = [
            ("$select", "Timestamp,EntityKey,EntityType,DeletedDate,ID"),
            ("$filter", f"Timestamp gt {start}L and EntityType eq {endpoint.entity_type}"),
        ]
        try:
            for page in pages(self._session, feed, asked):
                for row in page.rows:
                    if deletion := _deletion(row, endpoint.entity_type):
                        seen.note(feed, row, recent(now), full=False)
                        found[deletion.id] = deletion
        except Rejected as error:
            # Silence of a feed we may not read is no news: nothing is concluded from it.
            return Deleted(found=(), track=track, deaf=f"deletions cannot be read: {error}")
        safe = None if track.points else seen.safe
        reached = track.reached(now.timestamp(), max(seen.stamp, start), safe)
        return Deleted(found=tuple(found.values()), track=reached)


def _deletion(row: Any, entity_type: int) -> Deletion | None:
    """Read one tombstone; None if it is of another kind of record or names none."""
    if not isinstance(row, dict) or row.get("EntityType") != entity_type or not isinstance(row.get("EntityKey"), str):
        return None
    try:
        at = values.wall(row.get("DeletedDate")).replace(tzinfo=values.ZONE).astimezone(UTC)
    except ValueError:
        at = None
    return Deletion(id=row["EntityKey"].lower(), version=str(stamp_of(row)), at=at)
