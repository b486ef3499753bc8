"""An unanswered write of which a person knows what became: looked for once more, or given up."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncengine.errors import End
from syncengine.model.operation import OperationState
from syncengine.model.record import Side
from syncengine.model.review import Answer, Review, Waiting
from syncengine.testing.fakes import Fault, Kind
from syncengine.write.decided import decided
from tests.run.world import World

LATER = 3600


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A create got no answer, and by its key somebody else's record is found, so it waits for a person."""
    world = World(tmp_path)
    world.customer("s1", company="ACME", vat="NL801234566B01")
    world.right.schedule(Fault(kind=Kind.LOST_NOT_DONE), Fault(kind=Kind.TRANSIENT, door="find"))
    world.run(approved="somebody")
    world.account("b1", Name="Other", VATNumber="NL801234566B01")
    world.clock.advance(LATER)
    world.run()
    return world


def decide(world: World, decision: str) -> None:
    """As `sync review decide` does."""
    (item,) = waiting(world)
    answer = Answer(
        kind=item.kind, entity=item.entity, left_id=item.left_ids[0], right_id="", decision=decision, who="Ann"
    )
    with world.store.transaction():
        decided(world.store, answer, world.clock.now())
        world.store.reviews.settle([item.subject])


def waiting(world: World) -> list[Review]:
    """What of writes waits."""
    return list(world.store.reviews.open(kind=Waiting.UNCERTAIN))


def states(world: World) -> list[OperationState]:
    """The writes that are not settled."""
    return [noted.state for noted in world.store.journal.open()]


def test_a_write_that_is_given_up_is_neither_looked_for_nor_sent_again(world: World) -> None:
    decide(world, "drop")
    assert states(world) == [OperationState.PARKED]
    for _ in range(3):
        world.clock.advance(LATER)
        result = world.run()
    assert [(item.kind, item.field) for item in result.reviews] == [(Waiting.FIRST_LINK, "Name")], (
        "they were linked meanwhile"
    )
    assert result.end is End.WAITING
    assert states(world) == [], "nobody wants it any more"
    assert [row["Name"] for row in world.rows(Side.RIGHT)] == ["Other"]


def test_a_write_that_is_looked_for_again_waits_as_long_as_the_side_shows_the_other(world: World) -> None:
    decide(world, "retry")
    assert waiting(world) == []
    assert world.run().end is End.LATER
    assert len(waiting(world)) == 1
    world.books.edit("Accounts", "b1", {"Name": "ACME"})
    decide(world, "retry")
    world.clock.advance(LATER)
    for _ in range(2):
        result = world.run()
    assert [row["Name"] for row in world.rows(Side.RIGHT)] == ["ACME"]
    assert (result.end, states(world)) == (End.DONE, [])
