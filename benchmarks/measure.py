"""Runs a command as a child and says what it cost: processor time, time on the clock, and its highest memory."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one child cost.

    Attributes:
        user, system, wall: Seconds. Ratios are made of ``user``, which a busy machine disturbs least.
        memory: Highest resident memory, in MB.
        code: How it ended.
    """

    user: float
    system: float
    wall: float
    memory: float
    code: int
    out: str = ""


def child(arguments: Sequence[str], folder: Path, *, expect: Sequence[int] = (0,)) -> Cost:
    """Run this interpreter with these arguments, its output kept in a file of the folder.

    Raises:
        SystemExit: It ended otherwise than expected; what it said is shown.
    """
    log = folder / "child.log"
    with log.open("wb") as out:
        began = time.perf_counter()
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, *arguments],
            {**os.environ, "PYTHONHASHSEED": "0"},
            file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, out.fileno(), 2)],
        )
        _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - began
    code = os.waitstatus_to_exitcode(status)
    said = log.read_text("utf-8", "replace")
    if code not in expect:
        raise SystemExit(f"{' '.join(arguments)} ended {code}:\n{said[-4000:]}")
    return Cost(
        user=usage.ru_utime,
        system=usage.ru_stime,
        wall=wall,
        memory=usage.ru_maxrss / 1024,  # Linux counts it in KiB
        code=code,
        out=said,
    )


def sync(command: str, project: Path, *arguments: str, expect: Sequence[int] = (0,)) -> Cost:
    """Run one command of the program on a project."""
    return child(["-m", "syncengine", command, "-C", str(project), "-q", *arguments], project, expect=expect)


def median(costs: Sequence[Cost]) -> Cost:
    """The middle one by processor time."""
    return sorted(costs, key=lambda cost: cost.user)[len(costs) // 2]
