"""What a plan says it costs is what the run then uses; and the allowance is used up to its last per cent, never beyond."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from syncengine.errors import End
from syncengine.model.result import RunResult
from tests.builders import rows
from tests.exact_facts.desk import Desk

LIMITS = {"limits": True, "per_minute": 60, "per_day": 5000}


def move(desk: Desk, count: int, city: str, step: int = 1) -> None:
    """People edit customers in the shop."""
    for n in range(0, count * step, step):
        desk.shop.edit("customers", f"s{n}", {"city": city})


def measured(desk: Desk, work: Callable[[], None]) -> tuple[RunResult, int, int]:
    """A run in a process of its own: its result, the calls it used for reading, and those that its plan had foretold."""
    work()
    desk.process()
    desk.run(dry=True)
    desk.process()
    before = desk.calls()
    desk.run(dry=True, minutes=0)
    reading = desk.calls() - before
    desk.process()
    before = desk.calls()
    result = desk.run(minutes=0)
    return result, reading, desk.calls() - before - reading


def mix(desk: Desk) -> None:
    desk.customers(75, 900)
    move(desk, 75, "Brugge", 2)


WORK: list[tuple[Callable[[Desk], None], int, str]] = [
    (lambda desk: None, 0, "nothing changed"),
    (lambda desk: desk.customers(1, 900), 1, "one create"),
    (lambda desk: move(desk, 1, "Brugge"), 1, "one update"),
    (lambda desk: desk.customers(100, 900), 100, "a hundred creates"),
    (lambda desk: move(desk, 100, "Brugge"), 100, "a hundred updates"),
    (mix, 150, "both, mixed"),
]


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Callable[[], Desk]:
    def begin() -> Desk:
        desk = Desk(tmp_path_factory.mktemp("desk"), server=LIMITS)
        desk.customers(150)
        assert desk.run().end is End.DONE
        desk.shop.edit("customers", "s149", {"city": "Luik"})
        assert desk.run().end is End.DONE, "the first update is over: it is looked at whole"
        return desk

    return begin


@pytest.mark.parametrize(("work", "writes"), rows(WORK))
def test_a_plan_foretells_the_calls_of_its_run(begun, work, writes):
    desk = begun()
    result, reading, used = measured(desk, lambda: work(desk))
    assert result.end is End.DONE
    assert len(result.plan.operations) == writes
    (cost,) = result.plan.costs
    assert cost.calls == pytest.approx(used, rel=0.05)
    assert used <= writes * 1.05 + 3, "one call a write, a check for twenty updates, one pull to confirm"
    assert reading == 3, "changes, deletions, and the administration"


def test_the_first_update_of_all_costs_two_looks_more_and_says_so(tmp_path):
    desk = Desk(tmp_path, server=LIMITS)
    desk.customers(3)
    assert desk.run().end is End.DONE
    for city, looks in (("Brugge", 2), ("Luik", 0)):
        result, _, used = measured(desk, partial(move, desk, 1, city))
        (cost,) = result.plan.costs
        assert (cost.calls, used) == (4 + looks, 4 + looks)


def test_the_first_run_foretells_its_calls_too(tmp_path):
    desk = Desk(tmp_path, server=LIMITS)
    desk.customers(120)
    result = desk.run(dry=True)
    desk.process()
    before = desk.calls()
    assert desk.run(minutes=0).end is End.DONE
    reading = 4
    (cost,) = result.plan.costs
    assert cost.calls == pytest.approx(desk.calls() - before - reading, rel=0.05)
    assert cost.minutes == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("count", [700, pytest.param(10_000, marks=pytest.mark.long)])
def test_many_writes_use_the_allowance_to_its_last_per_cent_and_never_more(tmp_path, count):
    """Runs end 5 when the day is spent and go on the next day; not one 429 is seen."""
    per_day = 5000 if count > 5000 else 700
    desk = Desk(tmp_path, server={**LIMITS, "per_day": per_day}, options={"limits": {"reserve": 0.0}})
    desk.customers(count)
    began, waited = desk.clock.now(), timedelta(0)
    ends: list[End] = []
    while not ends or ends[-1] is not End.DONE:
        desk.process()
        ends.append(desk.run(minutes=0).end)
        now = desk.clock.now()
        if ends[-1] is End.LATER:
            midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
            waited += midnight - now
            desk.clock.advance((midnight - now).total_seconds())
        assert len(ends) < 10
    statuses = [entry.status for entry in desk.world.emulator.requests]
    assert 429 not in statuses
    assert 401 not in statuses, "no token dies while a call waits for its turn"
    assert set(ends[:-1]) == {End.LATER}
    assert len(ends) == -(-desk.calls() // per_day), "no day was left half used"
    calls = desk.calls()
    assert calls <= count * 1.01 + 4 * len(ends)
    minutes = (desk.clock.now() - began - waited).total_seconds() / 60
    assert minutes <= calls / 60 * 1.01, f"{calls} calls in {minutes:.1f} minutes"
    assert len(desk.world.emulator.records("Accounts")) == count
