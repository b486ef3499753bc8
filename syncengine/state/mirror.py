"""What each side last showed: rows in, marks of listings, and reading them back."""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from syncengine.model.columns import KeyMaker, Sheet
from syncengine.model.record import Deletion, Observed, Side
from syncengine.state import dirt
from syncengine.state.database import FETCH, Database
from syncengine.state.encode import SIDES, chunks, compact, to_micros
from syncengine.state.entities import Entities, Known
from syncengine.state.keys import SqliteKeys
from syncengine.state.listing import Listing, forget
from syncengine.state.observed import columns, observed
from syncengine.state.storing import PRESENT, Storing, older
from syncengine.state.twins import SqliteTwins

_ROWS: Final = columns("record")


class SqliteMirror:
    """The mirror in SQLite; see ``store.Mirror``."""

    def __init__(self, database: Database, entities: Entities) -> None:
        self._database = database
        self._entities = entities
        self._listings: dict[tuple[int, int], Listing] = {}
        self._storing = Storing(database, entities, self._listings)

    def known(self, entity: str, side: Side, generation: int, fingerprints: Sequence[int]) -> Sequence[bool]:
        with self._database.writing():
            # Made here if it is new, so that the listing knows its first page too.
            found = self._entities.ensure(entity)
        return self._listing(found, SIDES.index(side), generation).mark(fingerprints)

    def put(self, entity: str, side: Side, generation: int, rows: Iterable[Observed]) -> int:
        count = 0
        with self._database.writing():
            known = self._entities.ensure(entity)
            for part in chunks(rows):
                count += self._storing.put(known, SIDES.index(side), generation, part)
        return count

    def put_sheet(self, entity: str, side: Side, generation: int, sheet: Sheet) -> int:
        with self._database.writing():
            return self._storing.put_sheet(self._entities.ensure(entity), SIDES.index(side), generation, sheet)

    def remove(self, entity: str, side: Side, deletions: Iterable[Deletion], at: datetime) -> int:
        count, place = 0, SIDES.index(side)
        with self._database.writing():
            known = self._entities.ensure(entity)
            for part in chunks(deletions):
                gone = {item.id: item for item in part}
                rows = self._database.all(
                    "SELECT n, id, presence, version, raw FROM record"
                    " WHERE entity = ? AND side = ? AND id IN (SELECT value FROM json_each(?))",
                    (known.number, place, compact(list(gone))),
                )
                changes, strays, were_present = [], [], 0
                for n, id, presence, version, raw in rows:
                    item = gone[id]
                    if older(item.version, version):
                        continue
                    changes.append((to_micros(item.at or at), item.merged_into or None, n))
                    strays.append(raw)
                    were_present += presence == 0
                self._database.many(
                    "UPDATE record SET presence = 2, since = coalesce(since, ?), merged_into = coalesce(?, merged_into) WHERE n = ?",
                    changes,
                )
                dirt.settle(self._database, place, [change[-1] for change in changes])
                self._storing.stray(known.number, place, strays)
                self._entities.add(known.number, PRESENT[place], -were_present)
                count += len(changes)
        return count

    def miss(self, entity: str, side: Side, generation: int, at: datetime) -> int:
        place = SIDES.index(side)
        with self._database.writing():
            known = self._entities.ensure(entity)
            listing = self._listing(known, place, generation)
            for part in chunks(listing.missing(self._entities.count(known.name, PRESENT[place]))):
                self._missed(known, place, part, at)
            listing.keep()
            del self._listings[known.number, place]
            return self._database.number(
                "SELECT count(*) FROM record WHERE entity = ? AND side = ? AND presence = 1 AND presence <> 0",
                (known.number, place),
            )

    def _missed(self, entity: Known, place: int, numbers: Sequence[int], at: datetime) -> None:
        self._database.run(
            "UPDATE record SET presence = 1, since = ? WHERE n IN (SELECT value FROM json_each(?))",
            (to_micros(at), compact(list(numbers))),
        )
        dirt.settle(self._database, place, numbers)
        self._entities.add(entity.number, PRESENT[place], -len(numbers))

    def missing(self, entity: str, side: Side) -> Iterator[Observed]:
        yield from self._stream(entity, side, "presence = 1 AND presence <> 0")

    def get(self, entity: str, side: Side, ids: Collection[str]) -> Mapping[str, Observed]:
        known = self._entities.find(entity)
        if known is None:
            return {}
        found: dict[str, Observed] = {}
        for part in chunks(ids):
            rows = self._database.all(
                f"SELECT {_ROWS} FROM record WHERE entity = ? AND side = ? AND id IN (SELECT value FROM json_each(?))",
                (known.number, SIDES.index(side), compact(part)),
            )
            found.update((row[0], made) for row in rows if (made := observed(row, len(known.layout))))
        return found

    def rows(self, entity: str, side: Side) -> Iterator[Observed]:
        yield from self._stream(entity, side, "presence <> 3")

    def count(self, entity: str, side: Side) -> int:
        return self._entities.count(entity, PRESENT[SIDES.index(side)])

    def unlinked(self, entity: str, side: Side) -> Iterator[Observed]:
        known = self._entities.find(entity)
        if known is None:
            return
        # Numbers are sorted without the values, so that memory stays flat however many there are.
        order = (
            "SELECT record.n FROM loose JOIN record ON record.n = loose.n"
            " WHERE loose.entity = ? AND loose.side = ? AND record.presence = 0 ORDER BY record.id"
        )
        for part in self._database.batches(order, (known.number, SIDES.index(side))):
            numbers = [n for (n,) in part]
            rows = self._database.all(
                f"SELECT n, {_ROWS} FROM record WHERE n IN (SELECT value FROM json_each(?))", (compact(numbers),)
            )
            by_number = {n: row for n, *row in rows}
            for n in numbers:
                if made := observed(tuple(by_number[n]), len(known.layout)):
                    yield made

    def keys(self, entity: str, maker: KeyMaker) -> SqliteKeys | None:
        known = self._entities.find(entity)
        return None if known is None or self._database.read_only else SqliteKeys(self._database, known, maker)

    def twins(self, entity: str) -> SqliteTwins | None:
        known = self._entities.find(entity)
        return None if known is None or self._database.read_only else SqliteTwins(self._database, known)

    def forget(self, entity: str, side: Side, ids: Collection[str]) -> int:
        count, place = 0, SIDES.index(side)
        name = dirt.SIDE_NAMES[place]
        with self._database.writing():
            known = self._entities.ensure(entity)
            for part in chunks(ids):
                rows = self._database.all(
                    "SELECT n, presence, raw FROM record"
                    " WHERE entity = ? AND side = ? AND id IN (SELECT value FROM json_each(?)) AND presence <> 3",
                    (known.number, place, compact(part)),
                )
                numbers = compact([n for n, _, _ in rows])
                # What both agreed on is about the same person: it goes too.
                self._database.run(
                    "UPDATE link SET left_fp = NULL, right_fp = NULL, left_base = NULL, right_base = NULL"
                    f" WHERE {name}_n IN (SELECT value FROM json_each(?))",
                    (numbers,),
                )
                self._database.run(
                    "DELETE FROM loose WHERE entity = ? AND side = ? AND n IN (SELECT value FROM json_each(?))",
                    (known.number, place, numbers),
                )
                self._database.run(
                    "UPDATE record SET presence = 3, odd = 0, raw = 0, fp = NULL, generation = 0, version = NULL, modified = NULL,"
                    " since = NULL, merged_into = NULL, problem = NULL, notes = NULL, doc = NULL"
                    " WHERE n IN (SELECT value FROM json_each(?))",
                    (numbers,),
                )
                dirt.settle(self._database, place, [n for n, _, _ in rows])
                forget(self._database, known.number, place, [raw for _, _, raw in rows if raw])
                for table in ("key", "unkeyed"):
                    self._database.run(
                        f"DELETE FROM {table} WHERE entity = ? AND side = ? AND n IN (SELECT value FROM json_each(?))",
                        (known.number, place, numbers),
                    )
                # A link still needs the id of what it names; nobody else does.
                self._database.run(
                    "DELETE FROM record WHERE n IN (SELECT value FROM json_each(?))"
                    f" AND NOT EXISTS (SELECT 1 FROM link WHERE {name}_n = record.n)",
                    (numbers,),
                )
                self._entities.add(known.number, PRESENT[place], -sum(presence == 0 for _, presence, _ in rows))
                count += len(rows)
        return count

    def stale(self, entity: str) -> None:
        with self._database.writing():
            if known := self._entities.find(entity):
                for table in ("listed", "stray", "key", "unkeyed"):
                    self._database.run(f"DELETE FROM {table} WHERE entity = ?", (known.number,))
                self._database.run("UPDATE entity SET keyed = '' WHERE n = ?", (known.number,))
                for place in range(len(SIDES)):
                    self._listings.pop((known.number, place), None)

    def _listing(self, entity: Known, place: int, generation: int) -> Listing:
        found = self._listings.get((entity.number, place))
        if found is None or found.generation != generation:
            found = self._listings[entity.number, place] = Listing(self._database, entity.number, place, generation)
        return found

    def _stream(self, entity: str, side: Side, which: str) -> Iterator[Observed]:
        known = self._entities.find(entity)
        if known is None:
            return
        sql = f"SELECT {_ROWS} FROM record WHERE entity = ? AND side = ? AND {which} ORDER BY id"
        for part in self._database.batches(sql, (known.number, SIDES.index(side)), FETCH):
            for row in part:
                if made := observed(row, len(known.layout)):
                    yield made
