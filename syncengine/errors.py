"""Every error raised on purpose.

An *error* ends the run; a *problem* (``model.review``) concerns one record and the run goes on. The kinds below say who can mend
it and, for a connector, what may be believed about the other side.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import ClassVar


class End(IntEnum):
    """How a command ends, as its exit status. The worst of several wins: see ``worst``."""

    DONE = 0
    UNEXPECTED = 1
    CONFIG = 2
    WAITING = 3
    GUARD = 4
    LATER = 5
    LOGIN = 6
    LOCKED = 7
    STATE = 8
    CHANGES = 10
    INTERRUPTED = 130
    TERMINATED = 143


_WORST_FIRST = (
    End.TERMINATED,
    End.INTERRUPTED,
    End.STATE,
    End.UNEXPECTED,
    End.LOGIN,
    End.LOCKED,
    End.GUARD,
    End.LATER,
    End.CONFIG,
    End.WAITING,
    End.CHANGES,
    End.DONE,
)


def worst(ends: Sequence[End]) -> End:
    """Say how a run ends that met all of these; DONE if it met none."""
    return min(ends, key=_WORST_FIRST.index, default=End.DONE)


class SyncError(Exception):
    """The root of all errors raised on purpose; ends the run with ``end``.

    The message is for the person at the keyboard: what happened and where, what was found and what was expected, whether anything
    was written, and what to do next. It never holds a secret or personal data.
    """

    end: ClassVar[End] = End.UNEXPECTED


class UserError(SyncError):
    """Something the reader can mend: configuration, a mapping, an option. Nothing was touched."""

    end = End.CONFIG


class ConfigError(UserError):
    """One or more faults in a project's files; the message holds one line per fault, ``file:line:column  where: what``."""


class GuardError(SyncError):
    """A guard stopped the plan before the first write."""

    end = End.GUARD


class LoginError(SyncError):
    """A person must log in, or the target is not the one that was pinned."""

    end = End.LOGIN


class LockedError(SyncError):
    """Another run holds the lock; nothing was touched."""

    end = End.LOCKED


class StateError(SyncError):
    """Local state cannot be trusted or written: damage, foreign or newer state, full disk. No further write to a side."""

    end = End.STATE


class LaterError(SyncError):
    """A side is down or the budget is spent; the next run goes on where this one stopped."""

    end = End.LATER


class ConnectorError(SyncError):
    """What a side answered to one request; the four kinds below say what may be believed afterwards.

    Attributes:
        status: The HTTP status or the side's own error number, as text; "" if there was none.
        answer: The side's own words, shown to people and never parsed.
    """

    end = End.LATER

    def __init__(self, message: str, *, status: str = "", answer: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.answer = answer


class Transient(ConnectorError):
    """Surely nothing was written (or: it could not look); try later.

    Attributes:
        retry_after: Seconds until the side may be asked again; None if it did not say.
    """

    def __init__(self, message: str, *, status: str = "", answer: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, status=status, answer=answer)
        self.retry_after = retry_after


class Rejected(ConnectorError):
    """The side refuses this record. Repeating the same request cannot help.

    Attributes:
        field: The field it names, in the side's own terms; "" if it names none.
    """

    end = End.WAITING

    def __init__(self, message: str, *, status: str = "", answer: str = "", field: str = "") -> None:
        super().__init__(message, status=status, answer=answer)
        self.field = field


class Stale(ConnectorError):
    """The record is no longer what the plan was based on; nothing was written."""

    end = End.LATER


class Uncertain(ConnectorError):
    """The request left and no believable answer came: ``find`` before writing again.

    Attributes:
        structured: True if a 5xx came with a JSON error body: business validation in Exact, so absent means refused.
    """

    def __init__(self, message: str, *, status: str = "", answer: str = "", structured: bool = False) -> None:
        super().__init__(message, status=status, answer=answer)
        self.structured = structured


class Unreadable(Exception):
    """One row of a pull cannot be read as a record. The rest of the pull goes on.

    Attributes:
        where: Place in the source, such as ``customers.csv:17``.
        id: The record's id if it could still be told; a row without id makes the listing incomplete.
    """

    def __init__(self, where: str, message: str, *, id: str | None = None) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        self.message = message
        self.id = id
