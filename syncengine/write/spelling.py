"""Tells a side's own way of writing a value from another value."""

from __future__ import annotations

from typing import Final

from syncengine.model.record import ABSENT, Value

_CUT: Final = 20
"""No side is known to keep fewer characters of a text; something shorter is a person's edit."""


def normalised(sent: Value, shown: Value) -> bool:
    """True if ``shown`` looks like a side's way of writing ``sent``: case, spaces, punctuation, padding, or a long end cut off."""
    one, two = _bare(sent), _bare(shown)
    if one == two or (one and one.lstrip("0") == two.lstrip("0")):
        return True
    return len(str(shown)) >= _CUT and str(sent).startswith(str(shown))


def _bare(value: Value) -> str:
    return "".join(char for char in str(value).casefold() if char.isalnum()) if value not in (None, ABSENT) else ""
