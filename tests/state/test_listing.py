"""Which rows a listing shows as before: what a count may prove, and what is left of rows that were forgotten."""

from __future__ import annotations

import random
from array import array
from pathlib import Path

import pytest

from syncengine.state import listing as rooms
from syncengine.testing.store_suite_base import ENTITY, LAYOUT, LEFT, fill, listing, seen
from tests.state.build import opened

ONE, TWO, THREE = seen("1", raw=1), seen("2", raw=2), seen("3", raw=3)


@pytest.mark.parametrize("page", [4, 3, 2, 1])
@pytest.mark.parametrize("shown", [[ONE, ONE, TWO], [ONE, TWO, TWO], [ONE, TWO, ONE]])
def test_a_row_that_is_shown_twice_does_not_stand_for_one_that_is_gone(tmp_path: Path, shown: list, page: int) -> None:
    """The one that is gone was written since, so that nothing but the count of rows tells of it."""
    store = opened(tmp_path)
    listing(store, [*shown, THREE], 1, page=page)
    fill(store, [seen("3", "written", "x")])
    assert listing(store, shown, 2, page=page)[1] == 1
    assert [row.id for row in store.mirror.missing(ENTITY, LEFT)] == ["3"]
    store.close()


def test_nothing_tells_of_a_forgotten_row_that_we_wrote_to(tmp_path: Path) -> None:
    """Its fingerprint is no longer what the mirror holds of it, but it stood in the last listing."""
    store = opened(tmp_path)
    with store.transaction():
        store.links.relay(ENTITY, LAYOUT)
    rows = [ONE, TWO, seen("3", raw=3, problem="bad")]
    listing(store, rows, 1)
    fill(store, [seen("2", "written", "x")])
    with store.transaction():
        store.mirror.forget(ENTITY, LEFT, ["2"])
    ((block,),) = store.database.all("SELECT raws FROM listed")
    assert 2 not in array("q", block)
    assert store.database.all("SELECT raw FROM stray") == [(3,)], "what another row still shows is kept"
    assert listing(store, [ONE], 2) == ([True], 1), "and the other rows are missed as ever"
    store.close()


def test_a_row_that_a_listing_of_changes_showed_again_is_not_missed(tmp_path: Path) -> None:
    """It did not change: what the last whole listing says of it holds, though it was stored since."""
    store = opened(tmp_path)
    many = [seen(str(number), raw=number) for number in range(1, 9)]
    listing(store, many, 1, page=1)
    with store.transaction():
        assert list(store.mirror.known(ENTITY, LEFT, 2, [8])) == [False], "the search for it ends before"
        store.mirror.put(ENTITY, LEFT, 2, [many[-1]])
    assert listing(store, many[1:], 3)[1] == 1
    assert [row.id for row in store.mirror.missing(ENTITY, LEFT)] == ["1"]
    assert listing(store, many[1:], 4) == ([True] * 7, 1), "and then all is known again"
    store.close()


def test_a_row_that_stood_on_two_pages_is_not_missed_when_it_stands_on_one(tmp_path: Path) -> None:
    store = opened(tmp_path)
    listing(store, [ONE, TWO, TWO, TWO], 1, page=3)
    listing(store, [TWO, ONE, TWO, ONE], 2, page=2)
    assert listing(store, [ONE, TWO], 3, page=1)[1] == 0
    store.close()


def test_a_row_that_was_read_again_as_it_was_is_known_once_it_was_read_twice(tmp_path: Path) -> None:
    """It stood too far away to be found by a short look, so for all that is known it may have been shown before."""
    store = opened(tmp_path)
    odd = [seen("2", raw=2, problem="bad"), seen("3", raw=3, problem="bad")]
    listing(store, [*odd, ONE], 1, page=2)
    told = [listing(store, [ONE, *odd], generation)[0][0] for generation in (2, 3, 4)]
    assert told == [False, False, True]
    store.close()


@pytest.mark.parametrize("seed", range(12))
def test_rows_in_another_order_are_known_wherever_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """And no other; of each page a quarter may be read again before all are searched. What is not shown is missed."""
    monkeypatch.setattr(rooms, "_FEW", 0)
    draw = random.Random(seed)
    store = opened(tmp_path)
    before = [seen(str(number), raw=number) for number in range(1, 61)]
    listing(store, before, 1, page=draw.randint(1, 20))
    for generation in (2, 3, 4):
        changed = draw.choice([0, 0, 1, 7])
        after = [seen(row.id, raw=row.raw + 1_000 * (place < changed)) for place, row in enumerate(before)]
        after += [seen(f"{generation}-{number}", raw=-generation - 10 * number) for number in range(changed)]
        gone = after[changed : 2 * changed]
        del after[changed : 2 * changed]
        draw.shuffle(after)
        same = {row.raw for row in before}
        told, missing = listing(store, after, generation, page=draw.randint(1, 20))
        again = [row for row, known in zip(after, told, strict=True) if known is not (row.raw in same)]
        assert len(again) <= len(after) // 4
        assert {row.raw for row in again} <= same
        assert [row.id for row in store.mirror.missing(ENTITY, LEFT)] == sorted(row.id for row in gone)
        assert missing == len(gone)
        with store.transaction():
            store.mirror.forget(ENTITY, LEFT, [row.id for row in gone])
        before = after
    store.close()
