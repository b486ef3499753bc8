"""Queries and bodies as Exact reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from syncengine.model.record import Value
from syncengine.model.values import plain
from syncengine_connectors.exact import values
from syncengine_connectors.exact.catalogue import Endpoint

LONGEST_TARGET: Final = 1900
"""Characters of path and query; Exact's limit is unknown, about 2,000 is safe."""


def target(path: str, query: Iterable[tuple[str, str]] = ()) -> str:
    """Path and query, percent-encoded: a space is %20 (a plus would be read as one), a plus is %2B."""
    encoded = "&".join(f"{name}={quote(text, safe=_SAFE)}" for name, text in query)
    return f"{path}?{encoded}" if encoded else path


_SAFE: Final = "'(),:$!*"


def equals(endpoint: Endpoint, name: str, value: Value) -> str:
    """``Name eq literal``.

    Raises:
        KeyError: The endpoint has no such property.
        ValueError: The property cannot hold the value.
    """
    return f"{name} eq {values.literal(endpoint.properties[name], value)}"


def one_of(conditions: Sequence[str]) -> str:
    """True if any holds."""
    return " or ".join(conditions)


def all_of(conditions: Sequence[str]) -> str:
    """True if all hold."""
    return " and ".join(conditions)


def by_id(endpoint: Endpoint, id: str) -> str:
    """The condition that picks one record by its id; a key of several parts is written ``part|part``.

    Raises:
        ValueError: The id is none of this endpoint.
    """
    parts = id.split("|")
    if len(parts) != len(endpoint.key):
        raise ValueError(f"{endpoint.path} is identified by {', '.join(endpoint.key)}")
    conditions = [equals(endpoint, name, part) for name, part in zip(endpoint.key, parts, strict=True)]
    return conditions[0] if len(conditions) == 1 else f"({all_of(conditions)})"


def address(endpoint: Endpoint, id: str) -> str:
    """The key in a URL: ``(guid'…')``, ``(123)``.

    Raises:
        ValueError: The id is none of this endpoint.
    """
    parts = id.split("|")
    if len(parts) != len(endpoint.key):
        raise ValueError(f"{endpoint.path} is identified by {', '.join(endpoint.key)}")
    written = [values.literal(endpoint.properties[name], part) for name, part in zip(endpoint.key, parts, strict=True)]
    if len(written) > 1:
        written = [f"{name}={text}" for name, text in zip(endpoint.key, written, strict=True)]
    return quote(f"({','.join(written)})", safe=_SAFE + "=")


def encode(body: Mapping[str, Any]) -> bytes:
    """A flat object as JSON. A Decimal is written digit for digit, for a float would round it."""
    parts = [
        f"{json.dumps(name)}:{plain(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)}"
        for name, value in body.items()
    ]
    return ("{" + ",".join(parts) + "}").encode()
