"""The place in Exact's changes: a start old enough, however often one pulls."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncengine_connectors.exact import cursor
from syncengine_connectors.exact.cursor import OVERLAP, Cursor, Track


def test_nothing_read_yet_begins_at_the_beginning():
    assert Track().start(1000.0) == 1


def test_after_a_first_reading_the_start_is_what_was_surely_old():
    track = Track().reached(10_000.0, 500, 400)
    assert track.start(10_060.0) == 400
    assert track.start(10_000.0 + OVERLAP) == 500


def test_a_cursor_survives_being_kept():
    made = Cursor(
        taken=1.5, rows=Track().reached(1.0, 7, 3), modified="2026-01-01T00:00:00.000", small=True, moved="/Date(1)/"
    )
    assert cursor.load(made.dump()) == made


@given(st.lists(st.tuples(st.floats(1, 7200), st.integers(0, 50)), min_size=1, max_size=60))
def test_the_start_is_never_younger_than_the_overlap_and_never_goes_back(steps):
    now, stamp = 1_000_000.0, 100
    track = Track().reached(now, stamp, 50)
    history = [(now - OVERLAP, 50), (now, stamp)]
    last = 0
    for wait, grown in steps:
        now += wait
        start = track.start(now)
        old = [reached for at, reached in history if at <= now - OVERLAP]
        assert start <= (old[-1] if old else 50)
        assert start >= last
        last = start
        stamp += grown
        track = track.reached(now, stamp)
        history.append((now, stamp))
        assert len(track.points) <= 13


def test_frequent_pulls_do_not_hold_the_start_back_for_ever():
    now, stamp = 0.0, 0
    track = Track().reached(now, stamp, 0)
    for _ in range(500):
        now, stamp = now + 30, stamp + 1
        track = track.reached(now, stamp)
    assert stamp - track.start(now) <= 2 * OVERLAP / 30 + 1


def test_a_clock_set_back_reads_more_rather_than_less():
    track = Track().reached(10_000.0, 500, 400).reached(20_000.0, 900)
    assert track.start(9_000.0) == 500
