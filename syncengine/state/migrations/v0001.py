"""Version 1: the first released state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncengine.state.schema import APPLICATION_ID, TABLES, statements, transitions

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(database: Database) -> None:
    """Make all tables of an empty file."""
    for statement in statements(TABLES):
        database.execute(statement)
    database.conn.executemany("INSERT INTO transition VALUES (?, ?)", transitions())
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
