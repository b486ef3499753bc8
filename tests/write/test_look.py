"""After an unanswered create: which record may be taken for it, and which one never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncengine.connector import Query
from syncengine.errors import End
from syncengine.model.operation import Operation, OperationState
from syncengine.model.record import Record, Side
from syncengine.testing.fakes import Fault, Kind
from tests.builders import rows
from tests.run.world import World

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

FOUND: list[tuple[str, dict[str, Any], OperationState, str]] = [
    ("ACME", {}, OperationState.CONFIRMED, "equal, and the side tells nothing more"),
    ("Other", {}, OperationState.UNCERTAIN, "other values: a person must look"),
    ("Other", {"ours": True}, OperationState.CONFIRMED, "other values, but only this create had its code"),
    ("ACME", {"ours": False}, OperationState.UNCERTAIN, "equal, but somebody else made it"),
    ("ACME", {"created": MINUTE}, OperationState.CONFIRMED, "equal, and made after the attempt"),
    ("ACME", {"created": -MINUTE}, OperationState.CONFIRMED, "made a minute before by a clock that is late"),
    ("ACME", {"created": -HOUR}, OperationState.CONFIRMED, "made in the hour that autumn shows twice"),
    ("ACME", {"created": -2 * HOUR}, OperationState.UNCERTAIN, "it was there before: ours may still come"),
    ("Other", {"created": -2 * HOUR}, OperationState.UNCERTAIN, "another one that was there before"),
]


@pytest.mark.parametrize(("name", "told", "state"), rows(FOUND))
def test_a_record_found_after_an_unanswered_create(
    tmp_path, monkeypatch: pytest.MonkeyPatch, name: str, told: dict[str, Any], state: OperationState
) -> None:
    world = World(tmp_path)
    world.customer("s1", company="ACME", vat="NL807220982B01")
    sent = world.clock.now() + MINUTE
    marks = {**told, **({"created": sent + told["created"]} if "created" in told else {})}

    def find(operation: Operation) -> Sequence[Record]:
        id = world.account(Name=name, VATNumber="NL807220982B01")
        return [replace(row, **marks) for row in world.books.fetch(world_query(world), [id]).values()]

    monkeypatch.setattr(world.right, "find", find)
    world.right.schedule(Fault(kind=Kind.LOST_NOT_DONE))
    result = world.run(approved="somebody")
    (item,) = result.applied
    assert item.state is state
    assert len(list(world.store.links.all())) == (state is OperationState.CONFIRMED)


def test_a_record_that_is_somebodys_partner_is_not_adopted_a_second_time(tmp_path, monkeypatch) -> None:
    world = World(tmp_path)
    world.customer("s1", company="ACME", code="C1")
    world.begin()
    (linked,) = world.rows(Side.RIGHT)
    world.customer("s2", company="ACME", code="C2")
    world.right.schedule(Fault(kind=Kind.LOST_NOT_DONE))
    monkeypatch.setattr(
        world.right, "find", lambda operation: list(world.books.fetch(world_query(world), [str(linked["#"])]).values())
    )
    assert world.run().end is End.LATER, "ours is not there yet"
    monkeypatch.undo()
    world.clock.advance(HOUR.total_seconds())
    world.run()
    assert world.run().end is End.DONE
    assert sorted((link.left_id, link.right_id) for link in world.store.links.all())[0] == ("s1", str(linked["#"]))
    assert len(world.rows(Side.RIGHT)) == 2


def world_query(world: World) -> Query:

    return Query(resource="Accounts", fields=tuple(world.books_resource.fields))
