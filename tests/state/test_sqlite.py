"""The SQLite store keeps every promise of a state store."""

from __future__ import annotations

from pathlib import Path

from syncengine.state.sqlite import SqliteStore, open_store
from syncengine.testing.fakes import FakeIds
from syncengine.testing.store_suite import StoreSuite


class TestSqlite(StoreSuite):
    """The suite, over a file in a folder of the test's own."""

    def open(self, folder: Path) -> SqliteStore:
        return open_store(folder, clock=self.clock, ids=FakeIds())
