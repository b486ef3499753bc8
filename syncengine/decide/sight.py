"""What planning sees of one entity: plain values and readers over the mirror, handed in by the run. Nothing here touches the world."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from syncengine.model.columns import KeyMaker, TwinPage
from syncengine.model.entity import Entity
from syncengine.model.lens import Lens
from syncengine.model.link import Link, Pair
from syncengine.model.operation import Operation
from syncengine.model.record import Observed, Side
from syncengine.model.resource import Resource
from syncengine.model.review import Answer, Review


class Keys(Protocol):
    """Finds records by their match keys; see ``state.store.Keys``."""

    def rows(self, side: Side, keys: Collection[int], ids: Collection[str], most: int) -> Sequence[Observed] | None: ...


KeysOf = Callable[[KeyMaker], Keys | None]
"""What makes keys → what finds records by them; None if nothing does."""


class Twins(Protocol):
    """Unlinked ordinary records that show equal values, in pairs; see ``state.store.Twins``."""

    def __len__(self) -> int: ...

    def pages(self, fields: Sequence[str]) -> Iterator[TwinPage]: ...

    def stamps(self, side: Side) -> Iterator[datetime]: ...

    def shown(self) -> Set[str]: ...

    def part(self, left_ids: Collection[str]) -> None: ...

    def keys(self, maker: KeyMaker) -> Keys: ...

    def unlinked(self, side: Side) -> Iterator[Observed]: ...

    def rows(self, side: Side) -> Iterator[Observed]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One entity as planning sees it.

    Attributes:
        pairs: Linked pairs that need a decision.
        unlinked: Records of a side that no link names.
        rows: All present records of a side, linked or not: candidates for duplicates.
        links: Links that name this record of this entity.
        partner: ``(entity, side, id)`` → the linked id on the other side, for references; None if not linked.
        answers: What people decided before, for this entity.
        counts: Present records per side; ``before``: what the last finished run counted.
        linked: How many links there are.
        first: True until the entity completed a run: creates and first overwrites then need an approved plan.
        incomplete: Side → why its last listing cannot be taken as everything; such a side's silence means nothing.
        birth_keys: Keys of creates that are not settled: no second one is planned for the same natural key.
        unsettled: Those creates: a record by the key of one may be what it made.
        since: When the entity's last finished run began, aware UTC; None if there was none. A stamp before it proves nothing about a change
            that run did not see.
        twins: Unlinked records of the two sides that show equal values, and readers of all others; None if that is not known.
        keys: Finds present records by their match keys.
        asked: Open items of earlier runs about who is who.
        unproven: Sides of which no update was ever looked at whole: their first one costs two looks more.
        parked: Keys of operations a side refused, their item still open: the same content is not planned again.
    """

    entity: Entity
    lens: Lens
    resources: Mapping[Side, Resource]
    pairs: Callable[[], Iterable[Pair]]
    unlinked: Callable[[Side], Iterable[Observed]]
    rows: Callable[[Side], Iterable[Observed]]
    links: Callable[[Side, str], Sequence[Link]]
    partner: Callable[[str, Side, str], str | None]
    answers: Sequence[Answer] = ()
    counts: Mapping[Side, int] = field(default_factory=dict)
    before: Mapping[Side, int] = field(default_factory=dict)
    linked: int = 0
    first: bool = False
    incomplete: Mapping[Side, str] = field(default_factory=dict)
    birth_keys: frozenset[str] = frozenset()
    unsettled: tuple[Operation, ...] = ()
    parked: frozenset[str] = frozenset()
    unproven: frozenset[Side] = frozenset()
    asked: Sequence[Review] = ()
    since: datetime | None = None
    twins: Callable[[], Twins | None] = lambda: None
    keys: KeysOf = lambda maker: None


__all__ = ["Keys", "KeysOf", "Lens", "Sight", "Twins"]
