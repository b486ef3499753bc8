"""`sync undo`: what a run changed is put back, only where it still shows, only after a review."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from syncengine.errors import End
from syncengine.model.operation import OperationState
from syncengine.testing.fakes import START
from syncengine.testing.store_suite_base import operation
from tests.care.conftest import Open, Sync
from tests.cli.conftest import MAPPING, change


@pytest.fixture
def changed(begun: Path, sync: Sync) -> Path:
    """The project after run 2 wrote two records of the books."""
    change(begun / "shop" / "customers.csv", "Delft", "Leiden")
    change(begun / "shop" / "customers.csv", "Test NV,BE 0403.170.701,Gent", "Test Groep,BE 0403.170.701,Brugge")
    assert sync("run").end == End.DONE
    assert "Leiden" in books(begun)
    return begun


def books(project: Path) -> str:
    return (project / "books" / "accounts.csv").read_text("utf-8")


def test_a_run_is_planned_back_applied_and_stays_undone(changed: Path, sync: Sync) -> None:
    before = books(changed)
    said = sync("undo", "2")
    assert said.end == End.DONE
    assert "Leiden → Delft   as before entry" in said.out
    assert "To do exactly this: sync apply undo-2.json" in said.out
    assert books(changed) == before, "nothing is written by planning"
    assert (changed / "undo-2.json").stat().st_mode & 0o777 == 0o600
    assert sync("apply", "undo-2.json").end == End.DONE
    assert "A1,Proef B.V.,NL801234566B01,Delft" in books(changed)
    assert "1,Test NV,BE0403170701,Gent" in books(changed)
    undone = books(changed)
    assert sync("run", "--full").end == End.DONE
    assert books(changed) == undone, "the shop's value is the old news that was undone"


def test_an_edit_after_the_undo_flows_again(changed: Path, sync: Sync) -> None:
    sync("undo", "2")
    sync("apply", "undo-2.json")
    change(changed / "shop" / "customers.csv", "Leiden", "Luik")
    assert sync("run").end == End.DONE
    assert "Luik" in books(changed)


def test_the_undo_is_in_the_journal_with_who_approved_it(changed: Path, sync: Sync) -> None:
    sync("undo", "2", "-o", "back.json")
    sync("apply", "back.json", "--as", "Ann")
    entries = sync("history", "--run", "3", "--json").json["entries"]
    assert {entry["approved"] for entry in entries} == {"Ann"}
    changes = {(c["field"], c["before"], c["after"], c["rule"]) for entry in entries for c in entry["changes"]}
    assert ("City", "Leiden", "Delft", "undo") in changes


def test_what_somebody_changed_since_is_left_alone(changed: Path, sync: Sync) -> None:
    change(changed / "books" / "accounts.csv", "Brugge", "Oostende")
    said = sync("undo", "2", "--json").json
    fields = {c["field"] for op in said["operations"] for c in op["changes"]}
    assert fields == {"City", "Name"}
    assert len(said["operations"]) == 2
    assert any("City shows something else by now" in text for text in said["messages"])
    assert [c["after"] for op in said["operations"] for c in op["changes"] if c["field"] == "City"] == ["Delft"]


def test_a_change_between_the_plan_and_its_apply_is_not_overwritten(changed: Path, sync: Sync) -> None:
    sync("undo", "2")
    change(changed / "books" / "accounts.csv", "Leiden", "Zwolle")
    said = sync("apply", "undo-2.json")
    assert said.end == End.LATER
    assert "Zwolle" in books(changed)


def test_one_entry_is_undone_alone(changed: Path, sync: Sync) -> None:
    number = next(
        entry["number"]
        for entry in sync("history", "--run", "2", "--json").json["entries"]
        if any(c["after"] == "Leiden" for c in entry["changes"])
    )
    assert sync("undo", "--entry", str(number)).end == End.DONE
    sync("apply", f"undo-entry-{number}.json")
    assert "Delft" in books(changed)
    assert "Brugge" in books(changed)


def test_several_writes_of_one_field_are_put_back_to_the_first(changed: Path, sync: Sync) -> None:
    change(changed / "shop" / "customers.csv", "Leiden", "Luik")
    sync("run")
    numbers = [str(entry["number"]) for entry in sync("history", "--id", "A1", "--json").json["entries"]]
    said = sync("undo", *[word for number in numbers for word in ("--entry", number)], "--json").json
    assert [(c["before"], c["after"]) for op in said["operations"] for c in op["changes"]] == [("Luik", "Delft")]


def test_creates_are_not_undone(changed: Path, sync: Sync) -> None:
    said = sync("undo", "1")
    assert said.end == End.DONE
    assert "a create is not undone" in said.out
    assert not (changed / "undo-1.json").exists()


def test_what_was_forgotten_cannot_be_put_back(changed: Path, sync: Sync) -> None:
    sync("state", "forget", "customers", "A1", "--yes")
    said = sync("undo", "2")
    assert "its content was forgotten" in said.out
    assert "Test Groep" in said.out
    assert "Delft" not in said.out


def test_an_owners_value_is_announced_to_come_back(changed: Path, sync: Sync) -> None:
    owned = MAPPING.replace("City: city", "City: {from: city, owner: shop}")
    (changed / "sync.yaml").write_text(owned, "utf-8")
    sync("plan")
    assert "shop owns it, so the next run writes it again" in sync("undo", "2").out


def test_a_field_that_is_no_longer_mapped_is_left(changed: Path, sync: Sync) -> None:
    (changed / "sync.yaml").write_text(MAPPING.replace("      City: city\n", ""), "utf-8")
    sync("plan")
    said = sync("undo", "2")
    assert "City is no longer mapped" in said.out
    assert '"Test Groep" → "Test NV"' in said.out


def test_a_wrong_number_is_said(changed: Path, sync: Sync) -> None:
    for wrong in (["undo", "99"], ["undo", "--entry", "99"], ["undo"], ["undo", "2", "--entry", "1"]):
        assert sync(*wrong).end == End.CONFIG, wrong


def test_undo_approves_no_first_run_and_drops_no_refused_write(changed: Path, sync: Sync, opened: Open) -> None:
    refused = replace(operation(7), entity="customers")
    with opened() as workspace, workspace.store.transaction():
        workspace.store.meta.set("approved:customers", None)
        workspace.store.journal.accept([refused], run=2, plan="p", approved="", at=START)
        for state in ("ready", "sending", "refused", "parked"):
            workspace.store.journal.move(refused.key, OperationState(state), at=START, sent_boot=1.0, boot="b")
    sync("undo", "2")
    assert sync("apply", "undo-2.json").end in (End.DONE, End.WAITING)
    assert "Delft" in books(changed)
    with opened() as workspace:
        assert workspace.store.meta.get("approved:customers") is None
        assert [noted.operation.key for noted in workspace.store.journal.open(OperationState.PARKED)] == [refused.key]
