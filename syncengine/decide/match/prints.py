"""The keys of many records as numbers: enough to tell which records may have to do with each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from syncengine.decide.match.kinds import FUZZY, kind_of
from syncengine.decide.match.table import COMPOUND, STRONG, WEAK, Shown, Table, TranslateRef
from syncengine.model.entity import Entity, MatchRule
from syncengine.model.record import Side, Value


def _untranslated(name: str, side: Side, id: str) -> str | None:
    return None


class KeyPrints:
    """Takes the keys of records by the rules of one entity, as matching itself takes them.

    Args:
        translate: As for ``match``; may be left out for entities without references.

    Attributes:
        rules: The strong rules, in the order of the mapping.
        heads: The weak rules, with the fields that must be equal before anything is compared by likeness.
        searches: A weak rule has no such field: any record may be like any other.
    """

    def __init__(self, entity: Entity, layout: Sequence[str], translate: TranslateRef = _untranslated) -> None:
        self._entity = entity
        self._layout = layout
        self._translate = translate
        known = [rule for rule in entity.match if all(name in layout for name in rule.fields)]
        self.rules: tuple[MatchRule, ...] = tuple(rule for rule in known if rule.then == "link")
        weak = [rule.fields for rule in known if rule.then == "suggest"]
        self.heads = tuple(
            tuple(name for name in fields if kind_of(entity.field(name)) not in FUZZY) for fields in weak
        )
        self.searches = not all(self.heads)

    def take(self, rows: Collection[Shown], side: Side = Side.LEFT) -> Sequence[Sequence[int]]:
        """By strong rule, the key of each record in order of id; 0 where it has none.

        Equal keys give equal numbers within this process.
        """
        return self._strong(self._table(rows, side))

    def take_columns(self, ids: Sequence[str], columns: Mapping[str, Sequence[Value]]) -> Sequence[Sequence[int]]:
        """The same for records of the left side that are in order of id, given field by field."""
        return self._strong(Table.of_lefts(self._entity, ids, columns, self._translate))

    def take_heads(self, rows: Collection[Shown], side: Side) -> Sequence[Sequence[int]]:
        """The same by weak rule, for the fields that must be equal."""
        table = self._table(rows, side)
        return [_taken(table, number, fields, WEAK) for number, fields in enumerate(self.heads)]

    def _strong(self, table: Table) -> Sequence[Sequence[int]]:
        return [
            _taken(table, number, rule.fields, COMPOUND if len(rule.fields) > 1 else STRONG)
            for number, rule in enumerate(self.rules)
        ]

    def _table(self, rows: Collection[Shown], side: Side) -> Table:
        left, right = (rows, ()) if side is Side.LEFT else ((), rows)
        return Table(self._entity, left, right, self._layout, self._translate)


def _taken(table: Table, number: int, fields: Sequence[str], least: int) -> list[int]:
    columns = [table.keys(name, least) for name in fields]
    # With the level, so that a weak rule's numbers are none of a strong one's; both begin at 0, for -1 and -2 have one hash.
    return [0 if None in key else hash((least, number, key)) for key in zip(*columns, strict=True)]
