"""Types a constant of the mapping, which is text, by what the field it belongs to can hold."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

from syncengine.model.record import Value
from syncengine.model.resource import Kind
from syncengine.model.written import describe

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
TODAY = "today"


def typed(text: str | None, kind: Kind) -> Value:
    """Read a constant as a field of this kind holds it; None, for nothing, stays None.

    Raises:
        ValueError: It is none; says what is wanted.
    """
    if text is None:
        return None
    if kind is Kind.FLAG:
        return _flag(text)
    if kind is Kind.INTEGER:
        return int(_matching(text, _WHOLE, "a whole number such as 12"))
    if kind is Kind.NUMBER:
        return Decimal(_matching(text, _NUMBER, "a number such as 12.50"))
    if kind in (Kind.DATE, Kind.INSTANT):
        return _time(text, kind)
    clean = unicodedata.normalize("NFC", text).strip()
    return (clean,) if kind is Kind.LIST else clean or None


def _matching(text: str, pattern: re.Pattern[str], wanted: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"wants {wanted}; found {describe(text)}")
    return text


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"wants true or false; found {describe(text)}")
    return text == "true"


def _time(text: str, kind: Kind) -> date | datetime:
    """A day, or an instant with its zone: one without could be either of two hours."""
    wanted = (
        "a date such as 2026-11-20" if kind is Kind.DATE else "a date, or a time with its zone: 2026-11-20T08:30:00Z"
    )
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            return day if kind is Kind.DATE else datetime(day.year, day.month, day.day, tzinfo=UTC)
        moment = datetime.fromisoformat(text) if kind is Kind.INSTANT and "T" in text else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"wants {wanted}; found {describe(text)}")
