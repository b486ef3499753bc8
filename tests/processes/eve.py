"""A project of two files on the eve of a run that writes to both; what the run comes to, and the calls it makes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from syncengine.cli.main import call
from syncengine.errors import End
from tests.cli.conftest import BOOKS, MAPPING, SHOP, change
from tests.processes.world import REPOSITORY

FILES = {"shop/customers.csv": SHOP, "books/accounts.csv": BOOKS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Eve:
    """The eve.

    Attributes:
        folder: The project before the run.
        ran: Where the run took place that nothing disturbed.
        log: The calls of that run, as strace tells them.
        end: What both files hold after it.
    """

    folder: Path
    ran: Path
    log: str
    end: dict[str, list[str]]


def prepare(root: Path, calls: str, *options: str) -> Eve:
    """News on both sides, edits and births; then the run, with its calls told.

    Args:
        calls: Names of the system calls to tell of.
        options: More for strace.
    """
    folder, ran, log = root / "eve", root / "ran", root / "log"
    for name, text in {"sync.yaml": MAPPING, **FILES}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    assert call(["apply", "--yes", "-q", "-C", str(folder)]) == End.DONE
    shop, books = folder / "shop/customers.csv", folder / "books/accounts.csv"
    change(shop, "Delft", "Leiden")
    change(books, "Test NV", "Test Belgium")
    shop.write_text(shop.read_text("utf-8") + "8,Nieuw B.V.,NL803456700B01,Breda\n", "utf-8")
    books.write_text(books.read_text("utf-8") + "Z9,Boek NV,BE0428759497,Luik\n", "utf-8")
    shutil.copytree(folder, ran)
    code, said = run(ran, log, "-e", f"trace={calls}", *options)
    assert code == End.DONE, said
    return Eve(folder=folder, ran=ran, log=log.read_text("latin-1"), end=held(ran))


def run(folder: Path, log: Path, *options: str) -> tuple[int, str]:
    """`sync run` as a process of its own, under strace."""
    return sync(folder, log, "run", strace=options)


def sync(folder: Path, log: Path, *words: str, strace: Sequence[str]) -> tuple[int, str]:
    """A command as a process of its own, under strace."""
    tracer = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-o", str(log), *strace]
    command = [*tracer, sys.executable, "-m", "syncengine", *words, "-C", str(folder)]
    environment = {**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'connectors'}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def held(folder: Path) -> dict[str, list[str]]:
    """What both files hold."""
    return {name: sorted((folder / name).read_text("utf-8").splitlines()) for name in FILES}


def assert_comes_to_the_same_end(eve: Eve, folder: Path, why: str) -> None:
    """A few undisturbed runs, and both files hold what they should, once; the state is whole before and after."""
    assert call(["state", "check", "-q", "-C", str(folder)]) == End.DONE, why
    ends: list[int] = []
    while len(ends) < 3 and ends[-1:] != [End.DONE]:
        ends.append(call(["run", "-q", "-C", str(folder)]))
    assert ends[-1] == End.DONE, (why, ends)
    assert held(folder) == eve.end, (why, ends)
    assert call(["state", "check", "-q", "-C", str(folder)]) == End.DONE, why
