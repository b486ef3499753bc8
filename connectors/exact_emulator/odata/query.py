"""The query options of one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote
from zoneinfo import ZoneInfo

from exact_emulator.errors import bad_request, bad_syntax
from exact_emulator.odata.parse import Constant, Node, parse_constants, parse_filter
from exact_emulator.reference import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a request asks of a list.

    Attributes:
        select: Property names; empty for all.
        order: (property, descending) in order of weight.
        token: Literals of ``$skiptoken``: where the last page ended; empty at the start.
        raw: All parameters as sent, for the next link.
    """

    select: tuple[str, ...]
    filter: Node | None
    order: tuple[tuple[str, bool], ...]
    top: int | None
    skip: int
    count: bool
    expand: tuple[str, ...]
    token: tuple[Constant, ...]
    raw: tuple[tuple[str, str], ...]


def read_query(parameters: Sequence[tuple[str, str]], endpoint: Endpoint, zone: ZoneInfo, *, date_only: bool) -> Query:
    """Read and judge the options.

    Raises:
        ApiError: 400; bad syntax or an unknown property.
    """
    given = dict(parameters)
    filter_text = given.get("$filter", "").strip()
    return Query(
        select=_select(given.get("$select", ""), endpoint),
        filter=parse_filter(filter_text, zone, date_only=date_only) if filter_text else None,
        order=_order(given.get("$orderby", ""), endpoint),
        top=_number(given, "$top"),
        skip=_number(given, "$skip") or 0,
        count=given.get("$inlinecount", "").lower() == "allpages",
        expand=_expand(given.get("$expand", ""), endpoint),
        token=tuple(parse_constants(given["$skiptoken"], zone)) if given.get("$skiptoken") else (),
        raw=tuple(parameters),
    )


MAX_DIGITS = 18


def _number(given: dict[str, str], name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not text.strip().isdecimal() or len(text) > MAX_DIGITS:
        raise bad_syntax()
    return int(text)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _known(name: str, endpoint: Endpoint) -> str:
    if name not in endpoint.properties:
        raise bad_request(
            f"The request URI is not valid. Could not find a property named '{name}' on type "
            f"'Exact.Web.Api.Models.{endpoint.model}'."
        )
    return name


def _select(text: str, endpoint: Endpoint) -> tuple[str, ...]:
    names = _names(text)
    if "*" in names:
        return ()
    # A path selects from an expanded list; the list's own name is what counts here.
    return tuple(dict.fromkeys(_known(name.split("/")[0], endpoint) for name in names))


def _expand(text: str, endpoint: Endpoint) -> tuple[str, ...]:
    names = _names(text)
    for name in names:
        if not endpoint.properties[_known(name, endpoint)].collection:
            raise bad_syntax()
    return tuple(names)


def _order(text: str, endpoint: Endpoint) -> tuple[tuple[str, bool], ...]:
    order = []
    for piece in _names(text):
        name, _, direction = piece.partition(" ")
        if direction.strip() not in {"", "asc", "desc"}:
            raise bad_syntax()
        if endpoint.properties[_known(name, endpoint)].type.endswith(")"):
            raise bad_syntax()
        order.append((name, direction.strip() == "desc"))
    return tuple(order)


def next_link(url: str, query: Query, sent: int, token: str) -> str:
    """Write the address of the next page.

    It repeats filter, order and select, asks for what is left of ``$top``, drops ``$skip`` and ends with the token.

    Args:
        url: The address without its query.
        sent: Rows on the page before.
    """
    kept = [(name, value) for name, value in query.raw if name not in {"$skip", "$skiptoken"}]
    if query.top is not None:
        kept = [(name, str(query.top - sent) if name == "$top" else value) for name, value in kept]
    parameters = [*kept, ("$skiptoken", token)]
    return url + "?" + "&".join(f"{quote(n, safe='$')}={quote(v, safe=_SAFE)}" for n, v in parameters)


_SAFE = "$,'()*:"
