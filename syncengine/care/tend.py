"""What a person does to a project's state: look at all of it, copy it, put a copy back, drop what is old."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from syncengine import forgotten
from syncengine.care.daily import set_older
from syncengine.care.erase import erase_again
from syncengine.care.place import CLOCK, at_work, need
from syncengine.errors import StateError, SyncError
from syncengine.ports import Clock, SystemIds
from syncengine.state import backup as copies
from syncengine.state import care
from syncengine.state import lock as run_lock
from syncengine.state.backup import backup_daily
from syncengine.state.check import Health, check
from syncengine.state.folder import BACKUPS, DATABASE
from syncengine.state.lock import Holder
from syncengine.state.sqlite import open_store

_PARTS: Final = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A backup there is."""

    file: Path
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What putting a backup back came to.

    Attributes:
        again: How many people were erased anew, who had been forgotten since the backup was made.
        untold: Why nobody could be; "" if all is well.
    """

    health: Health
    again: int = 0
    untold: str = ""


def look(folder: Path, clock: Clock = CLOCK) -> Health:
    """Read everything the state holds.

    Raises:
        UserError: There is no state yet.
        LockedError: A run is at work.
        StateError: The state is damaged; names the first places.
    """
    need(folder)
    with (
        run_lock.held(folder, clock.now()),
        closing(open_store(folder, clock=clock, ids=SystemIds(), read_only=True)) as s,
    ):
        return check(s)


def holder(folder: Path) -> Holder | None:
    """Who holds the run lock; None if nobody does."""
    return run_lock.holder(folder) if folder.is_dir() else None


def backups(folder: Path) -> list[Copy]:
    """The backups beside the state, oldest first."""
    found = [(file.stat().st_mtime, file) for file in (folder / BACKUPS).glob("[!.]*.db")]
    return [Copy(file=file, bytes=file.stat().st_size) for _, file in sorted(found)]


def back_up(folder: Path, file: Path | None = None, clock: Clock = CLOCK) -> Copy:
    """Copy the state, also while a run is at work.

    Args:
        file: A new file; None for one beside the state, named by the time.

    Raises:
        UserError: There is no state yet, or the file exists.
        StateError: The disk does not let us.
    """
    need(folder)
    if file is None:
        (folder / BACKUPS).mkdir(mode=0o700, exist_ok=True)
        file = folder / BACKUPS / f"manual-{clock.now():%Y%m%dT%H%M%SZ}.db"
    with closing(open_store(folder, clock=clock, ids=SystemIds())) as store:
        copies.backup(store, file)
    return Copy(file=file, bytes=file.stat().st_size)


def put_back(folder: Path, source: Path, clock: Clock = CLOCK) -> Restored:
    """Put a backup in the state's place. Whoever was forgotten since is erased from it too, and the next run only links.

    Raises:
        UserError: There is no such backup.
        LockedError: A run is at work.
        StateError: The backup is damaged or not ours; nothing was changed.
    """
    inside = folder / BACKUPS / source
    source = inside if not source.exists() and inside.is_file() else source
    register, untold = _register(folder, clock)
    health = copies.restore(folder, source, clock=clock, ids=SystemIds())
    with at_work(folder, clock) as store:
        set_older(store, f"restored from {source.name}")
        again = 0 if register is None else erase_again(store, register)
    return Restored(health=health, again=again, untold=untold)


def prune(folder: Path, days: int = care.DEFAULT_DAYS, clock: Clock = CLOCK) -> care.Pruned:
    """Drop history that is older.

    Raises:
        UserError: There is no state yet, or the days are too few.
    """
    need(folder)
    with at_work(folder, clock) as store:
        return care.prune(store, days)


def delete_backups(folder: Path, files: Collection[Path], clock: Clock = CLOCK) -> Copy | None:
    """Delete backups, and make a new one where none of today is left.

    Raises:
        StateError: One cannot be deleted.
    """
    try:
        for file in files:
            for part in _PARTS:
                with suppress(FileNotFoundError):
                    file.with_name(f"{file.name}{part}").unlink()
    except OSError as fault:
        raise StateError(f"{fault.filename}: this backup cannot be deleted: {fault.strerror}.") from fault
    with at_work(folder, clock) as store:
        made = backup_daily(store)
    return None if made is None else Copy(file=made, bytes=made.stat().st_size)


def _register(folder: Path, clock: Clock) -> tuple[forgotten.Register | None, str]:
    """Who was forgotten until now, None if that cannot be told; and why, for a state to be replaced may be damaged."""
    if not (folder / DATABASE).exists():
        return None, ""
    try:
        with closing(open_store(folder, clock=clock, ids=SystemIds(), read_only=True)) as store:
            return forgotten.load(store.meta), ""
    except SyncError:
        return None, "the state it replaces cannot be read, so who was forgotten since is not known"
