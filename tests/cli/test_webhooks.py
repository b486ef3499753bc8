"""`sync webhooks`: subscriptions to changes, typed as a person does, against the embedded emulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Sync

MAPPING = """\
version: 1
systems:
  shop:  {connector: csv, path: articles.csv}
  exact: {connector: exact, division: 123456, url: emulator}
entities:
  items:
    pair: [shop.articles, exact.Items]
    match: [Code]
    fields: {Code: sku, Description: name}
"""


@pytest.fixture
def exact_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sync.yaml").write_text(MAPPING)
    (tmp_path / "articles.csv").write_text("sku,name\nA1,Stoel\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_subscribe_list_and_remove(exact_project: Path, sync: Sync) -> None:
    assert sync("webhooks", "list").out == "No subscriptions.\n"
    said = sync("webhooks", "subscribe", "https://app.example/hook", "Items", "Accounts")
    assert (said.end, [line.split()[:3] for line in said.out.splitlines()]) == (
        0,
        [["+", "Items", "https://app.example/hook"], ["+", "Accounts", "https://app.example/hook"]],
    )
    listed = sync("webhooks", "list", "--json").json
    assert (listed["format"], [row["topic"] for row in listed["subscriptions"]]) == (
        "syncengine/webhooks",
        ["Accounts", "Items"],
    )
    assert sync("webhooks", "remove", "Items").out.startswith("- Items")
    assert sync("webhooks", "remove", "--all").out.startswith("- Accounts")
    assert sync("webhooks", "list", "-q").out == ""


def test_a_topic_that_is_none_ends_2_with_those_there_are(exact_project: Path, sync: Sync) -> None:
    said = sync("webhooks", "subscribe", "https://app.example/hook", "Units")
    assert said.end == 2
    assert "Exact has no topic Units" in said.err
    assert "StockPositions" in said.err


def test_remove_wants_a_name_or_all_but_not_both(exact_project: Path, sync: Sync) -> None:
    assert sync("webhooks", "remove").end == 2
    assert sync("webhooks", "remove", "--all", "Items").end == 2


def test_a_project_without_webhooks_says_so(project: Path, sync: Sync) -> None:
    said = sync("webhooks", "list")
    assert (said.end, "has 0 systems with webhooks" in said.err) == (2, True)
