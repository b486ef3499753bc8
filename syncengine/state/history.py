"""The lasting history of writes: entries chained by digest, so that a changed or removed one is noticed.

What is personal (ids, values, the side's answer) stands in ``content``; the chain runs over the digest of that, salted. So a person can be
forgotten without breaking the chain: the content goes, its digest stays and says nothing.
"""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from syncengine.errors import StateError
from syncengine.model.operation_json import dump_change
from syncengine.model.record import Side
from syncengine.ports import Ids
from syncengine.state.database import Database
from syncengine.state.encode import canonical, chunks, instant, to_micros
from syncengine.state.store import Entry, Noted

START: Final = "0" * 64
"""Stands before the first entry."""

FORGOTTEN: Final = "(forgotten)"

_COLUMNS: Final = (
    "number, at, run, plan, entity, side, action, outcome, approved, id, partner, content, content_digest, digest"
)


class History:
    """The table of entries and the two ends of its chain."""

    def __init__(self, database: Database, ids: Ids) -> None:
        self._database = database
        self._ids = ids

    def add(self, noted: Noted, *, outcome: str, at: datetime, answer: str) -> Entry:
        """Add an entry behind the last one; inside a transaction only."""
        (row,) = self._added([noted], outcome=outcome, at=at, answer=answer)
        return _entry(row)

    def add_all(self, noted: Iterable[Noted], *, outcome: str, at: datetime, answer: str) -> None:
        """Add an entry for each, one behind the other; inside a transaction only."""
        for part in chunks(noted):
            self._added(part, outcome=outcome, at=at, answer=answer)

    def _added(self, noted: Iterable[Noted], *, outcome: str, at: datetime, answer: str) -> Sequence[tuple[Any, ...]]:
        number, digest = self.end("head")
        rows: list[tuple[Any, ...]] = []
        for item in noted:
            number += 1
            rows.append(self._row(number, digest, item, outcome=outcome, at=at, answer=answer))
            digest = rows[-1][-1]
        self._database.many(f"INSERT INTO entry ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self.set_end("head", number, digest)
        return rows

    def _row(
        self, number: int, before: str, noted: Noted, *, outcome: str, at: datetime, answer: str
    ) -> tuple[Any, ...]:
        """An entry by the columns of its table."""
        operation = noted.operation
        id = noted.result or operation.id
        changes = [dump_change(change) for change in operation.changes]
        content = canonical(
            {"answer": answer, "changes": changes, "id": id, "partner": operation.partner, "salt": self._ids.token(16)}
        )
        content_digest = sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
        header = (
            *(number, to_micros(at), noted.run, noted.plan, operation.entity, operation.side.value),
            *(operation.action.value, outcome, noted.approved),
        )
        digest = link(before, header, content_digest)
        return *header, id, operation.partner, content, content_digest, digest

    def entries(self, *, entity: str | None, id: str | None, run: int | None) -> Iterator[Entry]:
        """Entries oldest first; ``id`` names a record on either side."""
        terms = {"entity = :entity": entity, "(id = :id OR partner = :id)": id, "run = :run": run}
        which = " AND ".join(term for term, value in terms.items() if value is not None) or "1"
        sql = f"SELECT {_COLUMNS} FROM entry WHERE number > :last AND {which} ORDER BY number LIMIT 500"
        last = 0
        while rows := self._database.all(sql, {"entity": entity, "id": id, "run": run, "last": last}):
            for row in rows:
                try:
                    yield _entry(row)
                except (TypeError, ValueError, LookupError):
                    raise broken(f"entry {row[0]} cannot be read") from None
            last = rows[-1][0]

    def verify(self) -> int:
        """Follow the chain from its beginning, or from where it was pruned, to its end; return how many entries stand.

        Raises:
            StateError: An entry was changed or removed; names the first.
        """
        number, digest = self.end("tail")
        count = 0
        for part in self._database.batches(f"SELECT {_COLUMNS} FROM entry ORDER BY number"):
            for row in part:
                number += 1
                if row[0] != number:
                    raise broken(f"entry {number} was removed")
                if kinds := [type(value).__name__ for value in row if isinstance(value, bytes)]:
                    raise broken(f"entry {number} holds {kinds[0]}, and only text and numbers were written")
                content, content_digest = row[11], row[12]
                if (
                    content is not None
                    and sha256(content.encode("utf-8", "surrogatepass")).hexdigest() != content_digest
                ):
                    raise broken(f"the content of entry {number} was changed")
                digest = link(digest, row[:9], content_digest)
                if digest != row[13]:
                    raise broken(f"entry {number} was changed, or one before it was exchanged")
                count += 1
        if (number, digest) != self.end("head"):
            raise broken(f"entries after {number} were removed")
        return count

    def end(self, which: str) -> tuple[int, str]:
        """Number and digest at one end: ``head`` is the last entry, ``tail`` the one before the first that is kept."""
        row = self._database.one("SELECT value FROM about WHERE key = ?", (f"journal.{which}",))
        if row is None:
            return 0, START
        try:
            number, digest = row[0].split(" ")
            return int(number), digest
        except (TypeError, ValueError):
            raise broken(f"the note of its {which} cannot be read") from None

    def set_end(self, which: str, number: int, digest: str) -> None:
        """Note one end of the chain."""
        self._database.run("INSERT OR REPLACE INTO about VALUES (?, ?)", (f"journal.{which}", f"{number} {digest}"))


def link(before: str, header: tuple[Any, ...], content_digest: str) -> str:
    """The digest of one entry: over the digest before it, what is not personal, and the digest of what is."""
    return sha256(canonical([before, *header, content_digest]).encode("utf-8", "surrogatepass")).hexdigest()


def broken(what: str) -> StateError:
    """What is said where the chain does not hold."""
    return StateError(
        f"the journal is not what was written: {what}.\n"
        "  Keep a copy of the state folder, then restore a backup with `sync state restore`."
    )


def _entry(row: tuple[Any, ...]) -> Entry:
    number, at, run, plan, entity, side, action, outcome, approved, _, _, content, _, digest = row
    told: dict[str, Any] = (
        {"id": "", "partner": "", "changes": [], "answer": FORGOTTEN} if content is None else json.loads(content)
    )
    return Entry(
        number=number,
        at=instant(at),
        run=run,
        plan=plan,
        entity=entity,
        side=Side(side),
        action=action,
        id=told["id"],
        partner=told["partner"],
        changes=told["changes"],
        outcome=outcome,
        answer=told["answer"],
        approved=approved,
        digest=digest,
    )
