"""Foreign keys through the links: stored ones, those this plan makes, and those of records this plan creates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from syncengine.model.operation import Pending
from syncengine.model.record import ABSENT, Side, Value

Partner = Callable[[str, Side, str], str | None]

_UNLINKED: Final = "\x00"
"""Begins a right side's id that no left id stands for, where both are compared."""


@dataclass(kw_only=True)
class References:
    """Which record of the other side a record stands for, while a plan is made.

    Attributes:
        stored: The links as they were before.
        made: ``(entity, side, id)`` → the id across, of links this plan makes.
        dropped: Ids that lose their link in this plan.
        order: Entity → its place in the order of planning.
        named: Entities that some reference names; nobody asks for the links of others.
        born: ``(entity, side, id)`` of a record whose partner this plan creates → the key of that create.
    """

    stored: Partner
    order: Mapping[str, int] = field(default_factory=dict)
    made: dict[tuple[str, Side, str], str] = field(default_factory=dict)
    dropped: set[tuple[str, Side, str]] = field(default_factory=set)
    born: dict[tuple[str, Side, str], str] = field(default_factory=dict)
    named: frozenset[str] = frozenset()

    def link(self, entity: str, left: str, right: str) -> None:
        """Note a link this plan makes."""
        self.made[entity, Side.LEFT, left] = right
        self.made[entity, Side.RIGHT, right] = left

    def unlink(self, entity: str, left: str, right: str) -> None:
        """Note a link this plan drops."""
        self.dropped |= {(entity, Side.LEFT, left), (entity, Side.RIGHT, right)}

    def across(self, entity: str, side: Side, id: str) -> str | None:
        """The id on the other side; None if there is none yet."""
        made = self.made.get((entity, side, id))
        if made is not None:
            return made
        return None if (entity, side, id) in self.dropped else self.stored(entity, side, id)

    def comparable(self, entity: str, side: Side, id: Value) -> Value:
        """A side's reference in terms of the left side, so that both sides' references can be compared."""
        if id is None or id is ABSENT or side is Side.LEFT:
            return id
        left = self.across(entity, Side.RIGHT, str(id))
        return f"{_UNLINKED}{id}" if left is None else left

    def toward(self, entity: str, target: Side, comparable: Value) -> tuple[Value | Pending, str] | None:
        """A comparable reference as the target side is to be sent it, and the key of the create it waits for ("" if none).

        Returns:
            None if the record it names has no partner there, nor gets one by this plan.
        """
        if comparable is None or comparable is ABSENT:
            return None, ""
        text = str(comparable)
        foreign = text.startswith(_UNLINKED)
        if target is Side.LEFT and not foreign:
            return text, ""
        source, id = target.other, text.removeprefix(_UNLINKED)
        found = self.across(entity, source, id)
        if found is not None:
            return found, ""
        key = self.born.get((entity, source, id))
        return None if key is None else (Pending(entity=entity, side=source, id=id), key)
