"""Version 2: an item of the inbox knows when it was closed, so that old ones can be dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(database: Database) -> None:
    """Add the column; what is closed already was closed by the newest run at the latest."""
    database.execute("ALTER TABLE review ADD COLUMN closed INTEGER")
    database.execute("UPDATE review SET closed = (SELECT max(coalesce(ended, started)) FROM run) WHERE open = 0")
