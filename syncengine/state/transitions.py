"""Which state an operation may move into: one table, asserted here and by a trigger in the database.

Follows the diagram of the journal, completed where an answer can be something the diagram leaves out: a lookup that could not look
returns to ``uncertain``, and what has not been sent yet can go stale or be dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from syncengine.model.operation import OperationState as State

LEGAL: Final[Mapping[State, frozenset[State]]] = {
    State.PLANNED: frozenset({State.READY, State.STALE, State.DROPPED}),
    State.READY: frozenset({State.SENDING, State.STALE, State.DROPPED}),
    State.SENDING: frozenset({State.DONE, State.UNSENT, State.REFUSED, State.UNCERTAIN, State.STALE}),
    State.UNSENT: frozenset({State.READY, State.STALE, State.DROPPED}),
    State.REFUSED: frozenset({State.PARKED}),
    State.UNCERTAIN: frozenset({State.LOOKING}),
    State.LOOKING: frozenset({State.DONE, State.READY, State.PARKED, State.STALE, State.UNCERTAIN}),
    State.PARKED: frozenset({State.READY, State.DROPPED}),
    State.DONE: frozenset({State.CONFIRMED}),
    State.CONFIRMED: frozenset(),
    State.STALE: frozenset(),
    State.DROPPED: frozenset(),
}
"""State → states it may move into."""

SETTLED: Final = frozenset({State.DONE, State.CONFIRMED, State.STALE, State.DROPPED})
"""States in which nothing more is to be done, so that the same operation may be accepted anew."""


def legal(before: State, after: State) -> bool:
    """Tell whether an operation may move from one state into the other."""
    return after in LEGAL[before]
