"""Secrets by reference: ``env:NAME``, ``file:path``, ``cred:NAME``. What stands in the mapping is where a secret is, never the secret."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Final

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)
_MAX_BYTES: Final = 64 * 1024
KINDS: Final = ("env", "file", "cred")

Kept = Callable[[str], str]
"""Fetches a kept secret by its name; raises ``ValueError`` if there is none."""


def nothing_kept(name: str) -> str:
    """No secret is kept here."""
    raise ValueError(f"cred:{name} cannot be fetched here. Use env:NAME or file:path")


class Secret(str):
    """A secret's text. A ``str`` to whom it is handed; its ``repr``, which is what tracebacks and dumps show, is blank."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"

    def reveal(self) -> str:
        """The text itself."""
        return str.__str__(self)


def resolve_secret(
    text: str, root: Path, environment: Mapping[str, str] | None = None, kept: Kept = nothing_kept
) -> Secret:
    """Fetch the secret that a reference names.

    Args:
        root: The project's folder; a relative file is inside it.
        environment: Variables by name; the process's own if None.
        kept: Fetches what ``cred:`` names.

    Raises:
        ValueError: It is no reference, or leads nowhere; the message names the reference, never a value. A text that is no reference is not
            repeated: it may be the secret itself.
    """
    kind, colon, rest = text.partition(":")
    if not colon or kind not in KINDS:
        raise ValueError("a secret is never written here; say where it is: env:NAME, file:path or cred:NAME")
    if kind == "env":
        return Secret(variable(rest, environment))
    if kind == "file":
        return Secret(_file(rest, root))
    return Secret(_clean(kept(rest), f"cred:{rest}"))


def variable(name: str, environment: Mapping[str, str] | None = None) -> str:
    """The value of an environment variable.

    Raises:
        ValueError: It is not set, empty, or no name.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("env: wants the name of an environment variable: letters, digits and _")
    value = (os.environ if environment is None else environment).get(name, "")
    if not value:
        raise ValueError(f"needs the environment variable {name}, which is not set")
    return _clean(value, f"the environment variable {name}")


def _file(text: str, root: Path) -> str:
    if "\0" in text or not text.strip():
        raise ValueError("file: wants the path of a file")
    pure = PurePath(text)
    if not pure.is_absolute() and ".." in pure.parts:
        raise ValueError(f"file:{text} leads out of the project; give its full path")
    try:
        handle = os.open(root / pure, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        raise ValueError(f"needs file:{text}, which cannot be opened: {error.strerror}") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"needs file:{text}, which is no file")
        if status.st_mode & stat.S_IROTH:
            raise ValueError(f"file:{text} can be read by everybody on this machine; first: chmod 600 {text}")
        data = os.read(handle, _MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"needs file:{text}, which cannot be read: {error.strerror}") from None
    finally:
        os.close(handle)
    if len(data) > _MAX_BYTES:
        raise ValueError(f"file:{text} is larger than {_MAX_BYTES // 1024} KiB, more than a secret can be")
    try:
        value = data.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"file:{text} is not UTF-8 text") from None
    value = value.removesuffix("\n").removesuffix("\r")
    if not value:
        raise ValueError(f"file:{text} is empty")
    return _clean(value, f"file:{text}")


def _clean(value: str, what: str) -> str:
    """The value, if it can be sent: a line break or NUL in a secret is a mistake, and in a header an attack."""
    if any(ord(sign) < 32 or ord(sign) == 127 or 0xD800 <= ord(sign) <= 0xDFFF for sign in value):
        raise ValueError(f"{what} holds a control character or more than one line")
    return value
