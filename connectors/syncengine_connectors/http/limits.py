"""Pacing: uses the whole allowance and never more, by a shared count that the side's own headers correct."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from syncengine.errors import Transient
from syncengine.ports import Clock
from syncengine_connectors.http.answer import Answer
from syncengine_connectors.http.ledger import Count, Ledger

MINUTE: Final = 60.0
DAY: Final = 86_400.0
HOUR: Final = 3_600.0

USUAL_MINUTE: Final = 60
USUAL_DAY: Final = 5_000

_MARGIN: Final = 0.05
"""Seconds added to a window: both clocks tick in steps."""

_COUNTED: Final = frozenset({400, 401, 403, 404})
"""What counts towards the side's limit of errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be asked of a side beside what its headers say.

    Attributes:
        minute, day: Calls at most, whatever the side allows; None: as many as its headers allow, and until it spoke
            ``USUAL_MINUTE`` and ``USUAL_DAY``.
        reserve: Share of the day kept back for people and other programs, 0-1.
        errors: Refusals within an hour after which an endpoint is left alone.
    """

    minute: int | None = None
    day: int | None = None
    reserve: float = 0.05
    errors: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What one set of headers says of one window.

    Attributes:
        limit, remaining: Calls.
        reset: Seconds since 1970 when it is renewed; None if the header is missing or absurd.
    """

    limit: int | None
    remaining: int | None
    reset: float | None


class Pacer:
    """Lets calls through at the pace a side allows, and stops before it must refuse."""

    def __init__(self, ledger: Ledger, clock: Clock, limits: Limits, *, local: bool = False) -> None:
        """Count nothing yet.

        Args:
            local: The side is on this machine: until its headers show a limit it has none.
        """
        self._ledger = ledger
        self._clock = clock
        self._limits = limits
        self._local = local

    def enter(self, endpoint: str) -> float:
        """Wait until one call may be made, and note it.

        Returns:
            The moment noted, to be given back to ``leave``.

        Raises:
            Transient: The day's allowance is spent, or the endpoint refused too often; no call was made.
        """
        while True:
            with self._ledger.change() as count:
                now = self._now()
                self._tidy(count, now)
                self._refuse(count, endpoint, now)
                wait = self._wait(count, now)
                if wait <= 0:
                    count.calls.append(now)
                    if count.left is not None:
                        count.left -= 1
                    return now
            self._clock.sleep(wait)

    def lost(self, noted: float) -> None:
        """Note that no answer came to a call."""
        with self._ledger.change() as count:
            _ended(count, noted, self._now())

    def leave(self, noted: float, endpoint: str, answer: Answer) -> Answer:
        """Note how a call ended; after a 429 the answer says when to ask again."""
        with self._ledger.change() as count:
            now = self._now()
            _ended(count, noted, now)
            minute, day = read_windows(answer.headers, now)
            self._correct(count, minute, day, now)
            if answer.status in _COUNTED:
                count.errors.setdefault(endpoint, []).append(now)
            if answer.status != 429:
                return answer
            return replace(answer, retry_after=self._after_429(count, minute, day, now))

    def left(self) -> tuple[int | None, int | None]:
        """Calls allowed in a minute, and left today beyond the reserve; None where there is no limit."""
        with self._ledger.change() as count:
            self._tidy(count, self._now())
            return self._minute(count), self._left(count)

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _free(self, count: Count) -> bool:
        return self._local and count.minute is None and count.day is None

    def _minute(self, count: Count) -> int | None:
        told = count.minute if self._free(count) else count.minute or USUAL_MINUTE
        return _least(self._limits.minute, told)

    def _day(self, count: Count) -> int | None:
        told = count.day if self._free(count) else count.day or USUAL_DAY
        return _least(self._limits.day, told)

    def _left(self, count: Count) -> int | None:
        day = self._day(count)
        if day is None:
            return None
        left = day if count.left is None else min(count.left, day)
        return max(0, left - _reserve(day, self._limits.reserve))

    def _tidy(self, count: Count, now: float) -> None:
        """Forget what no longer counts; a stamp from the future (a clock set back) counts as now."""
        count.calls = sorted(min(at, now) for at in count.calls if at > now - MINUTE - _MARGIN)
        count.errors = {
            name: kept for name, times in count.errors.items() if (kept := [at for at in times if at > now - HOUR])
        }
        count.blocked = min(count.blocked, now + DAY + MINUTE)
        day = self._day(count)
        if day is not None and (count.left is None or now >= count.renewed or count.renewed > now + 2 * DAY):
            count.left, count.renewed = day, (now // DAY + 1) * DAY

    def _refuse(self, count: Count, endpoint: str, now: float) -> None:
        """Raise where waiting would not help this run."""
        errors = count.errors.get(endpoint, ())
        if len(errors) >= self._limits.errors:
            again = errors[-self._limits.errors] + HOUR - now
            raise Transient(
                f"{endpoint} refused {len(errors)} requests within an hour; nothing more is sent to it for "
                f"{_span(again)}, so that the side does not block it. Mend what it refuses (sync review list) first.",
                retry_after=again,
            )
        if self._left(count) == 0:
            again = max(0.0, count.renewed - now)
            raise Transient(
                f"the day's calls are spent ({self._day(count):,} allowed, {self._limits.reserve:.0%} kept back); "
                f"they are renewed in {_span(again)}",
                retry_after=again,
            )
        if count.blocked - now > 2 * MINUTE:
            again = count.blocked - now
            raise Transient(f"the side allows no call for {_span(again)}", retry_after=again)

    def _wait(self, count: Count, now: float) -> float:
        """Seconds until the next call may begin; 0 or less for now."""
        waits = [count.blocked - now]
        minute = self._minute(count)
        if minute is not None and len(count.calls) >= minute:
            waits.append(count.calls[-minute] + MINUTE + _MARGIN - now)
        return max(waits)

    def _correct(self, count: Count, minute: Window, day: Window, now: float) -> None:
        """Believe the side: it sees the calls of other programs and machines too."""
        if minute.limit is not None:
            count.minute = minute.limit
        if minute.remaining == 0 and minute.reset is not None:
            count.blocked = max(count.blocked, min(minute.reset, now + MINUTE) + _MARGIN)
        if day.limit is not None:
            count.day = day.limit
        if day.remaining is not None:
            count.left = day.remaining
        if day.reset is not None and day.reset > now:
            count.renewed = day.reset

    def _after_429(self, count: Count, minute: Window, day: Window, now: float) -> float:
        """Decide which allowance is spent, by what the headers leave: both may be missing, both may say "some left"."""
        spent = day.remaining == 0 or (day.limit is not None and minute.limit is None and minute.remaining is None)
        if spent:
            count.left = 0
            until = day.reset if day.reset is not None and day.reset > now else (now // DAY + 1) * DAY
            count.renewed = until
        else:
            until = now + MINUTE if minute.reset is None else min(max(minute.reset, now + 1), now + MINUTE)
            until += _MARGIN
            count.blocked = max(count.blocked, until)
        return until - now


def _ended(count: Count, noted: float, now: float) -> None:
    """Replace the moment a call began: the side counted it somewhere between then and now, and the later one is safe."""
    if noted in count.calls:
        count.calls.remove(noted)
    count.calls.append(now)
    count.calls.sort()


def read_windows(headers: Mapping[str, str], now: float) -> tuple[Window, Window]:
    """Read the limits an answer tells: the minute's and the day's.

    Args:
        headers: By lower-case name.
        now: Seconds since 1970.

    Source: Exact Online, API limits: ``X-RateLimit-(Minutely-)Limit/Remaining/Reset``; reset is a UTC epoch in milliseconds.
    """
    return (
        _window(headers, "x-ratelimit-minutely-", now, furthest=2 * MINUTE),
        _window(headers, "x-ratelimit-", now, furthest=DAY + HOUR),
    )


def _window(headers: Mapping[str, str], prefix: str, now: float, *, furthest: float) -> Window:
    reset = _whole(headers.get(f"{prefix}reset"))
    at = None if reset is None else reset / 1000
    if at is not None and not now - furthest <= at <= now + furthest:
        at = None
    limit = _whole(headers.get(f"{prefix}limit"))
    remaining = _whole(headers.get(f"{prefix}remaining"))
    return Window(limit=limit or None, remaining=remaining, reset=at)


def _whole(text: str | None) -> int | None:
    """A header as a count; None if it is missing, negative or no whole number."""
    if text is None or len(text) > 18 or not text.strip().isascii() or not text.strip().isdigit():
        return None
    return int(text)


def _least(*numbers: int | None) -> int | None:
    return min((number for number in numbers if number is not None), default=None)


def _reserve(day: int, share: float) -> int:
    return -int(-day * share // 1)


def _span(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"
