"""The stand-ins for the world: each fault does what it says, and only when it is due."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from syncengine.connector import Page, Query
from syncengine.errors import Rejected, Stale, Transient, Uncertain
from syncengine.model.operation import Action, Operation, Written
from syncengine.model.record import Side, Value
from syncengine.model.resource import FieldFacts, Resource
from syncengine.testing.fakes import (
    FakeClock,
    FakeIds,
    Fault,
    FaultyConnector,
    Habits,
    Kind,
    on_text,
    padded,
    truncated,
)
from syncengine_connectors.memory import Memory
from tests.builders import rows

QUERY = Query(resource="customers", fields=("name", "city"))


class World:
    """Four customers behind a side with faults."""

    def __init__(self, *faults: Fault, habits: Habits | None = None) -> None:
        self.clock = FakeClock()
        fields = {name: FieldFacts(name=name) for name in QUERY.fields}
        self.memory = Memory("m", [Resource(name="customers", fields=fields, delete=True)], self.clock)
        for number in range(4):
            self.memory.add("customers", {"name": f"Jansen {number}", "city": "Gent"}, f"c{number}")
        self.side = FaultyConnector(self.memory, self.clock, faults, habits)

    def write(self, action: Action = Action.UPDATE, id: str = "c0", **values: Value):
        operation = Operation(
            key="k",
            entity="e",
            side=Side.LEFT,
            resource="customers",
            action=action,
            id=id,
            values=values,
            identify=values,
        )
        (outcome,) = self.side.write([operation])
        return outcome

    def there(self) -> dict[str, Mapping[str, Value]]:
        return {
            row.id: self.memory.parse(QUERY, row).fields for page in self.memory.pull(QUERY, None) for row in page.rows
        }

    def pages(self) -> list[Page]:
        return list(self.side.pull(QUERY, None))

    def shown(self) -> list[Mapping[str, Value]]:
        return [self.side.parse(QUERY, row).fields for page in self.pages() for row in page.rows]


WRITES = [
    # kind, outcome, took effect at once, why
    (Kind.LOST_DONE, Uncertain, True, "done, and nobody knows"),
    (Kind.LOST_NOT_DONE, Uncertain, False, "not done, and nobody knows"),
    (Kind.LATE, Uncertain, False, "not done yet"),
    (Kind.TRANSIENT, Transient, False, "surely not done"),
    (Kind.REJECTED, Rejected, False, "refused"),
    (Kind.STALE, Stale, False, "moved"),
    (Kind.IGNORED, Written, False, "answered, and not done"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "outcome", "done"), rows(WRITES))
def test_a_write_goes_wrong_once_and_as_it_says(kind, outcome, done) -> None:
    world = World(Fault(kind=kind, seconds=60))
    assert type(world.write(city="Aalst")) is outcome
    assert world.there()["c0"]["city"] == ("Aalst" if done else "Gent")
    assert [fault.kind for fault in world.side.fired] == [kind]
    assert isinstance(world.write(id="c1", city="Ronse"), Written)
    assert world.there()["c1"]["city"] == "Ronse"


def test_a_late_write_takes_effect_when_its_time_has_come() -> None:
    world = World(Fault(kind=Kind.LATE, seconds=60))
    world.write(city="Aalst")
    world.clock.advance(59)
    world.side.fetch(QUERY, ["c0"])
    assert world.there()["c0"]["city"] == "Gent"
    world.clock.advance(1)
    assert world.side.fetch(QUERY, ["c0"])["c0"].fields["city"] == "Aalst"


def test_faults_wait_for_their_call_and_their_action() -> None:
    world = World(Fault(kind=Kind.REJECTED, skip=1, times=2, action=Action.CREATE, field="name"))
    outcomes = [world.write(Action.CREATE, id="", name=f"n{number}") for number in range(4)]
    assert [type(outcome) for outcome in outcomes] == [Written, Rejected, Rejected, Written]
    assert isinstance(outcomes[1], Rejected)
    assert outcomes[1].field == "name"


PULLS = [
    # kind, rows, complete (None: no end), why
    (Kind.SHORT, 2, False, "rows are missing and the side admits it"),
    (Kind.SHRUNK, 2, True, "rows are missing and the side hides it"),
    (Kind.EMPTY, 0, True, "everything is gone, it says"),
    (Kind.TWICE, 8, True, "every row twice"),
    (Kind.CUT, 2, None, "it stops in the midst"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "count", "complete"), rows(PULLS))
def test_a_pull_goes_wrong_as_it_says(kind, count, complete) -> None:
    world = World(Fault(kind=kind, door="pull"))
    pages = world.pages()
    end = pages[-1].end
    assert sum(len(page.rows) for page in pages) == count
    assert (None if end is None else end.complete) is complete
    assert len(world.shown()) == 4, "the next one is whole again"


def test_a_field_is_missing_or_empty_in_every_record() -> None:
    world = World(
        Fault(kind=Kind.FIELD_MISSING, door="pull", field="city"),
        Fault(kind=Kind.FIELD_EMPTY, door="pull", field="city"),
    )
    assert all("city" not in fields for fields in world.shown())
    assert all(fields["city"] is None for fields in world.shown())


@pytest.mark.parametrize("door", ["fetch", "find", "pull"])
def test_a_side_that_cannot_be_asked_says_so(door) -> None:
    world = World(Fault(kind=Kind.TRANSIENT, door=door))
    operation = Operation(key="k", entity="e", side=Side.LEFT, resource="customers", action=Action.UPDATE, id="c0")
    asks = {
        "fetch": lambda: world.side.fetch(QUERY, ["c0"]),
        "find": lambda: world.side.find(operation),
        "pull": world.pages,
    }
    with pytest.raises(Transient):
        asks[door]()
    asks[door]()


HABITS = [
    # habits, shown, why
    (Habits(rewrites={"name": on_text(str.upper)}), "AB C ", "upper case"),
    (Habits(rewrites={"name": on_text(str.strip)}), "ab c", "trimmed"),
    (Habits(rewrites={"name": padded(8)}), "   ab c ", "padded"),
    (Habits(rewrites={"name": truncated(2)}), "ab", "cut off"),
    (Habits(ignores=frozenset({"name"})), "Jansen 0", "accepted and not stored"),
]  # fmt: skip


@pytest.mark.parametrize(("habits", "shown"), rows(HABITS))
def test_a_side_has_its_habits(habits, shown) -> None:
    world = World(habits=habits)
    outcome = world.write(name="ab c ")
    assert world.there()["c0"]["name"] == shown
    assert outcome.record.fields["name"] == shown


def test_a_side_may_show_nothing_after_a_write() -> None:
    assert World(habits=Habits(shows=False)).write(city="Aalst").record is None


def test_healing_drops_what_is_still_to_come() -> None:
    world = World(Fault(kind=Kind.REJECTED, times=9))
    world.write(city="a")
    world.side.heal()
    assert isinstance(world.write(city="b"), Written)


def test_time_passes_only_when_told_and_the_wall_clock_can_be_set() -> None:
    clock = FakeClock()
    wall, boot = clock.now(), clock.monotonic()
    clock.sleep(5)
    clock.step(-3600)
    assert (clock.now() - wall).total_seconds() == 5 - 3600
    assert clock.monotonic() - boot == 5
    assert clock.slept == [5]


def test_identifiers_are_the_same_in_every_run_and_differ_among_themselves() -> None:
    one, other = FakeIds(1), FakeIds(1)
    tokens = [one.token(8) for _ in range(3)]
    assert tokens == [other.token(8) for _ in range(3)]
    assert len({*tokens, FakeIds(2).token(8)}) == 4
    assert all(len(token) == 16 for token in tokens)
