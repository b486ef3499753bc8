"""What random histories found, told as stories: each was red before the engine was mended."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from syncengine.errors import End, SyncError, Transient
from syncengine.model.entity import DeleteRule, OnDelete
from syncengine.model.operation import Action, OperationState, Written
from syncengine.model.record import ABSENT, Side
from syncengine.model.resource import FieldFacts
from syncengine.model.review import Waiting
from syncengine.testing.fakes import Fault, Habits, Kind, on_text
from syncengine_connectors.memory import Memory
from tests.interrupt.tripwire import Killed, Tripwire, wired
from tests.run.world import BOOKS, World, accounts, with_field
from tests.simulation.script import draw
from tests.simulation.world import World as Simulated

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
        Written(id="") if isinstance(outcome, Written) else outcome for outcome in write(world.books, operations)
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


def test_a_plan_made_before_a_run_that_died_is_refused(make: Make) -> None:
    books = replace(BOOKS, fields={**BOOKS.fields, "Code": FieldFacts(name="Code")})
    world = make(books_resource=books)
    world.customer("s1", company="ACME", code="C1")
    plan = world.plan().plan
    wire = Tripwire(0)
    with wired(world, wire):
        world.run(approved="somebody")
    places = [n for n, what in enumerate(wire.seen, 1) if what == "after commit"]
    for place in places:
        again = make(books_resource=books)
        again.customer("s1", company="ACME", code="C1")
        plan = again.plan().plan
        with pytest.raises(Killed), wired(again, Tripwire(place)):
            again.run(approved="somebody")
        with contextlib.suppress(SyncError):
            again.apply(plan)
        assert len(again.rows(Side.RIGHT)) <= 1, f"died at {place}"


def test_a_create_of_a_saved_plan_is_not_made_if_the_partner_came_meanwhile(make: Make) -> None:
    books = replace(BOOKS, fields={**BOOKS.fields, "Code": FieldFacts(name="Code")})
    world = make(books_resource=books)
    world.customer("s1", company="ACME", code="C1")
    plan = world.plan().plan
    world.account("b1", Name="ACME", Code="C1")
    world.apply(plan)
    assert [row["#"] for row in world.rows(Side.RIGHT)] == ["b1"]
    world.run()
    assert [(link.left_id, link.right_id) for link in world.store.links.all()] == [("s1", "b1")]


def test_a_create_of_a_saved_plan_is_not_made_if_its_source_went_meanwhile(world: World) -> None:
    world.customer("s1", company="ACME", code="C1")
    plan = world.plan().plan
    world.shop.remove("customers", "s1")
    assert [item.state for item in world.apply(plan).applied] == [OperationState.STALE]
    assert world.rows(Side.RIGHT) == []


def test_the_second_half_of_a_cycle_reaches_the_record_that_was_just_made(tmp_path: Path) -> None:
    script = draw(0)
    rules = script.rules | {"contacts": True, "cycle": True, "create": {"left": "auto", "right": "auto"}}
    rules |= {"profiles": {"left": "checked", "right": "checked"}, "listing": {"left": False, "right": False}}
    world = Simulated(replace(script, rules=rules))
    account = {"do": "add", "entity": "accounts", "side": "left", "fields": []}
    here = {"side": "left", "which": 0, "other": 0}
    for event in (account, account | {"entity": "contacts"}):
        world.play(event)
    world.play({"do": "refer", "entity": "accounts", **here})
    world.play({"do": "refer", "entity": "contacts", **here})
    for _ in range(2):
        world.play({"do": "run"})
    (made,), (contact,) = world.rows(Side.RIGHT, "accounts").items(), world.rows(Side.RIGHT, "contacts").items()
    assert (made[1]["Main"], contact[1]["Account"]) == (contact[0], made[0])
    world.close()


def test_rows_of_a_listing_that_broke_off_do_not_count_as_seen_by_the_next(world: World) -> None:
    ids = [world.customer(f"s{n}", company=f"Firma {n}", code=f"C{n}") for n in range(3)]
    world.begin()
    world.left.schedule(Fault(kind=Kind.CUT, door="pull", share=0.1))
    with pytest.raises(Transient):
        world.run(full=True)
    world.shop.remove("customers", ids[0])
    assert [item.operation.action for item in world.run(full=True).applied] == [Action.DELETE]


def test_a_write_that_took_effect_and_was_edited_before_anybody_saw_it_stands_in_the_history(world: World) -> None:
    world.customer("s1", company="ACME", code="C1", city="Gent", email="a@acme.example")
    world.begin()
    id = str(world.rows(Side.RIGHT)[0]["#"])
    world.shop.edit("customers", "s1", {"city": "Brugge", "email": "b@acme.example"})
    world.right.schedule(Fault(kind=Kind.LOST_DONE), Fault(kind=Kind.TRANSIENT, door="find"))
    world.run()
    world.books.edit("Accounts", id, {"Email": "c@acme.example"})
    world.clock.advance(3600)
    world.run()
    replaced = [change["before"] for entry in world.store.journal.entries() for change in entry.changes]
    assert "Gent" in replaced


def test_an_edit_of_a_record_before_it_was_found_again_travels(world: World) -> None:
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.right.schedule(Fault(kind=Kind.LOST_DONE), Fault(kind=Kind.TRANSIENT, door="find"))
    world.run(approved="somebody")
    world.books.edit("Accounts", str(world.rows(Side.RIGHT)[0]["#"]), {"City": "Brugge", "Email": "a@acme.example"})
    for _ in range(2):
        world.run()
    assert [(row["city"], row["email"]) for row in world.rows(Side.LEFT)] == [("Brugge", "a@acme.example")]


def test_an_ignored_write_to_a_field_that_was_hidden_brings_no_old_value_back(world: World) -> None:
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.begin()
    world.shop.edit("customers", "s1", {"city": "Brugge"})
    world.right.schedule(Fault(kind=Kind.IGNORED, action=Action.UPDATE))
    world.right.schedule(Fault(kind=Kind.FIELD_MISSING, door="pull", field="City"))
    result = world.run(full=True)
    assert [item.state for item in result.applied] == [OperationState.CONFIRMED]
    assert any("keeps its own value of City" in text for text in result.messages)
    world.run()
    assert world.rows(Side.LEFT)[0]["city"] == "Brugge"


def test_a_value_that_is_not_there_when_a_lost_create_is_found_is_told(world: World) -> None:
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.right.schedule(Fault(kind=Kind.LOST_DONE), Fault(kind=Kind.TRANSIENT, door="find"))
    world.run(approved="somebody")
    world.books.edit("Accounts", str(world.rows(Side.RIGHT)[0]["#"]), {"City": None})
    assert any("keeps its own value of City" in text for text in world.run().messages)
    assert world.run().end is End.DONE
    assert world.rows(Side.LEFT)[0]["city"] == "Gent"


def test_a_late_update_of_a_record_that_moved_is_waited_for(world: World) -> None:
    world.customer("s1", company="ACME", code="C1", city="Gent", email="a@acme.example")
    world.begin()
    id = str(world.rows(Side.RIGHT)[0]["#"])
    world.shop.edit("customers", "s1", {"city": "Brugge", "email": "b@acme.example"})
    world.right.schedule(Fault(kind=Kind.LATE, seconds=200.0))
    assert world.run().end is End.LATER
    world.shop.edit("customers", "s1", {"city": "Luik"})
    world.books.edit("Accounts", id, {"Email": "c@acme.example"})
    assert world.run().applied == (), "the first may still arrive, and would bring Brugge back"
    world.clock.advance(3600)
    for _ in range(3):
        world.run()
    assert [row["city"] for row in world.rows(Side.LEFT)] == ["Luik"], "what a person typed last"
    assert [row["City"] for row in world.rows(Side.RIGHT)] == ["Luik"]


def test_an_owner_whose_listing_broke_off_empties_nothing(make: Make) -> None:
    world = make(entity=with_field(accounts(), "City", owner=Side.LEFT))
    world.customer("s1", company="ACME", code="C1")
    world.begin()
    world.run()
    world.shop.edit("customers", "s1", {"city": "Gent"})
    world.books.edit("Accounts", str(world.rows(Side.RIGHT)[0]["#"]), {"City": "Brugge"})
    world.left.schedule(Fault(kind=Kind.SHORT, door="pull"))
    assert world.run().plan.operations == ()
    assert world.rows(Side.RIGHT)[0]["City"] == "Brugge", "the owner may hold a value that it did not show"
    world.run()
    assert world.rows(Side.RIGHT)[0]["City"] == "Gent"


def test_what_an_unanswered_create_may_have_made_is_not_born_on_the_other_side(world: World) -> None:
    world.customer("s1", company="ACME", code="C1")
    world.right.schedule(Fault(kind=Kind.LOST_NOT_DONE), Fault(kind=Kind.TRANSIENT, door="find"))
    world.run(approved="somebody")
    world.account("b1", Name="Other", Code="C1")
    world.shop.edit("customers", "s1", {"code": "C2"})
    world.right.schedule(Fault(kind=Kind.TRANSIENT, door="find"))
    result = world.run()
    assert [row["#"] for row in world.rows(Side.LEFT)] == ["s1"]
    assert [(item.kind, item.right_ids) for item in result.reviews] == [(Waiting.HELD, ("b1",))]
    world.books.edit("Accounts", "b1", {"Code": "C9"})
    world.clock.advance(3600)
    for _ in range(2):
        result = world.run()
    assert result.end is End.DONE, "once it is settled, the other one is a record as any"
    assert sorted(str(row["code"]) for row in world.rows(Side.LEFT)) == ["C2", "C9"]
    assert sorted(str(row["Code"]) for row in world.rows(Side.RIGHT)) == ["C2", "C9"]


def test_drift_while_the_owner_was_silent_is_undone_once_it_speaks(make: Make) -> None:
    world = make(entity=with_field(accounts(), "City", owner=Side.LEFT))
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.begin()
    world.books.edit("Accounts", str(world.rows(Side.RIGHT)[0]["#"]), {"City": "Brugge"})
    world.left.schedule(Fault(kind=Kind.FIELD_MISSING, door="pull", field="city"))
    world.run(full=True)
    assert world.rows(Side.RIGHT)[0]["City"] == "Brugge", "nobody knows what the owner holds"
    world.run(full=True)
    assert world.rows(Side.RIGHT)[0]["City"] == "Gent"
