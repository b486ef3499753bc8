"""One entity in planning: what is seen of it, what is looked up often, and what its planning has found so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Final

from syncengine.decide.answers import Answers
from syncengine.decide.diff import Same
from syncengine.decide.match.kinds import kind_of
from syncengine.decide.sight import Sight
from syncengine.model.adopted import Adopted
from syncengine.model.entity import Entity, FieldRule
from syncengine.model.link import Base, Link, LinkState, Pair
from syncengine.model.operation import Operation
from syncengine.model.plan import LinkChange
from syncengine.model.record import ABSENT, Observed, Side
from syncengine.model.review import Review, Waiting

TITLES: Final = ("name", "description", "title", "fullname", "lastname", "code")
_ABOUT_PEOPLE: Final = frozenset({"email", "phone", "name_key", "address"})
"""Kinds of keys that tell who somebody is."""


@dataclass
class Found:
    """What an entity's planning has found so far; filled while the plan is made, and frozen into it at its end.

    Attributes:
        notes: Worth telling → of how many records.
        seen: Fields that some record of a side showed.
        rows: How many records of a side were looked at.
        gone: Deletions with evidence, per side.
        touched: Pairs that were looked at and are not at rest.
        refused: Keys of operations left out because a side refused this very content.
        fails: Reasons for which the mapping says that the run must not go on.
    """

    operations: list[Operation] = field(default_factory=list)
    links: list[LinkChange] = field(default_factory=list)
    adopted: Adopted | None = None
    reviews: list[Review] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    fails: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    touched: int = 0
    new_links: int = 0
    rebased: int = 0
    seen: Mapping[Side, set[str]] = field(default_factory=lambda: {side: set() for side in Side})
    rows: Counter[Side] = field(default_factory=Counter)
    gone: Counter[Side] = field(default_factory=Counter)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One entity in planning.

    Attributes:
        index: Its place in the order of planning.
        mapping: Digest of the mapping, part of every operation's content: what was refused is tried again after a change of it.
    """

    sight: Sight
    index: int
    now: datetime
    mapping: str
    found: Found = field(default_factory=Found)

    @property
    def entity(self) -> Entity:
        """The entity's rules."""
        return self.sight.entity

    @property
    def layout(self) -> tuple[str, ...]:
        """Names of the common fields, in the order of ``Observed.values``."""
        return self.sight.lens.layout

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Common field → its place in the layout."""
        return {name: place for place, name in enumerate(self.layout)}

    @cached_property
    def rules(self) -> Mapping[str, FieldRule]:
        """Common field → its rule."""
        return {rule.name: rule for rule in self.entity.fields}

    @cached_property
    def same(self) -> Mapping[str, Same]:
        """Common field → whether two of its values are the same."""
        return {name: partial(self.sight.lens.same, name) for name in self.layout}

    @cached_property
    def weighs_time(self) -> bool:
        """True if the side that changed last may decide: how many records bear one stamp counts then."""
        return any(weighs_time(rule) for rule in self.entity.fields)

    @cached_property
    def bound(self) -> frozenset[int]:
        """Places of the fields that are decided by what is known of other records too: whom they name, or when many of them changed."""
        rules = self.rules
        return frozenset(place for name, place in self.places.items() if rules[name].ref or weighs_time(rules[name]))

    @cached_property
    def names(self) -> Mapping[Side, str]:
        """What people call the sides."""
        left, right = self.entity.left, self.entity.right
        if left.system == right.system:
            return {Side.LEFT: str(left), Side.RIGHT: str(right)}
        return {Side.LEFT: left.system, Side.RIGHT: right.system}

    @cached_property
    def answers(self) -> Answers:
        """What people decided before."""
        return Answers(self.sight.answers)

    @cached_property
    def calling(self) -> Sequence[int]:
        """Places of the fields by which people call a record, the best first: what names it, then its keys."""
        lower = {name.lower(): place for name, place in self.places.items()}
        keys = [name for rule in self.entity.match for name in rule.fields]
        return [lower[name] for name in dict.fromkeys((*TITLES, *map(str.lower, keys))) if name in lower]

    @cached_property
    def personal(self) -> Sequence[int]:
        """Places of the fields that may tell who somebody is."""
        return [place for name, place in self.places.items() if _is_personal(self.rules[name])]

    @cached_property
    def fixed(self) -> Mapping[str, frozenset[Side]]:
        """Common field → sides on which a linked record's value cannot be changed."""
        return {name: frozenset(side for side in Side if self._is_fixed(name, side)) for name in self.layout}

    def _is_fixed(self, name: str, side: Side) -> bool:
        rule, resource = self.rules[name], self.sight.resources[side]
        place = self.native_name(side, name)
        facts = resource.fields.get(place)
        return rule.readonly is side or not place or not resource.update or (facts is not None and not facts.updatable)

    def native_name(self, side: Side, name: str) -> str:
        """A side's own name of a common field; "" if it has none."""
        rule = self.rules.get(name)
        if side is Side.RIGHT or rule is None:
            return name
        return "" if rule.is_constant else rule.source

    def note(self, text: str, count: int = 1) -> None:
        """Tell something that needs nobody's decision."""
        self.found.notes[text] += count

    def review(
        self, kind: Waiting, left: str, right: str, *, reason: str, rule: str, title: str, line: int = 0
    ) -> None:
        """Put a pair or a record into the inbox."""
        self.found.reviews.append(
            Review(
                kind=kind,
                entity=self.entity.name,
                left_ids=(left,) if left else (),
                right_ids=(right,) if right else (),
                reason=reason,
                rule=rule,
                line=line or self.entity.at.line,
                title=title,
            )
        )

    def hold(self, left: str, right: str, reason: str, title: str, *, rule: str = "held", line: int = 0) -> None:
        """Hold a record: nothing of it is written until the reason is gone."""
        self.review(Waiting.HELD, left, right, reason=reason, rule=rule, title=title, line=line)

    def change_link(
        self,
        link: Link,
        state: LinkState | None,
        why: str,
        *,
        base: Base | None = None,
        matched_by: str = "",
        moves: tuple[str, str] | None = None,
    ) -> None:
        """Make, move or drop a link."""
        self.found.links.append(
            LinkChange(
                entity=link.entity,
                left_id=link.left_id,
                right_id=link.right_id,
                state=state,
                base=base,
                matched_by=matched_by or link.matched_by,
                why=why,
                moves=moves,
            )
        )

    def watch(self, side: Side, record: Observed) -> None:
        """Count what a record shows, so that a field nobody sends any more is noticed; of one that may not be read nothing counts."""
        if record.problem and all(value is ABSENT for value in record.values):
            return
        self.found.rows[side] += 1
        seen = self.found.seen[side]
        if len(seen) < len(self.layout):
            shown = zip(self.layout, record.values, strict=True)
            seen.update(name for name, value in shown if value is not ABSENT)
        for text in record.notes:
            self.note(text)


def weighs_time(rule: FieldRule) -> bool:
    """True if the side that changed last may decide a field."""
    return "newest" in (rule.conflict, rule.first_link)


def _is_personal(rule: FieldRule) -> bool:
    return not rule.ref and (rule.mask or kind_of(rule) in _ABOUT_PEOPLE)


def sides(side: Side, own: str, other: str) -> tuple[str, str]:
    """``(left id, right id)`` of a pair, given the id on one side and the other's."""
    return (own, other) if side is Side.LEFT else (other, own)


def of_side(pair: Sequence[str], side: Side) -> str:
    """One side's part of ``(left id, right id)``."""
    return pair[0] if side is Side.LEFT else pair[1]


def row(pair: Pair, side: Side) -> Observed:
    """What a pair's side shows, where the mirror is known to hold it."""
    observed = pair.observed(side)
    assert observed is not None
    return observed


def both(pair: Pair) -> tuple[tuple[Side, Observed], tuple[Side, Observed]]:
    """Each side with what it shows, where the mirror is known to hold both records."""
    return (Side.LEFT, row(pair, Side.LEFT)), (Side.RIGHT, row(pair, Side.RIGHT))


def key(pair: Pair) -> tuple[str, str]:
    """The order of pairs in a plan."""
    return pair.link.left_id, pair.link.right_id
