"""Unlinked records of the two sides that show equal values, in pairs: found by their fingerprints.

A temporary table holds their numbers while a plan is made, so that everything else can be read without them.
"""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence, Set
from datetime import datetime
from typing import Final

from syncengine.model.columns import KeyMaker, TwinPage
from syncengine.model.record import ABSENT, Observed, Side
from syncengine.model.values import dump
from syncengine.state.abreast import pair_up
from syncengine.state.database import Database
from syncengine.state.encode import CHUNK, SIDES, chunks, compact, instant
from syncengine.state.entities import Known
from syncengine.state.keys import SqliteKeys, by_field, picked
from syncengine.state.observed import columns, observed

_VALUES: Final = (
    "SELECT l.id, r.id, l.n, r.n, {}"
    " FROM record l CROSS JOIN temp.twin ON twin.left_n = l.n CROSS JOIN record r ON r.n = twin.right_n"
    " WHERE l.entity = ? AND l.side = 0 AND l.doc = r.doc ORDER BY l.id"
)
"""Equal fingerprints of unequal values: once in a universe, and then nobody's twins. The index of ids gives the order, without a sort."""
_ABSENT: Final = dump([ABSENT, None])
_NAMES: Final = ("left_n", "right_n")
_ROWS: Final = columns("record")


class SqliteTwins:
    """Twins of one entity; see ``store.Twins``. Holds until the next ones are asked for, or the store is closed."""

    def __init__(self, database: Database, entity: Known) -> None:
        self._database = database
        self._entity = entity
        self._size = pair_up(database, entity.number)

    def __len__(self) -> int:
        return self._size

    def pages(self, fields: Sequence[str]) -> Iterator[TwinPage]:
        values = _VALUES.format(picked("l.doc", self._entity, fields))
        for part in self._database.batches(values, (self._entity.number,), CHUNK):
            ids, right_ids, left_n, right_n, docs = zip(*part, strict=True)
            yield TwinPage(ids, right_ids, (left_n, right_n), by_field(fields, docs))

    def stamps(self, side: Side) -> Iterator[datetime]:
        name = _NAMES[SIDES.index(side)]
        sql = f"SELECT modified FROM temp.twin JOIN record ON record.n = twin.{name} WHERE modified IS NOT NULL"
        for part in self._database.batches(sql, (), CHUNK):
            yield from (instant(at) for (at,) in part)

    def shown(self) -> Set[str]:
        # The first pair shows nearly all fields. A field that none shows is looked for in all.
        some = "SELECT 1 FROM temp.twin JOIN record l ON l.n = twin.left_n WHERE {} <> ? LIMIT 1"
        held = {name: some.format(picked("l.doc", self._entity, [name])) for name in self._entity.layout}
        return {name for name, sql in held.items() if self._database.one(sql, (_ABSENT,))}

    def part(self, left_ids: Collection[str]) -> None:
        for some in chunks(left_ids):
            self._size -= self._database.run(
                "DELETE FROM temp.twin WHERE left_n IN"
                " (SELECT n FROM record WHERE entity = ? AND side = 0 AND id IN (SELECT value FROM json_each(?)))",
                (self._entity.number, compact(some)),
            ).rowcount

    def keys(self, maker: KeyMaker) -> SqliteKeys:
        without = "AND n NOT IN (SELECT {}_n FROM temp.twin)"
        return SqliteKeys(self._database, self._entity, maker, without)

    def unlinked(self, side: Side) -> Iterator[Observed]:
        place = SIDES.index(side)
        total = "SELECT count(*) FROM loose WHERE entity = ? AND side = ?"
        if self._database.number(total, (self._entity.number, place)) == self._size:
            return
        sql = (
            "SELECT record.n FROM loose JOIN record ON record.n = loose.n"
            " WHERE loose.entity = ? AND loose.side = ? AND record.presence = 0"
            f" AND loose.n NOT IN (SELECT {_NAMES[place]} FROM temp.twin) ORDER BY record.id"
        )
        for part in self._database.batches(sql, (self._entity.number, place)):
            numbers = [n for (n,) in part]
            rows = self._database.all(
                f"SELECT n, {_ROWS} FROM record WHERE n IN (SELECT value FROM json_each(?))", (compact(numbers),)
            )
            by_number = {n: row for n, *row in rows}
            for n in numbers:
                if made := observed(tuple(by_number[n]), len(self._entity.layout)):
                    yield made

    def rows(self, side: Side) -> Iterator[Observed]:
        if not self._database.number("SELECT 1 FROM link WHERE entity = ? LIMIT 1", (self._entity.number,)):
            yield from self.unlinked(side)
            return
        place = SIDES.index(side)
        sql = (
            f"SELECT {_ROWS} FROM record WHERE entity = ? AND side = ? AND presence = 0"
            f" AND n NOT IN (SELECT {_NAMES[place]} FROM temp.twin) ORDER BY id"
        )
        for part in self._database.batches(sql, (self._entity.number, place)):
            for row in part:
                if made := observed(row, len(self._entity.layout)):
                    yield made
