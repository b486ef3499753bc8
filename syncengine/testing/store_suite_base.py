"""What the promises of a store stand on: a store of their own, and short words for records, links and operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncengine.model.link import Base, Link, LinkState
from syncengine.model.operation import Action, FieldChange, Operation
from syncengine.model.plan import LinkChange
from syncengine.model.record import Observed, Side, Value
from syncengine.model.values import row_fingerprint
from syncengine.state.store import StateStore
from syncengine.testing.fakes import START, FakeClock

ENTITY = "customers"
LAYOUT = ("Name", "City")
LEFT, RIGHT = Side.LEFT, Side.RIGHT
LATER = START + timedelta(hours=1)
EARLIER = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


class StorePromises:
    """One opened store per test."""

    clock: FakeClock
    folder: Path

    def open(self, folder: Path) -> StateStore:
        """Open the store in this folder, and make it if there is none; may be called while another is open."""
        raise NotImplementedError("a subclass of StoreSuite says how its store is opened")

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[StateStore]:
        """A new store that knows the layout of the entity ``customers``."""
        self.clock, self.folder = FakeClock(), tmp_path / "state"
        store = self.open(self.folder)
        with store.transaction():
            store.links.relay(ENTITY, LAYOUT)
        yield store
        store.close()

    def reopened(self, store: StateStore) -> StateStore:
        """The same state, as the next process finds it; the caller closes it."""
        store.close()
        return self.open(self.folder)


def seen(id: str, *values: Value, **more: Any) -> Observed:
    """A record in the common shape: ``seen("1", "ACME", "Gent", raw=7)``; without values it has a name of its own."""
    row = values or (f"Name {id}", "Gent")
    return Observed(id=id, values=row, fingerprint=row_fingerprint(row), **more)


def fill(store: StateStore, left: Iterable[Observed] = (), right: Iterable[Observed] = (), generation: int = 1) -> None:
    """Put records on both sides."""
    with store.transaction():
        store.mirror.put(ENTITY, LEFT, generation, left)
        store.mirror.put(ENTITY, RIGHT, generation, right)


def listing(
    store: StateStore, rows: Sequence[Observed], generation: int, *, side: Side = LEFT, page: int = 1_000
) -> tuple[list[bool], int]:
    """Show these rows in a whole listing; return which were known, and how many rows are missing now."""
    told: list[bool] = []
    with store.transaction():
        for at in range(0, len(rows), page):
            some = rows[at : at + page]
            known = store.mirror.known(ENTITY, side, generation, [row.raw for row in some])
            store.mirror.put(
                ENTITY, side, generation, [row for row, is_known in zip(some, known, strict=True) if not is_known]
            )
            told += known
        return told, store.mirror.miss(ENTITY, side, generation, START)


def change(left_id: str, right_id: str, **more: Any) -> LinkChange:
    """A link to be made or changed."""
    return LinkChange(entity=ENTITY, left_id=left_id, right_id=right_id, **{"matched_by": "VATNumber", **more})


def base(left: tuple[Value, ...], right: tuple[Value, ...] | None = None) -> Base:
    """What both sides agreed on; the same values if only one row is given."""
    return Base(left=left, right=left if right is None else right)


def apply(store: StateStore, *changes: LinkChange, run: int = 1) -> int:
    """Apply link changes in a transaction of their own."""
    with store.transaction():
        return store.links.apply(changes, run)


def linked(store: StateStore, count: int) -> None:
    """``count`` pairs l0 = r0, l1 = r1 … that agree in everything."""
    rows = [(f"Name {number}", "Gent") for number in range(count)]
    fill(
        store,
        [seen(f"l{number}", *row, raw=number + 1) for number, row in enumerate(rows)],
        [seen(f"r{number}", *row, raw=number + 1) for number, row in enumerate(rows)],
    )
    apply(store, *(change(f"l{number}", f"r{number}", base=base(row)) for number, row in enumerate(rows)))


def due(store: StateStore) -> list[tuple[str, str]]:
    """The pairs that need a decision."""
    return [(pair.link.left_id, pair.link.right_id) for pair in store.links.pairs(ENTITY)]


def ids(rows: Iterable[Observed]) -> list[str]:
    """Ids in the order they come."""
    return [row.id for row in rows]


def names(links: Iterable[Link]) -> list[tuple[str, str, LinkState]]:
    """What links name, and their state."""
    return [(link.left_id, link.right_id, link.state) for link in links]


def operation(number: int = 1, **more: Any) -> Operation:
    """An update of one field on the right."""
    plain: dict[str, Any] = {
        "key": f"key{number}",
        "entity": ENTITY,
        "side": RIGHT,
        "resource": "Accounts",
        "action": Action.UPDATE,
        "id": f"r{number}",
        "partner": f"l{number}",
        "values": {"Name": "New"},
        "expected": {"Name": "Old"},
        "changes": (
            FieldChange(name="Name", before="Old", after="New", base="Old", source="New", rule="changed", why="left changed"),
        ),
    }  # fmt: skip
    return Operation(**{**plain, **more})
