"""Which pairs a weak rule has to look at: those in one block, never all with all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from syncengine.decide.match.kinds import FUZZY
from syncengine.decide.match.names import parsed
from syncengine.decide.match.table import WEAK, Column, Table
from syncengine.model.entity import Entity, MatchRule

Key = tuple[str, ...]

_CROWD: Final = 40
"""Records in one block beyond which the block says nothing: a town, a frequent word, a mailbox that everybody uses."""


def candidates(entity: Entity, table: Table, open_: Iterable[int]) -> Mapping[tuple[int, int], MatchRule]:
    """Pairs, the smaller number first, of which at least one has no partner; with the first weak rule that finds them."""
    lone = sorted(open_)
    found: dict[tuple[int, int], MatchRule] = {}
    for rule in entity.match:
        if rule.then == "suggest" and all(table.has(name) for name in rule.fields):
            for pair in _of_rule(rule, table, lone, frozenset(lone)):
                found.setdefault(pair, rule)
    return found


def _of_rule(rule: MatchRule, table: Table, lone: Sequence[int], open_: frozenset[int]) -> Iterator[tuple[int, int]]:
    exact = [table.column(name) for name in rule.fields if table.kind(name) not in FUZZY]
    fuzzy = [name for name in rule.fields if table.kind(name) in FUZZY]
    heads = {head for node in lone if (head := _head(exact, node)) is not None}
    blocks: dict[Key, list[int]] = {}
    for node in lone:
        if (head := _head(exact, node)) is not None:
            blocks.update({(*head, piece): [] for piece in _pieces(fuzzy, table, node)})
    for node in range(len(table)):
        # Nearly all records share no exact field with one that has no partner: their names need not be taken apart.
        if (head := _head(exact, node)) is None or head not in heads:
            continue
        for piece in _pieces(fuzzy, table, node):
            block = blocks.get((*head, piece))
            if block is not None and len(block) <= _CROWD:
                block.append(node)
    for block in blocks.values():
        if len(block) > _CROWD:
            continue
        for place, other in enumerate(block):
            for one in block[:place]:
                if one in open_ or other in open_:
                    yield one, other


def _head(exact: Sequence[Column], node: int) -> Key | None:
    """What must be equal; None if the record does not show all of it."""
    head: list[str] = []
    for column in exact:
        value = column.key(node, WEAK)
        if value is None:
            return None
        head.append(value)
    return tuple(head)


def _pieces(fuzzy: Sequence[str], table: Table, node: int) -> Iterable[str]:
    """Parts of the first text that is compared by likeness; none if the record does not show all such texts."""
    values = [table.column(name).key(node, WEAK) for name in fuzzy]
    if not fuzzy:
        return ("",)
    if None in values or values[0] is None:
        return ()
    return _cut(table, fuzzy[0], node, values[0])


def _cut(table: Table, name: str, node: int, value: str) -> set[str]:
    """Parts of a text, at least one of which survives a slip."""
    if table.kind(name) == "address":
        street, _, number = value.partition("|")
        return {f"{street[:6]}|{number}", f"{street[-8:]}|{number}"}
    tokens = parsed(table.bare(name, node)).tokens
    return {value[:4], value[-5:], *(token for token in tokens if len(token) > 3)}
