"""Every planted bug is found by a named part of the suite; a handful in each test run, all of them in the long one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.planted.bugs import BUGS, SWITCHED_OFF

REPOSITORY = Path(__file__).resolve().parents[2]
OURS = re.compile(r"\b(?:Type|Attribute|Name|Import)Error\b")
IN_SHORT = {
    "blind retry",
    "no fresh look",
    "guard ignored",
    "sent before it was noted",
    "plan used twice",
    *SWITCHED_OFF.values(),
}


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in IN_SHORT else pytest.mark.long) for n in BUGS])
def test_a_planted_bug_is_found(name: str) -> None:
    bug = BUGS[name]
    environment = {key: value for key, value in os.environ.items() if key not in ("SYNCENGINE_LONG", "SEEDS")}
    environment |= {"PLANTED": name, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'connectors'}"}
    if bug.seeds:
        environment["SEEDS"] = str(bug.seeds)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "tests.planted.bugs",
        "-p",
        "no:cacheprovider",
        *bug.found_by,
    ]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=900)
    # 1: a test failed. Anything else (nothing collected, an error in the plugin) shows nothing.
    assert done.returncode == 1, (
        f"{name} was not found by {' '.join(bug.found_by)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    )
    assert "failed" in done.stdout, done.stdout[-2000:]
    assert not OURS.search(done.stdout), f"the switch itself is broken: {done.stdout[-2000:]}"
