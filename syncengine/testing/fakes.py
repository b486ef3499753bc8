"""Stand-ins for the world: a clock and identifiers that tests own, and a side that fails on schedule.

``FaultyConnector`` stands in front of any connector. What it does wrong is data: a list of ``Fault``, each due at one door (``write``, ``pull``,
``fetch``, ``find``) after so many calls, and ``Habits`` that it always has, such as upper-casing what it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Literal

from syncengine.connector import Budget, Connector, Cursor, End, Note, Outcome, Page, Query
from syncengine.errors import ConnectorError, Rejected, Stale, Transient, Uncertain
from syncengine.model.operation import Action, Operation, Pending, Written
from syncengine.model.record import Record, Value
from syncengine.model.resource import Resource

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class FakeClock:
    """Time that passes only when told to.

    Attributes:
        slept: What was asked of ``sleep``, in seconds and in order.
    """

    def __init__(self, start: datetime = START) -> None:
        self._wall = start
        self._boot = 1000.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._wall

    def monotonic(self) -> float:
        return self._boot

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self._wall += timedelta(seconds=seconds)
        self._boot += seconds

    def step(self, seconds: float) -> None:
        """Set the wall clock forward or back; no time passes."""
        self._wall += timedelta(seconds=seconds)


class FakeIds:
    """Identifiers that are the same in every run."""

    def __init__(self, seed: int = 0) -> None:
        self._seed, self._count = seed, 0

    def token(self, size: int = 16) -> str:
        self._count += 1
        return blake2b(f"{self._seed}:{self._count}".encode(), digest_size=size).hexdigest()


Door = Literal["write", "pull", "fetch", "find"]


class Kind(StrEnum):
    """What goes wrong."""

    TRANSIENT = "transient"
    """Any door: it cannot be asked now; nothing was done."""
    LOST_DONE = "lost_done"
    """Write: it took effect, the answer is lost."""
    LOST_NOT_DONE = "lost_not_done"
    """Write: it never arrived, and no answer came."""
    LATE = "late"
    """Write: no answer came, and it takes effect ``seconds`` later."""
    REJECTED = "rejected"
    """Write: the side refuses the record, naming ``field``."""
    STALE = "stale"
    """Write: the side says that the record moved."""
    IGNORED = "ignored"
    """Write: answered as done, and nothing happened. A create cannot be: it would have no id."""
    CUT = "cut"
    """Pull: it stops after some pages, without an ``End``."""
    SHORT = "short"
    """Pull: the last ``share`` of the rows is not there, and the side admits it."""
    SHRUNK = "shrunk"
    """Pull: the last ``share`` of the rows is not there, and the side calls it everything."""
    EMPTY = "empty"
    """Pull: no row at all, and the side calls it everything."""
    TWICE = "twice"
    """Pull: every row comes twice."""
    FIELD_MISSING = "field_missing"
    """Pull: ``field`` is in no record."""
    FIELD_EMPTY = "field_empty"
    """Pull: ``field`` is empty in every record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        door: Where; for ``write`` each operation of a batch is a call of its own.
        skip: How many calls at that door go well first.
        times: How many calls it then spoils.
        action: Only writes of this action count; None for all.
    """

    kind: Kind
    door: Door = "write"
    skip: int = 0
    times: int = 1
    action: Action | None = None
    field: str = ""
    seconds: float = 0.0
    share: float = 0.5


Rewrite = Callable[[Value], Value]


def on_text(change: Callable[[str], str]) -> Rewrite:
    """Make a habit of what changes a text: ``on_text(str.upper)``, ``on_text(str.strip)``; other values stay."""
    return lambda value: change(value) if isinstance(value, str) else value


def padded(width: int) -> Rewrite:
    """Text is padded with spaces on the left."""
    return on_text(lambda text: text.rjust(width))


def truncated(width: int) -> Rewrite:
    """Text is cut off without a word."""
    return on_text(lambda text: text[:width])


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a side always does.

    Attributes:
        rewrites: Field → how it is kept.
        ignores: Fields that are accepted and never stored.
        shows: False: a write does not show the record afterwards.
    """

    rewrites: Mapping[str, Rewrite] = field(default_factory=dict)
    ignores: frozenset[str] = frozenset()
    shows: bool = True


@dataclass(slots=True)
class _Due:
    fault: Fault
    skip: int
    times: int


@dataclass(slots=True, kw_only=True)
class _Row:
    row: Any
    missing: str = ""
    empty: str = ""


class FaultyConnector:
    """A connector with faults in front of it.

    Attributes:
        fired: The faults that happened, in order.
    """

    def __init__(
        self, inner: Connector, clock: FakeClock, faults: Sequence[Fault] = (), habits: Habits | None = None
    ) -> None:
        self._inner, self._clock, self._habits = inner, clock, habits or Habits()
        self._due: list[_Due] = []
        self._late: list[tuple[float, Operation]] = []
        self.fired: list[Fault] = []
        self.schedule(*faults)

    def schedule(self, *faults: Fault) -> None:
        """Add faults; of several due at one call the first happens."""
        self._due += [_Due(fault, fault.skip, fault.times) for fault in faults]

    def heal(self) -> None:
        """Drop all faults that did not happen yet. What is under way still arrives."""
        self._due.clear()

    def identity(self) -> str:
        return self._inner.identity()

    def resources(self) -> Mapping[str, Resource]:
        return self._inner.resources()

    def pull(self, query: Query, since: Cursor | None) -> Iterator[Page]:
        fault = self._next("pull")
        if fault is None:
            yield from self._inner.pull(query, since)
            return
        kind, pages = fault.kind, list(self._inner.pull(query, since))
        rows = [row for page in pages for row in page.rows]
        end = pages[-1].end
        assert end is not None, "the inner side must be a whole one"
        keep = len(rows) - max(1, int(len(rows) * fault.share))
        if kind is Kind.CUT:
            yield Page(rows=[_Row(row=row) for row in rows[:keep]])
            return
        if kind in (Kind.SHORT, Kind.SHRUNK):
            rows = rows[: max(0, keep)]
        shown: dict[Kind, list[_Row]] = {
            Kind.EMPTY: [],
            Kind.TWICE: [_Row(row=row) for row in rows + rows],
            Kind.FIELD_MISSING: [_Row(row=row, missing=fault.field) for row in rows],
            Kind.FIELD_EMPTY: [_Row(row=row, empty=fault.field) for row in rows],
        }
        yield Page(rows=shown.get(kind, [_Row(row=row) for row in rows]))
        yield Page(deleted=[gone for page in pages for gone in page.deleted], end=_end(end, kind))

    def parse(self, query: Query, row: Any) -> Record:
        if not isinstance(row, _Row):
            return self._inner.parse(query, row)
        record = self._inner.parse(query, row.row)
        fields = {name: value for name, value in record.fields.items() if name != row.missing}
        return replace(record, fields={name: None if name == row.empty else value for name, value in fields.items()})

    def fetch(self, query: Query, ids: Sequence[str]) -> Mapping[str, Record]:
        self._next("fetch")
        return self._inner.fetch(query, ids)

    def write(self, operations: Sequence[Operation]) -> Sequence[Outcome]:
        return [self._write(operation) for operation in operations]

    def find(self, operation: Operation) -> Sequence[Record]:
        self._next("find")
        return self._inner.find(operation)

    def budget(self) -> Budget:
        return self._inner.budget()

    def check(self) -> Sequence[Note]:
        return self._inner.check()

    def close(self) -> None:
        self._inner.close()

    def _next(self, door: Door, action: Action | None = None) -> Fault | None:
        """The fault due at this call, if any; first what is late arrives.

        Raises:
            Transient: That is the fault.
        """
        self._arrive()
        found: Fault | None = None
        for due in self._due:
            if due.fault.door != door or due.fault.action not in (None, action) or due.times == 0:
                continue
            if due.skip:
                due.skip -= 1
            elif found is None:
                due.times -= 1
                found = due.fault
        if found is not None:
            self.fired.append(found)
            if found.kind is Kind.TRANSIENT:
                raise Transient("the side cannot be asked now (a fault on schedule)")
        return found

    def _arrive(self) -> None:
        now = self._clock.monotonic()
        arrived = [operation for due, operation in self._late if due <= now]
        self._late = [(due, operation) for due, operation in self._late if due > now]
        for operation in arrived:
            self._do(operation)

    def _write(self, operation: Operation) -> Outcome:
        try:
            fault = self._next("write", operation.action)
        except ConnectorError as error:
            return error
        if fault is None:
            return self._do(operation)
        if fault.kind is Kind.LOST_DONE:
            outcome = self._do(operation)
            return Uncertain("no answer came (it was done)") if isinstance(outcome, Written) else outcome
        if fault.kind is Kind.LATE:
            self._late.append((self._clock.monotonic() + fault.seconds, operation))
            return Uncertain("no answer came (it is still under way)")
        refused: dict[Kind, ConnectorError] = {
            Kind.LOST_NOT_DONE: Uncertain("no answer came (it never arrived)"),
            Kind.REJECTED: Rejected(f"the side refuses {fault.field or 'the record'}", status="400", field=fault.field),
            Kind.STALE: Stale("the record moved; nothing was written", status="412"),
        }
        return refused.get(fault.kind) or Written(id=operation.id)

    def _do(self, operation: Operation) -> Outcome:
        kept: dict[str, Value | Pending] = {}
        for name, value in operation.values.items():
            rewrite = self._habits.rewrites.get(name)
            if name not in self._habits.ignores:
                kept[name] = value if rewrite is None or isinstance(value, Pending) else rewrite(value)
        (outcome,) = self._inner.write([replace(operation, values=kept)])
        if isinstance(outcome, Written) and not self._habits.shows:
            return replace(outcome, record=None)
        return outcome


def _end(end: End, kind: Kind) -> End:
    if kind is Kind.SHORT:
        return replace(end, complete=False, why="the side's count was not reached")
    return end
