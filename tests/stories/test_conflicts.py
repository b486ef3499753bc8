"""Both sides edited: nothing disappears without a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from syncengine.errors import End
from syncengine.model.record import Side
from syncengine.model.review import Answer, Waiting
from syncengine.testing.fakes import Fault, Kind
from tests.builders import rows
from tests.run.world import ACCOUNTS, World, with_field

Make = Callable[..., World]


def linked(world: World, **fields: Any) -> World:
    """One customer on both sides, at rest."""
    world.customer("s1", company="ACME", code="C1", city="Gent", email="a@acme.example", **fields)
    world.account("b1", Name="ACME", Code="C1", City="Gent", Email="a@acme.example")
    world.begin()
    assert world.run().end is End.DONE
    return world


def test_clear_travels_but_unobserved_does_not(world: World) -> None:
    linked(world)
    world.left.schedule(Fault(kind=Kind.FIELD_MISSING, door="pull", field="city"))
    world.run(full=True)
    assert world.rows(Side.RIGHT)[0]["City"] == "Gent", "silence is no erasure"
    world.shop.edit("customers", "s1", {"city": None})
    world.run()
    assert world.rows(Side.RIGHT)[0]["City"] is None, "an emptied field is"
    assert world.run().end is End.DONE


def test_both_changed_apart_waits_and_the_rest_goes_on(world: World) -> None:
    linked(world)
    world.shop.edit("customers", "s1", {"city": "Brugge", "email": "new@acme.example"})
    world.books.edit("Accounts", "b1", {"City": "Antwerpen"})
    result = world.run()
    (item,) = result.reviews
    assert (item.kind, item.field, item.left, item.right) == (Waiting.CONFLICT, "City", "Brugge", "Antwerpen")
    assert (item.base_left, item.base_right) == ("Gent", "Gent")
    assert world.rows(Side.RIGHT)[0]["Email"] == "new@acme.example"
    assert world.rows(Side.RIGHT)[0]["City"] == "Antwerpen"
    assert world.rows(Side.LEFT)[0]["city"] == "Brugge"
    assert world.run().reviews[0].number == item.number, "it keeps its number"


@pytest.mark.parametrize(
    ("decision", "expected"),
    rows([("left", "Brugge", "the shop is right"), ("right", "Antwerpen", "the books are right")]),
)
def test_a_decided_conflict_is_carried_out(world: World, decision: str, expected: str) -> None:
    from syncengine.model.values import row_fingerprint

    linked(world)
    world.shop.edit("customers", "s1", {"city": "Brugge"})
    world.books.edit("Accounts", "b1", {"City": "Antwerpen"})
    world.run()
    answer = Answer(
        kind=Waiting.CONFLICT,
        entity="accounts",
        left_id="s1",
        right_id="b1",
        field="City",
        decision=decision,
        seen=row_fingerprint(("Brugge", "Antwerpen")),
        who="somebody",
    )
    with world.store.transaction():
        world.store.reviews.answer(answer, world.clock.now())
    world.run()
    assert (world.rows(Side.LEFT)[0]["city"], world.rows(Side.RIGHT)[0]["City"]) == (expected, expected)
    assert world.run().end is End.DONE


def test_newest_without_evidence_asks(make: Make) -> None:
    """Both sides' stamps lie after the last agreement, and nothing says which field moved when."""
    world = linked(make(entity=with_field(ACCOUNTS, "City", conflict="newest")))
    world.shop.edit("customers", "s1", {"city": "Brugge"})
    world.books.edit("Accounts", "b1", {"City": "Antwerpen"})
    result = world.run()
    assert [(item.kind, item.field) for item in result.reviews] == [(Waiting.CONFLICT, "City")]
    assert world.rows(Side.RIGHT)[0]["City"] == "Antwerpen"


def test_a_rule_decides_and_the_old_value_stands_in_the_journal(make: Make) -> None:
    world = linked(make(entity=with_field(ACCOUNTS, "City", conflict="left")))
    world.shop.edit("customers", "s1", {"city": "Brugge"})
    world.books.edit("Accounts", "b1", {"City": "Antwerpen"})
    result = world.run()
    assert result.end is End.DONE
    assert world.rows(Side.RIGHT)[0]["City"] == "Brugge"
    (entry,) = [entry for entry in world.store.journal.entries() if entry.action == "update"]
    (change,) = entry.changes
    assert (change["name"], change["before"], change["after"]) == ("City", "Antwerpen", "Brugge")
    assert change["rule"] == "conflict:left"


def test_an_owner_overwrites_drift_and_never_the_other_way(make: Make) -> None:
    world = linked(make(entity=with_field(ACCOUNTS, "City", owner=Side.RIGHT)))
    world.shop.edit("customers", "s1", {"city": "Brugge"})
    world.run()
    assert world.rows(Side.LEFT)[0]["city"] == "Gent", "drift is written back"
    assert world.rows(Side.RIGHT)[0]["City"] == "Gent"
    assert world.run().end is End.DONE


def test_equal_stamps_and_paging_skip_nothing(world: World) -> None:
    """Everything changes within one instant, across page borders, and every change arrives."""
    count = 1203
    for number in range(count):
        world.customer(f"s{number:04}", company=f"Firma {number}", code=f"C{number}")
        world.account(f"b{number:04}", Name=f"Firma {number}", Code=f"C{number}")
    world.begin()
    for number in range(0, count, 7):
        world.shop.edit("customers", f"s{number:04}", {"city": f"Stad {number}"})
    world.run()
    shown = [row for row in world.rows(Side.RIGHT) if row.get("City")]
    assert len(shown) == len(range(0, count, 7))


def test_out_of_order_events(world: World) -> None:
    """The same record is told twice, the older state last: the newest version counts."""
    linked(world)
    world.shop.edit("customers", "s1", {"city": "Brugge"})
    world.run()
    world.shop.edit("customers", "s1", {"city": "Oostende"})
    world.left.schedule(Fault(kind=Kind.TWICE, door="pull"))
    world.run()
    assert world.rows(Side.RIGHT)[0]["City"] == "Oostende"
    assert world.run().end is End.DONE


def test_an_accepted_difference_stays_until_somebody_edits(make: Make) -> None:
    world = make(entity=with_field(ACCOUNTS, "City", first_link="ask"))
    world.customer("s1", company="ACME", code="C1", city="Den Haag")
    world.account("b1", Name="ACME", Code="C1", City="'s-Gravenhage")
    world.begin()
    (item,) = world.run().reviews
    assert (item.kind, item.field) == (Waiting.FIRST_LINK, "City")
    assert world.rows(Side.LEFT)[0]["city"] == "Den Haag"
    assert world.rows(Side.RIGHT)[0]["City"] == "'s-Gravenhage"
