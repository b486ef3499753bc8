"""What each side last showed: rows in, marks of listings, and reading them back."""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any, Final

from syncengine.model.columns import Sheet
from syncengine.model.record import Deletion, Observed, Side
from syncengine.model.values import dump_columns, fingerprints
from syncengine.state import dirt
from syncengine.state.database import FETCH, Database
from syncengine.state.encode import SIDES, UNSEEN, chunks, compact, to_micros
from syncengine.state.entities import Entities, Known
from syncengine.state.keys import SqliteKeys
from syncengine.state.listing import Listing, forget
from syncengine.state.observed import COLUMNS, columns, observed, stored
from syncengine.state.store import Take
from syncengine.state.twins import SqliteTwins

_PRESENT: Final = ("left_present", "right_present")
_INSERT: Final = (
    f"INSERT INTO record (entity, side, generation, {', '.join(COLUMNS)}) VALUES ({{}}, {{}}, {{}}{', ?' * len(COLUMNS)})"
    " ON CONFLICT (entity, side, id) DO NOTHING"
)
_INSERT_PLAIN: Final = (
    "INSERT INTO record (entity, side, generation, id, presence, odd, raw, fp, version, modified, doc)"
    " VALUES ({}, {}, {}, ?, 0, 0, ?, ?, ?, ?, ?)"
    " ON CONFLICT (entity, side, id) DO NOTHING"
)
_NOTHING_ELSE: Final = (None,) * 4
_REPLACE: Final = f"UPDATE record SET generation = ?, {', '.join(f'{name} = ?' for name in COLUMNS[1:])} WHERE n = ?"
_TOUCH: Final = f"UPDATE record SET generation = ?, {', '.join(f'{name} = ?' for name in COLUMNS[1:-1])} WHERE n = ?"
_ROWS: Final = columns("record")


class SqliteMirror:
    """The mirror in SQLite; see ``store.Mirror``."""

    def __init__(self, database: Database, entities: Entities) -> None:
        self._database = database
        self._entities = entities
        self._listings: dict[tuple[int, int], Listing] = {}

    def known(self, entity: str, side: Side, generation: int, fingerprints: Sequence[int]) -> Sequence[bool]:
        found = self._entities.find(entity)
        if found is None:
            return [False] * len(fingerprints)
        return self._listing(found, SIDES.index(side), generation).mark(fingerprints)

    def put(self, entity: str, side: Side, generation: int, rows: Iterable[Observed]) -> int:
        count = 0
        with self._database.writing():
            known = self._entities.ensure(entity)
            for part in chunks(rows):
                latest: dict[str, Observed] = {}
                for row in part:
                    if row.id not in latest or not _older(row.version, latest[row.id].version):
                        latest[row.id] = row
                count += len(latest)
                self._put(known, side, generation, [stored(row) for row in latest.values()])
        return count

    def _put(self, entity: Known, side: Side, generation: int, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert what is new at the speed of the database; look closer only at what was there before."""
        number, place, database = entity.number, SIDES.index(side), self._database
        last = database.number("SELECT max(n) FROM record")
        # Most rows have nothing but values: binding half as many takes half the time.
        plain = [(row[0], *row[3:7], row[11]) for row in rows if _is_plain(row)]
        rest = rows if not plain else [row for row in rows if not _is_plain(row)]
        born = database.many(_INSERT_PLAIN.format(number, place, generation), plain)
        born += database.many(_INSERT.format(number, place, generation), rest)
        self._born(entity, place, last, born)
        if listing := self._listings.get((number, place)):
            listing.read([row[3] for row in rows], born)
            # A row with a problem is read again each time: the problem may be gone with no change of the row.
            listing.doubt(row[3] for row in rows if row[9] is not None)
        if born < len(rows):
            self._replace(entity, place, generation, rows, last)

    def put_sheet(self, entity: str, side: Side, generation: int, sheet: Sheet) -> int:
        place, size = SIDES.index(side), len(sheet.ids)
        docs = dump_columns(sheet.values, size)
        prints = fingerprints(docs)
        with self._database.writing():
            known = self._entities.ensure(entity)
            last = self._database.number("SELECT max(n) FROM record")
            rows = zip(sheet.ids, sheet.raws, prints, sheet.versions, repeat(None), docs, strict=False)
            born = self._database.many(_INSERT_PLAIN.format(known.number, place, generation), rows)
            self._born(known, place, last, born)
            if listing := self._listings.get((known.number, place)):
                listing.read(sheet.raws, born)
            if born < size:
                every = zip(sheet.ids, sheet.raws, prints, sheet.versions, docs, strict=True)
                rest = [
                    (id, 0, 0, raw, print_, version, None, *_NOTHING_ELSE, doc)
                    for id, raw, print_, version, doc in every
                ]
                self._replace(known, place, generation, rest, last)
        return size

    def _born(self, entity: Known, place: int, last: int, born: int) -> None:
        """Count the rows that were made after number ``last``: nothing links them yet."""
        if born:
            if entity.keyed:
                self._database.run("INSERT INTO unkeyed SELECT entity, side, n FROM record WHERE n > ?", (last,))
            self._database.run("INSERT INTO loose SELECT entity, side, n FROM record WHERE n > ?", (last,))
            present = self._database.number("SELECT count(*) FROM record WHERE n > ? AND presence = 0", (last,))
            self._entities.add(entity.number, _PRESENT[place], present)

    def _replace(self, entity: Known, place: int, generation: int, rows: Sequence[tuple[Any, ...]], last: int) -> None:
        """Store new contents of rows numbered up to ``last``, and what follows from them for links and counts."""
        before = {
            id: (n, old)
            for n, id, *old in self._database.all(
                "SELECT n, id, presence, odd, fp, raw, generation, version FROM record"
                " WHERE entity = ? AND side = ? AND id IN (SELECT value FROM json_each(?)) AND n <= ?",
                (entity.number, place, compact([row[0] for row in rows]), last),
            )
        }
        replaced, touched, moved, turned, strays = [], [], [], [], []
        difference, listing = 0, self._listings.get((entity.number, place))
        for row in rows:
            if row[0] not in before:
                continue
            n, (presence, odd, fp, raw, shown, version) = before[row[0]]
            if shown == generation and _older(row[5], version):
                strays.append(row[3])
                continue
            if fp != row[4]:
                replaced.append((generation, *row[1:], n))
                moved.append(n)
            else:
                touched.append((generation, *row[1:-1], n))
                if (presence, odd) != row[1:3]:
                    turned.append(n)
            difference += (row[1] == 0) - (presence == 0)
            if raw not in (0, row[3]):
                strays.append(raw)
            if listing is not None:
                listing.replaced(raw, shown, row[3])
            if presence == UNSEEN:
                self._seen_first(n, entity.number, place)
        dirt.keep_bases(self._database, place, moved)
        if entity.keyed:
            changed = [(entity.number, place, n) for n in moved]
            self._database.many("INSERT OR IGNORE INTO unkeyed VALUES (?, ?, ?)", changed)
        self._database.many(_REPLACE, replaced)
        self._database.many(_TOUCH, touched)
        dirt.settle(self._database, place, moved + turned)
        self._entities.add(entity.number, _PRESENT[place], difference)
        self._stray(entity.number, place, strays)

    def _seen_first(self, n: int, entity: int, place: int) -> None:
        """A record that only a link named is seen at last: it is loose if that link is gone meanwhile."""
        name = dirt.SIDE_NAMES[place]
        self._database.run(
            f"INSERT OR IGNORE INTO loose SELECT ?2, ?3, ?1 WHERE NOT EXISTS (SELECT 1 FROM link WHERE {name}_n = ?1)",
            (n, entity, place),
        )

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
                    if _older(item.version, version):
                        continue
                    changes.append((to_micros(item.at or at), item.merged_into or None, n))
                    strays.append(raw)
                    were_present += presence == 0
                self._database.many(
                    "UPDATE record SET presence = 2, since = coalesce(since, ?), merged_into = coalesce(?, merged_into) WHERE n = ?",
                    changes,
                )
                dirt.settle(self._database, place, [change[-1] for change in changes])
                self._stray(known.number, place, strays)
                self._entities.add(known.number, _PRESENT[place], -were_present)
                count += len(changes)
        return count

    def miss(self, entity: str, side: Side, generation: int, at: datetime) -> int:
        place = SIDES.index(side)
        with self._database.writing():
            known = self._entities.ensure(entity)
            listing = self._listing(known, place, generation)
            for part in chunks(listing.missing(self._entities.count(known.name, _PRESENT[place]))):
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
        self._entities.add(entity.number, _PRESENT[place], -len(numbers))

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
        return self._entities.count(entity, _PRESENT[SIDES.index(side)])

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

    def keys(self, entity: str, meaning: str, take: Take) -> SqliteKeys | None:
        known = self._entities.find(entity)
        return None if known is None or self._database.read_only else SqliteKeys(self._database, known, meaning, take)

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
                self._entities.add(known.number, _PRESENT[place], -sum(presence == 0 for _, presence, _ in rows))
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

    def _stray(self, entity: int, place: int, raws: Sequence[int]) -> None:
        """What these bytes say is no longer what the mirror holds."""
        self._database.many(
            "INSERT OR IGNORE INTO stray VALUES (?, ?, ?)", [(entity, place, raw) for raw in raws if raw]
        )
        if listing := self._listings.get((entity, place)):
            listing.doubt(raws)

    def _stream(self, entity: str, side: Side, which: str) -> Iterator[Observed]:
        known = self._entities.find(entity)
        if known is None:
            return
        sql = f"SELECT {_ROWS} FROM record WHERE entity = ? AND side = ? AND {which} ORDER BY id"
        for part in self._database.batches(sql, (known.number, SIDES.index(side)), FETCH):
            for row in part:
                if made := observed(row, len(known.layout)):
                    yield made


def _is_plain(row: tuple[Any, ...]) -> bool:
    """Tell whether a row of ``COLUMNS`` is ordinary and has values and fingerprints only."""
    return row[1] == 0 == row[2] and row[7:11] == _NOTHING_ELSE


def _older(version: str | None, than: str | None) -> bool:
    """Tell whether a row version is certainly older: only where both are numbers can that be said."""
    return bool(version and than and version.isdecimal() and than.isdecimal() and int(version) < int(than))
