"""What normalising one written value yields: the noun every module of this package returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Status = Literal["ok", "repaired", "review", "rejected", "empty", "wrong_field"]
"""``ok``: valid as written, but for case and separators. ``repaired``: valid after a repair that needs no guess.
``review``: readable, but never an automatic key. ``rejected``: not valid. ``empty``: a filler for "nothing".
``wrong_field``: a valid value of another kind, named in ``parts``."""

Part = str | bool

FREE_MAIL: Final = "free-mail domain"
"""The reason for an address at a provider where anybody gets one: it may tell two people apart, never a company."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One written value, judged.

    Attributes:
        value: The canonical form; None if there is none.
        status: See ``Status``.
        reason: Why it is not plainly ok, in a few named words ("check digit", "placeholder"); never holds the value itself, for some
            values (a BSN) must not appear in a report. "" if there is nothing to tell.
        parts: Named parts where the text held more than one thing, in the order read: an address's street and number, the town
            behind a postcode, the kind of number found in the wrong field. Empty for a plain value.
    """

    value: str | None
    status: Status
    reason: str = ""
    parts: tuple[tuple[str, Part], ...] = ()

    @property
    def usable(self) -> bool:
        """True if the value may serve as a match key (alone or in a compound rule): valid, and not known to be shared or made up."""
        return self.value is not None and self.status in ("ok", "repaired")

    @property
    def outcome(self) -> str | dict[str, Part] | None:
        """The named parts if there are any, else the canonical value: what a person would write down as the result."""
        return dict(self.parts) if self.parts else self.value


def ok(value: str, reason: str = "") -> Key:
    """Valid as written."""
    return Key(value=value, status="ok", reason=reason)


def valid(value: str, repairs: tuple[str, ...] | list[str]) -> Key:
    """Valid: ``ok`` without repairs, else ``repaired`` with their names."""
    return Key(value=value, status="repaired", reason=", ".join(repairs)) if repairs else ok(value)


def review(value: str | None, reason: str) -> Key:
    """Readable, but a person must say whether it means anything."""
    return Key(value=value, status="review", reason=reason)


def rejected(reason: str) -> Key:
    """Not a value of this kind."""
    return Key(value=None, status="rejected", reason=reason)


def empty(reason: str = "empty") -> Key:
    """Nothing, or a filler that means nothing."""
    return Key(value=None, status="empty", reason=reason)


def wrong_field(kind: str, value: str, reason: str) -> Key:
    """A valid value of another kind."""
    return Key(value=None, status="wrong_field", reason=reason, parts=((kind, value),))
