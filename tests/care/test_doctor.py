"""`sync doctor`: one line for each check, with what to do; the end of the worst."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncengine.care import doctor
from syncengine.care.doctor import Level, _judged, end_of, examine
from syncengine.care.place import CLOCK
from syncengine.errors import End
from syncengine.state import folder as state_folder
from syncengine.state import lock
from syncengine.testing.fakes import FakeClock
from tests.builders import rows
from tests.care.conftest import Sync
from tests.cli.conftest import change
from tests.state.build import tamper


def levels(sync: Sync) -> dict[str, tuple[str, str]]:
    """What → level and text, of the whole page."""
    return {one["what"]: (one["level"], one["text"]) for one in sync("doctor", "--json").json["findings"]}


def test_all_is_well(begun: Path, sync: Sync) -> None:
    sync("state", "backup")
    said = sync("doctor")
    assert said.end == End.DONE, said.out
    assert "fail" not in said.out
    assert "warn" not in said.out
    assert list(levels(sync)) == ["program", "mapping", "folder", "disk", "state", "backup", "lock", "clock", "runs"]
    assert sync("doctor", "-q").out == ""


def test_before_the_first_run_nothing_is_made(project: Path, sync: Sync) -> None:
    assert sync("doctor").end == End.DONE
    assert not (project / ".sync").exists()


def test_a_broken_mapping_hides_no_other_check(begun: Path, sync: Sync) -> None:
    change(begun / "sync.yaml", "company", "compagny")
    said = sync("doctor")
    assert said.end == End.CONFIG
    found = levels(sync)
    assert found["mapping"][0] == "fail"
    assert found["state"][0] == "ok"


def test_a_damaged_state_ends_8(begun: Path, sync: Sync) -> None:
    tamper(begun / ".sync", "DELETE FROM entry")
    said = sync("doctor")
    assert said.end == End.STATE
    assert "sync state restore" in said.out
    assert levels(sync)["lock"][0] == "ok"


def test_no_room_on_the_disk_ends_8(begun: Path, sync: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_folder, "LEAST_FREE", 2**62)
    assert sync("doctor").end == End.STATE
    assert levels(sync)["disk"][0] == "fail"


def test_a_folder_open_to_others_is_warned_about(begun: Path, sync: Sync) -> None:
    (begun / ".sync" / "state.db").chmod(0o644)
    said = sync("doctor")
    assert said.end == End.DONE
    assert "state.db is open to others" in said.out
    assert "chmod -R go= .sync" in said.out


def test_a_held_lock_is_no_fault_and_keeps_the_state_unread(begun: Path, sync: Sync) -> None:
    with lock.held(begun / ".sync", CLOCK.now()):
        said = sync("doctor")
    assert said.end == End.DONE
    assert "held by process" in said.out
    assert "in use" in said.out


CLOCKS = [
    # now, last write, level, why
    ("2026-11-20", "2026-11-20", "ok", "as it should be"),
    ("2026-11-20", "2026-11-22", "fail", "it went back two days"),
    ("2001-01-01", None, "fail", "a battery ran empty"),
]  # fmt: skip


@pytest.mark.parametrize(("now", "written", "level"), rows(CLOCKS))
def test_the_clock(project: Path, now: str, written: str | None, level: Level) -> None:
    if written:
        (project / ".sync").mkdir(mode=0o700)
        file = project / ".sync" / "state.db-wal"
        file.write_bytes(b"")
        stamp = datetime.fromisoformat(written).replace(tzinfo=UTC).timestamp()
        os.utime(file, (stamp, stamp))
    clock = FakeClock(datetime.fromisoformat(now).replace(tzinfo=UTC))
    found = {one.what: one for one in examine(project, lambda root: "", clock)}
    assert found["clock"].level == level
    assert bool(found["clock"].do) is (level == "fail")


def test_an_old_backup_is_warned_about(begun: Path, sync: Sync) -> None:
    sync("state", "backup")
    found = {one.what: one for one in examine(begun, lambda root: "", FakeClock(CLOCK.now() + timedelta(days=5)))}
    assert found["backup"].level == "warn"


def test_an_overdue_run_ends_5(begun: Path) -> None:
    found = examine(begun, lambda root: "usually every 15 min, the last one 2 h ago")
    assert end_of(found) == End.LATER
    assert "overdue" in next(one for one in found if one.what == "runs").text


LOGINS = [
    # what the login says of itself, level, why
    ({"logged_in": True, "days_left": 29}, "ok", "used yesterday"),
    ({"logged_in": True, "days_left": None}, "ok", "logs in by itself"),
    ({"logged_in": True, "days_left": 10}, "warn", "from day 20 of 30 unused"),
    ({"logged_in": False, "days_left": None}, "fail", "nobody logged in yet"),
    ({"logged_in": False, "days_left": 0}, "fail", "expired"),
    ({}, "ok", "a connector that tells in words only"),
]  # fmt: skip


@pytest.mark.parametrize(("found", "level"), rows(LOGINS))
def test_how_long_a_login_lasts(found: dict[str, Any], level: Level) -> None:
    finding = _judged("exact", "as it says", found)
    assert finding.level == level
    assert (finding.end == End.LOGIN) is (level == "fail")
    assert ("sync login" in finding.do) is (level != "ok")


def test_a_login_that_is_missing_ends_6_and_its_secrets_are_not_shown(
    begun: Path, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_ID", "0f0f0f0f-canary-client-id")
    monkeypatch.setenv("CANARY_SECRET", "canary-client-secret")
    text = (begun / "sync.yaml").read_text("utf-8")
    exact = "  exact: {connector: exact, country: nl, division: 1, client_id: env:CANARY_ID, client_secret: env:CANARY_SECRET}\n"
    (begun / "sync.yaml").write_text(text.replace("guards:", f"{exact}guards:"), "utf-8")
    said = sync("doctor")
    assert said.end == End.LOGIN, said.out + said.err
    assert "not logged in" in said.out
    assert "sync login --system exact" in said.out
    assert "canary-client-secret" not in said.out + said.err


def test_no_check_that_stumbles_stops_the_page(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(doctor, "holder", stumble)
    found = {one.what: one for one in examine(begun, lambda root: "")}
    assert "Permission denied" in found["lock"].text
    assert found["clock"].level == "ok"
