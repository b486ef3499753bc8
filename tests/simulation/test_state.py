"""An emptied state is as one just made, so that no history knows of the one before it."""

from __future__ import annotations

from typing import Any

from syncengine.state.sqlite import SqliteStore
from syncengine.testing.fakes import FakeClock, FakeIds
from tests.simulation import state
from tests.simulation.script import draw
from tests.simulation.state import Place
from tests.simulation.world import World


def everything(store: SqliteStore) -> dict[str, list[Any]]:
    """Every row of every table, those that SQLite keeps for itself and those that go with the connection too."""
    tables = store.database.all(
        "SELECT 'main.' || name FROM sqlite_master WHERE type = 'table'"
        " UNION ALL SELECT 'temp.' || name FROM sqlite_temp_master WHERE type = 'table'"
    )
    found = {name: sorted(store.database.all(f"SELECT * FROM {name}"), key=repr) for (name,) in tables}
    return {name: rows for name, rows in found.items() if rows}


def begun(place: Place) -> tuple[dict[str, list[Any]], set[str]]:
    """What a history begins with: rows and files."""
    store = place.begin(FakeClock(), FakeIds())
    found = everything(store), {file.name for file in place.folder.iterdir()}
    place.end(store)
    return found


def test_a_history_leaves_nothing_to_the_next_one() -> None:
    held: set[str] = set()
    for script in map(draw, range(12)):
        world = World(script)
        for event in script.events:
            world.play(event)
        (world.place.folder / "witness").touch()
        held |= everything(world.store).keys()
        world.close()
    assert held > {"main.run", "main.record", "main.link", "main.operation", "main.entry", "main.review"}
    assert begun(world.place) == begun(Place())


def test_two_histories_at_once_do_not_meet() -> None:
    one, two = state.take(), state.take()
    assert one.folder != two.folder
    state.give_back(two)
    state.give_back(one)
