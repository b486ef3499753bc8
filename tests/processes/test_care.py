"""A power cut while the state is looked after: forgetting, copying, restoring, migrating. What is left opens, and the command can be given again."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncengine.cli.main import call
from syncengine.errors import End
from syncengine.state.migrations.steps import VERSION
from tests.cli.conftest import BOOKS, MAPPING, SHOP
from tests.conftest import LONG, REPOSITORY
from tests.processes.crash import CALLS, Disk
from tests.processes.eve import sync
from tests.processes.test_disk import why_no_strace

LEFT = ("synced", "written", *map(str, range(4 if LONG else 1)))
EVERY = 1 if LONG else 5
WHO = "Proef B.V."
FORGET = ("state", "forget", "customers", "1", "--side", "left", "--yes")

pytestmark = pytest.mark.skipif(bool(why_no_strace()), reason=why_no_strace())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project after its first run, with one backup by hand."""
    folder = tmp_path / "project"
    for name, text in {"sync.yaml": MAPPING, "shop/customers.csv": SHOP, "books/accounts.csv": BOOKS}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    assert call(["apply", "--yes", "-q", "-C", str(folder)]) == End.DONE
    (folder / ".sync/backups").mkdir(mode=0o700, exist_ok=True)
    assert given(folder, "state", "backup", str(folder / ".sync/backups/kept.db")) == End.DONE
    return folder


def given(folder: Path, *words: str) -> int:
    """A command given in this process."""
    return call([*words, "-q", "-C", str(folder)])


def images(project: Path, *words: str) -> Iterator[tuple[Path, str]]:
    """What a power cut at any sync or rename of the command may leave."""
    before, log = project.with_name("before"), project.with_name("log")
    shutil.copytree(project, before)
    code, said = sync(project, log, *words, strace=("-e", f"trace={CALLS}", "-s", "10000000"))
    assert code == End.DONE, said
    text = log.read_text("latin-1")
    assert len(list(Disk.of(before, project).replay(text))) > 5, "too few to mean anything"
    for how in LEFT:
        disk = Disk.of(before, project)
        for number, place in enumerate(disk.replay(text)):
            if number % EVERY == 0:
                image = project.with_name("image")
                disk.image(image, how)
                yield image, f"{how}, before {number}: {place}"
                shutil.rmtree(image)


def test_forgetting_is_whole_or_can_be_done_again_to_the_last_byte(project: Path) -> None:
    for image, why in images(project, *FORGET):
        assert given(image, "state", "check") == End.DONE, why
        assert given(image, *FORGET) in (End.DONE, End.CONFIG), why
        held = b"".join(file.read_bytes() for file in sorted((image / ".sync").glob("state.db*")))
        assert WHO.encode() not in held, why


def test_a_broken_off_backup_hurts_nothing_and_is_never_taken_for_a_whole_one(project: Path) -> None:
    for image, why in images(project, "state", "backup"):
        assert given(image, "state", "check") == End.DONE, why
        for copy in (image / ".sync/backups").glob("*.db"):
            assert given(image, "state", "restore", str(copy), "--yes") in (End.DONE, End.STATE), why
        assert given(image, "state", "check") == End.DONE, why


def test_a_broken_off_restore_can_be_done_again(project: Path) -> None:
    restore = ("state", "restore", "kept.db", "--yes")
    for image, why in images(project, *restore):
        assert given(image, "state", "check") in (End.DONE, End.CONFIG), f"the old one, the new one or none: {why}"
        assert given(image, *restore) == End.DONE, why
        assert given(image, "state", "check") == End.DONE, why


@pytest.mark.parametrize(
    "released", sorted((REPOSITORY / "tests/state/released").glob("v*.sql"))[:-1], ids=lambda file: file.stem
)
def test_a_broken_off_migration_leaves_the_old_state_or_the_new(project: Path, released: Path) -> None:
    file = project / ".sync/state.db"
    for part in (project / ".sync").glob("state.db*"):
        part.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(released.read_text("utf-8"))
    told = content(file)
    for image, why in images(project, "state", "backup"):
        copy = image / ".sync/state.db"
        with closing(sqlite3.connect(copy)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        assert version in (int(released.stem[1:]), VERSION), why
        assert content(copy) == told, why
        assert given(image, "state", "backup", str(image / "again.db")) == End.DONE, why
        assert given(image, "state", "check") == End.DONE, why


def content(file: Path) -> list[object]:
    """What no version may lose."""
    asked = (
        "SELECT number, digest FROM entry",
        "SELECT key, state, body FROM operation",
        "SELECT number, body FROM review",
    )
    with closing(sqlite3.connect(file)) as connection:
        return [connection.execute(sql).fetchall() for sql in asked]
