"""What planning sees of one entity: plain values and readers over the mirror, handed in by the run. Nothing here touches the world."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from syncengine.model.entity import Entity
from syncengine.model.link import Link, Pair
from syncengine.model.operation import Pending
from syncengine.model.record import Observed, Record, Side, Value
from syncengine.model.resource import Resource
from syncengine.model.review import Answer


class Lens(Protocol):
    """An entity's mapping, compiled: a side's own shape ↔ the common shape.

    Attributes:
        layout: Names of the common fields, in the order of ``Observed.values`` (``Entity.layout``).
    """

    layout: tuple[str, ...]

    def asks(self, side: Side) -> tuple[str, ...]:
        """The side's own fields to ask for: mapped ones and those that scope, activity and protection need."""

    def observe(self, side: Side, record: Record, raw: int = 0) -> Observed:
        """Turn a record into the common shape. A value that cannot be translated makes ``problem``; nothing raises.

        A reference keeps the side's own id: only planning knows the links.
        """

    def native(
        self, side: Side, values: Mapping[str, Value | Pending], *, create: bool
    ) -> Mapping[str, Value | Pending]:
        """Common name → value into the side's own field → value, to be written; constants included where due on a create.

        References arrive translated: they hold the target side's own id, or ``Pending``.

        Raises:
            UserError: A value cannot be written to that side (the message names field and reason); the record is to be held.
        """

    def same(self, name: str, left: Value, right: Value) -> bool:
        """Whether two values of a field are the same by its ``compare`` and transform. ABSENT is the same as nothing."""


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
