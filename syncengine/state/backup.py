"""Copies of the state: made while it is in use, put back after damage."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from syncengine.errors import StateError, UserError
from syncengine.ports import Clock, Ids
from syncengine.state import lock as run_lock
from syncengine.state.database import FAULTS, explained
from syncengine.state.folder import BACKUPS, DATABASE, make_private, prepare
from syncengine.state.sqlite import SqliteStore, open_store
from syncengine.state.witness import COPIED

if TYPE_CHECKING:
    from syncengine.state.check import Health

KEEP_DAILY: Final = 7
_PARTS: Final = ("", "-wal", "-shm")


def backup(store: SqliteStore, file: Path) -> Path:
    """Copy the state into a new file, whole and in one piece, while it may be in use.

    Raises:
        UserError: The file exists already.
        StateError: The disk does not let us.
    """
    if file.exists():
        raise UserError(f"{file}: this file exists already; a backup replaces nothing. Name another one.")
    try:
        make_private(file)
        store.database.run("VACUUM INTO ?", (str(file),))
        _mark(file, store.clock.now())
        _sync(file)
    except OSError as fault:
        raise StateError(
            f"{file}: no backup could be made: {fault.strerror}.\n  The state itself was not touched."
        ) from fault
    except StateError:
        with suppress(OSError):
            file.unlink()
        raise
    return file


def _mark(file: Path, now: datetime) -> None:
    """Let the copy say that it is one: put back by hand it does not know what was written since, even if no run ended."""
    try:
        with closing(sqlite3.connect(file)) as copy, copy:
            copy.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (COPIED, now.isoformat(timespec="seconds")))
    except FAULTS as fault:
        raise explained(file, fault) or fault from fault


def backup_daily(store: SqliteStore, keep: int = KEEP_DAILY) -> Path | None:
    """Make today's backup beside the state, and drop those older than the last ``keep``; None if there is one of today."""
    folder = store.folder / BACKUPS
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / f"daily-{store.clock.now():%Y%m%d}.db"
    if file.exists():
        return None
    # Under another name until it is whole: a killed backup must not count as today's.
    unfinished = folder / f".daily-{os.getpid()}.db"
    try:
        with suppress(FileNotFoundError):
            unfinished.unlink()
        backup(store, unfinished)
        unfinished.replace(file)
        for old in sorted(folder.glob("daily-*.db"))[:-keep]:
            old.unlink()
    except OSError as fault:
        raise StateError(
            f"{file}: today's backup could not be made: {fault.strerror}.\n  The state itself was not touched."
        ) from fault
    return file


def restore(folder: Path, source: Path, *, clock: Clock, ids: Ids) -> Health:
    """Put a backup in the place of the state, after looking at all of it; what was there is kept among the backups.

    The next run finds an older serial than the folder's witness tells, so it only links until a person approves more.

    Raises:
        UserError: There is no such file.
        StateError: The backup is damaged or not ours; nothing was changed.
        LockedError: A run is at work.
    """
    from syncengine.state.check import check

    if not source.is_file():
        raise UserError(f"{source}: there is no such backup. See what there is: ls {folder / BACKUPS}")
    prepare(folder)
    with run_lock.held(folder, clock.now()):
        trial = folder / "restoring"
        _clear(trial)
        trial.mkdir(mode=0o700)
        try:
            _copy(source, trial / DATABASE)
            with closing(open_store(trial, clock=clock, ids=ids)) as store:
                health = check(store)
                store.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
            _put_aside(folder, clock.now())
            (trial / DATABASE).replace(folder / DATABASE)
            _sync(folder / DATABASE)
        finally:
            _clear(trial)
    return health


def _copy(source: Path, target: Path) -> None:
    """Copy a database with SQLite's own means, so that one that is in use arrives whole too."""
    make_private(target)
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
    except FAULTS as fault:
        told = explained(source, fault)
        raise (told or StateError(f"{source}: this backup cannot be read: {fault}.")) from fault


def _put_aside(folder: Path, now: datetime) -> None:
    """Keep what is replaced, with its write-ahead log: it may hold what the backup does not."""
    backups = folder / BACKUPS
    backups.mkdir(mode=0o700, exist_ok=True)
    for part in _PARTS:
        with suppress(FileNotFoundError):
            (folder / f"{DATABASE}{part}").replace(backups / f"replaced-{now:%Y%m%dT%H%M%SZ}.db{part}")


def _clear(folder: Path) -> None:
    """Remove the folder of a trial, also one that a killed restore left."""
    if folder.is_dir() and not folder.is_symlink():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def _sync(file: Path) -> None:
    """Have the file and its name on the disk."""
    for place in (file, file.parent):
        handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
