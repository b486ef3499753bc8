"""Duplicates inside one side: what is answered about them has an effect, or is refused with what to do instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import rows
from tests.cli.conftest import Sync
from tests.cli.test_review import decided_from

THREE = "".join(f"{n},Dubbel {n},NL803456700B01,Gent\n" for n in (3, 4, 5))


@pytest.fixture
def waiting(begun: Path, sync: Sync) -> Path:
    """One item: three new customers of the shop carry one VAT number, and the books know none of them."""
    with (begun / "shop/customers.csv").open("a", encoding="utf-8") as file:
        file.write(THREE)
    assert sync("run").end == 3
    return begun


def number(sync: Sync) -> str:
    (item,) = sync("review", "list", "--json").json["reviews"]
    assert (item["left"]["ids"], item["right"]["ids"]) == (["3", "4", "5"], [])
    return str(item["number"])


REFUSED = [
    (["same"], "Merge them in shop", "nothing is merged here, and there is no pair to name"),
    (["same", "--left", "3"], "Merge them in shop", "one of them is the same as nobody"),
    (["not_same", "--left", "3"], "of all of them", "that one of them is another says nothing of which other"),
]


@pytest.mark.parametrize(("words", "said"), rows(REFUSED))
def test_an_answer_without_an_effect_is_refused_and_nothing_noted(
    waiting: Path, sync: Sync, words: list[str], said: str
) -> None:
    refused = sync("review", "decide", number(sync), *words)
    assert refused.end == 2
    assert said in refused.err
    sync("run")
    assert number(sync), "it waits on"
    assert "Dubbel" not in (waiting / "books/accounts.csv").read_text("utf-8")


def test_a_file_of_decisions_is_held_to_the_same(waiting: Path, sync: Sync) -> None:
    refused = decided_from(sync, waiting, f"number,decision,left_id,right_id\n{number(sync)},same,3,\n")
    assert (refused.end, "line 2: " in refused.err, "Merge them in shop" in refused.err) == (2, True, True)


def test_said_of_all_it_sets_them_free(waiting: Path, sync: Sync) -> None:
    assert sync("review", "decide", number(sync), "not_same").end == 0
    assert sync("run").end == 0
    assert (waiting / "books/accounts.csv").read_text("utf-8").count("Dubbel") == 3
    assert sync("run").end == 0


def test_merged_in_their_own_system_they_are_asked_about_no_more(waiting: Path, sync: Sync) -> None:
    customers = waiting / "shop/customers.csv"
    customers.write_text(
        "".join(line for line in customers.read_text("utf-8").splitlines(True) if line[:2] not in ("4,", "5,"))
    )
    sync("run")
    assert sync("review", "list", "--json").json["reviews"] == []
    assert (waiting / "books/accounts.csv").read_text("utf-8").count("Dubbel") == 1
