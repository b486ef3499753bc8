"""A whole project in one process: two memory sides with faults in front, a real store, and a clock that tests own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from syncengine.model.entity import (
    Birth,
    DeleteRule,
    End,
    Entity,
    FieldRule,
    Limit,
    MatchRule,
    OnDelete,
)
from syncengine.model.operation import Operation
from syncengine.model.plan import Plan
from syncengine.model.record import Side, Value
from syncengine.model.resource import Deletions, FieldFacts, Kind, Resource
from syncengine.model.result import RunResult
from syncengine.run import Wish, apply, run
from syncengine.setting import Setting
from syncengine.state.sqlite import open_store
from syncengine.state.store import StateStore
from syncengine.testing.fakes import FakeClock, FakeIds, FaultyConnector, Habits
from syncengine_connectors.memory import Memory

SHOP = Resource(
    name="customers",
    fields={n: FieldFacts(name=n) for n in ("id", "company", "vat", "kvk", "email", "city", "code", "active")},
    delete=True,
    incremental=True,
    deletions=Deletions.FEED,
    checked=True,
    conditional=True,
    write_batch=100,
    fetch_size=100,
)
"""Answers a write with the record, and refuses to overwrite what moved."""

BOOKS = Resource(
    name="Accounts",
    fields={
        "Name": FieldFacts(name="Name", kind=Kind.TEXT, required=True, max_length=50),
        "VATNumber": FieldFacts(name="VATNumber", kind=Kind.TEXT),
        "ChamberOfCommerce": FieldFacts(name="ChamberOfCommerce", kind=Kind.TEXT),
        "Email": FieldFacts(name="Email", kind=Kind.TEXT, personal=True),
        "City": FieldFacts(name="City", kind=Kind.TEXT),
        "Code": FieldFacts(name="Code", kind=Kind.TEXT, unique=True),
        "Blocked": FieldFacts(name="Blocked", kind=Kind.FLAG),
    },
    delete=True,
    incremental=True,
    deletions=Deletions.FEED,
    settle=420.0,
    confirm=True,
)
"""As Exact does: one write a call, no row versions, and an update that is answered without the record."""

ACCOUNTS = Entity(
    name="accounts",
    left=End(system="shop", resource="customers"),
    right=End(system="books", resource="Accounts"),
    fields=(
        FieldRule(name="Name", source="company"),
        FieldRule(name="VATNumber", source="vat", use=("vat",)),
        FieldRule(name="ChamberOfCommerce", source="kvk", use=("kvk",)),
        FieldRule(name="Email", source="email"),
        FieldRule(name="City", source="city"),
        FieldRule(name="Code", source="code"),
    ),
    match=(MatchRule(fields=("VATNumber",)), MatchRule(fields=("ChamberOfCommerce",)), MatchRule(fields=("Code",))),
    create={Side.LEFT: Birth.AUTO, Side.RIGHT: Birth.AUTO},
    on_delete={side: DeleteRule(then=OnDelete.DELETE) for side in Side},
)


def accounts(**changes: Any) -> Entity:
    """The entity ``ACCOUNTS`` with some of its rules changed."""
    return replace(ACCOUNTS, **changes)


def with_field(entity: Entity, name: str, **changes: Any) -> Entity:
    """The entity with one field's rules changed."""
    return replace(entity, fields=tuple(replace(f, **changes) if f.name == name else f for f in entity.fields))


@dataclass
class World:
    """Two sides, a project between them, and the hands of people on either side.

    Attributes:
        shop, books: The sides themselves: ``add``, ``edit``, ``remove`` are what people do there.
        left, right: The same as the engine meets them, with faults.
    """

    folder: Path
    entity: Entity = ACCOUNTS
    shop_resource: Resource = SHOP
    books_resource: Resource = BOOKS
    shop_habits: Habits = field(default_factory=Habits)
    books_habits: Habits = field(default_factory=lambda: Habits(shows=False))
    limits: Mapping[str, Limit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.ids = FakeIds()
        self.shop = Memory("shop", [self.shop_resource], self.clock)
        self.books = Memory("books", [self.books_resource], self.clock)
        self.left = FaultyConnector(self.shop, self.clock, habits=self.shop_habits)
        self.right = FaultyConnector(self.books, self.clock, habits=self.books_habits)
        self.store: StateStore = open_store(self.folder, clock=self.clock, ids=self.ids)

    def reopen(self) -> None:
        """Begin a new process: what was not stored is gone."""
        self.store.close()
        self.store = open_store(self.folder, clock=self.clock, ids=self.ids)

    def setting(self) -> Setting:
        """What a run works with now."""
        return Setting(
            entities=(self.entity,),
            connectors={"shop": self.left, "books": self.right},
            resources={"shop": self.left.resources(), "books": self.right.resources()},
            store=self.store,
            mapping=repr(self.entity),
            limits=self.limits,
            clock=self.clock,
            boot="boot",
        )

    def plan(self, **wish: Any) -> RunResult:
        """A dry run."""
        self.clock.advance(60)
        return run(self.setting(), Wish(dry=True, **wish))

    def run(self, approved: str = "", **wish: Any) -> RunResult:
        """A run as from cron, or an approved one."""
        self.clock.advance(60)
        return run(self.setting(), Wish(approved=approved, **wish))

    def apply(self, plan: Plan, **more: Any) -> RunResult:
        """Carry out a plan that somebody approved."""
        return apply(self.setting(), plan, approved="somebody", **more)

    def begin(self) -> None:
        """The approved first run, so that the runs after it are ordinary ones."""
        result = self.run(approved="somebody")
        assert result.end in (0, 3), result

    def rows(self, side: Side) -> list[dict[str, Value]]:
        """All records of a side, as fields with their id, in order of id."""
        memory, resource = (self.shop, self.shop_resource) if side is Side.LEFT else (self.books, self.books_resource)
        kept = memory._shelves[resource.name].rows.values()
        return [{"#": row.id, **row.fields} for row in sorted(kept, key=lambda row: row.id)]

    def customer(self, id: str = "", **fields: Value) -> str:
        """A person adds a customer in the shop; what is not given is empty."""
        return self.shop.add("customers", dict.fromkeys(self.shop_resource.fields) | fields, id)

    def account(self, id: str = "", **fields: Value) -> str:
        """A person adds an account in the books; what is not given is empty."""
        return self.books.add("Accounts", dict.fromkeys(self.books_resource.fields) | fields, id)


def values(operations: Sequence[Operation]) -> list[tuple[str, str, dict[str, Any]]]:
    """Operations as (action, side, values), for comparing."""
    return [(str(op.action), str(op.side), dict(op.values)) for op in operations]
