"""A row that cannot be read, in a listing of changes: nobody is created who may stand there, and nothing else waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from syncengine.connector import Query
from syncengine.errors import End, Unreadable
from syncengine.model.record import Record, Side
from syncengine.model.review import Waiting
from syncengine_connectors.memory import Memory
from tests.run.world import World

VAT = "NL004495445B01"
OTHER = "NL003660564B01"


@pytest.fixture
def world(make: Callable[..., World]) -> World:
    return make()


@pytest.fixture
def spoilt(world: World, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Accounts that cannot be read, in a world whose first run is over."""
    world.customer(company="Jansen", vat=OTHER)
    world.begin()
    ids: set[str] = set()
    parse = Memory.parse

    def spoils(memory: Memory, query: Query, row: Any) -> Record:
        if row.id in ids:
            raise Unreadable(f"Accounts {row.id}", "an odd date", id=row.id)
        return parse(memory, query, row)

    monkeypatch.setattr(Memory, "parse", spoils)
    return ids


def waiting(world: World) -> list[tuple[str, ...]]:
    return [item.right_ids for item in world.store.reviews.open("accounts", Waiting.UNREADABLE)]


def test_nobody_is_created_who_may_be_the_one_that_cannot_be_read(world: World, spoilt: set[str]) -> None:
    spoilt.add(world.account("acc-9", Name="Bakkerij", VATNumber=VAT))
    world.customer(company="Bakkerij", vat=VAT)
    for _ in range(3):
        result = world.run()
        assert result.end == End.WAITING
        assert [reading.incomplete for reading in result.readings if reading.side is Side.RIGHT] == ["1 unreadable row"]
        assert not result.applied
        assert waiting(world) == [("acc-9",)]
    spoilt.clear()
    world.books.edit("Accounts", "acc-9", {"City": "Gent"})
    assert world.run().end == End.DONE
    assert waiting(world) == []
    assert [link.right_id for link in world.store.links.all("accounts")].count("acc-9") == 1
    assert len(world.rows(Side.RIGHT)) == 2


def test_one_that_is_known_already_keeps_nobody_waiting(world: World, spoilt: set[str]) -> None:
    [known] = [str(row["#"]) for row in world.rows(Side.RIGHT)]
    spoilt.add(known)
    world.books.edit("Accounts", known, {"City": "Gent"})
    world.customer(company="Bakkerij", vat=VAT)
    result = world.run()
    assert not any(reading.incomplete for reading in result.readings)
    assert [row["Name"] for row in world.rows(Side.RIGHT)] == ["Jansen", "Bakkerij"]
    assert waiting(world) == [(known,)]
    spoilt.clear()
    world.books.edit("Accounts", known, {"City": "Aalst"})
    assert world.run().end == End.DONE
    assert waiting(world) == []
