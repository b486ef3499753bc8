"""A power cut at each sync of a whole run: what the disk may hold then opens, is whole, and the next runs come to the undisturbed end."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import LONG
from tests.processes.crash import CALLS, Disk
from tests.processes.eve import Eve, assert_comes_to_the_same_end, prepare
from tests.processes.test_disk import why_no_strace

LEFT = ("synced", "written", *map(str, range(6 if LONG else 1)))
"""What may be left of what was not synced: nothing, all of it, or some sectors, by the dice."""
EVERY = 1 if LONG else 6
"""Of all places of the run, each so-manieth is where the power goes."""

pytestmark = pytest.mark.skipif(bool(why_no_strace()), reason=why_no_strace())


@pytest.fixture(scope="module")
def eve(tmp_path_factory: pytest.TempPathFactory) -> Eve:
    """The eve of a run, and every byte it writes."""
    return prepare(tmp_path_factory.mktemp("eve"), CALLS, "-s", "10000000")


def test_what_was_written_is_what_the_disk_holds(eve: Eve, tmp_path: Path) -> None:
    disk = Disk.of(eve.folder, eve.ran)
    places = list(disk.replay(eve.log))
    assert len(places) > 30, "too few to mean anything"
    disk.image(tmp_path, "written")
    for file in (file for file in eve.ran.rglob("*") if file.is_file()):
        assert (tmp_path / file.relative_to(eve.ran)).read_bytes() == file.read_bytes(), file


@pytest.mark.parametrize("how", LEFT)
def test_what_a_power_cut_leaves_comes_to_the_same_end(eve: Eve, tmp_path: Path, how: str) -> None:
    disk = Disk.of(eve.folder, eve.ran)
    for number, place in enumerate(disk.replay(eve.log)):
        if number % EVERY == 0:
            disk.image(tmp_path / "image", how)
            assert_comes_to_the_same_end(eve, tmp_path / "image", f"power cut before {number}: {place}")
            shutil.rmtree(tmp_path / "image")
