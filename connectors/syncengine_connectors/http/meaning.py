"""What an answer means: which of the four kinds, by status alone. Message texts are shown, never parsed."""

from __future__ import annotations

from typing import Final

from syncengine.errors import ConnectorError, Rejected, Transient, Uncertain
from syncengine_connectors.http.answer import Answer, Unreadable

REFUSALS: Final = frozenset({400, 403, 404, 405, 409, 413, 415, 422})
"""The side read the request and refuses it; repeating cannot help."""


def judge(answer: Answer, what: str, *, changing: bool) -> None:
    """Raise what an answer means; return if it is a success.

    Args:
        what: The request, for the message; without query, for that may name a person.

    Raises:
        Transient: 429 and 401, surely not processed; any other fault of a reading request.
        Rejected: 400 403 404 405 409 413 415 422.
        Uncertain: Anything else that answers a changing request; ``structured`` if a 5xx has a JSON body.
    """
    if 200 <= answer.status < 300:
        return
    raise kind_of(answer, what, changing=changing)


def kind_of(answer: Answer, what: str, *, changing: bool) -> ConnectorError:
    """The error an unsuccessful answer stands for; see ``judge``."""
    words = answer.words()
    reason = answer.headers.get("reason", "").strip()[:200]
    said = "; ".join(part for part in (words, f"reason: {reason}" if reason else "") if part)
    status = str(answer.status)
    message = f"{what}: answered {status}" + (f": {said}" if said else "")
    if answer.status in (401, 429):
        return Transient(message, status=status, answer=said, retry_after=answer.retry_after)
    if answer.status in REFUSALS:
        return Rejected(message, status=status, answer=said)
    if changing:
        return Uncertain(message, status=status, answer=said, structured=answer.status >= 500 and _structured(answer))
    return Transient(message, status=status, answer=said, retry_after=answer.retry_after)


def _structured(answer: Answer) -> bool:
    try:
        found = answer.json()
    except Unreadable:
        return False
    return isinstance(found, dict) and bool(answer.words())
