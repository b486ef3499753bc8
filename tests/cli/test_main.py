"""Every way a command can leave has its end, and says why without a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from syncengine import __version__
from syncengine.cli import main as shell
from syncengine.errors import ConfigError, End, GuardError, LockedError, LoginError, StateError, Transient
from tests.builders import rows

SYNC = [sys.executable, "-m", "syncengine"]


@pytest.fixture
def sync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run `sync act` in this process, with a function of the test as the command; gives end, stdout and stderr."""

    def run(function: Callable[[], object], *before: str) -> tuple[int, str, str]:
        command = click.Command("act", callback=function)
        monkeypatch.setattr(shell.SyncGroup, "get_command", lambda self, ctx, name: command)
        monkeypatch.setitem(shell._TARGETS, "act", ("nowhere:nothing", ""))
        with pytest.raises(SystemExit) as end:
            shell.cli.main([*before, "act"])
        printed = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, printed.out, printed.err

    return run


def fails(error: BaseException) -> Callable[[], object]:
    """Make a command that raises."""

    def function() -> object:
        raise error

    return function


CASES = [
    (lambda: None, 0, "", "a command that says nothing is done"),
    (lambda: End.WAITING, 3, "", "something waits for a person"),
    (lambda: End.CHANGES, 10, "", "plan --exit-code"),
    (fails(ConfigError('sync.yaml:3:1: unknown key "enties".')), 2, 'unknown key "enties"', "a fault in sync.yaml"),
    (fails(GuardError('guard "deletes" stopped the run.')), 4, "guard", "a guard"),
    (fails(Transient("books did not answer.")), 5, "did not answer", "a side that is down"),
    (fails(LoginError("log in first.")), 6, "log in", "a login that ran out"),
    (fails(LockedError("another run holds the lock.")), 7, "lock", "another run"),
    (fails(StateError("state.db is damaged.")), 8, "damaged", "a damaged state"),
    (fails(click.UsageError("--allow needs a plan.")), 2, "--allow", "a usage error of a command's own"),
    (fails(click.ClickException("no such file")), 2, "no such file", "any refusal of click's"),
    (fails(KeyboardInterrupt()), 130, "again", "Ctrl-C"),
    (fails(click.Abort()), 130, "again", "Ctrl-C at a question"),
    (fails(SystemExit(143)), 143, "SIGTERM", "SIGTERM"),
    (fails(KeyError("K. de Vries")), 1, "KeyError", "a fault of ours"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "end", "said"), rows(CASES))
def test_a_command_ends(sync: Callable[..., tuple[int, str, str]], function, end: int, said: str) -> None:
    code, out, err = sync(function)
    assert (code, out) == (end, "")
    assert said in err
    assert "Traceback" not in err


def test_an_unexpected_error_names_its_place_but_repeats_no_words(sync) -> None:
    _, _, err = sync(fails(KeyError("K. de Vries")))
    assert "de Vries" not in err
    assert "SYNCENGINE_DEBUG=1" in err
    assert "syncengine.cli.main, line" in err


def test_a_traceback_is_shown_to_who_asks(sync, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Traceback" in sync(fails(KeyError("x")), "--traceback")[2]
    monkeypatch.setenv("SYNCENGINE_DEBUG", "1")
    assert "Traceback" in sync(fails(ConfigError("x")))[2]
    monkeypatch.setenv("SYNCENGINE_DEBUG", "0")
    assert "Traceback" not in sync(fails(ConfigError("x")))[2]


def test_a_sides_own_words_cannot_steer_the_terminal(sync) -> None:
    _, _, err = sync(fails(Transient("answer: \x1b[2Jgone\u202e")))
    assert "\x1b" not in err
    assert "\u202e" not in err


def test_the_bare_command_prints_help_and_flushes_the_disks(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    flushed: list[bool] = []
    monkeypatch.setattr(os, "sync", lambda: flushed.append(True))
    with pytest.raises(SystemExit) as end:
        shell.cli.main([])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("Usage: sync")
    assert flushed == [True]


def test_a_typing_error_is_answered_with_the_likely_command(capsys) -> None:
    with pytest.raises(SystemExit) as end:
        shell.cli.main(["plam"])
    printed = capsys.readouterr()
    assert (end.value.code, printed.out) == (2, "")
    assert 'There is no command "plam". Did you mean "plan"?' in printed.err


def test_both_names_are_one_program(tmp_path: Path) -> None:
    folder = Path(sys.executable).parent
    for name in ("sync", "syncengine"):
        done = subprocess.run([folder / name, "--version"], capture_output=True, text=True, cwd=tmp_path, check=True)
        assert done.stdout == f"syncengine {__version__}\n"
        asked = subprocess.run([folder / name, "-h"], capture_output=True, text=True, cwd=tmp_path, check=True)
        assert asked.stdout.startswith(f"Usage: {name} ")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*SYNC, "--help"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_under_stdout_is_told() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run([*SYNC, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "could not be printed" in done.stderr


def test_sigterm_stops_a_command_in_its_course() -> None:
    program = """
import click, signal, sys
from syncengine.cli import main as shell
def act():
    try:
        print("ready", flush=True)
        signal.pause()
    finally:
        print("tidied", flush=True)
shell.SyncGroup.get_command = lambda self, ctx, name: click.Command("act", callback=act)
shell._TARGETS["act"] = ("nowhere:nothing", "")
sys.argv = ["sync", "act"]
shell.main()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as it:
        assert it.stdout is not None
        assert it.stdout.readline() == "ready\n"
        it.send_signal(signal.SIGTERM)
        out, err = it.communicate(timeout=30)
    assert (it.returncode, out) == (143, "tidied\n")
    assert "SIGTERM" in err


@pytest.mark.parametrize("name", list(shell._TARGETS))
def test_the_tables_short_help_is_the_commands_own(name: str) -> None:
    command = shell.cli.get_command(click.Context(shell.cli), name)
    assert command is not None
    assert command.name == name
    assert (command.help or "").partition("\n")[0] == shell._TARGETS[name][1]
