"""The records of both sides as columns of normalised keys: the only thing matching looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from operator import itemgetter
from typing import Final, Protocol, cast

from syncengine.decide.keys import Key, normalise
from syncengine.decide.keys.key import FREE_MAIL
from syncengine.decide.keys.registry import are_bare_codes, is_bare_code
from syncengine.decide.match.kinds import kind_of
from syncengine.decide.match.outcome import Node
from syncengine.model.entity import Entity, FieldRule
from syncengine.model.record import ABSENT, Side, Value

TranslateRef = Callable[[str, Side, str], str | None]

NONE: Final = 0
WEAK: Final = 1
"""Readable, but no key: it may support a suggestion."""
COMPOUND: Final = 2
"""A key together with others, never alone: an address at a free-mail provider."""
STRONG: Final = 3

_UNSEEN: Final = 255
_BY_COUNTRY: Final = frozenset({"vat", "phone", "postcode"})
"""Kinds whose key depends on the record's country."""
_MADE_UP: Final = frozenset({"placeholder", "example number", "no-reply address"})


def context(kind: str) -> frozenset[str]:
    """The fields that say, beside a field of this kind, what its key is."""
    told = {"address": "AddressLine2", "name_key": "City", **dict.fromkeys(_BY_COUNTRY, "Country")}
    return frozenset({told[kind]} if kind in told else ())


class Shown(Protocol):
    """As much of an ``Observed`` as matching looks at."""

    @property
    def id(self) -> str: ...
    @property
    def values(self) -> tuple[Value, ...]: ...


class Column:
    """One field of all records, normalised where it is asked for: most fields are looked at for a few records only."""

    __slots__ = ("_judge", "_levels", "_values")

    def __init__(self, size: int, judge: Callable[[int], tuple[str | None, int]]) -> None:
        self._judge = judge
        self._values: list[str | None] = [None] * size
        self._levels = bytearray([_UNSEEN]) * size

    def key(self, node: int, least: int) -> str | None:
        """The record's key, if it is at least this good."""
        level = self._levels[node]
        if level == _UNSEEN:
            self._values[node], level = self._judge(node)
            self._levels[node] = level
        return self._values[node] if level >= least else None


class Table:
    """Both sides' records, numbered: left ones first, each side in the order of its ids."""

    def __init__(
        self,
        entity: Entity,
        left: Iterable[Shown],
        right: Iterable[Shown],
        layout: Sequence[str],
        translate_ref: TranslateRef,
    ) -> None:
        self._entity = entity
        self._translate = translate_ref
        self._columns: dict[str, Column] = {}
        self._kinds = {rule.name: kind_of(rule) for rule in entity.fields}
        named = _wanted(entity)
        wanted = [name for name in layout if name in named]
        places = [layout.index(name) for name in wanted]
        self.nodes: list[Node] = []
        rows: list[tuple[Value, ...]] = []
        for side, observed in ((Side.LEFT, left), (Side.RIGHT, right)):
            # Only what keys are made of is kept: a million records need not be in memory for it.
            kept = sorted(
                ((row.id, tuple([row.values[place] for place in places])) for row in observed), key=itemgetter(0)
            )
            self.nodes.extend((side, id) for id, _ in kept)
            rows.extend(values for _, values in kept)
            if side is Side.LEFT:
                self.lefts = len(rows)
        self._raw: dict[str, Sequence[Value]] = {
            name: [row[place] for row in rows] for place, name in enumerate(wanted)
        }

    @classmethod
    def of_columns(
        cls, entity: Entity, columns: Mapping[str, Sequence[Value]], size: int, translate_ref: TranslateRef
    ) -> Table:
        """The same of so many records of one side that stand in columns already, in their order and without their ids."""
        table = cls(entity, (), (), (), translate_ref)
        table.nodes = [(Side.LEFT, "")] * size
        table.lefts = size
        table._raw = dict(columns)
        return table

    def release(self) -> None:
        """Let go of the columns, which know the table: it is then freed with its last user, and not when garbage is looked for."""
        self._columns.clear()

    def __len__(self) -> int:
        return len(self.nodes)

    def has(self, name: str) -> bool:
        """True if the entity keeps this field."""
        return name in self._raw

    def kind(self, name: str) -> str:
        """The kind of key a field holds."""
        return self._kinds[name]

    def written(self, name: str, node: int) -> str:
        """A field as the record shows it; "" if it shows none."""
        values = self._raw.get(name)
        value = None if values is None else values[node]
        return "" if value is None or value is ABSENT else _text(value)

    def column(self, name: str) -> Column:
        """A field's keys."""
        if name not in self._columns:
            rule, values = self._entity.field(name), self._raw[name]
            fold = _folds(rule)
            judge = (
                partial(self._parent, name, values)
                if rule.ref
                else partial(self._judged, self.kind(name), values, fold)
            )
            self._columns[name] = Column(len(self), judge)
        return self._columns[name]

    def keys(self, name: str, least: int) -> list[str | None]:
        """Every record's key of a field, if it is at least this good; in the order of the records."""
        values = self._raw[name]
        # By far the most keys are numbers of articles and customers, and need no judge.
        is_code = self._is_code(name)
        if is_code and are_bare_codes(values):
            return list(cast(Sequence[str], values))
        column = self.column(name)
        if not is_code:
            return [column.key(node, least) for node in range(len(self))]
        return [
            value if value.__class__ is str and is_bare_code(value) else column.key(node, least)
            for node, value in enumerate(values)
        ]

    def _is_code(self, name: str) -> bool:
        return self.kind(name) in ("code", "sku") and not _folds(self._entity.field(name))

    def _judged(self, kind: str, values: Sequence[Value], fold: bool, node: int) -> tuple[str | None, int]:
        value = values[node]
        if value is None or value is ABSENT:
            return None, NONE
        countries = self._raw.get("Country") if kind in _BY_COUNTRY else None
        text = _text(value)
        if kind == "address":
            text = self._whole_address(text, node)
        elif kind == "name_key":
            text = self._without_town(text, node)
        key = normalise(kind, text, country=_country(countries[node]) if countries else None)
        return key.value.casefold() if fold and key.value else key.value, _level(key)

    def _parent(self, name: str, values: Sequence[Value], node: int) -> tuple[str | None, int]:
        value = values[node]
        if value is None or value is ABSENT:
            return None, NONE
        return self._translate(name, self.nodes[node][0], _text(value)), STRONG

    def _whole_address(self, text: str, node: int) -> str:
        """The line with the house number that stands on the second one."""
        second = self.written("AddressLine2", node)
        if not second[:1].isdigit():
            return text
        from syncengine.decide.keys.address import parse_address

        parsed = parse_address(text)
        return text if parsed.number or parsed.po_box else f"{text} {second}"

    def _without_town(self, text: str, node: int) -> str:
        """The name without the record's own town behind it; by this record alone, for a key must not depend on which others are there."""
        head, _, town = text.rpartition(" - ")
        if head and (city := self.written("City", node)) and _town(town) == _town(city):
            return head
        return text

    def bare(self, name: str, node: int) -> str:
        """A name as written, without the town that people put behind it: for comparing two names, not as a key."""
        text = self.written(name, node)
        head, _, town = text.rpartition(" - ")
        return head if head and _town(town) in self._towns else text

    def leans(self, name: str) -> bool:
        """True if what stands behind some name may be a town, and none that these records show: others decide what ``bare`` makes of it."""
        tails = (self.written(name, node).rpartition(" - ") for node in range(len(self)))
        return self.has("City") and any(
            head and (key := _town(town)) and key not in self._towns for head, _, town in tails
        )

    @cached_property
    def _towns(self) -> frozenset[str]:
        """Towns that any record shows: behind a name, one of them is no part of it."""
        shown = {_text(value) for value in self._raw.get("City", ()) if value is not None and value is not ABSENT}
        return frozenset(filter(None, map(_town, shown)))


def _town(text: str) -> str:
    """A town's name as a key."""
    # The patterns of places and addresses take long to compile, and most runs look at no name.
    from syncengine.decide.keys.places import town_key

    return town_key(text)


def _folds(rule: FieldRule) -> bool:
    """True if upper and lower case are one in a field's keys."""
    return rule.compare == "case" or "upper" in rule.use


def _wanted(entity: Entity) -> set[str]:
    """Fields whose values matching may look at."""
    named = {name for rule in entity.match for name in (*rule.fields, *rule.veto, *rule.tie_break)}
    known = {"Country", "City", "AddressLine2", "Name", "AddressLine1", "Postcode", "Email", "Phone"}
    return named | known | {rule.name for rule in entity.fields if kind_of(rule) in ("vat", "kvk", "kbo", "rsin")}


def _text(value: Value) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _country(value: Value) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _level(key: Key) -> int:
    if key.usable:
        return STRONG
    if key.reason == FREE_MAIL:
        return COMPOUND
    return NONE if key.reason in _MADE_UP else WEAK
