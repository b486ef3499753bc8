"""Rows of a page into the common shape; a row that is known as it is, is neither parsed nor mapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from syncengine.connector import Endpoint, Page
from syncengine.errors import Unreadable
from syncengine.model.record import Observed, Side
from syncengine.model.review import Review, Waiting
from syncengine.state.store import Mirror


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A page, ready for the mirror."""

    rows: Sequence[Observed]
    unreadable: Sequence[Review]


def stage(page: Page, endpoint: Endpoint, mirror: Mirror, generation: int) -> Staged:
    """Parse and translate the rows of a page that are not known; rows that are no records become items of the inbox."""
    rows: list[Observed] = []
    unreadable: list[Review] = []
    for row, raw in _unknown(page, endpoint, mirror, generation):
        try:
            record = endpoint.connector.parse(endpoint.query, row)
        except Unreadable as error:
            unreadable.append(_item(error, endpoint))
        else:
            rows.append(endpoint.lens.observe(endpoint.side, record, raw))
    return Staged(rows=rows, unreadable=unreadable)


def _unknown(page: Page, endpoint: Endpoint, mirror: Mirror, generation: int) -> list[tuple[Any, int]]:
    if page.fingerprints is None:
        return [(row, 0) for row in page.rows]
    known = mirror.known(endpoint.entity, endpoint.side, generation, page.fingerprints)
    return [(row, raw) for row, raw, is_known in zip(page.rows, page.fingerprints, known, strict=True) if not is_known]


def _item(error: Unreadable, endpoint: Endpoint) -> Review:
    place = (error.id or error.where,)
    left = endpoint.side is Side.LEFT
    return Review(
        kind=Waiting.UNREADABLE,
        entity=endpoint.entity,
        left_ids=place if left else (),
        right_ids=() if left else place,
        field=error.where,
        reason=str(error),
        rule="unreadable",
    )
