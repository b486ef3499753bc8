"""A plan is data: same input, same order, same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from syncengine.model.link import Base, LinkState
from syncengine.model.operation import Operation
from syncengine.model.review import Review


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChange:
    """A link to be made or moved into another state; touches no side.

    Attributes:
        state: LINKED makes the link or keeps it; TOMBSTONE, FROZEN as in ``LinkState``; None unlinks.
        base: The base to store with it: fields that agree (or were accepted); None leaves the stored one.
        matched_by: Id of the match rule, or ``agreed`` where only the base moves.
        why: For people.
        moves: ``(left_id, right_id)`` this link replaces, after a merge on one side; None otherwise.
        adopts: A new link of two records that show equal values: these become its base, and ``base`` is None.
    """

    entity: str
    left_id: str
    right_id: str
    state: LinkState | None = LinkState.LINKED
    base: Base | None = None
    matched_by: str = ""
    why: str = ""
    moves: tuple[str, str] | None = None
    adopts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A guard's limit that the plan goes beyond.

    Attributes:
        guard: Its name, as overrides use it.
        entity: "" if it judges the whole run.
        message: What was counted, of how many, and what is allowed.
        subjects: A few of the records concerned, for people.
    """

    guard: str
    entity: str
    message: str
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one entity's planning saw; counts of records."""

    entity: str
    left: int = 0
    right: int = 0
    linked: int = 0
    unchanged: int = 0
    created: Mapping[str, int] = field(default_factory=dict)
    updated: Mapping[str, int] = field(default_factory=dict)
    deleted: Mapping[str, int] = field(default_factory=dict)
    new_links: int = 0
    rebased: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What applying the plan costs one side.

    Attributes:
        system: Its name in the mapping.
        calls: Requests, checks and confirmation included.
        minutes: By the side's allowance; 0.0 if it has none.
        left_today: Calls that may still be made today; None if there is no limit.
    """

    system: str
    calls: int
    minutes: float = 0.0
    left_today: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All a run would do, in order. A pure function of mirror, links, bases, answers, mapping and now.

    Attributes:
        digest: Fingerprint of everything below, as 64 hex digits; what a person reviewed is what is applied.
        mapping: Digest of the mapping it was made by.
        lineage: Identity of the state it was made from, with its serial: a plan holds for one state only.
        entities: Names in the order of planning.
        operations: Sorted; parents before children, deletes last and reversed.
        links: Links to be made, moved or dropped; no side is touched by them.
        reviews: What waits for a person.
        tallies: Per entity.
        breaches: Guards the plan goes beyond; a plan with an open breach writes nothing.
        refused: Keys of operations that would be here if a side had not refused this very content; their items stay open.
        first: Entities that never completed a run: their creates and first overwrites need an approved plan.
    """

    digest: str = ""
    mapping: str = ""
    lineage: str = ""
    entities: tuple[str, ...] = ()
    operations: Sequence[Operation] = ()
    links: Sequence[LinkChange] = ()
    reviews: Sequence[Review] = ()
    tallies: tuple[Tally, ...] = ()
    breaches: tuple[Breach, ...] = ()
    costs: tuple[Cost, ...] = ()
    refused: tuple[str, ...] = ()
    first: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """True if applying it would write nothing to a side."""
        return not self.operations
