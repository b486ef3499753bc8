"""Where the next pull of a resource begins: row versions and when they were the newest, so that late commits are not missed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from syncengine.errors import StateError

OVERLAP: Final = 900.0
"""Seconds: a pull begins at a row version that was the newest at least this long ago."""

HORIZON: Final = 59 * 86_400.0
"""Seconds the deletion feed surely reaches back: two months."""

_KEPT: Final = 12

Point = tuple[float, int]
"""When (seconds since 1970), and the row version reached then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One feed of row versions: the points reached, oldest first; never empty once read."""

    points: tuple[Point, ...] = ()

    def start(self, now: float) -> int:
        """The row version to read on from: the newest one old enough, else the oldest known; 1 for all."""
        old = [stamp for at, stamp in self.points if at <= now - OVERLAP]
        return max(1, old[-1] if old else self.points[0][1]) if self.points else 1

    def reached(self, at: float, stamp: int, safe: int | None = None) -> Track:
        """Add what a pull reached.

        Args:
            at: When it began.
            stamp: The highest row version it saw; the start itself if it saw none.
            safe: On a first pull: the highest one below which nothing can appear any more.
        """
        points = [*self.points]
        if safe is not None:
            points = [(at - OVERLAP, safe)]
        points = [point for point in points if point[0] < at]
        points.append((at, max(stamp, points[-1][1] if points else 0)))
        enough = [index for index, point in enumerate(points) if point[0] <= at - OVERLAP]
        points = points[enough[-1] if enough else 0 :]
        if len(points) > _KEPT:
            # Frequent runs: the oldest is the start that counts now, the newest are the later ones; thin out between.
            points = [points[0], *points[1:-1:2], points[-1]]
        return Track(points=tuple(points))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """All that is remembered between pulls of one resource.

    Attributes:
        taken: When the last pull began.
        rows, deletions: The two feeds by row version.
        modified: The newest ``Modified`` seen, on the server's clock (ISO without zone); "" if none.
        small: The last full reading needed one call only.
        moved: The administration's ``DivisionMoveDate`` as answered; when it changes, everything is read again.
    """

    taken: float
    rows: Track = Track()
    deletions: Track = Track()
    modified: str = ""
    small: bool = False
    moved: str = ""

    def dump(self) -> str:
        """As text, for the engine to keep."""
        return json.dumps({"v": 1, **asdict(self)}, separators=(",", ":"))

    def at(self, now: float) -> Cursor:
        """The same place, noted for a pull that begins now."""
        return replace(self, taken=now)


def load(text: str) -> Cursor:
    """Read back a cursor.

    Raises:
        StateError: It is none of ours.
    """
    try:
        found = json.loads(text)
        if found["v"] != 1:
            raise ValueError(found["v"])
        return Cursor(
            taken=float(found["taken"]),
            rows=_track(found["rows"]),
            deletions=_track(found["deletions"]),
            modified=str(found["modified"]),
            small=bool(found["small"]),
            moved=str(found["moved"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise StateError(
            f"the stored place in Exact's changes is unreadable ({error}); read everything again"
        ) from None


def _track(found: Any) -> Track:
    return Track(points=tuple((float(at), int(stamp)) for at, stamp in found["points"]))
