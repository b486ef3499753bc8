"""The credential profile: one encrypted file per (server, app, user), outside projects, with a lock of its own.

A token chain belongs to app and user, and two copies of one break each other; so all projects of a machine share the file.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from syncengine.errors import LoginError, StateError
from syncengine.sealed import Sealed, SealError

_PASSING_DISKS: Final = frozenset({"tmpfs", "ramfs", "devtmpfs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """One generation of the chain. Times are seconds since 1970, UTC.

    Attributes:
        asked, answered: When the token call began and ended; the server issued the tokens somewhere between.
        worked: An API call with the access token succeeded, so the generation before it is of no more use.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    asked: float
    answered: float
    worked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What a profile holds.

    Attributes:
        current: None before the first login.
        previous: The generation before, until the current one worked.
        attempt: When a token call was last noted, before it was made; 0 if never.
        kept_until: The server refused a refresh as too early: no other before this moment.
        dead: Why a person must log in ("" if not); no token call is made until then.
    """

    current: Tokens | None = None
    previous: Tokens | None = None
    attempt: float = 0.0
    kept_until: float = 0.0
    dead: str = ""


class Profile(Protocol):
    """Where a chain is kept."""

    def load(self) -> Chain:
        """What is kept; an empty chain if nothing is."""

    def save(self, chain: Chain) -> None:
        """Keep a chain; durable when this returns.

        Raises:
            StateError: It could not be kept.
        """

    def lock(self) -> AbstractContextManager[None]:
        """Hold the profile alone, against all threads and processes."""


class MemoryProfile:
    """Keeps a chain for this process only: the embedded emulator and tests."""

    def __init__(self) -> None:
        self._chain = Chain()
        self._lock = threading.Lock()

    def load(self) -> Chain:
        """What is kept."""
        return self._chain

    def save(self, chain: Chain) -> None:
        """Keep a chain."""
        self._chain = chain

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the profile alone."""
        with self._lock:
            yield


class FileProfile:
    """Keeps a chain encrypted in the user's credential folder (0700; files 0600)."""

    def __init__(self, folder: Path, name: str, environment: Mapping[str, str] | None = None) -> None:
        """Open nothing yet.

        Args:
            name: Of the file, without ending; see ``profile_name``.
            environment: Where the key is looked up; the process's own if None.
        """
        self.path = folder / f"{name}.profile"
        self._folder = folder
        self._file = Sealed(self.path, "profile", environment)

    def load(self) -> Chain:
        """What is kept; an empty chain if the file is not there.

        Raises:
            LoginError: No key opens it, or it is damaged.
            StateError: It cannot be read.
        """
        try:
            text = self._file.read()
        except OSError as error:
            raise StateError(f"{self.path}: the credential profile cannot be read ({error.strerror})") from error
        except SealError as error:
            raise LoginError(f"{self.path}: {error}. {_AGAIN}") from None
        try:
            return Chain() if text is None else _chain(json.loads(text))
        except (ValueError, TypeError, KeyError):
            raise LoginError(f"{self.path}: the credential profile is damaged. {_AGAIN}") from None

    def save(self, chain: Chain) -> None:
        """Encrypt with the newest key, write beside, sync, rename, sync the folder.

        Raises:
            StateError: A step failed; the profile before it stands.
        """
        text = json.dumps(asdict(chain), separators=(",", ":")).encode()
        try:
            self._file.write(text)
        except OSError as error:
            raise StateError(
                f"{self.path}: the credential profile cannot be written ({error.strerror}); no token call is made, for its "
                "answer would be lost and with it the login. Free some space, or make the folder writable."
            ) from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the profile alone; the kernel lets go if the process dies.

        Raises:
            StateError: The lock file cannot be made.
        """
        try:
            self._file.make_folder()
            handle = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StateError(
                f"{self.path}: the credential profile cannot be locked ({error.strerror}); make {self._folder} writable"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def lasts(self, mounts: Path = Path("/proc/mounts")) -> bool:
        """Whether the folder lies on a disk that outlives a restart, as far as this system tells."""
        try:
            lines = mounts.read_text("utf-8", "replace").splitlines()
        except OSError:
            return True
        place = self._folder.absolute()
        found = ""
        longest = -1
        for line in lines:
            _, point, kind, *_ = (*line.split(" "), "", "", "")
            if (place.is_relative_to(point) or str(place) == point) and len(point) >= longest and point:
                found, longest = kind, len(point)
        return found not in _PASSING_DISKS

    def __repr__(self) -> str:
        return f"FileProfile({str(self.path)!r})"


_AGAIN: Final = "Give the right key, or log in again: sync login"


def profile_name(place: str, client_id: str, user: str) -> str:
    """Name of a profile's file; the app is named by a digest, so that no id shows in a folder listing."""
    return f"exact-{place}-{hashlib.sha256(client_id.encode()).hexdigest()[:12]}-{user}"


def _chain(found: Any) -> Chain:
    """Read back what ``save`` wrote.

    Raises:
        ValueError, TypeError, KeyError: It is something else.
    """
    return Chain(
        current=_tokens(found["current"]),
        previous=_tokens(found["previous"]),
        attempt=float(found["attempt"]),
        kept_until=float(found["kept_until"]),
        dead=str(found["dead"]),
    )


def _tokens(found: Any) -> Tokens | None:
    return None if found is None else Tokens(**found)
