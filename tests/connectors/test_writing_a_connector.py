"""The page on writing a connector: its test class is complete, and what it lists is what the suite has."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from syncengine.testing.connector_suite import ConnectorSuite


def page(repository: Path) -> str:
    return (repository / "docs" / "writing-a-connector.md").read_text("utf-8")


def test_the_test_class_of_the_page_passes_as_it_stands(repository, tmp_path) -> None:
    (code,) = [
        block for block in re.findall(r"```python\n(.*?)```", page(repository), re.S) if "ConnectorSuite" in block
    ]
    file = tmp_path / "test_page.py"
    file.write_text(code)
    paths = f"{repository}:{repository / 'connectors'}"
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-c",
            "/dev/null",
            "--rootdir",
            str(tmp_path),
            str(file),
        ],
        env={"PYTHONPATH": paths, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "passed" in ended.stdout


def test_every_hook_of_the_suite_is_on_the_page(repository) -> None:
    text = page(repository)
    plumbing = {
        "described",
        "deleting",
        "query",
        "pages",
        "pulled",
        "fingerprints",
        "shows",
        "made",
        "write",
        "create",
        "update",
        "delete",
    }
    hooks = {name for name in vars(ConnectorSuite) if not name.startswith(("_", "test_"))} - plumbing
    assert hooks == {"connector", "sample", "change", "emptied", "identify", "edit", "lose_answer", "settle", "resource", "plugin", "secrets", "unknown_id", "unknown_field"}  # fmt: skip
    assert [name for name in sorted(hooks) if f"`{name}" not in text] == []
