"""Which pairs a weak rule has to look at: those in one block, never all with all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from syncengine.decide.match.kinds import FUZZY
from syncengine.decide.match.names import parsed
from syncengine.decide.match.table import WEAK, Table
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
    blocks: dict[Key, list[int]] = {key: [] for node in lone for key in _keys(rule, table, node)}
    for node in range(len(table)):
        for key in _keys(rule, table, node):
            if key in blocks and len(blocks[key]) <= _CROWD:
                blocks[key].append(node)
    for block in blocks.values():
        if len(block) > _CROWD:
            continue
        for place, other in enumerate(block):
            for one in block[:place]:
                if one in open_ or other in open_:
                    yield one, other


def _keys(rule: MatchRule, table: Table, node: int) -> Iterator[Key]:
    """A record's blocks: its exact fields, each with one piece of what is compared by likeness."""
    exact: list[str] = []
    pieces: set[str] | None = None
    for name in rule.fields:
        kind = table.kind(name)
        value = table.column(name).key(node, WEAK)
        if value is None:
            return
        if kind not in FUZZY:
            exact.append(value)
        elif pieces is None:
            pieces = _pieces(table, name, kind, node, value)
    for piece in sorted(pieces) if pieces is not None else [""]:
        yield (*exact, piece)


def _pieces(table: Table, name: str, kind: str, node: int, value: str) -> set[str]:
    """Parts of a text, at least one of which survives a slip."""
    if kind == "address":
        street, _, number = value.partition("|")
        return {f"{street[:6]}|{number}", f"{street[-8:]}|{number}"}
    tokens = parsed(table.bare(name, node)).tokens
    return {value[:4], value[-5:], *(token for token in tokens if len(token) > 3)}
