"""How likely two records are one: what agrees and what differs, weighed and told in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from syncengine.decide.match.evidence import Evidence, contradict
from syncengine.decide.match.likeness import likeness
from syncengine.decide.match.names import ALIKE, alike, apart
from syncengine.decide.match.table import WEAK, Table
from syncengine.model.entity import Entity

_WEIGHTS: Final = {
    "name_key": (5.0, -3.0),
    "phone": (4.0, -1.5),
    "email": (4.0, -0.5),
    "domain": (2.0, -1.0),
    "address": (2.5, -1.5),
    "postcode": (2.0, -1.0),
    "city": (1.0, -0.5),
    "country": (0.0, -3.0),
}
"""Kind → how much it counts when two records agree in it, and when they differ; in doublings of the odds."""

_OTHER: Final = (3.0, -1.0)
_CONTRADICTION: Final = 12.0
_USUAL: Final = 3.0
"""What a pair must have before it is as likely as not: of the pairs that meet in a block, few are one."""

_NAME_LEAST: Final = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A pair and what is known of it.

    Attributes:
        weight: Doublings of the odds for their being one.
        shares: Field → how far the two agree, 0 to 1; fields that either does not show are left out.
    """

    one: int
    other: int
    weight: float
    shares: dict[str, float]

    @property
    def score(self) -> float:
        """The weight as a probability, to two places."""
        return round(1 / (1 + 2**-self.weight), 2)

    @property
    def reason(self) -> str:
        """What agrees and what differs, for people."""
        same = [name if share == 1 else f"{name} (alike)" for name, share in self.shares.items() if share >= 0.5]
        differ = [name for name, share in self.shares.items() if share < 0.5]
        parts = [f"{', '.join(same)} agree"] if same else []
        return "; ".join([*parts, *([f"{', '.join(differ)} differ"] if differ else [])])


class Scoring:
    """Weighs pairs of one entity by all fields whose kind tells companies or people apart."""

    def __init__(self, entity: Entity, table: Table, evidence: Evidence) -> None:
        self._table = table
        self._evidence = evidence
        named = {name for rule in entity.match for name in (*rule.fields, *rule.tie_break)}
        self._fields = [
            rule.name
            for rule in entity.fields
            if table.has(rule.name) and (rule.name in named or table.kind(rule.name) in _WEIGHTS)
        ]
        self._identity = {name for name in self._fields if table.kind(name) in ("vat", "kvk", "kbo", "rsin")}

    def weigh(self, one: int, other: int) -> Weighed:
        """Weigh one pair."""
        weight, shares = -_USUAL, dict[str, float]()
        for name in self._fields:
            share = None if name in self._identity else self._agree(name, one, other)
            if share is not None:
                good, bad = _WEIGHTS.get(self._table.kind(name), _OTHER)
                weight += share * good + (1 - share) * bad
                shares[name] = share
        if contradict((self._evidence.signature(one), self._evidence.signature(other))):
            weight -= _CONTRADICTION
        return Weighed(one=one, other=other, weight=weight, shares=shares)

    def _agree(self, name: str, one: int, other: int) -> float | None:
        """0 to 1: how far the two agree in a field; None if one of them does not show it, or it cannot be compared."""
        column, kind = self._table.column(name), self._table.kind(name)
        a, b = column.key(one, WEAK), column.key(other, WEAK)
        if a is None or b is None:
            return None
        if a == b and kind != "name_key":
            return 1.0
        if kind == "name_key":
            return self._names(name, one, other)
        if kind == "address":
            return _addresses(a, b)
        if kind == "email":
            return 0.5 if a.rpartition("@")[2] == b.rpartition("@")[2] else 0.0
        if kind == "postcode":
            # The digits alone name the quarter.
            return 0.7 if a[:4] == b[:4] and min(len(a), len(b)) == 4 else 0.0
        return 0.0

    def _names(self, name: str, one: int, other: int) -> float:
        a, b = self._table.bare(name, one), self._table.bare(name, other)
        share = 0.0 if apart(a, b) else alike(a, b)
        return share if share >= _NAME_LEAST else 0.0


def _addresses(one: str, other: str) -> float | None:
    boxes = one.startswith("postbus|"), other.startswith("postbus|")
    if any(boxes):
        return 0.0 if all(boxes) else None
    return 0.8 if one.partition("|")[2] == other.partition("|")[2] and likeness(one, other) >= ALIKE else 0.0
