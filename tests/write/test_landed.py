"""Writes that landed together are noted together, and end as if each had been noted alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncengine.model.operation import Action, FieldChange, Operation, OperationState, Written
from syncengine.model.record import Side
from syncengine.survey import wire
from syncengine.testing.fakes import Fault, Habits, Kind
from syncengine.write import outbox
from syncengine.write.books import Books
from syncengine.write.commit import all_landed
from tests.run.world import BOOKS, World

NAMES = ("one", "two", "three", "four", "five", "six")


def carried_out(folder: Path, *, shows: bool) -> Mapping[str, Any]:
    """What is stored after five updates, one delete and two creates went out in batches; one update was refused."""
    world = World(folder, books_resource=replace(BOOKS, write_batch=100), books_habits=Habits(shows=shows))
    for name in NAMES:
        world.customer(name, company=name, code=name)
    world.begin()
    world.run()
    for name in NAMES[:5]:
        world.shop.edit("customers", name, {"company": f"{name} B.V.", "city": "Gent"})
    world.shop.remove("customers", "six")
    world.customer("seven", company="seven", code="seven")
    world.customer("eight", company="eight", code="eight")
    world.right.schedule(Fault(kind=Kind.REJECTED, skip=3, field="City"))
    result = world.run()
    assert [item.state for item in result.applied].count(OperationState.PARKED) == 1
    store = world.store
    store.journal.verify()
    return {
        "applied": [(item.operation.key, item.state, item.id) for item in result.applied],
        "entries": list(store.journal.entries()),
        "noted": [store.journal.get(item.operation.key) for item in result.applied],
        "links": list(store.links.all()),
        "rows": [list(store.mirror.rows("accounts", side)) for side in Side],
    }


@pytest.mark.parametrize("together", [2, 3, 500])
@pytest.mark.parametrize("shows", [True, False], ids=["shown", "not shown"])
def test_they_end_as_if_each_were_noted_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int, shows: bool
) -> None:
    monkeypatch.setattr(outbox, "_TOGETHER", 1)
    alone = carried_out(tmp_path / "alone", shows=shows)
    monkeypatch.setattr(outbox, "_TOGETHER", together)
    assert carried_out(tmp_path / "together", shows=shows) == alone


def test_what_the_first_left_of_a_record_is_what_the_second_begins_with(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.begin()
    (account,) = (str(row["#"]) for row in world.rows(Side.RIGHT))
    wanted = {"Name": "ACME B.V.", "City": "Brugge"}
    operations = [
        Operation(
            key=f"key {name}",
            entity="accounts",
            side=Side.RIGHT,
            resource="Accounts",
            action=Action.UPDATE,
            id=account,
            partner="s1",
            values={name: value},
            changes=(
                FieldChange(name=name, before="old", after=value, base="old", source=value, rule="changed", why=""),
            ),
        )
        for name, value in wanted.items()
    ]
    keys, now = [op.key for op in operations], world.clock.now()
    setting = world.setting()
    with world.store.transaction():
        world.store.journal.accept(operations, run=2, plan="p", approved="", at=now)
        for state in (OperationState.READY, OperationState.SENDING):
            world.store.journal.move_all(keys, state, at=now)
        done = [(operation, Written(id=account)) for operation in operations]
        books = Books(store=world.store, clock=world.clock, run=2)
        results = all_landed(wire(setting).endpoints["accounts", Side.RIGHT], done, books)
    assert [item.state for item in results] == [OperationState.DONE] * 2
    layout = world.store.links.layout("accounts")
    (link,), (row,) = world.store.links.all(), world.store.mirror.rows("accounts", Side.RIGHT)
    assert link.base is not None
    for values in (row.values, link.base.left, link.base.right):
        shown = dict(zip(layout, values, strict=True))
        assert {name: shown[name] for name in wanted} == wanted
