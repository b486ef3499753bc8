"""Holds the repository to what any clone may carry: no place of somebody's machine, no address of a package index."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.builders import rows

FORBIDDEN = re.compile(
    r"(?<![\w.~$}/-])/(?:home|root|Users|work|workspace)/[\w.-]"  # somebody's folders
    r"|/tmp/[\w.-]+"  # a test asks pytest for its folder
    r"|pypi\.org|pythonhosted\.org|registry\.npmjs|proxy\.golang"
    r"|--(?:extra-)?index-url|--find-links|--trusted-host"
    r"|BEGIN (?:RSA |EC )?PRIVATE KEY"
)
"""What no file of the repository may hold, but this one."""


def tracked(repository: Path) -> list[Path]:
    """List the files under version control; without git, as in an sdist, the test has nothing to hold."""
    if not (repository / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, check=True).stdout
    return [repository / name for name in listed.decode().split("\0") if name and (repository / name).is_file()]


def test_no_file_names_a_place_of_one_machine_or_an_index(repository: Path) -> None:
    found = []
    for file in tracked(repository):
        if file.name == Path(__file__).name:
            continue
        text = file.read_bytes().decode("utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if match := FORBIDDEN.search(line):
                found.append(f"{file.relative_to(repository)}:{number}: {match.group()}")
    assert not found, "\n".join(found)


def test_no_tracked_file_is_ignored_or_large(repository: Path) -> None:
    large = [f"{file}: {file.stat().st_size}" for file in tracked(repository) if file.stat().st_size > 1_000_000]
    assert not large, "\n".join(large)


def test_every_python_file_begins_with_a_docstring_and_names_no_relative_import(repository: Path) -> None:
    bare = []
    for file in tracked(repository):
        if file.suffix == ".py":
            text = file.read_text("utf-8").lstrip()
            if text and not text.startswith(('"""', 'r"""', "#!")):
                bare.append(str(file.relative_to(repository)))
    assert not bare, "\n".join(bare)


CASES = [
    ("see /home/jan/project", True, "a home folder"),
    ("cache in /tmp/build", True, "a scratch folder"),
    ("pip install --index-url x", True, "an index"),
    ("https://shop.example/home/jan", False, "a path of an address is no folder"),
    ("GET /api/v1/current/Me", False, "an API's path"),
    ("~/work/notes", False, "a reader's own folder, by its usual name"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "found"), rows(CASES))
def test_the_pattern_finds(line: str, found: bool) -> None:
    assert bool(FORBIDDEN.search(line)) is found
