"""How values, instants and enumerations stand in the database; small, exact and reversible."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar
from zlib import crc32

from syncengine.model.link import LinkState
from syncengine.model.record import Presence, Side

T = TypeVar("T")

CHUNK = 5_000
"""Rows handled at once: memory grows with this, never with the total."""

SIDES = (Side.LEFT, Side.RIGHT)
PRESENCES = (Presence.PRESENT, Presence.MISSING, Presence.GONE)
LINK_STATES = (LinkState.LINKED, LinkState.TOMBSTONE, LinkState.FROZEN)
UNSEEN = 3
"""Presence of a record that only a link names: the mirror never saw it."""

OUT_OF_SCOPE, INACTIVE, PROTECTED, PROBLEM = 1, 2, 4, 8
"""Bits of the column ``odd``; 0 is an ordinary record."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def to_micros(at: datetime | None) -> int | None:
    """An aware instant as whole microseconds since 1970; eight bytes instead of twenty-seven.

    Raises:
        ValueError: The instant is naive.
    """
    if at is None:
        return None
    if at.tzinfo is None:
        raise ValueError(f"an instant without time zone cannot be stored: {at.isoformat()}")
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int | None) -> datetime | None:
    """Read back what ``to_micros`` made."""
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def instant(micros: int) -> datetime:
    """Read back an instant that is always there."""
    return _EPOCH + timedelta(microseconds=micros)


def compact(data: Any) -> str:
    """JSON without spaces, in the order given."""
    return _compact(data)


def canonical(data: Any) -> str:
    """JSON of which equal data give equal text: keys sorted, no spaces."""
    return _canonical(data)


def check_sum(*parts: object) -> int:
    """A 32-bit sum over the parts of a row, by which a flipped bit is noticed. No protection against intent: the journal's chain is."""
    return crc32("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass"))


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Cut a stream into lists of at most ``size``."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
