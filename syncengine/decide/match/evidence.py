"""What the keys of several records say against their being one: numbers of the law, vetoes of the rules, answers of people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final

from syncengine.decide.match.kinds import IDENTITY, REGISTERS, kind_of
from syncengine.decide.match.names import apart
from syncengine.decide.match.table import STRONG, Column, Table
from syncengine.model.entity import Entity, MatchRule

Signature = tuple[str | None, ...]
"""What a record shows of ``REGISTERS``, then its VAT number."""

NOTHING: Final[Signature] = (None,) * (len(REGISTERS) + 1)

_MANY: Final = 40
"""Records with one key that differ in this many ways: the key is anybody's, and pairs need not be looked at."""


class Evidence:
    """Contradictions between records, by the entity's rules."""

    def __init__(self, entity: Entity, table: Table) -> None:
        self._table = table
        self._columns: dict[int, Column] = {}
        for rule in entity.fields:
            if (kind := kind_of(rule)) in IDENTITY and table.has(rule.name):
                self._columns.setdefault((*REGISTERS, "vat").index(kind), table.column(rule.name))

    def signature(self, node: int) -> Signature:
        """The numbers by which the law knows the record's entity."""
        if not self._columns:
            return NOTHING
        found: list[str | None] = [None] * len(NOTHING)
        for place, column in self._columns.items():
            found[place] = column.key(node, STRONG)
        vat = found[-1]
        if vat is not None and vat.startswith("BE") and found[1] is None:
            # A Belgian VAT number is the enterprise number.
            found[1] = vat[2:]
        return tuple(found)

    def against(self, nodes: Iterable[int], rule: MatchRule) -> str:
        """Why records that share a rule's key are not one entity after all; "" if nothing speaks against it."""
        nodes = list(nodes)
        signatures = {self.signature(node) for node in nodes}
        if contradict(signatures):
            return "register or VAT numbers differ"
        for name in rule.veto:
            if self._table.has(name) and (reason := self._vetoed(nodes, name)):
                return reason
        return ""

    def _vetoed(self, nodes: Sequence[int], name: str) -> str:
        if self._table.kind(name) == "name_key":
            return self._names_apart(nodes, name)
        column = self._table.column(name)
        shown = {key for node in nodes if (key := column.key(node, STRONG)) is not None}
        return f"{name} differs" if len(shown) > 1 else ""

    def _names_apart(self, nodes: Sequence[int], name: str) -> str:
        shown = {(self.bare_name(name, node), self.signature(node)) for node in nodes}
        if len({item[0] for item in shown}) > _MANY:
            return f"{name} differs"
        for (one, a), (other, b) in combinations(sorted(shown, key=repr), 2):
            if one != other and not registered_alike(a, b) and (reason := apart(one, other)):
                return reason
        return ""

    def bare_name(self, name: str, node: int) -> str:
        """The name as written, without the town that people put behind it."""
        return self._table.bare(name, node)


def registered_alike(one: Signature, other: Signature) -> bool:
    """True if a register's number agrees."""
    return any(a is not None and a == b for a, b in zip(one[:-1], other[:-1], strict=True))


def contradict(signatures: Iterable[Signature]) -> bool:
    """True if records with these numbers cannot all be one entity.

    Two numbers of one register are two entities. Two VAT numbers are, too, unless a register's number is seen with both: a member of a VAT
    group is written with its own number here and the group's there.
    """
    distinct = set(signatures)
    for place in range(len(REGISTERS)):
        if len({item[place] for item in distinct} - {None}) > 1:
            return True
    known: dict[str, set[tuple[int, str]]] = {}
    for *registers, vat in distinct:
        if vat is not None:
            known.setdefault(vat, set()).update((n, number) for n, number in enumerate(registers) if number is not None)
    return len(known) > 1 and not set.intersection(*known.values())
