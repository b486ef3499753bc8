"""Short ways to match a few records: fields by name on two sides, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from syncengine.decide.match.match import match
from syncengine.decide.match.outcome import Matches
from syncengine.model.entity import End, Entity, FieldRule, MatchRule, Position
from syncengine.model.link import Link, LinkState
from syncengine.model.record import ABSENT, Observed, Side
from syncengine.model.review import Answer, Waiting

USE = {
    "VATNumber": ("vat",),
    "ChamberOfCommerce": ("kvk",),
    "Email": ("email",),
    "Phone": ("phone",),
    "Postcode": ("postcode",),
    "Country": ("country",),
}
FIELDS = (
    "Name",
    "VATNumber",
    "ChamberOfCommerce",
    "AddressLine1",
    "Postcode",
    "City",
    "Country",
    "Email",
    "Phone",
    "Code",
)
VAT = MatchRule(fields=("VATNumber",))
KVK = MatchRule(fields=("ChamberOfCommerce",))


def rule(
    *fields: str, then: Literal["link", "suggest"] = "link", veto: Sequence[str] = (), tie_break: Sequence[str] = ()
) -> MatchRule:
    """A match rule, on line 7 of its file."""
    return MatchRule(fields=fields, then=then, veto=tuple(veto), tie_break=tuple(tie_break), at=Position(line=7))


def entity(*rules: MatchRule, many: Side | None = None, fields: Sequence[str] = FIELDS, **changes: Any) -> Entity:
    """Accounts with these match rules; ``changes``: field → more of its rule."""
    return Entity(
        name="accounts",
        left=End(system="shop", resource="customers"),
        right=End(system="exact", resource="Accounts"),
        fields=tuple(
            FieldRule(name=name, source=name.lower(), **{"use": USE.get(name, ()), **changes.get(name, {})})
            for name in fields
        ),
        match=rules,
        many=many,
    )


@dataclass
class Case:
    """Records on two sides, what links them already, and what people said."""

    entity: Entity
    left: Mapping[str, Mapping[str, Any]]
    right: Mapping[str, Mapping[str, Any]]
    links: Sequence[tuple[str, str]] = ()
    tombstones: Sequence[tuple[str, str]] = ()
    answers: Sequence[tuple[str, str, str]] = ()
    refs: Mapping[tuple[Side, str], str] = field(default_factory=dict)

    def matches(self) -> Matches:
        """Match them."""
        layout = self.entity.layout
        return match(
            self.entity,
            [_observed(id, values, layout) for id, values in self.left.items()],
            [_observed(id, values, layout) for id, values in self.right.items()],
            layout=layout,
            linked=self._linked,
            translate_ref=lambda name, side, id: self.refs.get((side, id)),
            answers=[
                Answer(kind=Waiting.MATCH, entity="accounts", left_id=left, right_id=right, decision=said)
                for left, right, said in self.answers
            ],
        )

    def _linked(self, side: Side, id: str) -> list[Link]:
        found = []
        for state, pairs in ((LinkState.LINKED, self.links), (LinkState.TOMBSTONE, self.tombstones)):
            for left, right in pairs:
                if id == (left if side is Side.LEFT else right):
                    found.append(Link(entity="accounts", left_id=left, right_id=right, matched_by="", state=state))
        return found


def _observed(id: str, values: Mapping[str, Any], layout: Sequence[str]) -> Observed:
    return Observed(id=id, values=tuple(values.get(name, ABSENT) for name in layout))


def linked(found: Matches) -> list[tuple[str, str]]:
    """The pairs that were linked."""
    return [(item.left_id, item.right_id) for item in found.links]


def waiting(found: Matches) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The records of each item that waits."""
    return [(item.left_ids, item.right_ids) for item in found.reviews]


def unmatched(found: Matches) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids without any partner, left and right."""
    return found.unmatched[Side.LEFT], found.unmatched[Side.RIGHT]


def told(found: Matches) -> tuple[Any, Any, Any]:
    """Links, what waits, what is unmatched."""
    return linked(found), waiting(found), unmatched(found)
