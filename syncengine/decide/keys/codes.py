"""Codes: text that is its own key."""

from __future__ import annotations

from syncengine.decide.keys.junk import SURE_FILLERS, filler
from syncengine.decide.keys.key import Key, empty, ok
from syncengine.decide.keys.registry import is_bare_code
from syncengine.decide.keys.text import plain


def code(raw: str, country: str | None = None) -> Key:
    """An item, account or other code: text, its case and zeros kept, the ends stripped."""
    if is_bare_code(raw):
        return ok(raw)
    text, _ = plain(raw)
    junk = filler(text, SURE_FILLERS)
    return empty(junk) if junk else ok(text)
