"""What only the command as a process of its own shows: how it ends for a script, and that nothing secret stands in the list of processes."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from syncengine.errors import End
from syncengine.ports import Ports
from syncengine_connectors.exact.options import read_settings
from syncengine_connectors.exact.wiring import wire
from tests.cli.helptext import commands
from tests.conftest import LONG
from tests.processes.eve import assert_comes_to_the_same_end, held, prepare
from tests.processes.test_disk import why_no_strace
from tests.processes.world import DIVISION, Project, Server

STARTS = 20 if LONG else 8
SECRETIVE = re.compile(r"secret|token|password|key", re.IGNORECASE)


def sync(project: Project, *words: str, **environment: str) -> tuple[int, str]:
    """Type a command in the project's folder."""
    done = subprocess.run(
        [sys.executable, "-m", "syncengine", *words],
        cwd=project.root,
        env=project.environment | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def project(tmp_path: Path, server: Server) -> Project:
    """A project where somebody is logged in."""
    return Project(root=tmp_path / "project", server=server, dice=random.Random(3))


def test_a_script_learns_by_the_end_whether_anybody_is_logged_in(project: Project, tmp_path: Path) -> None:
    code, said = sync(project, "login", "--status")
    assert (code, "logged in; 30 days left" in said) == (End.DONE, True), said
    for form in ((), ("--json",), ("-q",)):
        code, said = sync(project, "login", "--status", *form, SYNCENGINE_CREDENTIALS=str(tmp_path / "none"))
        assert code == End.LOGIN, said
        assert "not logged in" in said


@pytest.mark.skipif(bool(why_no_strace()), reason=why_no_strace())
def test_many_that_start_at_once_do_the_work_once(tmp_path: Path) -> None:
    eve = prepare(tmp_path, "rename")
    folder = tmp_path / "many"
    shutil.copytree(eve.folder, folder)
    command = [sys.executable, "-m", "syncengine", "run", "-q", "-C", str(folder)]
    began = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(STARTS)
    ]
    said = [process.communicate(timeout=120)[0] for process in began]
    ends = Counter(process.returncode for process in began)
    assert ends.keys() <= {End.DONE, End.LOCKED}, (ends, said)
    assert ends[End.DONE] >= 1
    assert held(folder) == eve.end
    assert_comes_to_the_same_end(eve, folder, "many at once")


def secrets(project: Project) -> set[str]:
    """Everything of the project that nobody may see: the app's secret, the tokens, the key they are kept under."""
    options = {
        "division": DIVISION,
        "url": project.server.address,
        "client_id": project.server.told["client_id"],
        "client_secret": project.server.told["client_secret"],
    }
    credentials = project.root / "credentials"
    wires = wire(read_settings(options), Ports(root=project.root, state=project.root, credentials=credentials))
    try:
        chain = wires.profile.load()
    finally:
        wires.http.close()
    kept = [tokens for tokens in (chain.current, chain.previous) if tokens is not None]
    found = {part for tokens in kept for part in (tokens.access, tokens.refresh)}
    return {project.server.told["client_secret"], (credentials / "key").read_text().strip()} | found


def family(first: int) -> dict[int, str]:
    """The command lines of a process and of all that came of it, as anybody on this machine may read them."""
    parents, lines = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            lines[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it ended just now
    found = {first}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {number: lines[number] for number in found if number in lines}


def test_no_secret_stands_in_the_list_of_processes(project: Project) -> None:
    project.people()
    before = secrets(project)
    process = project.start()
    seen: set[str] = set()
    while process.poll() is None:
        seen.update(family(process.pid).values())
    out, error = process.communicate()
    assert process.returncode in (End.DONE, End.WAITING), out + error
    hidden = before | secrets(project)
    assert all(len(text) > 10 for text in hidden), "too short to mean anything"
    assert any("tests.processes.driver" in line for line in seen), "the run itself was seen"
    assert not [line for line in seen if any(secret in line for secret in hidden)]


@pytest.mark.skipif(bool(why_no_strace()), reason=why_no_strace())
def test_no_program_is_started_with_a_secret(project: Project, tmp_path: Path) -> None:
    project.people()
    log = tmp_path / "started"
    before = secrets(project)
    code, said = project.run("strace", "-f", "-qq", "-s", "100000", "-o", str(log), "-e", "trace=execve,execveat")
    assert code in (End.DONE, End.WAITING), said
    started = log.read_text()
    assert "tests.processes.driver" in started
    assert not [secret for secret in before | secrets(project) if secret in started]


def test_no_command_takes_a_secret_in_its_arguments() -> None:
    taking = {
        (name, option)
        for name, command, _ in commands()
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if SECRETIVE.search(option)
    }
    assert taking == set()
