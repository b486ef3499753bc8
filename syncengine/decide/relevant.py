"""Which records matching has to look at when few have no partner: those that share a key with one of them, directly or through others.

Every other record would be in matching's tables and change nothing: it is in no component of a record without partner, and no weak rule
compares the two. So a run with three new customers holds a handful of records in memory and not a million.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeVar

from syncengine.decide.match.prints import KeyPrints
from syncengine.decide.subject import of_side
from syncengine.model.link import Link
from syncengine.model.record import Observed, Side
from syncengine.model.review import Answer, Waiting

T = TypeVar("T")
Rows = Callable[[Side], Iterable[Observed]]
Linked = Callable[[Side, str], Sequence[Link]]

CHUNK: Final = 2_000


def relevant(
    prints: KeyPrints,
    rows: Rows,
    linked: Linked,
    fresh: Mapping[Side, Mapping[str, Observed]],
    answers: Iterable[Answer],
) -> Mapping[Side, Sequence[Observed]] | None:
    """The records that decide about those without partner; None if any record may.

    Args:
        rows: All records of a side, in order of id; read several times.
        fresh: The records without partner.
        answers: What people said: who is named there is looked at too.
    """
    if prints.searches:
        return None
    search = _Search(prints=prints, linked=linked)
    for side in Side:
        search.ids[side].update(fresh[side])
    for answer in answers:
        if answer.kind is Waiting.MATCH:
            search.ids[Side.LEFT].add(answer.left_id)
            search.ids[Side.RIGHT].add(answer.right_id)
    for side in Side:
        for part in batches(fresh[side].values(), CHUNK):
            search.heads.update(key for column in prints.take_heads(part, side) for key in column if key)
    grew = True
    while grew:
        grew = False
        for side in Side:
            grew |= search.look(side, rows(side))
    return {side: [row for _, row in sorted(search.found[side].items())] for side in Side}


def batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut a stream into lists of at most ``size``."""
    rest = iter(rows)
    while part := list(islice(rest, size)):
        yield part


@dataclass(slots=True, kw_only=True)
class _Search:
    """What is found so far.

    Attributes:
        keys: Strong keys of what was found; ``heads``: what a weak rule wants equal, of records without partner only.
        taken: By side, the strong keys of all records, one column per rule; the first look takes them.
    """

    prints: KeyPrints
    linked: Linked
    ids: dict[Side, set[str]] = field(default_factory=lambda: {side: set() for side in Side})
    keys: set[int] = field(default_factory=set)
    heads: set[int] = field(default_factory=set)
    taken: dict[Side, list[array[int]]] = field(default_factory=dict)
    found: dict[Side, dict[str, Observed]] = field(default_factory=lambda: {side: {} for side in Side})
    near: dict[Side, set[str]] = field(default_factory=lambda: {side: set() for side in Side})

    def look(self, side: Side, rows: Iterable[Observed]) -> bool:
        """Go through a side; True if anything was found that may lead further."""
        first, at, grew = side not in self.taken, 0, False
        if first:
            self.taken[side] = [array("q") for _ in self.prints.rules]
        for part in batches(rows, CHUNK):
            if first:
                for column, keys in zip(self.taken[side], self.prints.take(part, side), strict=True):
                    column.extend(keys)
                self._near(part, side)
            for row, own in zip(part, self._own(side, at, len(part)), strict=True):
                if row.id in self.found[side] and row.id not in self.near[side]:
                    continue
                if row.id in self.ids[side] or not self.keys.isdisjoint(own):
                    self._take(row, side, own)
                    grew = True
            at += len(part)
        return grew

    def _own(self, side: Side, at: int, size: int) -> Iterator[tuple[int, ...]]:
        columns = [column[at : at + size] for column in self.taken[side]]
        return zip(*columns, strict=True) if columns else iter([()] * size)

    def _near(self, part: Sequence[Observed], side: Side) -> None:
        """What a weak rule compares with a record without partner is looked at, and leads no further."""
        if not self.heads:
            return
        for row, own in zip(part, zip(*self.prints.take_heads(part, side), strict=True), strict=True):
            if not self.heads.isdisjoint(own) and row.id not in self.found[side]:
                self.found[side][row.id] = row
                self.near[side].add(row.id)

    def _take(self, row: Observed, side: Side, own: Iterable[int]) -> None:
        self.found[side][row.id] = row
        self.near[side].discard(row.id)
        self.ids[side].add(row.id)
        self.keys.update(key for key in own if key)
        for link in self.linked(side, row.id):
            partner = of_side((link.left_id, link.right_id), side.other)
            self.ids[side.other].add(partner)
