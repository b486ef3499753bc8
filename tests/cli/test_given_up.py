"""A write the side refused: tried again, or given up, by `sync review decide`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Sync, change


@pytest.fixture
def refused(begun: Path, sync: Sync) -> Path:
    """One item waits: the books' file has an encoding without the letters of a city, and refuses it."""
    accounts = begun / "books/accounts.csv"
    accounts.write_bytes(accounts.read_text("utf-8").replace("Gent", "Gént").encode("cp1252"))
    sync("run")
    change(begun / "shop/customers.csv", "Delft", "Łódź")
    assert sync("run").end == 3
    (item,) = sync("review", "list", "--json").json["reviews"]
    assert item["kind"] == "refused"
    return begun


def decide(sync: Sync, decision: str) -> None:
    """Decide the one item that waits."""
    (item,) = sync("review", "list", "--json").json["reviews"]
    assert sync("review", "decide", str(item["number"]), decision).end == 0
    assert sync("review", "list", "--json").json["reviews"] == []


def writes(sync: Sync) -> list[str]:
    """How each write of the project's history ended."""
    return [entry["outcome"] for entry in sync("history", "--entity", "customers", "--json").json["entries"]]


def test_a_write_that_is_given_up_waits_no_more_and_is_not_sent_again(refused: Path, sync: Sync) -> None:
    decide(sync, "drop")
    before = writes(sync)
    for _ in range(2):
        assert sync("run").end == 0
    assert writes(sync) == before
    assert before.count("refused") == 1


def test_a_record_that_changes_after_its_write_was_given_up_goes_on(refused: Path, sync: Sync) -> None:
    decide(sync, "drop")
    change(refused / "shop/customers.csv", "Łódź", "Leiden")
    assert sync("run").end == 0
    assert b"Leiden" in (refused / "books/accounts.csv").read_bytes()
    change(refused / "shop/customers.csv", "Leiden", "Łódź")
    assert sync("run").end == 3, "what was given up once is asked about anew after something else was written"


def test_a_write_that_is_tried_again_is_refused_again(refused: Path, sync: Sync) -> None:
    decide(sync, "retry")
    assert sync("run").end == 3
    assert writes(sync).count("refused") == 2


def test_whose_write_waits_cannot_be_forgotten_and_whose_was_given_up_can(refused: Path, sync: Sync) -> None:
    said = sync("state", "forget", "customers", "1", "--side", "left", "--yes")
    assert (said.end, "sync review" in said.err) == (8, True), said
    decide(sync, "drop")
    assert sync("state", "forget", "customers", "1", "--side", "left", "--yes").end == 0
    assert "Łódź".encode() not in (refused / ".sync/state.db").read_bytes()
