"""Reads and writes the files that a command is given by name."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from syncengine.errors import SyncError, UserError

MOST_BYTES = 256 * 1024 * 1024


def read_text(path: Path, what: str) -> str:
    """Read a file whole; ``-`` is stdin.

    Raises:
        UserError: It is missing, no file, too large or no UTF-8.
    """
    if str(path) == "-":
        return sys.stdin.read()
    try:
        # Opened without waiting: a FIFO under this name must not hang the command.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
                raise UserError(f"{path} is no {what}: a file of at most {MOST_BYTES >> 20} MB was expected.")
            return file.read().decode("utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file. Nothing was done.") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is no {what}: it is not UTF-8. Nothing was done.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}. Nothing was done.") from None


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only: it holds what the records hold.

    Raises:
        UserError: The folder is missing or must not be written.
        SyncError: The disk is full or broken; what stood there before still stands.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except (FileNotFoundError, NotADirectoryError, PermissionError, IsADirectoryError) as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from None
    except OSError as error:
        raise SyncError(
            f"{path} could not be written: {error.strerror}. What stood there before still stands."
        ) from None
