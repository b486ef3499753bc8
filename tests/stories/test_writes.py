"""Lost answers, crashes, echoes and stubborn servers: nothing is written twice, nothing bounces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from syncengine.errors import End, UserError
from syncengine.model.operation import Action, OperationState
from syncengine.model.record import Side
from syncengine.model.review import Waiting
from syncengine.testing.fakes import Fault, Habits, Kind, on_text
from syncengine_connectors.memory import Memory
from tests.run.world import World, accounts

Make = Callable[..., World]


def test_lost_create_reply_yields_one_record(world: World) -> None:
    world.customer("s1", company="ACME", code="C1")
    world.right.schedule(Fault(kind=Kind.LOST_DONE))
    world.begin()
    assert world.right.fired
    world.run()
    world.clock.advance(3600)
    assert world.run().end is End.DONE
    assert [row["Name"] for row in world.rows(Side.RIGHT)] == ["ACME"]
    assert [(link.left_id, link.base is not None) for link in world.store.links.all()] == [("s1", True)]


@pytest.mark.parametrize("kind", [Kind.LOST_NOT_DONE, Kind.LATE])
def test_an_unanswered_create_is_repeated_only_after_it_settled(world: World, kind: Kind) -> None:
    world.customer("s1", company="ACME", code="C1")
    world.right.schedule(Fault(kind=kind, seconds=240.0))
    first = world.run(approved="somebody")
    assert first.end is End.LATER
    assert world.run().end is End.LATER, "it may still take effect"
    assert world.rows(Side.RIGHT) == []
    world.clock.advance(500)
    world.run()
    assert world.run().end is End.DONE
    assert [row["Name"] for row in world.rows(Side.RIGHT)] == ["ACME"]


class Crash(BaseException):
    """The process dies: no handler of ours sees it."""


def test_crash_after_create_adopts_record(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.customer("s1", company="ACME", code="C1")
    write = Memory.write

    def die(self: Memory, operations: Any) -> Any:
        write(self, operations)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Memory, "write", die)
        with pytest.raises(Crash):
            world.run(approved="somebody")
    assert len(world.rows(Side.RIGHT)) == 1, "the side made it; we never noted its id"
    world.reopen()
    world.run()
    world.clock.advance(3600)
    assert world.run().end is End.DONE
    assert len(world.rows(Side.RIGHT)) == 1
    assert [link.right_id for link in world.store.links.all()] == [str(world.rows(Side.RIGHT)[0]["#"])]


def test_crash_before_the_request_leaves_the_record_unborn_and_the_next_run_makes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.customer("s1", company="ACME", code="C1")

    def die(self: Memory, operations: Any) -> Any:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Memory, "write", die)
        with pytest.raises(Crash):
            world.run(approved="somebody")
    world.reopen()
    world.run()
    world.clock.advance(3600)
    world.run()
    assert world.run().end is End.DONE
    assert [row["Name"] for row in world.rows(Side.RIGHT)] == ["ACME"]


def test_plan_is_single_use_even_on_empty_state(world: World) -> None:
    world.customer("s1", company="ACME", code="C1")
    plan = world.plan().plan
    assert world.apply(plan).end is End.DONE
    with pytest.raises(UserError, match="Nothing was written"):
        world.apply(plan)
    assert len(world.rows(Side.RIGHT)) == 1


def test_plan_equals_apply(world: World) -> None:
    for number in range(5):
        world.customer(f"s{number}", company=f"Firma {number}", code=f"C{number}", city="Gent")
    plan = world.plan().plan
    result = world.apply(plan)
    done = [(item.operation.key, item.state) for item in result.applied]
    assert done == [(op.key, OperationState.CONFIRMED) for op in plan.operations]
    shown = {row["Code"]: row["Name"] for row in world.rows(Side.RIGHT)}
    assert shown == {op.values["Code"]: op.values["Name"] for op in plan.operations}


def test_a_dry_run_writes_nothing(world: World) -> None:
    world.customer("s1", company="ACME", code="C1")
    world.account("b2", Name="Books only", Code="C2")
    assert len(world.plan().plan.operations) == 2
    assert len(world.rows(Side.LEFT)) == len(world.rows(Side.RIGHT)) == 1
    assert list(world.store.links.all()) == []


def test_own_write_is_silent_next_run(world: World) -> None:
    world.customer("s1", company="ACME", code="C1", email="a@acme.example")
    world.begin()
    for _ in range(3):
        result = world.run()
        assert (result.end, result.plan.operations, result.reviews) == (End.DONE, (), ())
    world.shop.edit("customers", "s1", {"email": "b@acme.example"})
    assert [item.operation.action for item in world.run().applied] == [Action.UPDATE]
    assert world.run(full=True).plan.operations == ()


def test_normalising_server_settles_in_two_runs(make: Make) -> None:
    world = make(books_habits=Habits(rewrites={"Name": on_text(str.upper), "City": on_text(str.strip)}, shows=False))
    world.customer("s1", company="Acme bv", code="C1", city="Gent")
    world.begin()
    world.shop.edit("customers", "s1", {"company": "Acme Bouw bv"})
    world.run()
    assert world.rows(Side.RIGHT)[0]["Name"] == "ACME BOUW BV"
    assert world.rows(Side.LEFT)[0]["company"] == "Acme Bouw bv", "the side's own spelling is not bounced"
    for _ in range(2):
        result = world.run(full=True)
        assert (result.end, result.plan.operations) == (End.DONE, ())


def test_silently_dropped_value_reported_once(make: Make) -> None:
    world = make(books_habits=Habits(ignores=frozenset({"City"}), shows=False))
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.account("b1", Name="ACME", Code="C1", City="Gent")
    world.begin()
    world.shop.edit("customers", "s1", {"city": "Brugge"})
    first = world.run()
    assert any("keeps its own value of City" in message for message in first.messages)
    second = world.run()
    assert (second.end, second.messages, second.plan.operations) == (End.DONE, (), ())
    assert world.rows(Side.LEFT)[0]["city"] == "Brugge"


def test_poison_record_isolated_and_counted(world: World) -> None:
    for number in range(5):
        world.customer(f"s{number}", company=f"Firma {number}", code=f"C{number}")
    world.right.schedule(Fault(kind=Kind.REJECTED, skip=2, field="Name"))
    result = world.run(approved="somebody")
    assert result.end is End.WAITING
    assert result.count(OperationState.PARKED) == 1
    assert result.count(OperationState.CONFIRMED, OperationState.DONE) == 4
    assert [item.kind for item in result.reviews] == [Waiting.REFUSED]
    again = world.run()
    assert (again.end, again.applied) == (End.WAITING, ()), "the refused content is not tried again"
    refused = result.reviews[0].left_ids[0]
    world.shop.edit("customers", refused, {"company": "Beter"})
    world.run()
    assert len(world.rows(Side.RIGHT)) == 5, "other content is"
    assert world.run().end is End.DONE, "and the item is closed"


def test_key_change_is_an_update(world: World) -> None:
    world.customer("s1", company="ACME", code="C1", vat="NL001241643B01")
    world.begin()
    id = world.rows(Side.RIGHT)[0]["#"]
    world.shop.edit("customers", "s1", {"vat": "NL822569759B01", "code": "C7"})
    result = world.run()
    assert [item.operation.action for item in result.applied] == [Action.UPDATE]
    assert world.rows(Side.RIGHT)[0] == {
        "#": id,
        "Name": "ACME",
        "VATNumber": "NL822569759B01",
        "Code": "C7",
    }


def test_write_targets_linked_id_only(world: World) -> None:
    for number in range(3):
        world.customer(f"s{number}", company="Zelfde naam", code=f"C{number}")
        world.account(f"b{number}", Name="Zelfde naam", Code=f"C{number}")
    world.begin()
    world.shop.edit("customers", "s1", {"city": "Gent"})
    world.run()
    assert [row.get("City") for row in world.rows(Side.RIGHT)] == [None, "Gent", None]


def test_an_edit_between_plan_and_write_is_not_overwritten(world: World) -> None:
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.begin()
    id = str(world.rows(Side.RIGHT)[0]["#"])
    world.shop.edit("customers", "s1", {"city": "Brugge"})
    plan = world.plan().plan
    world.books.edit("Accounts", id, {"City": "Antwerpen"})
    result = world.apply(plan)
    assert [item.state for item in result.applied] == [OperationState.STALE]
    assert world.rows(Side.RIGHT)[0]["City"] == "Antwerpen"
    later = world.run()
    assert [item.kind for item in later.reviews] == [Waiting.CONFLICT]


def test_a_side_that_is_down_ends_5_and_the_next_run_goes_on(world: World) -> None:
    for number in range(3):
        world.customer(f"s{number}", company=f"Firma {number}", code=f"C{number}")
    world.right.schedule(Fault(kind=Kind.TRANSIENT, skip=1, times=1))
    result = world.run(approved="somebody")
    assert result.end is End.LATER
    assert len(world.rows(Side.RIGHT)) == 1
    assert world.run().end is End.DONE
    assert len(world.rows(Side.RIGHT)) == 3


def test_duplicate_events_create_once(make: Make) -> None:
    world = make(entity=accounts())
    world.customer("s1", company="ACME", code="C1")
    world.begin()
    world.left.schedule(Fault(kind=Kind.TWICE, door="pull", times=2))
    world.customer("s2", company="Nieuw", code="C2")
    world.run()
    world.run()
    assert sorted(str(row["Name"]) for row in world.rows(Side.RIGHT)) == ["ACME", "Nieuw"]


def test_second_run_exits_on_lease(world: World) -> None:
    from syncengine.errors import LockedError

    with world.store.lock():
        other = World.__new__(World)
        other.__dict__.update(world.__dict__)
        other.store = world.store
        from syncengine.state.sqlite import open_store

        second = open_store(world.folder, clock=world.clock, ids=world.ids)
        with pytest.raises(LockedError), second.lock():
            pass
        second.close()


def test_first_run_links_before_any_create(world: World) -> None:
    for number in range(40):
        world.customer(f"s{number}", company=f"Firma {number}", code=f"C{number}")
        if number < 38:
            world.account(f"b{number}", Name=f"FIRMA {number}", Code=f"C{number}")
    result = world.run()
    assert world.store.links.count("accounts") == 38
    assert len(result.withheld) == len(result.plan.operations) > 0
    assert not result.applied
    assert len(world.rows(Side.RIGHT)) == 38
    assert result.end is End.WAITING


def test_a_saved_plan_empties_nothing_that_was_filled_meanwhile(world: World) -> None:
    """What the owner emptied when the plan was made holds a value again when it is applied."""
    world.customer("s1", company="ACME", code="C1", email="a@acme.example")
    world.account("b1", Name="ACME", Code="C1", Email="a@acme.example")
    world.begin()
    world.shop.edit("customers", "s1", {"email": None})
    plan = world.plan().plan
    assert [change.after for op in plan.operations for change in op.changes] == [None]
    world.shop.edit("customers", "s1", {"email": "b@acme.example"})
    [applied] = world.apply(plan).applied
    assert (applied.state, applied.answer) == (
        OperationState.STALE,
        "the record it is for changed since the plan: Email",
    )
    assert [row["Email"] for row in world.rows(Side.RIGHT)] == ["a@acme.example"]
    assert world.run().end is End.DONE
    assert [row["Email"] for row in world.rows(Side.RIGHT)] == ["b@acme.example"]
