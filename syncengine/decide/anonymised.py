"""Tells that a side took a person out of a record in place: such a record is neither filled again nor copied over its partner."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from syncengine.decide.subject import Subject, both
from syncengine.model.link import Pair
from syncengine.model.record import ABSENT, Side, Value

_LEAST: Final = 2
"""One field that is emptied is an edit."""

_PLACEHOLDER: Final = (
    r"[\[(<*]*(?:deleted|removed|erased|redacted|anonymi[sz]ed|anonymous|gdpr|verwijderd|geanonimiseerd|anoniem|gewist|avg)"
    r"(?:[ _-](?:user|customer|person|account|klant|gebruiker|persoon|contact))?[ _#-]{0,2}\d{0,12}[\])>*]*"
    r"|[^@\s]{1,80}@(?:[a-z0-9-]{1,60}\.){0,4}invalid|[x*•#-]{2,40}"
)
"""What programs put in a person's place; ``deleted@site.invalid`` and ``[deleted]`` are WordPress's."""


def anonymised(subject: Subject, pair: Pair) -> Side | None:
    """Say which side took the person out: everything personal it showed at the last agreement is empty or a placeholder now.

    Returns:
        None if neither did, or if there never was an agreement to compare with.
    """
    base = pair.link.base
    if base is None:
        return None
    for (side, record), agreed in zip(both(pair), (base.left, base.right), strict=True):
        shown, taken = record.values, 0
        if shown == agreed:
            continue  # nothing was taken
        for place in subject.personal:
            if not _tells(agreed[place]):
                continue
            if shown[place] is ABSENT or _tells(shown[place]):
                break
            taken += 1
        else:
            if taken >= _LEAST:
                return side
    return None


def _tells(value: Value) -> bool:
    """True if a value says something of somebody."""
    return value not in (None, ABSENT, "", ()) and not (
        isinstance(value, str) and _placeholder().fullmatch(value.strip())
    )


@cache
def _placeholder() -> re.Pattern[str]:
    """So many words take long to compile: a run in which nothing changed does without."""
    return re.compile(_PLACEHOLDER, re.IGNORECASE)
