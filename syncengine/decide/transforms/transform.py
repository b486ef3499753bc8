"""What a named transform is, and how one says that it cannot go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from syncengine.errors import UserError
from syncengine.model.record import Value


class TransformError(ValueError):
    """A value that a transform cannot read or write; the record is held.

    Attributes:
        code: What is wrong, one word for counting: ``type``, ``format``, ``ambiguous``, ``no_such_day``, ``excel_serial``, ``time_of_day``,
            ``scientific``, ``range``, ``unmapped``, ``separator``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UseError(UserError):
    """A mapping's ``use`` that names no transform or gives it options it does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a value's own record says about reading it.

    Attributes:
        country: The record's country, as written or as ISO code; None if it says none and the side has no default.
    """

    country: str | None = None


ROW: Final = "\x1f"
"""Between the two values of one row of ``map``'s options; in no value a mapping can hold."""

NO_CONTEXT: Final = Context()

Step = Callable[[Value, Context], Value]
"""Gets any value but None and ABSENT."""


def _no_notes(value: Value, context: Context) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """One named transform with its options filled in.

    Attributes:
        name: As written in a mapping, options included: ``money(2)``.
        read: The other side's native value → the common shape. Raises TransformError.
        put: The common shape → the other side's native value. Raises TransformError.
        settle: The common shape → the one canonical spelling of it, for a side that shows the common shape itself (Exact); idempotent.
        notes: What is worth telling about a common value, in words.
        key_kind: The kind of match key (``keys.KINDS``) the value is; "" if none of its own.
        keeps_clean_text: ASCII text that is stripped and not empty comes out of ``read`` and ``settle`` as it goes in.
    """

    name: str
    read: Step
    put: Step
    settle: Step
    notes: Callable[[Value, Context], tuple[str, ...]] = field(default=_no_notes)
    key_kind: str = ""
    keeps_clean_text: bool = False

    @property
    def tells_anything(self) -> bool:
        """True if ``notes`` may have something to tell."""
        return self.notes is not _no_notes


def as_text(value: Value, name: str) -> str:
    """The value as one text: text, whole numbers and whole decimals.

    Raises:
        TransformError: It is of another type; a fraction or a flag is no text of an identifier.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if (
        isinstance(value, Decimal)
        and value.is_finite()
        and abs(value.adjusted()) < 40
        and value == value.to_integral_value()
    ):
        return format(value.to_integral_value(), "f")
    raise TransformError("type", f"{name}: found {described(value)}, expected text")


def described(value: object) -> str:
    """A value for a message: its type in plain words, and itself, shortened."""
    words = {
        bool: "a flag",
        int: "a number",
        Decimal: "a number",
        datetime: "an instant",
        date: "a date",
        tuple: "a list",
        str: "text",
    }
    shown = repr(value) if isinstance(value, str) else str(value)
    return f"{words.get(type(value), type(value).__name__)} {shown if len(shown) <= 40 else shown[:37] + '...'}"
