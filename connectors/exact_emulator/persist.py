"""Keeps the state between starts: one SQLite file, written through, committed before an answer leaves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (
    division INTEGER, endpoint TEXT, id TEXT, stamp INTEGER, body TEXT, touch TEXT,
    PRIMARY KEY (division, endpoint, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""


class Disk:
    """The file behind an emulator; every method is called under the emulator's lock."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "exact-emulator.db", check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def rows(self) -> Iterator[tuple[int, str, str, int, str, str | None]]:
        """Yield all rows: administration, endpoint, key, stamp, body, touch."""
        yield from self._db.execute("SELECT division, endpoint, id, stamp, body, touch FROM rows")

    def put(self, division: int, endpoint: str, key: str, stamp: int, body: str, touch: str | None) -> None:
        """Keep a row."""
        self._db.execute(
            "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?)", (division, endpoint, key, stamp, body, touch)
        )

    def drop(self, division: int, endpoint: str, key: str) -> None:
        """Forget a row."""
        self._db.execute("DELETE FROM rows WHERE division=? AND endpoint=? AND id=?", (division, endpoint, key))

    def note(self, name: str, value: str) -> None:
        """Keep a single fact, such as the tokens or the clock's offset."""
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def fact(self, name: str) -> str | None:
        """Give a single fact, None if it was never noted."""
        row = self._db.execute("SELECT value FROM facts WHERE name=?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def commit(self) -> None:
        """Make everything since the last commit last."""
        self._db.commit()

    def close(self) -> None:
        """Close the file; what was not committed is lost."""
        self._db.close()
