"""SIGKILL at random moments while a quarter of the answers is faulty: by the emulator's own count nothing is lost, nothing doubled."""

from __future__ import annotations

import random
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from syncengine.errors import End
from tests.conftest import LONG
from tests.processes.world import FIELDS, Project, Server

ROUNDS = 150 if LONG else 20
KILLED = {-9, -15, int(End.TERMINATED)}
"""By SIGKILL; by SIGTERM before it could be heard; by SIGTERM."""
ENDS = {End.DONE, End.WAITING, End.LATER, End.LOGIN}
"""How a run among faults may end by itself; a login that a kill broke ends 6, and a person logs in."""


def killed(ends: Counter[int]) -> int:
    """How many runs were ended from outside."""
    return sum(ends[code] for code in KILLED)


def kill_somewhere(project: Project, process: subprocess.Popen[str], dice: random.Random) -> tuple[int, str]:
    """End a run at a random moment, of the clock or after so many requests: by SIGKILL, or by SIGTERM as a machine that shuts down does."""
    end = process.kill if dice.random() < 0.75 else process.terminate
    if dice.random() < 0.4:
        try:
            process.wait(dice.uniform(0.3, 1.2))
        except subprocess.TimeoutExpired:
            end()
    else:
        until = project.server.admin("requests")["total"] + dice.randint(1, 8)
        while process.poll() is None:
            if project.server.admin("requests")["total"] >= until:
                end()
                break
    out, error = process.communicate(timeout=120)
    return process.returncode, out + error


def test_killed_at_random_moments_nothing_is_lost_and_nothing_doubled(tmp_path: Path, server: Server) -> None:
    dice = random.Random(20261120)
    project = Project(root=tmp_path / "project", server=server, dice=dice)
    ends: Counter[int] = Counter()
    struck = 0
    # How many runs a kill meets depends on the machine: on a quick one some more rounds make up for it.
    while ends.total() < ROUNDS or (killed(ends) < ROUNDS / 3 and ends.total() < 4 * ROUNDS):
        project.people()
        server.faulty(dice)
        code, said = kill_somewhere(project, project.start(), dice)
        struck += server.struck()
        server.healthy()
        ends[code] += 1
        assert code in KILLED or code in ENDS, (code, said)
        assert "Traceback" not in said, said
        if code == End.LOGIN:
            project.log_in()
        server.admin("clock", {"advance_s": 1000})
    print(f"{ends.total()} rounds, ended {dict(ends)}, {struck} faulty answers")
    assert killed(ends) >= ROUNDS / 3, f"too few kills to mean anything: {ends}"
    assert struck > ends.total() / 4, f"too few faults to mean anything: {struck}"
    settle(project)
    assert_nothing_lost_nothing_doubled(project)


def settle(project: Project) -> None:
    """No faults, no kills: a few runs come to rest.

    A fault that came with a message in Exact's own form was taken for a refusal, so it waits: a person lets it be tried again.
    """
    said, refused = "", False
    for _ in range(4):
        project.server.admin("clock", {"advance_s": 4000})
        code, said = project.run(retry=refused)
        refused = code == End.WAITING
        if code == End.LOGIN:
            project.log_in()
        elif code == End.DONE and '"applied": 0' in said:
            return
    raise AssertionError(f"no rest after four undisturbed runs: {said}")


def assert_nothing_lost_nothing_doubled(project: Project) -> None:
    """Both sides hold what people typed, once."""
    told: dict[str, Any] = project.server.accounts()
    records = [record for record in told["records"] if record["fields"]["ChamberOfCommerce"]]
    counts = Counter(record["fields"]["ChamberOfCommerce"] for record in records)
    assert counts == Counter(list(project.wanted)), "the emulator holds each of them once"
    assert Counter(row["kvk"] for row in project.rows()) == Counter(list(project.wanted)), "so does the file"
    assert not told["deleted"]
    person = {
        r["fields"]["ChamberOfCommerce"] for r in records if project.born[r["fields"]["ChamberOfCommerce"]] == "exact"
    }
    ours = {r["created_by"] for r in records if r["fields"]["ChamberOfCommerce"] not in person}
    theirs = {r["created_by"] for r in records if r["fields"]["ChamberOfCommerce"] in person}
    assert len(ours) <= 1
    assert not ours & theirs, "who made them is told apart"
    shown = {r["fields"]["ChamberOfCommerce"]: {n: r["fields"][f] for n, f in FIELDS.items()} for r in records}
    assert shown == project.wanted
    assert {row["kvk"]: {name: row[name] for name in FIELDS} for row in project.rows()} == project.wanted
