"""What is going on when the power goes: each scenario brings a world to the eve of one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from syncengine.model.entity import Birth, DeleteRule, OnDelete
from syncengine.model.record import Side
from syncengine.testing.fakes import Fault, Habits, Kind, on_text
from tests.run.world import ACCOUNTS, SHOP, World, accounts, with_field

Prepare = Callable[[World], None]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A world's rules, what happened in it, and what goes wrong besides."""

    prepare: Prepare
    world: dict[str, Any]
    faults: tuple[Fault, ...] = ()
    approved: str = "somebody"


def _pairs(world: World, count: int = 3) -> None:
    for number in range(count):
        world.customer(f"s{number}", company=f"Firma {number}", code=f"C{number}", city="Gent")
        world.account(f"b{number}", Name=f"Firma {number}", Code=f"C{number}", City="Gent")
    world.begin()
    world.run()


def _creates_right(world: World) -> None:
    for number in range(3):
        world.customer(f"s{number}", company=f"Firma {number}", code=f"C{number}", city="Gent")


def _creates_left(world: World) -> None:
    for number in range(3):
        world.account(f"b{number}", Name=f"Firma {number}", Code=f"C{number}", City="Gent")


def _links(world: World) -> None:
    for number in range(3):
        world.customer(f"s{number}", company=f"Firma {number}", code=f"C{number}", city="Gent")
        world.account(f"b{number}", Name=f"Firma {number}", Code=f"C{number}")


def _edit_left(world: World) -> None:
    _pairs(world)
    for number in range(3):
        world.shop.edit("customers", f"s{number}", {"city": f"Stad {number}"})


def _edit_right(world: World) -> None:
    _pairs(world)
    for number in range(3):
        world.books.edit("Accounts", f"b{number}", {"City": f"Stad {number}"})


def _edit_both(world: World) -> None:
    _pairs(world)
    world.shop.edit("customers", "s1", {"city": "Brugge"})
    world.books.edit("Accounts", "b1", {"Email": "new@firma.example"})


def _conflict(world: World) -> None:
    _pairs(world)
    world.shop.edit("customers", "s1", {"city": "Brugge", "email": "new@firma.example"})
    world.books.edit("Accounts", "b1", {"City": "Antwerpen"})


def _delete_left(world: World) -> None:
    _pairs(world, 12)
    world.shop.remove("customers", "s1")


def _mixed(world: World) -> None:
    _pairs(world, 12)
    world.shop.remove("customers", "s1")
    world.shop.edit("customers", "s2", {"city": "Brugge"})
    world.customer("s90", company="Nieuw", code="C90")
    world.books.edit("Accounts", "b3", {"Name": "Anders"})


KEEP = accounts(on_delete={side: DeleteRule(then=OnDelete.KEEP) for side in Side})
RESTORE = accounts(on_delete={side: DeleteRule(then=OnDelete.RESTORE) for side in Side})
QUIET: dict[str, Any] = {"books_habits": Habits(shows=False)}

SCENARIOS: dict[str, Scenario] = {
    "creates to the right": Scenario(prepare=_creates_right, world={}),
    "creates to the left": Scenario(prepare=_creates_left, world={}),
    "creates one by one to the left": Scenario(
        prepare=_creates_left, world={"shop_resource": replace(SHOP, write_batch=1)}
    ),
    "first links and fills": Scenario(prepare=_links, world={}),
    "updates to the right": Scenario(prepare=_edit_left, world={}),
    "updates to the left": Scenario(prepare=_edit_right, world={}),
    "updates both ways on one pair": Scenario(prepare=_edit_both, world={}),
    "a conflict beside an update": Scenario(prepare=_conflict, world={}),
    "a conflict decided by rule": Scenario(
        prepare=_conflict, world={"entity": with_field(ACCOUNTS, "City", conflict="left")}
    ),
    "a delete": Scenario(prepare=_delete_left, world={}),
    "a delete that is kept": Scenario(prepare=_delete_left, world={"entity": KEEP}),
    "a delete that is restored": Scenario(prepare=_delete_left, world={"entity": RESTORE}),
    "everything at once": Scenario(prepare=_mixed, world={}),
    "a side that rewrites": Scenario(
        prepare=_edit_left, world={"books_habits": Habits(rewrites={"City": on_text(str.upper)}, shows=False)}
    ),
    "a lost answer, done": Scenario(prepare=_creates_right, world={}, faults=(Fault(kind=Kind.LOST_DONE, skip=1),)),
    "a lost answer, not done": Scenario(
        prepare=_creates_right, world={}, faults=(Fault(kind=Kind.LOST_NOT_DONE, skip=1),)
    ),
    "an update that arrives late": Scenario(
        prepare=_edit_left, world={}, faults=(Fault(kind=Kind.LATE, skip=1, seconds=200.0),)
    ),
    "refusals": Scenario(
        prepare=_creates_right, world={}, faults=(Fault(kind=Kind.REJECTED, times=1000, field="Name"),)
    ),
    "nothing to create": Scenario(
        prepare=_creates_right, world={"entity": accounts(create=dict.fromkeys(Side, Birth.NEVER))}
    ),
}
