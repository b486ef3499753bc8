"""Conditions over a side's own record: scope, protection, activity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from syncengine.decide.kinds import UnfitError, as_text, reader, tidy
from syncengine.decide.paths import picker
from syncengine.model.entity import Condition, Group, Test
from syncengine.model.record import ABSENT, Value
from syncengine.model.resource import Kind

Holds = Callable[[Mapping[str, Value]], bool]
"""Whether a condition holds for a record's fields."""

TODAY: Final = "today"
"""As the value of an ``inactive`` date field: inactive from the day it names."""


def names(condition: Condition) -> Iterator[str]:
    """The side's own fields that a condition looks at."""
    if isinstance(condition, Test):
        yield condition.field
    else:
        for part in condition.parts:
            yield from names(part)


def compile_condition(condition: Condition) -> Holds:
    """Compile a condition into one function. A field the side did not send satisfies only ``empty`` and ``not``."""
    if isinstance(condition, Group):
        parts = tuple(compile_condition(part) for part in condition.parts)
        if condition.kind == "all":
            return lambda fields: all(part(fields) for part in parts)
        return lambda fields: any(part(fields) for part in parts)
    return _compile_test(condition)


def compile_inactive(means: Mapping[str, Value], today: date | None) -> Holds:
    """Whether any of a side's own fields says that the record is inactive; a date field ``today`` does from that day on."""
    tests = tuple((picker(name), value) for name, value in means.items())

    def holds(fields: Mapping[str, Value]) -> bool:
        return any(_is_inactive(pick(fields), value, today) for pick, value in tests)

    return holds


def _is_inactive(shown: Value, value: Value, today: date | None) -> bool:
    if value != TODAY:
        return shown is not ABSENT and _equal(tidy(shown), value)
    if today is None or shown is None or shown is ABSENT:
        return False
    try:
        ends = reader(Kind.DATE)(shown)
    except UnfitError:
        return False
    return isinstance(ends, date) and ends <= today


def _compile_test(test: Test) -> Holds:
    pick, value, op = picker(test.field), test.value, test.op
    if op == "empty":
        wanted = value in (True, "true")
        return lambda fields: (tidy(pick(fields)) in (None, ABSENT, ())) is wanted
    if op == "prefix":
        start = as_text(value if not isinstance(value, tuple) else None) or ""
        return lambda fields: (as_text(pick(fields)) or "").startswith(start)
    if op in ("eq", "in", "not"):
        options = value if isinstance(value, tuple) else (value,)
        within: Holds = lambda fields: any(_equal(tidy(pick(fields)), option) for option in options)  # noqa: E731 (it may be turned round)
        return (lambda fields: not within(fields)) if op == "not" else within
    judge = _ORDER[op]
    return lambda fields: _ordered(tidy(pick(fields)), value, judge)


_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "gt": lambda one, two: one > two,
    "ge": lambda one, two: one >= two,
    "lt": lambda one, two: one < two,
    "le": lambda one, two: one <= two,
}


def _equal(shown: Value, wanted: Value | tuple[Value, ...]) -> bool:
    """Whether a shown value is the one the mapping names, which may be written as text."""
    if shown is ABSENT or isinstance(wanted, tuple):
        return shown == wanted
    if shown is None or wanted is None or wanted == "":
        return shown is None and wanted in (None, "")
    kind = _kind_of(shown)
    try:
        return bool(reader(kind)(shown) == reader(kind)(wanted))
    except UnfitError:
        return as_text(shown) == as_text(wanted)


def _ordered(shown: Value, wanted: Value | tuple[Value, ...], judge: Callable[[Any, Any], bool]) -> bool:
    if shown is None or shown is ABSENT or isinstance(wanted, tuple):
        return False
    kind = _kind_of(shown) if not isinstance(shown, str) else _kind_of(wanted)
    for attempt in (kind, Kind.NUMBER) if kind is Kind.TEXT else (kind,):
        if attempt is Kind.TEXT and not _both_words(shown, wanted):
            continue
        try:
            return judge(reader(attempt)(shown), reader(attempt)(wanted))
        except UnfitError:
            continue
    return False


def _both_words(one: Value, two: Value) -> bool:
    """True unless both texts are numbers, which are ordered as numbers: 9 comes before 10."""
    try:
        reader(Kind.NUMBER)(one), reader(Kind.NUMBER)(two)
    except UnfitError:
        return True
    return False


def _kind_of(value: Value) -> Kind:
    if isinstance(value, bool):
        return Kind.FLAG
    if isinstance(value, int | Decimal):
        return Kind.NUMBER
    if isinstance(value, datetime):
        return Kind.INSTANT
    return Kind.DATE if isinstance(value, date) else Kind.TEXT
