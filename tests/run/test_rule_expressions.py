"""A rule that is an expression, through whole runs: what it gives reaches both sides, and then all is at rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncengine.errors import End, UserError
from syncengine.model.entity import Expression, Position
from syncengine.model.operation import OperationState
from syncengine.model.record import Side
from syncengine.model.resource import FieldFacts, Kind
from syncengine.model.review import Answer, Waiting
from syncengine.testing.fakes import Fault, Habits, on_text
from syncengine.testing.fakes import Kind as Wrong
from syncengine.undo import undo
from syncengine.workspace import check
from tests.builders import rows
from tests.run.world import ACCOUNTS, BOOKS, SHOP, World, with_field

Make = Callable[..., World]
JOINED = Expression(text="shop ~ ' / ' ~ books", at=Position(line=7, column=15))


def linked(make: Make, rule: Expression = JOINED, **more: Any) -> World:
    """One customer on both sides, at rest, and then his city changed on both."""
    world = make(entity=with_field(ACCOUNTS, "City", conflict=rule), **more)
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.account("b1", Name="ACME", Code="C1", City="Gent")
    world.begin()
    world.run()
    assert world.run().end is End.DONE
    world.shop.edit("customers", "s1", {"city": "Aalst"})
    world.books.edit("Accounts", "b1", {"City": "Brugge"})
    return world


def cities(world: World) -> tuple[Any, Any]:
    return world.rows(Side.LEFT)[0]["city"], world.rows(Side.RIGHT)[0]["City"]


SIDES = [
    ({}, {}, ("Aalst / Brugge", "Aalst / Brugge"), "both keep what they are sent"),
    ({}, {"shows": False}, ("Aalst / Brugge", "Aalst / Brugge"), "one does not show what it wrote"),
    ({"shows": False}, {"shows": False}, ("Aalst / Brugge", "Aalst / Brugge"), "neither shows what it wrote"),
    ({}, {"rewrites": {"City": on_text(str.upper)}}, ("Aalst / Brugge", "AALST / BRUGGE"), "right rewrites it"),
    ({"rewrites": {"city": on_text(str.upper)}}, {}, ("AALST / BRUGGE", "Aalst / Brugge"), "left rewrites it"),
    (
        {"rewrites": {"city": on_text(str.upper)}},
        {"rewrites": {"City": on_text(lambda text: text.rjust(20))}, "shows": False},
        ("AALST / BRUGGE", "      Aalst / Brugge"),
        "both rewrite it, each its own way",
    ),
]


@pytest.mark.parametrize(("shop", "books", "expected"), rows(SIDES))
def test_a_value_of_its_own_reaches_both_sides_and_stays(make: Make, shop, books, expected) -> None:
    world = linked(make, shop_habits=Habits(**shop), books_habits=Habits(**books))
    result = world.run()
    assert (result.end, cities(world)) == (End.DONE, expected)
    assert {(c.rule, c.line) for op in result.plan.operations for c in op.changes} == {("conflict:expression", 7)}
    for _ in range(2):
        again = world.run()
        assert (again.end, again.plan.operations, cities(world)) == (End.DONE, (), expected)
    world.shop.edit("customers", "s1", {"city": "Ieper"})
    assert (world.run().end, cities(world)[0]) == (End.DONE, "Ieper")
    assert str(cities(world)[1]).strip().lower() == "ieper", "from then on one side's edit travels as ever"


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("wrong", [Wrong.TRANSIENT, Wrong.STALE, Wrong.REJECTED])
def test_where_only_one_of_the_two_writes_is_done_the_difference_is_not_taken_for_agreed(
    make: Make, side: Side, wrong: Wrong
) -> None:
    world = linked(make)
    faulty = world.left if side is Side.LEFT else world.right
    faulty.schedule(Fault(kind=wrong, times=1 if wrong is not Wrong.REJECTED else 9))
    result = world.run()
    assert result.count(OperationState.DONE, OperationState.CONFIRMED) == 1
    result = world.run()
    left, right = cities(world)
    assert left == right or result.reviews, "they meet, or a person is asked"
    assert result.end is End.WAITING if left != right else End.DONE


def test_a_number_gathers_what_both_sides_added(make: Make) -> None:
    stock = Expression(text="shop + books - base.shop")
    fields = {side: FieldFacts(name=name, kind=Kind.INTEGER) for side, name in (("l", "city"), ("r", "City"))}
    world = make(
        entity=with_field(ACCOUNTS, "City", conflict=stock),
        shop_resource=replace(SHOP, fields={**SHOP.fields, "city": fields["l"]}),
        books_resource=replace(BOOKS, fields={**BOOKS.fields, "City": fields["r"]}),
    )
    world.customer("s1", company="ACME", code="C1", city=10)
    world.account("b1", Name="ACME", Code="C1", City=10)
    world.begin()
    world.run()
    world.shop.edit("customers", "s1", {"city": 12})
    world.books.edit("Accounts", "b1", {"City": 15})
    assert (world.run().end, cities(world)) == (End.DONE, (17, 17))
    assert world.run().plan.operations == (), "and adds nothing twice"


def test_what_cannot_be_computed_waits_with_the_reason_and_a_person_decides(make: Make) -> None:
    world = linked(make, replace(JOINED, text="shop|number"))
    result = world.run()
    (item,) = result.reviews
    assert (item.kind, item.rule, item.line) == (Waiting.CONFLICT, "conflict:expression", 7)
    assert item.reason == "both changed apart; the expression fails: this is not a number"
    assert cities(world) == ("Aalst", "Brugge")
    answer = Answer(
        kind=item.kind,
        entity="accounts",
        left_id="s1",
        right_id="b1",
        field="City",
        decision="right",
        seen=item.seen,
        who="piet",
    )
    with world.store.transaction():
        world.store.reviews.answer(answer, world.clock.now())
    assert (world.run().end, cities(world)) == (End.DONE, ("Brugge", "Brugge"))


def test_a_first_link_is_decided_by_an_expression_too(make: Make) -> None:
    rule = Expression(text="shop if shop|length > books|length else books")
    world = make(entity=with_field(ACCOUNTS, "City", first_link=rule))
    world.customer("s1", company="ACME", code="C1", city="'s-Gravenhage")
    world.account("b1", Name="ACME", Code="C1", City="Den Haag")
    world.begin()
    assert cities(world) == ("'s-Gravenhage", "'s-Gravenhage")
    world.run()
    assert world.run().plan.operations == ()


MAPPING = """\
version: 1
systems:
  shop:  {connector: csv, folder: shop}
  books: {connector: csv, folder: books}
entities:
  customers:
    pair: [shop.customers, books.accounts]
    match: [Code]
    conflict: shop ~ boks
    fields:
      Code: code
      City: city
"""


def test_check_refuses_a_rule_with_its_line_and_column(tmp_path: Path) -> None:
    for name, head in (("shop/customers.csv", "code,city\n"), ("books/accounts.csv", "Code,City\n")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(head)
    (tmp_path / "sync.yaml").write_text(MAPPING)
    with pytest.raises(UserError) as caught:
        check(tmp_path)
    assert str(caught.value) == (
        "sync.yaml:9:15  customers.fields.Code.conflict: the expression 'shop ~ boks' is refused: "
        'there is no "boks" here; there are: shop, books, base.shop, base.books.'
    )
    (tmp_path / "sync.yaml").write_text(MAPPING.replace("boks", "books"))
    assert [note.ok for note in check(tmp_path)] == [True]


@pytest.mark.parametrize("shows", [True, False])
def test_a_value_of_its_own_is_put_back_on_both_sides_and_stays_so(make: Make, shows: bool) -> None:
    world = linked(make, shop_habits=Habits(shows=shows), books_habits=Habits(shows=shows))
    done = world.run()
    plan = undo(world.setting(), run=done.run).plan
    assert len(plan.operations) == 2
    assert world.apply(plan).end is End.DONE
    assert cities(world) == ("Aalst", "Brugge"), "each side shows its own again"
    again = world.run()
    assert (again.end, again.plan.operations, cities(world)) == (End.DONE, (), ("Aalst", "Brugge"))
    world.books.edit("Accounts", "b1", {"City": "Ieper"})
    assert (world.run().end, cities(world)) == (End.DONE, ("Ieper", "Ieper")), "a later edit travels"
