"""The contract of a state store, split by subject.

``sqlite.py`` is the one that ships; ``syncengine.testing.store_suite`` holds any other to the same. Everything that must be true together is done
inside one ``transaction()``; a store never commits on its own in between. Reading methods that iterate stream from the database: they hold
no more than a batch in memory, and the caller finishes them before the next write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from syncengine.model.adopted import Adopted
from syncengine.model.columns import KeyMaker, Sheet, TwinPage
from syncengine.model.link import Link, Pair
from syncengine.model.operation import Operation, OperationState
from syncengine.model.plan import LinkChange
from syncengine.model.record import Deletion, Observed, Side
from syncengine.model.review import Answer, Review, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where the next pull of one side of an entity begins.

    Attributes:
        cursor: The connector's own; None if the side was never read whole.
        taken: When the pull that gave it began, aware UTC.
        full: When the side last listed everything, be it with rows that cannot be read; None if never.
        generation: Number of the last pull, be it one that broke off; grows by one each time.
    """

    cursor: str | None = None
    taken: datetime | None = None
    full: datetime | None = None
    generation: int = 0


class Mirror(Protocol):
    """What each side last showed, in the common shape, per entity and side."""

    def known(self, entity: str, side: Side, generation: int, fingerprints: Sequence[int]) -> Sequence[bool]:
        """Mark the rows of the next page of a listing, by their raw fingerprints; say for each whether it is known.

        Known: present, without problem, shown by the last whole listing in these very bytes, and not touched since; such a row counts as
        seen in this generation. Of any other it may say that it is not known, and the caller reads and puts it. 0 is no fingerprint.
        """

    def put(self, entity: str, side: Side, generation: int, rows: Iterable[Observed]) -> int:
        """Store what the side shows now, replacing what was known by the same id; return how many rows."""

    def put_sheet(self, entity: str, side: Side, generation: int, sheet: Sheet) -> int:
        """The same for many ordinary rows at once, column by column; no id twice."""

    def remove(self, entity: str, side: Side, deletions: Iterable[Deletion], at: datetime) -> int:
        """Note deletions on the side's own evidence. One older than the row it deletes (by version, where both are numbers) is ignored."""

    def miss(self, entity: str, side: Side, generation: int, at: datetime) -> int:
        """After a full, complete listing: rows not seen in this generation are MISSING (first time noted in ``since``); return how many are now."""

    def missing(self, entity: str, side: Side) -> Iterator[Observed]:
        """Rows that are MISSING, in order of id."""

    def get(self, entity: str, side: Side, ids: Collection[str]) -> Mapping[str, Observed]:
        """The rows with these ids, of any presence."""

    def rows(self, entity: str, side: Side) -> Iterator[Observed]:
        """All rows, in order of id."""

    def count(self, entity: str, side: Side) -> int:
        """How many rows are PRESENT."""

    def unlinked(self, entity: str, side: Side) -> Iterator[Observed]:
        """PRESENT rows that no link names (a tombstone names its records too), in order of id."""

    def keys(self, entity: str, maker: KeyMaker) -> Keys | None:
        """Which records hold which match keys, made anew if they mean something else than before; None if the store cannot keep them now."""

    def twins(self, entity: str) -> Twins | None:
        """Unlinked records that show equal values; None if the store cannot look for them now."""

    def forget(self, entity: str, side: Side, ids: Collection[str]) -> int:
        """Delete rows without a trace."""

    def stale(self, entity: str) -> None:
        """Forget the raw fingerprints of an entity: after a change of its mapping every row is read and mapped again."""


class Keys(Protocol):
    """The match keys of an entity's records, as they are now. It holds until the next change of the mirror."""

    def rows(self, side: Side, keys: Collection[int], ids: Collection[str], most: int) -> Sequence[Observed] | None:
        """PRESENT rows with one of these ids or one of these keys, and perhaps some that held one before; None if they are more than ``most``."""


class Twins(Protocol):
    """Unlinked ordinary records of an entity's two sides that show equal values, in pairs; and all the other records.

    Where a third record shows the same as a pair, it is among the others or in another pair: whoever links a pair looks who else holds its keys.

    Ordinary: present, in scope, active, unprotected, nothing to tell. It holds until the next ``twins`` or the next change of the mirror.
    """

    def __len__(self) -> int: ...

    def pages(self, fields: Sequence[str]) -> Iterator[TwinPage]:
        """In order of left id, many at a time, with these fields of the layout."""

    def stamps(self, side: Side) -> Iterator[datetime]:
        """When the records of a side last changed, as ``Observed.modified``, as far as it is known; in any order."""

    def shown(self) -> Set[str]:
        """Fields that some of them show."""

    def part(self, left_ids: Collection[str]) -> None:
        """Take these pairs for twins no longer: their records are among the others."""

    def keys(self, maker: KeyMaker) -> Keys:
        """As ``Mirror.keys``, without the twins."""

    def unlinked(self, side: Side) -> Iterator[Observed]:
        """As ``Mirror.unlinked``, without the twins."""

    def rows(self, side: Side) -> Iterator[Observed]:
        """PRESENT rows in order of id, linked or not, without the twins."""


class Links(Protocol):
    """Which records are one entity, and what both sides last agreed on."""

    def pairs(self, entity: str, *, all: bool = False) -> Iterator[Pair]:
        """Pairs that need a decision, in order of left id, right id.

        That is: a side's mirrored values differ from its base, there is no base, a side is not PRESENT, or its scope, activity,
        protection or problem is not the ordinary one. Found by SQL, never by walking all links. ``all``: every pair.
        """

    def get(self, entity: str, side: Side, id: str) -> Sequence[Link]:
        """Links that name this record: none, one, or several where the entity allows ``many``."""

    def get_all(self, entity: str, side: Side, ids: Collection[str]) -> Mapping[str, Sequence[Link]]:
        """``get`` of many records; those that no link names are left out."""

    def partners(self, entity: str, side: Side, ids: Collection[str]) -> Mapping[str, str]:
        """Id on ``side`` → id on the other side, for LINKED ids. Where there are several, the smallest id."""

    def all(self, entity: str | None = None) -> Iterator[Link]:
        """Every link, in order of entity, left id, right id."""

    def count(self, entity: str) -> int:
        """How many are LINKED."""

    def apply(self, changes: Iterable[LinkChange], run: int) -> int:
        """Make, move, or drop links and store their bases; return how many changed.

        Raises:
            StateError: A record would be linked twice where the entity allows one only.
        """

    def adopt(self, links: Adopted, run: int) -> int:
        """Make these links, all at once; return how many. Where they name numbers of records, these are as ``Twins`` told them.

        Where both records show equal values, these become the base and the pair needs no decision; no value passes through Python.
        The others have no base yet and come out of ``pairs``.

        Raises:
            StateError: A record was never read, or would be linked twice where the entity allows one only.
        """

    def layout(self, entity: str) -> tuple[str, ...]:
        """The field names in whose order mirror and bases of the entity are stored; empty if nothing is stored."""

    def relay(self, entity: str, layout: Sequence[str], *, many: Side | None = None) -> None:
        """Store everything of the entity in a new order of fields: a field by the same name keeps its values, a new one is ABSENT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """An operation as the journal knows it.

    Attributes:
        run, plan: Which run accepted it, by which plan's digest.
        attempts: How often it was sent.
        sent_wall, sent_boot: When it was last sent, by both clocks; None if never.
        boot: Identity of the boot to which ``sent_boot`` belongs.
        not_before: Not to be sent or looked up earlier; None if at once.
        answer: What the side said last, for people.
        result: Id of the record it made or changed, once known.
        approved: Who approved the plan; "" for an unattended run.
    """

    operation: Operation
    state: OperationState
    run: int
    plan: str
    attempts: int = 0
    sent_wall: datetime | None = None
    sent_boot: float | None = None
    boot: str = ""
    not_before: datetime | None = None
    answer: str = ""
    result: str = ""
    approved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the lasting history: a write to a side, and what came of it."""

    number: int
    at: datetime
    run: int
    plan: str
    entity: str
    side: Side
    action: str
    id: str
    partner: str
    changes: Sequence[Mapping[str, Any]]
    outcome: str
    answer: str = ""
    approved: str = ""
    digest: str = ""


class Journal(Protocol):
    """Writes noted before they are made, and the lasting history of what was made."""

    def accept(self, operations: Iterable[Operation], *, run: int, plan: str, approved: str, at: datetime) -> int:
        """Note operations as PLANNED. One whose key is noted and not settled yet is left as it stands."""

    def move(
        self,
        key: str,
        state: OperationState,
        *,
        at: datetime,
        sent_boot: float | None = None,
        boot: str = "",
        not_before: datetime | None = None,
        answer: str = "",
        result: str = "",
    ) -> None:
        """Move an operation into another state. SENDING counts an attempt and keeps both clocks.

        Raises:
            StateError: The transition is not legal (``syncengine.model.operation`` states; table in ``state/transitions.py``).
        """

    def move_all(
        self,
        keys: Sequence[str],
        state: OperationState,
        *,
        at: datetime,
        sent_boot: float | None = None,
        boot: str = "",
        not_before: datetime | None = None,
        answer: str = "",
        results: Sequence[str] = (),
    ) -> None:
        """``move`` many operations, none of them twice; ``results`` stand in the order of the keys."""

    def get(self, key: str) -> Noted | None:
        """One operation; None if it was never noted."""

    def noted(self, operations: Sequence[Operation]) -> Iterator[Noted]:
        """What the journal knows of these operations, all of them noted; each as it is given, its references may hold real ids by now."""

    def open(self, *states: OperationState) -> Sequence[Noted]:
        """Operations not settled yet (or in these states), in the order they were accepted."""

    def write_entry(self, noted: Noted, *, outcome: str, at: datetime, answer: str = "") -> Entry:
        """Add a line to the history, chained by digest to the one before it."""

    def write_entries(self, noted: Iterable[Noted], *, outcome: str, at: datetime, answer: str = "") -> None:
        """``write_entry`` for each."""

    def entries(self, *, entity: str | None = None, id: str | None = None, run: int | None = None) -> Iterator[Entry]:
        """The history, oldest first."""

    def verify(self) -> int:
        """Check the chain; return how many entries stand.

        Raises:
            StateError: An entry was changed or removed; says which.
        """


class Reviews(Protocol):
    """The inbox, and what people decided."""

    def renew(self, entity: str, items: Iterable[Review]) -> Sequence[Review]:
        """Make these the entity's open items that planning found. The same subject keeps its number; what no longer occurs is closed."""

    def add(self, items: Iterable[Review]) -> Sequence[Review]:
        """Open items that a write found (refused, uncertain); they stay until decided or settled."""

    def settle(self, subjects: Collection[str]) -> None:
        """Close items by subject."""

    def open(self, entity: str | None = None, kind: Waiting | None = None) -> Sequence[Review]:
        """Open items in order of number."""

    def get(self, number: int) -> Review | None:
        """One item, open or closed."""

    def answer(self, answer: Answer, at: datetime) -> None:
        """Remember a decision, replacing an earlier one about the same subject."""

    def answers(self, entity: str) -> Sequence[Answer]:
        """All remembered decisions of an entity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run as history shows it."""

    number: int
    started: datetime
    ended: datetime | None = None
    command: str = ""
    plan: str = ""
    end: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


class Meta(Protocol):
    """What the state knows of itself: lineage, pins, runs, used plans."""

    def lineage(self) -> str:
        """Random identity given when the state was made; survives copies and backups."""

    def serial(self) -> int:
        """Grows with each committed run; tells an older copy from a newer one."""

    def get(self, key: str) -> str | None:
        """A pinned or noted value."""

    def set(self, key: str, value: str | None) -> None:
        """Pin or note a value; None removes it."""

    def begin_run(self, command: str, at: datetime) -> int:
        """Open a run; return its number."""

    def end_run(
        self, number: int, *, at: datetime, end: int, plan: str = "", counts: Mapping[str, int] | None = None
    ) -> None:
        """Close a run."""

    def runs(self, limit: int = 20) -> Sequence[Run]:
        """Newest first."""

    def use_plan(self, digest: str, at: datetime) -> None:
        """Mark a plan as applied.

        Raises:
            StateError: It was applied before: a plan is single use.
        """


class StateStore(Protocol):
    """All subjects, and the one door to change them."""

    @property
    def mirror(self) -> Mirror: ...
    @property
    def links(self) -> Links: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def reviews(self) -> Reviews: ...
    @property
    def meta(self) -> Meta: ...

    def checkpoint(self, entity: str, side: Side) -> Checkpoint:
        """Where the next pull begins; an empty one if never pulled."""

    def save_checkpoint(self, entity: str, side: Side, checkpoint: Checkpoint) -> None:
        """Move the cursor; in the transaction that stored the rows."""

    def transaction(self, *, durable: bool = True) -> AbstractContextManager[None]:
        """Everything inside is stored whole or not at all. ``durable``: on disk when the block ends.

        Raises:
            StateError: The disk is full, the file damaged, or a newer run took over.
        """

    def rescue(self, notes: Sequence[Mapping[str, str]]) -> str:
        """Keep, outside the database, what a transaction could not take; say where, "" if that failed too. Never raises."""

    def lock(self) -> AbstractContextManager[None]:
        """Hold the run lock; released by the kernel if the process dies.

        Raises:
            LockedError: Another run holds it; says which process since when.
        """

    def close(self) -> None:
        """Let go of the database; may be called twice."""
