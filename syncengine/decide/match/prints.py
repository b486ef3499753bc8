"""The keys of many records as numbers: enough to tell which records may have to do with each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import repeat

from syncengine import __version__
from syncengine.decide.match.kinds import FUZZY, kind_of
from syncengine.decide.match.table import COMPOUND, STRONG, WEAK, Shown, Table, context
from syncengine.model.entity import Entity, MatchRule
from syncengine.model.record import Side, Value
from syncengine.model.values import fingerprint

Number = Callable[[object], int]


def _untranslated(name: str, side: Side, id: str) -> str | None:
    return None


class KeyPrints:
    """Takes the keys of records by the rules of one entity, as matching itself takes them, but for references: these only say more.

    Attributes:
        rules: The strong rules, in the order of the mapping.
        fields: Fields of the layout that keys are made of, or that say what another field's key is.
        searches: Some rule has no field that must be equal in both records: any record may be like any other.
    """

    def __init__(self, entity: Entity, layout: Sequence[str]) -> None:
        self._entity = entity
        self._layout = layout
        known = [rule for rule in entity.match if all(name in layout for name in rule.fields)]
        self.rules: tuple[MatchRule, ...] = tuple(rule for rule in known if rule.then == "link")
        self._strong = [(self._own(rule), COMPOUND if len(rule.fields) > 1 else STRONG) for rule in self.rules]
        weak = [self._own(rule) for rule in known if rule.then == "suggest"]
        self._weak = [tuple(name for name in names if kind_of(entity.field(name)) not in FUZZY) for names in weak]
        own = set().union(*(names for names, _ in self._strong), *self._weak)
        looked_at = own.union(*(context(kind_of(entity.field(name))) for name in own))
        self.fields = tuple(name for name in layout if name in looked_at)
        self.searches = not all(names for names, _ in self._strong) or not all(self._weak)

    def _own(self, rule: MatchRule) -> tuple[str, ...]:
        """The fields of a rule that mean the same whatever is linked."""
        return tuple(name for name in rule.fields if not self._entity.field(name).ref)

    @cached_property
    def meaning(self) -> str:
        """What the numbers of ``held`` depend on, but for the records."""
        rules = [(rule.name, rule.use, rule.compare) for rule in self._entity.fields]
        # Another version of this program may bring a value into another normal form.
        return f"{__version__} {fingerprint(repr((self._layout, self._strong, self._weak, rules)).encode()):x}"

    def take(self, rows: Collection[Shown]) -> Sequence[Sequence[int]]:
        """By strong rule, the key of each record in order of id; 0 where it has none. For an entity without references.

        Equal keys give equal numbers within this process.
        """
        return self._by_rule(self._table(rows))

    def take_columns(self, fields: Mapping[str, Sequence[Value]], size: int) -> Sequence[Sequence[int]]:
        """The same for ``size`` records given field by field, in their order."""
        return self._by_rule(Table.of_columns(self._entity, fields, size, _untranslated))

    def strong(self, rows: Collection[Shown]) -> Iterator[tuple[str, int]]:
        """``(id, key)`` of each strong key of each record. Equal keys give equal numbers wherever they are taken."""
        table = self._table(rows)
        return ((table.nodes[place][1], key) for place, key in self._strong_of(table))

    def weak(self, rows: Collection[Shown]) -> Iterator[tuple[str, int]]:
        """The same for what the weak rules want equal before anything is compared by likeness."""
        table = self._table(rows)
        return ((table.nodes[place][1], key) for place, key in self._weak_of(table))

    def held(self, fields: Mapping[str, Sequence[Value]], size: int) -> Iterator[tuple[int, int]]:
        """``(place, key)`` of each strong or weak key of each of ``size`` records, given field by field."""
        table = Table.of_columns(self._entity, fields, size, _untranslated)
        yield from self._strong_of(table)
        yield from self._weak_of(table)
        table.release()

    def leans(self, left: Collection[Shown], right: Collection[Shown]) -> bool:
        """True if comparing the names of these records needs others: the towns that any record shows are no part of a name."""
        rules = self._entity.match
        told = {name for rule in rules for name in (*rule.veto, *rule.tie_break)}
        scored = any(rule.then == "suggest" for rule in rules)
        names = [rule.name for rule in self._entity.fields if kind_of(rule) == "name_key" and rule.name in self._layout]
        table = Table(self._entity, left, right, self._layout, _untranslated)
        return any(table.leans(name) for name in names if scored or name in told)

    def _by_rule(self, table: Table) -> Sequence[Sequence[int]]:
        found = [_taken(table, number, names, least, hash) for number, (names, least) in enumerate(self._strong)]
        table.release()
        return found

    def _strong_of(self, table: Table) -> Iterator[tuple[int, int]]:
        for number, (names, least) in enumerate(self._strong):
            yield from _listed(table, number, names, least)

    def _weak_of(self, table: Table) -> Iterator[tuple[int, int]]:
        for number, names in enumerate(self._weak):
            yield from _listed(table, -1 - number, names, WEAK)

    def _table(self, rows: Collection[Shown]) -> Table:
        # Without references a key means the same on either side.
        return Table(self._entity, rows, (), self._layout, _untranslated)


def _taken(table: Table, number: int, fields: Sequence[str], least: int, numbered: Number) -> list[int]:
    columns = [table.keys(name, least) for name in fields]
    if columns and all(map(all, columns)):
        return list(map(numbered, zip(repeat(number), zip(*columns, strict=True), strict=False)))
    return [0 if None in key else numbered((number, key)) for key in zip(*columns, strict=True)]


def _listed(table: Table, number: int, fields: Sequence[str], least: int) -> Iterator[tuple[int, int]]:
    return ((place, key) for place, key in enumerate(_taken(table, number, fields, least, _stable)) if key)


def _stable(key: object) -> int:
    return fingerprint(repr(key).encode())
