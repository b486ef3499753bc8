"""docs/cli.md is the help, word for word, and misses no command. To renew it: UPDATE_DOCS=1 with this test."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from syncengine.errors import End
from tests.cli.helptext import block, commands

_BLOCK = re.compile(r"<!-- help: ([a-z ]+) -->.*?<!-- end -->", re.DOTALL)


def test_the_reference_quotes_the_help_of_every_command(repository: Path) -> None:
    page = repository / "docs" / "cli.md"
    text = page.read_text("utf-8")
    expected = {name: block(name, command, context) for name, command, context in commands()}
    if os.environ.get("UPDATE_DOCS") == "1":
        text = _BLOCK.sub(lambda found: expected.get(found[1], found[0]), text)
        page.write_text(text, "utf-8")
    quoted = {found[1]: found[0] for found in _BLOCK.finditer(text)}
    assert sorted(quoted) == sorted(expected)
    for name, help_text in expected.items():
        assert quoted[name] == help_text, f"sync {name}"


def test_the_reference_lists_every_end(repository: Path) -> None:
    text = (repository / "docs" / "cli.md").read_text("utf-8")
    listed = {int(number) for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert listed == {int(end) for end in End}


@pytest.mark.parametrize("name", ["README.md", "docs/cli.md", "docs/life-of-a-record.md"])
def test_links_between_pages_lead_somewhere(repository: Path, name: str) -> None:
    page = repository / name
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_the_life_of_a_record_names_modules_that_exist(repository: Path) -> None:
    text = (repository / "docs" / "life-of-a-record.md").read_text("utf-8")
    named = set(re.findall(r"`((?:syncengine|connectors)/[\w/.-]+)`", text))
    assert len(named) > 15
    assert [path for path in sorted(named) if not (repository / path).exists()] == []
