"""Every released state opens; a migration is whole or undone, after a backup."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syncengine.errors import StateError
from syncengine.model.record import Side
from syncengine.state.care import prune
from syncengine.state.check import check
from syncengine.state.migrations.steps import STEPS, VERSION, Step, migrate
from syncengine.testing.fakes import FakeClock
from tests.state.build import lived, opened

if TYPE_CHECKING:
    from sqlite_utils import Database

RELEASED = sorted((Path(__file__).parent / "released").glob("v*.sql"))


def test_each_version_has_a_released_state() -> None:
    assert [file.stem for file in RELEASED] == [f"v{version:04}" for version in range(1, VERSION + 1)]
    assert STEPS[-1].version == VERSION


@pytest.mark.parametrize("file", RELEASED, ids=lambda file: file.stem)
def test_a_released_state_opens_with_all_it_holds(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / ".sync"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "state.db")) as connection:
        connection.executescript(file.read_text(encoding="utf-8"))
    store, now = opened(folder), lived(tmp_path / "now")
    check(store)
    for look in (
        lambda store: list(store.links.pairs("customers", all=True)),
        lambda store: [list(store.mirror.rows("customers", side)) for side in Side],
        lambda store: store.journal.open(),
        lambda store: [(entry.number, entry.changes, entry.outcome) for entry in store.journal.entries()],
        lambda store: (store.reviews.open(), store.reviews.answers("customers")),
        lambda store: (store.checkpoint("customers", Side.LEFT), store.meta.runs(), store.meta.get("identity")),
    ):
        assert look(store) == look(now)
    with store.lock(), store.transaction():
        store.mirror.stale("customers")
    store.close()
    now.close()


def test_what_the_first_version_closed_counts_from_its_newest_run(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        connection.executescript(RELEASED[0].read_text(encoding="utf-8"))
        connection.execute("UPDATE review SET open = 0 WHERE number = 2")
        connection.commit()
    clock = FakeClock()
    store = opened(tmp_path, clock)
    clock.advance(400 * 86_400)
    assert prune(store).reviews == 0
    clock.advance(1)
    assert prune(store).reviews == 1
    store.close()


def add_colour(database: Database) -> None:
    """A migration as the next one may look."""
    database.table("pin").add_column("colour", str)


def add_and_fail(database: Database) -> None:
    """One that fails half-way."""
    database.execute("UPDATE pin SET colour = 'red'")
    raise ZeroDivisionError("half-way")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a closed state of this version."""
    lived(tmp_path).close()
    return tmp_path / "state.db"


def told(file: Path) -> list[str]:
    """Everything in a database, with its version."""
    with closing(sqlite3.connect(file)) as connection:
        return [*connection.iterdump(), str(connection.execute("PRAGMA user_version").fetchone())]


def test_a_migration_leaves_a_backup_and_the_new_version(file: Path) -> None:
    before, copy = told(file), file.with_name("copy.db")
    steps = (*STEPS, Step(version=VERSION + 1, apply=add_colour))
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        migrate(connection, copy, steps)
        migrate(connection, None, steps)
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)
        assert connection.execute("SELECT colour FROM pin").fetchall() == [(None,)]
    assert told(copy) == before
    with pytest.raises(StateError, match=f"version {VERSION + 1}"):
        opened(file.parent)


def test_a_migration_that_fails_is_undone(file: Path) -> None:
    before, copy = told(file), file.with_name("copy.db")
    steps = (*STEPS, Step(version=VERSION + 1, apply=add_colour), Step(version=VERSION + 2, apply=add_and_fail))
    said = pytest.raises(StateError, match=r"half-way.*\n.*Nothing was changed; a copy lies at")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection, said:
        migrate(connection, copy, steps)
    assert told(file) == told(copy) == before
    opened(file.parent).close()
