"""A disk that takes no more, in real processes: the run ends 8, and the next one with room finishes what it began, once."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from syncengine.errors import End
from tests.conftest import LONG
from tests.processes.test_kills import assert_nothing_lost_nothing_doubled, settle
from tests.processes.world import Project, Server

FAULTS = [
    ("fdatasync:error=EIO:when=1", "the first sync of the log"),
    ("fdatasync:error=EIO:when=4", "a later one"),
    ("pwrite64:error=ENOSPC:when=12+", "no room while the plan is noted"),
    ("pwrite64:error=EIO:when=40", "one write in the middle"),
    ("pwrite64:error=ENOSPC:when=60+", "no room while outcomes are noted"),
    ("pwrite64:error=EIO:when=90", "one write later on"),
]
"""What strace makes of a system call, and what that means."""
SHORT = 3


@cache
def why_no_strace() -> str:
    """Why system calls cannot be made to fail here; "" if they can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    probe = ["strace", "-qq", "-o", "/dev/null", "-e", "inject=fsync:error=EIO", "true"]
    done = subprocess.run(probe, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"strace may not trace here: {done.stderr.strip()[:80]}"


def project_with_news(root: Path, server: Server) -> Project:
    """A project that ran once, and has work for the next run on both sides."""
    project = Project(root=root, server=server, dice=random.Random(7))
    for _ in range(3):
        project.people()
    assert project.run()[0] == End.DONE
    for _ in range(4):
        project.people()
    return project


@pytest.mark.parametrize("room", [40_000, 90_000, 200_000] if LONG else [90_000])
def test_a_file_that_may_not_grow_ends_the_run_and_loses_nothing(tmp_path: Path, server: Server, room: int) -> None:
    project = project_with_news(tmp_path / "project", server)
    code, said = project.run("prlimit", f"--fsize={room}")
    assert code == End.STATE, (code, said)
    assert "Traceback" not in said
    settle(project)
    assert_nothing_lost_nothing_doubled(project)


@pytest.mark.skipif(bool(why_no_strace()), reason=why_no_strace())
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=why, marks=() if n % SHORT == 0 else pytest.mark.long)
        for n, (fault, why) in enumerate(FAULTS)
    ],
)
def test_a_disk_that_fails_a_call_ends_the_run_and_loses_nothing(tmp_path: Path, server: Server, fault: str) -> None:
    project = project_with_news(tmp_path / "project", server)
    call = fault.split(":", maxsplit=1)[0]
    log = tmp_path / "strace"
    code, said = project.run("strace", "-f", "-qq", "-o", str(log), "-e", f"trace={call}", "-e", f"inject={fault}")
    assert Counter("INJECTED" in line for line in log.read_text().splitlines())[True], "the fault never happened"
    assert code == End.STATE, (code, said)
    assert "Traceback" not in said
    settle(project)
    assert_nothing_lost_nothing_doubled(project)
