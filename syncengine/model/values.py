"""Values as JSON and as fingerprints: one encoding, so that equal values are equal bytes everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import blake2b
from itertools import repeat
from json.encoder import encode_basestring
from struct import unpack
from typing import Any

from syncengine.model.columns import PlainTexts
from syncengine.model.record import ABSENT, Value

_SCALARS = (str, int, bool, type(None))
_PLAIN = frozenset(_SCALARS)
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_json(value: Value) -> Any:
    """Turn one value into what ``json`` writes.

    Text, whole numbers, flags and None stand for themselves; ``{}`` is ABSENT; ``{"d": "1.20"}`` a decimal, ``{"t": "2026-11-20"}`` a date or
    an instant; a list is a tuple of texts.
    """
    if isinstance(value, _SCALARS):
        return value
    if value is ABSENT:
        return {}
    if isinstance(value, Decimal):
        return {"d": plain(value)}
    if isinstance(value, datetime):
        return {"t": value.astimezone(UTC).isoformat().replace("+00:00", "Z")}
    if isinstance(value, date):
        return {"t": value.isoformat()}
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"not a value: {type(value).__name__}")


def from_json(data: Any) -> Value:
    """Read back what ``to_json`` made.

    Raises:
        ValueError: The data was not made by ``to_json``.
    """
    if isinstance(data, _SCALARS):
        return data
    if isinstance(data, list) and all(isinstance(item, str) for item in data):
        return tuple(data)
    if data == {}:
        return ABSENT
    if isinstance(data, dict) and len(data) == 1:
        if isinstance(number := data.get("d"), str):
            return Decimal(number)
        if isinstance(time := data.get("t"), str):
            return datetime.fromisoformat(time) if "T" in time else date.fromisoformat(time)
    raise ValueError(f"not a stored value: {data!r}")


def plain(number: Decimal) -> str:
    """A decimal as text without exponent, trailing zeros or minus zero: 1.20 and 1.2 are one value."""
    if number == 0:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def dump(values: Iterable[Value]) -> str:
    """A row of values as compact JSON; equal rows give equal text."""
    return f"[{','.join(_items(values))}]"


def _items(values: Iterable[Value]) -> list[str]:
    # Every changed record comes by here, and nearly all its values are text or nothing.
    return [
        encode_basestring(value) if value.__class__ is str else "null" if value is None else _compact(to_json(value))
        for value in values
    ]


def dump_columns(columns: Sequence[Sequence[Value]], size: int) -> list[str]:
    """``dump`` of each of ``size`` rows, given column by column."""
    if not columns:
        return ["[]"] * size
    # Cells with what stands between them: to join them is the fastest way to make a million rows.
    parts: list[Iterable[str]] = []
    before = "["
    for quote, texts in map(_dumped, columns):
        parts += repeat(before + quote, size), texts
        before = f"{quote},"
    parts.append(repeat(f"{before[:-1]}]", size))
    return list(map("".join, zip(*parts, strict=True)))


def _dumped(column: Sequence[Value]) -> tuple[str, Sequence[str]]:
    """What stands before and behind each value of a column, and how the value itself is written."""
    if isinstance(column, PlainTexts):
        # Most columns of a large file are such ones.
        if column.whole:
            return '"', column  # type: ignore[return-value]  # all are texts
        return "", [f'"{text}"' if text is not None else "null" for text in column]
    try:
        # What is printable needs no escape but for these two.
        whole = "|".join(column)  # type: ignore[arg-type]  # what is no text is refused right here
        if whole.isprintable() and '"' not in whole and "\\" not in whole:
            return '"', column  # type: ignore[return-value]  # all are texts
    except TypeError:
        pass
    return "", _items(column)


def load(text: str) -> tuple[Value, ...]:
    """Read back what ``dump`` made."""
    return tuple([item if item.__class__ in _PLAIN else from_json(item) for item in json.loads(text)])


def load_rows(texts: Sequence[str]) -> Sequence[Sequence[Value]]:
    """``load`` of each text, at once."""
    whole = ",".join(texts)
    rows: list[list[Any]] = json.loads(f"[{whole}]")
    # What is no plain value is an object or a list; of neither a sign: then there is none.
    if "{" not in whole and whole.count("[") == len(texts):
        return rows
    return [[item if item.__class__ in _PLAIN else from_json(item) for item in row] for row in rows]


def fingerprint(data: bytes) -> int:
    """A signed 64-bit fingerprint, the same in every process and version; fits SQLite's INTEGER."""
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True)


def fingerprints(texts: Sequence[str]) -> Sequence[int]:
    """The fingerprint of each text."""
    digests = b"".join([blake2b(text.encode(), digest_size=8).digest() for text in texts])
    return unpack(f">{len(texts)}q", digests)


def row_fingerprint(values: Iterable[Value]) -> int:
    """The fingerprint of a row of values: the same on both sides and in every process for equal values."""
    return fingerprint(dump(values).encode())
