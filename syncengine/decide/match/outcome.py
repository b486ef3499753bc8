"""What matching says: who is linked, who waits, who has no partner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncengine.model.record import Side
from syncengine.model.review import Review

Node = tuple[Side, str]
"""A record of one side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A pair that is one entity, and the rule that says so."""

    left_id: str
    right_id: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Who is who among the unlinked; a record is in one of the first three only.

    Attributes:
        links: Pairs found without doubt, sorted.
        reviews: What a person must say: one item per component, sorted.
        unmatched: Side → ids of records that no rule connects with anything, sorted.
        parties: Groups of two or more records that the strong rules recognise as one and the same, linked ones included. A group with
            several records of one side is a duplicate there: recognised, and yet a person says which of them gets the partner.
    """

    links: tuple[Matched, ...] = ()
    reviews: tuple[Review, ...] = ()
    unmatched: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)
    parties: tuple[tuple[Node, ...], ...] = ()
