"""What users of two-way synchronisers lose to deletes, and how it does not happen here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from syncengine.errors import End
from syncengine.model.entity import DeleteRule, Limit, OnDelete, Test
from syncengine.model.link import LinkState
from syncengine.model.operation import Action
from syncengine.model.record import Side
from syncengine.model.resource import Deletions
from syncengine.model.review import Waiting
from syncengine.testing.fakes import Fault, Kind
from tests.run.world import BOOKS, SHOP, World, accounts

Make = Callable[..., World]

LISTED = replace(SHOP, incremental=False, deletions=Deletions.LISTING)


def filled(world: World, count: int = 30) -> World:
    """Both sides hold the same customers, linked and at rest."""
    for number in range(count):
        world.customer(f"s{number:02}", company=f"Firma {number}", code=f"C{number}")
        world.account(f"b{number:02}", Name=f"Firma {number}", Code=f"C{number}")
    world.begin()
    assert world.run().end is End.DONE
    return world


@pytest.mark.parametrize("kind", [Kind.EMPTY, Kind.SHRUNK, Kind.SHORT])
def test_empty_listing_never_deletes(make: Make, kind: Kind) -> None:
    world = filled(make(shop_resource=LISTED))
    world.left.schedule(Fault(kind=kind, door="pull"))
    result = world.run(full=True)
    assert [fault.kind for fault in world.left.fired] == [kind]
    assert not result.applied
    assert len(world.rows(Side.RIGHT)) == 30
    assert world.run(full=True).end is End.DONE, "the records are back, and nothing was lost meanwhile"
    assert len(world.rows(Side.RIGHT)) == 30


def test_changed_target_identity_refuses_run(world: World) -> None:
    filled(world, 3)
    world.books._name = "another administration"
    from syncengine.errors import LoginError

    with pytest.raises(LoginError, match=r"memory books.*memory another administration") as caught:
        world.run()
    assert caught.value.end is End.LOGIN
    assert "Nothing was read or written" in str(caught.value)


def test_narrowed_scope_freezes_not_deletes(world: World) -> None:
    filled(world, 5)
    world.entity = accounts(where={Side.LEFT: Test(field="company", op="prefix", value="Firma 1")})
    result = world.run(approved="somebody")
    assert not [item for item in result.applied if item.operation.action is Action.DELETE]
    assert len(world.rows(Side.RIGHT)) == len(world.rows(Side.LEFT)) == 5
    world.shop.edit("customers", "s02", {"city": "Gent"})
    world.run()
    assert world.rows(Side.RIGHT)[2].get("City") is None, "a record out of scope is frozen"


def test_baseline_does_not_resurrect_deleted(make: Make) -> None:
    keep = accounts(on_delete={side: DeleteRule(then=OnDelete.KEEP) for side in Side})
    world = filled(make(entity=keep), 5)
    world.shop.remove("customers", "s03")
    world.run()
    world.run(full=True)
    world.reopen()
    world.run(full=True, approved="somebody")
    assert "s03" not in {row["#"] for row in world.rows(Side.LEFT)}
    assert len(world.rows(Side.LEFT)) == 4, "it is not born again from the account that stayed"
    assert len(world.rows(Side.RIGHT)) == 5
    assert [link.state for link in world.store.links.get("accounts", Side.LEFT, "s03")] == [LinkState.TOMBSTONE]


def test_delete_versus_edit_asks(world: World) -> None:
    filled(world, 5)
    world.shop.remove("customers", "s03")
    world.books.edit("Accounts", "b03", {"Email": "new@firma.example"})
    result = world.run()
    assert not result.applied
    assert [(item.kind, item.left_ids, item.right_ids) for item in result.reviews] == [
        (Waiting.DELETE, ("s03",), ("b03",))
    ]
    assert result.end is End.WAITING
    assert world.rows(Side.RIGHT)[3]["Email"] == "new@firma.example"


def test_a_delete_with_evidence_travels(world: World) -> None:
    filled(world, 5)
    world.shop.remove("customers", "s03")
    assert world.run().end is End.DONE
    assert [row["#"] for row in world.rows(Side.RIGHT)] == ["b00", "b01", "b02", "b04"]
    assert world.run().end is End.DONE


def test_unreadable_deleted_feed_disables_deletes(make: Make) -> None:
    """A side without a feed and without a complete listing gives no evidence, so nothing is concluded."""
    silent = replace(SHOP, deletions=Deletions.NONE, incremental=True)
    world = filled(make(shop_resource=silent), 5)
    world.left.schedule(Fault(kind=Kind.SHORT, door="pull", share=0.4, times=9))
    for _ in range(3):
        result = world.run(full=True)
        assert not result.applied
    assert len(world.rows(Side.RIGHT)) == 5


def test_override_bound_to_one_plan(make: Make) -> None:
    world = filled(make(limits={"deletes": Limit(count=1)}), 10)
    for number in (1, 2, 3):
        world.shop.remove("customers", f"s{number:02}")
    stopped = world.run()
    assert stopped.end is End.GUARD
    assert [breach.guard for breach in stopped.plan.breaches] == ["deletes"]
    assert len(world.rows(Side.RIGHT)) == 10, "a breach means no write at all"
    plan = world.plan().plan
    assert world.apply(plan, allow=("creates",)).end is End.GUARD, "an override names its own guard"
    assert len(world.rows(Side.RIGHT)) == 10
    plan = world.plan().plan
    assert world.apply(plan, allow=("deletes",)).end is End.DONE
    assert len(world.rows(Side.RIGHT)) == 7
    for number in (4, 5, 6):
        world.shop.remove("customers", f"s{number:02}")
    assert world.run().end is End.GUARD, "it held for that one plan"
    assert len(world.rows(Side.RIGHT)) == 7


def test_identical_pair_is_recorded(world: World) -> None:
    """Identical on both sides and never written: a later delete must still be seen as one."""
    for number in range(20):
        world.customer(f"s{number:02}", company=f"Firma {number}", code=f"C{number}")
        world.account(f"b{number:02}", Name=f"Firma {number}", Code=f"C{number}")
    assert not world.run().applied
    world.books.remove("Accounts", "b07")
    world.run()
    assert len(world.rows(Side.LEFT)) == len(world.rows(Side.RIGHT)) == 19


def test_frame_unmanaged_untouched(make: Make) -> None:
    """What the mapping does not name, and records nobody linked, are never changed."""
    from syncengine.model.entity import Birth

    world = make(entity=accounts(create=dict.fromkeys(Side, Birth.NEVER)), books_resource=BOOKS)
    world.customer("s1", company="Een", code="C1", active="yes")
    world.account("b1", Name="Een", Code="C1", Blocked=True)
    world.account("b9", Name="Alleen hier", Code="C9")
    world.begin()
    world.shop.edit("customers", "s1", {"company": "Een bv", "active": "no"})
    world.run()
    filled_in = [{name: value for name, value in row.items() if value is not None} for row in world.rows(Side.RIGHT)]
    assert filled_in == [
        {"#": "b1", "Name": "Een bv", "Code": "C1", "Blocked": True},
        {"#": "b9", "Name": "Alleen hier", "Code": "C9"},
    ]
