"""What the state knows of each entity: its number, the order of its fields, how many rows and links it has."""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from syncengine.model.record import Side
from syncengine.state.database import Database
from syncengine.state.encode import SIDES, compact
from syncengine.state.observed import damaged

_COLUMNS: Final = "n, name, layout, many, keyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One entity as the database names it.

    Attributes:
        number: Stands for the name in every row.
        layout: Names of the fields in the order of mirrored values and bases; empty if it was never told.
        many: The side of which several records may be linked to one of the other; None if links are one to one.
        keyed: What the match keys are made of that are indexed; "" if none are.
    """

    number: int
    name: str
    layout: tuple[str, ...] = ()
    many: Side | None = None
    keyed: str = ""


class Entities:
    """The table of entities."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str) -> Known | None:
        """One entity; None if nothing of it is stored."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM entity WHERE name = ?", (name,))
        return None if row is None else _known(row)

    def ensure(self, name: str) -> Known:
        """One entity, made if it is new. Inside a transaction only."""
        found = self.find(name)
        if found is None:
            self._database.run("INSERT INTO entity (name) VALUES (?)", (name,))
            found = self.find(name)
            assert found is not None
        return found

    def all(self) -> Sequence[Known]:
        """Every entity, in order of name."""
        return [_known(row) for row in self._database.all(f"SELECT {_COLUMNS} FROM entity ORDER BY name")]

    def describe(self, entity: int, layout: Sequence[str], many: Side | None) -> None:
        """Store the order of the fields and which side may be linked several times."""
        values = (compact(list(layout)), None if many is None else SIDES.index(many), entity)
        self._database.run("UPDATE entity SET layout = ?, many = ? WHERE n = ?", values)

    def count(self, name: str, column: str) -> int:
        """A number kept by ``add``; 0 if nothing is stored."""
        return self._database.number(f"SELECT {column} FROM entity WHERE name = ?", (name,))

    def add(self, entity: int, column: str, difference: int) -> None:
        """Keep a count, so that nobody has to count a million rows: ``left_present``, ``right_present`` or ``linked``."""
        if difference:
            self._database.run(f"UPDATE entity SET {column} = {column} + ? WHERE n = ?", (difference, entity))


def _known(row: tuple[int, str, str, int | None, str]) -> Known:
    number, name, layout, many, keyed = row
    try:
        fields = _names(layout)
    except (TypeError, ValueError):
        raise damaged(f"the order of the fields of {name!r}") from None
    return Known(
        number=number,
        name=name,
        layout=fields,
        many=None if many is None else SIDES[many],
        keyed=keyed,
    )


@lru_cache
def _names(layout: str) -> tuple[str, ...]:
    """The order of an entity's fields, which is asked for many times and changes with the mapping only."""
    return tuple(json.loads(layout))
