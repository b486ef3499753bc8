"""The filters an expression may use: total, bounded, and without a way to anything else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from jinja2 import Undefined

from syncengine.decide.kinds import ExpressionError, as_text

MAX_BYTES: Final = 64 * 1024
"""No text an expression makes, on the way or at the end, is longer."""

_MAX_DIGITS: Final = 40


def bounded(text: str) -> str:
    """The text, if it is not too long.

    Raises:
        ExpressionError: It is.
    """
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ExpressionError("the text becomes longer than 64 KiB")
    return text


def text_of(value: Any) -> str:
    """Any value of an expression as text; "" if it is empty."""
    if isinstance(value, float):
        value = Decimal(repr(value))
    if value is None or isinstance(value, Undefined):
        return ""
    if isinstance(value, str):
        return bounded(value)
    if isinstance(value, list):
        value = tuple(text_of(item) for item in value)
    return bounded(as_text(value) or "")


def number_of(value: Any) -> Decimal:
    """A value as a number.

    Raises:
        ExpressionError: It is none, or one of absurd size.
    """
    if isinstance(value, bool) or value is None or isinstance(value, Undefined):
        raise ExpressionError("this is not a number")
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        raise ExpressionError("this is not a number") from None
    return small(number)


def small(number: Decimal) -> Decimal:
    """The number, if it has an ordinary size."""
    if not number.is_finite() or (number and abs(number.adjusted()) > _MAX_DIGITS):
        raise ExpressionError("the number is out of any sensible range")
    return number


def _replace(value: Any, old: Any, new: Any = "") -> str:
    text, old, new = text_of(value), text_of(old), text_of(new)
    if not old:
        raise ExpressionError("replace needs a text to look for")
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_BYTES:
        raise ExpressionError("the text becomes longer than 64 KiB")
    return bounded(text.replace(old, new))


def _join(value: Any, between: Any = "") -> str:
    items, mark = [text_of(item) for item in _items(value)], text_of(between)
    if sum(map(len, items)) + len(mark) * len(items) > MAX_BYTES:
        raise ExpressionError("the text becomes longer than 64 KiB")
    return bounded(mark.join(items))


def _split(value: Any, at: Any = None) -> tuple[str, ...]:
    mark = text_of(at) if at is not None else None
    if mark == "":
        raise ExpressionError("split needs a text to split at")
    return tuple(text_of(value).split(mark))


def _items(value: Any) -> tuple[Any, ...]:
    if isinstance(value, list | tuple):
        return tuple(value)
    return () if value is None or value == "" or isinstance(value, Undefined) else (value,)


def _default(value: Any, other: Any = "", blank: bool = True) -> Any:
    return other if value is None or isinstance(value, Undefined) or (blank and value == "") else value


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list | tuple) else len(text_of(value))


def _end(value: Any, place: int) -> Any:
    items = value if isinstance(value, list | tuple) else text_of(value)
    return items[place] if items else ""


def _int(value: Any) -> int:
    return int(number_of(value))


def _round(value: Any, places: Any = 0) -> Decimal:
    if not isinstance(places, int) or not 0 <= places <= 10:
        raise ExpressionError("round takes 0 to 10 places")
    return number_of(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


FILTERS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "abs": lambda value: abs(number_of(value)),
        "capitalize": lambda value: bounded(text_of(value).capitalize()),
        "default": _default,
        "first": lambda value: _end(value, 0),
        "int": _int,
        "join": _join,
        "last": lambda value: _end(value, -1),
        "length": _length,
        "lower": lambda value: bounded(text_of(value).lower()),
        "number": number_of,
        "replace": _replace,
        "round": _round,
        "split": _split,
        "string": text_of,
        "title": lambda value: bounded(text_of(value).title()),
        "trim": lambda value: text_of(value).strip(),
        "upper": lambda value: bounded(text_of(value).upper()),
    }
)

TESTS: Final = ("defined", "undefined", "none", "string", "number", "eq", "ne", "lt", "le", "gt", "ge", "in")
