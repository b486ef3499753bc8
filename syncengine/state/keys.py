"""Which records hold which match keys: an index over what a record's values come to, kept for entities that ask for it.

A key is a number that whoever asks has made of a record's values. The index is brought up to date when it is asked for: from records that changed
since, or from all if the keys mean something else than before. A record that changed may still be found by an old key; whoever asks looks
at what it finds. So nothing but a list of changed records is written while rows are stored.
"""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from syncengine.model.columns import KeyMaker
from syncengine.model.record import Observed, Side, Value
from syncengine.model.values import load_rows
from syncengine.state.database import Database
from syncengine.state.encode import SIDES, chunks, compact
from syncengine.state.entities import Known
from syncengine.state.observed import columns, observed

_PART: Final = 20_000
"""Records whose keys are taken together."""
_ROWS: Final = columns("record")


class SqliteKeys:
    """The keys of one entity, up to date when made; see ``store.Keys``.

    Args:
        without: A condition on ``n`` that leaves records out, with "{}" for the side's name; "" for none.
    """

    def __init__(self, database: Database, entity: Known, maker: KeyMaker, without: str = "") -> None:
        self._database, self._entity, self._without = database, entity, without
        with database.writing():
            if entity.keyed != maker.meaning:
                self._forget_all(maker.meaning)
                changed = "record WHERE record.entity = ? AND record.side = ?"
            else:
                changed = "unkeyed JOIN record ON record.n = unkeyed.n WHERE unkeyed.entity = ? AND unkeyed.side = ?"
            for place in range(len(SIDES)):
                self._take(place, maker, changed)
            database.run("DELETE FROM unkeyed WHERE entity = ?", (entity.number,))

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
        self._database.run("DELETE FROM key WHERE entity = ?", (self._entity.number,))
        self._database.run("UPDATE entity SET keyed = ? WHERE n = ?", (meaning, self._entity.number))

    def _take(self, place: int, maker: KeyMaker, which: str) -> None:
        """Take the keys of records of a side, and store them in their own order: so each finds its place nearby."""
        own = (self._entity.number, place)
        sql = f"SELECT record.n, {picked('record.doc', self._entity, maker.fields)} FROM {which} AND record.doc IS NOT NULL"
        for part in self._database.batches(sql, own, _PART):
            numbers, docs = zip(*part, strict=True)
            found = sorted((key, numbers[at]) for at, key in maker.held(by_field(maker.fields, docs), len(numbers)))
            self._database.many("INSERT OR IGNORE INTO key VALUES (?, ?, ?, ?)", [(*own, *pair) for pair in found])


def picked(doc: str, entity: Known, fields: Sequence[str]) -> str:
    """SQL that takes these fields out of a document, as JSON for ``by_field``.

    SQLite does so in less time than it takes to hand the document over and read it.
    """
    places = [entity.layout.index(name) for name in fields]
    # Of a single place it makes JSON only where another is named too: one behind the last is null, and costs least to read.
    paths = [f"'$[{place}]'" for place in (places if len(places) != 1 else [*places, len(entity.layout)])]
    return f"json_extract({', '.join((doc, *paths))})" if paths else "'[]'"


def by_field(fields: Sequence[str], picked: Sequence[str]) -> Mapping[str, Sequence[Value]]:
    """Read what was picked out of some documents: one column per field."""
    return dict(zip(fields, zip(*load_rows(picked), strict=True), strict=False))
