"""How rows come into the mirror: new ones at the speed of the database, others with what follows from their change."""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from syncengine.model.columns import Sheet
from syncengine.model.record import Observed
from syncengine.model.values import dump_columns, fingerprints
from syncengine.state import dirt
from syncengine.state.database import Database
from syncengine.state.encode import UNSEEN, compact
from syncengine.state.entities import Entities, Known
from syncengine.state.listing import Listing
from syncengine.state.observed import COLUMNS, stored

PRESENT: Final = ("left_present", "right_present")
_INTO: Final = "INSERT INTO record (entity, side, generation, {})"
_NEW: Final = "ON CONFLICT (entity, side, id) DO NOTHING"
_EVERY: Final = _INTO.format(", ".join(COLUMNS))
_PLAIN: Final = _INTO.format("presence, odd, id, raw, fp, version, doc, modified")
_SHEET: Final = _INTO.format("presence, odd, id, raw, fp, version, doc")
"""Most rows have nothing but values, and a value that is bound takes longer than one that is not: None above all."""
_NOTHING_ELSE: Final = (None,) * 4
_REPLACE: Final = f"UPDATE record SET generation = ?, {', '.join(f'{name} = ?' for name in COLUMNS[1:])} WHERE n = ?"
_TOUCH: Final = f"UPDATE record SET generation = ?, {', '.join(f'{name} = ?' for name in COLUMNS[1:-1])} WHERE n = ?"


class Storing:
    """Stores rows inside the caller's transaction.

    Args:
        listings: The listings under way, by entity and side: they are told what was read.
    """

    def __init__(self, database: Database, entities: Entities, listings: Mapping[tuple[int, int], Listing]) -> None:
        self._database = database
        self._entities = entities
        self._listings = listings

    def put(self, entity: Known, place: int, generation: int, rows: Iterable[Observed]) -> int:
        """Store some rows; return how many. Of one id shown twice the newer version stays."""
        latest: dict[str, Observed] = {}
        for row in rows:
            if row.id not in latest or not older(row.version, latest[row.id].version):
                latest[row.id] = row
        self._put(entity, place, generation, [stored(row) for row in latest.values()])
        return len(latest)

    def _put(self, entity: Known, place: int, generation: int, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert what is new at the speed of the database; look closer only at what was there before."""
        number, database = entity.number, self._database
        last = database.number("SELECT max(n) FROM record")
        plain = [(row[0], *row[3:6], row[11], row[6]) for row in rows if _is_plain(row)]
        rest = rows if not plain else [row for row in rows if not _is_plain(row)]
        own = f"({number}, {place}, {generation}"
        born = database.insert(_PLAIN, f"{own}, 0, 0, ?, ?, ?, ?, ?, ?)", plain, _NEW)
        born += database.insert(_EVERY, f"{own}{', ?' * len(COLUMNS)})", rest, _NEW)
        self._born(entity, place, last, born)
        listing = self._listings.get((number, place))
        if listing is None or listing.generation != generation:
            # No listing shows them, so none can tell that they are missing.
            self.stray(number, place, [row[3] for row in rows])
        else:
            listing.read([row[3] for row in rows], born)
            # A row with a problem is read again each time: the problem may be gone with no change of the row.
            listing.doubt(row[3] for row in rows if row[9] is not None)
        if born < len(rows):
            self._replace(entity, place, generation, rows, last)

    def put_sheet(self, entity: Known, place: int, generation: int, sheet: Sheet) -> int:
        """The same for many ordinary rows at once."""
        size, docs = len(sheet.ids), dump_columns(sheet.values, len(sheet.ids))
        prints = fingerprints(docs)
        last = self._database.number("SELECT max(n) FROM record")
        rows = zip(sheet.ids, sheet.raws, prints, sheet.versions, docs, strict=True)
        own = f"({entity.number}, {place}, {generation}, 0, 0, ?, ?, ?, ?, ?)"
        born = self._database.insert(_SHEET, own, rows, _NEW)
        self._born(entity, place, last, born, born)
        if listing := self._listings.get((entity.number, place)):
            listing.read(sheet.raws, born)
        if born < size:
            every = zip(sheet.ids, sheet.raws, prints, sheet.versions, docs, strict=True)
            rest = [
                (id, 0, 0, raw, print_, version, None, *_NOTHING_ELSE, doc) for id, raw, print_, version, doc in every
            ]
            self._replace(entity, place, generation, rest, last)
        return size

    def _born(self, entity: Known, place: int, last: int, born: int, present: int | None = None) -> None:
        """Count the rows that were made after number ``last``: nothing links them yet.

        Args:
            present: How many of them are; None if that is to be counted.
        """
        if born:
            if entity.keyed:
                self._database.run("INSERT INTO unkeyed SELECT entity, side, n FROM record WHERE n > ?", (last,))
            self._database.run("INSERT INTO loose SELECT entity, side, n FROM record WHERE n > ?", (last,))
            if present is None:
                present = self._database.number("SELECT count(*) FROM record WHERE n > ? AND presence = 0", (last,))
            self._entities.add(entity.number, PRESENT[place], present)

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
        replaced, touched, moved, turned, strays, again = [], [], [], [], [], []
        difference, listing = 0, self._listings.get((entity.number, place))
        for row in rows:
            if row[0] not in before:
                continue
            n, (presence, odd, fp, raw, shown, version) = before[row[0]]
            if shown == generation and older(row[5], version):
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
            elif raw and listing is not None and listing.follows:
                again.append(raw)
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
        self._entities.add(entity.number, PRESENT[place], difference)
        self.stray(entity.number, place, strays)
        # Should this listing break off or be one of changes, the blocks are older than these rows; its end as a whole one clears them.
        self._note(entity.number, place, again)

    def _seen_first(self, n: int, entity: int, place: int) -> None:
        """A record that only a link named is seen at last: it is loose if that link is gone meanwhile."""
        name = dirt.SIDE_NAMES[place]
        self._database.run(
            f"INSERT OR IGNORE INTO loose SELECT ?2, ?3, ?1 WHERE NOT EXISTS (SELECT 1 FROM link WHERE {name}_n = ?1)",
            (n, entity, place),
        )

    def stray(self, entity: int, place: int, raws: Sequence[int]) -> None:
        """What these bytes say is no longer what the mirror holds."""
        self._note(entity, place, raws)
        if listing := self._listings.get((entity, place)):
            listing.doubt(raws)

    def _note(self, entity: int, place: int, raws: Sequence[int]) -> None:
        self._database.many(
            "INSERT OR IGNORE INTO stray VALUES (?, ?, ?)", [(entity, place, raw) for raw in raws if raw]
        )


def _is_plain(row: tuple[Any, ...]) -> bool:
    """Tell whether a row of ``COLUMNS`` is ordinary and has values and fingerprints only."""
    return row[1] == 0 == row[2] and row[7:11] == _NOTHING_ELSE


def older(version: str | None, than: str | None) -> bool:
    """Tell whether a row version is certainly older: only where both are numbers can that be said."""
    return bool(version and than and version.isdecimal() and than.isdecimal() and int(version) < int(than))
