"""The inbox and the decisions people made; an item keeps its number as long as the state lives."""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from syncengine.model.review import Answer, Review, Waiting
from syncengine.model.values import from_json, to_json
from syncengine.ports import Clock
from syncengine.state.database import Database
from syncengine.state.encode import chunks, compact, to_micros

_VALUES: Final = ("left", "right", "base_left", "base_right")
_ANSWER: Final = "kind, entity, left_id, right_id, field, decision, seen, who"


class SqliteReviews:
    """The inbox in SQLite; see ``store.Reviews``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def renew(self, entity: str, items: Iterable[Review]) -> Sequence[Review]:
        with self._database.writing():
            kept = self._store(items, written=False)
            numbers = compact([item.number for item in kept])
            self._database.run(
                "UPDATE review SET open = 0, closed = ? WHERE entity = ? AND open = 1 AND written = 0"
                " AND number NOT IN (SELECT value FROM json_each(?))",
                (self._now(), entity, numbers),
            )
        return kept

    def add(self, items: Iterable[Review]) -> Sequence[Review]:
        with self._database.writing():
            return self._store(items, written=True)

    def _store(self, items: Iterable[Review], *, written: bool) -> Sequence[Review]:
        """Open these items; one that a write opened stays until it is settled, even if planning finds it too."""
        kept = []
        for item in items:
            row = self._database.one(
                "INSERT INTO review (subject, entity, kind, open, written, body) VALUES (?, ?, ?, 1, ?, ?)"
                " ON CONFLICT (subject) DO UPDATE SET body = excluded.body, open = 1,"
                " written = max(excluded.written, review.written AND review.open) RETURNING number",
                (item.subject, item.entity, item.kind.value, int(written), _body(item)),
            )
            assert row is not None
            kept.append(replace(item, number=row[0]))
        return kept

    def settle(self, subjects: Collection[str]) -> None:
        with self._database.writing():
            for part in chunks(subjects):
                self._database.run(
                    "UPDATE review SET open = 0, closed = ? WHERE open = 1 AND subject IN (SELECT value FROM json_each(?))",
                    (self._now(), compact(part)),
                )

    def prune(self, before: datetime) -> int:
        """Drop items that were closed before; what people decided stays. Return how many."""
        with self._database.writing():
            return self._database.run("DELETE FROM review WHERE open = 0 AND closed < ?", (to_micros(before),)).rowcount

    def open(self, entity: str | None = None, kind: Waiting | None = None) -> Sequence[Review]:
        rows = self._database.all(
            "SELECT number, body FROM review WHERE open = 1 AND (?1 IS NULL OR entity = ?1) AND (?2 IS NULL OR kind = ?2)"
            " ORDER BY number",
            (entity, None if kind is None else kind.value),
        )
        return [_review(*row) for row in rows]

    def get(self, number: int) -> Review | None:
        row = self._database.one("SELECT number, body FROM review WHERE number = ?", (number,))
        return None if row is None else _review(*row)

    def answer(self, answer: Answer, at: datetime) -> None:
        with self._database.writing():
            self._database.run(
                f"INSERT OR REPLACE INTO answer ({_ANSWER}, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(answer.kind.value, answer.entity, answer.left_id, answer.right_id, answer.field),
                    *(answer.decision, answer.seen, answer.who, to_micros(at)),
                ),
            )

    def answers(self, entity: str) -> Sequence[Answer]:
        rows = self._database.all(
            f"SELECT {_ANSWER} FROM answer WHERE entity = ? ORDER BY kind, left_id, right_id, field", (entity,)
        )
        return [_answer(row) for row in rows]

    def _now(self) -> int | None:
        return to_micros(self._clock.now())


def _body(item: Review) -> str:
    """Everything of an item but its number."""
    return compact(
        {
            "kind": item.kind.value,
            "entity": item.entity,
            "left_ids": list(item.left_ids),
            "right_ids": list(item.right_ids),
            "field": item.field,
            "reason": item.reason,
            "rule": item.rule,
            "score": item.score,
            "line": item.line,
            "title": item.title,
            **{name: to_json(getattr(item, name)) for name in _VALUES},
        }
    )


def _review(number: int, body: str) -> Review:
    data: dict[str, Any] = json.loads(body)
    data["kind"] = Waiting(data["kind"])
    for name in ("left_ids", "right_ids"):
        data[name] = tuple(data[name])
    for name in _VALUES:
        data[name] = from_json(data[name])
    return Review(number=number, **data)


def _answer(row: tuple[Any, ...]) -> Answer:
    kind, entity, left_id, right_id, field, decision, seen, who = row
    return Answer(
        kind=Waiting(kind),
        entity=entity,
        left_id=left_id,
        right_id=right_id,
        field=field,
        decision=decision,
        seen=seen,
        who=who,
    )
