"""Reads ``sync.yaml``: bytes → tree → model → checked names. Everything that is wrong is said at once, each with its place."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from syncengine.config.document import Document
from syncengine.config.faults import Faults
from syncengine.config.judge import Judge
from syncengine.config.names import check_names
from syncengine.config.parse import MAX_BYTES, parse
from syncengine.config.shape import shape
from syncengine.errors import ConfigError


def load(path: Path) -> Document:
    """Read a mapping file.

    Raises:
        ConfigError: It is missing, no file, no YAML, or does not keep to the language; one line per fault.
    """
    return read(_bytes(path), path)


def read(data: bytes, path: Path) -> Document:
    """Read the bytes of a mapping file; ``path`` is where it is said to stand, and its folder the project.

    Raises:
        ConfigError: As ``load``.
    """
    faults = Faults(path.name)
    root = parse(data, faults)
    mapping = shape(root, faults) if root is not None else None
    if root is None or mapping is None:
        faults.raise_any()
        raise ConfigError(f"{path.name}: cannot be read")
    document = Document(path=path, mapping=mapping, root=root)
    check_names(Judge(document, faults))
    faults.raise_any()
    return document


def _bytes(path: Path) -> bytes:
    """The file's content, one byte more than allowed at most."""
    try:
        # Opened without waiting: a FIFO under this name must not hang the run.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        raise ConfigError(
            f"{path.name}: there is no such file in {path.parent.resolve()}. Make one: sync init"
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path.name}: cannot be opened: {_reason(error)}") from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ConfigError(f"{path.name}: is no file. The mapping is a YAML file; make one: sync init")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path.name}: cannot be read: {_reason(error)}") from None
    finally:
        os.close(handle)


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
