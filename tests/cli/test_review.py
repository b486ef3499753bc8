"""The inbox: a conflict and a match wait, are looked at, decided, and carried out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders import rows
from tests.cli.conftest import Said, Sync, change


@pytest.fixture
def waiting(begun: Path, sync: Sync) -> Path:
    """Review 1 is a conflict about City; review 2 a customer that the books have twice."""
    change(begun / "shop/customers.csv", "Delft", "Leiden")
    change(begun / "books/accounts.csv", "Delft", "Breda")
    with (begun / "shop/customers.csv").open("a", encoding="utf-8") as file:
        file.write("3,Dubbel NV,BE0403170701,Gent\n")
    with (begun / "books/accounts.csv").open("a", encoding="utf-8") as file:
        file.write("A8,Dubbel,NL803456700B01,Gent\nA9,Dubbel (oud),NL803456700B01,Gent\n")
    change(begun / "shop/customers.csv", "3,Dubbel NV,BE0403170701", "3,Dubbel NV,NL803456700B01")
    assert sync("run").end == 3
    return begun


def numbers(sync: Sync) -> dict[str, int]:
    """Kind → number of what waits."""
    return {item["kind"]: item["number"] for item in sync("review", "list", "--json").json["reviews"]}


def test_the_list_has_ids_reason_and_what_can_be_decided(waiting: Path, sync: Sync) -> None:
    said = sync("review", "list")
    assert said.end == 0
    assert "shop 1 = books A1" in said.out
    assert "City  Leiden | Breda" in said.out
    assert "2 wait: " in said.out
    items = {item["kind"]: item for item in sync("review", "list", "--json").json["reviews"]}
    assert set(items) == {"conflict", "match"}
    assert (items["match"]["left"]["ids"], items["match"]["right"]["ids"]) == (["3"], ["A8", "A9"])
    assert all(item["reason"] for item in items.values())
    assert sync("review", "list", "klanten").end == 2


def test_an_item_is_shown_with_its_records(waiting: Path, sync: Sync) -> None:
    number = numbers(sync)["match"]
    said = sync("review", "show", str(number))
    assert "Dubbel (oud)" in said.out
    assert f"sync review decide {number} same --right A9" in said.out
    assert "Dubbel (oud)" not in sync("review", "show", str(number), "--mask").out
    assert sync("review", "show", "99").end == 2


@pytest.mark.parametrize(
    ("decision", "both"), [("shop", "Leiden"), ("left", "Leiden"), ("books", "Breda"), ("right", "Breda")]
)
def test_a_conflict_is_decided_by_a_side_or_its_systems_name(
    waiting: Path, sync: Sync, decision: str, both: str
) -> None:
    number = numbers(sync)["conflict"]
    said = sync("review", "decide", str(number), decision)
    assert (said.end, said.err) == (0, "")
    assert "conflict" not in numbers(sync), "what is decided no longer waits"
    sync("run")
    for name in ("shop/customers.csv", "books/accounts.csv"):
        assert both in (waiting / name).read_text("utf-8").splitlines()[1]
    assert "conflict" not in numbers(sync)


def test_both_may_be_left_to_stand(waiting: Path, sync: Sync) -> None:
    assert sync("review", "decide", str(numbers(sync)["conflict"]), "keep").end == 0
    before = (waiting / "shop/customers.csv").read_bytes(), (waiting / "books/accounts.csv").read_bytes()
    sync("run")
    assert "conflict" not in numbers(sync)
    assert ((waiting / "shop/customers.csv").read_bytes(), (waiting / "books/accounts.csv").read_bytes()) == before


def test_a_decision_about_other_values_does_not_count(waiting: Path, sync: Sync) -> None:
    assert sync("review", "decide", str(numbers(sync)["conflict"]), "shop").end == 0
    change(waiting / "books/accounts.csv", "Breda", "Tilburg")
    sync("run")
    assert "conflict" in numbers(sync), "the person never saw Tilburg"
    assert "Tilburg" in (waiting / "books/accounts.csv").read_text("utf-8")


def test_a_match_is_decided_by_naming_the_pair(waiting: Path, sync: Sync) -> None:
    number = str(numbers(sync)["match"])
    several = sync("review", "decide", number, "same")
    assert several.end == 2
    assert "--left ID --right ID" in several.err
    assert sync("review", "decide", number, "same", "--right", "A9").end == 0
    sync("run")
    assert "customers,3,A9," in sync("links", "export").out


REFUSED = [
    # what is typed after `decide`, said, why
    (["99", "left"], "does not wait", "a number that does not wait"),
    (["{conflict}", "same"], "It takes: left, right, keep", "a decision of another kind"),
    (["{match}", "same", "--right", "A7"], "A8, A9", "a record that is not in question"),
    (["{conflict}"], "NUMBER and DECISION", "half a decision"),
    ([], "NUMBER and DECISION", "nothing at all"),
    (["{conflict}", "left", "--as", " "], "--as NAME", "nobody's name"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "said"), rows(REFUSED))
def test_a_decision_that_makes_no_sense_is_refused(waiting: Path, sync: Sync, words: list[str], said: str) -> None:
    known = numbers(sync)
    refused = sync("review", "decide", *(word.format(**known) for word in words))
    assert (refused.end, refused.out) == (2, "")
    assert said in refused.err
    assert numbers(sync) == known


def decided_from(sync: Sync, project: Path, text: str) -> Said:
    """Take decisions from a file."""
    (project / "decisions").write_text(text, "utf-8")
    return sync("review", "decide", "--file", "decisions")


def test_many_decisions_come_from_a_csv_file(waiting: Path, sync: Sync) -> None:
    known = numbers(sync)
    text = f"number,decision,left_id,right_id\n{known['conflict']},shop,,\n{known['match']},same,3,A8\n7,,,\n"
    said = decided_from(sync, waiting, text)
    assert (said.end, said.err) == (0, "")
    assert "2 decided." in said.out
    sync("run")
    assert "customers,3,A8," in sync("links", "export").out


def test_the_list_with_decisions_added_is_a_file_of_decisions(waiting: Path, sync: Sync) -> None:
    listed = sync("review", "list", "--json").json
    for item in listed["reviews"]:
        if item["kind"] == "conflict":
            item["decision"] = "books"
    assert decided_from(sync, waiting, json.dumps(listed)).end == 0
    assert set(numbers(sync)) == {"match"}


def test_a_file_that_shows_other_values_than_now_is_refused(waiting: Path, sync: Sync) -> None:
    listed = sync("review", "list", "--json").json
    for item in listed["reviews"]:
        item["decision"] = "books" if item["kind"] == "conflict" else "not_same"
    change(waiting / "books/accounts.csv", "Breda", "Tilburg")
    sync("plan")
    refused = decided_from(sync, waiting, json.dumps(listed))
    assert refused.end == 2
    assert "another value by now" in refused.err
    assert set(numbers(sync)) == {"conflict", "match"}, "all of a file is noted, or none"


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "{", "[1]", '{"reviews": 3}', "number,decision\nx,left\n", "[" * 99999]
)
def test_a_file_of_anything_else_is_refused(waiting: Path, sync: Sync, text: str) -> None:
    said = decided_from(sync, waiting, text)
    assert (said.end, said.out) == (2, "")
    assert "Traceback" not in said.err
