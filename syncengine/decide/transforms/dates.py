"""The date transform: one format per column, never guessed per value."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from syncengine.decide.keys.text import plain
from syncengine.decide.transforms.transform import Context, Transform, TransformError, UseError, described
from syncengine.model.record import Value

Args = tuple[str, ...]

_TOKENS = re.compile(r"yyyy|yy|mm|m|dd|d")
_SEPARATOR = re.compile(r"[-/. ]")
_ISO: Final = "yyyy-mm-dd"
_PIVOT: Final = 69
"""Two-digit years from here on are of the last century, as POSIX has it: 69 is 1969, 68 is 2068."""

_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?$")
_EXCEL: Final = (15_000, 80_000)


def date_(args: Args) -> Transform:
    """Native text in one format ↔ common date."""
    layout = (args[0].lower() if args else _ISO).replace("iso", _ISO)
    if len(args) > 1 or not _well_formed(layout):
        raise UseError(f"date: expected a format such as date(dd-mm-yyyy) or date(yyyymmdd); found {', '.join(args)}")
    pattern = _pattern(layout)

    def read(value: Value, context: Context) -> Value:
        return _read(value, layout, pattern)

    def settle(value: Value, context: Context) -> Value:
        return _read(value, _ISO, _pattern(_ISO))

    def put(value: Value, context: Context) -> Value:
        day = settle(value, context)
        return day if layout == _ISO or not isinstance(day, date) else _written(day, layout)

    return Transform(name="date" if layout == _ISO else f"date({layout})", read=read, put=put, settle=settle)


def _well_formed(layout: str) -> bool:
    tokens = _TOKENS.findall(layout)
    rest = _TOKENS.sub("", layout)
    kinds = sorted(token[0] for token in tokens)
    glued = not rest
    # Without separators every part must have a fixed width, or 1112016 could be cut two ways.
    return kinds == ["d", "m", "y"] and all(map(_SEPARATOR.match, rest)) and not (glued and {"m", "d"} & set(tokens))


def _pattern(layout: str) -> re.Pattern[str]:
    glued = not _TOKENS.sub("", layout)
    width = {"yyyy": "[0-9]{4}", "yy": "[0-9]{2}"}

    def group(match: re.Match[str]) -> str:
        token = match.group()
        return f"(?P<{token[0]}>{width.get(token) or ('[0-9]{2}' if glued else '[0-9]{1,2}')})"

    return re.compile(_TOKENS.sub(group, re.escape(layout).replace("\\ ", " ")))


def _read(value: Value, layout: str, pattern: re.Pattern[str]) -> Value:
    if isinstance(value, datetime):
        return _day_of(value)
    if isinstance(value, date):
        return value
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return _from_number(value, layout, pattern)
    if not isinstance(value, str):
        raise TransformError("type", f"date: found {described(value)}, expected {layout}")
    text, _ = plain(value)
    return _from_text(text, layout, pattern) if text else None


def _day_of(instant: datetime) -> date:
    if instant.time() != time():
        raise TransformError(
            "time_of_day", f"date: found {described(instant)}: its day depends on the time zone; expected a date"
        )
    return instant.date()


def _from_number(value: int | Decimal, layout: str, pattern: re.Pattern[str]) -> date:
    text = str(value)
    if layout == "yyyymmdd" and re.fullmatch("[0-9]{8}", text):
        return _from_text(text, layout, pattern)
    raise _no_date(text, layout)


def _from_text(text: str, layout: str, pattern: re.Pattern[str]) -> date:
    match = pattern.fullmatch(_MIDNIGHT.sub("", text))
    if match is None:
        if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:", text):
            raise TransformError(
                "time_of_day", f"date: found {described(text)}: an instant; its day depends on the time zone"
            )
        raise _no_date(text, layout)
    year, month, day = (int(match.group(part)) for part in "ymd")
    if len(match.group("y")) == 2:
        year += 1900 if year >= _PIVOT else 2000
    try:
        return date(year, month, day)
    except ValueError:
        raise TransformError(
            "no_such_day", f"date: found {described(text)}: there is no such day (read as {layout})"
        ) from None


def _no_date(text: str, layout: str) -> TransformError:
    whole = re.match(r"([0-9]{5})(?:[.,][0-9]+)?$", text)
    if whole and _EXCEL[0] <= int(whole.group(1)) <= _EXCEL[1]:
        return TransformError(
            "excel_serial",
            f"date: found {text}: a spreadsheet's day number, which two calendars count differently; export the column as {layout}",
        )
    return TransformError(
        "format", f"date: found {described(text)}, expected {layout}; another format is named so: date(dd-mm-yyyy)"
    )


def _written(day: date, layout: str) -> str:
    if "yyyy" not in layout and not 1900 + _PIVOT <= day.year < 2000 + _PIVOT:
        raise TransformError("range", f"date: {day} cannot be written as {layout}: two digits do not say its century")
    parts = {
        "yyyy": f"{day.year:04}", "yy": f"{day.year % 100:02}", "mm": f"{day.month:02}", "m": str(day.month),
        "dd": f"{day.day:02}", "d": str(day.day),
    }  # fmt: skip
    return _TOKENS.sub(lambda match: parts[match.group()], layout)
