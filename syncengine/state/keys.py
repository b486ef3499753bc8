"""Which records hold which match keys: an index over what a record's values come to, kept for entities that ask for it.

A key is a number that whoever asks has made of a record's values. The index is brought up to date when it is asked for: from records that changed
since, or from all if the keys mean something else than before. A record that changed may still be found by an old key; whoever asks looks
at what it finds. So nothing but a list of changed records is written while rows are stored.
"""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from syncengine.model.record import Observed, Side
from syncengine.state.database import Database
from syncengine.state.encode import CHUNK, SIDES, chunks, compact
from syncengine.state.entities import Known
from syncengine.state.observed import columns, observed
from syncengine.state.store import Take

_ROWS: Final = columns("record")


class SqliteKeys:
    """The keys of one entity, up to date when made; see ``store.Keys``.

    Args:
        meaning: What the keys are made of: others are of no use.
        without: A condition on ``n`` that leaves records out, with "{}" for the side's name; "" for none.
    """

    def __init__(self, database: Database, entity: Known, meaning: str, take: Take, without: str = "") -> None:
        self._database, self._entity, self._without = database, entity, without
        with database.writing():
            if entity.keyed != meaning:
                self._forget_all(meaning)
            for place in range(len(SIDES)):
                self._renew(place, take)

    def rows(self, side: Side, keys: Collection[int], ids: Collection[str], most: int) -> Sequence[Observed] | None:
        place = SIDES.index(side)
        numbers: set[int] = set()
        for part in chunks(keys):
            numbers.update(
                self._numbers("SELECT n FROM key WHERE {} AND key IN (SELECT value FROM json_each(?))", place, part)
            )
        for some in chunks(ids):
            numbers.update(
                self._numbers("SELECT n FROM record WHERE {} AND id IN (SELECT value FROM json_each(?))", place, some)
            )
        if len(numbers) > most:
            return None
        width = len(self._entity.layout)
        return [made for row in self._read(sorted(numbers), place) if (made := observed(row, width))]

    def _numbers(self, sql: str, place: int, wanted: Sequence[object]) -> Iterable[int]:
        values = (self._entity.number, place, compact(list(wanted)))
        return (n for (n,) in self._database.all(sql.format("entity = ? AND side = ?"), values))

    def _read(self, numbers: Sequence[int], place: int) -> Iterable[tuple[object, ...]]:
        left_out = self._without.format(("left", "right")[place])
        for part in chunks(numbers):
            yield from self._database.all(
                f"SELECT {_ROWS} FROM record WHERE n IN (SELECT value FROM json_each(?)) AND presence = 0 {left_out}",
                (compact(part),),
            )

    def _forget_all(self, meaning: str) -> None:
        run, number = self._database.run, self._entity.number
        run("DELETE FROM key WHERE entity = ?", (number,))
        run("INSERT OR IGNORE INTO unkeyed SELECT entity, side, n FROM record WHERE entity = ?", (number,))
        run("UPDATE entity SET keyed = ? WHERE n = ?", (meaning, number))

    def _renew(self, place: int, take: Take) -> None:
        """Take the keys of the records that changed."""
        database, own, width = self._database, (self._entity.number, place), len(self._entity.layout)
        while part := database.all(
            "SELECT n FROM unkeyed WHERE entity = ? AND side = ? ORDER BY n LIMIT ?", (*own, CHUNK)
        ):
            listed = compact([n for (n,) in part])
            found = database.all(
                f"SELECT n, {_ROWS} FROM record WHERE n IN (SELECT value FROM json_each(?)) AND doc IS NOT NULL",
                (listed,),
            )
            numbers = {row[1]: row[0] for row in found}
            rows = [made for _, *row in found if (made := observed(tuple(row), width))]
            database.many(
                "INSERT OR IGNORE INTO key VALUES (?, ?, ?, ?)",
                [(*own, key, numbers[id]) for id, key in take(SIDES[place], rows)],
            )
            database.run(
                "DELETE FROM unkeyed WHERE entity = ? AND side = ? AND n IN (SELECT value FROM json_each(?))",
                (*own, listed),
            )
