"""Writes noted before they are made: every operation with its state, durable before and after each request."""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from syncengine.errors import StateError
from syncengine.model.operation import Operation, OperationState
from syncengine.model.operation_json import dump_operation, load_operation
from syncengine.state.database import Database
from syncengine.state.encode import canonical, check_sum, chunks, compact, from_micros, to_micros
from syncengine.state.history import History
from syncengine.state.observed import damaged
from syncengine.state.schema import SETTLED_SQL
from syncengine.state.store import Entry, Noted
from syncengine.state.transitions import LEGAL, SETTLED, legal

_COLUMNS: Final = (
    "key, state, run, plan, approved, attempts, sent_wall, sent_boot, boot, not_before, answer, result, sum, body"
)
_SETTLED: Final = ", ".join(f"'{state}'" for state in sorted(SETTLED))


class SqliteJournal:
    """The journal in SQLite; see ``store.Journal``."""

    def __init__(self, database: Database, history: History) -> None:
        self._database = database
        self._history = history

    def accept(self, operations: Iterable[Operation], *, run: int, plan: str, approved: str, at: datetime) -> int:
        count, now = 0, to_micros(at)
        with self._database.writing():
            for part in chunks(operations):
                # The same content may be due again after it was settled: it is a new note, the history keeps the old one.
                self._database.run(
                    f"DELETE FROM operation WHERE key IN (SELECT value FROM json_each(?)) AND state IN ({_SETTLED})",
                    (compact([operation.key for operation in part]),),
                )
                count += self._database.many(
                    "INSERT INTO operation (key, state, entity, left_id, right_id, run, plan, approved, accepted, changed, sum, body)"
                    f" VALUES (?, '{OperationState.PLANNED}', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
                    (_row(operation, run, plan, approved, now) for operation in part),
                )
        return count

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
        self.move_all(
            [key],
            state,
            at=at,
            sent_boot=sent_boot,
            boot=boot,
            not_before=not_before,
            answer=answer,
            results=[result],
        )

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
        now, until = to_micros(at), to_micros(not_before)
        attempt = (now, sent_boot, boot) if state is OperationState.SENDING else None

        def moved(key: str, result: str, row: tuple[Any, ...] | None) -> tuple[Any, ...]:
            if row is None:
                raise StateError(
                    f"operation {key} is not in the journal, so it cannot become {state}; nothing was sent."
                )
            values = list(_checked(row))
            before = OperationState(values[1])
            if not legal(before, state):
                allowed = ", ".join(sorted(LEGAL[before])) or "nothing"
                raise StateError(f"operation {key} is {before} and cannot become {state} (only: {allowed}).")
            values[1] = state.value
            if attempt is not None:
                values[5:9] = values[5] + 1, *attempt
            values[9] = until
            values[10], values[11] = answer or values[10], result or values[11]
            values[12] = _sum(values)
            return values[1], *values[5:13], now, key

        with self._database.writing():
            for part in chunks(zip(keys, results or [""] * len(keys), strict=True)):
                rows = self._rows([key for key, _ in part])
                self._database.many(
                    "UPDATE operation SET state = ?, attempts = ?, sent_wall = ?, sent_boot = ?, boot = ?, not_before = ?, answer = ?,"
                    " result = ?, sum = ?, changed = ? WHERE key = ?",
                    [moved(key, result, rows.get(key)) for key, result in part],
                )

    def get(self, key: str) -> Noted | None:
        row = self._database.one(f"SELECT {_COLUMNS} FROM operation WHERE key = ?", (key,))
        return None if row is None else _noted(row)

    def noted(self, operations: Sequence[Operation]) -> Iterator[Noted]:
        for part in chunks(operations):
            rows = self._rows([operation.key for operation in part])
            for operation in part:
                yield _noted(rows[operation.key], operation)

    def open(self, *states: OperationState) -> Sequence[Noted]:
        which = f"state IN ({', '.join('?' * len(states))})" if states else SETTLED_SQL
        rows = self._database.all(
            f"SELECT {_COLUMNS} FROM operation WHERE {which} ORDER BY seq", tuple(state.value for state in states)
        )
        return [_noted(row) for row in rows]

    def every(self) -> int:
        """Read every operation there is; return how many.

        Raises:
            StateError: One is not what was stored.
        """
        count = 0
        for part in self._database.batches(f"SELECT {_COLUMNS} FROM operation ORDER BY seq"):
            count += len([_noted(row) for row in part])
        return count

    def write_entry(self, noted: Noted, *, outcome: str, at: datetime, answer: str = "") -> Entry:
        with self._database.writing():
            return self._history.add(noted, outcome=outcome, at=at, answer=answer)

    def write_entries(self, noted: Iterable[Noted], *, outcome: str, at: datetime, answer: str = "") -> None:
        with self._database.writing():
            self._history.add_all(noted, outcome=outcome, at=at, answer=answer)

    def entries(self, *, entity: str | None = None, id: str | None = None, run: int | None = None) -> Iterator[Entry]:
        return self._history.entries(entity=entity, id=id, run=run)

    def verify(self) -> int:
        return self._history.verify()

    def _rows(self, keys: Sequence[str]) -> dict[str, tuple[Any, ...]]:
        sql = f"SELECT {_COLUMNS} FROM operation WHERE key IN (SELECT value FROM json_each(?))"
        return {row[0]: row for row in self._database.all(sql, (compact(keys),))}


def _row(operation: Operation, run: int, plan: str, approved: str, now: int | None) -> tuple[Any, ...]:
    body = canonical(dump_operation(operation))
    values = (operation.key, "planned", run, plan, approved, 0, None, None, "", None, "", "", 0, body)
    place = (operation.key, operation.entity, operation.left_id, operation.right_id)
    return *place, run, plan, approved, now, now, _sum(values), body


def _sum(values: Sequence[Any]) -> int:
    """The sum over a row in the order of ``_COLUMNS``, without the sum itself."""
    return check_sum(*values[:12], values[13])


def _checked(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same row, if it is what was stored.

    Raises:
        StateError: It is not.
    """
    if _sum(row) != row[12]:
        raise damaged(f"operation {row[0]} of the journal")
    return row


def _noted(row: tuple[Any, ...], operation: Operation | None = None) -> Noted:
    _, state, run, plan, approved, attempts, sent_wall, sent_boot, boot, not_before, answer, result, _, body = _checked(
        row
    )
    return Noted(
        operation=operation if operation is not None else load_operation(json.loads(body)),
        state=OperationState(state),
        run=run,
        plan=plan,
        attempts=attempts,
        sent_wall=from_micros(sent_wall),
        sent_boot=sent_boot,
        boot=boot,
        not_before=from_micros(not_before),
        answer=answer,
        result=result,
        approved=approved,
    )
