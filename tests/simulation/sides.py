"""A side of the simulation: what people and the engine do to it is watched, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from syncengine.connector import Cursor, Outcome, Page, Query
from syncengine.model.operation import Action, Operation, Written
from syncengine.model.record import Record, Value
from syncengine.model.resource import Deletions, FieldFacts, Kind, Resource
from syncengine.testing.fakes import FakeClock, FaultyConnector, Habits
from syncengine_connectors.memory import Memory
from tests.interrupt.tripwire import Tripwire
from tests.simulation.ledger import Ledger

SETTLE = 420.0

PROFILES: Mapping[str, Mapping[str, Any]] = {
    # As a file: checks versions itself, shows what it wrote, takes many at once.
    "checked": {"checked": True, "conditional": True, "write_batch": 100, "fetch_size": 100},
    # As Exact: no versions, an update is answered without the record, unanswered writes may still arrive.
    "quiet": {"settle": SETTLE, "confirm": True},
    # Shows what it wrote, but knows no versions.
    "plain": {"settle": SETTLE},
}


def resource(name: str, fields: Sequence[str], profile: str, *, listing: bool, unique: bool) -> Resource:
    """A resource whose field names are the same on both sides."""
    facts = {n: FieldFacts(name=n, kind=Kind.TEXT, unique=unique and n == "Code") for n in fields}
    return Resource(
        name=name,
        fields=facts,
        delete=True,
        incremental=not listing,
        deletions=Deletions.LISTING if listing else Deletions.FEED,
        **PROFILES[profile],
    )


@dataclass(kw_only=True)
class Watch:
    """What a side tells while the engine is at its doors.

    Attributes:
        noted: What the journal holds of an operation's key just now.
        between: Called at each door; people may act there. Told the door.
    """

    ledger: Ledger
    side: str
    noted: Callable[[str], Operation | None] = lambda key: None
    between: Callable[[str, str], None] = lambda side, door: None
    fetched: dict[tuple[str, str], int] = field(default_factory=dict)


class SimSide(FaultyConnector):
    """A memory side with faults and habits, whose every change of a cell is told to the ledger."""

    def __init__(
        self, inner: Memory, clock: FakeClock, watch: Watch, habits: Habits, *, versions: bool, listing: bool
    ) -> None:
        super().__init__(inner, clock, habits=habits)
        self.memory, self.watch = inner, watch
        self.wire = Tripwire()
        self._versions, self._listing = versions, listing
        self.carried_out = self.arrived = 0
        self._sent_at: dict[str, int] = {}
        self._sending: frozenset[str] = frozenset()

    def pull(self, query: Query, since: Cursor | None) -> Iterator[Page]:
        self.watch.between(self.watch.side, "pull")
        for page in super().pull(query, None if self._listing else since):
            self.wire.effect("page")
            yield page

    def parse(self, query: Query, row: Any) -> Record:
        return self._bare(super().parse(query, row))

    def fetch(self, query: Query, ids: Sequence[str]) -> Mapping[str, Record]:
        self.watch.between(self.watch.side, "fetch")
        self.wire.effect("before fetch")
        found = super().fetch(query, ids)
        self.watch.fetched.update(((query.resource, id), self.watch.ledger.moment) for id in ids)
        return {id: self._bare(record) for id, record in found.items()}

    def find(self, operation: Operation) -> Sequence[Record]:
        self.watch.between(self.watch.side, "find")
        self.wire.effect("before find")
        return [self._bare(record) for record in super().find(operation)]

    def write(self, operations: Sequence[Operation]) -> Sequence[Outcome]:
        if self._versions:
            self.watch.between(self.watch.side, "write")
        for operation in operations:
            noted = self.watch.noted(operation.key)
            self.watch.ledger.sent(self.watch.side, operation, noted)
            self._sent_at[operation.key] = self.watch.ledger.moment
        self.wire.effect("before write")
        self._sending = frozenset(operation.key for operation in operations)
        outcomes = super().write(operations)
        self._sending = frozenset()
        self.wire.effect("after write")
        self.watch.between(self.watch.side, "written")
        return outcomes

    def _bare(self, record: Record) -> Record:
        return record if self._versions else replace(record, version=None)

    def _do(self, operation: Operation) -> Outcome:
        """Carry it out, and tell the ledger what it did to which cells."""
        rows = self.memory._shelves[operation.resource].rows
        before = dict(rows[operation.id].fields) if operation.id in rows else {}
        outcome = super()._do(operation)
        if isinstance(outcome, Written) and operation.action is Action.CREATE:
            outcome = self._whole(operation.resource, outcome)
        if isinstance(outcome, Written):
            self.carried_out += 1
            late = operation.key not in self._sending
            self.arrived += late
            looked = (
                self._sent_at[operation.key] if late else self.watch.fetched.get((operation.resource, operation.id))
            )
            now = rows[outcome.id].fields if outcome.id in rows else {}
            self.watch.ledger.engine_wrote(
                self.watch.side,
                operation,
                outcome.id,
                before,
                now,
                looked=None if self._versions else looked,
                late=late,
            )
            # What a side never takes it lets vanish each time, be it that somebody typed there meanwhile.
            self.watch.ledger.ignored.update(
                (self.watch.side, operation.resource, outcome.id, name)
                for name in self._habits.ignores.intersection(operation.values)
            )
            if outcome.record is not None:
                return replace(outcome, record=self._bare(outcome.record))
        return outcome

    def _write(self, operation: Operation) -> Outcome:
        done = self.carried_out
        outcome = super()._write(operation)
        if isinstance(outcome, Written) and self.carried_out == done:
            names = operation.values if operation.action is Action.UPDATE else ["*"]
            self.watch.ledger.ignored.update(
                (self.watch.side, operation.resource, operation.id, name) for name in names
            )
        return outcome

    def _whole(self, resource: str, written: Written) -> Written:
        """A real side shows every field of a new record, also those nobody gave or that it did not take."""
        rows = self.memory._shelves[resource].rows
        blank: dict[str, Value] = dict.fromkeys(self.resources()[resource].fields)
        rows[written.id] = replace(rows[written.id], fields={**blank, **rows[written.id].fields})
        if written.record is None:
            return written
        return replace(written, record=replace(written.record, fields=dict(rows[written.id].fields)))
