"""Where the next pull of each side begins."""

from __future__ import annotations

from syncengine.model.record import Side
from syncengine.state.database import Database
from syncengine.state.encode import SIDES, check_sum, from_micros, to_micros
from syncengine.state.observed import damaged
from syncengine.state.store import Checkpoint


class Checkpoints:
    """The table of checkpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, entity: str, side: Side) -> Checkpoint:
        """Where the next pull begins; an empty one if never pulled.

        Raises:
            StateError: The row is not what was stored: a cursor that lies would skip changes without a word.
        """
        row = self._database.one(
            "SELECT cursor, taken, full, generation, sum FROM checkpoint WHERE entity = ? AND side = ?",
            (entity, SIDES.index(side)),
        )
        if row is None:
            return Checkpoint()
        cursor, taken, full, generation, total = row
        if total != check_sum(entity, side, cursor, taken, full, generation):
            raise damaged(f"the checkpoint of {entity} {side}")
        return Checkpoint(cursor=cursor, taken=from_micros(taken), full=from_micros(full), generation=generation)

    def set(self, entity: str, side: Side, checkpoint: Checkpoint) -> None:
        """Move the cursor."""
        values = (checkpoint.cursor, to_micros(checkpoint.taken), to_micros(checkpoint.full), checkpoint.generation)
        with self._database.writing():
            self._database.run(
                "INSERT OR REPLACE INTO checkpoint (entity, side, cursor, taken, full, generation, sum) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (entity, SIDES.index(side), *values, check_sum(entity, side, *values)),
            )
