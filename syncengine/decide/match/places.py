"""One key seen at several places: an owner's shops, a municipality's offices. Which records of a component belong together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

from syncengine.decide.match.forest import Forest
from syncengine.decide.match.names import ALIKE, alike, apart
from syncengine.decide.match.table import WEAK, Table

_MANY: Final = 200
"""Records of one key beyond which nobody tells places apart; they wait together."""


def split(table: Table, nodes: Sequence[int], fields: Sequence[str]) -> list[list[int]]:
    """Records of one key, by place; one list if nothing says that there are several.

    Args:
        fields: The rules' ``tie_break``. Names are told from the rest: a firm that moved keeps its name, and a shop that belongs to the same
            owner has its own; so there are several places only where both names and addresses differ.
    """
    fields = [name for name in fields if table.has(name)]
    if len(nodes) < 2 or len(nodes) > _MANY or not fields:
        return [list(nodes)]
    naming = [name for name in fields if table.kind(name) == "name_key"]
    placing = [name for name in fields if table.kind(name) != "name_key"]
    known = [node for node in nodes if any(table.column(name).key(node, WEAK) for name in placing)]
    places = _by_place(table, nodes, placing)
    firms = _by_name(table, nodes, naming)
    if len(places.components(known)) < 2 or (naming and len(firms.components(nodes)) < 2):
        return [list(nodes)]
    for one, other in combinations(nodes, 2):
        # Nothing is known of one's place: its name says where it belongs.
        if not (one in known and other in known) and firms.root(one) == firms.root(other):
            places.join(one, other)
    return places.components(nodes)


def _by_place(table: Table, nodes: Sequence[int], fields: Sequence[str]) -> Forest:
    forest = _Places(nodes)
    for name in fields:
        column = table.column(name)
        seen: dict[str, int] = {}
        for node in nodes:
            if (key := column.key(node, WEAK)) is not None:
                forest.join(seen.setdefault(key, node), node)
    return forest


def _by_name(table: Table, nodes: Sequence[int], fields: Sequence[str]) -> Forest:
    forest = _Places(nodes)
    for name in fields:
        written = {node: table.bare(name, node) for node in nodes}
        for one, other in combinations(nodes, 2):
            a, b = written[one], written[other]
            if forest.root(one) != forest.root(other) and (a == b or (alike(a, b) >= ALIKE and not apart(a, b))):
                forest.join(one, other)
    return forest


class _Places(Forest):
    """A forest of a few records only."""

    def __init__(self, nodes: Sequence[int]) -> None:
        self._parent = {node: node for node in nodes}  # type: ignore[assignment]
