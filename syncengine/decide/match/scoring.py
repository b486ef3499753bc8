"""How likely two records are one: what agrees and what differs, weighed and told in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from syncengine.decide.match.likeness import likeness
from syncengine.decide.match.names import ALIKE, alike, apart
from syncengine.decide.match.table import WEAK, Table
from syncengine.model.entity import MatchRule

_WEIGHTS: Final = {
    "name_key": (4.0, -3.0),
    "phone": (4.0, -1.5),
    "email": (4.0, -0.5),
    "domain": (2.0, -1.0),
    "address": (2.5, -1.5),
    "postcode": (2.0, -1.0),
    "city": (1.0, -1.0),
    "country": (0.0, -3.0),
}
"""Kind → how much it counts when two records agree in it, and when they differ; in doublings of the odds."""

_USUAL: Final = 3.0
"""What a pair must have before it is as likely as not: that few of the pairs that meet in a block are one."""

LEAST: Final = 0.5
_FIELDS: Final = ("Name", "AddressLine1", "Postcode", "City", "Country", "Email", "Phone", "Website")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A pair that a person should look at."""

    one: int
    other: int
    score: float
    reason: str
    rule: MatchRule


class Scoring:
    """Weighs pairs of one entity."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def score(self, one: int, other: int, rule: MatchRule) -> Suggestion | None:
        """The suggestion, or None if the rule's fields are not alike, or too much speaks against it."""
        weight = -_USUAL
        same: list[str] = []
        differ: list[str] = []
        for name in dict.fromkeys((*rule.fields, *_FIELDS)):
            if not self._table.has(name):
                continue
            share = self._agree(name, one, other)
            if share is None:
                continue
            if name in rule.fields and share < 0.5:
                return None
            good, bad = _WEIGHTS.get(self._table.kind(name), (3.0, -1.0))
            weight += share * good + (1 - share) * bad
            (same if share >= 0.5 else differ).append(name if share in (0.0, 1.0) else f"{name} (alike)")
        score = round(1 / (1 + 2**-weight), 2)
        if score < LEAST:
            return None
        reason = f"{', '.join(same)} agree" + (f"; {', '.join(differ)} differ" if differ else "") + ": the same?"
        return Suggestion(one=one, other=other, score=score, reason=reason, rule=rule)

    def _agree(self, name: str, one: int, other: int) -> float | None:
        """0 to 1: how far the two agree in a field; None if one of them does not show it."""
        column, kind = self._table.column(name), self._table.kind(name)
        a, b = column.key(one, WEAK), column.key(other, WEAK)
        if a is None or b is None:
            return None
        if kind == "name_key":
            return self._names(name, one, other)
        if kind == "address" and a != b:
            if a.startswith("postbus") or b.startswith("postbus"):
                return None
            return 0.8 if a.partition("|")[2] == b.partition("|")[2] and likeness(a, b) >= ALIKE else 0.0
        if kind == "email" and a != b:
            return 0.5 if a.rpartition("@")[2] == b.rpartition("@")[2] else 0.0
        if kind == "postcode" and a != b:
            return 0.7 if a[:4] == b[:4] and min(len(a), len(b)) == 4 else 0.0
        return 1.0 if a == b else 0.0

    def _names(self, name: str, one: int, other: int) -> float:
        a, b = self._table.bare(name, one), self._table.bare(name, other)
        if apart(a, b):
            return 0.0
        share = alike(a, b)
        return share if share >= 0.6 else 0.0
