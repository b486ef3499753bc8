"""The run lock: one run per state, held by the kernel, so that it cannot outlive its process."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from syncengine.errors import LockedError, StateError

FILE: Final = "lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the lock, as it says of itself."""

    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since}"


@contextmanager
def held(folder: Path, now: datetime) -> Iterator[None]:
    """Hold the lock of a state folder.

    Raises:
        LockedError: Another run holds it.
        StateError: The lock file cannot be opened.
    """
    handle = _open(folder)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = _read(handle)
            raise LockedError(
                f"{folder}: another run is at work{f' ({who})' if who else ''}.\n"
                "  Nothing was touched. Wait until it ends; its lock ends with it."
            ) from None
        _write(handle, Holder(pid=os.getpid(), host=os.uname().nodename, since=now.isoformat(timespec="seconds")))
        yield
    finally:
        os.close(handle)


def holder(folder: Path) -> Holder | None:
    """Say who holds the lock now; None if nobody does.

    Raises:
        StateError: The lock file cannot be opened.
    """
    if not (folder / FILE).exists():
        return None
    handle = _open(folder)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(handle) or Holder(pid=0, host="?", since="?")
    finally:
        os.close(handle)
    return None


def _open(folder: Path) -> int:
    try:
        return os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise StateError(
            f"{folder / FILE}: the run lock cannot be opened: {fault.strerror}.\n  Nothing was touched. Look at the folder's owner and rights."
        ) from fault


def _read(handle: int) -> Holder | None:
    """What the holder wrote; None if it did not get round to it."""
    try:
        data = json.loads(os.pread(handle, 4096, 0))
        return Holder(pid=int(data["pid"]), host=str(data["host"]), since=str(data["since"]))
    except (ValueError, KeyError, TypeError):
        return None


def _write(handle: int, who: Holder) -> None:
    """Note who holds it. A full disk does not matter here: the note is for people, the lock is the kernel's."""
    text = json.dumps({"pid": who.pid, "host": who.host, "since": who.since}).encode()
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, text, 0)
    except OSError:
        return
