"""The records of both sides as columns of normalised keys: the only thing matching looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from syncengine.decide.keys import Key, normalise
from syncengine.decide.keys.address import parse_address
from syncengine.decide.keys.contact import FREE_MAIL
from syncengine.decide.keys.places import town_key
from syncengine.decide.match.kinds import kind_of
from syncengine.decide.match.outcome import Node
from syncengine.model.entity import Entity
from syncengine.model.record import ABSENT, Observed, Side, Value

TranslateRef = Callable[[str, Side, str], str | None]

NONE: Final = 0
WEAK: Final = 1
"""Readable, but no key: it may support a suggestion."""
COMPOUND: Final = 2
"""A key together with others, never alone: an address at a free-mail provider."""
STRONG: Final = 3

_MADE_UP: Final = frozenset({"placeholder", "example number", "no-reply address"})


@dataclass(frozen=True, slots=True)
class Column:
    """One field of all records, normalised.

    Attributes:
        values: Key per record; None where it has none.
        levels: What each key may be used for: ``NONE`` to ``STRONG``.
    """

    values: list[str | None]
    levels: bytearray

    def key(self, node: int, least: int) -> str | None:
        """The record's key, if it is at least this good."""
        return self.values[node] if self.levels[node] >= least else None


class Table:
    """Both sides' records, numbered: left ones first, each side in the order of its ids."""

    def __init__(
        self,
        entity: Entity,
        left: Iterable[Observed],
        right: Iterable[Observed],
        layout: Sequence[str],
        translate_ref: TranslateRef,
    ) -> None:
        self._entity = entity
        self._translate = translate_ref
        self._columns: dict[str, Column] = {}
        wanted = [name for name in layout if name in _wanted(entity)]
        places = [layout.index(name) for name in wanted]
        self.nodes: list[Node] = []
        rows: list[tuple[Value, ...]] = []
        for side, observed in ((Side.LEFT, left), (Side.RIGHT, right)):
            # Only what keys are made of is kept: a million records need not be in memory for it.
            kept = sorted((row.id, tuple([row.values[place] for place in places])) for row in _readable(observed))
            self.nodes.extend((side, id) for id, _ in kept)
            rows.extend(values for _, values in kept)
            if side is Side.LEFT:
                self.lefts = len(rows)
        self._raw = dict(zip(wanted, map(list, zip(*rows, strict=True)), strict=False)) if rows else {}

    def __len__(self) -> int:
        return len(self.nodes)

    def has(self, name: str) -> bool:
        """True if the entity keeps this field."""
        return name in self._raw

    def kind(self, name: str) -> str:
        """The kind of key a field holds."""
        return kind_of(self._entity.field(name))

    def written(self, name: str, node: int) -> str:
        """A field as the record shows it; "" if it shows none."""
        values = self._raw.get(name)
        value = None if values is None else values[node]
        return "" if value is None or value is ABSENT else _text(value)

    def column(self, name: str) -> Column:
        """A field's keys, normalised once."""
        if name not in self._columns:
            self._columns[name] = self._made(name)
        return self._columns[name]

    def _made(self, name: str) -> Column:
        rule, kind = self._entity.field(name), self.kind(name)
        values: list[str | None] = [None] * len(self)
        levels = bytearray(len(self))
        fold = rule.compare == "case" or "upper" in rule.use
        countries = self._raw.get("Country") if kind in ("vat", "kbo", "kvk", "rsin", "phone", "postcode") else None
        for node, value in enumerate(self._raw.get(name, ())):
            if value is None or value is ABSENT or value == "":
                continue
            text = _text(value)
            if rule.ref:
                key = self._translate(name, self.nodes[node][0], text)
                level = NONE if key is None else STRONG
            else:
                country = countries[node] if countries is not None else None
                key, level = _judged(normalise(kind, self._whole(kind, text, node), country=_country(country)))
            if key is not None and level:
                values[node], levels[node] = key.casefold() if fold else key, level
        return Column(values, levels)

    def _whole(self, kind: str, text: str, node: int) -> str:
        """The value with what belongs to it in a neighbouring field, and without what does not."""
        if kind == "address" and (second := self.written("AddressLine2", node))[:1].isdigit():
            # The house number on the second line.
            parsed = parse_address(text)
            return text if parsed.number or parsed.po_box else f"{text} {second}"
        return self._without_town(text) if kind == "name_key" else text

    def bare(self, name: str, node: int) -> str:
        """A name as written, without the town that people put behind it."""
        return self._without_town(self.written(name, node))

    def _without_town(self, text: str) -> str:
        head, dash, town = text.rpartition(" - ")
        return head if dash and head and town_key(town) in self._towns else text

    @cached_property
    def _towns(self) -> frozenset[str]:
        """Towns that any record shows: behind a name, one of them is no part of it."""
        shown = {_text(value) for value in self._raw.get("City", ()) if value is not None and value is not ABSENT}
        return frozenset(map(town_key, shown)) - {""}


def _readable(rows: Iterable[Observed]) -> Iterable[Observed]:
    return (row for row in rows if row.id)


def _wanted(entity: Entity) -> set[str]:
    """Fields whose values matching may look at."""
    named = {name for rule in entity.match for name in (*rule.fields, *rule.veto, *rule.tie_break)}
    known = {"Country", "City", "AddressLine2", "Name", "AddressLine1", "Postcode", "Email", "Phone"}
    return named | known | {rule.name for rule in entity.fields if kind_of(rule) in ("vat", "kvk", "kbo", "rsin")}


def _text(value: Value) -> str:
    return value if isinstance(value, str) else " ".join(value) if isinstance(value, tuple) else str(value)


def _country(value: Value) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _judged(key: Key) -> tuple[str | None, int]:
    if key.value is None:
        return None, NONE
    if key.usable:
        return key.value, STRONG
    if key.reason == FREE_MAIL:
        return key.value, COMPOUND
    return key.value, NONE if key.status != "review" or key.reason in _MADE_UP else WEAK
