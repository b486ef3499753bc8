"""Exact's values ↔ ours: padding, local wall clock, Int64 as text, flags as 0 and 1, amounts without float."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from syncengine.model.record import Value
from syncengine.model.resource import Kind
from syncengine_connectors.exact.catalogue import Property

ZONE: Final = ZoneInfo("Europe/Amsterdam")
"""The server's wall clock, on which every date is written as if it were UTC, in all countries."""

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # the wall clock has no zone until we give it one
_DATE: Final = re.compile(r"/Date\((-?\d{1,15})\)/")
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WHOLE: Final = re.compile(r"-?\d{1,19}")

_RANGES: Final = {"Byte": (0, 255), "Int16": (-(2**15), 2**15 - 1), "Int32": (-(2**31), 2**31 - 1)}

_INSTANTS: Final = frozenset(
    "Created Modified CreatedDate ModifiedDate DeletedDate StartTime EndTime RunStartTime SetupStartTime Approved "
    "ApprovedDate RejectedDate SubmittedDate LastLogin LastUpdated NotesModified RetriedOn NextAction "
    "NotificationMoment PaymentSelected ReceivableSelected DateLastUsed DivisionMoveDate DivisionHRLinkUnlinkDate "
    "syscreated sysmodified SysCreated SysModified".split()
)
"""DateTime properties that hold a moment; all others hold a day. The type does not tell, and a rule by value would change its mind."""

_BYTE_FLAGS: Final = frozenset(
    "IsMailing IsAgency IsCompetitor IsAnonymised IsBatchItem IsBatchNumberItem IsMakeItem IsNewContract IsOnDemandItem "
    "IsRegistrationCodeItem IsTaxableItem IsTime IsWebshopItem IsBlocked IsDefault IsPrimary IsOnHold IsReleased "
    "IsInPlanning IsOperationFinished HasSuppliers".split()
)
"""Byte properties that only say yes or no; other bytes are numbers with more meanings (IsAccountant has three)."""

_KINDS: Final[Mapping[str, Kind]] = {
    "String": Kind.TEXT,
    "Guid": Kind.REFERENCE,
    "Int16": Kind.INTEGER,
    "Int32": Kind.INTEGER,
    "Byte": Kind.INTEGER,
    "Int64": Kind.TEXT,
    "Double": Kind.NUMBER,
    "Decimal": Kind.NUMBER,
    "Boolean": Kind.FLAG,
    "DateTime": Kind.DATE,
    "Binary": Kind.TEXT,
}


def kind_of(prop: Property) -> Kind | None:
    """What a property holds in the engine's terms; None for nested ones, which cannot be synced."""
    if prop.type == "DateTime" and prop.name in _INSTANTS:
        return Kind.INSTANT
    if prop.type == "Byte" and prop.name in _BYTE_FLAGS:
        return Kind.FLAG
    if prop.type == "Guid" and prop.key:
        return Kind.TEXT
    return _KINDS.get(prop.type)


def read(prop: Property, raw: Any) -> Value:
    """Turn what JSON holds into a value. Null and empty text are both None: the side says "nothing".

    Args:
        raw: As ``Answer.json`` gives it: numbers with a fraction are Decimal.

    Raises:
        ValueError: It is not of the property's type.
    """
    if raw is None or raw == "":
        return None
    reader = _READERS.get(kind_of(prop) or Kind.ANY)
    if reader is None:
        raise ValueError(f"{prop.type} is no single value")
    return reader(prop, raw)


def _read_text(prop: Property, raw: Any) -> Value:
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise _wrong(prop, raw)
    text = unicodedata.normalize("NFC", str(raw)).strip()
    return (text.lower() if prop.type == "Guid" else text) or None


def _read_number(prop: Property, raw: Any) -> Value:
    if isinstance(raw, str) and _is_number(raw):
        return Decimal(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        raise _wrong(prop, raw)
    return Decimal(raw)


def _read_integer(prop: Property, raw: Any) -> Value:
    if isinstance(raw, str) and _WHOLE.fullmatch(raw):
        return int(raw)
    if isinstance(raw, bool):
        return int(raw)
    if not isinstance(raw, int):
        raise _wrong(prop, raw)
    return raw


def _read_flag(prop: Property, raw: Any) -> Value:
    if isinstance(raw, bool):
        return raw
    if not isinstance(raw, int):
        raise _wrong(prop, raw)
    return {0: False, 1: True}.get(raw, raw)


def _read_date(prop: Property, raw: Any) -> Value:
    return wall(raw).date()


def _read_instant(prop: Property, raw: Any) -> Value:
    # Of the hour that the end of summer time repeats the first is meant: the stamp does not say.
    return wall(raw).replace(tzinfo=ZONE).astimezone(UTC)


def wall(raw: Any) -> datetime:
    """The moment a stamp shows on the server's clock, without zone.

    Raises:
        ValueError: It is no ``/Date(ms)/`` of our calendar.
    """
    found = _DATE.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        raise ValueError(f"no date: {str(raw)[:40]!r}")
    try:
        return _EPOCH + timedelta(milliseconds=int(found[1]))
    except OverflowError:
        raise ValueError(f"a date beyond the calendar: {raw!r}") from None


def write(prop: Property, value: Value) -> Any:
    """Turn a value into what is put into JSON; a Decimal stays one, see ``body.encode``.

    Raises:
        ValueError: The property cannot hold it; the message says why and shows no personal data.
    """
    if value is None:
        return None
    writer = _write_guid if prop.type == "Guid" else _WRITERS.get(kind_of(prop) or Kind.ANY)
    if writer is None:
        raise ValueError(f"{prop.type} cannot be written by a mapping")
    return writer(prop, value)


def _write_text(prop: Property, value: Value) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _expected(prop, "text", value)
    text = str(value)
    if prop.length is not None and len(text) > prop.length:
        raise ValueError(f"{len(text)} characters where Exact keeps {prop.length}")
    if prop.type == "Int64" and not _WHOLE.fullmatch(text):
        raise _expected(prop, "a whole number", value)
    return text


def _write_guid(prop: Property, value: Value) -> Any:
    if not isinstance(value, str) or not _GUID.fullmatch(value):
        raise _expected(prop, "the GUID of a record", value)
    return value.lower()


def _write_number(prop: Property, value: Value) -> Any:
    if isinstance(value, str) and _is_number(value):
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _expected(prop, "a number", value)
    return value


def _write_integer(prop: Property, value: Value) -> Any:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    if not isinstance(value, int):
        raise _expected(prop, "a whole number", value)
    low, high = _RANGES.get(prop.type, (-(2**63), 2**63 - 1))
    if not low <= value <= high:
        raise ValueError(f"{value} is not between {low} and {high}")
    return int(value)


def _write_flag(prop: Property, value: Value) -> Any:
    if isinstance(value, str):
        value = {"true": True, "false": False, "1": True, "0": False}.get(value.lower(), value)
    if not isinstance(value, bool | int) or value not in (0, 1):
        raise _expected(prop, "true or false", value)
    return int(value) if prop.type == "Byte" else bool(value)


def _write_date(prop: Property, value: Value) -> Any:
    return f"{_day(prop, value).isoformat()}T00:00:00"


def _write_instant(prop: Property, value: Value) -> Any:
    return clock_text(_moment(prop, value))


def clock_text(moment: datetime) -> str:
    """A moment as the server's clock shows it, ISO without zone; a trailing Z would shift it."""
    local = moment.astimezone(ZONE).replace(tzinfo=None)
    return local.isoformat(timespec="milliseconds" if local.microsecond else "seconds")


def _day(prop: Property, value: Value) -> date:
    if isinstance(value, datetime):
        return value.astimezone(ZONE).date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            pass
    raise _expected(prop, "a date", value)


def _moment(prop: Property, value: Value) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise _expected(prop, "a moment", value) from None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=ZONE)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=ZONE)
    raise _expected(prop, "a moment", value)


def literal(prop: Property, value: Value) -> str:
    """Write a value as an OData literal that compares equal to what the server holds.

    An account's code is compared with its padding: ``'               123'``; the unpadded one finds nothing, without an error.

    Raises:
        ValueError: The property cannot hold the value.
    """
    sent = write(prop, value)
    if sent is None:
        return "null"
    if prop.type == "Guid":
        return f"guid'{sent}'"
    if prop.type == "DateTime":
        return f"datetime'{sent}'"
    if prop.type == "Int64":
        return f"{sent}L"
    if isinstance(sent, bool):
        return "true" if sent else "false"
    if isinstance(sent, str):
        return quote(sent.rjust(prop.pad_left))
    return format(sent, "f") if isinstance(sent, Decimal) else str(sent)


def quote(text: str) -> str:
    """A text as an OData literal: the only place where quotation marks are set."""
    return "'" + text.replace("'", "''") + "'"


def is_guid(text: str) -> bool:
    """Tell whether a text is a GUID."""
    return _GUID.fullmatch(text) is not None


def _is_number(text: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return number.is_finite() and abs(number.adjusted()) <= 30


def _wrong(prop: Property, raw: Any) -> ValueError:
    return ValueError(f"{prop.name}: {type(raw).__name__} where {prop.type} belongs")


def _expected(prop: Property, what: str, value: Value) -> ValueError:
    return ValueError(f"expected {what} ({prop.type}), got {type(value).__name__}")


_READERS: Final[Mapping[Kind, Callable[[Property, Any], Value]]] = {
    Kind.TEXT: _read_text,
    Kind.REFERENCE: _read_text,
    Kind.INTEGER: _read_integer,
    Kind.NUMBER: _read_number,
    Kind.FLAG: _read_flag,
    Kind.DATE: _read_date,
    Kind.INSTANT: _read_instant,
}

_WRITERS: Final[Mapping[Kind, Callable[[Property, Value], Any]]] = {
    Kind.TEXT: _write_text,
    Kind.INTEGER: _write_integer,
    Kind.NUMBER: _write_number,
    Kind.FLAG: _write_flag,
    Kind.DATE: _write_date,
    Kind.INSTANT: _write_instant,
}
