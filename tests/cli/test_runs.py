"""`plan`, `apply` and `run` on a real project: what they print, how they end, and what they touch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncengine.cli.output import Output
from tests.builders import rows
from tests.cli.conftest import Sync, change

BOOKS, SHOP = "books/accounts.csv", "shop/customers.csv"


def contents(project: Path) -> list[str]:
    """Both sides, as they stand."""
    return [(project / name).read_text("utf-8") for name in (BOOKS, SHOP)]


def test_a_plan_shows_and_writes_nothing(project: Path, sync: Sync) -> None:
    before = contents(project)
    said = sync("plan")
    assert said.end == 0
    assert "customers  = 1 to link: Vat 1" in said.out
    assert "customers  + Test NV   shop 2 → books (new)" in said.out
    assert "First run: 1 create waits for approval." in said.out
    assert contents(project) == before


def test_the_result_goes_to_stdout_and_nothing_else_does(project: Path, sync: Sync) -> None:
    said = sync("plan", "--json")
    assert said.json["format"] == "syncengine/plan"
    assert said.err == ""


def test_a_saved_plan_is_applied_as_reviewed_and_once(project: Path, sync: Sync) -> None:
    assert "sync apply reviewed.json" in sync("plan", "-o", "reviewed.json").out
    assert (project / "reviewed.json").stat().st_mode & 0o077 == 0, "it holds what the records hold"
    done = sync("apply", "reviewed.json")
    assert (done.end, done.err) == (0, "")
    assert "Run 1: 1 created, 0 updated, 0 deleted, 1 linked." in done.out
    assert "1,Test NV,BE0403170701,Gent" in (project / BOOKS).read_text("utf-8")
    before = contents(project)
    again = sync("apply", "reviewed.json")
    assert (again.end, again.out) == (2, "")
    assert "Nothing was written" in again.err
    assert contents(project) == before


def test_a_plan_that_was_altered_is_refused(project: Path, sync: Sync) -> None:
    sync("plan", "-o", "plan.json")
    change(project / "plan.json", "Test NV", "Best NV")
    before = contents(project)
    said = sync("apply", "plan.json")
    assert said.end == 2
    assert contents(project) == before


REFUSED = [
    # what is given as a plan, said, why
    (None, "there is no such file", "a file that is missing"),
    ("{}", "plan", "JSON that is no plan"),
    ("\x00\x01", "plan", "no JSON at all"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), rows(REFUSED))
def test_what_is_no_plan_is_refused(project: Path, sync: Sync, text: str | None, said: str) -> None:
    if text is not None:
        (project / "plan.json").write_text(text, "utf-8")
    refused = sync("apply", "plan.json")
    assert refused.end == 2
    assert said in refused.err
    assert "Traceback" not in refused.err


def test_a_folder_as_a_plan_is_refused(project: Path, sync: Sync) -> None:
    assert sync("apply", "shop").end == 2


def test_without_a_file_and_without_a_person_apply_asks_for_a_word(project: Path, sync: Sync) -> None:
    before = contents(project)
    said = sync("apply", "--no-input")
    assert said.end == 2
    assert "Test NV" in said.out, "the plan is shown all the same"
    assert "sync apply --yes" in said.err
    assert contents(project) == before


@pytest.mark.parametrize(("answer", "written"), [("y", True), ("n", False), ("", False)])
def test_a_person_is_shown_the_plan_and_asked(
    project: Path, sync: Sync, monkeypatch, answer: str, written: bool
) -> None:
    asked: list[str] = []

    def confirm(self: Output, question: str, *, instead: str) -> bool:
        asked.append(question)
        return answer == "y"

    monkeypatch.setattr(Output, "confirm", confirm)
    before = contents(project)
    said = sync("apply")
    assert asked == ["Apply this plan?"]
    assert "customers  + Test NV" in said.out
    assert (contents(project) != before) is written


def test_yes_approves_and_the_journal_keeps_who(project: Path, sync: Sync) -> None:
    assert sync("apply", "--yes", "--as", "Ans").end == 0
    (entry,) = sync("history", "--writes", "--json").json["entries"]
    assert (entry["approved"], entry["action"], entry["outcome"]) == ("Ans", "create", "done")


def test_an_unattended_first_run_links_and_creates_nothing(project: Path, sync: Sync) -> None:
    before = contents(project)
    said = sync("run")
    assert said.end == 3
    assert "1 linked, 1 held back" in said.out
    assert "waits for approval" in said.out
    assert contents(project) == before


def test_the_second_run_writes_nothing_and_quietly_prints_nothing(begun: Path, sync: Sync) -> None:
    before = contents(begun)
    assert "Run 2: 0 created, 0 updated, 0 deleted." in sync("run").out
    quiet = sync("run", "-q")
    assert (quiet.end, quiet.out, quiet.err) == (0, "", "")
    assert contents(begun) == before


def test_an_edit_travels_and_is_told_field_by_field(begun: Path, sync: Sync) -> None:
    change(begun / SHOP, "Delft", "Leiden")
    planned = sync("plan", "--exit-code")
    assert planned.end == 10
    assert "    City   Delft → Leiden" in planned.out
    assert "sync.yaml:13" in planned.out
    done = sync("run", "-q")
    assert done.end == 0
    assert "1 updated" in done.out, "-q is silent about nothing, not about news"
    assert "A1,Proef B.V.,NL801234566B01,Leiden" in (begun / BOOKS).read_text("utf-8")


def test_a_guard_stops_the_plan_and_an_override_names_it(begun: Path, sync: Sync) -> None:
    more = "".join(f"{n},Klant {n},,Breda\n" for n in range(10, 20))
    (begun / SHOP).write_text((begun / SHOP).read_text("utf-8") + more, "utf-8")
    before = contents(begun)
    stopped = sync("run")
    assert stopped.end == 4
    assert 'guard "creates" stops the plan before any write' in stopped.out
    assert contents(begun) == before
    said = sync("apply", "--yes")
    assert said.end == 4
    assert "Run " not in said.out, "a plan that is stopped is not tried"
    assert sync("apply", "--yes", "--allow", "deletes").end == 4, "another guard's name overrides nothing"
    assert contents(begun) == before
    allowed = sync("apply", "--yes", "--allow", "creates")
    assert allowed.end == 0
    assert "10 created" in allowed.out


def test_one_entity_can_be_named_and_a_wrong_name_is_refused(project: Path, sync: Sync) -> None:
    assert sync("plan", "customers").end == 0
    refused = sync("plan", "custmers")
    assert (refused.end, refused.out) == (2, "")
    assert "customers" in refused.err


def test_personal_data_is_hidden_from_a_ci_and_shown_when_asked(project: Path, sync: Sync, monkeypatch) -> None:
    monkeypatch.setenv("CI", "true")
    for form in ("text", "json", "markdown", "html", "junit"):
        assert "Test NV" not in sync("plan", "--format", form).out
    assert "Gent" in sync("plan").out, "a city is not personal here"
    assert "Test NV" in sync("plan", "--no-mask").out
    monkeypatch.setenv("CI", "false")
    assert "Test NV" in sync("plan").out
    assert "Test NV" not in sync("plan", "--mask").out


def test_json_and_another_form_together_are_refused(project: Path, sync: Sync) -> None:
    assert sync("plan", "--json", "--format", "html").end == 2


def test_a_project_elsewhere_is_named(project: Path, sync: Sync, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert sync("plan").end == 2
    assert sync("plan", "-C", str(project)).end == 0
    monkeypatch.setenv("SYNCENGINE_PROJECT", str(project))
    assert sync("plan").end == 0


def test_a_fault_in_the_mapping_is_told_with_its_place(project: Path, sync: Sync) -> None:
    change(project / "sync.yaml", "City: city", "Citty: city")
    for command in ("check", "plan", "run", "status"):
        said = sync(command)
        assert (said.end, said.out) == (2, "")
        assert "sync.yaml:13" in said.err
        assert "City" in said.err


def test_a_second_run_at_the_same_time_ends_7(project: Path, sync: Sync) -> None:
    from syncengine.workspace import open_workspace

    with open_workspace(project, lock=True):
        for command in (["plan"], ["run"], ["apply", "--yes"], ["review", "decide", "1", "left"]):
            said = sync(*command)
            assert (said.end, said.out) == (7, ""), command
        assert sync("status").end == 0, "to look is always allowed"


def test_a_saved_plan_is_json_that_a_person_can_read(project: Path, sync: Sync) -> None:
    sync("plan", "-o", "plan.json")
    assert json.loads((project / "plan.json").read_text("utf-8"))
    assert not list(project.glob(".*.part"))
