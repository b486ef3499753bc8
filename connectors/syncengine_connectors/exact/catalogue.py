"""Which resources Exact Online has and what their fields are: read from the table of facts beside this file.

``scripts/compile_catalogue.py`` makes the table and describes its shape.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property of an endpoint, as the table has it.

    Attributes:
        type: EDM type without prefix: ``String``, ``Guid``, ``Double``, ``Collection(BankAccounts)`` …
        key: Part of the primary key.
        post, put: May be sent on create, on update.
        mandatory: A create without it is refused.
        obsolete: Dropped from the newer documentation; may still be answered.
        pad_left, pad_right: Width to which the server pads with spaces; 0 if it does not.
        length: Documented longest text; None if unknown.
        hint: Longest text by one source only; None if unknown.
    """

    name: str
    type: str
    key: bool = False
    post: bool = False
    put: bool = False
    mandatory: bool = False
    obsolete: bool = False
    pad_left: int = 0
    pad_right: int = 0
    length: int | None = None
    hint: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address of the API.

    Attributes:
        path: As in the documentation: ``crm/Accounts``, ``sync/CRM/Accounts``.
        uri: Below the host, with ``{division}``.
        kind: ``rest``, ``bulk``, ``sync`` or ``function`` (read-only, some need parameters of their own).
        key: Names of the key properties.
        sync, bulk: Paths of the endpoints that list the same records a thousand a page; "" if there is none.
        entity_type: Its number in the deletion feed; None if its records leave no tombstone.
        filter_any: Where the side asks for a filter, one on any of these satisfies it.
    """

    path: str
    uri: str
    kind: Literal["rest", "bulk", "sync", "function"]
    methods: frozenset[str]
    page_size: int
    key: tuple[str, ...]
    sync: str = ""
    bulk: str = ""
    entity_type: int | None = None
    filter_any: tuple[str, ...] = ()
    properties: Mapping[str, Property] = field(default_factory=dict)


class Catalogue:
    """The table, each endpoint made when it is first asked for."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        """Take the table as it stands in the file."""
        self._table = table
        self._made: dict[str, Endpoint] = {}

    @classmethod
    def shipped(cls) -> Catalogue:
        """The table that comes with the connector."""
        return cls(json.loads(files("syncengine_connectors.exact").joinpath("catalogue.json").read_bytes()))

    def endpoint(self, path: str) -> Endpoint:
        """One endpoint by its path.

        Raises:
            KeyError: There is none.
        """
        if path not in self._made:
            self._made[path] = _endpoint(path, self._table["endpoints"][path])
        return self._made[path]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Every name a mapping may use → path: ``Accounts`` where one endpoint claims it, ``crm.Accounts`` always.

        Readable endpoints of records only; the sync and bulk twins of one are not resources of their own.
        """
        found = {
            path.replace("/", "."): path
            for path, entry in self._table["endpoints"].items()
            if _is_resource(path, entry)
        }
        bare = {name: path for name, path in self._table["names"].items() if path.replace("/", ".") in found}
        return dict(sorted(bare.items())) | dict(sorted(found.items()))

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """Webhook topics."""
        return tuple(sorted({entry["webhook"] for entry in self._table["endpoints"].values() if entry.get("webhook")}))

    def path(self, name: str) -> str:
        """The path behind a name as written in a mapping; slashes do as well as dots.

        Raises:
            KeyError: No resource has it, or several do.
        """
        return self.names.get(name) or self.names[name.replace("/", ".")]

    def listed(self) -> Iterator[str]:
        """One name per resource: the bare one where it is unique, the qualified one otherwise."""
        seen = set()
        for name, path in self.names.items():
            if path not in seen:
                seen.add(path)
                yield name


def _is_resource(path: str, entry: Mapping[str, Any]) -> bool:
    """Whether an endpoint lists records of its own: readable, with a key, no twin of another endpoint, no question about row versions."""
    key = entry["key"]
    twin = entry["kind"] in ("sync", "bulk") and "base" in entry
    return (
        "GET" in entry["methods"]
        and not twin
        and not path.startswith("read/sync/")
        and bool(key)
        and all(name in entry["properties"] for name in key)
    )


def _endpoint(path: str, entry: Mapping[str, Any]) -> Endpoint:
    kind = entry["kind"]
    # The key of a sync row is its row version; what stays the same is the ID.
    key = ("ID",) if kind == "sync" and "ID" in entry["properties"] else tuple(entry["key"])
    return Endpoint(
        path=path,
        uri=entry["uri"],
        kind=kind,
        methods=frozenset(entry["methods"]),
        page_size=entry["page_size"],
        key=key,
        sync=path if kind == "sync" else entry.get("sync", ""),
        bulk=path if kind == "bulk" else entry.get("bulk", ""),
        entity_type=entry.get("entity_type"),
        filter_any=tuple(entry.get("filter_any", ())),
        properties={name: _property(name, *flags) for name, flags in entry["properties"].items()},
    )


def _property(name: str, type: str, *flags: str) -> Property:
    sized = {flag.partition(":")[0]: int(flag.partition(":")[2]) for flag in flags if _is_sized(flag)}
    return Property(
        name=name,
        type=type,
        key="key" in flags,
        post="post" in flags,
        put="put" in flags,
        mandatory="mandatory" in flags,
        obsolete="obsolete" in flags,
        pad_left=sized.get("pad-left", 0),
        pad_right=sized.get("pad-right", 0),
        length=sized.get("length"),
        hint=sized.get("length-hint"),
    )


def _is_sized(flag: str) -> bool:
    return flag.startswith(("pad-left:", "pad-right:", "length:", "length-hint:"))
