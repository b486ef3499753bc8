"""What a listing showed so far: how many, how far, and up to where nothing can appear any more."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from syncengine_connectors.exact import values
from syncengine_connectors.exact.catalogue import Endpoint
from syncengine_connectors.exact.rows import id_of

LOCAL_OVERLAP: Final = timedelta(hours=2)
"""For stamps of a wall clock, which autumn sets back by one hour."""


@dataclass(slots=True)
class Seen:
    """What a listing showed so far.

    Attributes:
        ids: A number per id, to count distinct records; kept for full listings only.
        stamp: The highest row version.
        safe: The highest row version of the unbroken run of old rows at the beginning.
        ended: False while ``safe`` may still grow.
        modified: The newest ``Modified`` on the server's clock.
        count: What the side says there is.
        unnamed: Rows without key.
    """

    ids: set[int] = field(default_factory=set)
    stamp: int = 0
    safe: int = 1
    ended: bool = False
    modified: str = ""
    count: int | None = None
    unnamed: int = 0

    def note(self, endpoint: Endpoint, row: Any, recent: str, *, full: bool) -> None:
        """Take one row into account; ``recent`` is the wall-clock text from which a row counts as recent."""
        id = id_of(endpoint, row)
        if id is None:
            self.unnamed += 1
            return
        if full:
            self.ids.add(hash(id))
        modified = _wall_text(row.get("Modified") or row.get("DeletedDate"))
        self.modified = max(self.modified, modified)
        stamp = stamp_of(row)
        self.stamp = max(self.stamp, stamp)
        if modified == "" or modified >= recent:
            self.ended = True
        elif not self.ended:
            self.safe = max(self.safe, stamp)


def stamp_of(row: Any) -> int:
    """A row's version; 0 if it carries none."""
    found = row.get("Timestamp") if isinstance(row, dict) else None
    return int(found) if isinstance(found, str | int) and str(found).isascii() and str(found).isdigit() else 0


def recent(now: datetime) -> str:
    """From which wall-clock stamp on a row counts as recent: something older may still be on its way to be committed."""
    return values.clock_text(now - LOCAL_OVERLAP)


def _wall_text(raw: Any) -> str:
    try:
        return values.wall(raw).isoformat(timespec="milliseconds")
    except ValueError:
        return ""
