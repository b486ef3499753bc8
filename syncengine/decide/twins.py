"""The short way of a first link: records of both sides that show equal values and share their strong keys with nobody else.

Matching would link each such pair, and merging would find nothing to do; so neither looks at them, and no record of them is made. Anything
else goes the long way, and sees the twins that it may have to do with.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from typing import Final

from syncengine.decide.match.prints import KeyPrints
from syncengine.decide.relevant import CHUNK, FEW, batches
from syncengine.decide.sight import Twins
from syncengine.decide.subject import Subject
from syncengine.model.adopted import Adopted, Packed, packed
from syncengine.model.entity import Entity
from syncengine.model.record import Side
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
    seen: Set[str]


def find_twins(subject: Subject) -> Lane | None:
    """Find the pairs that need no decision; None if each record must be looked at, or if there are so few that it costs less."""
    entity, sight = subject.entity, subject.sight
    prints = KeyPrints(entity, subject.layout)
    if entity.many is not None or any(rule.ref for rule in entity.fields) or not prints.rules:
        return None
    twins = sight.twins()
    if twins is None or len(twins) * FEW <= sight.linked:
        return None
    taken = _take(twins, prints)
    shown = twins.shown()
    contested = _shared(taken.keys) | _held(twins, prints)
    asked = _asked(subject)
    links, left_out = _judged(entity, taken, contested, asked, [rule.id for rule in prints.rules])
    if left_out:
        twins.part(left_out)
    return Lane(links=links, rest=twins, seen=shown) if len(links) else None


@dataclass(frozen=True, slots=True)
class _Taken:
    """All twins, a page each and by no rule yet, and their strong keys, one column per rule."""

    keys: Sequence[array[int]]
    pages: list[Packed] = field(default_factory=list)


def _take(twins: Twins, prints: KeyPrints) -> _Taken:
    """Look at every pair once."""
    taken = _Taken([array("q") for _ in prints.rules])
    for page in twins.pages(prints.fields):
        for own, keys in zip(taken.keys, prints.take_columns(page.fields, len(page.ids)), strict=True):
            own.extend(keys)
        taken.pages.append(packed(page.ids, page.right_ids, "", page.numbers))
    return taken


def _judged(
    entity: Entity, taken: _Taken, contested: Set[int], asked: Set[str], rules: Sequence[str]
) -> tuple[Adopted, list[str]]:
    """The links, and the left ids of the pairs that are to be looked at."""
    chunks: list[Packed] = []
    left_out: list[str] = []
    end = 0
    for page in taken.pages:
        begin, end = end, end + page.size
        keys = [column[begin:end] for column in taken.keys]
        by = _rules(keys, rules)
        if contested or asked:
            by = _open(page, keys, by, contested, asked)
        if "" not in by:
            chunks.append(page.under(by))
            continue
        pairs = page.under(by).part()
        left_out.extend(compress(pairs.lefts, [not rule for rule in by]))
        if any(by):
            chunks.append(packed(*pairs.where([bool(rule) for rule in by])))
    return Adopted(entity.name, chunks), left_out


def _rules(keys: Sequence[array[int]], rules: Sequence[str]) -> Sequence[str]:
    """The first rule by which each pair holds a key; "" where none does."""
    if 0 not in keys[0]:
        return (rules[0],) * len(keys[0])
    return [next((rules[place] for place, key in enumerate(own) if key), "") for own in zip(*keys, strict=True)]


def _open(
    page: Packed, keys: Sequence[array[int]], by: Sequence[str], contested: Set[int], asked: Set[str]
) -> Sequence[str]:
    """The same rules, but "" for pairs whose keys others hold too or of which a person said something."""
    lefts, rights, *_ = page.part()
    if asked.isdisjoint(lefts) and asked.isdisjoint(rights) and all(map(contested.isdisjoint, keys)):
        return by
    return [
        rule if contested.isdisjoint(own) and asked.isdisjoint((left, right)) else ""
        for left, right, rule, own in zip(lefts, rights, by, zip(*keys, strict=True), strict=True)
    ]


def watch_twins(subject: Subject, lane: Lane, tell: Callable[[Side, datetime], None] | None) -> None:
    """Count what the linked records show, as ``Subject.watch`` does.

    Args:
        tell: Told the stamps of the records; None if nobody weighs them.
    """
    found = subject.found
    for side in Side:
        found.rows[side] += len(lane.links)
        found.seen[side].update(lane.seen)
    if tell is not None:
        for side in Side:
            for at in lane.rest.stamps(side):
                tell(side, at)


def _shared(keys: Sequence[array[int]]) -> set[int]:
    """Keys that several twins hold."""
    twice: set[int] = set()
    for column in keys:
        parts = 1 + len(column) // _PART
        for part in range(parts):
            some = [key for key in column if key % parts == part and key] if parts > 1 else list(filter(None, column))
            if len(set(some)) < len(some):
                twice |= {key for key, count in Counter(some).items() if count > 1}
    return twice


def _held(twins: Twins, prints: KeyPrints) -> set[int]:
    """Keys of all other records."""
    return {
        key
        for side in Side
        for part in batches(twins.rows(side), CHUNK)
        for column in prints.take(part)
        for key in column
        if key
    }


def _asked(subject: Subject) -> Set[str]:
    """Ids of records that a person said something about."""
    answers = [item for item in subject.sight.answers if item.kind is Waiting.MATCH]
    return {id for item in answers for id in (item.left_id, item.right_id)}
