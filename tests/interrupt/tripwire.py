"""Dies at the n-th effect of a run: before or after a transaction, inside one, before or after a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from syncengine.connector import Outcome
from syncengine.model.operation import Operation
from syncengine.model.record import Record
from syncengine.testing.fakes import FaultyConnector
from tests.run.world import World


class Killed(BaseException):
    """The process is gone: nothing of ours may handle this."""


class Tripwire:
    """Counts effects and dies at one of them.

    Attributes:
        at: Number of the effect to die at, from 1; 0 never dies.
        seen: What each effect was, in order.
    """

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self.seen: list[str] = []

    def effect(self, what: str) -> None:
        """One more effect; the last one of this process if it is its turn."""
        self.seen.append(what)
        if len(self.seen) == self.at:
            raise Killed(what)


class WiredConnector(FaultyConnector):
    """A side whose requests are effects; made from the one it stands for, with its habits and faults."""

    wire: Tripwire

    @classmethod
    def around(cls, side: FaultyConnector, wire: Tripwire) -> WiredConnector:
        """Take a side's place."""
        made = cls.__new__(cls)
        made.__dict__.update(side.__dict__)
        made.wire = wire
        return made

    def write(self, operations: Sequence[Operation]) -> Sequence[Outcome]:
        self.wire.effect("before write")
        outcomes = super().write(operations)
        self.wire.effect("after write")
        return outcomes

    def find(self, operation: Operation) -> Sequence[Record]:
        self.wire.effect("before find")
        return super().find(operation)

    def fetch(self, query: Any, ids: Sequence[str]) -> Mapping[str, Record]:
        self.wire.effect("before fetch")
        return super().fetch(query, ids)


@contextmanager
def wired(world: World, wire: Tripwire) -> Iterator[None]:
    """Let a world's effects run over the wire; afterwards the world is a new process with the same state."""
    left, right, store = world.left, world.right, world.store
    transaction = store.transaction

    @contextmanager
    def watched(*, durable: bool = True) -> Iterator[None]:
        wire.effect("before transaction")
        with transaction(durable=durable):
            yield
            wire.effect("before commit")
        wire.effect("after commit")

    world.left, world.right = WiredConnector.around(left, wire), WiredConnector.around(right, wire)
    store.transaction = watched  # type: ignore[method-assign]
    try:
        yield
    finally:
        world.left, world.right = left, right
        world.reopen()
