"""Small worlds for tests of planning: customers here, accounts there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from syncengine.model.entity import Birth, DeleteRule, Empty, Entity, FieldRule, OnDelete
from syncengine.model.operation import Operation
from syncengine.model.plan import LinkChange, Plan
from syncengine.model.record import Side
from syncengine.model.resource import FieldFacts, Kind, Resource
from syncengine.model.review import Review
from tests.laws.world import World, both, entity

L, R = Side.LEFT, Side.RIGHT

PEOPLE = entity("people", both("Code", empty=Empty.KEEP), both("Name"), both("City"), key="Code")


def people(*fields: FieldRule, **changes: Any) -> Entity:
    """The entity ``PEOPLE`` with more fields and other rules."""
    return replace(PEOPLE, fields=(*PEOPLE.fields, *fields), **changes)


def deleting(then: OnDelete, edited: OnDelete = OnDelete.ASK, **changes: Any) -> Entity:
    """The entity with a rule for deletions."""
    return people(on_delete={side: DeleteRule(then=then, edited=edited) for side in Side}, **changes)


def asking(**births: Birth) -> Entity:
    """The entity with rules for births: ``left=Birth.ASK``."""
    return people(create={side: births.get(side.value, Birth.AUTO) for side in Side})


def world(*entities: Entity, **more: Any) -> World:
    """A world of one or more entities."""
    return World(entities=entities or (PEOPLE,), **more)


def linked(of: World, count: int = 1, name: str = "people", **fields: Any) -> None:
    """Make pairs that agree: l1–r1, l2–r2 …"""
    first = of.counts[L] + 1
    for number in range(first, first + count):
        for side in Side:
            of.add(name, side, Code=f"C{number}", Name=f"n{number}", **fields)
    of.settle()


def facts(of: Entity, side: Side, **changes: Any) -> Resource:
    """What a side can do: everything, but for these changes."""
    fields: Mapping[str, FieldFacts] = {
        **{rule.name: FieldFacts(name=rule.name, kind=Kind.TEXT) for rule in of.fields},
        **changes.pop("fields", {}),
    }
    return Resource(name=of.name, fields=fields, **({"delete": True} | changes))


def short(operations: Iterable[Operation]) -> list[tuple[str, str, str, str, dict[str, Any]]]:
    """Operations as ``(action, side, id, partner, values)``."""
    return [(op.action.value, op.side.value, op.id, op.partner, dict(op.values)) for op in operations]


def states(links: Iterable[LinkChange]) -> list[tuple[str, str, str | None]]:
    """Link changes as ``(left, right, state)``."""
    return [(c.left_id, c.right_id, c.state.value if c.state is not None else None) for c in links]


def waiting(reviews: Iterable[Review]) -> list[tuple[str, str, str]]:
    """Items as ``(kind, ids, field or rule)``."""
    return [(r.kind.value, "+".join((*r.left_ids, *r.right_ids)), r.field or r.rule) for r in reviews]


def gist(plan: Plan) -> tuple[list[Any], list[Any], list[Any]]:
    """A plan in short."""
    return short(plan.operations), states(plan.links), waiting(plan.reviews)
