"""What only real processes can show: locks, kills, a disk that takes no more, two writers at once."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from syncengine.errors import LockedError, StateError
from syncengine.model.record import Side
from syncengine.state import lock
from syncengine.state.check import check
from tests.state.build import lived, opened, process


def test_the_second_run_ends_within_five_seconds_and_names_the_first(tmp_path: Path) -> None:
    lived(tmp_path).close()
    with process("with opened(folder).lock(): print('held', flush=True); sys.stdin.readline()", tmp_path) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        before = (tmp_path / "state.db").read_bytes()
        store = opened(tmp_path)
        began = time.monotonic()
        with pytest.raises(LockedError, match=f"process {first.pid} on .* since 2026-11-20T09:00:00"), store.lock():
            pass
        assert time.monotonic() - began < 5
        assert (tmp_path / "state.db").read_bytes() == before
        holder = lock.holder(tmp_path)
        assert holder is not None
        assert holder.pid == first.pid
        first.communicate("\n", timeout=30)
    assert lock.holder(tmp_path) is None
    with store.lock():
        pass
    store.close()


def test_a_killed_run_leaves_its_lock_free(tmp_path: Path) -> None:
    lived(tmp_path).close()
    with process("with opened(folder).lock(): print('held', flush=True); sys.stdin.readline()", tmp_path) as first:
        assert first.stdout is not None
        first.stdout.readline()
        first.kill()
    store = opened(tmp_path)
    with store.lock(), store.transaction():
        store.meta.set("mine", "1")
    store.close()


def test_a_kill_inside_a_transaction_leaves_the_state_as_it_was(tmp_path: Path) -> None:
    store = lived(tmp_path)
    links, rows = list(store.links.all()), list(store.mirror.rows("customers", Side.LEFT))
    store.close()
    code = """
store = opened(folder)
with store.lock(), store.transaction(durable=False):
    store.mirror.put(ENTITY, LEFT, 9, (seen(f"l{n}", "x" * 2000, "y") for n in range(40_000)))
    store.links.relay(ENTITY, ("City",))
    print("in the middle", flush=True)
    sys.stdin.readline()
"""
    with process(code, tmp_path) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "in the middle\n"
        assert (tmp_path / "state.db-wal").stat().st_size > 10_000_000, "so much was written that it went to the disk"
        writer.send_signal(signal.SIGKILL)
    store = opened(tmp_path)
    assert (list(store.links.all()), list(store.mirror.rows("customers", Side.LEFT))) == (links, rows)
    check(store)
    store.close()


def test_kills_at_any_moment_leave_each_transaction_whole(tmp_path: Path) -> None:
    lived(tmp_path).close()
    code = """
store = opened(folder)
print("go", flush=True)
for n in range(10_000):
    with store.transaction():
        store.meta.set("left", str(n))
        store.mirror.put(ENTITY, LEFT, 9, [seen(f"n{n}")])
        store.meta.set("right", str(n))
"""
    for round_ in range(8):
        with process(code, tmp_path) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            wal, grown = tmp_path / "state.db-wal", 4096 * (3 + 5 * round_)
            # The moment is chosen by what reached the disk, so that no time passes for its own sake.
            while writer.poll() is None and not (wal.exists() and wal.stat().st_size > grown):
                os.sched_yield()
            writer.kill()
        store = opened(tmp_path)
        assert store.meta.get("left") == store.meta.get("right")
        if (last := store.meta.get("left")) is not None:
            assert store.mirror.get("customers", Side.LEFT, [f"n{last}"])
        check(store)
        store.close()
    assert last is not None, "no transaction was ever finished: the kills came too early to show anything"


def test_a_file_that_may_not_grow_ends_the_writing_and_keeps_what_stood(tmp_path: Path) -> None:
    lived(tmp_path).close()
    code = """
import resource, signal
store = opened(folder)
limit = (folder / "state.db").stat().st_size + 200_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
told = []
for attempt in range(2):
    try:
        with store.transaction():
            store.mirror.put(ENTITY, LEFT, 9, (seen(f"x{n}", "x" * 2000, "y") for n in range(100_000)))
    except Exception as error:
        told.append((type(error).__name__, str(error)))
import json
print(json.dumps([told, store.broken, store.mirror.count(ENTITY, LEFT)]))
"""
    with process(code, tmp_path) as writer:
        out, err = writer.communicate(timeout=60)
    assert err == ""
    (first, second), broken, count = json.loads(out)
    assert first[0] == second[0] == "StateError"
    assert "disk" in first[1]
    assert "nothing more is written" in second[1], "there is no second attempt"
    assert broken
    assert count == 4
    store = opened(tmp_path)
    check(store)
    assert store.mirror.count("customers", Side.LEFT) == 4
    store.close()


def test_a_stale_writers_commits_are_refused(tmp_path: Path) -> None:
    stale = lived(tmp_path)
    newer = opened(tmp_path)
    with stale.lock():
        # A paused machine, a lock that its disk lost: a second run got in.
        (tmp_path / "lock").unlink()
        with newer.lock(), newer.transaction():
            newer.meta.set("who", "newer")
        for _ in range(2):
            with pytest.raises(StateError, match="newer run took over"), stale.transaction():
                stale.meta.set("who", "stale")
        assert stale.broken
    assert newer.meta.get("who") == "newer"
    stale.close()
    newer.close()


def test_a_writer_that_holds_on_is_waited_for_and_then_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncengine.state.database.BUSY_SECONDS", 0.05)
    store = lived(tmp_path)
    store.close()
    store = opened(tmp_path)
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LockedError, match="another process has been writing"), store.transaction():
            pass
        other.execute("ROLLBACK")
    with store.transaction():
        store.meta.set("later", "1")
    store.close()


def test_eight_processes_that_begin_at_once_make_one_state(tmp_path: Path) -> None:
    running = [process("print(opened(folder).meta.lineage(), flush=True)", tmp_path / "new") for _ in range(8)]
    said = [one.communicate(timeout=60) for one in running]
    assert [err for _, err in said] == [""] * 8
    assert {out for out, _ in said} == {said[0][0]}
    check(opened(tmp_path / "new"))
