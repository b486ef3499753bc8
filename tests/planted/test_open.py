"""An unanswered create that may still arrive: nothing sends another one in the meantime."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncengine.errors import End
from syncengine.model.record import Side
from syncengine.testing.fakes import Fault, Kind
from tests.run.world import World


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_setting_the_clock_settles_nothing(tmp_path: Path, seconds: int) -> None:
    world = World(tmp_path / "state")
    world.customer("s1", company="ACME")
    world.right.schedule(Fault(kind=Kind.LATE, seconds=400.0))
    world.run(approved="somebody")
    world.clock.step(seconds)
    assert world.run().end is End.LATER, "by the other clock it may still arrive"
    world.clock.advance(4 * 3600)
    for _ in range(3):
        world.run()
    assert len(world.rows(Side.RIGHT)) == 1
    world.store.close()


def test_an_edit_of_its_source_makes_no_second_create(tmp_path: Path) -> None:
    world = World(tmp_path / "state")
    world.customer("s1", company="ACME")
    world.right.schedule(Fault(kind=Kind.LATE, seconds=400.0))
    world.run(approved="somebody")
    world.shop.edit("customers", "s1", {"company": "ACME Bouw"})
    assert world.run().applied == (), "the first may still arrive"
    world.clock.advance(3600)
    for _ in range(3):
        world.run()
    assert [row["Name"] for row in world.rows(Side.RIGHT)] == ["ACME Bouw"]
    world.store.close()
