"""What random histories found, told as stories: each was red before the engine was mended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncengine.errors import End
from syncengine.model.record import Side
from syncengine.testing.fakes import Fault, Habits, Kind
from tests.run.world import World, accounts, with_field

Make = Callable[..., World]


def test_a_listing_that_is_not_whole_moves_no_cursor(world: World) -> None:
    world.customer("s1", company="ACME", code="C1")
    world.left.schedule(Fault(kind=Kind.SHORT, door="pull"))
    world.run(approved="somebody")
    assert world.rows(Side.RIGHT) == []
    world.run()
    assert [row["Name"] for row in world.rows(Side.RIGHT)] == ["ACME"]


def test_what_a_side_kept_back_is_found_by_the_weekly_reconcile(world: World) -> None:
    world.customer("s1", company="ACME", code="C1")
    world.begin()
    world.shop.edit("customers", "s1", {"city": "Gent"})
    world.left.schedule(Fault(kind=Kind.EMPTY, door="pull"))
    assert world.run().plan.operations == (), "the side says that nothing changed"
    world.clock.advance(6 * 86400)
    assert world.run().plan.operations == ()
    world.clock.advance(86400)
    world.run()
    assert world.rows(Side.RIGHT)[0]["City"] == "Gent"


def test_a_value_a_side_drops_from_a_create_is_not_emptied_where_it_came_from(make: Make) -> None:
    world = make(books_habits=Habits(rewrites={"City": lambda _: None}, shows=False))
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.begin()
    for _ in range(2):
        assert world.run().end is End.DONE
    assert world.rows(Side.LEFT)[0]["city"] == "Gent"
