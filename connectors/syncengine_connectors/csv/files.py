"""Files of the project: opened without blocking, never outside it, and replaced whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from syncengine.errors import Stale, SyncError, Transient, Uncertain, UserError

BLOCK = 2**20
_LATER = {
    errno.EIO,
    errno.ESTALE,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EMFILE,
    errno.ENFILE,
    errno.EAGAIN,
    errno.ETIMEDOUT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """By what a file is known to be untouched."""

    inode: int
    size: int
    mtime: int
    ctime: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file of the project.

    Attributes:
        shown: The path as people wrote it, for messages.
        path: Where it really is, every link followed.
    """

    shown: str
    path: Path


def place(root: Path, shown: str) -> Place:
    """Find a file of the project.

    Raises:
        UserError: The path, or a link on it, leads outside the project.
    """
    try:
        base = root.resolve()
        path = (base / shown).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{shown!r} is no path to a file: {error}. Nothing was read.") from error
    if not path.is_relative_to(base):
        raise UserError(
            f"{shown}: leads outside the project folder, where nothing is read or written. Copy the file into it."
        )
    return Place(shown=shown, path=path)


@contextmanager
def opened(file: Place) -> Iterator[int]:
    """Open an ordinary file for reading.

    Raises:
        UserError: It is missing, may not be read, or is no ordinary file (a folder, a pipe, a device).
        Transient: The disk or the share does not answer.
    """
    descriptor = -1
    try:
        # Looked at before it is opened, for opening a device may already do something; and after, for it may have been exchanged.
        _refuse_unless_file(file, os.lstat(file.path))
        descriptor = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY)
        _refuse_unless_file(file, os.fstat(descriptor))
        yield descriptor
    except OSError as error:
        raise explained(file, error) from error
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def explained(file: Place, error: OSError) -> SyncError:
    """Say in our words what the system said."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return UserError(
            f"{file.shown}: there is no such file ({file.path}). Nothing was read; a missing file is not an empty one."
        )
    if error.errno in _LATER:
        return Transient(f"{file.shown}: {error.strerror}; nothing was written")
    return UserError(f"{file.shown}: {error.strerror} ({file.path})")


def _refuse_unless_file(file: Place, found: os.stat_result) -> None:
    if stat.S_ISREG(found.st_mode):
        return
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFLNK: "a link that was just exchanged",
        stat.S_IFSOCK: "a socket",
    }
    what = kinds.get(stat.S_IFMT(found.st_mode), "a device")
    raise UserError(f"{file.shown}: is {what}, not an ordinary file. Nothing was read.")


def stamp(descriptor: int) -> Stamp:
    """The stamp of an open file."""
    found = os.fstat(descriptor)
    return Stamp(inode=found.st_ino, size=found.st_size, mtime=found.st_mtime_ns, ctime=found.st_ctime_ns)


def blocks(descriptor: int) -> Iterator[bytes]:
    """The bytes of a file from its beginning."""
    at = 0
    while block := os.pread(descriptor, BLOCK, at):
        yield block
        at += len(block)


def digest(file: Place) -> str:
    """The digest of what the file holds now."""
    with opened(file) as descriptor:
        return digest_of(blocks(descriptor))


def digest_of(data: Iterable[bytes]) -> str:
    """The digest of these bytes."""
    total = hashlib.sha256()
    for block in data:
        total.update(block)
    return total.hexdigest()


def editor(file: Place) -> str:
    """Name the program that has the file open, by the lock file it leaves; "" if none."""
    if (file.path.parent / f".~lock.{file.path.name}#").exists():
        return "LibreOffice"
    return "Excel" if (file.path.parent / f"~${file.path.name}").exists() else ""


def replace(file: Place, data: Iterable[bytes], *, expected: str, token: str) -> str:
    """Replace what a file holds, whole or not at all; mode and owner stay.

    Args:
        expected: The digest it must still have just before.
        token: What makes the temporary file's name unique.

    Returns:
        The new digest.

    Raises:
        Stale: The file changed meanwhile; it stays as it is.
        Transient: It could not be written; it stays as it is.
        Uncertain: It was replaced, and the system would not say that this is safe on disk.
    """
    folder = file.path.parent
    sweep(file)
    draft = folder / f".{file.path.name}.{token}.draft"
    try:
        made = _write(draft, data, like=file.path)
        if digest(file) != expected:
            raise Stale(f"{file.shown} changed since it was read; nothing was written")
        draft.replace(file.path)
    except BaseException as error:
        with suppress(OSError):
            draft.unlink()
        if isinstance(error, OSError):
            raise Transient(f"{file.shown} stays as it is: {error.strerror}", answer=str(error.strerror)) from error
        raise
    try:
        sync_folder(folder)
    except OSError as error:
        raise Uncertain(f"{file.shown} was replaced, but the disk did not confirm it: {error.strerror}") from error
    return made


def sweep(file: Place) -> None:
    """Remove drafts that a crash left behind; one that a living process still writes is locked, and stays."""
    for draft in file.path.parent.glob(f".{_literal(file.path.name)}.*.draft"):
        with suppress(OSError):
            descriptor = os.open(draft, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                draft.unlink()
            finally:
                os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(draft: Path, data: Iterable[bytes], *, like: Path) -> str:
    total = hashlib.sha256()
    before = like.stat()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for block in data:
            total.update(block)
            out.write(block)
        out.flush()
        with suppress(PermissionError):
            os.fchown(descriptor, before.st_uid, before.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
        os.fsync(descriptor)
    return total.hexdigest()


def _literal(name: str) -> str:
    """A file name with nothing in it that ``glob`` would read as a pattern."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)
