"""Who changed one field since both sides last agreed."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from syncengine.model.record import ABSENT, Value

Same = Callable[[Value, Value], bool]


class Agreed(NamedTuple):
    """What each side showed of one field at the last agreement; a pair, because a side may rewrite what it is sent."""

    left: Value
    right: Value


class Verdict(Enum):
    """What became of a field since the base."""

    SAME = auto()
    """Nobody changed it, even if the two differ: an accepted difference."""
    LEFT = auto()
    RIGHT = auto()
    AGREE = auto()
    """Both show the same though the base does not, or there is none."""
    CONFLICT = auto()
    NEVER_AGREED = auto()


def diff_field(base: Agreed | tuple[Value, Value] | None, left: Value, right: Value, *, same: Same) -> Verdict:
    """Say who changed one field since both sides last agreed.

    Args:
        base: What each side showed at the last agreement; None if they never agreed.
        left: Left's value now, in the common shape; ABSENT if left did not send the field.
        right: Right's value now, likewise.
        same: The field's own equality (case, digits, set, date ...).
    """
    if base is None:
        return Verdict.AGREE if same(left, right) else Verdict.NEVER_AGREED
    base_left, base_right = base
    # Silence is no change: a partial payload is not an erasure. Nor is the first sight of what the base never saw.
    left_moved = left is not ABSENT and base_left is not ABSENT and not same(left, base_left)
    right_moved = right is not ABSENT and base_right is not ABSENT and not same(right, base_right)
    if left_moved and right_moved:
        return Verdict.AGREE if same(left, right) else Verdict.CONFLICT
    return Verdict.LEFT if left_moved else Verdict.RIGHT if right_moved else Verdict.SAME
