"""The short way of a first link: records of both sides that show equal values and share their strong keys with nobody else.

Matching would link each such pair, and merging would find nothing to do; so neither looks at them, and no record of them is made. Anything
else goes the long way, and sees the twins that it may have to do with.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from syncengine.decide.match.prints import KeyPrints
from syncengine.decide.relevant import CHUNK, batches
from syncengine.decide.sight import Twins
from syncengine.decide.subject import Subject
from syncengine.model.adopted import Adopted, Found, pack
from syncengine.model.columns import Twin
from syncengine.model.record import ABSENT, Side
from syncengine.model.review import Waiting

_PART: Final = 250_000
"""Keys looked at together for doubles: memory grows with this, not with the number of records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Pairs that are linked without a further look.

    Attributes:
        links: In order of left id.
        rest: Reads the records that remain.
        seen: Fields that some of the records show.
    """

    links: Adopted
    rest: Twins
    seen: frozenset[str]


def find_twins(subject: Subject) -> Lane | None:
    """Find the pairs that need no decision; None if there are none, or if each record must be looked at."""
    entity, sight = subject.entity, subject.sight
    prints = KeyPrints(entity, subject.layout)
    if entity.many is not None or any(rule.ref for rule in entity.fields) or not prints.rules:
        return None
    twins = sight.twins()
    if twins is None or not len(twins):
        return None
    keys = [array("q") for _ in prints.rules]
    seen: set[str] = set()

    def looked_at() -> Iterator[Found]:
        """The pairs, while their keys are taken."""
        for part in batches(twins, CHUNK):
            _see(subject.layout, part, seen)
            for column, taken in zip(keys, prints.take(part), strict=True):
                column.extend(taken)
            yield from ((twin.id, twin.right_id, "") for twin in part)

    pairs = pack(entity.name, looked_at())
    shared = _shared(keys) | _held(twins, prints)
    asked = _asked(subject)
    ids = [rule.id for rule in prints.rules]

    def judged() -> Iterator[tuple[str, str, str]]:
        """Each pair with the rule that links it; "" where none does, or not without a further look."""
        for (left, right, _), own in zip(pairs.found(), zip(*keys, strict=True), strict=True):
            clear = (left not in asked[Side.LEFT]) and (right not in asked[Side.RIGHT]) and shared.isdisjoint(own)
            rule = next((ids[place] for place, key in enumerate(own) if key), "") if clear else ""
            yield left, right, rule

    links = pack(entity.name, (pair for pair in judged() if pair[2]))
    if len(links) < len(pairs):
        twins.part([left for left, _, rule in judged() if not rule])
    return Lane(links=links, rest=twins, seen=frozenset(seen)) if len(links) else None


def watch_twins(subject: Subject, lane: Lane, tell: Callable[[Side, datetime], None] | None) -> None:
    """Count what the linked records show, as ``Subject.watch`` does.

    Args:
        tell: Told the stamps of the records; None if nobody weighs them.
    """
    found = subject.found
    for side in Side:
        found.rows[side] += len(lane.links)
        found.seen.update({(side, name): 1 for name in lane.seen})
    if tell is not None:
        for twin in lane.rest:
            for side, at in zip(Side, twin.modified, strict=True):
                if at is not None:
                    tell(side, at)


def _see(layout: Sequence[str], twins: Sequence[Twin], seen: set[str]) -> None:
    """Note which fields are shown at all."""
    if len(seen) < len(layout):
        columns = zip(layout, zip(*(twin.values for twin in twins), strict=True), strict=True)
        seen.update(name for name, column in columns if any(value is not ABSENT for value in column))


def _shared(keys: Sequence[array[int]]) -> set[int]:
    """Keys that several twins hold."""
    twice: set[int] = set()
    for column in keys:
        parts = 1 + len(column) // _PART
        for part in range(parts):
            some = [key for key in column if key and key % parts == part]
            if len(set(some)) < len(some):
                twice |= {key for key, count in Counter(some).items() if count > 1}
    return twice


def _held(twins: Twins, prints: KeyPrints) -> set[int]:
    """Keys of all other records."""
    return {
        key
        for side in Side
        for part in batches(twins.rows(side), CHUNK)
        for column in prints.take(part, side)
        for key in column
        if key
    }


def _asked(subject: Subject) -> dict[Side, set[str]]:
    """Records that a person said something about."""
    answers = [item for item in subject.sight.answers if item.kind is Waiting.MATCH]
    return {Side.LEFT: {item.left_id for item in answers}, Side.RIGHT: {item.right_id for item in answers}}
