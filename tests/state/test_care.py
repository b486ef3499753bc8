"""Backups, restoring, pruning and forgetting."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from syncengine.errors import LockedError, StateError, UserError
from syncengine.model.operation import OperationState
from syncengine.model.record import Side
from syncengine.state.backup import backup, backup_daily, restore
from syncengine.state.care import forget, prune
from syncengine.state.check import check
from syncengine.state.folder import file_system, refuse_network, require_space
from syncengine.state.history import FORGOTTEN
from syncengine.state.sqlite import SqliteStore
from syncengine.state.witness import OLDER
from syncengine.testing.fakes import START, FakeClock, FakeIds
from syncengine.testing.store_suite_base import ENTITY, fill, seen
from tests.builders import rows
from tests.state.build import lived, opened, process, tamper


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the state lies."""
    return tmp_path / ".sync"


def ran(store: SqliteStore) -> None:
    """One more run, that does nothing."""
    with store.lock(), store.transaction():
        store.meta.end_run(store.meta.begin_run("sync run", START), at=START, end=0)


def put_back(folder: Path, source: Path) -> None:
    restore(folder, source, clock=FakeClock(), ids=FakeIds())


def test_a_backup_is_the_whole_state_and_private(folder: Path, tmp_path: Path) -> None:
    store = lived(folder)
    with store.lock(), pytest.raises(UserError, match="exists already"):
        backup(store, backup(store, tmp_path / "copy.db"))
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    (tmp_path / "other").mkdir()
    (tmp_path / "copy.db").rename(tmp_path / "other" / "state.db")
    other = opened(tmp_path / "other")
    assert (other.meta.lineage(), check(other).links) == (store.meta.lineage(), check(store).links)
    store.close()
    other.close()


def test_a_backup_is_made_once_a_day_and_the_oldest_go(folder: Path) -> None:
    clock = FakeClock()
    store = lived(folder, clock)
    made = []
    for _ in range(4):
        made.append(backup_daily(store, keep=2))
        assert backup_daily(store, keep=2) is None
        clock.advance(86_400)
    assert [file.name for file in made if file and file.exists()] == ["daily-20261122.db", "daily-20261123.db"]
    assert len(list((folder / "backups").iterdir())) == 2
    store.close()


def test_a_restored_state_is_the_backup_and_known_to_be_older(folder: Path) -> None:
    store = lived(folder)
    ran(store)
    copy = backup(store, folder / "backups-1.db")
    links = list(store.links.all())
    fill(store, [seen("newer")])
    ran(store)
    store.close()
    tamper(folder, "DELETE FROM link")
    put_back(folder, copy)
    store = opened(folder)
    check(store)
    assert list(store.links.all()) == links
    assert store.mirror.get(ENTITY, Side.LEFT, ["newer"]) == {}
    assert store.meta.get(OLDER) is None
    with store.lock():
        assert "older than the one used last (serial 2, was 3)" in (store.meta.get(OLDER) or "")
    assert [file.name[:9] for file in (folder / "backups").glob("*.db")] == ["replaced-"]
    store.close()


def test_a_damaged_state_can_be_restored(folder: Path) -> None:
    store = lived(folder)
    copy = backup(store, folder / "copy.db")
    store.close()
    (folder / "state.db").write_bytes(b"damaged" * 1000)
    put_back(folder, copy)
    store = opened(folder)
    check(store)
    store.close()


def test_a_damaged_or_foreign_backup_is_not_put_in_place(folder: Path, tmp_path: Path) -> None:
    store = lived(folder)
    copy = backup(store, tmp_path / "state.db")
    lineage = store.meta.lineage()
    store.close()
    tamper(tmp_path, "UPDATE link SET state = 1 WHERE n = 2")
    with pytest.raises(StateError, match="the link"):
        put_back(folder, copy)
    copy.write_bytes(b"no database")
    with pytest.raises(StateError):
        put_back(folder, copy)
    with pytest.raises(UserError, match="no such backup"):
        put_back(folder, tmp_path / "nothing.db")
    store = opened(folder)
    assert store.meta.lineage() == lineage
    assert not (folder / "restoring").exists()
    with store.lock(), pytest.raises(LockedError):
        put_back(folder, copy)
    store.close()


def test_another_state_in_the_same_place_is_noticed(folder: Path) -> None:
    store = lived(folder)
    ran(store)
    ran(store)
    assert store.meta.get(OLDER) is None
    store.close()
    for file in folder.glob("state.db*"):
        file.unlink()
    store = opened(folder)
    with store.transaction():
        store.meta.note("lineage", "f" * 32)
    with store.lock():
        assert "another state" in (store.meta.get(OLDER) or "")
    store.close()


def kept(folder: Path, name: str) -> Path:
    """A closed state's file, copied by hand."""
    return Path(shutil.copy(folder / "state.db", folder.parent / name))


def test_an_older_state_that_lost_only_a_killed_run_is_noticed(folder: Path) -> None:
    store = lived(folder)
    ran(store)
    store.close()
    copy = kept(folder, "copy.db")
    with process("import os\nwith opened(folder).lock(): os.kill(os.getpid(), 9)", folder) as killed:
        killed.communicate(timeout=30)
    store = opened(folder)
    with store.lock():
        assert store.meta.get(OLDER) is None, "a kill alone makes no state older"
    store.close()
    shutil.copy(copy, folder / "state.db")
    store = opened(folder)
    with store.lock():
        assert "does not know the run that began last" in (store.meta.get(OLDER) or "")
        store.meta.set(OLDER, None)
    with store.lock():
        assert store.meta.get(OLDER) is None, "told once"
    store.close()


def test_a_backup_put_back_by_hand_is_noticed_though_no_run_ended_since(folder: Path) -> None:
    store = lived(folder)
    with store.lock():
        copy = backup_daily(store)
    store.close()
    assert copy is not None
    shutil.copy(copy, folder / "state.db")
    store = opened(folder)
    with store.lock():
        assert store.meta.get(OLDER) == "it is a backup, made 2026-11-20T09:00:00+00:00"
        store.meta.set(OLDER, None)
    with store.lock():
        assert store.meta.get(OLDER) is None, "told once"
    check(store)
    store.close()


def test_a_witness_of_an_earlier_version_or_none_is_believed_as_far_as_it_goes(folder: Path) -> None:
    store = lived(folder)
    earlier = json.dumps({"lineage": store.meta.lineage(), "serial": 1})
    for text in (earlier, "", "[]", "7", '{"serial": {}}'):
        (folder / "witness").write_text(text)
        with store.lock():
            assert store.meta.get(OLDER) is None
    store.close()


def test_closed_items_of_the_inbox_go_and_what_waits_or_was_decided_stays(folder: Path) -> None:
    clock = FakeClock()
    store = lived(folder, clock)
    conflict, create = store.reviews.open()
    store.reviews.settle([conflict.subject])
    clock.advance(timedelta(days=300).total_seconds())
    store.reviews.settle([conflict.subject])
    store.reviews.renew(ENTITY, [])
    clock.advance(timedelta(days=101).total_seconds())
    assert prune(store).reviews == 1, "closed 401 days ago; the other one 101"
    assert (store.reviews.get(conflict.number), store.reviews.get(create.number)) == (None, create)
    assert store.reviews.answers(ENTITY), "a decision goes on to count"
    (again,) = store.reviews.renew(ENTITY, [conflict])
    assert again.number > create.number, "a number is never given twice"
    store.reviews.settle([again.subject])
    store.reviews.renew(ENTITY, [create, conflict])
    clock.advance(timedelta(days=1000).total_seconds())
    assert prune(store).reviews == 0, "what waits again is not closed"
    check(store)
    store.close()


def test_old_history_goes_and_the_chain_goes_on(folder: Path) -> None:
    clock = FakeClock()
    store = lived(folder, clock)
    clock.advance(timedelta(days=401).total_seconds())
    noted = store.journal.get("key1")
    assert noted is not None
    with store.transaction():
        store.journal.write_entry(noted, outcome="done", at=clock.now())
    pruned = prune(store)
    assert (pruned.entries, pruned.operations, pruned.runs) == (3, 1, 1), "only the settled operation"
    assert store.journal.verify() == 1
    assert [entry.number for entry in store.journal.entries()] == [4]
    assert len(store.journal.open()) == 2
    with store.transaction():
        assert store.journal.write_entry(noted, outcome="done", at=clock.now()).number == 5
    check(store)
    store.close()
    tamper(folder, "DELETE FROM entry WHERE number = 4")
    store = opened(folder)
    with pytest.raises(StateError, match="entry 4 was removed"):
        store.journal.verify()
    store.close()


def test_history_is_kept_for_thirty_days_at_least(folder: Path) -> None:
    store = lived(folder)
    with pytest.raises(UserError, match="at least 30"):
        prune(store, 29)
    assert prune(store, 30).entries == 0
    store.close()


def test_a_person_is_forgotten_to_the_last_byte(folder: Path) -> None:
    store = lived(folder)
    with store.transaction():
        for key in ("key1", "key2"):
            store.journal.move(key, OperationState.DROPPED, at=START)
    with store.lock():
        done = forget(store, ENTITY, Side.RIGHT, "r0")
    assert (done.records, done.links, done.entries, done.operations, done.reviews) == (2, 1, 1, 1, 2)
    check(store)
    (first, *others) = store.journal.entries()
    assert (first.id, first.changes, first.answer) == ("", [], FORGOTTEN)
    assert all(entry.changes for entry in others)
    assert list(store.journal.entries(id="r0")) == []
    assert (len(store.reviews.open()), store.reviews.answers(ENTITY)) == (1, [])
    held = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    assert b"Visser" in held
    for trace in (b"Jansen", b"Name 0"):
        assert trace not in held, trace
    assert store.database.number("PRAGMA freelist_count") == 0, "no page is left that may still hold what was in it"
    for table in ("record", "operation", "entry", "review", "answer"):
        for row in store.database.all(f"SELECT * FROM {table}"):
            assert {"l0", "r0"}.isdisjoint(row)
    store.close()


def test_nobody_is_forgotten_while_a_write_is_open(folder: Path) -> None:
    store = lived(folder)
    with pytest.raises(StateError, match="operation key1 is not settled"):
        forget(store, ENTITY, Side.LEFT, "l1")
    assert len(list(store.links.all())) == 3
    store.close()


MOUNTS = """/dev/sda1 / ext4 rw 0 0
server:/shared /shared nfs4 rw 0 0
/dev/sdb1 /shared/local ext4 rw 0 0
//server/with\\040space /mnt/with\\040space cifs rw 0 0
proc /proc proc rw 0 0
bad line
"""

PLACES = [
    # folder, kind, why
    ("/srv/project/.sync", "ext4", "the root"),
    ("/shared/ann/.sync", "nfs4", "under a network mount"),
    ("/shared/local/.sync", "ext4", "a local disk inside it"),
    ("/shared-by-all", "ext4", "a name that begins alike"),
    ("/mnt/with space/x", "cifs", "a space in the name"),
]


@pytest.mark.parametrize(("folder", "kind"), rows(PLACES))
def test_the_disk_of_a_folder_is_told(folder: str, kind: str) -> None:
    assert file_system(Path(folder), MOUNTS) == kind
    assert file_system(Path(folder), "\n".join(reversed(MOUNTS.splitlines()))) == kind, (
        "in whatever order they are listed"
    )


def test_a_network_disk_is_refused() -> None:
    refuse_network(Path("/srv"), MOUNTS)
    with pytest.raises(StateError, match=r"network disk \(nfs4\)"):
        refuse_network(Path("/shared/ann"), MOUNTS)


def test_a_run_needs_room_to_note_what_it_does(tmp_path: Path) -> None:
    require_space(tmp_path)
    with pytest.raises(StateError, match="MB are free"):
        require_space(tmp_path, plan_bytes=2**60)
