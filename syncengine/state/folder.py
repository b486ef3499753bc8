"""The state folder: private, on a disk that keeps locks, with room to write."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from syncengine.errors import StateError

DATABASE: Final = "state.db"
BACKUPS: Final = "backups"
LEAST_FREE: Final = 64 * 1024 * 1024
"""Bytes that must be free before a run writes anything."""

NETWORK: Final = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "ncpfs",
        "ceph",
        "glusterfs",
        "lustre",
        "fuse.sshfs",
        "fuse.glusterfs",
    }
    | {"fuse.davfs", "davfs", "fuse.s3fs", "fuse.rclone", "fuse.gcsfuse"}
)
"""File systems on which SQLite's locks and shared memory cannot be trusted. Source: sqlite.org/wal.html, "does not work over a network"."""


def prepare(folder: Path) -> Path:
    """Make the folder and an empty database file if they are not there, private to their owner; return the file.

    Raises:
        StateError: Something else stands in the place, or it cannot be made private.
    """
    file = folder / DATABASE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(folder.stat().st_mode) != 0o700:
            folder.chmod(0o700)
        make_private(file)
    except OSError as fault:
        raise StateError(
            f"{folder}: the state folder cannot be used: {fault.strerror or fault}.\n"
            "  Nothing was touched. Make it a folder you own on a local disk with free space, or name another one in sync.yaml."
        ) from fault
    return file


def make_private(file: Path) -> None:
    """Make an empty file only its owner can read, or close an existing one to others; never follow a link.

    Raises:
        OSError: It cannot be made.
        StateError: Something stands there that is no ordinary file.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        ordinary(file)
        if stat.S_IMODE(file.stat().st_mode) != 0o600:
            file.chmod(0o600)


def ordinary(file: Path) -> None:
    """Refuse a link, a device, a pipe or a folder in the place of the database.

    Raises:
        StateError: It is one.
    """
    if not stat.S_ISREG(file.lstat().st_mode):
        raise StateError(
            f"{file}: this is no ordinary file, so it is not opened as state.\n  Nothing was touched. Move it away."
        )


def refuse_network(folder: Path, mounts: str | None = None) -> None:
    """Refuse a folder on a network disk: two computers could write at once and neither would notice.

    Args:
        mounts: The text of ``/proc/self/mounts``; read from there if None, and nothing is refused where there is none.

    Raises:
        StateError: It lies on one.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
    kind = file_system(folder.resolve(), mounts)
    if kind in NETWORK:
        raise StateError(
            f"{folder}: this folder lies on a network disk ({kind}), where locks do not hold.\n"
            "  Nothing was touched. Name a folder on a local disk as `state` in sync.yaml."
        )


def file_system(folder: Path, mounts: str) -> str:
    """Name the type of the file system that holds a folder; "" if it cannot be told."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        place = Path(parts[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\"))
        # A later mount on the same place lies on top of the earlier one.
        if folder.is_relative_to(place) and len(place.parts) >= best:
            best, kind = len(place.parts), parts[2]
    return kind


def require_space(folder: Path, plan_bytes: int = 0) -> None:
    """Make sure that a run can note what it does, before it does anything.

    Args:
        plan_bytes: Size of the plan to be applied, stored as JSON.

    Raises:
        StateError: Less than 64 MB or four times the plan is free.
    """
    least = max(LEAST_FREE, 4 * plan_bytes)
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    if free < least:
        raise StateError(
            f"{folder}: only {free // 2**20} MB are free; a run needs {least // 2**20} MB to note what it does.\n"
            "  Nothing was touched. Free some space and run again."
        )
