"""Call limits per minute and day, and the block of an endpoint after too many errors."""

from __future__ import annotations

from dataclasses import dataclass, field

from exact_emulator.call import Answer
from exact_emulator.clock import Clock
from exact_emulator.settings import Settings

MINUTE_MS = 60_000
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
COUNTED_ERRORS = frozenset({400, 401, 403, 404})


@dataclass(slots=True)
class Window:
    """Calls counted in one minute or day of the clock."""

    length_ms: int
    number: int = -1
    calls: int = 0

    def turn(self, now_ms: int) -> None:
        """Begin again when the clock has entered another window."""
        if now_ms // self.length_ms != self.number:
            self.number, self.calls = now_ms // self.length_ms, 0

    @property
    def reset_ms(self) -> int:
        """When the next window begins, UTC milliseconds."""
        return (self.number + 1) * self.length_ms


@dataclass(slots=True)
class Allowance:
    """The two windows of one administration."""

    minute: Window = field(default_factory=lambda: Window(MINUTE_MS))
    day: Window = field(default_factory=lambda: Window(DAY_MS))


class Limits:
    """Counts calls and errors; the app and its user are the same throughout, so the administration tells them apart."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self._allowances: dict[int, Allowance] = {}
        self._errors: dict[tuple[int, str], list[int]] = {}
        self._blocked: dict[tuple[int, str], int] = {}

    def _allowance(self, division: int) -> Allowance:
        found = self._allowances.setdefault(division, Allowance())
        now = self.clock.epoch_ms()
        found.minute.turn(now)
        found.day.turn(now)
        return found

    def minute_headers(self, division: int) -> dict[str, str]:
        """Give the headers of the minute."""
        window, limit = self._allowance(division).minute, self.settings.per_minute
        return {
            "X-RateLimit-Minutely-Limit": str(limit),
            "X-RateLimit-Minutely-Remaining": str(max(0, limit - window.calls)),
            "X-RateLimit-Minutely-Reset": str(window.reset_ms),
        }

    def day_headers(self, division: int) -> dict[str, str]:
        """Give the headers of the day."""
        window, limit = self._allowance(division).day, self.settings.per_day
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - window.calls)),
            "X-RateLimit-Reset": str(window.reset_ms),
        }

    def headers(self, division: int) -> dict[str, str]:
        """Give the headers that stand on every answer; none while limits are off."""
        if not self.settings.limits:
            return {}
        return self.day_headers(division) | self.minute_headers(division)

    def count(self, division: int) -> Answer | None:
        """Count a call; gives the 429 that answers it when an allowance is spent. A refused call is not counted."""
        if not self.settings.limits:
            return None
        allowance = self._allowance(division)
        if allowance.day.calls >= self.settings.per_day:
            return Answer(status=429, headers=self.day_headers(division))
        if allowance.minute.calls >= self.settings.per_minute:
            return Answer(status=429, headers=self.minute_headers(division))
        allowance.day.calls += 1
        allowance.minute.calls += 1
        return None

    # -- errors ---------------------------------------------------------------------------------------------------

    def blocked(self, division: int, endpoint: str) -> bool:
        """Tell whether an endpoint is blocked for its errors."""
        return self._blocked.get((division, endpoint), 0) > self.clock.epoch_ms()

    def block(self, division: int, endpoint: str) -> None:
        """Block an endpoint for as long as errors do."""
        self._blocked[division, endpoint] = self.clock.epoch_ms() + 1000 * self.settings.error_block_s

    def note(self, division: int, endpoint: str, status: int) -> None:
        """Count an error; one too many within an hour blocks the endpoint."""
        if not self.settings.limits or status not in COUNTED_ERRORS:
            return
        now = self.clock.epoch_ms()
        recent = [at for at in self._errors.get((division, endpoint), []) if at > now - HOUR_MS]
        self._errors[division, endpoint] = [*recent, now]
        if len(recent) + 1 > self.settings.errors_per_hour:
            self.block(division, endpoint)
