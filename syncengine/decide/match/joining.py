"""Records joined into components by the strong rules, as far as nothing contradicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from syncengine.decide.match.evidence import NOTHING, Evidence, Signature, contradict
from syncengine.decide.match.forest import Forest
from syncengine.decide.match.table import COMPOUND, STRONG, Table
from syncengine.decide.match.told import Told
from syncengine.model.entity import Entity, MatchRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Records that share a key which, for a reason, proves nothing.

    Attributes:
        nodes: Sorted record numbers.
    """

    nodes: tuple[int, ...]
    rule: MatchRule
    reason: str


@dataclass(slots=True, kw_only=True)
class Joined:
    """Components by the strong rules.

    Attributes:
        by: Component's standing record → the strong rules that joined records of it.
        contests: Keys that were set aside.
    """

    forest: Forest
    by: dict[int, set[MatchRule]] = field(default_factory=dict)
    contests: list[Contest] = field(default_factory=list)


def join(entity: Entity, table: Table, told: Told, evidence: Evidence) -> Joined:
    """Join what links, people and strong keys say is one.

    Each rule is weighed as a whole, on top of the rules before it: a component that would hold a contradiction is not made, and all keys
    that would have made it are set aside. So neither the order of the records nor that of the sides matters.
    """
    joined = Joined(forest=Forest(range(len(table))))
    for pair in told.pairs:
        joined.forest.join(*pair)
    for pair in told.same:
        joined.forest.join(*pair)
    given = sorted({node for pair in (*told.pairs, *told.same) for node in pair})
    members = joined.forest.components(given)
    weighing = _Weighing(table=table, told=told, evidence=evidence, joined=joined, members=members)
    for rule in entity.match:
        if rule.then == "link" and all(table.has(name) for name in rule.fields):
            weighing.weigh(rule)
    return joined


def groups(table: Table, fields: Sequence[str], least: int, nodes: Iterable[int]) -> Iterator[list[int]]:
    """Records that agree in all these fields, two or more at a time, each group sorted."""
    first, *rest = [table.column(name) for name in fields]
    found: dict[object, list[int] | int] = {}
    for node in nodes:
        key: object = first.key(node, least)
        if key is None:
            continue
        if rest:
            parts = [column.key(node, least) for column in rest]
            if None in parts:
                continue
            key = (key, *parts)
        seen = found.get(key)
        # A number for the one, a list from the second on: nearly all keys are seen once or twice.
        if seen is None:
            found[key] = node
        elif isinstance(seen, int):
            found[key] = [seen, node]
        else:
            seen.append(node)
    return (group for group in found.values() if not isinstance(group, int))


@dataclass(slots=True, kw_only=True)
class _Weighing:
    table: Table
    told: Told
    evidence: Evidence
    joined: Joined
    members: dict[int, list[int]]
    """Standing record of a component of several → its records, sorted."""
    signatures: dict[int, set[Signature]] = field(default_factory=dict)
    """The same → what its records show."""

    def weigh(self, rule: MatchRule) -> None:
        least = COMPOUND if len(rule.fields) > 1 else STRONG
        good: list[list[int]] = []
        for group in groups(self.table, rule.fields, least, range(len(self.table))):
            if reason := self.evidence.against(group, rule):
                self._set_aside(group, rule, reason)
            else:
                good.append(group)
        forest = self.joined.forest
        for several in _tentative(good, forest):
            match sorted({forest.root(node) for group in several for node in group}):
                case [root]:
                    self.joined.by.setdefault(root, set()).add(rule)
                case roots if reason := self._against(roots):
                    for group in several:
                        self._set_aside(group, rule, reason)
                case roots:
                    self._merge(roots, rule)

    def _set_aside(self, group: Sequence[int], rule: MatchRule, reason: str) -> None:
        self.joined.contests.append(Contest(nodes=tuple(group), rule=rule, reason=reason))

    def _of(self, root: int) -> list[int]:
        return self.members.get(root, [root])

    def _shown(self, root: int) -> set[Signature]:
        if root not in self.signatures:
            self.signatures[root] = {self.evidence.signature(node) for node in self._of(root)} - {NOTHING}
        return self.signatures[root]

    def _against(self, roots: Sequence[int]) -> str:
        if contradict(signature for root in roots for signature in self._shown(root)):
            return "through other records it would join different register or VAT numbers"
        if (self.told.not_same or self.told.alone) and self.told.forbids(
            (node for root in roots for node in self._of(root)), self.table.lefts
        ):
            return "a person said that some of these are not the same"
        return ""

    def _merge(self, roots: Sequence[int], rule: MatchRule) -> None:
        root = self.joined.forest.join_all(roots)
        # Taken out as they are read: what no longer stands for a component is not kept in memory.
        self.members[root] = sorted(node for old in roots for node in self.members.pop(old, [old]))
        self.signatures[root] = {signature for old in roots for signature in self.signatures.pop(old)}
        self.joined.by[root] = {rule, *(known for old in roots for known in self.joined.by.pop(old, ()))}


def _tentative(good: Sequence[list[int]], forest: Forest) -> Iterator[list[list[int]]]:
    """Keys that hang together through records they share, or through components there are already."""
    numbers: dict[int, int] = {}
    keys = Forest(range(len(good)))
    for number, group in enumerate(good):
        for node in group:
            keys.join(numbers.setdefault(forest.root(node), number), number)
    for component in keys.components(range(len(good))).values():
        yield [good[number] for number in component]
