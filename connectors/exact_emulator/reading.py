"""GET: lists with their pages, single records, counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from exact_emulator.administration import Administration
from exact_emulator.call import Answer, Call
from exact_emulator.errors import bad_request, bad_syntax, not_found
from exact_emulator.odata.evaluate import Compiler, Test, candidates, fields_of
from exact_emulator.odata.parse import Compare, Constant, Field, Logic, Node, parse_constants
from exact_emulator.odata.query import Query, next_link, read_query
from exact_emulator.page import Page
from exact_emulator.present import Presenter, key_literals, literal
from exact_emulator.reference import Endpoint, Property
from exact_emulator.rules import owner_property
from exact_emulator.store import Row
from exact_emulator.values import json_date, order_key

SYNC_FILTERS = {"sync/Deleted": {"Timestamp", "EntityType"}}


class Reading:
    """Answers the GET requests on one administration.

    Args:
        page_size: Makes pages smaller than the endpoint's, as a fault may.
        raw: Answer lists as bytes at once, when nobody wants to look into them.
    """

    def __init__(
        self, administration: Administration, host: str, page_size: int | None = None, *, raw: bool = False
    ) -> None:
        self.administration = administration
        self.raw = raw
        self.page_size = page_size
        self.settings = administration.settings
        self.host = host

    # -- entry points ---------------------------------------------------------------------------------------------

    def rows(self, endpoint: Endpoint, call: Call, *, within: set[str] | None = None, url: str | None = None) -> Answer:
        """Answer a list request; ``within`` narrows it to some records, as below a single record."""
        query = self._query(endpoint, call)
        self._judge(endpoint, query)
        listed = self._sync_page(endpoint, query) if endpoint.kind == "sync" else self._page(endpoint, query, within)
        presenter = Presenter(
            self.administration, endpoint, self.host, query.select, query.expand,
            lambda row, prop: self.children(endpoint, row, prop),
        )  # fmt: skip
        keys, token = listed
        count = self._count(endpoint, query, within) if query.count else None
        link = next_link(url or presenter.url, query, len(keys), token) if token else None
        bare = query.top is not None and query.top <= endpoint.page_size
        page = Page(presenter=presenter, keys=keys, bare=bare, next_url=link, count=count)
        return Answer(status=200, raw=page.encode()) if self.raw else Answer(status=200, payload=page.payload())

    def count(self, endpoint: Endpoint, call: Call) -> Answer:
        """Answer ``/$count``: a bare number."""
        query = self._query(endpoint, call)
        return Answer(
            status=200, text=str(self._count(endpoint, query, None)), content_type="text/plain; charset=utf-8"
        )

    def single(self, endpoint: Endpoint, key: str, call: Call) -> Answer:
        """Answer a request for one record; 404 if it is not there."""
        if key not in self.administration.table(endpoint.table):
            raise not_found(endpoint.resource)
        query = self._query(endpoint, call)
        return Answer(status=200, payload={"d": self.show(endpoint, key, query.select, query.expand)})

    def show(
        self, endpoint: Endpoint, key: str, select: tuple[str, ...] = (), expand: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Show one record."""
        presenter = Presenter(
            self.administration, endpoint, self.host, select, expand,
            lambda row, prop: self.children(endpoint, row, prop),
        )  # fmt: skip
        return presenter.show(key)

    def children(self, endpoint: Endpoint, row: Row, prop: Property) -> list[dict[str, Any]]:
        """Show the records of a collection property."""
        child, keys = self.child_keys(endpoint, row, prop)
        if child is None:
            stored = row.get(prop.name)
            return list(stored) if isinstance(stored, list) else []
        presenter = Presenter(self.administration, child, self.host, ())
        return [presenter.show(key) for key in sorted(keys, key=presenter.table.position)]

    def child_keys(self, endpoint: Endpoint, row: Row, prop: Property) -> tuple[Endpoint | None, set[str]]:
        """Find the endpoint of a collection's records, None if they live inside the record, and their keys."""
        child = child_endpoint(self.administration, endpoint, prop)
        if child is None:
            return None, set()
        owner = owner_property(self.administration.reference.endpoints[endpoint.table], child)
        parent = self.administration.table(endpoint.table).key_of(row)
        keys = self.administration.look_up(child, owner, parent) if owner else None
        return child, keys or set()

    # -- judging --------------------------------------------------------------------------------------------------

    def _query(self, endpoint: Endpoint, call: Call) -> Query:
        zone = self.administration.clock.zone
        return read_query(call.parameters, endpoint, zone, date_only=self.settings.date_only_literals)

    def _judge(self, endpoint: Endpoint, query: Query) -> None:
        if self.settings.needs_select and endpoint.needs_select and not query.select and query.top != 1:
            raise bad_request("Please add a $select or a $top=1 statement to the query string.")
        fields = fields_of(query.filter) if query.filter else []
        if endpoint.kind == "sync":
            allowed = SYNC_FILTERS.get(endpoint.name, {"Timestamp"})
            wrong = [name for name in fields if name not in allowed and name in endpoint.properties]
            if wrong:
                raise bad_request("Filtering on these fields is not supported: " + ", ".join(wrong))
        asked = self.settings.mandatory_filter and endpoint.filter_any
        if asked and not set(fields) & set(endpoint.filter_any):
            raise bad_request(
                "This endpoint has mandatory filtering applied. A GET request for this endpoint must have a $filter "
                "parameter with one of the following fields in the url:" + ", ".join(endpoint.filter_any)
            )

    def _test(self, endpoint: Endpoint, query: Query) -> Test | None:
        if query.filter is None:
            return None
        return Compiler(endpoint.model, endpoint.properties, self.administration.collation).compile(query.filter)

    # -- pages ----------------------------------------------------------------------------------------------------

    def _matching(
        self, endpoint: Endpoint, query: Query, within: set[str] | None, after: str | None = None
    ) -> Iterator[str]:
        """Yield the keys a filter lets through, in the order of the key."""
        administration, table = self.administration, self.administration.table(endpoint.table)
        test = self._test(endpoint, query)
        chosen = within

        def look_up(name: str, constant: Constant) -> set[str] | None:
            return administration.look_up(endpoint, name, constant.value)

        if query.filter is not None:
            found = candidates(query.filter, look_up)
            if found is not None:
                chosen = found if chosen is None else chosen & found
        if chosen is None:
            keys: Iterator[str] = table.keys(after)
        else:
            start = None if after is None else table.position(after)
            ordered = sorted((table.position(key), key) for key in chosen if key in table)
            keys = (key for position, key in ordered if start is None or position > start)
        for key in keys:
            if test is None or test(administration.getter(endpoint, key)):
                yield key

    def _page(self, endpoint: Endpoint, query: Query, within: set[str] | None) -> tuple[list[str], str]:
        """Give the keys of one page and the token of the next, empty when this is the last."""
        table = self.administration.table(endpoint.table)
        if query.order:
            keys = self._ordered(endpoint, query, within)
        else:
            after = _key_text(query.token) if query.token else None
            keys = self._matching(endpoint, query, within, after)
        if not query.token:
            keys = islice(keys, query.skip, None)
        size = self._size(endpoint, query)
        page = list(islice(keys, size))
        more = (query.top is None or query.top > size) and next(keys, None) is not None
        if not more or not page:
            return page, ""
        last = table.get(page[-1]) or {}
        get = self.administration.getter(endpoint, page[-1])
        values = [literal(endpoint.properties[name].type, get(name)) for name, _ in query.order]
        return page, ",".join([*values, *key_literals(table.endpoint, last).values()])

    def _size(self, endpoint: Endpoint, query: Query) -> int:
        return min(n for n in (endpoint.page_size, query.top, self.page_size) if n is not None)

    def _ordered(self, endpoint: Endpoint, query: Query, within: set[str] | None) -> Iterator[str]:
        """Yield the keys in the order asked for, behind the token."""
        table = self.administration.table(endpoint.table)
        kinds = [(name, order_key(endpoint.properties[name].type), down) for name, down in query.order]
        ranked = []
        for key in self._matching(endpoint, query, within):
            get = self.administration.getter(endpoint, key)
            ranked.append((_rank([(of(get(name)), down) for name, of, down in kinds]), table.position(key), key))
        ranked.sort()
        if query.token:
            if len(query.token) <= len(kinds):
                raise bad_syntax()
            stored = [json_date(int(c.value or 0)) if c.kind == "DateTime" else c.value for c in query.token]
            parts = [(of(value), down) for value, (_, of, down) in zip(stored, kinds, strict=False)]
            here = (_rank(parts), table.position(_key_text(query.token[len(kinds) :])))
            ranked = [entry for entry in ranked if entry[:2] > here]
        return iter([key for _, _, key in ranked])

    def _sync_page(self, endpoint: Endpoint, query: Query) -> tuple[list[str], str]:
        table = self.administration.table(endpoint.table)
        after = query.token[-1].value if query.token else _lower_bound(query.filter)
        size = self._size(endpoint, query)
        keys = self._sync_keys(endpoint, query, int(after or 0))
        if not query.token:
            keys = islice(keys, query.skip, None)
        page = list(islice(keys, size))
        more = (query.top is None or query.top > size) and next(keys, None) is not None
        return page, f"{table.stamp(page[-1])}L" if more and page else ""

    def _sync_keys(self, endpoint: Endpoint, query: Query, after: int) -> Iterator[str]:
        """Yield keys above a row version, in its order."""
        administration, table = self.administration, self.administration.table(endpoint.table)
        test = self._test(endpoint, query)
        deleted = endpoint.name == "sync/Deleted"
        # The lower bound says all that such a filter says.
        plain = (
            isinstance(query.filter, Compare)
            and query.filter.left == Field("Timestamp")
            and query.filter.operator in {"gt", "ge"}
        )
        for _, key in table.since(after):
            if deleted and not administration.tombstone_fresh(table.get(key) or {}):
                continue
            if test is None or (plain and not deleted) or test(administration.getter(endpoint, key)):
                yield key

    def _count(self, endpoint: Endpoint, query: Query, within: set[str] | None) -> int:
        if endpoint.kind == "sync":
            return sum(1 for _ in self._sync_keys(endpoint, query, _lower_bound(query.filter)))
        if query.filter is None and within is None:
            return len(self.administration.table(endpoint.table))
        return sum(1 for _ in self._matching(endpoint, query, within))


def child_endpoint(administration: Administration, endpoint: Endpoint, prop: Property) -> Endpoint | None:
    """Find the endpoint that holds the records of a collection property; None if there is none."""
    reference = administration.reference
    inner = prop.type.removeprefix("Collection(").removesuffix(")")
    for name in (inner, prop.name):
        if name in reference.names:
            child = reference.endpoints[reference.names[name]]
            if child.kind == "rest" and owner_property(reference.endpoints[endpoint.table], child):
                return child
    return None


class _Down:
    """Turns a sort key round."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: _Down) -> bool:
        return bool(other.key < self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and self.key == other.key

    __hash__ = None  # type: ignore[assignment]  # equal by content


def _rank(parts: list[tuple[Any, bool]]) -> tuple[Any, ...]:
    return tuple(_Down(key) if down else key for key, down in parts)


def _key_text(constants: Sequence[Constant]) -> str:
    return "|".join(str(constant.value) for constant in constants)


def _lower_bound(node: Node | None) -> int:
    """Give the row version that all rows a filter lets through lie above; 0 if it does not say."""
    if isinstance(node, Logic) and node.operator == "and":
        return max(_lower_bound(term) for term in node.terms)
    if isinstance(node, Compare) and node.left == Field("Timestamp") and isinstance(node.right, Constant):
        value = node.right.value
        if isinstance(value, int) and node.operator in {"gt", "ge", "eq"}:
            return value if node.operator == "gt" else value - 1
    return 0


def read_key(text: str, endpoint: Endpoint, administration: Administration) -> str:
    """Read what stands in parentheses behind an endpoint: ``guid'...'``, a number, text, or names with values.

    Raises:
        ApiError: 400; not a key of this endpoint.
    """
    zone = administration.clock.zone
    if len(endpoint.key) == 1:
        text = text.strip().removeprefix(endpoint.key[0] + "=")
    kinds = {name: endpoint.properties[name].type for name in endpoint.key if name in endpoint.properties}
    if len(kinds) > 1:
        named = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
        if set(named) != set(kinds):
            raise bad_syntax()
        return "|".join(_key_text(parse_constants(named[name], zone)) for name in endpoint.key)
    constants = parse_constants(text, zone)
    kind = next(iter(kinds.values()), "Guid")
    expected = kind if kind in {"Guid", "String"} else "Int64"
    if len(constants) != 1 or constants[0].kind != expected:
        raise bad_syntax()
    return _key_text(constants)
