"""Rows of a page into the common shape; a row that is known as it is, is neither parsed nor mapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from syncengine.connector import Page
from syncengine.errors import Unreadable
from syncengine.model.record import Observed, Side
from syncengine.model.review import Review, Waiting
from syncengine.read.source import Source
from syncengine.state.store import Mirror


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A page, ready for the mirror."""

    rows: Sequence[Observed]
    unreadable: Sequence[Review]


def stage(page: Page, source: Source, mirror: Mirror, generation: int) -> Staged:
    """Parse and translate the rows of a page that are not known; rows that are no records become items of the inbox."""
    rows: list[Observed] = []
    unreadable: list[Review] = []
    for row, raw in _unknown(page, source, mirror, generation):
        try:
            record = source.connector.parse(source.query, row)
        except Unreadable as error:
            unreadable.append(_item(error, source))
        else:
            rows.append(source.lens.observe(source.side, record, raw))
    return Staged(rows=rows, unreadable=unreadable)


def _unknown(page: Page, source: Source, mirror: Mirror, generation: int) -> list[tuple[Any, int]]:
    if page.fingerprints is None:
        return [(row, 0) for row in page.rows]
    known = mirror.known(source.entity, source.side, generation, page.fingerprints)
    return [(row, raw) for row, raw, is_known in zip(page.rows, page.fingerprints, known, strict=True) if not is_known]


def _item(error: Unreadable, source: Source) -> Review:
    place = (error.id or error.where,)
    left = source.side is Side.LEFT
    return Review(
        kind=Waiting.UNREADABLE,
        entity=source.entity,
        left_ids=place if left else (),
        right_ids=() if left else place,
        field=error.where,
        reason=str(error),
        rule="unreadable",
    )
