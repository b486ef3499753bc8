"""Pages of one query, followed serially to the end and never in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncengine.errors import Transient
from syncengine_connectors.exact import odata
from syncengine_connectors.exact.catalogue import Endpoint
from syncengine_connectors.exact.session import Session

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page.

    Attributes:
        rows: As answered.
        count: What the side says there is in all; None if it does not say.
    """

    rows: Sequence[Any]
    count: int | None = None


def pages(session: Session, endpoint: Endpoint, query: Iterable[tuple[str, str]]) -> Iterator[Listed]:
    """Read page after page.

    Raises:
        Transient: A page did not come, or a next link leads outside or back: the listing did not end whole.
        Rejected, LoginError: As ``Session.get``.
    """
    target = odata.target(session.path(endpoint.uri), query)
    seen: set[str] = set()
    while True:
        if target in seen:
            raise Transient(f"{endpoint.path}: the side's next links run in a circle; the listing counts as broken off")
        seen.add(target)
        content = session.follow(endpoint.path, target)
        rows, link = envelope(endpoint, content)
        yield Listed(rows=rows, count=_count(content))
        if link is None:
            return
        target = session.next_target(link)


def envelope(endpoint: Endpoint, content: Any) -> tuple[Sequence[Any], Any]:
    """Rows and next link of ``d`` in any of its forms: a list, an object with results, one record.

    Raises:
        Transient: It is something else.
    """
    if isinstance(content, list):
        return content, None
    if isinstance(content, dict) and isinstance(results := content.get("results"), list):
        return results, content.get("__next")
    if isinstance(content, dict) and "results" not in content:
        return [content], None
    raise Transient(f"{endpoint.path}: the answer is no list of records")


def _count(content: Any) -> int | None:
    found = content.get("__count") if isinstance(content, dict) else None
    return int(found) if isinstance(found, str) and found.isascii() and found.isdigit() else None
