"""The strong keys of many records as numbers: enough to tell which records share one with nobody."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from syncengine.decide.match.table import COMPOUND, STRONG, Shown, Table
from syncengine.model.entity import Entity, MatchRule
from syncengine.model.record import Side


class KeyPrints:
    """Takes the strong keys of records by the rules of one entity, as matching itself takes them.

    For entities without references: whose parent a reference names cannot be said of one record alone.

    Attributes:
        rules: The strong rules, in the order of the mapping.
    """

    def __init__(self, entity: Entity, layout: Sequence[str]) -> None:
        self._entity = entity
        self._layout = layout
        self.rules: tuple[MatchRule, ...] = tuple(
            rule for rule in entity.match if rule.then == "link" and all(name in layout for name in rule.fields)
        )

    def take(self, rows: Collection[Shown]) -> Sequence[Sequence[int]]:
        """By rule, the key of each record in order of id; 0 where it has none.

        Equal keys give equal numbers within this process.
        """
        table = Table(self._entity, rows, (), self._layout, _untranslated)
        return [self._of_rule(number, rule, table) for number, rule in enumerate(self.rules)]

    @staticmethod
    def _of_rule(number: int, rule: MatchRule, table: Table) -> list[int]:
        least = COMPOUND if len(rule.fields) > 1 else STRONG
        columns = [[column.key(node, least) for node in range(len(table))] for column in map(table.column, rule.fields)]
        return [0 if None in key else hash((number, key)) for key in zip(*columns, strict=True)]


def _untranslated(name: str, side: Side, id: str) -> str | None:
    return None
