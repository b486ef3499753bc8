"""Encrypted files in the user's credential folder, outside projects: logins, and secrets that a mapping names as ``cred:NAME``."""

from __future__ import annotations

import fcntl
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from syncengine.errors import StateError, UserError

KEY_VARIABLE: Final = "SYNCENGINE_KEY"
"""Keys in the environment, newest first, separated by spaces or commas; instead of the key file."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_MOST: Final = 64 * 1024


class SealError(Exception):
    """No key opens the file; the message says what is wrong with the key."""


class Sealed:
    """One encrypted file (its folder 0700, files 0600). All files of a folder share the keys: newest encrypts, all decrypt."""

    def __init__(self, path: Path, what: str, environment: Mapping[str, str] | None = None) -> None:
        """Open nothing yet.

        Args:
            what: What messages call the file.
            environment: Where ``KEY_VARIABLE`` is looked up; the process's own if None.
        """
        self.path = path
        self._what = what
        self._environment = os.environ if environment is None else environment

    def read(self) -> bytes | None:
        """What is in it; None if there is no such file.

        Raises:
            SealError: No key opens it, or it is damaged.
            StateError: A key cannot be used.
            OSError: The file cannot be read.
        """
        try:
            sealed = self.path.read_bytes()
        except FileNotFoundError:
            return None
        keys = self._keys()
        if keys is None:
            raise SealError(f"the key that opens this {self._what} is missing ({self._key_path()})")
        try:
            return MultiFernet(keys).decrypt(sealed)
        except InvalidToken:
            raise SealError(f"no key opens this {self._what}") from None

    def write(self, content: bytes) -> None:
        """Encrypt with the newest key, write beside, sync, rename, sync the folder; durable when this returns.

        Raises:
            OSError: A step failed; the file before it stands.
            StateError: A key cannot be used.
        """
        self.make_folder()
        sealed = MultiFernet(self._keys() or [self._make_key()]).encrypt(content)
        _replace(self.path, sealed)

    def make_folder(self) -> None:
        """Make the folder, for its owner alone.

        Raises:
            OSError: It cannot be made.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.path.parent.stat().st_mode & 0o077:
            self.path.parent.chmod(0o700)

    def _key_path(self) -> Path:
        return self.path.parent / "key"

    def _keys(self) -> list[Fernet] | None:
        """All keys, newest first; None if there is none.

        Raises:
            StateError: One is no key, or others may read the file.
        """
        text = self._environment.get(KEY_VARIABLE, "")
        where = KEY_VARIABLE
        if not text:
            where = str(self._key_path())
            try:
                if self._key_path().stat().st_mode & 0o077:
                    raise StateError(f"{where}: others may read this key; chmod 600 it, and think whether they did")
                text = self._key_path().read_text("ascii")
            except FileNotFoundError:
                return None
            except (OSError, UnicodeDecodeError) as error:
                raise StateError(f"{where}: the key cannot be read ({type(error).__name__})") from error
        try:
            return [Fernet(key) for key in text.replace(",", " ").split()] or None
        except ValueError:
            raise StateError(
                f"{where} holds something that is no key; expected 32 bytes, URL-safe base64, newest key first"
            ) from None

    def _make_key(self) -> Fernet:
        """Make the key file, or use the one that somebody made meanwhile."""
        scratch = self.path.parent / f"key.{os.getpid()}.{threading.get_ident()}"
        _write_durably(scratch, Fernet.generate_key() + b"\n")
        try:
            with suppress(FileExistsError):
                os.link(scratch, self._key_path())
        finally:
            scratch.unlink()
        _sync_folder(self.path.parent)
        keys = self._keys()
        assert keys, "the key file was just made"
        return keys[0]


def keep_secret(folder: Path, name: str, text: str) -> Path:
    """Keep a secret under a name; return the file it lies in, encrypted.

    Raises:
        UserError: It has no fitting name, or is no secret that could be sent.
        StateError: It cannot be kept.
    """
    place = _place(folder, name)
    if place is None:
        raise UserError("A secret's name is letters, digits, dots, _ and -, beginning with a letter or digit.")
    if not text or len(text) > _MOST or not _is_line(text):
        raise UserError("A secret is one line of text; this is empty, too long, or holds control characters.")
    try:
        place.make_folder()
        with _alone(folder):
            place.write(text.encode())
    except OSError as error:
        raise StateError(f"{place.path}: the secret cannot be kept ({error.strerror})") from error
    return place.path


def kept_secret(folder: Path, name: str) -> str:
    """The secret that is kept under a name.

    Raises:
        ValueError: There is none, or no key opens it; the message names it, and not its text.
        StateError: A key cannot be used.
    """
    place = _place(folder, name)
    if place is None:
        raise ValueError("cred: wants the name of a kept secret: letters, digits, dots, _ and -")
    again = f"sync login --keep {name}"
    try:
        content = place.read()
        text = None if content is None else content.decode()
    except SealError as error:
        raise ValueError(f"needs cred:{name}, and {error}. Give the right key, or keep it again: {again}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"needs cred:{name}, which cannot be read ({type(error).__name__})") from None
    if text is None:
        raise ValueError(f"needs cred:{name}, which is not kept on this machine. Keep it: {again}")
    return text


def _is_line(text: str) -> bool:
    """True if it holds no control character, nor a byte that a terminal could not read as text."""
    return not any(ord(sign) < 32 or ord(sign) == 127 or 0xD800 <= ord(sign) <= 0xDFFF for sign in text)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep every other process that does the same waiting: they would write the same file beside the old one."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _place(folder: Path, name: str) -> Sealed | None:
    return Sealed(folder / f"{name}.secret", "secret") if _NAME.fullmatch(name) else None


def _replace(path: Path, content: bytes) -> None:
    scratch = path.with_name(f"{path.name}.new")
    _write_durably(scratch, content)
    scratch.replace(path)
    _sync_folder(path.parent)


def _write_durably(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
