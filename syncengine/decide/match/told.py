"""What people and earlier runs said: links that stand, pairs that are the same, pairs that are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from syncengine.decide.match.outcome import Node
from syncengine.model.entity import Entity
from syncengine.model.link import Link, LinkState
from syncengine.model.record import Side
from syncengine.model.review import Answer, Waiting

Linked = Callable[[Side, str], Sequence[Link]]


class Told:
    """Links and answers, by record number. The last answer about a pair counts.

    Attributes:
        linked: Records that a link names; no partner is looked for, unless ``many`` lets them have several.
        buried: Those of them whose links are tombstones only.
        pairs: Linked pairs both records of which are there.
        same: Pairs a person called one, not linked yet; sorted.
        not_same: Record → records it is not.
        alone: Records of which a person said that they are no duplicate of anything on their side.
    """

    def __init__(self, entity: Entity, nodes: Sequence[Node], linked: Linked, answers: Iterable[Answer]) -> None:
        numbers = {node: number for number, node in enumerate(nodes)}
        self.linked: set[int] = set()
        self.buried: set[int] = set()
        self.pairs: list[tuple[int, int]] = []
        self.same: list[tuple[int, int]] = []
        self.not_same: dict[int, set[int]] = {}
        self.alone: set[int] = set()
        for number, (side, id) in enumerate(nodes):
            links = linked(side, id)
            if not links:
                continue
            self.linked.add(number)
            standing = [link for link in links if link.state is not LinkState.TOMBSTONE]
            if not standing:
                self.buried.add(number)
            if side is Side.LEFT:
                partners = (numbers.get((Side.RIGHT, link.right_id)) for link in standing)
                self.pairs.extend((number, other) for other in partners if other is not None)
        self._hear(_last(entity, answers), numbers)
        self._mates: dict[int, set[int]] = {}
        for left, right in (*self.pairs, *self.same):
            self._mates.setdefault(left, set()).add(right)
            self._mates.setdefault(right, set()).add(left)

    def _hear(self, decisions: Mapping[tuple[str, str], str], numbers: Mapping[Node, int]) -> None:
        for (left, right), decision in sorted(decisions.items()):
            one, other = numbers.get((Side.LEFT, left)), numbers.get((Side.RIGHT, right))
            if decision == "not_same" and not (left and right):
                self.alone.update(number for number in (one, other) if number is not None)
            elif one is None or other is None:
                continue
            elif decision == "same":
                self.same.append((one, other))
            elif decision == "not_same":
                self.not_same.setdefault(one, set()).add(other)
                self.not_same.setdefault(other, set()).add(one)

    def pairs_of(self, nodes: Sequence[int]) -> Iterable[tuple[int, int]]:
        """Pairs among these that are linked, or that a person called one."""
        inside = set(nodes)
        return ((node, mate) for node in nodes for mate in self._mates.get(node, ()) if mate in inside and node < mate)

    def forbids_pair(self, one: int, other: int, lefts: int) -> bool:
        """True if a person said that these two are not one, or that one of them is not the other's partner."""
        if one in self.alone and other in self.alone and (one < lefts) == (other < lefts):
            return True
        if not self.not_same:
            return False
        ones, others = {one, *self._mates.get(one, ())}, {other, *self._mates.get(other, ())}
        return any(self.not_same.get(node, frozenset()) & others for node in ones)

    def forbids(self, nodes: Iterable[int], lefts: int) -> bool:
        """True if a person said of two of these that they are not one."""
        inside = set(nodes)
        if any(self.not_same.get(node, frozenset()) & inside for node in inside):
            return True
        alone = inside & self.alone
        return sum(node < lefts for node in alone) > 1 or sum(node >= lefts for node in alone) > 1


def _last(entity: Entity, answers: Iterable[Answer]) -> Mapping[tuple[str, str], str]:
    return {
        (answer.left_id, answer.right_id): answer.decision
        for answer in answers
        if answer.kind is Waiting.MATCH and answer.entity == entity.name
    }
