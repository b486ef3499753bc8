"""Reads are repeated a few times; what asks for a long wait waits for the next run."""

from __future__ import annotations

import pytest

from syncengine.errors import Rejected, Transient
from syncengine.testing.fakes import FakeClock
from syncengine_connectors.http import repeat


def failing(*errors: Exception):
    left = list(errors)

    def read() -> str:
        if left:
            raise left.pop(0)
        return "read"

    return read


def test_a_read_that_fails_for_now_is_repeated_after_growing_pauses():
    clock = FakeClock()
    assert repeat(failing(*[Transient("down")] * 3), clock) == "read"
    assert clock.slept == [1.0, 4.0, 15.0]


def test_a_read_that_fails_to_the_last_is_given_up():
    with pytest.raises(Transient, match="fourth"):
        repeat(failing(*[Transient("down")] * 3, Transient("fourth")), FakeClock())


def test_the_sides_own_wait_is_kept():
    clock = FakeClock()
    assert repeat(failing(Transient("limit", retry_after=42.0)), clock) == "read"
    assert clock.slept == [42.0]


def test_a_long_wait_is_left_to_the_next_run():
    clock = FakeClock()
    with pytest.raises(Transient, match="day"):
        repeat(failing(Transient("day", retry_after=3600.0)), clock)
    assert clock.slept == []


def test_a_refusal_is_not_repeated():
    clock = FakeClock()
    with pytest.raises(Rejected):
        repeat(failing(Rejected("no")), clock)
    assert clock.slept == []
