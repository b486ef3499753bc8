"""The strong keys of many records as numbers: enough to tell which records share one with nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from syncengine.decide.match.table import COMPOUND, STRONG, Table
from syncengine.model.entity import Entity, MatchRule
from syncengine.model.record import Observed, Side, Value

_CHUNK: Final = 2_000


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

    def take(self, rows: Iterable[tuple[str, tuple[Value, ...]]]) -> Iterator[Sequence[Sequence[int]]]:
        """For each part of the rows, in order of id: by rule, the key of each record; 0 where it has none.

        Equal keys give equal numbers within this process.
        """
        rest = iter(rows)
        while part := list(islice(rest, _CHUNK)):
            shown = [Observed(id=id, values=values) for id, values in part]
            table = Table(self._entity, shown, (), self._layout, _untranslated)
            yield [self._of_rule(number, rule, table) for number, rule in enumerate(self.rules)]

    @staticmethod
    def _of_rule(number: int, rule: MatchRule, table: Table) -> list[int]:
        least = COMPOUND if len(rule.fields) > 1 else STRONG
        columns = [[column.key(node, least) for node in range(len(table))] for column in map(table.column, rule.fields)]
        return [0 if None in key else hash((number, key)) for key in zip(*columns, strict=True)]


def _untranslated(name: str, side: Side, id: str) -> str | None:
    return None
