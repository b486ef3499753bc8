"""Repeats a reading request a few times; a changing one is never repeated here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from syncengine.errors import Transient
from syncengine.ports import Clock

T = TypeVar("T")

PAUSES: Final = (1.0, 4.0, 15.0)
"""Seconds before each repetition when the side did not say how long to wait."""

LONGEST_PAUSE: Final = 90.0
"""A side that asks for more gets it from the next run, not from this one."""


def repeat(read: Callable[[], T], clock: Clock, pauses: tuple[float, ...] = PAUSES) -> T:
    """Do a reading request, again after each pause while it fails for now.

    Raises:
        Transient: It failed to the last, or the side asks for a wait longer than ``LONGEST_PAUSE``.
    """
    for pause in pauses:
        try:
            return read()
        except Transient as error:
            wait = pause if error.retry_after is None else error.retry_after
            if wait > LONGEST_PAUSE:
                raise
            clock.sleep(wait)
    return read()
