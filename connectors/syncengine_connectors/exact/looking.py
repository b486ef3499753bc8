"""Looking at single records: by id, and for what an unanswered write may have left behind. "Could not look" is never "absent"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from syncengine.errors import Rejected, Transient, Unreadable
from syncengine.model.record import ABSENT, Record, Value
from syncengine.model.resource import Resource
from syncengine_connectors.exact import odata
from syncengine_connectors.exact.catalogue import Endpoint
from syncengine_connectors.exact.listing import envelope, pages
from syncengine_connectors.exact.resources import FETCH_SIZE
from syncengine_connectors.exact.rows import record_of
from syncengine_connectors.exact.session import Session

_MOST_KEYS: Final = 6
"""Conditions of one lookup; more would not fit into an address."""

Key = Mapping[str, Value]
"""Field → value; all of them together name a record."""


class Looker:
    """Looks things up in one administration."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[str, tuple[str, ...]], Record] = {}

    def by_ids(
        self, resource: Resource, endpoint: Endpoint, names: Iterable[str], ids: Sequence[str]
    ) -> dict[str, Record]:
        """The records with these ids; what is not in the answer is not there.

        Raises:
            Transient: It could not look.
            LoginError: As ``Session.get``.
        """
        if endpoint.kind == "sync":
            return self._among_all(resource, endpoint, names, ids)
        conditions = {id: condition for id in dict.fromkeys(ids) if (condition := _by_id(endpoint, id))}
        fields = tuple(names)
        found: dict[str, Record] = {}
        for batch in self._batches(endpoint, fields, list(conditions.values())):
            found |= {r.id: r for r in self._ask(resource, endpoint, fields, odata.one_of(batch))}
        return {
            id: found[id.lower()] if id not in found else found[id] for id in ids if {id, id.lower()} & found.keys()
        }

    def _among_all(
        self, resource: Resource, endpoint: Endpoint, names: Iterable[str], ids: Sequence[str]
    ) -> dict[str, Record]:
        """The same where the side filters by row version only: everything is listed, a thousand a call."""
        rows = {record.id: record for record in self._ask(resource, endpoint, tuple(names), "Timestamp gt 1L")}
        return {id: rows[id.lower()] for id in ids if id.lower() in rows}

    def by_key(self, resource: Resource, endpoint: Endpoint, names: Iterable[str], key: Key) -> list[Record]:
        """The records that hold all these values.

        "None" is believed only if the same question also found a record known to be there.

        Raises:
            Transient: It could not look, or the known record was not found.
        """
        fields = tuple(dict.fromkeys((*names, *key)))
        known = self._known_by(resource, endpoint, tuple(key))
        wanted = _condition(endpoint, key)
        if known is None:
            return self._ask(resource, endpoint, fields, wanted)
        control = _condition(endpoint, {name: known.fields[name] for name in key})
        found = self._ask(resource, endpoint, fields, f"({wanted}) or ({control})")
        if known.id not in {record.id for record in found}:
            self._known.pop((endpoint.path, tuple(key)), None)
            raise Transient(
                f"exact.{resource.name}: a record that is there was not found by {', '.join(key)}, so nothing can be said "
                "about one that was not found either"
            )
        return [record for record in found if record.id != known.id or _holds(record, key)]

    def _known_by(self, resource: Resource, endpoint: Endpoint, names: tuple[str, ...]) -> Record | None:
        """A record that has a value in each of these fields; None if the side holds none."""
        place = endpoint.path, names
        if place not in self._known:
            filled = odata.all_of([f"{name} ne null" for name in names])
            found = self._ask(resource, endpoint, names, filled, top=1)
            whole = [record for record in found if all(record.get(name) not in (None, ABSENT) for name in names)]
            if not whole:
                return None
            self._known[place] = whole[0]
        return self._known[place]

    def _ask(
        self, resource: Resource, endpoint: Endpoint, names: Sequence[str], condition: str, *, top: int = 0
    ) -> list[Record]:
        query = [("$select", _select(endpoint, names)), ("$filter", condition)]
        try:
            if top:
                query.append(("$top", str(top)))
                rows = envelope(endpoint, self._session.get(endpoint.path, self._session.path(endpoint.uri), query))[0]
            else:
                rows = [row for page in pages(self._session, endpoint, query) for row in page.rows]
            return [record_of(resource.name, endpoint, row, names) for row in rows]
        except Rejected as error:
            raise Transient(f"could not look: {error}", status=error.status, answer=error.answer) from error
        except Unreadable as error:
            raise Transient(f"could not look: {error}") from error

    def _batches(self, endpoint: Endpoint, names: Sequence[str], conditions: list[str]) -> Iterator[list[str]]:
        """As many ids a call as the size of a lookup and the length of an address allow."""
        room = odata.LONGEST_TARGET - len(
            odata.target(self._session.path(endpoint.uri), [("$select", _select(endpoint, names)), ("$filter", "")])
        )
        longest = max((len(odata.target("", [("", condition)])) + 10 for condition in conditions), default=1)
        size = max(1, min(FETCH_SIZE, room // longest))
        rest = iter(conditions)
        while batch := list(islice(rest, size)):
            yield batch


def key_of(resource: Resource, identify: Key, values: Mapping[str, Any]) -> Key:
    """By what a create is recognised: its unique key alone, else all that identifies it, else all it sets."""
    usable = {name: value for name, value in (identify or values).items() if value not in (None, ABSENT, "")}
    for name, value in usable.items():
        if name in resource.fields and resource.fields[name].unique:
            return {name: value}
    return dict(islice(usable.items(), _MOST_KEYS))


def _condition(endpoint: Endpoint, key: Key) -> str:
    """All values of a key together.

    Raises:
        Transient: A value cannot be looked for.
    """
    try:
        return odata.all_of([odata.equals(endpoint, name, value) for name, value in key.items()])
    except (ValueError, KeyError) as error:
        raise Transient(f"could not look: {endpoint.path} cannot be searched by {', '.join(key)}: {error}") from None


def _by_id(endpoint: Endpoint, id: str) -> str:
    """The condition for an id; "" if it is none, so that no record has it."""
    try:
        return odata.by_id(endpoint, id)
    except ValueError:
        return ""


def _select(endpoint: Endpoint, names: Iterable[str]) -> str:
    wanted = dict.fromkeys((*endpoint.key, "Modified", *names))
    return ",".join(name for name in wanted if name in endpoint.properties)


def _holds(record: Record, key: Key) -> bool:
    return all(str(record.get(name)).casefold() == str(value).strip().casefold() for name, value in key.items())
