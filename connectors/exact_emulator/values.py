"""Values as the server stores, shows, compares and sorts them.

A stored value is what JSON shows: a date is ``/Date(ms)/`` on the local wall clock, an Int64 is text, padding is in place.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from exact_emulator.clock import EPOCH

RANGES = {"Byte": (0, 255), "Int16": (-(2**15), 2**15 - 1), "Int32": (-(2**31), 2**31 - 1),
          "Int64": (-(2**63), 2**63 - 1)}  # fmt: skip
FIRST_MS, LAST_MS = -62_135_596_800_000, 253_402_300_799_999
"""The first moment of the year 1 and the last of 9999."""
_JSON_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)

Comparable = str | bytes | int | float | bool


def json_date(ms: int) -> str:
    """Write wall-clock milliseconds as the JSON text of a date."""
    return f"/Date({ms})/"


def date_ms(text: str) -> int:
    """Read the milliseconds of a JSON date; ValueError if it is none."""
    found = _JSON_DATE.fullmatch(text)
    if not found:
        raise ValueError(text)
    return int(found[1])


def iso_ms(text: str, zone: ZoneInfo, *, z_shifts: bool = True) -> int:
    """Read an ISO date or time as wall-clock milliseconds.

    Args:
        z_shifts: Convert an instant with ``Z`` or an offset to the wall clock; else its digits are taken as local.

    Raises:
        ValueError: Not a date.
    """
    found = _ISO.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    local = datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}").replace(tzinfo=UTC)
    offset = found[3]
    if offset and z_shifts:
        sign = 0 if offset in "Zz" else -1 if offset[0] == "-" else 1
        digits = offset[1:].replace(":", "") or "0000"
        try:
            instant = local - sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            local = instant.astimezone(zone).replace(tzinfo=UTC)
        except OverflowError:
            raise ValueError(text) from None
    return (local - EPOCH) // timedelta(milliseconds=1)


def guid(text: str) -> str:
    """Give a GUID in the form the server shows; ValueError if it is none."""
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise ValueError(text)
    return text.lower()


def guid_order(text: str) -> bytes:
    """Give the sort key of a GUID in SQL Server's uniqueidentifier order: the last six bytes count first."""
    try:
        b = uuid.UUID(text).bytes_le
    except ValueError:
        # Only a seed can bring such a key; it sorts behind all others.
        return b"\xff" * 17 + text.encode()
    return b[10:16] + b[8:10] + b[6:8] + b[4:6] + b[0:4]


def pad(text: str, side: str, width: int) -> str:
    """Put a text into the width the server shows it in, whatever spaces it came with."""
    return text.strip().rjust(width) if side == "left" else text.rstrip().ljust(width)


def _number(value: Any, kind: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(value)
    if kind == "Double":
        return float(value) if isinstance(value, str) else value
    whole = int(value) if isinstance(value, int | str) else None
    low, high = RANGES[kind]
    if whole is None or not low <= whole <= high:
        raise ValueError(value)
    return whole


def coerce(kind: str, value: Any, zone: ZoneInfo, *, z_shifts: bool = True) -> Any:
    """Turn a sent value into the stored one of its EDM type; None stays None.

    Raises:
        ValueError: The value is not of the type. TypeError likewise.
    """
    if value is None:
        return None
    if kind in RANGES or kind == "Double":
        number = _number(value, kind)
        return str(number) if kind == "Int64" else number
    if kind == "Boolean":
        if not isinstance(value, bool):
            raise TypeError(value)
        return value
    if not isinstance(value, str):
        raise TypeError(value)
    if kind == "Guid":
        return guid(value)
    if kind == "DateTime":
        ms = date_ms(value) if value.startswith("/") else iso_ms(value, zone, z_shifts=z_shifts)
        if not FIRST_MS <= ms <= LAST_MS:
            raise ValueError(value)
        return json_date(ms)
    return value


def text_key(text: str, *, case: bool, spaces: bool) -> str:
    """Give the form in which SQL Server compares text: by default without case and without trailing spaces."""
    if not spaces:
        text = text.rstrip(" ")
    return text if case else text.casefold()


@lru_cache(maxsize=64)
def comparer(kind: str, *, case: bool = False, spaces: bool = False) -> Callable[[Any], Comparable | None]:
    """Give the function that turns a stored, non-null value of an EDM type into one to compare.

    What is not of the type, as a seed may bring it, compares as null.
    """

    def compare(value: Any) -> Comparable | None:
        try:
            if kind == "String":
                return text_key(value if isinstance(value, str) else str(value), case=case, spaces=spaces)
            return _COMPARERS.get(kind, _lower)(value)
        except (ValueError, TypeError):
            return None

    return compare


def _lower(value: Any) -> str:
    return str(value).lower()


_COMPARERS: dict[str, Callable[[Any], Comparable]] = {
    "DateTime": date_ms,
    "Double": float,
    "Boolean": bool,
    **dict.fromkeys(RANGES, int),
}


def order_key(kind: str) -> Callable[[Any], tuple[int, Any]]:
    """Give the function that turns a stored value into its sort key; nulls come first, GUIDs in SQL Server's order."""
    of: Callable[[Any], Any] = guid_order if kind == "Guid" else comparer(kind)

    def key(value: Any) -> tuple[int, Any]:
        compared = None if value is None else of(value)
        return (0, 0) if compared is None else (1, compared)

    return key
