"""Stores everything of an entity in a new order of fields, after its mapping changed."""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from syncengine.errors import StateError
from syncengine.model.record import Side
from syncengine.model.values import fingerprint
from syncengine.state.database import Database
from syncengine.state.dirt import CLEAN, SIDE_NAMES
from syncengine.state.encode import CHUNK, SIDES, compact
from syncengine.state.entities import Entities, Known

_ABSENT: Final[dict[str, str]] = {}

Moved = tuple[str, int]
"""Values in the new order as JSON, and their fingerprint."""


def relay(database: Database, entities: Entities, name: str, layout: tuple[str, ...], many: Side | None) -> None:
    """Bring mirror and bases of an entity into this order; a field by the same name keeps its values, a new one is ABSENT.

    Raises:
        StateError: Some record is linked several times, and ``many`` no longer allows it.
    """
    known = entities.ensure(name)
    if known.layout != layout:
        if known.layout:
            move = _mover(known.layout, layout)
            _records(database, known, move)
            for side in SIDE_NAMES:
                _bases(database, known, side, move)
        database.run(f"UPDATE link SET dirty = NOT {CLEAN} WHERE entity = ? AND dirty = 1", (known.number,))
    if known.many is not many:
        _slot(database, known, many)
    if (known.layout, known.many) != (layout, many):
        entities.describe(known.number, layout, many)


def _mover(old: Sequence[str], new: Sequence[str]) -> Callable[[str], Moved]:
    places = [old.index(name) if name in old else None for name in new]

    def move(doc: str) -> Moved:
        values: list[Any] = json.loads(doc)
        text = compact([_ABSENT if place is None or place >= len(values) else values[place] for place in places])
        return text, fingerprint(text.encode())

    return move


def _records(database: Database, known: Known, move: Callable[[str], Moved]) -> None:
    """Rewrite the mirror; a base that shares a row's values goes on sharing them."""
    last = 0
    while rows := database.all(
        "SELECT n, side, doc FROM record WHERE entity = ? AND n > ? AND doc IS NOT NULL ORDER BY n LIMIT ?",
        (known.number, last, CHUNK),
    ):
        moved = [(*move(doc), n, side) for n, side, doc in rows]
        database.many("UPDATE record SET doc = ?, fp = ? WHERE n = ?", [row[:3] for row in moved])
        for place, side in enumerate(SIDE_NAMES):
            database.many(
                f"UPDATE link SET {side}_fp = ? WHERE {side}_n = ? AND {side}_fp IS NOT NULL AND {side}_base IS NULL",
                [(print_, n) for _, print_, n, at in moved if at == place],
            )
        last = rows[-1][0]


def _bases(database: Database, known: Known, side: str, move: Callable[[str], Moved]) -> None:
    """Rewrite the bases that have values of their own; one that differed in a dropped field only is shared again."""
    last = 0
    while rows := database.all(
        f"SELECT n, {side}_base FROM link WHERE entity = ? AND n > ? AND {side}_base IS NOT NULL ORDER BY n LIMIT ?",
        (known.number, last, CHUNK),
    ):
        database.many(
            f"UPDATE link SET {side}_fp = ?2, {side}_base ="
            f" CASE WHEN (SELECT fp FROM record WHERE n = link.{side}_n) IS ?2 THEN NULL ELSE ?1 END WHERE n = ?3",
            [(*move(doc), n) for n, doc in rows],
        )
        last = rows[-1][0]


def _slot(database: Database, known: Known, many: Side | None) -> None:
    """Say anew which side may be linked several times."""
    left = "coalesce(right_n, 0)" if many is SIDES[1] else "0"
    right = "coalesce(left_n, 0)" if many is SIDES[0] else "0"
    for own, slot in (("left_n", left), ("right_n", right)):
        if slot == "0" and database.one(
            f"SELECT 1 FROM link WHERE entity = ? AND {own} IS NOT NULL GROUP BY {own} HAVING count(*) > 1",
            (known.number,),
        ):
            raise StateError(
                f"{known.name}: some records are linked several times, which the mapping no longer allows.\n"
                "  Nothing was changed. Set `many` again, or unlink them first: `sync links list`."
            )
    database.run(f"UPDATE link SET left_slot = {left}, right_slot = {right} WHERE entity = ?", (known.number,))
