"""Who is who: connected components over strong keys; never the first hit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from syncengine.decide.keys import normalise
from syncengine.decide.transforms import compile_use
from syncengine.model.entity import Entity, MatchRule
from syncengine.model.link import Link
from syncengine.model.record import ABSENT, Observed, Side
from syncengine.model.review import Answer, Review, Waiting

Node = tuple[Side, str]
TranslateRef = Callable[[str, Side, str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A pair that is one entity, and the rule that says so."""

    left_id: str
    right_id: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Who is who among the unlinked; a record is in one of the three only."""

    links: tuple[Matched, ...] = ()
    reviews: tuple[Review, ...] = ()
    unmatched: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)


def match(
    entity: Entity,
    left: Iterable[Observed],
    right: Iterable[Observed],
    *,
    layout: tuple[str, ...],
    linked: Callable[[Side, str], Sequence[Link]],
    translate_ref: TranslateRef,
    answers: Sequence[Answer],
) -> Matches:
    """Match the unlinked records of both sides; linked ones take part as candidates."""
    rows = {(side, row.id): row for side, side_rows in ((Side.LEFT, left), (Side.RIGHT, right)) for row in side_rows}
    forest: dict[Node, Node] = {node: node for node in rows}
    why: dict[tuple[Node, Node], str] = {}
    strong = [rule for rule in entity.match if rule.then == "link"]
    makers = {name: _key_maker(entity, name, translate_ref) for rule in strong for name in rule.fields}
    for rule in strong:
        groups: dict[tuple[str, ...], list[Node]] = {}
        for node, row in rows.items():
            if key := _key(rule, row, node[0], layout, makers):
                groups.setdefault(key, []).append(node)
        for members in groups.values():
            for other in members[1:]:
                _join(forest, members[0], other)
                why.setdefault((members[0], other), rule.id)
    components: dict[Node, list[Node]] = {}
    for node in sorted(rows):
        components.setdefault(_root(forest, node), []).append(node)
    return _judge(entity, components.values(), linked, why)


def _judge(
    entity: Entity,
    components: Iterable[list[Node]],
    linked: Callable[[Side, str], Sequence[Link]],
    why: Mapping[tuple[Node, Node], str],
) -> Matches:
    links: list[Matched] = []
    reviews: list[Review] = []
    unmatched: dict[Side, list[str]] = {side: [] for side in Side}
    for nodes in components:
        free = [node for node in nodes if not linked(*node)]
        if not free:
            continue
        lefts = tuple(id for side, id in nodes if side is Side.LEFT)
        rights = tuple(id for side, id in nodes if side is Side.RIGHT)
        if len(nodes) == 1:
            unmatched[free[0][0]].append(free[0][1])
        elif len(nodes) == len(free) == 2 and lefts and rights:
            rule = why.get((nodes[0], nodes[1])) or why.get((nodes[1], nodes[0])) or "match"
            links.append(Matched(left_id=lefts[0], right_id=rights[0], rule=rule))
        else:
            reason = f"{len(lefts)} left and {len(rights)} right records share a key; say which are the same"
            reviews.append(
                Review(
                    kind=Waiting.MATCH,
                    entity=entity.name,
                    left_ids=lefts,
                    right_ids=rights,
                    reason=reason,
                    rule="component",
                    line=entity.at.line,
                )
            )
    return Matches(
        links=tuple(links),
        reviews=tuple(reviews),
        unmatched={side: tuple(ids) for side, ids in unmatched.items()},
    )


def _key(
    rule: MatchRule,
    row: Observed,
    side: Side,
    layout: tuple[str, ...],
    makers: Mapping[str, Callable[[Side, object], str | None]],
) -> tuple[str, ...] | None:
    parts: list[str] = []
    for name in rule.fields:
        part = makers[name](side, row.values[layout.index(name)])
        if part is None:
            return None
        parts.append(part)
    return tuple(parts)


def _key_maker(entity: Entity, name: str, translate_ref: TranslateRef) -> Callable[[Side, object], str | None]:
    rule = entity.field(name)
    if rule.ref:
        return lambda side, value: None if value in (None, ABSENT) else translate_ref(name, side, str(value))
    kind = (compile_use(rule.use).key_kind if rule.use else "") or "code"

    def make(side: Side, value: object) -> str | None:
        if value in (None, ABSENT):
            return None
        key = normalise(kind, str(value))
        return key.value.casefold() if key.usable and key.value else None

    return make


def _root(forest: dict[Node, Node], node: Node) -> Node:
    while forest[node] != node:
        forest[node] = forest[forest[node]]
        node = forest[node]
    return node


def _join(forest: dict[Node, Node], one: Node, other: Node) -> None:
    roots = sorted((_root(forest, one), _root(forest, other)))
    forest[roots[1]] = roots[0]
