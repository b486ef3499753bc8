"""What a person's decision about a write means for the write itself."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from syncengine.model.operation import OperationState
from syncengine.model.review import Answer, Waiting
from syncengine.state.store import StateStore

_MOVES: Final = {
    (Waiting.REFUSED, "retry"): (OperationState.PARKED, OperationState.READY),
    (Waiting.UNCERTAIN, "drop"): (OperationState.UNCERTAIN, OperationState.LOOKING, OperationState.PARKED),
}
"""Kind and decision → the state a write is in, and those it moves into."""

_SAID: Final = {"retry": "try again", "drop": "given up"}


def decided(store: StateStore, answer: Answer, now: datetime) -> None:
    """Note a decision; inside the caller's transaction.

    A refused write that is to be tried again is let go of, so that the next run plans it anew. One that is given up is parked: it is not
    planned again as it is, and dropped once its record or the mapping wants something else. An unanswered one is looked for by each run anyway.
    """
    store.reviews.answer(answer, now)
    before, *after = _MOVES.get((answer.kind, answer.decision), (None,))
    for noted in store.journal.open(before) if before else ():
        op = noted.operation
        if (op.entity, op.left_id, op.right_id) == (answer.entity, answer.left_id, answer.right_id):
            for state in after:
                store.journal.move(op.key, state, at=now, answer=f"{answer.who}: {_SAID[answer.decision]}")
