"""One create, update or delete on one side; and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncengine.model.record import Record, Side, Value


class Action(StrEnum):
    """What an operation does. To deactivate is an update; to restore is a create."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A reference to a record that the same plan creates; its id is known when that is done.

    Attributes:
        entity: The entity whose link gives the id.
        side: The side on which ``id`` exists already; the id needed is the other one.
        id: The known id.
    """

    entity: str
    side: Side
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of an operation, as a person reviews it; all values in the common shape.

    Attributes:
        name: The field's name in the common shape.
        before: What the target side shows now (ABSENT on a create).
        after: What it shall show.
        base: What the target side showed at the last agreement; ABSENT if never.
        source: What the other side shows; ABSENT if that side is written too, so that it is not known yet.
        rule: Id of what decided: ``changed``, ``conflict:newest``, ``owner:exact``, ``first_link:left``, ``fill``, ``create`` …
        why: One short clause for people: "shop changed; Exact unchanged since run 311".
        line: Line of the field in the mapping.
    """

    name: str
    before: Value
    after: Value | Pending
    base: Value
    source: Value
    rule: str
    why: str
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One write, complete: what to send, what must still be true before it, and why.

    Attributes:
        key: Made from its pair and content; equal content for the same pair is the same operation, so a repeated one is recognised.
        entity, side, resource, action: What and where.
        id: The target's id on its side; "" on a create.
        partner: The id on the other side; "" if it is gone.
        values: The side's own field name → value to send; only changed fields on an update.
        expected: The common field name → value the target must still show just before the write (fresh look).
        version: The target's row version as planned; None if the side has none.
        identify: The side's own field name → value by which ``find`` recognises what an unanswered create left behind; the best (unique)
            key first. Empty if nothing identifies it.
        changes: Field by field, for review and journal.
        title: What a person calls the record ("ACME Bouw B.V."), masked where the output says so.
        after: Keys of operations that must be done first.
        phase: 1, or 2 for the second half of a cycle of references.
    """

    key: str
    entity: str
    side: Side
    resource: str
    action: Action
    id: str = ""
    partner: str = ""
    values: Mapping[str, Value | Pending] = field(default_factory=dict)
    expected: Mapping[str, Value] = field(default_factory=dict)
    version: str | None = None
    identify: Mapping[str, Value] = field(default_factory=dict)
    changes: tuple[FieldChange, ...] = ()
    title: str = ""
    after: tuple[str, ...] = ()
    phase: int = 1

    @property
    def left_id(self) -> str:
        """The pair's left id; "" if not born yet."""
        return self.id if self.side is Side.LEFT else self.partner

    @property
    def right_id(self) -> str:
        """The pair's right id; "" if not born yet."""
        return self.id if self.side is Side.RIGHT else self.partner

    @property
    def empties(self) -> bool:
        """True for an update that takes a value away because the partner shows none; what a deleted partner leads to is no such thing."""
        carried = (change.after is None and change.source is None for change in self.changes)
        return self.action is Action.UPDATE and any(carried)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An operation the side says is done.

    Attributes:
        id: The record's id; on a create, the new one.
        record: The record as the side now shows it; None if it did not show it (the next read confirms).
    """

    id: str
    record: Record | None = None


class OperationState(StrEnum):
    """Where an operation stands in the journal; legal transitions are in ``write/transitions.py``."""

    PLANNED = "planned"
    READY = "ready"
    SENDING = "sending"
    UNSENT = "unsent"
    DONE = "done"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    PARKED = "parked"
    DROPPED = "dropped"
    UNCERTAIN = "uncertain"
    LOOKING = "looking"
    STALE = "stale"
