"""The plainest matcher: one key, one record on either side. What planning does with its answers is judged here, not matching itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from syncengine.model.entity import Entity
from syncengine.model.link import Link
from syncengine.model.record import Observed, Side, Value
from syncengine.model.review import Answer, Review, Waiting


@dataclass(frozen=True)
class Matched:
    """A pair with the same key."""

    left_id: str
    right_id: str
    rule: str


@dataclass(frozen=True)
class Matches:
    """Who is who among the unlinked."""

    links: tuple[Matched, ...] = ()
    reviews: tuple[Review, ...] = ()
    unmatched: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)


def match_by_key(
    entity: Entity,
    left: Iterable[Observed],
    right: Iterable[Observed],
    *,
    layout: tuple[str, ...],
    linked: Callable[[Side, str], Sequence[Link]],
    translate_ref: Callable[[str, Side, str], str | None],
    answers: Sequence[Answer],
) -> Matches:
    """Link records whose key is the same and nobody else's; more than two of one key wait."""
    place = layout.index(entity.match[0].fields[0])
    keys: dict[Value, dict[Side, list[str]]] = {}
    alone: dict[Side, list[str]] = {side: [] for side in Side}
    for side, found in ((Side.LEFT, left), (Side.RIGHT, right)):
        for row in found:
            key = row.values[place]
            if isinstance(key, str):
                keys.setdefault(key.casefold(), {item: [] for item in Side})[side].append(row.id)
            elif not linked(side, row.id):
                alone[side].append(row.id)
    links, reviews = [], []
    for ids in keys.values():
        free = [(side, id) for side in Side for id in ids[side] if not linked(side, id)]
        if len(free) == sum(map(len, ids.values())) == 1:
            alone[free[0][0]].append(free[0][1])
        elif free and len(free) == 2 and len(ids[Side.LEFT]) == len(ids[Side.RIGHT]) == 1:
            links.append(Matched(ids[Side.LEFT][0], ids[Side.RIGHT][0], entity.match[0].id))
        elif free:
            sides = [tuple(sorted(ids[side])) for side in Side]
            reviews.append(
                Review(kind=Waiting.MATCH, entity=entity.name, left_ids=sides[0], right_ids=sides[1], rule="key")
            )
    return Matches(tuple(links), tuple(reviews), {side: tuple(sorted(ids)) for side, ids in alone.items()})
