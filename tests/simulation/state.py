"""Where the histories of one process keep their state: made once, and emptied before the next history."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

from syncengine.ports import Clock, Ids
from syncengine.state.database import Database
from syncengine.state.folder import DATABASE
from syncengine.state.sqlite import SqliteStore, open_store
from syncengine.testing.fakes import FakeClock, FakeIds

RAM: Final = Path("/dev/shm")

_TABLES: Final = """
SELECT 'main.' || name FROM sqlite_master WHERE type = 'table' AND name <> 'transition'
UNION ALL SELECT 'temp.' || name FROM sqlite_temp_master WHERE type = 'table'
"""
"""All but the one that never changes."""


class Place:
    """One state folder, for one history at a time.

    Emptied, a state is as one just made, and what SQLite prepared for it is ready: to make a state and to prepare its statements
    takes twenty times as long. A process that dies within a history leaves its connection all the same, and a new one is opened.

    Attributes:
        folder: The state's folder.
    """

    def __init__(self) -> None:
        away = tempfile.mkdtemp(dir=RAM if RAM.is_dir() else None, prefix="sim")
        atexit.register(shutil.rmtree, away, ignore_errors=True)
        self.folder = Path(away) / "state"
        self._left: Database | None = None
        made = open_store(self.folder, clock=FakeClock(), ids=FakeIds())
        self._blank: list[Any] = made.database.all("SELECT key, value FROM about")
        made.close()

    def begin(self, clock: Clock, ids: Ids) -> SqliteStore:
        """The store of a new history, empty."""
        left, self._left = self._left, None
        database = left or self.open(clock, ids).database
        self._empty(database)
        return SqliteStore(self.folder, database, clock, ids)

    def open(self, clock: Clock, ids: Ids) -> SqliteStore:
        """The store of a history that goes on, as a new process opens it."""
        store = open_store(self.folder, clock=clock, ids=ids)
        # Nobody else opens it: the kernel need not be asked for a lock with every statement.
        store.database.run("PRAGMA locking_mode = EXCLUSIVE")
        return store

    def end(self, store: SqliteStore) -> None:
        """A history ended with this store: its connection serves the next one, unless something is wrong with it."""
        if store.broken or store.database.connection.in_transaction:
            store.close()
        else:
            self._left = store.database

    def _empty(self, database: Database) -> None:
        with database.transaction():
            for (table,) in database.all(_TABLES):
                database.run(f"DELETE FROM {table}")
            database.many("INSERT INTO about VALUES (?, ?)", self._blank)
        for file in self.folder.iterdir():
            if file.is_dir():
                shutil.rmtree(file)
            elif not file.name.startswith(DATABASE):
                file.unlink()


@cache
def _free() -> list[Place]:
    return []


def take() -> Place:
    """A place that no history uses now."""
    return _free().pop() if _free() else Place()


def give_back(place: Place) -> None:
    """Its history ended."""
    _free().append(place)
