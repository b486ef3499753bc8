"""One key seen at several places: an owner's shops, a municipality's offices. Which records of a component belong together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final

from syncengine.decide.match.forest import Forest
from syncengine.decide.match.names import ALIKE, alike, apart
from syncengine.decide.match.table import WEAK, Table

_MANY: Final = 200
"""Records of one key beyond which nobody tells places apart; they wait together."""


def split(
    table: Table, nodes: Sequence[int], fields: Sequence[str], joined: Iterable[tuple[int, int]]
) -> list[list[int]]:
    """Records of one key, by place; one list if nothing says that there are several.

    Args:
        fields: The rules' ``tie_break``. Names are told from the rest: a firm that moved keeps its name, and a shop of the same owner has its
            own; so there are several places only where both differ.
        joined: Pairs that are one, whatever they show.
    """
    if len(nodes) > _MANY or not fields:
        return [list(nodes)]
    naming = [name for name in fields if table.kind(name) == "name_key"]
    placing = [name for name in fields if table.kind(name) != "name_key"]
    firms = _by_name(table, nodes, naming)
    if naming and len(firms.components(nodes)) == 1:
        return [list(nodes)]
    places = _by_place(table, nodes, placing)
    for pair in joined:
        places.join(*pair)
    if not _several(table, nodes, placing, places):
        return [list(nodes)]
    bare = {node for node in nodes if not any(table.column(name).key(node, WEAK) for name in placing)}
    for one, other in combinations(nodes, 2):
        # Nothing is known of one's place: its name says where it belongs.
        if (one in bare or other in bare) and firms.root(one) == firms.root(other):
            places.join(one, other)
    return list(places.components(nodes).values())


def _several(table: Table, nodes: Sequence[int], fields: Sequence[str], places: Forest) -> bool:
    """True if two places contradict each other; that one shows an address and the other a telephone number is no contradiction."""
    for name in fields:
        column = table.column(name)
        shown = {places.root(node) for node in nodes if column.key(node, WEAK) is not None}
        if len(shown) > 1:
            return True
    return False


def _by_place(table: Table, nodes: Sequence[int], fields: Sequence[str]) -> Forest:
    forest = Forest(nodes)
    for name in fields:
        column = table.column(name)
        seen: dict[str, int] = {}
        for node in nodes:
            if (key := column.key(node, WEAK)) is not None:
                forest.join(seen.setdefault(key, node), node)
    return forest


def _by_name(table: Table, nodes: Sequence[int], fields: Sequence[str]) -> Forest:
    forest = Forest(nodes)
    for name in fields:
        first: dict[str, int] = {}
        for node in nodes:
            forest.join(first.setdefault(table.bare(name, node), node), node)
        for (a, one), (b, other) in combinations(first.items(), 2):
            if alike(a, b) >= ALIKE and not apart(a, b):
                forest.join(one, other)
    return forest
