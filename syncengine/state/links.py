"""Which records are one entity, and what both sides last agreed on."""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Final

from syncengine.errors import StateError
from syncengine.model.adopted import Adopted, Part
from syncengine.model.link import Link, Pair
from syncengine.model.plan import LinkChange
from syncengine.model.record import Side
from syncengine.state import pairs
from syncengine.state.database import Database
from syncengine.state.dirt import SIDE_NAMES
from syncengine.state.encode import SIDES, chunks, compact
from syncengine.state.entities import Entities, Known
from syncengine.state.layouts import relay
from syncengine.state.linking import Linking
from syncengine.state.pairs import link_sums

_FOUND: Final = """
CREATE TEMP TABLE IF NOT EXISTS found
(left_id TEXT, right_id TEXT, left_n INTEGER, right_n INTEGER, sum INTEGER)
"""
_ADOPT: Final = """
INSERT INTO link (entity, left_n, right_n, left_slot, right_slot, state, dirty, run, matched_by, sum, left_fp, right_fp)
SELECT ?1, l.n, r.n, CASE ?2 WHEN 1 THEN r.n ELSE 0 END, CASE ?2 WHEN 0 THEN l.n ELSE 0 END, 0,
       NOT (l.fp IS r.fp AND l.presence = 0 AND r.presence = 0 AND l.odd = 0 AND r.odd = 0),
       ?3, ?4, found.sum, CASE WHEN l.fp = r.fp THEN l.fp END, CASE WHEN l.fp = r.fp THEN r.fp END
FROM temp.found CROSS JOIN record l CROSS JOIN record r
WHERE l.entity = ?1 AND l.side = 0 AND l.fp IS NOT NULL AND r.entity = ?1 AND r.side = 1 AND r.fp IS NOT NULL
"""
"""One statement for many pairs: what SQLite does to undo a statement halfway costs more than a link."""
_BY_ID: Final = f"{_ADOPT} AND l.id = found.left_id AND r.id = found.right_id"
_BY_NUMBER: Final = (
    f"{_ADOPT} AND l.n = found.left_n AND +l.id = found.left_id AND r.n = found.right_n AND +r.id = found.right_id"
)
"""A number says where a record lies, its id that it is still the one that is meant."""
_LOOSE: Final = "FROM loose WHERE entity = ? AND side = ?"


class SqliteLinks:
    """Links and bases in SQLite; see ``store.Links``."""

    def __init__(self, database: Database, entities: Entities) -> None:
        self._database = database
        self.entities = entities

    def pairs(self, entity: str, *, all: bool = False) -> Iterator[Pair]:
        if known := self.entities.find(entity):
            yield from pairs.stream(self._database, known, only_dirty=not all)

    def get(self, entity: str, side: Side, id: str) -> Sequence[Link]:
        return self.get_all(entity, side, [id]).get(id, [])

    def get_all(self, entity: str, side: Side, ids: Collection[str]) -> Mapping[str, Sequence[Link]]:
        known = self.entities.find(entity)
        if known is None:
            return {}
        alias = "l" if side is Side.LEFT else "r"
        which = (
            f"{alias}.entity = link.entity AND {alias}.side = {SIDES.index(side)}"
            f" AND {alias}.id IN (SELECT value FROM json_each(?))"
        )
        found: dict[str, list[Link]] = {}
        for part in chunks(ids):
            numbers = pairs.numbered(self._database, known, which, compact([id for id in part if id]))
            for pair in pairs.pairs(self._database, known, numbers):
                link = pair.link
                found.setdefault(link.left_id if side is Side.LEFT else link.right_id, []).append(link)
        return found

    def partners(self, entity: str, side: Side, ids: Collection[str]) -> Mapping[str, str]:
        known = self.entities.find(entity)
        if known is None:
            return {}
        place = SIDES.index(side)
        own, other = SIDE_NAMES[place], SIDE_NAMES[1 - place]
        found: dict[str, str] = {}
        for part in chunks(ids):
            rows = self._database.all(
                f"SELECT o.id, min(p.id) FROM record o JOIN link ON link.{own}_n = o.n JOIN record p ON p.n = link.{other}_n"
                " WHERE o.entity = ? AND o.side = ? AND o.id IN (SELECT value FROM json_each(?)) AND link.state = 0 GROUP BY o.id",
                (known.number, place, compact(part)),
            )
            found.update(rows)
        return found

    def all(self, entity: str | None = None) -> Iterator[Link]:
        for known in self.entities.all():
            if entity is None or known.name == entity:
                yield from (pair.link for pair in pairs.stream(self._database, known, only_dirty=False))

    def count(self, entity: str) -> int:
        return self.entities.count(entity, "linked")

    def apply(self, changes: Iterable[LinkChange], run: int) -> int:
        with self._database.writing():
            linking = Linking(self._database, self.entities, run)
            return sum(linking.apply(change) for change in changes)

    def adopt(self, links: Adopted, run: int) -> int:
        with self._database.writing():
            known = self.entities.ensure(links.entity)
            self._database.run(_FOUND)
            last = self._database.number("SELECT max(n) FROM link")
            # Before the links are made: they take the room of what is deleted.
            some = [place for place in range(len(SIDES)) if not self._bind_all(known, place, len(links))]
            for part in links.parts():
                try:
                    made = self._adopt(known, part, run)
                except sqlite3.IntegrityError as fault:
                    raise self._taken(known, part, run) from fault
                if made != len(part.lefts):
                    wrong = f"{len(part.lefts) - made} of {len(part.lefts)} pairs name a record that was never read."
                    raise StateError(f"{known.name}: {wrong}")
            for place in some:
                self._database.run(
                    f"DELETE {_LOOSE} AND n IN (SELECT {SIDE_NAMES[place]}_n FROM link WHERE n > ?)",
                    (known.number, place, last),
                )
            self.entities.add(known.number, "linked", len(links))
        return len(links)

    def _adopt(self, entity: Known, part: Part, run: int) -> int:
        """Link pairs of records that were read; return how many."""
        many, made = None if entity.many is None else SIDES.index(entity.many), 0
        for rule in sorted(set(part.rules)):
            lefts, rights, _, numbers = part.by(rule)
            sums = link_sums(entity.name, lefts, rights, 0, rule, run)
            rows = zip(lefts, rights, *(numbers or (repeat(0), repeat(0))), sums, strict=False)
            self._database.run("DELETE FROM temp.found")
            self._database.insert("INSERT INTO temp.found", "(?, ?, ?, ?, ?)", rows)
            sql = _BY_ID if numbers is None else _BY_NUMBER
            made += self._database.run(sql, (entity.number, many, run, rule)).rowcount
        return made

    def _bind_all(self, entity: Known, place: int, made: int) -> bool:
        """Every loose record of a side is linked now; False, and nothing done, if some may stay loose.

        None of the records to be linked has a link yet. So where as many are loose, no other is: to delete all takes a quarter of the time.
        """
        own = (entity.number, place)
        if entity.many is not None or self._database.number(f"SELECT count(*) {_LOOSE}", own) != made:
            return False
        self._database.run(f"DELETE {_LOOSE}", own)
        return True

    def _taken(self, entity: Known, part: Part, run: int) -> StateError:
        """Find the pair that cannot be linked, by linking one after the other; the caller's transaction undoes it."""
        for left, right, rule in zip(part.lefts, part.rights, part.rules, strict=True):
            try:
                self._adopt(entity, Part([left], [right], [rule], None), run)
            except sqlite3.IntegrityError:
                return pairs.twice(entity, left, right)
        return pairs.twice(entity, part.lefts[0], part.rights[-1])

    def drop(self, link: Link) -> None:
        """Unlink, leaving no tombstone."""
        self.apply([LinkChange(entity=link.entity, left_id=link.left_id, right_id=link.right_id, state=None)], link.run)

    def layout(self, entity: str) -> tuple[str, ...]:
        known = self.entities.find(entity)
        return () if known is None else known.layout

    def relay(self, entity: str, layout: Sequence[str], *, many: Side | None = None) -> None:
        with self._database.writing():
            relay(self._database, self.entities, entity, tuple(layout), many)
