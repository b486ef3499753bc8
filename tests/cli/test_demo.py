"""The demo runs as told, touches nothing outside its folder, and notices when it does not go as told."""

from __future__ import annotations

import csv
import json
import re
import runpy
import time
from pathlib import Path

import pytest

from syncengine.cli import story
from syncengine.errors import End
from tests.cli.conftest import Sync


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_demo_goes_as_told_and_leaves_a_project_to_go_on_with(elsewhere: Path, sync: Sync) -> None:
    began = time.process_time()
    said = sync("demo", "--dir", "webshop", "--no-input")
    assert (said.end, said.err) == (0, ""), said.out[-2000:]
    assert "✗" not in said.out
    assert said.out.count("✓") >= 11
    assert "Everything went as told." in said.out
    assert time.process_time() - began < 20, "of work; how long that takes is the machine's affair"
    assert Path.cwd() == elsewhere, "the demo goes back where it came from"
    assert list(elsewhere.iterdir()) == [elsewhere / "webshop"]
    assert sync("status", "-C", "webshop").end == 0
    again = sync("demo", "--dir", "webshop")
    assert (again.end, again.out) == (2, "")


def test_without_a_folder_nothing_is_left_behind(elsewhere: Path, sync: Sync, monkeypatch) -> None:
    temporary = elsewhere / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setattr(story, "tell", lambda place, output: bool(list(place.iterdir())))
    assert sync("demo").end == 0
    assert list(temporary.iterdir()) == []


def test_a_demo_that_goes_otherwise_ends_1_and_says_where(elsewhere: Path, sync: Sync, monkeypatch) -> None:
    monkeypatch.setattr(story, "_rest", lambda stage: stage.must("two and two", 2 + 2, 5))
    said = sync("demo")
    assert said.end == 1
    assert "✗ two and two: expected 5, found 4" in said.out
    assert "did not go as told: two and two" in said.out
    assert "4. People work" not in said.out, "what follows would only confuse"


def test_a_command_that_ends_otherwise_is_noticed(elsewhere: Path, sync: Sync, monkeypatch) -> None:
    monkeypatch.setattr(story, "_first_plan", lambda stage: stage.typed("sync check", ends=End.WAITING))
    said = sync("demo")
    assert said.end == 1
    assert '✗ "sync check" ends 3' in said.out


def test_the_data_is_what_its_script_makes(repository: Path, tmp_path: Path) -> None:
    example = repository / "examples" / "webshop-csv"
    script = tmp_path / "make_data.py"
    script.write_bytes((example / "make_data.py").read_bytes())
    runpy.run_path(str(script), run_name="__main__")
    made = {
        path.relative_to(tmp_path): path.read_bytes()
        for folder in ("shop", "exact")
        for path in (tmp_path / folder).iterdir()
    }
    kept = {
        path.relative_to(example): path.read_bytes()
        for folder in ("shop", "exact")
        for path in (example / folder).iterdir()
    }
    assert made == kept


def test_the_data_has_the_size_and_the_spellings_it_is_said_to_have(repository: Path) -> None:
    example = repository / "examples" / "webshop-csv"

    def table(name: str) -> list[dict[str, str]]:
        with (example / "shop" / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file, delimiter=";"))

    customers = table("customers.csv")
    assert (len(customers), len(table("contacts.csv")), len(table("articles.csv"))) == (60, 90, 120)
    assert {row["country"] for row in customers} == {"Nederland", "België"}
    books = json.loads((example / "exact" / "Accounts.json").read_text("utf-8"))["d"]["results"]
    assert not {row["vat_id"] for row in customers} & {row.get("VATNumber") for row in books}
    everywhere = "".join(path.read_text("utf-8-sig") for path in example.glob("*/*"))
    mails = re.findall(r"[\w.+-]+@([\w.-]+)", everywhere)
    assert len(mails) > 150
    assert all(domain.endswith(".example") for domain in mails), "nobody can be reached by this data"
