"""What waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from syncengine.model.record import ABSENT, Value
from syncengine.model.values import row_fingerprint


class Waiting(StrEnum):
    """Why something waits."""

    CONFLICT = "conflict"
    """Both sides changed one field apart, and the rule is to ask."""
    FIRST_LINK = "first_link"
    """Newly linked, and one field differs."""
    MATCH = "match"
    """Several candidates, a suggestion, a veto, or a duplicate inside one side."""
    CREATE = "create"
    """Unmatched, and the mapping asks before it creates."""
    DELETE = "delete"
    """Deleted on one side; the rule is to ask, or the other side was edited."""
    HELD = "held"
    """A value cannot be translated; nothing of the record is written."""
    REFUSED = "refused"
    """The side refused the write; not repeated until its inputs or the mapping change."""
    UNCERTAIN = "uncertain"
    """An unanswered write that could not be settled without a person."""
    UNREADABLE = "unreadable"
    """A row of the source cannot be read as a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One item of the inbox.

    Attributes:
        number: What people call it ("review 17"); 0 until it is stored. The same item keeps its number from run to run.
        kind: Why it waits.
        entity: The entity.
        left_ids, right_ids: The records concerned; several for a match.
        field: The field, for conflicts; "" otherwise.
        left, right: Both values in the common shape, for conflicts.
        base_left, base_right: What each showed at the last agreement.
        reason: For people: what happened and what is asked.
        rule: Id of the rule that sent it here.
        score: 0–1 for suggestions; None otherwise.
        line: Line of the mapping.
        title: What a person calls the record.
    """

    kind: Waiting
    entity: str
    left_ids: tuple[str, ...] = ()
    right_ids: tuple[str, ...] = ()
    field: str = ""
    left: Value = ABSENT
    right: Value = ABSENT
    base_left: Value = ABSENT
    base_right: Value = ABSENT
    reason: str = ""
    rule: str = ""
    score: float | None = None
    line: int = 0
    title: str = ""
    number: int = 0

    @property
    def seen(self) -> int:
        """Fingerprint of the values a person sees here, for ``Answer.seen``; 0 where the item is about identity, not a field."""
        return row_fingerprint((self.left, self.right)) if self.field else 0

    @property
    def subject(self) -> str:
        """What makes two items the same one: everything but values, words and number."""
        return "\x1f".join(
            (
                self.kind,
                self.entity,
                self.field,
                "\x1e".join(sorted(self.left_ids)),
                "\x1e".join(sorted(self.right_ids)),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person decided about a pair of records or a field; remembered.

    Attributes:
        decision: ``same`` / ``not_same`` for matches; ``left`` / ``right`` for conflicts; ``create`` / ``skip`` for births; ``delete`` /
            ``keep`` / ``restore`` for deletions; ``retry`` / ``drop`` for refused and uncertain writes.
        seen: Fingerprint of the values the person saw; an answer about other values does not count. 0 for answers about identity.
    """

    kind: Waiting
    entity: str
    left_id: str = ""
    right_id: str = ""
    field: str = ""
    decision: str = ""
    seen: int = 0
    who: str = ""
