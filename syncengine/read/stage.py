"""Rows into the common shape; a row that is known as it is, is neither parsed nor mapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from syncengine.connector import Columnar, Endpoint, Page
from syncengine.errors import Unreadable
from syncengine.model.columns import Sheet
from syncengine.model.record import Observed, Side
from syncengine.model.review import Review, Waiting
from syncengine.state.store import Mirror

_PIECE: Final = 1_000
"""Rows that are handled together: their cells stay in the processor's caches, and one odd row costs little."""
_MANY: Final = 20_000
"""Rows that wait at most: memory is theirs."""
_FEW: Final = 8
"""Rows for which it is not worth while to be handled together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """Rows of one page or of several, ready for the mirror.

    Attributes:
        rows: Records that were looked at one by one.
        sheets: Records that were handled together.
    """

    rows: Sequence[Observed]
    unreadable: Sequence[Review]
    sheets: Sequence[Sheet] = ()

    def records(self) -> Iterator[Observed]:
        """All of them, one by one."""
        yield from self.rows
        for sheet in self.sheets:
            yield from sheet.records()


class Backlog:
    """Rows that are not known as they are, until enough of them have come to be read together.

    Where few rows of each page changed, they are read at the end: then a side that must have seen all rows first, to tell
    one of them, has.
    """

    def __init__(self, endpoint: Endpoint, mirror: Mirror, generation: int) -> None:
        self._endpoint, self._mirror, self._generation = endpoint, mirror, generation
        self._waits = isinstance(endpoint.connector, Columnar)
        self._rows: list[Any] = []
        self._raws: list[int] = []

    def take(self, page: Page) -> Iterator[Staged]:
        """Take in the rows of the next page, and read what is due."""
        rows, raws = self._unknown(page)
        if self._waits and 2 * len(rows) <= len(page.rows):
            self._rows.extend(rows)
            self._raws.extend(raws)
        else:
            # What came before is stored before.
            yield from self.rest()
            yield _staged(rows, raws, self._endpoint)
        if page.end is not None or page.due or page.deleted or len(self._rows) >= _MANY:
            yield from self.rest()

    def rest(self) -> Iterator[Staged]:
        """Read what waits."""
        if self._rows:
            rows, raws, self._rows, self._raws = self._rows, self._raws, [], []
            yield _staged(rows, raws, self._endpoint)

    def _unknown(self, page: Page) -> tuple[Sequence[Any], Sequence[int]]:
        """Rows that are not known as they are, and their fingerprints: 0 where none was taken."""
        if page.fingerprints is None:
            return page.rows, (0,) * len(page.rows)
        known = self._mirror.known(self._endpoint.entity, self._endpoint.side, self._generation, page.fingerprints)
        if all(known):
            return (), ()
        if not any(known):
            return page.rows, page.fingerprints
        places = [place for place, is_known in enumerate(known) if not is_known]
        return [page.rows[place] for place in places], [page.fingerprints[place] for place in places]


def _staged(unknown: Sequence[Any], prints: Sequence[int], endpoint: Endpoint) -> Staged:
    """Parse and translate rows that are not known; those that are no records become items of the inbox."""
    rows: list[Observed] = []
    unreadable: list[Review] = []
    sheets: list[Sheet] = []
    for part in _together(unknown, prints, endpoint):
        if isinstance(part, Sheet):
            sheets.append(part)
            continue
        for row, raw in part:
            try:
                record = endpoint.connector.parse(endpoint.query, row)
            except Unreadable as error:
                unreadable.append(_item(error, endpoint))
            else:
                rows.append(endpoint.lens.observe(endpoint.side, record, raw))
    return Staged(rows=rows, unreadable=unreadable, sheets=sheets)


def _together(
    rows: Sequence[Any], raws: Sequence[int], endpoint: Endpoint
) -> Iterator[Sheet | Iterator[tuple[Any, int]]]:
    """Rows handled together where that can be, a piece at a time; the others as they are."""
    connector, size = endpoint.connector, len(rows)
    if size <= _FEW or 0 in raws or not isinstance(connector, Columnar):
        yield zip(rows, raws, strict=True)
        return
    for at in range(0, size, _PIECE):
        some, prints = rows[at : at + _PIECE], raws[at : at + _PIECE]
        sheet = _sheet(connector, endpoint, some, prints)
        yield sheet if sheet is not None else zip(some, prints, strict=True)


def _sheet(connector: Columnar, endpoint: Endpoint, rows: Sequence[Any], raws: Sequence[int]) -> Sheet | None:
    columns = connector.columns(endpoint.query, rows, raws)
    return None if columns is None else endpoint.lens.sheet(endpoint.side, columns, raws)


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
