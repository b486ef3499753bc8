"""Values and names as people read them: nothing a side holds can steer a terminal, a spreadsheet or a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from syncengine.model.operation import Pending
from syncengine.model.record import ABSENT, Value
from syncengine.model.values import plain

MASK: Final = "•••"
"""Stands for personal data where the output is not for the eyes of those who may see it."""

EMPTY: Final = "(empty)"
SILENT: Final = "(not shown)"

_REPLACED: Final = "\N{REPLACEMENT CHARACTER}"
_BREAKS: Final = {ord("\n"): "⏎", ord("\r"): "", ord("\t"): " ", 0x2028: "⏎", 0x2029: "⏎"}
_STEERING: Final = (
    dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], _REPLACED)
    # Direction marks can make a line read as something it is not; surrogates cannot be printed at all.
    | dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], _REPLACED)
    | dict.fromkeys(range(0xD800, 0xE000), _REPLACED)
    | _BREAKS
)
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_BARE: Final = re.compile(r"[\w@.+\-/:&]+")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_QUOTED: Final = re.compile(r'"[^"]*"|\'[^\']*\'|“[^”]*”|‘[^’]*’')


def disarm(text: str) -> str:
    """One line of text that steers nothing: breaks become ``⏎``, control and direction characters a replacement."""
    return text.translate(_STEERING)


def lines(text: str) -> list[str]:
    """Several lines of our own words, each disarmed."""
    return [disarm(line) for line in text.splitlines()] or [""]


def cell(text: str) -> str:
    """Text for a spreadsheet's cell: one that a spreadsheet would take for a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def uncell(text: str) -> str:
    """What ``cell`` was given."""
    return text[1:] if text[:1] == "'" and text[1:2] in (*_FORMULA, "'") else text


def short_id(id: str) -> str:
    """An identifier as a person can hold it in mind: of a GUID the first group, which ``sync explain`` understands."""
    return disarm(id[:8] if _GUID.fullmatch(id) else id)


def show(value: Value | Pending, *, masked: bool = False) -> str:
    """One value on one line. Text of several words, or with marks in it, is quoted; no value at all says so.

    Args:
        masked: The value is personal and the output not for everybody's eyes; emptiness is still told.
    """
    if value is None:
        return EMPTY
    if value is ABSENT:
        return SILENT
    if masked:
        return MASK
    if isinstance(value, Pending):
        return f"(the {disarm(value.entity)} made of {short_id(value.id)})"
    if isinstance(value, tuple):
        return "{" + ", ".join(_text(item) for item in value) + "}"
    return _text(_scalar(value))


def _scalar(value: str | int | bool | Decimal | date | datetime) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _text(text: str) -> str:
    if _GUID.fullmatch(text):
        return short_id(text)
    text = disarm(text)
    return text if _BARE.fullmatch(text) and not text.startswith("=") else '"' + text.replace('"', '\\"') + '"'


def blind(text: str) -> str:
    """Free text in which every quoted part is masked: a reason or an answer may quote what a record holds."""
    return _QUOTED.sub(MASK, text)


def clip(text: str, width: int) -> str:
    """At most ``width`` characters, the end left out visibly."""
    return text if len(text) <= width else text[: max(width - 1, 0)].rstrip() + "…"


def clip_pair(before: str, after: str, width: int) -> tuple[str, str]:
    """Two values in at most ``width`` characters each, so that where they differ can still be seen."""
    one, two = clip_all((before, after), width)
    return one, two


def clip_all(texts: Sequence[str], width: int) -> list[str]:
    """Several values in at most ``width`` characters each, so that where they differ can still be seen."""
    longest = max(map(len, texts), default=0)
    # What stands for no value, or for "the same", shares nothing with the others.
    said = {text for text in texts if len(text) > 1 and text != EMPTY}
    if longest <= width or len(said) < 2:
        return [clip(text, width) for text in texts]
    # As much of what they share is left out as must be; some of it is kept before the difference.
    skip = min(_shared(said) - width // 3, longest - width + 1)
    if skip < 2:
        return [clip(text, width) for text in texts]
    return [clip("…" + text[skip:], width) if text in said else text for text in texts]


def _shared(texts: Iterable[str]) -> int:
    """How many characters at their beginning all of these share."""
    start = 0
    for signs in zip(*texts, strict=False):
        if len(set(signs)) > 1:
            break
        start += 1
    return start


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 create``, ``1,032 creates``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def waits(number: int) -> str:
    """``1 waits``, ``17 wait``."""
    return f"{number:,} {'waits' if number == 1 else 'wait'}"
