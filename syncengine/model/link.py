"""Links between two records, and what both sides last agreed on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from syncengine.model.record import Observed, Side, Value


class LinkState(StrEnum):
    """What is known of a pair."""

    LINKED = "linked"
    TOMBSTONE = "tombstone"
    """One side or both are gone; kept so that the record is not born again."""
    FROZEN = "frozen"
    """Left the scope: nothing is written until it returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What each side showed at the last agreement, in the order of the entity's layout.

    A pair, because a side may rewrite what it is sent. ABSENT at a place on both sides means: never agreed on this field.
    """

    left: tuple[Value, ...]
    right: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The stored fact that this left id and this right id are one entity.

    Attributes:
        left_id, right_id: "" on the side where the record is gone and its id no longer counts (tombstones only).
        matched_by: Id of the match rule, ``create``, ``person`` or ``import``.
        base: None if the two never agreed.
        run: The run that made the link.
    """

    entity: str
    left_id: str
    right_id: str
    matched_by: str
    state: LinkState = LinkState.LINKED
    base: Base | None = None
    run: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A link together with what the mirror holds of both records.

    Attributes:
        left, right: None if the mirror never saw the record (a link from elsewhere that dangles).
        open_operation: True if an earlier operation of this pair is not settled: nothing new is planned for it.
    """

    link: Link
    left: Observed | None
    right: Observed | None
    open_operation: bool = False

    def observed(self, side: Side) -> Observed | None:
        """What the mirror holds of one side."""
        return self.left if side is Side.LEFT else self.right
