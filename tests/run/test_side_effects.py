"""The first update of a resource is looked at whole; what it changed besides stops everything until somebody allows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from syncengine.errors import End
from syncengine.model.entity import FieldRule
from syncengine.model.operation import Operation, OperationState
from syncengine.model.record import Side
from syncengine.report.text import make_text
from syncengine.report.view import make_view
from syncengine.testing.fakes import Fault, Kind
from tests.builders import rows
from tests.run.world import ACCOUNTS, World, with_field

Make = Callable[..., World]

WIPES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "Email": lambda row: {"Email": None},
    "Name": lambda row: {"Name": f"{row['Name']} (moved)"},
}
"""Field → what a side makes of it whenever another one is written."""


def linked(make: Make, *effects: str, **more: Any) -> World:
    """Three customers on both sides, at rest, and books with a habit: a written city changes these fields, too."""
    world = make(**more)
    for n in "123":
        world.customer(f"s{n}", company=f"ACME {n}", code=f"C{n}", city="Gent", email=f"{n}@acme.example")
        world.account(f"b{n}", Name=f"ACME {n}", Code=f"C{n}", City="Gent", Email=f"{n}@acme.example")
    world.begin()
    assert world.run().end is End.DONE
    inner = world.books.write

    def write(operations: Any) -> Any:
        outcomes = inner(operations)
        for operation in operations:
            row = world.books._shelves["Accounts"].rows[operation.id]
            for name in effects if isinstance(operation, Operation) and "City" in operation.values else ():
                world.books.edit("Accounts", operation.id, WIPES[name](dict(row.fields)))
        return outcomes

    world.books.write = write  # type: ignore[method-assign]
    return world


def move(world: World, *customers: str) -> None:
    for n in customers:
        world.shop.edit("customers", f"s{n}", {"city": "Brugge"})


def cities(world: World) -> list[Any]:
    return [row["City"] for row in world.rows(Side.RIGHT)]


def test_a_first_update_that_changes_more_than_was_sent_holds_the_rest_back(make: Make) -> None:
    world = linked(make, "Email")
    move(world, "1", "2", "3")
    result = world.run()
    assert result.end is End.GUARD
    assert cities(world) == ["Brugge", "Gent", "Gent"], "one write shows it"
    assert [item.state for item in result.applied] == [
        OperationState.CONFIRMED,
        OperationState.READY,
        OperationState.READY,
    ]
    (message,) = result.messages
    assert 'in record b1: Email "1@acme.example" → nothing.' in message
    assert "--allow side-effects" in message
    shown = make_text(make_view(result, (world.entity,), masked=False))
    assert "goes on with the next run" not in shown, "it does not"
    assert shown.count("1@acme.example") == 1, "told once, not with each write that is held back"
    masked = make_text(make_view(result, (world.entity,), masked=True))
    assert "acme.example" not in masked
    assert "Email ••• → nothing" in " ".join(masked.split())


def test_the_guard_stands_until_somebody_allows_it(make: Make) -> None:
    world = linked(make, "Email")
    move(world, "1", "2")
    world.run()
    for _ in range(2):
        stopped = world.run()
        assert (stopped.end, [breach.guard for breach in stopped.plan.breaches]) == (End.GUARD, ["side-effects"])
        assert stopped.plan.breaches[0].subjects == ("Email",)
        assert not stopped.applied
        assert world.rows(Side.LEFT)[0]["email"] == "1@acme.example", "the wiped value does not travel meanwhile"
    assert world.run(allow=("updates",)).end is End.GUARD, "another guard's name opens nothing"
    done = world.run(allow=("side-effects",))
    assert (done.end, cities(world)) == (End.DONE, ["Brugge", "Brugge", "Gent"])
    move(world, "3")
    assert world.run().end is End.DONE, "it is the side's known way from now on"


def test_a_saved_plan_allows_it_as_well(make: Make) -> None:
    world = linked(make, "Email")
    move(world, "1", "2")
    world.run()
    plan = world.plan().plan
    assert world.apply(plan).end is End.GUARD
    plan = world.plan().plan
    assert world.apply(plan, allow=("side-effects",)).end is End.DONE
    assert world.run().end is End.DONE


def test_who_allows_it_beforehand_is_told_and_not_held_up(make: Make) -> None:
    world = linked(make, "Name")
    move(world, "1", "2", "3")
    result = world.run(allow=("side-effects",))
    assert (result.end, cities(world)) == (End.DONE, ["Brugge", "Brugge", "Brugge"])
    assert 'Name "ACME 1" → "ACME 1 (moved)".' in result.messages[0]
    assert "No more" not in result.messages[0]


def test_a_field_that_is_no_longer_mapped_stops_nothing(make: Make) -> None:
    world = linked(make, "Email")
    move(world, "1", "2")
    assert world.run().end is End.GUARD
    world.entity = replace(ACCOUNTS, fields=tuple(rule for rule in ACCOUNTS.fields if rule.name != "Email"))
    assert world.run().end is End.DONE
    assert cities(world)[1] == "Brugge"


HARMLESS = [
    ({}, "nothing else changes"),
    ({"entity": replace(ACCOUNTS, fields=tuple(r for r in ACCOUNTS.fields if r.name != "Email")), "effects": ["Email"]}, "a field that is not mapped"),
    ({"entity": with_field(ACCOUNTS, "Name", compare="digits"), "effects": ["Name"]}, "the same by the field's own measure"),
]  # fmt: skip


@pytest.mark.parametrize("more", rows(HARMLESS))
def test_nothing_is_held_back_without_need(make: Make, more: dict[str, Any]) -> None:
    effects = more.pop("effects", ()) if (more := dict(more)) else ()
    world = linked(make, *effects, **more)
    move(world, "1", "2", "3")
    result = world.run()
    assert (result.end, result.messages, cities(world)) == (End.DONE, (), ["Brugge", "Brugge", "Brugge"])


def test_a_field_read_from_what_was_sent_is_no_side_effect(make: Make) -> None:
    """Two fields of the mapping are of one column in the shop; only one of them is written back."""
    both = replace(
        ACCOUNTS,
        fields=(
            *ACCOUNTS.fields,
            FieldRule(name="Blocked", source="city", to_right="city == 'Luik'", owner=Side.LEFT, readonly=Side.LEFT),
        ),
    )
    world = linked(make, entity=both)
    world.books.edit("Accounts", "b1", {"City": "Luik"})
    result = world.run()
    assert (result.messages, world.rows(Side.LEFT)[0]["city"]) == ((), "Luik")


def test_only_the_first_update_is_looked_at(make: Make) -> None:
    world = linked(make)
    move(world, "1")
    world.run()
    looks: list[str] = []
    fetch = world.right.fetch
    world.right.fetch = lambda query, ids: (looks.append(*ids), fetch(query, ids))[1]  # type: ignore[method-assign,func-returns-value]
    move(world, "2")
    world.run()
    assert looks == ["b2"], "the check before the write; what was written comes with the next pull"


def test_a_side_that_cannot_be_looked_at_is_looked_at_another_time(make: Make) -> None:
    world = linked(make, "Email")
    world.right.schedule(Fault(kind=Kind.TRANSIENT, door="fetch", skip=2))
    move(world, "1", "2")
    result = world.run()
    assert (result.end, cities(world)) == (End.LATER, ["Brugge", "Gent", "Gent"]), (
        "the look after the first write failed"
    )
    result = world.run()
    assert result.end is End.GUARD, "the next update is the first one then"
