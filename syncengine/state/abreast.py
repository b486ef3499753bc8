"""Unlinked records of the two sides with equal fingerprints, found by walking both sides abreast in the order in which they came.

Two systems mostly list the same records in much the same order, and then a partner is near: a page of one side that equals the other's is
one comparison. Where it is not near, the database groups all records by their fingerprints, which takes twice the time.
"""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from syncengine.state.database import Database, Row
from syncengine.state.encode import CHUNK

_APART: Final = 20 * CHUNK
"""Records of a side that wait for a partner before the others are left to the database: they are in memory."""

ALIKE: Final = "record.presence = 0 AND record.odd = 0 AND record.notes IS NULL AND record.fp IS NOT NULL"
"""``odd`` and ``notes``: what must be judged or told is looked at alone."""

_WALK: Final = (
    "SELECT record.fp, record.n FROM loose JOIN record ON record.n = loose.n"
    f" WHERE loose.entity = ? AND loose.side = ? AND {ALIKE} ORDER BY loose.n"
)
_GROUP: Final = f"""
INSERT INTO temp.twin
SELECT max(CASE record.side WHEN 0 THEN record.n END), max(CASE record.side WHEN 1 THEN record.n END)
FROM loose JOIN record ON record.n = loose.n
WHERE loose.entity = ? AND {ALIKE}
GROUP BY record.fp HAVING count(*) = 2 AND sum(record.side) = 1 ORDER BY 1
"""
_RUN: Final = "INSERT INTO temp.twin SELECT n, n + ? FROM loose WHERE entity = ? AND side = 0 AND n BETWEEN ? AND ?"


def pair_up(database: Database, entity: int, page: int = CHUNK, apart: int = _APART) -> int:
    """Fill the table ``twin`` with the numbers of pairs; return how many.

    A record is in one pair at most. Where three or more show the same, two of them may be a pair or not.

    Args:
        page: Records of a side that are compared at once.
        apart: As ``_APART``.
    """
    database.run("CREATE TEMP TABLE IF NOT EXISTS twin (left_n INTEGER PRIMARY KEY, right_n INTEGER NOT NULL)")
    with database.writing():
        database.run("DELETE FROM temp.twin")
        found = _walk(database, entity, page, apart)
        if found is None:
            database.run("DELETE FROM temp.twin")
            found = database.run(_GROUP, (entity,)).rowcount
    return found


def _walk(database: Database, entity: int, page: int, apart: int) -> int | None:
    """Pair what is near each other; None if much is not."""
    found = 0
    waiting: tuple[dict[int, int], dict[int, int]] = {}, {}
    sides = [database.batches(_WALK, (entity, side), page) for side in (0, 1)]
    for left, right in zip_longest(*sides, fillvalue=()):
        lefts, rights = _columns(left), _columns(right)
        if lefts[0] == rights[0]:
            found += _pair(database, entity, lefts[1], rights[1])
            continue
        waiting[0].update(left)
        waiting[1].update(right)
        near = [(waiting[0].pop(print_), waiting[1].pop(print_)) for print_ in waiting[0].keys() & waiting[1].keys()]
        found += database.insert("INSERT INTO temp.twin", "(?, ?)", sorted(near))
        if max(map(len, waiting)) > apart:
            return None
    return found


def _columns(rows: Sequence[Row]) -> tuple[Sequence[int], Sequence[int]]:
    prints, numbers = zip(*rows, strict=True) if rows else ((), ())
    return prints, numbers


def _pair(database: Database, entity: int, lefts: Sequence[int], rights: Sequence[int]) -> int:
    """Pair records one by one, in this order."""
    last = len(lefts) - 1
    if lefts[last] - lefts[0] == last == rights[last] - rights[0]:
        # Numbers without a gap need not be told one by one.
        return database.run(_RUN, (rights[0] - lefts[0], entity, lefts[0], lefts[last])).rowcount
    return database.insert("INSERT INTO temp.twin", "(?, ?)", zip(lefts, rights, strict=True))
