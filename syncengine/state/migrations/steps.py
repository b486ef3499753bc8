"""The list of migrations, and the one place that applies them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syncengine.errors import StateError
from syncengine.state.migrations import v0002, v0003
from syncengine.state.schema import APPLICATION_ID, TABLES, statements, transitions

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Makes ``version`` of the version before it."""

    version: int
    apply: Callable[[Database], None]


STEPS = (Step(version=2, apply=v0002.apply), Step(version=3, apply=v0003.apply))
VERSION = STEPS[-1].version
"""What this program reads and writes."""


def migrate(connection: sqlite3.Connection, backup: Path | None, steps: tuple[Step, ...] = STEPS) -> None:
    """Make the tables of an empty database, or bring those of an older version to the newest.

    Args:
        backup: An empty file that gets a copy of the older state before anything is changed; None for a new state.

    Raises:
        StateError: A step failed; the state is as it was before.
    """
    # Imported here: it costs more than the rest of a small run, and is needed once in the life of a version.
    import sqlite_utils

    if backup is not None:
        connection.execute("VACUUM INTO ?", (str(backup),))
    database = sqlite_utils.Database(connection, execute_plugins=False)
    connection.execute("BEGIN IMMEDIATE")
    # Another process may have been first; what it did is not done twice.
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    try:
        for step in steps if version else (Step(version=VERSION, apply=_make),):
            if step.version > version:
                step.apply(database)
                connection.execute(f"PRAGMA user_version = {step.version}")
        connection.execute("COMMIT")
    except Exception as fault:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if backup is None:
            raise
        raise StateError(
            f"the state could not be brought from version {version} to {steps[-1].version}: {fault}.\n"
            f"  Nothing was changed; a copy lies at {backup}."
        ) from fault


def _make(database: Database) -> None:
    """Make all tables of an empty file."""
    for statement in statements(TABLES):
        database.execute(statement)
    database.conn.executemany("INSERT INTO transition VALUES (?, ?)", transitions())
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
