"""Keeps two things true while rows and links change: which pairs need a decision, and what a base that shares the mirror's values means.

A base column that is NULL while its fingerprint is not shares the values of the mirrored row; so before a row's values change they are
copied into the bases that share them, and a row that returns to its base's values is shared again. ``dirty`` is 0 exactly for pairs that
are LINKED, share both bases, and are ordinary and present on both sides.
"""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from syncengine.state.database import Database
from syncengine.state.encode import CHUNK, chunks, compact

SIDE_NAMES: Final = ("left", "right")

CLEAN: Final = """(
    state = 0 AND left_fp IS NOT NULL AND left_base IS NULL AND right_base IS NULL
    AND EXISTS (SELECT 1 FROM record WHERE n = link.left_n AND presence = 0 AND odd = 0)
    AND EXISTS (SELECT 1 FROM record WHERE n = link.right_n AND presence = 0 AND odd = 0)
)"""
"""True for a link that needs no decision."""


def keep_bases(database: Database, side: int, records: Sequence[int]) -> None:
    """Before the values of these records change: give the bases that share them their own copy."""
    name = SIDE_NAMES[side]
    for part in chunks(records, CHUNK):
        database.run(
            f"UPDATE link SET {name}_base = (SELECT doc FROM record WHERE n = link.{name}_n)"
            f" WHERE {name}_n IN (SELECT value FROM json_each(?)) AND {name}_fp IS NOT NULL AND {name}_base IS NULL",
            (compact(part),),
        )


def settle(database: Database, side: int, records: Sequence[int]) -> None:
    """After these records changed: share what is equal again, and mark which of their pairs need a decision."""
    name = SIDE_NAMES[side]
    for part in chunks(records, CHUNK):
        numbers = (compact(part),)
        database.run(
            f"UPDATE link SET {name}_base = NULL"
            f" WHERE {name}_n IN (SELECT value FROM json_each(?)) AND {name}_base IS NOT NULL"
            f" AND {name}_fp = (SELECT fp FROM record WHERE n = link.{name}_n)",
            numbers,
        )
        database.run(
            f"UPDATE link SET dirty = NOT {CLEAN}"
            f" WHERE {name}_n IN (SELECT value FROM json_each(?)) AND dirty <> NOT {CLEAN}",
            numbers,
        )


def mark(database: Database, link: int) -> None:
    """Mark whether one link needs a decision."""
    database.run(f"UPDATE link SET dirty = NOT {CLEAN} WHERE n = ?", (link,))
