"""Where calls and refusals are counted: one file per app and administration, shared by every process of the machine."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Protocol

from syncengine.errors import StateError


@dataclass(slots=True, kw_only=True)
class Count:
    """What is known of a budget. All times are seconds since 1970, UTC, by the wall clock.

    Attributes:
        calls: When the calls of the last minute ended (or began, while under way), oldest first.
        minute: Calls the side allows in a minute, by its headers; None until it said.
        blocked: No call before this moment.
        day: Calls the side allows in a day, by its headers; None until it said.
        left: What is left of them; None until known.
        renewed: When ``left`` becomes ``day`` again.
        errors: Endpoint → when it refused a request within the last hour.
    """

    calls: list[float] = field(default_factory=list)
    minute: int | None = None
    blocked: float = 0.0
    day: int | None = None
    left: int | None = None
    renewed: float = 0.0
    errors: dict[str, list[float]] = field(default_factory=dict)


class Ledger(Protocol):
    """A count that one holder at a time may change."""

    def change(self) -> AbstractContextManager[Count]:
        """Hold the count alone; what was changed is kept when the block ends."""


class MemoryLedger:
    """Counts for one process: embedded servers and tests."""

    def __init__(self) -> None:
        self._count = Count()
        self._lock = threading.Lock()

    @contextmanager
    def change(self) -> Iterator[Count]:
        """Hold the count alone."""
        with self._lock:
            yield self._count


class FileLedger:
    """Counts for all processes of one user: a small JSON file beside a lock file.

    A damaged or missing file begins anew: the side's own headers put the count right with the first answer.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = path.with_suffix(".lock")

    @contextmanager
    def change(self) -> Iterator[Count]:
        """Hold the count alone, across threads and processes; the kernel lets go if the process dies."""
        handle = self._hold()
        try:
            count = self._read()
            yield count
            self._write(count)
        finally:
            os.close(handle)

    def _hold(self) -> int:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unwritable(self._lock, error) from error
        fcntl.flock(handle, fcntl.LOCK_EX)
        return handle

    def _read(self) -> Count:
        try:
            return _count(json.loads(self._path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return Count()

    def _write(self, count: Count) -> None:
        # No sync to disk: after a power cut the headers of the first answer correct the count.
        scratch = self._path.with_suffix(".new")
        try:
            handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                json.dump(asdict(count), file, separators=(",", ":"))
            scratch.replace(self._path)
        except OSError as error:
            raise _unwritable(self._path, error) from error


def _unwritable(path: Path, error: OSError) -> StateError:
    return StateError(
        f"{path}: the call ledger cannot be written ({error.strerror}); without it the side's limits cannot be kept, so "
        "no call is made. Free some space, or make the folder writable."
    )


def _count(found: Any) -> Count:
    """Make a count of what a file held.

    Raises:
        ValueError, TypeError: It holds something else.
    """
    if not isinstance(found, dict):
        raise TypeError("not a ledger")
    known = {f.name for f in fields(Count)}
    count = Count(**{name: value for name, value in found.items() if name in known})
    count.calls = [float(at) for at in count.calls]
    count.errors = {str(name): [float(at) for at in times] for name, times in count.errors.items()}
    for name in ("minute", "day", "left"):
        if not isinstance(getattr(count, name), int | None):
            raise TypeError(name)
    count.blocked, count.renewed = float(count.blocked), float(count.renewed)
    return count
