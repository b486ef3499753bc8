"""What a run did, as every report tells it."""

from __future__ import annotations

from dataclasses import dataclass, field

from syncengine.errors import End
from syncengine.model.operation import Operation, OperationState
from syncengine.model.plan import Plan
from syncengine.model.record import Side
from syncengine.model.review import Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one side of one entity was read.

    Attributes:
        rows: Rows the side sent.
        changed: Rows that were not known as they are.
        deleted: Deletions with evidence.
        missing: Rows a complete listing no longer shows, without evidence of more.
        unreadable: Rows that are no records; each is in the inbox.
        full: True if everything was listed, False if only what changed.
        incomplete: Why nothing may be concluded from a row's absence; "" if it may.
    """

    entity: str
    side: Side
    rows: int = 0
    changed: int = 0
    deleted: int = 0
    missing: int = 0
    unreadable: int = 0
    full: bool = False
    incomplete: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of one operation.

    Attributes:
        operation: The operation.
        state: DONE or CONFIRMED if it took effect; PARKED if refused; UNCERTAIN if unsettled; STALE if the record moved; READY if it was not sent.
        answer: The side's words, or the engine's reason.
        id: The record's id, once known.
    """

    operation: Operation
    state: OperationState
    answer: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """One run, whole.

    Attributes:
        run: Its number; 0 if it never got one.
        end: How it ends.
        plan: What was planned.
        readings: How the sides were read.
        recovered: What earlier runs left behind and this one settled.
        applied: What was done; empty for a dry run.
        withheld: Operations not done because they need an approved plan (first run).
        reviews: Everything that waits for a person, numbered.
        messages: What else a person should know, such as why a side stopped.
        dry: True if nothing was to be written.
    """

    end: End
    plan: Plan
    run: int = 0
    readings: tuple[Reading, ...] = ()
    recovered: tuple[Applied, ...] = ()
    applied: tuple[Applied, ...] = ()
    withheld: tuple[Operation, ...] = ()
    reviews: tuple[Review, ...] = ()
    messages: tuple[str, ...] = field(default=())
    dry: bool = False

    def count(self, *states: OperationState) -> int:
        """How many operations ended in one of these states."""
        return sum(item.state in states for item in self.applied)
