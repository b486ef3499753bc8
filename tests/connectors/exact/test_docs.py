"""The page on Exact says what is there: every option, every test it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from syncengine_connectors.exact import PLUGIN
from syncengine_connectors.exact.resources import NEVER_SENT
from syncengine_connectors.http.limits import USUAL_DAY, USUAL_MINUTE


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "exact.md").read_text("utf-8")


def test_every_option_has_its_line_and_no_other(page):
    table = page.partition("| option |")[2].partition("\n\n")[0]
    told = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert told == set(PLUGIN.options["properties"])


def test_every_test_it_names_exists(page, repository):
    named, file = [], ""
    for found, test in re.findall(r"`((?:tests/[\w/]+/)?test_\w+\.py)?(?:::(test_\w+))?`", page):
        file = found or file
        if not file:
            continue
        path = repository / (file if file.startswith("tests/") else f"tests/connectors/exact/{file}")
        assert path.is_file(), file
        if test:
            assert f"def {test}(" in path.read_text("utf-8"), f"{file}::{test}"
            named.append(test)
    assert len(named) >= 20


def test_what_is_never_sent_is_said(page):
    assert all(name in page for _, name in NEVER_SENT)


def test_the_usual_limits_are_said(page):
    assert f"{USUAL_MINUTE} calls a minute and {USUAL_DAY:,} a day" in page


def test_every_complaint_of_the_facts_has_its_row_and_its_test(page, repository):
    """Eighteen rows, in order, each with a test of its own."""
    tests = re.findall(
        r"^def (test_(\d\d)_\w+)\(", (repository / "tests/exact_facts/test_complaints.py").read_text("utf-8"), re.M
    )
    assert [int(number) for _, number in tests] == list(range(1, 19))
    rows = re.findall(r"^\| .+ \| .+ \| `tests/exact_facts/test_complaints\.py::(\w+)` \|$", page, re.M)
    assert rows == [name for name, _ in tests]
