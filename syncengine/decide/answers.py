"""What people decided before, ready to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syncengine.model.record import Side, Value
from syncengine.model.review import Answer, Waiting
from syncengine.model.values import row_fingerprint


class Answers:
    """The remembered answers of one entity; the last one about a subject counts."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self._fields: dict[tuple[str, str, str], list[Answer]] = {}
        self._births: dict[tuple[Side, str], str] = {}
        self._pairs: dict[tuple[Waiting, str, str], str] = {}
        for answer in answers:
            self._take(answer)

    def _take(self, answer: Answer) -> None:
        if answer.kind in (Waiting.CONFLICT, Waiting.FIRST_LINK):
            self._fields.setdefault((answer.left_id, answer.right_id, answer.field), []).append(answer)
        elif answer.kind is Waiting.CREATE:
            side, id = (Side.LEFT, answer.left_id) if answer.left_id else (Side.RIGHT, answer.right_id)
            self._births[side, id] = answer.decision
        else:
            self._pairs[answer.kind, answer.left_id, answer.right_id] = answer.decision

    def field(self, left_id: str, right_id: str, name: str, left: Value, right: Value) -> str:
        """The decision about these very values of a field; "" if there is none: an answer about other values does not count."""
        given: Sequence[Answer] = self._fields.get((left_id, right_id, name), ())
        if not given:
            return ""
        seen = row_fingerprint((left, right))
        return next((answer.decision for answer in reversed(given) if answer.seen == seen), "")

    def birth(self, side: Side, id: str) -> str:
        """``create`` or ``skip`` for an unmatched record of a side; "" if nobody decided."""
        return self._births.get((side, id), "")

    def pair(self, kind: Waiting, left_id: str, right_id: str) -> str:
        """The decision about a pair as a whole; "" if there is none."""
        return self._pairs.get((kind, left_id, right_id), "")
