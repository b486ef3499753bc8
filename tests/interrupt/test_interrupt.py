"""Stop anywhere, run again: the end is the one of an undisturbed run, with nothing made twice."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from syncengine.errors import End
from syncengine.model.record import Side
from tests.interrupt.scenarios import SCENARIOS, Scenario
from tests.interrupt.tripwire import Killed, Tripwire, wired
from tests.run.world import World

ENDS = (End.DONE, End.WAITING)
IN_SHORT = {
    "creates to the right",
    "updates both ways on one pair",
    "a delete",
    "a lost answer, done",
    "everything at once",
}
"""The scenarios every test run interrupts everywhere; the long run interrupts all of them, and again during recovery."""

Picture = dict[str, Any]


def begin(folder: Path, scenario: Scenario) -> World:
    """A world on the eve of the run."""
    world = World(folder, **scenario.world)
    scenario.prepare(world)
    world.right.schedule(*scenario.faults)
    return world


def settle(world: World, approved: str) -> Picture:
    """Run undisturbed until a run writes nothing more; at most six runs."""
    for _ in range(6):
        world.clock.advance(3600)
        result = world.run(approved=approved)
        if result.end in ENDS and not result.applied:
            return picture(world, result.reviews)
    raise AssertionError(f"no rest after six runs: {result.end} {result.messages} {result.applied}")


def picture(world: World, reviews: Any) -> Picture:
    """What counts in the end: both sides' content, who is linked, what waits. New ids differ from run to run."""

    def content(side: Side) -> list[Any]:
        return sorted(
            sorted((k, str(v)) for k, v in row.items() if k != "#" and v is not None) for row in world.rows(side)
        )

    names = {side: {str(row["#"]): row.get("company") or row.get("Name") for row in world.rows(side)} for side in Side}
    return {
        "left": content(Side.LEFT),
        "right": content(Side.RIGHT),
        "links": sorted(
            (link.state.value, str(names[Side.LEFT].get(link.left_id)), str(names[Side.RIGHT].get(link.right_id)))
            for link in world.store.links.all()
        ),
        "waiting": sorted((item.kind.value, item.field) for item in reviews),
    }


def interrupted(folder: Path, scenario: Scenario, *places: int) -> tuple[Picture, list[str]]:
    """The end after dying at these effects, one process after the other; and what the last of them saw."""
    world = begin(folder, scenario)
    seen: list[str] = []
    for place in places:
        wire = Tripwire(place)
        try:
            with wired(world, wire):
                world.run(approved=scenario.approved)
        except Killed:
            pass
        seen = wire.seen
    end = settle(world, scenario.approved)
    world.store.close()
    return end, seen


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in IN_SHORT else pytest.mark.long) for n in SCENARIOS])
def test_dying_at_any_effect_changes_nothing_in_the_end(tmp_path: Path, name: str) -> None:
    scenario = SCENARIOS[name]
    undisturbed, effects = interrupted(tmp_path / "whole", scenario, 0)
    assert len(effects) > 5, "the wire saw too little to mean anything"
    for place in range(1, len(effects) + 1):
        end, _ = interrupted(tmp_path / str(place), scenario, place)
        assert end == undisturbed, f"died at effect {place} of {len(effects)}: {effects[place - 1]}"


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.long) for n in SCENARIOS])
def test_dying_again_during_recovery_changes_nothing(tmp_path: Path, name: str) -> None:
    scenario = SCENARIOS[name]
    undisturbed, effects = interrupted(tmp_path / "whole", scenario, 0)
    places = range(1, len(effects) + 1, 2)
    for first, second in itertools.product(places, range(1, 41, 2)):
        end, _ = interrupted(tmp_path / f"{first}-{second}", scenario, first, second)
        assert end == undisturbed, f"died at effect {first} ({effects[first - 1]}), then at {second} of the recovery"
