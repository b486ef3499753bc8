"""Every write, sync and rename of a whole run fails once, in a real process: the run ends clearly, and the next ones come to the undisturbed end."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncengine.errors import End
from tests.conftest import LONG
from tests.processes.eve import Eve, assert_comes_to_the_same_end, prepare, run
from tests.processes.test_disk import why_no_strace

CALLS = {
    "pwrite64": ("EIO", "ENOSPC"),
    "write": ("EIO", "ENOSPC"),
    "fdatasync": ("EIO",),
    "fsync": ("EIO",),
    "ftruncate": ("EIO",),
    "rename": ("EIO", "ENOSPC"),
}
"""System call → how it fails."""
PARTS = 16
EVERY = 1 if LONG else 48
"""Of all calls of the run, each so-manieth is made to fail."""
TOLD = re.compile(r"^\d+ +(\w+)\((.*)$")

pytestmark = pytest.mark.skipif(bool(why_no_strace()), reason=why_no_strace())


@pytest.fixture(scope="module")
def eve(tmp_path_factory: pytest.TempPathFactory) -> Eve:
    """The eve of a run, and its calls."""
    return prepare(tmp_path_factory.mktemp("eve"), ",".join(CALLS), "-s", "0")


def ours(eve: Eve) -> Iterator[tuple[str, int, bool]]:
    """The calls that touch a file of the project; not what goes to the terminal.

    Each by its name, the how-manieth of that name it is, and whether it stores something in the state's log. A sync of the log with
    nothing new in it stores nothing: so begins the copying into the file itself, when the process ends.
    """
    counts: Counter[str] = Counter()
    new = False
    for line in eve.log.splitlines():
        if told := TOLD.match(line):
            counts[told[1]] += 1
            if str(eve.ran) in told[2] or told[1] == "rename":
                log = "/state.db-wal>" in told[2]
                yield told[1], counts[told[1]], log and (new or told[1] != "fdatasync")
                new = told[1] != "fdatasync" if log else new


def test_the_run_makes_the_calls_that_are_to_fail(eve: Eve) -> None:
    made = Counter(name for name, *_ in ours(eve))
    assert made.keys() == CALLS.keys()
    assert made["pwrite64"] > 100
    assert made["fdatasync"] + made["fsync"] > 20


@pytest.mark.parametrize("part", range(PARTS))
def test_a_call_that_fails_ends_the_run_clearly_and_loses_nothing(eve: Eve, tmp_path: Path, part: int) -> None:
    faults = [(name, nth, log, error) for name, nth, log in ours(eve) for error in CALLS[name]]
    ends: Counter[int] = Counter()
    for number, (name, nth, log, error) in enumerate(faults[part::PARTS]):
        if number % EVERY == part % EVERY or (name, error) == ("rename", "EIO"):
            end = fails_once(eve, tmp_path / f"{name}-{nth}-{error}", name, f"{name}:error={error}:when={nth}")
            assert end == End.STATE or not log, (
                f"{name} {nth} of the state's log failed with {error}, and the run ended {end}"
            )
            ends[end] += 1
    print(f"{ends.total()} calls failed, the runs ended {dict(ends)}")


def fails_once(eve: Eve, folder: Path, name: str, fault: str) -> int:
    """Let one call fail, then run undisturbed; return how the run ended whose call failed."""
    shutil.copytree(eve.folder, folder)
    log = folder.with_suffix(".log")
    code, said = run(folder, log, "-e", f"trace={name}", "-e", f"inject={fault}")
    assert "INJECTED" in log.read_text(), f"{fault} never happened"
    # The state's own fault ends 8; a file of a side that cannot be written is that side's refusal or outage.
    assert code in (End.DONE, End.WAITING, End.LATER, End.STATE), (fault, code, said)
    assert "Traceback" not in said, (fault, said)
    assert_comes_to_the_same_end(eve, folder, f"{fault}, which ended {code}: {said}")
    shutil.rmtree(folder)
    return code
