"""Settles what earlier runs left behind, before anything is planned. There is no separate crash path: this is it."""

from __future__ import annotations

from collections.abc import Sequence

from syncengine.model.operation import OperationState
from syncengine.model.result import Applied
from syncengine.state.store import Noted
from syncengine.write.apply import Endpoints
from syncengine.write.books import Books, applied
from syncengine.write.look import look

_NOT_SENT = (OperationState.PLANNED, OperationState.UNSENT, OperationState.READY)
_OPEN = (OperationState.SENDING, OperationState.UNCERTAIN, OperationState.LOOKING)


def recover(endpoints: Endpoints, books: Books) -> Sequence[Applied]:
    """Let go of what was never sent (it is planned anew), and look for what may have been.

    Returns:
        One result per operation that may have been sent.
    """
    with books.store.transaction():
        for noted in books.store.journal.open(*_NOT_SENT):
            steps = (OperationState.READY, OperationState.STALE)
            books.move(
                noted.operation.key,
                *(steps[1:] if noted.state is OperationState.READY else steps),
                answer="not sent by the run that planned it",
            )
        for noted in books.store.journal.open(OperationState.SENDING, OperationState.LOOKING):
            books.move(noted.operation.key, OperationState.UNCERTAIN, answer=noted.answer)
    return [_settle(noted, endpoints, books) for noted in books.store.journal.open(*_OPEN)]


def _settle(noted: Noted, endpoints: Endpoints, books: Books) -> Applied:
    endpoint = endpoints.get((noted.operation.entity, noted.operation.side))
    if endpoint is None:
        reason = "its entity is no longer in the mapping"
        books.messages.append(f"{noted.operation.entity}: an unanswered {noted.operation.action} waits; {reason}.")
        return applied([noted.operation], OperationState.UNCERTAIN, reason)[0]
    return look(endpoint, noted, books)
