"""What a batch of operations makes of a file: an outcome for each, and the new bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from syncengine.connector import Outcome
from syncengine.errors import ConnectorError, Rejected, Stale, Unreadable
from syncengine.model.operation import Action, Operation, Written
from syncengine.model.record import ABSENT
from syncengine.ports import Ids
from syncengine_connectors.csv.cells import clean
from syncengine_connectors.csv.edit import changed, composed, plain_text, text_of
from syncengine_connectors.csv.scan import numbered
from syncengine_connectors.csv.table import Table, joined


@dataclass(slots=True)
class Spot:
    """One row: where it stands, what it held when the batch began, what it shall hold (None: it goes)."""

    line: int
    before: bytes
    now: bytes | None


class Batch:
    """Works operations out against a table; touches nothing."""

    def __init__(self, table: Table, operations: Sequence[Operation], new_id: str, ids: Ids) -> None:
        self._table, self._new_id, self._ids = table, new_id, ids
        self._key = [table.columns[place] for place in table.key]
        self._spots = located(table, {id for operation in operations if (id := self._about(operation))})
        self._born: dict[str, bytes] = {}
        self._given = 0
        self.outcomes: list[Outcome] = [self._try(operation) for operation in operations]

    @property
    def empty(self) -> bool:
        """Whether the file stays as it is."""
        return not self._born and not self._edits

    def data(self) -> Iterator[bytes]:
        """The new file behind its byte-order mark, as rows are handled; every untouched row byte for byte."""
        table, newline, edits = self._table, self._table.scanner.newline, self._edits
        yield table.head
        ended = had_end = table.head.endswith(newline)
        for chunk in table.chunks():
            rows, had_end = chunk.rows, chunk.ended
            if edits:
                lines = list(numbered(rows, chunk.first, newline))
                edited = [edits.get(line, row) for line, row in zip(lines, rows, strict=True)]
                rows = [row for row in edited if row is not None]
            if rows:
                ended = chunk.ended
                yield newline.join(rows) + (newline if ended else b"")
        if self._born:
            yield b"" if ended else table.dialect.newline.encode()
            added = newline.join(self._born.values())
            yield added + newline if had_end else added.removesuffix(b"\r")

    @cached_property
    def _edits(self) -> Mapping[int, bytes | None]:
        return {spot.line: spot.now for spots in self._spots.values() for spot in spots if spot.now != spot.before}

    def _try(self, operation: Operation) -> Outcome:
        try:
            values = self._values(operation)
            if operation.action is Action.CREATE:
                return self._create(operation, values)
            spot = self._spot(operation)
            if operation.action is Action.DELETE:
                if spot is not None:
                    spot.now = None
                return Written(id=operation.id)
            return self._update(operation, spot, values)
        except ConnectorError as error:
            return error

    def _values(self, operation: Operation) -> dict[str, str]:
        table = self._table
        if unknown := [name for name in operation.values if name not in table.columns]:
            raise Rejected(f'{table.shown} has no column "{unknown[0]}"; nothing was written', field=unknown[0])
        said = {name: value for name, value in operation.values.items() if value is not ABSENT}
        return {name: text_of(table, name, value) for name, value in said.items()}

    def _spot(self, operation: Operation) -> Spot | None:
        """The row of an update or delete, as it was planned; None if it is gone.

        Raises:
            Rejected: It cannot be read, or the id is not its alone.
            Stale: It changed.
        """
        spots = [spot for spot in self._spots.get(operation.id, ()) if spot.now is not None]
        if not spots:
            return None
        try:
            self._table.record((), spots[0].line, spots[0].before)
        except Unreadable as error:
            raise Rejected(f"{error}; it cannot be written") from None
        if operation.version not in (None, self._table.version(spots[0].before)):
            raise Stale(f"{self._table.shown}:{spots[0].line}: row {operation.id} changed; nothing was written")
        return spots[0]

    def _update(self, operation: Operation, spot: Spot | None, values: dict[str, str]) -> Written:
        if spot is None or spot.now is None:
            raise Stale(f"{self._table.shown}: row {operation.id} is gone; nothing was written")
        row = changed(self._table, spot.now, values)
        record = self._table.record(self._table.columns, spot.line, row)
        if record.id != operation.id:
            raise Rejected(f'column "{self._key[0]}" makes the id of a row and cannot be changed', field=self._key[0])
        spot.now = row
        return Written(id=record.id, record=record)

    def _create(self, operation: Operation, values: dict[str, str]) -> Written:
        values = {**values, **self._own_id(values)}
        row = composed(self._table, values)
        record = self._table.record(self._table.columns, 0, row)
        if record.id in self._born or any(spot.now is not None for spot in self._spots.get(record.id, ())):
            raise Rejected(f'{self._table.shown}: a row with the id "{record.id}" is there already', field=self._key[0])
        self._born[record.id] = row
        return Written(id=record.id, record=record)

    def _own_id(self, values: Mapping[str, str]) -> dict[str, str]:
        missing = [column for column in self._key if not clean(values.get(column, ""))]
        if not missing:
            return {}
        if not self._new_id or len(self._key) > 1:
            raise Rejected(
                f'{self._table.shown}: a new row needs a value for "{missing[0]}", which makes its id. Map that column, or set '
                "`new_id` to uuid or next",
                field=missing[0],
            )
        if self._new_id == "uuid":
            return {missing[0]: str(UUID(self._ids.token(16)))}
        self._given += 1
        return {missing[0]: str(self._highest + self._given)}

    @cached_property
    def _highest(self) -> int:
        every = (id for chunk in self._table.chunks() for id in self._table.ids(chunk))
        return max((int(id) for id in every if id is not None and id.isdigit() and len(id) < 19), default=0)

    def _about(self, operation: Operation) -> str:
        """The id of the row an operation is about; "" if it has none yet."""
        if operation.action is not Action.CREATE:
            return operation.id
        parts = [clean(plain_text(operation.values.get(column))) for column in self._key]
        return "" if not all(parts) else joined(parts) if len(parts) > 1 else parts[0]


def located(table: Table, ids: set[str]) -> dict[str, list[Spot]]:
    """Find rows by id."""
    wanted, found = {id.encode() for id in ids}, dict[str, list[Spot]]()
    if not wanted:
        return found
    for chunk in table.chunks():
        there = table.ids(chunk)
        if wanted.isdisjoint(there):
            continue
        lines = numbered(chunk.rows, chunk.first, table.scanner.newline)
        for line, id, row in zip(lines, there, chunk.rows, strict=True):
            if id in wanted:
                found.setdefault(id.decode(), []).append(Spot(line, row, row))
    return found
