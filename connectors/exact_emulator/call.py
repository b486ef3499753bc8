"""One request and one answer, free of any web framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request.

    Attributes:
        host: Scheme and authority by which the client reached the server.
        path: Decoded path.
        parameters: Decoded query parameters in order.
        headers: Names in lower case.
    """

    method: str
    host: str
    path: str
    parameters: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def parameter(self, name: str) -> str | None:
        """Give the first value of a query parameter."""
        return next((value for key, value in self.parameters if key == name), None)

    def form(self) -> dict[str, str]:
        """Read a form-encoded body; of a repeated name the last counts."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def header(self, name: str) -> str:
        """Give a header, empty if it was not sent."""
        return self.headers.get(name.lower(), "")


@dataclass(slots=True, kw_only=True)
class Answer:
    """An answer. ``payload`` is what the JSON body shows, ``raw`` its bytes; ``text`` any other body; none of them sends none."""

    status: int
    payload: dict[str, Any] | None = None
    raw: bytes | None = None
    text: str | None = None
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    cut: float | None = None
    """Share of the body that is sent before the connection breaks; None sends it whole."""
    whole_cut: bool = False
    """Send the cut body as if it were whole: a proxy that ended early, not a broken connection."""
