"""What comes before the steps of a run: room, today's backup, old history, and whether this is still the state that was."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from syncengine.care import daily
from syncengine.care.daily import RELINKING, plan_bytes
from syncengine.errors import End, StateError
from syncengine.model.operation_json import dump_operation
from syncengine.model.plan import Plan
from syncengine.state import folder as state_folder
from syncengine.state.care import DEFAULT_DAYS
from syncengine.state.check import check
from syncengine.testing.fakes import FakeClock
from syncengine.testing.store_suite_base import operation
from tests.care.conftest import Open, Sync
from tests.cli.conftest import change

DAY = 86_400.0


def backups(project: Path) -> list[str]:
    """Names of the copies beside the state."""
    return sorted(file.name for file in (project / ".sync" / "backups").glob("*"))


def books(project: Path) -> str:
    """What the right side holds."""
    return (project / "books" / "accounts.csv").read_text("utf-8")


def test_the_first_run_of_a_day_makes_a_backup_and_the_last_seven_are_kept(
    project: Path, clock: FakeClock, opened: Open
) -> None:
    with opened() as workspace:
        workspace.run(approved="ann")
    assert backups(project) == [], "before the very first run there is nothing to lose"
    with opened() as workspace:
        workspace.plan()
    assert backups(project) == [], "a plan changes no side"
    with opened() as workspace:
        workspace.run()
        workspace.run()
    assert backups(project) == ["daily-20261120.db"]
    for _ in range(9):
        clock.advance(DAY)
        with opened() as workspace:
            workspace.run()
    assert backups(project) == [f"daily-202611{day}.db" for day in range(23, 30)]


def test_old_history_goes_with_the_first_run_of_a_day(project: Path, clock: FakeClock, opened: Open) -> None:
    with opened() as workspace:
        workspace.run(approved="ann")
        assert len(list(workspace.store.journal.entries())) == 1
    clock.advance((DEFAULT_DAYS - 1) * DAY)
    with opened() as workspace:
        workspace.run()
        assert len(list(workspace.store.journal.entries())) == 1
    clock.advance(2 * DAY)
    with opened() as workspace:
        workspace.run()
        assert list(workspace.store.journal.entries()) == []
        assert workspace.store.journal.verify() == 0


def test_a_run_without_room_on_the_disk_ends_8_and_touches_nothing(
    project: Path, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = books(project)
    monkeypatch.setattr(state_folder, "LEAST_FREE", 2**62)
    for command in (["run"], ["plan"], ["apply", "--yes"]):
        said = sync(*command)
        assert said.end == End.STATE
        assert "MB are free" in said.err
    assert books(project) == before
    assert "No run yet" in sync("history").out


def test_a_plan_that_cannot_be_noted_is_not_begun(project: Path, sync: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    before = books(project)
    with monkeypatch.context() as patch:
        patch.setattr(daily, "plan_bytes", lambda plan: 2**62)
        assert sync("apply", "--yes").end == End.STATE
    assert books(project) == before
    assert sync("apply", "--yes").end == End.DONE
    assert books(project) != before


def test_the_size_of_a_plan_is_measured_by_a_part_of_it() -> None:
    some = tuple(replace(operation(n), key=f"key{n:06}") for n in range(1000))
    real = sum(len(str(dump_operation(op))) for op in some)
    assert abs(plan_bytes(Plan(operations=some)) - real) < real / 10
    assert plan_bytes(Plan()) == 0


def older_state(project: Path, sync: Sync) -> None:
    """Put the state's file back as it was before the last run that wrote."""
    state = project / ".sync" / "state.db"
    assert not state.with_name("state.db-wal").exists(), "a command closes the store, and its log with it"
    shutil.copy(state, project / "copy.db")
    change(project / "shop" / "customers.csv", "Gent", "Brugge")
    assert sync("run").end == End.DONE
    for part in ("-wal", "-shm"):
        state.with_name(f"state.db{part}").unlink(missing_ok=True)
    shutil.copy(project / "copy.db", state)


def test_an_older_state_only_links_until_a_plan_is_approved(begun: Path, sync: Sync) -> None:
    older_state(begun, sync)
    change(begun / "shop" / "customers.csv", "Delft", "Leiden")
    before = books(begun)
    for _ in range(2):
        said = sync("run")
        assert said.end == End.WAITING
        assert "not the state that was used last" in said.out
        assert "older than the one used last" in said.out
        assert books(begun) == before
    plan = sync("plan", "--json").json
    assert [entity["first"] for entity in plan["entities"]] == [True]
    assert [op["changes"][0]["after"] for op in plan["operations"]] == ["Leiden"], "what would be done is shown"


def test_what_was_not_read_whole_does_not_make_an_older_state_trusted(begun: Path, sync: Sync) -> None:
    older_state(begun, sync)
    with (begun / "books" / "accounts.csv").open("a", encoding="utf-8") as file:
        file.write("broken,row\n")
    for _ in range(2):
        assert "not the state that was used last" in sync("run").out


def test_after_an_approved_plan_an_older_state_is_trusted_again(begun: Path, sync: Sync, opened: Open) -> None:
    older_state(begun, sync)
    assert sync("apply", "--yes").end in (End.DONE, End.WAITING)
    with opened() as workspace:
        assert workspace.store.meta.get(RELINKING) is None
        assert check(workspace.upkeep.store).links == 2
    change(begun / "shop" / "customers.csv", "Delft", "Leiden")
    said = sync("run")
    assert "not the state" not in said.out
    assert "Leiden" in books(begun)


def test_another_computer_is_told_of_once(begun: Path, sync: Sync, opened: Open) -> None:
    with opened() as workspace:
        workspace.upkeep.store.meta.note("host", "elsewhere")
    said = sync("run")
    assert "last used on elsewhere" in said.out
    assert said.end == End.DONE
    assert "last used" not in sync("run").out


def test_a_failed_backup_stops_the_run_before_it_touches_a_side(
    begun: Path, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(store: object) -> None:
        raise StateError("the disk is full")

    monkeypatch.setattr(daily, "backup_daily", full)
    change(begun / "shop" / "customers.csv", "Gent", "Brugge")
    before = books(begun)
    assert sync("run").end == End.STATE
    assert books(begun) == before
