"""What the server refuses, as exceptions that carry the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ApiError(Exception):
    """An answer other than success.

    Attributes:
        message: Text for the error body; None sends an empty body.
        headers: Further headers, such as ``Reason``.
    """

    status: int
    message: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status} {self.message or ''}".strip()


def bad_request(message: str) -> ApiError:
    """Refuse a query or a body that is wrong in itself."""
    return ApiError(400, message)


def bad_syntax() -> ApiError:
    """Refuse a query that does not parse."""
    return bad_request("Bad Request - Error in query syntax.")


def not_found(what: str) -> ApiError:
    """Refuse a path or a key that leads nowhere."""
    return ApiError(404, f"Resource not found for the segment '{what}'.")
