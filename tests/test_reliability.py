"""docs/reliability.md is held to the repository: no path that is not there, no promise, fault or planted bug without its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.planted.bugs import BUGS

PROMISES = 26
FAULTS = 78
PATH = re.compile(r"`((?:tests|docs|scripts|syncengine)/[\w./-]*)`")


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    """The page."""
    return (repository / "docs/reliability.md").read_text("utf-8")


def test_every_path_exists(page: str, repository: Path) -> None:
    named = set(PATH.findall(page))
    assert len(named) > 50
    assert [path for path in sorted(named) if not (repository / path).exists()] == []


def test_every_promise_has_its_row_and_a_test(page: str) -> None:
    rows = re.findall(r"^\| P(\d+) \|.*\|(.*)\|$", page, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, PROMISES + 1))
    assert [number for number, shown in rows if not PATH.search(shown)] == []


def test_every_fault_has_its_place_once(page: str) -> None:
    part = page.partition("## Faults")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ((?:\d+ )+)(.*)\|(.*)\|$", part, re.MULTILINE)
    numbers = [int(number) for row, _, _ in rows for number in row.split()]
    assert sorted(numbers) == list(range(1, FAULTS + 1))
    assert [row for row, _, where in rows if not PATH.search(where) and "not yet" not in where] == []


def test_the_number_of_planted_bugs_is_told(page: str) -> None:
    assert f"{len(BUGS)} switches" in page
    assert [name for name in BUGS if f"| {name} |" not in page] == []
