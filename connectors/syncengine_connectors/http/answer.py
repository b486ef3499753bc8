"""What came back over the wire: status, headers, bytes, and JSON read with suspicion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

_FURTHEST_DIGIT: Final = 60
"""A number beyond ten to this power is no amount of anything; written out it would fill the memory."""

SHOWN: Final = 500
"""How much of the side's own words is kept for people."""


class Unreadable(ValueError):
    """The body is not what it should be; the message says what it is instead, never its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, whole.

    Attributes:
        headers: By lower-case name; of repeated ones the last.
        body: Decoded bytes.
        retry_after: Seconds until the side may be asked again, if it refused because of a limit.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    retry_after: float | None = None

    @property
    def content_type(self) -> str:
        """Media type without parameters, lower case; "" if none was named."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON; numbers with a fraction are Decimal.

        Raises:
            Unreadable: Empty, HTML, cut off, nested without end, or a number out of all bounds.
        """
        if not self.body.strip():
            raise Unreadable("an empty body")
        if "json" not in self.content_type:
            raise Unreadable(f"{self.content_type or 'a body without type'} instead of JSON")
        try:
            return json.loads(self.body, parse_float=_number, parse_constant=_constant)
        except RecursionError:
            raise Unreadable("JSON nested without end") from None
        except (ValueError, UnicodeDecodeError) as error:
            raise Unreadable(f"broken JSON ({type(error).__name__})") from None

    def words(self) -> str:
        """The side's own words for people: a JSON error message, else nothing. HTML is not shown."""
        try:
            found = self.json()
        except Unreadable:
            return ""
        for key in ("error", "message", "value"):
            if not isinstance(found, Mapping) or key not in found:
                break
            found = found[key]
        return found.strip()[:SHOWN] if isinstance(found, str) else ""


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > _FURTHEST_DIGIT:
        raise ValueError("a number out of all bounds")
    return number


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no number")
