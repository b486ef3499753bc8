"""`init` begins a project and never overwrites one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncengine.cli.shipped import templates
from tests.cli.conftest import Sync


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_project_is_begun_and_the_next_step_named(tmp_path: Path, sync: Sync) -> None:
    said = sync("init")
    assert (said.end, said.err) == (0, "")
    assert said.out.splitlines()[-1] == "Then: sync check"
    assert ".sync/" in (tmp_path / ".gitignore").read_text("utf-8").splitlines()
    schema = json.loads((tmp_path / ".sync" / "sync.schema.json").read_text("utf-8"))
    assert "entities" in schema["properties"]
    assert (tmp_path / ".sync").stat().st_mode & 0o077 == 0


def test_nothing_is_overwritten(tmp_path: Path, sync: Sync) -> None:
    (tmp_path / "sync.yaml").write_text("mine", "utf-8")
    said = sync("init")
    assert (said.end, said.out) == (2, "")
    assert "nothing was written" in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["sync.yaml"]
    assert (tmp_path / "sync.yaml").read_text("utf-8") == "mine"


def test_a_gitignore_that_is_there_is_added_to_once(tmp_path: Path, sync: Sync) -> None:
    (tmp_path / ".gitignore").write_text("*.pyc", "utf-8")
    sync("init")
    text = (tmp_path / ".gitignore").read_text("utf-8")
    assert text.startswith("*.pyc\n")
    (tmp_path / "sync.yaml").unlink()
    assert "keeps .sync/ out of git" not in sync("init").out
    assert (tmp_path / ".gitignore").read_text("utf-8") == text


@pytest.mark.parametrize("name", sorted(path.stem for path in templates().glob("*.yaml")))
def test_every_template_begins_a_project_that_only_lacks_its_secrets(
    tmp_path: Path, sync: Sync, monkeypatch, name: str
) -> None:
    assert sync("init", "here", "--template", name).end == 0
    assert name in sync("init", "--list").out
    lacking = sync("check", "-C", "here")
    assert (lacking.end, lacking.out) == (2, "")
    assert "EXACT_CLIENT_ID" in lacking.err


def test_init_answers_programs_and_keeps_quiet(tmp_path: Path, sync: Sync) -> None:
    made = sync("init", "one", "--json").json
    assert made["written"] == ["one/sync.yaml", "one/.gitignore", "one/.sync/sync.schema.json"]
    assert made["template"] in sync("init", "--list", "--json").json["templates"]
    assert sync("init", "two", "-q").out == ""


def test_an_unknown_template_is_answered_with_the_likely_one(tmp_path: Path, sync: Sync) -> None:
    said = sync("init", "--template", "csv-item")
    assert said.end == 2
    assert 'Did you mean "csv-items"?' in said.err
    assert list(tmp_path.iterdir()) == []
