"""A side whose clock differs too much stops the plan: its stamps, and how long a write may take, would mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from syncengine.connector import Clocked
from syncengine.errors import End
from syncengine.model.entity import Limit
from syncengine.model.record import Side
from tests.builders import rows
from tests.exact_facts.desk import Desk
from tests.run.world import World

Make = Callable[..., World]

APART = [
    (None, {}, End.DONE, "the side tells no time"),
    (300.0, {}, End.DONE, "five minutes ahead"),
    (-300.0, {}, End.DONE, "five minutes behind"),
    (301.0, {}, End.GUARD, "more than five minutes ahead"),
    (-301.0, {}, End.GUARD, "more than five minutes behind"),
    (301.0, {"clock": Limit(count=600)}, End.DONE, "the mapping allows ten minutes"),
]


@pytest.mark.parametrize(("seconds", "limits", "end"), rows(APART))
def test_a_clock_too_far_from_ours_stops_the_plan(make: Make, seconds: float | None, limits: Any, end: End) -> None:
    world = make(limits=limits)
    world.customer("s1", company="ACME", code="C1")
    world.begin()
    world.right.ahead = lambda: seconds  # type: ignore[attr-defined]
    assert isinstance(world.right, Clocked)
    world.shop.edit("customers", "s1", {"city": "Gent"})
    result = world.run()
    assert result.end is end
    assert [breach.guard for breach in result.plan.breaches] == (["clock"] if end is End.GUARD else [])
    assert world.rows(Side.RIGHT)[0].get("City") == (None if end is End.GUARD else "Gent")
    assert world.run(allow=("clock",)).end is End.DONE


def test_exact_tells_its_time_with_every_answer(tmp_path) -> None:
    desk = Desk(tmp_path)
    desk.customers(2)
    assert desk.exact.ahead() is None, "nothing was asked yet"
    assert desk.run().end is End.DONE
    assert desk.exact.ahead() == pytest.approx(0, abs=1)
    desk.world.emulator.clock.advance(-400)
    desk.shop.edit("customers", "s0", {"city": "Brugge"})
    result = desk.run()
    assert (result.end, [breach.guard for breach in result.plan.breaches]) == (End.GUARD, ["clock"])
    assert (
        result.plan.breaches[0].message
        == 'The clock of "exact" differs by 400 s from this machine\'s; at most 300 s allowed.'
    )
