"""Webhook events: verified and read from the raw bytes, as pure functions. An event is a hint to read sooner; it carries no data.

Source: Exact Online, webhooks: ``HashCode`` is the upper-case hex HMAC-SHA256, with the app's webhook secret, over the bytes between
``{"Content":`` and ``,"HashCode":``.
"""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass
from typing import Any, Final

LARGEST: Final = 64 * 1024
"""Bytes; a real event has some hundreds."""

_HEAD: Final = b'{"Content":'
_NECK: Final = b',"HashCode":'
_TAIL: Final = re.compile(rb'"([0-9A-Fa-f]{64})"\s{0,8}\}\s{0,8}')
_KEY: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9]{1,18}", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z]{1,60}", re.ASCII)
_ACTIONS: Final = frozenset({"Create", "Update", "Delete"})


class Forged(ValueError):
    """The bytes are no event of Exact for this app. The message says why and repeats nothing of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What Exact says happened to one record. The address inside an event is left out: it is never called.

    Attributes:
        topic: Kind of record, such as ``Accounts``.
        action: ``Create``, ``Update`` or ``Delete``.
        key: The record's id, in lower case.
        client: Id of the app it was sent to.
        created: When, as Exact writes it; events come in no order.
    """

    topic: str
    division: int
    action: str
    key: str
    client: str = ""
    created: str = ""


def is_handshake(raw: bytes) -> bool:
    """True for the empty request by which Exact tries a new subscriber; answer it with 200."""
    return raw == b""


def verify(raw: bytes, secret: str) -> Event:
    """Read an event, if the app's webhook secret signed these very bytes. The comparison takes the same time whatever they are.

    Args:
        raw: The body as it came; never one that was parsed and written anew.

    Raises:
        Forged: It is not signed by this secret, or no event.
        ValueError: The secret is empty: then anybody could sign.
    """
    if not secret:
        raise ValueError("the webhook secret is empty")
    content, given = _parts(raw)
    wanted = hmac.new(secret.encode(), content, "sha256").hexdigest().upper().encode()
    if not hmac.compare_digest(wanted, given.upper()):
        raise Forged("the hash is not that of these bytes and this secret")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise Forged("the content is no JSON") from None
    return _event(found)


def _parts(raw: bytes) -> tuple[bytes, bytes]:
    """The signed bytes, and the hash that came with them."""
    if len(raw) > LARGEST:
        raise Forged("larger than any event")
    neck = raw.rfind(_NECK)
    tail = _TAIL.fullmatch(raw, neck + len(_NECK)) if neck >= 0 else None
    if not raw.startswith(_HEAD) or tail is None or neck < len(_HEAD):
        raise Forged("not in the form of an event")
    return raw[len(_HEAD) : neck], tail[1]


def _event(found: Any) -> Event:
    if not isinstance(found, dict):
        raise Forged("the content is no object")
    topic, action, division, key = (found.get(name) for name in ("Topic", "Action", "Division", "Key"))
    if not isinstance(topic, str) or not _WORD.fullmatch(topic) or action not in _ACTIONS:
        raise Forged("it names no topic and action")
    if isinstance(division, bool) or not isinstance(division, int) or not 0 < division < 10**10:
        raise Forged("it names no administration")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Forged("it names no record")
    return Event(
        topic=topic,
        division=division,
        action=str(action),
        key=key.lower(),
        client=_short(found.get("ClientId")),
        created=_short(found.get("EventCreatedOn")),
    )


def _short(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= 64 and value.isprintable() else ""
