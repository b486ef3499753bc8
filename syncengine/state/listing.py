"""Which rows a listing shows as the one before showed them: told by their raw fingerprints, a page at a time.

The fingerprints of a whole listing are kept in its order, one block for each page. A page that equals its block is one comparison, so a
listing without a change costs next to nothing; a row is looked for among its neighbours first, and among all only if many are not found
there. An index over fingerprints would cost a third of storing the rows.

What the blocks say holds for a row that is present, without problem, and was not touched since: the raw fingerprint of any other is a
*stray*. A listing that breaks off leaves the blocks as they were.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from syncengine.state.database import Database

_FEW: Final = 2_000
"""Fingerprints asked for before all are loaded to find them: a short question must not cost what a long listing may."""

_NEVER: Final = -1
_DOUBLE: Final = 0
"""A stray that is no fingerprint: a row was shown twice in the last listing, so a count of rows proves nothing in the next one."""


class Listing:
    """One listing of one side of an entity, from its first page to its end.

    Attributes:
        generation: The pull's number.
        follows: A listing before this one is known.
    """

    def __init__(self, database: Database, entity: int, side: int, generation: int) -> None:
        self.generation = generation
        self._database, self._side = database, (entity, side)
        head = database.one("SELECT max(generation), count(*) FROM listed WHERE entity = ? AND side = ?", self._side)
        assert head is not None
        self._listed: int = _NEVER if head[0] is None else head[0]
        self._blocks: int = head[1]
        self.follows = self._blocks > 0
        strays = database.all("SELECT raw FROM stray WHERE entity = ? AND side = ?", self._side)
        # 0 stands for a row without fingerprint.
        self._never: frozenset[int] = frozenset((0, *(raw for (raw,) in strays)))
        self._strays: set[int] = set(self._never)
        self._next = self._asked = self._shown = self._size = 0
        self._near: set[int] = set()
        self._pages: list[bytes | None] = []
        self._unread: set[int] = set()
        self._untrue: set[int] = set()
        self._sure, self._doubles = (_DOUBLE,) not in strays, False

    def mark(self, prints: Sequence[int]) -> list[bool]:
        """Mark the rows of the next page; say for each whether it is known."""
        size, own = len(prints), array("q", prints).tobytes()
        self._size += size
        if self._block(self._next) == own and self._strays.isdisjoint(prints):
            self._next += 1
            self._shown += size
            self._pages.append(None if self._next == len(self._pages) + 1 else own)
            return [True] * size
        self._pages.append(own)
        self._asked += size
        every = set(prints)
        unknown = self._find(every)
        self._unread |= unknown
        self._shown += len(every) - len(unknown)
        if not unknown or len(unknown) == len(every):
            return [not unknown] * size
        return [print_ not in unknown for print_ in prints]

    def _find(self, prints: set[int]) -> set[int]:
        """Take these fingerprints from those at hand, looked for nearby first, then farther; return those that say nothing."""
        doubted = prints & self._strays
        wanted = prints - doubted if doubted else prints
        self._load(len(wanted))
        lost = self._take(wanted)
        if lost and self._next < self._blocks:
            self._load(len(wanted) + len(lost))
            lost = self._take(lost)
            if self._asked > _FEW and len(lost) > len(wanted) // 4:
                self._load(None)
                lost = self._take(lost)
        return lost | doubted if doubted else lost

    def _take(self, prints: set[int]) -> set[int]:
        """Take away those of these fingerprints that are at hand; return the others."""
        near, before = self._near, len(self._near)
        if not near:
            return prints
        # Each look-up in so many misses the processor's caches: one for each has to do. What was not there stands there now.
        near ^= prints
        if len(near) == before - len(prints):
            return set()
        others = near & prints
        near -= others
        return others

    def _load(self, least: int | None) -> None:
        """Have at least so many fingerprints at hand, or all."""
        while self._next < self._blocks and (least is None or len(self._near) < least):
            raws = array("q", self._block(self._next) or b"")
            before = len(self._near)
            self._near.update(raws)
            self._near.discard(0)
            # Two rows that cannot be told apart, or one that was shown twice: then a count proves nothing.
            self._sure &= len(self._near) == before + len(raws)
            self._next += 1

    def _block(self, place: int) -> bytes | None:
        row = self._database.one(
            "SELECT raws FROM listed WHERE entity = ? AND side = ? AND place = ?", (*self._side, place)
        )
        return None if row is None else row[0]

    def read(self, raws: Sequence[int], born: int) -> None:
        """Rows were stored that were read from these bytes.

        Args:
            born: How many of them were never seen before; ``replaced`` tells of each of the others.
        """
        self._unread.difference_update(raws)
        self._shown += born

    def replaced(self, raw: int, generation: int, now: int) -> None:
        """A row was stored in place of another.

        Args:
            raw, generation: Of the one before.
            now: Its raw fingerprint from now on.
        """
        again = generation == self.generation
        if again:
            pass  # read before in this listing, and counted then
        elif raw in self._near:
            self._near.discard(raw)
            self._shown += 1
        elif raw in self._never or generation > self._listed:
            self._shown += 1  # it cannot have been known
        else:
            # Known before in this listing, perhaps: then a count would not tell, nor what its bytes are next time.
            again, self._sure = True, False
        if again or raw != now:
            self.doubt((raw,))

    def doubt(self, raws: Iterable[int]) -> None:
        """Rows with these fingerprints are to be read again when they are shown again."""
        self._untrue.update(raws)
        self._strays.update(raws)

    def missing(self, present: int) -> list[int]:
        """Numbers of the present rows that this listing did not show, now that it has ended whole.

        Args:
            present: How many rows are present.
        """
        gone = self._gone(present)
        self._doubles = self._size != present - len(gone)
        return gone

    def _gone(self, present: int) -> list[int]:
        if self._next < self._blocks:
            self._load(None)
        if self._sure and self._near <= self._strays and self._shown == present:
            return []
        # A row that is known keeps the generation it had when it was listed; any other that is shown gets this one's.
        near, listed = self._near | self._strays, self._listed
        rows = self._database.batches(
            "SELECT n, raw, generation FROM record WHERE entity = ? AND side = ? AND presence = 0 AND generation <> ?",
            (*self._side, self.generation),
        )
        return [n for part in rows for n, raw, at in part if at > listed or raw in near]

    def keep(self) -> None:
        """Store the fingerprints of this listing, for the next one."""
        database, (entity, side) = self._database, self._side
        database.run(
            "DELETE FROM listed WHERE entity = ? AND side = ? AND place >= ?", (entity, side, len(self._pages))
        )
        changed = [(entity, side, place, raws) for place, raws in enumerate(self._pages) if raws is not None]
        database.many("INSERT OR REPLACE INTO listed (entity, side, place, raws) VALUES (?, ?, ?, ?)", changed)
        database.run(
            "UPDATE listed SET generation = ? WHERE entity = ? AND side = ? AND place = 0",
            (self.generation, entity, side),
        )
        database.run("DELETE FROM stray WHERE entity = ? AND side = ?", (entity, side))
        doubles = {_DOUBLE} if self._doubles else set()
        strays = [(entity, side, raw) for raw in (self._untrue | self._unread) - {0} | doubles]
        database.many("INSERT INTO stray (entity, side, raw) VALUES (?, ?, ?)", strays)


def forget(database: Database, entity: int, side: int, raws: Collection[int]) -> None:
    """Leave no fingerprint of these rows, nor of what any row was before: which of those were theirs is not known."""
    former = database.all(
        "SELECT raw FROM stray WHERE entity = ?1 AND side = ?2 AND raw <> ?3"
        " AND raw NOT IN (SELECT raw FROM record WHERE entity = ?1 AND side = ?2)",
        (entity, side, _DOUBLE),
    )
    wanted = {*raws, *(raw for (raw,) in former)}
    database.many(
        "DELETE FROM stray WHERE entity = ? AND side = ? AND raw = ?", [(entity, side, raw) for raw in wanted]
    )
    for n, block in database.all("SELECT n, raws FROM listed WHERE entity = ? AND side = ?", (entity, side)):
        known = array("q", block)
        if not wanted.isdisjoint(known):
            left = array("q", (0 if raw in wanted else raw for raw in known))
            database.run("UPDATE listed SET raws = ? WHERE n = ?", (left.tobytes(), n))
