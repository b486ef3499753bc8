"""The server's clock: real or standing still, and moved forward by tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """Tells the time the server believes in.

    With a start the clock stands still between advances, so that a test owns it; without one it follows the machine.
    """

    def __init__(self, start: datetime | None, time_zone: str) -> None:
        self.start = start
        self.zone = ZoneInfo(time_zone)
        self.offset = timedelta(0)
        self._lock = Lock()

    def now(self) -> datetime:
        """Give the current instant, aware, UTC."""
        return (self.start or datetime.now(UTC)) + self.offset

    def advance(self, seconds: float) -> datetime:
        """Move the clock by some seconds (backwards when negative) and give the new instant."""
        with self._lock:
            self.offset += timedelta(seconds=seconds)
        return self.now()

    def epoch_ms(self) -> int:
        """Give the current instant as UTC milliseconds since 1970."""
        return (self.now() - EPOCH) // timedelta(milliseconds=1)

    def wall_ms(self, instant: datetime | None = None) -> int:
        """Give an instant (default: now) as the server writes it: local wall clock, as if that were UTC."""
        local = (instant or self.now()).astimezone(self.zone).replace(tzinfo=UTC)
        return (local - EPOCH) // timedelta(milliseconds=1)

    def wall_day_ms(self) -> int:
        """Give today's midnight on the wall clock, as date-only fields carry it."""
        return self.wall_ms() // 86_400_000 * 86_400_000
