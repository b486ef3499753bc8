"""What the state knows of itself: lineage, serial, pins, runs, plans that were applied."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from syncengine.errors import StateError
from syncengine.state.database import Database
from syncengine.state.encode import compact, from_micros, instant, to_micros
from syncengine.state.store import Run


class SqliteMeta:
    """What the state knows of itself, in SQLite; see ``store.Meta``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lineage(self) -> str:
        return self.about("lineage")

    def serial(self) -> int:
        return int(self.about("serial") or 0)

    def about(self, key: str) -> str:
        """What the state notes of itself, not of a project; "" if nothing."""
        row = self._database.one("SELECT value FROM about WHERE key = ?", (key,))
        return "" if row is None or row[0] is None else str(row[0])

    def note(self, key: str, value: str) -> None:
        """Note something of the state itself."""
        with self._database.writing():
            self._database.run("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, value))

    def get(self, key: str) -> str | None:
        row = self._database.one("SELECT value FROM pin WHERE key = ?", (key,))
        return None if row is None else str(row[0])

    def set(self, key: str, value: str | None) -> None:
        with self._database.writing():
            if value is None:
                self._database.run("DELETE FROM pin WHERE key = ?", (key,))
            else:
                self._database.run("INSERT OR REPLACE INTO pin VALUES (?, ?)", (key, value))

    def begin_run(self, command: str, at: datetime) -> int:
        with self._database.writing():
            made = self._database.run("INSERT INTO run (started, command) VALUES (?, ?)", (to_micros(at), command))
            assert made.lastrowid is not None
            return made.lastrowid

    def end_run(
        self, number: int, *, at: datetime, end: int, plan: str = "", counts: Mapping[str, int] | None = None
    ) -> None:
        with self._database.writing():
            self._database.run(
                "UPDATE run SET ended = ?, end = ?, plan = ?, counts = ? WHERE number = ?",
                (to_micros(at), end, plan, compact(dict(counts or {})), number),
            )
            self.note("serial", str(self.serial() + 1))

    def runs(self, limit: int = 20) -> Sequence[Run]:
        rows = self._database.all(
            "SELECT number, started, ended, command, plan, end, counts FROM run ORDER BY number DESC LIMIT ?", (limit,)
        )
        return [_run(row) for row in rows]

    def use_plan(self, digest: str, at: datetime) -> None:
        with self._database.writing():
            try:
                self._database.run("INSERT INTO used_plan VALUES (?, ?)", (digest, to_micros(at)))
            except sqlite3.IntegrityError:
                row = self._database.one("SELECT at FROM used_plan WHERE digest = ?", (digest,))
                assert row is not None
                when = instant(row[0])
                raise StateError(
                    f"plan {digest[:12]} was applied already, on {when:%Y-%m-%d at %H:%M:%S} UTC; a plan is applied once.\n"
                    "  Nothing was written. Make a new one: sync plan"
                ) from None


def _run(row: tuple[Any, ...]) -> Run:
    number, started, ended, command, plan, end, counts = row
    return Run(
        number=number,
        started=instant(started),
        ended=from_micros(ended),
        command=command,
        plan=plan,
        end=end,
        counts=json.loads(counts),
    )
