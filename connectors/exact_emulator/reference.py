"""The vendor's reference as a table: endpoints with their properties.

``reference.json`` is compiled by scripts/compile_catalogue.py, whose docstring explains its shape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property of an endpoint.

    Attributes:
        type: EDM type without prefix, ``Collection(X)`` or ``Complex(X)``.
        one_of: Names of which one must be filled on create; empty if there is no such rule.
        pad: ("left" or "right", width) in which the server shows the text; None if as it is.
        length: Documented maximum; ``length_hint`` one reported by a single source.
    """

    name: str
    type: str
    key: bool
    post: bool
    put: bool
    mandatory: bool
    one_of: tuple[str, ...]
    pad: tuple[str, int] | None
    length: int | None
    length_hint: int | None

    @property
    def collection(self) -> bool:
        """Whether the value is a list of further records."""
        return self.type.startswith("Collection(")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One endpoint: a path, what may be done there and what its records carry."""

    name: str
    service: str
    uri: str
    kind: str
    methods: frozenset[str]
    page_size: int
    key: tuple[str, ...]
    base: str | None
    sync: str | None
    bulk: str | None
    entity_type: int | None
    webhook: str | None
    needs_select: bool
    filter_any: tuple[str, ...]
    properties: Mapping[str, Property]

    @property
    def resource(self) -> str:
        """The bare name: the last part of the path."""
        return self.name.rsplit("/", 1)[-1]

    @property
    def table(self) -> str:
        """The endpoint under whose name the records are kept."""
        return self.base or self.name

    @cached_property
    def model(self) -> str:
        """The type name the server shows in ``__metadata``."""
        return singular(self.resource)


def singular(name: str) -> str:
    """Make the name of one record from that of the resource: Addresses -> Address, Quantities -> Quantity."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    if re.search(r"(ss|x|ch|sh)es$", name):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith(("ss", "us")) else name


def _number_after(flags: list[str], prefix: str) -> int | None:
    return next((int(f.removeprefix(prefix)) for f in flags if f.startswith(prefix)), None)


def _property(name: str, entry: list[str]) -> Property:
    kind, flags = entry[0], entry[1:]
    pad = next((f for f in flags if f.startswith("pad-")), None)
    side, width = pad.removeprefix("pad-").split(":") if pad else ("", "0")
    either = next((f.removeprefix("one-of:") for f in flags if f.startswith("one-of:")), "")
    unknown = "write-unknown" in flags
    return Property(
        name=name,
        type=kind,
        key="key" in flags,
        post="post" in flags or unknown,
        put="put" in flags or unknown,
        mandatory="mandatory" in flags,
        one_of=tuple(either.split("|")) if either else (),
        pad=(side, int(width)) if pad else None,
        length=_number_after(flags, "length:"),
        length_hint=_number_after(flags, "length-hint:"),
    )


def _endpoint(name: str, e: Mapping[str, Any]) -> Endpoint:
    return Endpoint(
        name=name,
        service=e["service"],
        uri=e["uri"],
        kind=e["kind"],
        methods=frozenset(e["methods"]),
        page_size=e["page_size"],
        key=tuple(e["key"]),
        base=e.get("base"),
        sync=e.get("sync"),
        bulk=e.get("bulk"),
        entity_type=e.get("entity_type"),
        webhook=e.get("webhook"),
        needs_select=e.get("needs_select", False),
        filter_any=tuple(e.get("filter_any", ())),
        properties={n: _property(n, p) for n, p in e["properties"].items()},
    )


class Reference:
    """All endpoints, found by name or by path."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.endpoints = {name: _endpoint(name, e) for name, e in table["endpoints"].items()}
        self.names: Mapping[str, str] = table["names"]
        self.ambiguous: Mapping[str, list[str]] = table["ambiguous"]
        self._by_path = {_path(e.uri): e for e in self.endpoints.values()}
        self._folded = {path.casefold(): e for path, e in self._by_path.items()}

    def resource(self, name: str) -> Endpoint:
        """Find an endpoint by its resource name (``Accounts``) or its path (``crm/Accounts``).

        Raises:
            LookupError: Unknown or ambiguous; the text names the choices.
        """
        if name in self.endpoints:
            return self.endpoints[name]
        if name in self.names:
            return self.endpoints[self.names[name]]
        choices = self.ambiguous.get(name)
        raise LookupError(f"resource {name!r} is " + (f"one of {', '.join(choices)}" if choices else "unknown"))

    def path(self, path: str, *, exact_case: bool) -> Endpoint | None:
        """Find an endpoint by the part of a URL after ``/api/v1/`` with ``{division}`` left out."""
        return self._by_path.get(path) if exact_case else self._folded.get(path.casefold())


def _path(uri: str) -> str:
    return uri.removeprefix("/api/v1/").replace("{division}/", "")


@lru_cache(maxsize=1)
def load() -> Reference:
    """Read the table that ships with the emulator."""
    text = resources.files("exact_emulator").joinpath("reference.json").read_text(encoding="utf-8")
    return Reference(json.loads(text))
