"""What random histories found, told as stories: each was red before the engine was mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from syncengine.errors import End
from syncengine.model.entity import DeleteRule, OnDelete
from syncengine.model.operation import OperationState
from syncengine.model.record import ABSENT, Side
from syncengine.model.resource import FieldFacts
from syncengine.model.review import Waiting
from syncengine.testing.fakes import Fault, Habits, Kind, on_text
from syncengine_connectors.memory import Memory
from tests.run.world import BOOKS, World, accounts, with_field

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


def test_a_restored_record_has_agreed_on_nothing_that_was_not_written(make: Make) -> None:
    entity = with_field(
        accounts(on_delete={s: DeleteRule(then=OnDelete.RESTORE) for s in Side}), "City", owner=Side.LEFT
    )
    world = make(entity=entity)
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.begin()
    world.shop.remove("customers", "s1")
    for _ in range(3):
        result = world.run()
    assert result.end is End.DONE
    assert len(world.rows(Side.LEFT)) == 1
    place = world.store.links.layout("accounts").index("City")
    (link,) = world.store.links.all()
    assert link.base is not None
    assert link.base.left[place] is ABSENT, "the new record never showed it, so it cannot have emptied it"


def test_what_a_kept_record_stands_for_is_not_adopted_for_another(make: Make) -> None:
    world = make(entity=accounts(on_delete={s: DeleteRule(then=OnDelete.KEEP) for s in Side}))
    world.customer("s1", company="ACME", code="C1")
    world.begin()
    world.shop.remove("customers", "s1")
    world.run()
    world.customer("s2", company="ACME")
    world.right.schedule(Fault(kind=Kind.LOST_NOT_DONE))
    world.run()
    world.clock.advance(3600)
    world.run()
    assert world.run().end is End.DONE
    assert sorted((link.left_id, link.state.value) for link in world.store.links.all()) == [
        ("s1", "tombstone"),
        ("s2", "linked"),
    ]
    assert len(world.rows(Side.RIGHT)) == 2


def test_a_value_that_was_never_shown_is_not_overwritten_unseen(world: World) -> None:
    world.customer("s1", company="ACME", code="C1")
    world.account("b1", Name="ACME", Code="C1", City="Gent")
    world.right.schedule(Fault(kind=Kind.FIELD_MISSING, door="pull", field="City"))
    world.begin()
    world.shop.edit("customers", "s1", {"city": "Brugge"})
    assert [item.state for item in world.run().applied] == [OperationState.STALE]
    assert world.rows(Side.RIGHT)[0]["City"] == "Gent"
    assert [(item.kind, item.field) for item in world.run().reviews] == [(Waiting.FIRST_LINK, "City")]


def test_a_record_that_moved_is_seen_as_it_is_by_the_next_plan(world: World) -> None:
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.begin()
    id = str(world.rows(Side.RIGHT)[0]["#"])
    world.books.edit("Accounts", id, {"City": "Antwerpen"})
    world.right.schedule(Fault(kind=Kind.EMPTY, door="pull"))
    world.shop.edit("customers", "s1", {"city": "Brugge"})
    assert [item.state for item in world.run().applied] == [OperationState.STALE]
    assert [item.kind for item in world.run().reviews] == [Waiting.CONFLICT]


def test_an_edit_that_changes_no_value_does_not_bar_the_record(make: Make) -> None:
    world = make()
    world.left._inner.pull = lambda query, since: Memory.pull(world.shop, query, None)  # type: ignore[method-assign]
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.begin()
    world.run()
    world.shop.edit("customers", "s1", {"city": "Gent"})
    world.books.edit("Accounts", str(world.rows(Side.RIGHT)[0]["#"]), {"City": "Brugge"})
    assert world.run().end is End.DONE
    assert world.rows(Side.LEFT)[0]["city"] == "Brugge"


def test_what_an_owner_decides_reaches_a_field_that_is_seen_for_the_first_time(make: Make) -> None:
    world = make(entity=with_field(accounts(), "City", owner=Side.LEFT))
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.account("b1", Name="ACME", Code="C1", City="Brugge")
    world.right.schedule(Fault(kind=Kind.FIELD_MISSING, door="pull", field="City"))
    world.begin()
    world.run(full=True)
    assert world.rows(Side.RIGHT)[0]["City"] == "Gent"


def test_a_create_answered_without_an_id_is_looked_for(world: World) -> None:
    world.customer("s1", company="ACME", code="C1")
    write = Memory.write
    world.right._inner.write = lambda operations: [  # type: ignore[method-assign]
        replace(outcome, id="", record=None) for outcome in write(world.books, operations)
    ]
    world.begin()
    assert [link.right_id for link in world.store.links.all()] == [str(world.rows(Side.RIGHT)[0]["#"])]


def test_a_create_is_found_by_its_key_however_the_side_writes_the_rest(make: Make) -> None:
    books = replace(BOOKS, fields={**BOOKS.fields, "Code": FieldFacts(name="Code")})
    habits = Habits(rewrites={"City": on_text(str.upper)}, shows=False)
    world = make(books_resource=books, books_habits=habits)
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.right.schedule(Fault(kind=Kind.LATE, seconds=100.0))
    world.run(approved="somebody")
    world.shop.edit("customers", "s1", {"code": "C2"})
    world.clock.advance(3600)
    for _ in range(3):
        world.run()
    assert len(world.rows(Side.RIGHT)) == 1
    assert world.rows(Side.RIGHT)[0]["Code"] == "C2"


def test_a_value_that_was_never_shown_is_not_deleted_unseen(world: World) -> None:
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.begin()
    id = str(world.rows(Side.RIGHT)[0]["#"])
    world.shop.remove("customers", "s1")
    world.books.edit("Accounts", id, {"City": "Brugge"})
    world.right.schedule(Fault(kind=Kind.FIELD_MISSING, door="pull", field="City"))
    assert [item.state for item in world.run().applied] == [OperationState.STALE]
    assert [item.kind for item in world.run().reviews] == [Waiting.DELETE], "it was edited: a person decides"
    assert world.rows(Side.RIGHT)[0]["City"] == "Brugge"
