"""`status`, `history`, `explain`, `links`, `check` and `schema`: they tell, and touch nothing."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncengine.cli.status import overdue, span
from syncengine.state.store import Run
from tests.builders import rows
from tests.cli.conftest import Sync, change


def test_status_before_the_first_run(project: Path, sync: Sync) -> None:
    said = sync("status")
    assert said.end == 0
    assert "never read; its first run is not approved yet" in said.out
    assert "No run yet." in said.out


def test_status_tells_runs_links_and_ages(begun: Path, sync: Sync) -> None:
    said = sync("status")
    assert "customers  shop.customers 2 = books.accounts 2   2 linked; read 0 s and 0 s ago" in said.out
    assert "apply         ended 0 done; 1 confirmed" in said.out
    made = sync("status", "--json").json
    assert (made["format"], made["waiting"], made["runs"][0]["end"]) == ("syncengine/status", 0, 0)
    assert made["entities"][0]["left"]["records"] == 2
    assert sync("status", "-q").out == "", "nothing waits, so -q is silent"


def test_status_ends_3_for_a_monitor_if_something_waits(begun: Path, sync: Sync) -> None:
    change(begun / "shop/customers.csv", "Delft", "Leiden")
    change(begun / "books/accounts.csv", "Delft", "Breda")
    assert sync("run").end == 3
    assert sync("status", "--exit-code").end == 3
    assert "1 waits for you: sync review list" in sync("status").out


NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RHYTHM = [
    # minutes ago of each run, overdue, why
    ([10, 25, 40, 55, 70], False, "the last one came in time"),
    ([46, 61, 76, 91, 106], True, "three usual intervals went by"),
    ([500, 515], False, "two runs are no rhythm yet"),
    ([500, 501, 502, 620, 2000, 2002], False, "a person who runs it now and then has no rhythm"),
    ([], False, "no run at all"),
]  # fmt: skip


@pytest.mark.parametrize(("ages", "late"), rows(RHYTHM))
def test_a_run_that_is_overdue_shows(ages: list[int], late: bool) -> None:
    runs = [Run(number=n, started=NOW - timedelta(minutes=age), command="run") for n, age in enumerate(ages)]
    assert bool(overdue(runs, NOW)) is late


def test_a_span_of_time_is_short() -> None:
    assert [span(seconds) for seconds in (None, -3, 5, 119, 120, 7200, 86_400 * 3)] == [
        "never", "0 s", "5 s", "119 s", "2 min", "2 h", "3 d"
    ]  # fmt: skip


def test_history_lists_runs_and_their_writes(begun: Path, sync: Sync) -> None:
    change(begun / "shop/customers.csv", "Delft", "Leiden")
    sync("run")
    assert len(sync("history").out.splitlines()) == 2
    writes = sync("history", "--run", "2").out
    assert "City  Delft → Leiden" in writes
    assert "changed" in writes
    assert sync("history", "--run", "1", "--json").json["entries"][0]["approved"] == "piet"
    assert "Test NV" not in sync("history", "--writes", "--mask").out
    assert "Delft" in sync("history", "--writes", "--mask").out


def test_explain_tells_both_sides_base_and_writes(begun: Path, sync: Sync) -> None:
    change(begun / "books/accounts.csv", "Delft", "Leiden")
    sync("plan")
    said = sync("explain", "customers", "1")
    assert said.end == 0
    assert "customers   shop.customers 1 = books.accounts A1" in said.out
    assert "linked, matched by Vat in run 1" in said.out
    line = next(line for line in said.out.splitlines() if line.strip().startswith("City"))
    assert line.split() == ["City", "Delft", "Leiden", "Delft"]
    made = sync("explain", "customers", "a", "--json").json
    assert made["left"]["id"] == "1", "the beginning of either side's id will do, in any case"
    assert "Proef" not in sync("explain", "customers", "1", "--mask").out


def test_explain_says_what_it_cannot_find(begun: Path, sync: Sync) -> None:
    for words, said in ((("klanten", "1"), "There is no entity"), (("customers", "zzz"), "was read so far")):
        refused = sync("explain", *words)
        assert (refused.end, refused.out) == (2, "")
        assert said in refused.err


def test_links_are_listed_and_exported(begun: Path, sync: Sync) -> None:
    assert "customers  1        A1        Vat         linked" in sync("links", "list").out
    exported = sync("links", "export").out
    assert exported.splitlines()[0] == "entity,left_id,right_id,matched_by,state"
    assert "customers,1,A1,Vat,linked" in exported.splitlines()
    assert sync("links", "export", "-o", "links.csv").end == 0
    assert (begun / "links.csv").read_text("utf-8") == exported
    assert sync("links", "list", "--json").json["links"][0]["left_id"] == "1"


def test_imported_links_are_believed_and_not_matched_anew(project: Path, sync: Sync) -> None:
    (project / "links.csv").write_text("entity,left_id,right_id\ncustomers,2,A1\n", "utf-8")
    said = sync("links", "import", "links.csv")
    assert (said.end, said.err) == (0, "")
    assert "1 links made" in said.out
    assert "customers,2,A1,import,linked" in sync("links", "export").out
    assert "0 links made, 1 were there already" in sync("links", "import", "links.csv").out
    assert "to link" not in sync("plan").out


def test_what_was_exported_can_be_imported_elsewhere(begun: Path, sync: Sync, tmp_path: Path) -> None:
    exported = sync("links", "export").out
    other = tmp_path / "other"
    (other / "shop").mkdir(parents=True)
    (other / "books").mkdir()
    for name in ("sync.yaml", "shop/customers.csv", "books/accounts.csv"):
        (other / name).write_text((begun / name).read_text("utf-8"), "utf-8")
    (other / "links.csv").write_text(exported, "utf-8")
    assert sync("links", "import", str(other / "links.csv"), "-C", str(other)).end == 0
    assert sync("links", "export", "-C", str(other)).out == exported


WRONG = [
    # file, said, why
    ("entity,left_id\ncustomers,1\n", "right_id", "a column is missing"),
    ("entity,left_id,right_id\nklanten,1,A1\n", 'links.csv:2: there is no entity "klanten"', "an entity the mapping has not"),
    ("entity,left_id,right_id\ncustomers,,A1\n", "links.csv:2: left_id and right_id", "half a link"),
    ("entity,left_id,right_id,matched_by,state\ncustomers,1,A1,x,married\n", "married", "a state there is not"),
    ("entity,left_id,right_id\ncustomers,1,A1\ncustomers,2,A1\n", 'links.csv:3: right record "A1" is linked to "1"', "a record linked twice in the file"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), rows(WRONG))
def test_a_file_of_links_is_taken_whole_or_not_at_all(project: Path, sync: Sync, text: str, said: str) -> None:
    (project / "links.csv").write_text(text, "utf-8")
    refused = sync("links", "import", "links.csv")
    assert (refused.end, refused.out) == (2, "")
    assert said in refused.err
    assert sync("links", "list").out == "No links yet.\n"


def test_a_link_that_contradicts_what_is_known_is_refused(begun: Path, sync: Sync) -> None:
    before = sync("links", "export").out
    (begun / "links.csv").write_text("entity,left_id,right_id\ncustomers,2,A1\n", "utf-8")
    refused = sync("links", "import", "links.csv")
    assert (refused.end, refused.out) == (2, "")
    assert "is linked to" in refused.err
    assert sync("links", "export").out == before


def test_ids_that_look_like_formulas_survive_a_spreadsheet(project: Path, sync: Sync) -> None:
    (project / "links.csv").write_text("entity,left_id,right_id\ncustomers,'=1+1,'-2\n", "utf-8")
    assert sync("links", "import", "links.csv").end == 0
    made = sync("links", "list", "--json").json["links"][0]
    assert (made["left_id"], made["right_id"]) == ("=1+1", "-2")
    (row,) = list(csv.DictReader(io.StringIO(sync("links", "export").out)))
    assert (row["left_id"], row["right_id"]) == ("'=1+1", "'-2")


def test_check_says_that_all_is_well_and_asks_the_systems_when_told(project: Path, sync: Sync) -> None:
    said = sync("check")
    assert said.end == 0
    assert said.out.startswith("ok  sync.yaml")
    assert sync("check", "-q").out == ""
    online = sync("check", "--online", "--json").json
    assert online["ok"]
    assert len(online["notes"]) > 1


def test_schema_knows_this_projects_fields(project: Path, sync: Sync) -> None:
    assert "accounts" in sync("schema").out
    assert sync("schema", "-o", "out.json").end == 0
    assert (project / "out.json").read_text("utf-8").startswith("{")
    assert "accounts" in sync("schema", "--list", "books").out
    listed = sync("schema", "--list", "books.accounts", "--json").json
    assert [field["name"] for field in listed["fields"]] == ["City", "Id", "Name", "Vat"]
    wrong = sync("schema", "--list", "books.acounts")
    assert wrong.end == 2
    assert "accounts" in wrong.err
    assert sync("schema", "--list", "boks").end == 2


def test_a_project_without_a_mapping_is_told_how_to_begin(tmp_path: Path, sync: Sync, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (["plan"], ["status"], ["links", "list"], ["review", "list"], ["schema"], ["login"]):
        said = sync(*command)
        assert (said.end, said.out) == (2, "")
        assert "sync init" in said.err
    assert list(tmp_path.iterdir()) == [], "to look makes nothing"
