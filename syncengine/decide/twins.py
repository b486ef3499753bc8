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
from syncengine.decide.sight import Twins
from syncengine.decide.subject import Subject
from syncengine.model.adopted import Adopted, pack
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
    """

    links: Adopted
    rest: Twins


def find_twins(subject: Subject) -> Lane | None:
    """Find the pairs that need no decision; None if there are none, or if each record must be looked at."""
    entity, sight = subject.entity, subject.sight
    prints = KeyPrints(entity, subject.layout)
    if entity.many is not None or any(rule.ref for rule in entity.fields) or not prints.rules:
        return None
    twins = sight.twins()
    if twins is None or not len(twins):
        return None
    pairs = pack(entity.name, ((twin.left_id, twin.right_id, "") for twin in twins))
    keys = [array("q") for _ in prints.rules]
    for part in prints.take((twin.left_id, twin.values) for twin in twins):
        for column, taken in zip(keys, part, strict=True):
            column.extend(taken)
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
    return Lane(links=links, rest=twins) if len(links) else None


def watch_twins(subject: Subject, lane: Lane, tell: Callable[[Side, datetime], None] | None) -> None:
    """Count what the linked records show, as ``Subject.watch`` does.

    Args:
        tell: Told the stamps of the records; None if nobody weighs them.
    """
    found = subject.found
    unseen = {(side, name) for side in Side for name in subject.layout}
    places = subject.places
    for twin in lane.rest:
        if unseen:
            seen = {(side, name) for side, name in unseen if twin.values[places[name]] is not ABSENT}
            found.seen.update(seen)
            unseen -= seen
        elif tell is None:
            break
        if tell is not None:
            for side, at in zip(Side, twin.modified, strict=True):
                if at is not None:
                    tell(side, at)
    for side in Side:
        found.rows[side] += len(lane.links)


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
        for part in prints.take((row.id, row.values) for row in twins.rows(side))
        for column in part
        for key in column
        if key
    }


def _asked(subject: Subject) -> dict[Side, set[str]]:
    """Records that a person said something about."""
    answers = [item for item in subject.sight.answers if item.kind is Waiting.MATCH]
    return {Side.LEFT: {item.left_id for item in answers}, Side.RIGHT: {item.right_id for item in answers}}
