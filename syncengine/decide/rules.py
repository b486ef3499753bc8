"""What decides between two values that changed apart: evidence of time, and rules on the values themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from syncengine.decide.kinds import UnfitError, reader
from syncengine.model.record import ABSENT, Side, Value
from syncengine.model.resource import Kind

SKEW: Final = timedelta(minutes=5)
"""Two clocks are believed to differ by no more: stamps closer than this tell no order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """When each side says its record changed last.

    Attributes:
        left, right: Aware UTC; None if the side does not say.
        since: When the last finished run began: what changed since the last agreement changed after it. None if not known.
        now: The run's own time; a stamp beyond it comes from a wrong clock.
        crowded: Sides on which many records carry this very stamp: a bulk touch, which tells nothing of one record.
    """

    left: datetime | None = None
    right: datetime | None = None
    since: datetime | None = None
    now: datetime | None = None
    crowded: frozenset[Side] = frozenset()

    def newest(self) -> Side | None:
        """The side that surely changed later; None without evidence: unknown, too close, or not to be believed."""
        left, right = self._believed(Side.LEFT), self._believed(Side.RIGHT)
        if left is None or right is None or abs(left - right) <= SKEW:
            return None
        return Side.LEFT if left > right else Side.RIGHT

    def _believed(self, side: Side) -> datetime | None:
        stamp = self.left if side is Side.LEFT else self.right
        if stamp is None or stamp.tzinfo is None or side in self.crowded:
            return None
        if self.now is not None and stamp > self.now + SKEW:
            return None
        # A change since the last agreement cannot be older than it: such a stamp is of a clock that is behind.
        if self.since is not None and stamp < self.since - SKEW:
            return None
        return stamp


def longest(left: Value, right: Value) -> Side | None:
    """The side with the longer text; None if that decides nothing."""
    if not _texts(left, right):
        return None
    one, two = len(left or ""), len(right or "")  # type: ignore[arg-type]  # ``_texts`` saw to it
    return None if one == two else Side.LEFT if one > two else Side.RIGHT


def extreme(rule: str, left: Value, right: Value) -> Side | None:
    """The side with the greater (``max``) or smaller (``min``) number or date; an empty one never wins. None if they cannot be ordered."""
    if left is None or right is None:
        return (
            Side.RIGHT
            if left is None and right is not None
            else Side.LEFT
            if right is None and left is not None
            else None
        )
    one, two = _ordered(left), _ordered(right)
    if type(one) is not type(two) or one is None or one == two:
        return None
    greater = Side.LEFT if one > two else Side.RIGHT
    return greater if rule == "max" else greater.other


def union(left: Value, right: Value) -> Value:
    """Everything in either list, sorted; ABSENT if they are no lists."""
    lists = [value for value in (left, right) if isinstance(value, tuple)]
    if not lists or any(value is not None and not isinstance(value, tuple) for value in (left, right)):
        return ABSENT
    return tuple(sorted({item for value in lists for item in value})) or None


def _texts(*values: Value) -> bool:
    return all(value is None or isinstance(value, str) for value in values)


def _ordered(value: Value) -> Any:
    """A value as something with an order; numbers written as text count as numbers."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal | str):
        try:
            return reader(Kind.NUMBER)(value)
        except UnfitError:
            return None
    return value if isinstance(value, date) else None
