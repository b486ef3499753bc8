"""The log of calls."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from exact_emulator.call import Call


@dataclass(slots=True, kw_only=True)
class Request:
    """One call and what came of it.

    Attributes:
        at: The server's clock, ISO, UTC.
        body: What was sent as JSON to the API; never the secrets of a token call.
        status: None while no answer was given, or when the connection was dropped.
        fault: The kind of fault that struck.
        done: Whether the request took effect at the server, as far as it was asked to change anything.
    """

    number: int
    at: str
    method: str
    path: str
    query: dict[str, str]
    body: Any = None
    status: int | None = None
    fault: str | None = None
    done: bool = True


class RequestLog:
    """The latest calls, oldest first."""

    def __init__(self, size: int) -> None:
        self._entries: deque[Request] = deque(maxlen=size)
        self.total = 0

    def __iter__(self) -> Iterator[Request]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def begin(self, call: Call, at: str) -> Request:
        """Note a call."""
        self.total += 1
        entry = Request(number=self.total, at=at, method=call.method, path=call.path, query=dict(call.parameters))
        if call.method in {"POST", "PUT"} and call.path.startswith("/api/v1/"):
            try:
                entry.body = json.loads(call.body)
            except ValueError:
                entry.body = None
        if call.path.startswith("/api/oauth2/"):
            entry.query = {name: value for name, value in entry.query.items() if name != "code"}
        self._entries.append(entry)
        return entry

    def changing(self) -> list[Request]:
        """List the calls that asked the API to change something."""
        return [e for e in self if e.method != "GET" and e.path.startswith("/api/v1/")]

    def clear(self) -> None:
        """Forget all calls."""
        self._entries.clear()

    def show(self) -> list[dict[str, Any]]:
        """Give the log as JSON."""
        return [asdict(entry) for entry in self]
