"""Which records matching has to look at when few have no partner: those that share a key with one of them, directly or through others.

Every other record would be in matching's tables and change nothing: it is in no component of a record without partner, and no weak rule
compares the two. So a run with three new customers looks at a handful of records and not at a million.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar

from syncengine.decide.match.prints import KeyPrints
from syncengine.decide.sight import KeysOf
from syncengine.decide.subject import of_side
from syncengine.model.link import Link
from syncengine.model.record import Observed, Side
from syncengine.model.review import Answer, Waiting

T = TypeVar("T")
Linked = Callable[[Side, str], Sequence[Link]]

CHUNK: Final = 2_000
FEW: Final = 10
"""So many times more pairs than records without partner, and these are looked at one by one, with what they have to do with."""

_MOST: Final = 20_000
"""Where so many records share a key, looking at all of them is no more work."""


def relevant(
    prints: KeyPrints,
    keys_of: KeysOf,
    linked: Linked,
    fresh: Mapping[Side, Mapping[str, Observed]],
    answers: Iterable[Answer],
) -> Mapping[Side, Sequence[Observed]] | None:
    """The records that decide about those without partner, in order of id; None if any record may.

    Args:
        keys_of: Finds records by their keys.
        fresh: The records without partner.
        answers: What people said: who is named there is looked at too.
    """
    if prints.searches:
        return None
    keys = keys_of(prints)
    if keys is None:
        return None
    found: dict[Side, dict[str, Observed]] = {side: dict(fresh[side]) for side in Side}
    wave = {side: list(fresh[side].values()) for side in Side}
    named = _named(answers)
    asked: set[int] = set()
    while any(wave.values()) or any(named.values()):
        wanted = {key for side in Side for _, key in prints.strong(wave[side])} - asked
        asked |= wanted
        for side in Side:
            for row in wave[side]:
                named[side.other].update(_partners(linked, side, row.id))
        for side in Side:
            rows = keys.rows(side, wanted, named[side] - found[side].keys(), _MOST)
            if rows is None:
                return None
            wave[side] = [row for row in rows if row.id not in found[side]]
            found[side].update((row.id, row) for row in wave[side])
            named[side] = set()
    # What a weak rule compares with a record without partner is looked at, and leads no further.
    heads = {key for side in Side for _, key in prints.weak(list(fresh[side].values()))}
    for side in Side:
        near = keys.rows(side, heads, (), _MOST)
        if near is None:
            return None
        found[side].update((row.id, row) for row in near if row.id not in found[side])
    if prints.leans(*(found[side].values() for side in Side)):
        return None
    return {side: [row for _, row in sorted(found[side].items())] for side in Side}


def batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut a stream into lists of at most ``size``."""
    rest = iter(rows)
    while part := list(islice(rest, size)):
        yield part


def _named(answers: Iterable[Answer]) -> dict[Side, set[str]]:
    said = [answer for answer in answers if answer.kind is Waiting.MATCH]
    return {
        Side.LEFT: {answer.left_id for answer in said if answer.left_id},
        Side.RIGHT: {answer.right_id for answer in said if answer.right_id},
    }


def _partners(linked: Linked, side: Side, id: str) -> Iterator[str]:
    for link in linked(side, id):
        if partner := of_side((link.left_id, link.right_id), side.other):
            yield partner
