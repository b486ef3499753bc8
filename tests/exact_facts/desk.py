"""A whole project in one process: a shop in memory, an emulated Exact on the other side, a real store, one clock for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncengine.model.entity import Birth, End, Entity, FieldRule, Limit, MatchRule
from syncengine.model.record import Side
from syncengine.model.resource import Deletions, FieldFacts, Resource
from syncengine.model.result import RunResult
from syncengine.run import Wish, run
from syncengine.setting import Setting
from syncengine.state.sqlite import open_store
from syncengine_connectors.exact.connector import Exact
from syncengine_connectors.memory import Memory
from tests.connectors.exact.world import World

SHOP = Resource(
    name="customers",
    fields={name: FieldFacts(name=name) for name in ("company", "vat", "city")},
    delete=True,
    incremental=True,
    deletions=Deletions.FEED,
    checked=True,
    conditional=True,
    write_batch=100,
    fetch_size=100,
)

ACCOUNTS = Entity(
    name="accounts",
    left=End(system="shop", resource="customers"),
    right=End(system="exact", resource="Accounts"),
    fields=(
        FieldRule(name="Name", source="company", conflict="left"),
        FieldRule(name="VATNumber", source="vat"),
        FieldRule(name="City", source="city"),
    ),
    match=(MatchRule(fields=("VATNumber",)),),
    create=dict.fromkeys(Side, Birth.AUTO),
)

_OPEN = {name: Limit(share=1.0) for name in ("creates", "updates", "deletes", "shrink", "emptied", "same-value")}
"""Guards that let a test write as much as it likes."""


@dataclass
class Desk:
    """One project.

    Attributes:
        world: The emulated Exact and the clock.
        options: Of the Exact system, beside the division.
    """

    folder: Path
    entity: Entity = ACCOUNTS
    server: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world = World(self.folder, **self.server)
        self.clock = self.world.clock
        self.shop = Memory("shop", [SHOP], self.clock)
        self.store = open_store(self.folder / "state", clock=self.clock, ids=self.world.ids)
        self.exact = self.world.connect(**self.options)

    def process(self, **options: Any) -> Exact:
        """Begin a new process: the connector knows nothing any more."""
        self.exact.close()
        self.exact = self.world.connect(**{**self.options, **options})
        return self.exact

    def run(self, *, dry: bool = False, approved: str = "somebody", minutes: float = 1, **wish: Any) -> RunResult:
        """A run, some minutes after the one before."""
        self.clock.advance(60 * minutes)
        setting = Setting(
            entities=(self.entity,),
            connectors={"shop": self.shop, "exact": self.exact},
            resources={"shop": self.shop.resources(), "exact": self.exact.resources()},
            store=self.store,
            mapping=repr(self.entity),
            limits=_OPEN,
            clock=self.clock,
            boot="boot",
        )
        return run(setting, Wish(dry=dry, approved="" if dry else approved, **wish))

    def customers(self, count: int, first: int = 0) -> None:
        """People add customers in the shop."""
        for n in range(first, first + count):
            self.shop.add("customers", {"company": f"Klant {n}", "vat": f"VAT{n:07}", "city": "Gent"}, f"s{n}")

    def calls(self) -> int:
        """API calls so far, without those of the login."""
        return len([entry for entry in self.world.emulator.requests if entry.path.startswith("/api/v1/")])
