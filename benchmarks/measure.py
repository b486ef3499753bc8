"""Runs a command as a child and says what it cost: processor time, time on the clock, and its highest memory."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from compileall import compile_dir
from dataclasses import dataclass
from pathlib import Path

import syncengine
import syncengine_connectors

HERE = Path(__file__).resolve().parent
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "PYTHONHASHSEED": "0"
}


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


def compile_all() -> None:
    """Make the program's bytecode, as installing it does: otherwise the first start would pay for it, or each."""
    for module in (syncengine, syncengine_connectors):
        compile_dir(module.__path__[0], quiet=2)


def child(
    arguments: Sequence[str],
    folder: Path,
    *,
    expect: Sequence[int] = (0,),
    python: str = sys.executable,
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """Run an interpreter, this one unless told otherwise, with these arguments, its output kept in a file of the folder.

    Args:
        environment: What the child gets beside this process's own.

    Raises:
        SystemExit: It ended otherwise than expected; what it said is shown.
    """
    log = folder / "child.log"
    with log.open("wb") as out:
        began = time.perf_counter()
        pid = os.posix_spawn(
            python,
            [python, *arguments],
            {**_ENVIRONMENT, **(environment or {})},
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


def sync(
    command: str,
    project: Path,
    *arguments: str,
    expect: Sequence[int] = (0,),
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """Run one command of the program on a project."""
    whole = ["-m", "syncengine", command, "-C", str(project), "-q", *arguments]
    return child(whole, project, expect=expect, environment=environment)


class Floor:
    """User seconds of the standard library reading the given files once, measured anew beside each scenario.

    A busy machine is slow in turns, so ``seconds`` is the median of the last three.
    """

    def __init__(self, files: Sequence[Path], folder: Path) -> None:
        self.files, self.folder = files, folder
        # What an interpreter costs by itself is no part of reading.
        self.bare = median([child(["-c", "pass"], folder) for _ in range(5)]).user
        self.measured: list[float] = []
        for _ in range(3):
            self.again()

    def again(self) -> None:
        """Read all of it once more."""
        cost = child([str(HERE / "floor.py"), *map(str, self.files)], self.folder)
        self.measured.append(max(cost.user - self.bare, 0.001))

    @property
    def seconds(self) -> float:
        """What counts now."""
        return sorted(self.measured[-3:])[1]


def median(costs: Sequence[Cost]) -> Cost:
    """The middle one by processor time."""
    return sorted(costs, key=lambda cost: cost.user)[len(costs) // 2]
