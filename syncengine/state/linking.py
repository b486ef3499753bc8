"""Makes, moves and drops links one at a time, and stores their bases."""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

import sqlite3
from typing import Any, Final

from syncengine.model.link import Base, LinkState
from syncengine.model.plan import LinkChange
from syncengine.model.values import dump, fingerprint
from syncengine.state import dirt
from syncengine.state.database import Database
from syncengine.state.encode import LINK_STATES, SIDES, UNSEEN
from syncengine.state.entities import Entities, Known
from syncengine.state.pairs import link_sum, twice

AGREED: Final = "agreed"
"""``LinkChange.matched_by`` where only the base moves."""

_FIND: Final = (
    "SELECT n, state, matched_by, run, left_fp, right_fp FROM link WHERE entity = ? AND left_n IS ? AND right_n IS ?"
)


class Linking:
    """The changes of one run, applied in order inside one transaction."""

    def __init__(self, database: Database, entities: Entities, run: int) -> None:
        self._database = database
        self._entities = entities
        self._run = run
        self._known: dict[str, Known] = {}

    def apply(self, change: LinkChange) -> int:
        """Apply one change; 1 if anything is other than before.

        Raises:
            StateError: A record would be linked twice.
        """
        entity = self._entity(change.entity)
        here = (change.left_id, change.right_id)
        row, old = self._link(entity, change.moves or here)
        if change.state is None:
            return self._drop(entity, row, *old)
        moved = row is not None and change.moves not in (None, here)
        if row is not None and moved:
            row = self._move(entity, change, row, old)
        elif row is None and change.moves:
            # Moved already: a step that is done again must end as it did.
            row, _ = self._link(entity, here)
        if row is None:
            return self._make(entity, change)
        return self._renew(entity, change, row) or int(moved)

    def _link(
        self, entity: Known, ids: tuple[str, str]
    ) -> tuple[tuple[Any, ...] | None, tuple[int | None, int | None]]:
        """The link of a pair, and the numbers of its records, as far as they are known."""
        left, right = self._find(entity, 0, ids[0]), self._find(entity, 1, ids[1])
        if (left is None and ids[0]) or (right is None and ids[1]) or (left is None and right is None):
            return None, (left, right)
        return self._database.one(_FIND, (entity.number, left, right)), (left, right)

    def _make(self, entity: Known, change: LinkChange) -> int:
        assert change.state is not None
        left, right = self._ensure(entity, 0, change.left_id), self._ensure(entity, 1, change.right_id)
        state = LINK_STATES.index(change.state)
        total = link_sum(entity.name, change.left_id, change.right_id, state, change.matched_by, self._run)
        try:
            made = self._database.run(
                "INSERT INTO link (entity, left_n, right_n, left_slot, right_slot, state, dirty, run, matched_by, sum)"
                " VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?)",
                (entity.number, left, right, *_slots(entity, left, right), state, self._run, change.matched_by, total),
            )
        except sqlite3.IntegrityError as fault:
            raise twice(entity, change.left_id, change.right_id) from fault
        self._bind(entity, (left, right))
        self._entities.add(entity.number, "linked", int(change.state is LinkState.LINKED))
        assert made.lastrowid is not None
        self._rebase(made.lastrowid, change.base)
        return 1

    def _renew(self, entity: Known, change: LinkChange, row: tuple[Any, ...]) -> int:
        """Move a link that is there into another state, give it another base, or both."""
        assert change.state is not None
        n, state, matched_by, run, left_fp, right_fp = row
        new = LINK_STATES.index(change.state)
        based = change.base is not None and self._rebase(n, change.base, (left_fp, right_fp))
        if new == state:
            return int(based)
        total = link_sum(entity.name, change.left_id, change.right_id, new, matched_by, run)
        self._database.run("UPDATE link SET state = ?, sum = ? WHERE n = ?", (new, total, n))
        dirt.mark(self._database, n)
        self._entities.add(entity.number, "linked", (new == 0) - (state == 0))
        return 1

    def _move(
        self, entity: Known, change: LinkChange, row: tuple[Any, ...], old: tuple[int | None, int | None]
    ) -> tuple[Any, ...]:
        """Let a link name other records than before; it keeps what was agreed on."""
        n, state, matched_by, run, left_fp, right_fp = row
        for name in dirt.SIDE_NAMES:
            self._database.run(
                f"UPDATE link SET {name}_base = (SELECT doc FROM record WHERE n = link.{name}_n)"
                f" WHERE n = ? AND {name}_fp IS NOT NULL AND {name}_base IS NULL",
                (n,),
            )
        new = self._ensure(entity, 0, change.left_id), self._ensure(entity, 1, change.right_id)
        if change.matched_by and change.matched_by != AGREED:
            matched_by = change.matched_by
        total = link_sum(entity.name, change.left_id, change.right_id, state, matched_by, run)
        try:
            self._database.run(
                "UPDATE link SET left_n = ?, right_n = ?, left_slot = ?, right_slot = ?, matched_by = ?, sum = ? WHERE n = ?",
                (*new, *_slots(entity, *new), matched_by, total, n),
            )
        except sqlite3.IntegrityError as fault:
            raise twice(entity, change.left_id, change.right_id) from fault
        self._bind(entity, new)
        for place in range(len(SIDES)):
            if old[place] not in (None, new[place]):
                self._release(entity, place, old[place])
            if (record := new[place]) is not None:
                dirt.settle(self._database, place, [record])
        dirt.mark(self._database, n)
        return n, state, matched_by, run, left_fp, right_fp

    def _drop(self, entity: Known, row: tuple[Any, ...] | None, left: int | None, right: int | None) -> int:
        if row is None:
            return 0
        self._database.run("DELETE FROM link WHERE n = ?", (row[0],))
        self._entities.add(entity.number, "linked", -int(row[1] == 0))
        self._release(entity, 0, left)
        self._release(entity, 1, right)
        return 1

    def _bind(self, entity: Known, records: tuple[int | None, int | None]) -> None:
        """A link names these records: they are loose no longer."""
        rows = [(entity.number, place, record) for place, record in enumerate(records)]
        self._database.many("DELETE FROM loose WHERE entity = ? AND side = ? AND n = ?", rows)

    def _release(self, entity: Known, place: int, record: int | None) -> None:
        """A link no longer names this record: it is loose, or nobody knows it any more, unless another link names it."""
        name = dirt.SIDE_NAMES[place]
        if record is None or self._database.one(f"SELECT 1 FROM link WHERE {name}_n = ?", (record,)):
            return
        self._database.run("DELETE FROM record WHERE n = ? AND presence = ?", (record, UNSEEN))
        self._database.run(
            "INSERT OR IGNORE INTO loose SELECT entity, side, n FROM record WHERE n = ? AND presence <> ?",
            (record, UNSEEN),
        )

    def _rebase(self, link: int, base: Base | None, before: tuple[int | None, int | None] = (None, None)) -> bool:
        """Store what both sides agreed on; values that the mirror shows as well are shared with it, not stored again."""
        if base is None:
            dirt.mark(self._database, link)
            return False
        docs = dump(base.left), dump(base.right)
        prints = tuple(fingerprint(doc.encode()) for doc in docs)
        if prints == before:
            return False
        self._database.run(
            "UPDATE link SET left_fp = ?1, right_fp = ?2,"
            " left_base = CASE WHEN (SELECT fp FROM record WHERE n = link.left_n) IS ?1 THEN NULL ELSE ?3 END,"
            " right_base = CASE WHEN (SELECT fp FROM record WHERE n = link.right_n) IS ?2 THEN NULL ELSE ?4 END"
            " WHERE n = ?5",
            (*prints, *docs, link),
        )
        dirt.mark(self._database, link)
        return True

    def _entity(self, name: str) -> Known:
        if name not in self._known:
            self._known[name] = self._entities.ensure(name)
        return self._known[name]

    def _find(self, entity: Known, place: int, id: str) -> int | None:
        """Number of a record; None if nobody ever named it."""
        if not id:
            return None
        row = self._database.one(
            "SELECT n FROM record WHERE entity = ? AND side = ? AND id = ?", (entity.number, place, id)
        )
        return None if row is None else int(row[0])

    def _ensure(self, entity: Known, place: int, id: str) -> int | None:
        """Number of a record, which a link may name before the mirror sees it; None for the id "" of a tombstone."""
        if not id or (number := self._find(entity, place, id)) is not None:
            return number if id else None
        made = self._database.run(
            "INSERT INTO record (entity, side, id, presence, odd, raw, generation) VALUES (?, ?, ?, ?, 0, 0, 0)",
            (entity.number, place, id, UNSEEN),
        )
        return made.lastrowid


def _slots(entity: Known, left: int | None, right: int | None) -> tuple[int, int]:
    """Second half of the unique index of each side: 0 where a record may be linked once, its partner where it may several times."""
    many = entity.many
    return (right or 0) if many is SIDES[1] else 0, (left or 0) if many is SIDES[0] else 0
