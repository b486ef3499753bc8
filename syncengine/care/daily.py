"""What comes before the steps of a run: room on the disk, today's backup, old history dropped, and whether this is still the state that was."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from syncengine.model.entity import Entity
from syncengine.model.operation_json import dump_operation
from syncengine.model.plan import Plan
from syncengine.model.result import RunResult
from syncengine.state.backup import backup_daily
from syncengine.state.folder import require_space
from syncengine.state.sqlite import SqliteStore
from syncengine.state.witness import OLDER

RELINKING: Final = "state.relinking"
"""Pin: why every entity is at its first run again; gone when each of them was approved."""

_SAMPLE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """Looks after a state around a run.

    Attributes:
        last_host: Who used the state last; "" if nobody did. Taking the lock overwrites it, so it is read before.
    """

    store: SqliteStore
    entities: Sequence[Entity]
    last_host: str = ""

    def begin(self, *, writes: bool) -> tuple[str, ...]:
        """Make sure that a run may begin; under the run lock.

        Args:
            writes: False for a plan: then no backup is made and no history dropped.

        Returns:
            What a person should know.

        Raises:
            StateError: There is no room on the disk, or today's backup could not be made. Nothing was touched.
        """
        require_space(self.store.folder)
        told = [self._moved(), self._relink()]
        if writes and self.store.meta.serial() and backup_daily(self.store) is not None:
            from syncengine.state.care import prune  # once a day

            prune(self.store)
        return tuple(text for text in told if text)

    @property
    def relinking(self) -> str:
        """Why every entity is at its first run again, so that both sides must be read whole; "" if that is not so."""
        return self.store.meta.get(RELINKING) or ""

    def end(self, result: RunResult) -> None:
        """After a run: once every entity was read whole and its plan approved, or had nothing to write, the state is trusted again."""
        if not self.relinking:
            return
        partly = {reading.entity for reading in result.readings if reading.incomplete}
        with self.store.transaction():
            for name in partly:
                self.store.meta.set(f"approved:{name}", None)
            if all(self.store.meta.get(_approved(entity)) for entity in self.entities):
                self.store.meta.set(RELINKING, None)

    def _moved(self) -> str:
        """What to say where another computer used the state last; a name alone decides nothing: containers change theirs."""
        here = os.uname().nodename
        if self.last_host in ("", here):
            return ""
        return (
            f"This state was last used on {self.last_host}, and this is {here}. If the project was moved, all is well. If it was"
            " copied, stop one of the two: each would overwrite what the other does not know of."
        )

    def _relink(self) -> str:
        """Take back every approval if an older or another state stands here than the one used last; say that it is so."""
        meta = self.store.meta
        if why := meta.get(OLDER):
            with self.store.transaction():
                for entity in self.entities:
                    meta.set(_approved(entity), None)
                meta.set(RELINKING, why)
                meta.set(OLDER, None)
        if not self.relinking:
            return ""
        return (
            f"This is not the state that was used last: {self.relinking}. Both sides are read whole; records are looked up and"
            " linked, and nothing is written to a side until you approve a plan: sync apply"
        )


def room_in(store: SqliteStore) -> Callable[[Plan], None]:
    """What tells whether a plan can be noted on this disk; raises ``StateError`` if not."""

    def room(plan: Plan) -> None:
        require_space(store.folder, plan_bytes(plan))

    return room


def plan_bytes(plan: Plan) -> int:
    """About how long a plan's operations are as JSON: a few are measured, for all of them would be written twice."""
    operations = plan.operations
    if not operations:
        return 0
    step = max(1, len(operations) // _SAMPLE)
    some = operations[::step]
    return sum(len(json.dumps(dump_operation(op))) for op in some) * len(operations) // len(some)


def set_older(store: SqliteStore, why: str) -> None:
    """Have the next run only link: this state may not know what was written since."""
    with store.transaction():
        store.meta.set(OLDER, why)


def _approved(entity: Entity) -> str:
    return f"approved:{entity.name}"
