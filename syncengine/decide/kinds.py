"""Values of a side read strictly by their kind, and written back: what cannot be read without a guess is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final
from unicodedata import is_normalized, normalize

from syncengine.model.record import ABSENT, Value
from syncengine.model.resource import Kind
from syncengine.model.values import plain

_INTEGER: Final = re.compile(r"[+-]?\d{1,30}")
_NUMBER: Final = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})")
_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_TRUE: Final = frozenset({"true", "1"})
_FALSE: Final = frozenset({"false", "0"})

Convert = Callable[[Value], Value]


class UnfitError(Exception):
    """A value cannot be read or written as its field's kind; the message says what is wrong with it, without the value."""


class ExpressionError(Exception):
    """An expression does what it may not, or cannot be computed for a record."""


def clean(text: str) -> str | None:
    """NFC, without space at the ends; None if nothing is left."""
    if not text.isascii() and not is_normalized("NFC", text):
        text = normalize("NFC", text)
    return text.strip() or None


def tidy(value: Value) -> Value:
    """A value of no particular kind: text cleaned, instants in UTC, everything else as it is."""
    if type(value) is str:
        return clean(value)
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, tuple):
        return tuple(item for text in value if (item := clean(text)) is not None) or None
    return value


def as_text(value: Value) -> str | None:
    """Any value as text; None if it is empty."""
    if isinstance(value, str):
        return clean(value)
    if value is None or value is ABSENT:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(value) or None
    return str(value)


def _integer(value: Value) -> Value:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise UnfitError("is not a whole number")


def _number(value: Value) -> Value:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise UnfitError("is not a number")
        return value
    if isinstance(value, int):
        return Decimal(int(value))
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    raise UnfitError('is not a plain number such as 1234.5 (for other spellings: "use: number" or "use: money")')


def _flag(value: Value) -> Value:
    if isinstance(value, bool):
        return value
    text = as_text(value)
    if text is not None and text.casefold() in _TRUE:
        return True
    if text is not None and text.casefold() in _FALSE:
        return False
    raise UnfitError('is neither true nor false (for other words: "use: bool")')


def _date(value: Value) -> Value:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and (found := _DATE.fullmatch(value)):
        try:
            return date.fromisoformat(found[1])
        except ValueError:
            pass
    raise UnfitError('is not a date such as 2026-11-20 (for other spellings: "use: date")')


def _instant(value: Value) -> Value:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise UnfitError("is not a moment such as 2026-11-20T13:05:00Z") from None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise UnfitError("is a moment without time zone")
        return value.astimezone(UTC)
    raise UnfitError("is not a moment such as 2026-11-20T13:05:00Z")


def _list(value: Value) -> Value:
    if isinstance(value, str):
        value = tuple(value.split(","))
    if isinstance(value, tuple):
        return tidy(value)
    raise UnfitError("is not a list")


_READ: Final[Mapping[Kind, Convert]] = MappingProxyType(
    {
        Kind.TEXT: as_text,
        Kind.REFERENCE: as_text,
        Kind.INTEGER: _integer,
        Kind.NUMBER: _number,
        Kind.FLAG: _flag,
        Kind.DATE: _date,
        Kind.INSTANT: _instant,
        Kind.LIST: _list,
    }
)


def reader(kind: Kind) -> Convert:
    """What turns a side's value into the common shape of this kind; None stays None, text is cleaned first.

    Raises (the function):
        UnfitError: The value cannot be read without a guess.
    """
    inner = _READ.get(kind)
    if kind in (Kind.TEXT, Kind.REFERENCE):
        return as_text
    if inner is None:
        return tidy

    def read(value: Value) -> Value:
        if type(value) is str:
            value = clean(value)
        return None if value is None else inner(value)

    return read


def writer(kind: Kind) -> Convert:
    """What turns a common value into one a side of this kind takes. A side without types gets the value as it is.

    Raises (the function):
        UnfitError: The side's field cannot hold the value.
    """
    if kind is Kind.ANY:
        return tidy
    inner = _READ[kind]

    def write(value: Value) -> Value:
        return None if value is None else inner(value)

    return write


def wanted(common: Kind, own: Kind) -> Kind:
    """The kind both sides of a field are compared by: the right side's, or the left's where the right has no types."""
    return own if common is Kind.ANY else common
