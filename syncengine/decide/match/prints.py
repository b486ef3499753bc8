"""The keys of many records as numbers: enough to tell which records may have to do with each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property

from syncengine.decide.match.kinds import FUZZY, kind_of
from syncengine.decide.match.table import COMPOUND, CONTEXT, STRONG, WEAK, Shown, Table
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
        fields: Fields of the layout that ``take_columns`` looks at.
        searches: Some rule has no field that must be equal in both records: any record may be like any other.
    """

    def __init__(self, entity: Entity, layout: Sequence[str]) -> None:
        self._entity = entity
        self._layout = layout
        known = [rule for rule in entity.match if all(name in layout for name in rule.fields)]
        self.rules: tuple[MatchRule, ...] = tuple(rule for rule in known if rule.then == "link")
        self._strong = [(self._own(rule), COMPOUND if len(rule.fields) > 1 else STRONG) for rule in self.rules]
        looked_at = {*CONTEXT, *(name for names, _ in self._strong for name in names)}
        self.fields = tuple(name for name in layout if name in looked_at)
        weak = [self._own(rule) for rule in known if rule.then == "suggest"]
        self._weak = [tuple(name for name in names if kind_of(entity.field(name)) not in FUZZY) for names in weak]
        self.searches = not all(names for names, _ in self._strong) or not all(self._weak)

    def _own(self, rule: MatchRule) -> tuple[str, ...]:
        """The fields of a rule that mean the same whatever is linked."""
        return tuple(name for name in rule.fields if not self._entity.field(name).ref)

    @cached_property
    def meaning(self) -> str:
        """What the numbers of ``held`` depend on, but for the records and this program."""
        rules = [(rule.name, rule.use, rule.compare) for rule in self._entity.fields]
        return f"{fingerprint(repr((self._layout, self._strong, self._weak, rules)).encode()):x}"

    def take(self, rows: Collection[Shown], side: Side = Side.LEFT) -> Sequence[Sequence[int]]:
        """By strong rule, the key of each record in order of id; 0 where it has none. For an entity without references.

        Equal keys give equal numbers within this process.
        """
        return self._by_rule(self._table(rows, side))

    def take_columns(self, ids: Sequence[str], columns: Mapping[str, Sequence[Value]]) -> Sequence[Sequence[int]]:
        """The same for records of the left side that are in order of id, given field by field."""
        return self._by_rule(Table.of_lefts(self._entity, ids, columns, _untranslated))

    def strong(self, side: Side, rows: Collection[Shown]) -> Iterator[tuple[str, int]]:
        """``(id, key)`` of each strong key of each record. Equal keys give equal numbers wherever they are taken."""
        table = self._table(rows, side)
        for number, (names, least) in enumerate(self._strong):
            yield from _listed(table, number, names, least)

    def weak(self, side: Side, rows: Collection[Shown]) -> Iterator[tuple[str, int]]:
        """The same for what the weak rules want equal before anything is compared by likeness."""
        table = self._table(rows, side)
        for number, names in enumerate(self._weak):
            yield from _listed(table, -1 - number, names, WEAK)

    def held(self, side: Side, rows: Collection[Shown]) -> Iterator[tuple[str, int]]:
        """All of them."""
        yield from self.strong(side, rows)
        yield from self.weak(side, rows)

    def leans(self, left: Collection[Shown], right: Collection[Shown]) -> bool:
        """True if comparing the names of these records needs others: the towns that any record shows are no part of a name."""
        rules = self._entity.match
        told = {name for rule in rules for name in (*rule.veto, *rule.tie_break)}
        scored = any(rule.then == "suggest" for rule in rules)
        names = [rule.name for rule in self._entity.fields if kind_of(rule) == "name_key" and rule.name in self._layout]
        table = Table(self._entity, left, right, self._layout, _untranslated)
        return any(table.leans(name) for name in names if scored or name in told)

    def _by_rule(self, table: Table) -> Sequence[Sequence[int]]:
        return [_taken(table, number, names, least, hash) for number, (names, least) in enumerate(self._strong)]

    def _table(self, rows: Collection[Shown], side: Side) -> Table:
        left, right = (rows, ()) if side is Side.LEFT else ((), rows)
        return Table(self._entity, left, right, self._layout, _untranslated)


def _taken(table: Table, number: int, fields: Sequence[str], least: int, numbered: Number) -> list[int]:
    columns = [table.keys(name, least) for name in fields]
    return [0 if None in key else numbered((number, key)) for key in zip(*columns, strict=True)]


def _listed(table: Table, number: int, fields: Sequence[str], least: int) -> Iterator[tuple[str, int]]:
    keys = _taken(table, number, fields, least, _stable)
    return ((id, key) for (_, id), key in zip(table.nodes, keys, strict=True) if key)


def _stable(key: object) -> int:
    return fingerprint(repr(key).encode())
