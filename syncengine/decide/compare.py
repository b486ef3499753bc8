"""When two values of a field are the same: the ``compare`` of the mapping language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from syncengine.decide.kinds import UnfitError, as_text, reader
from syncengine.errors import UserError
from syncengine.model.record import ABSENT, Value
from syncengine.model.resource import Kind

Same = Callable[[Value, Value], bool]

_PLACES: Final = re.compile(r"number(?:\((\d{1,2})\))?")
_SPLIT: Final = re.compile(r"[,;|]")


def same_as(compare: str) -> Same:
    """Compile a ``compare``. An unobserved value is the same as nothing, not even as itself.

    Raises:
        UserError: There is no such comparison.
    """
    form = _form(compare)

    def same(left: Value, right: Value) -> bool:
        if left is ABSENT or right is ABSENT:
            return False
        if left == right and type(left) is type(right):
            return True
        return form(left) == form(right)

    return same


def _form(compare: str) -> Callable[[Value], object]:
    if (found := _PLACES.fullmatch(compare)) is not None:
        places = int(found[1]) if found[1] else None
        return lambda value: _number(value, places)
    try:
        return _FORMS[compare]
    except KeyError:
        known = ", ".join([*_FORMS, "number(n)"])
        raise UserError(f'There is no comparison "{compare}". There are: {known}.') from None


def _exact(value: Value) -> object:
    # True equals 1 in Python, but a flag is not a count.
    return ("flag", value) if isinstance(value, bool) else value


def _case(value: Value) -> object:
    return value.casefold() if isinstance(value, str) else _exact(value)


def _digits(value: Value) -> object:
    text = as_text(value)
    return None if text is None else "".join(char for char in text if char.isdigit())


def _set(value: Value) -> object:
    items = value if isinstance(value, tuple) else _SPLIT.split(as_text(value) or "")
    return frozenset(text for item in items if (text := item.strip()))


def _date(value: Value) -> object:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).date()
    if isinstance(value, date) or value is None:
        return value
    try:
        return reader(Kind.DATE)(value)
    except UnfitError:
        return value


def _number(value: Value, places: int | None) -> object:
    try:
        number = reader(Kind.NUMBER)(value)
    except UnfitError:
        return value
    if places is None or not isinstance(number, Decimal):
        return number
    return round(number, places)


_FORMS: Final[Mapping[str, Callable[[Value], object]]] = MappingProxyType(
    {"exact": _exact, "case": _case, "digits": _digits, "set": _set, "date": _date}
)
