"""A run as one versioned document, for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from syncengine.model.entity import Entity
from syncengine.model.operation import FieldChange, Operation, Pending
from syncengine.model.plan import LinkChange
from syncengine.model.record import ABSENT, Side, Value
from syncengine.model.review import Review
from syncengine.model.values import plain
from syncengine.report.inbox import DECISIONS
from syncengine.report.shown import MASK, blind
from syncengine.report.view import View

VERSION: Final = 1
"""Of every document: grows when a key changes its meaning or goes; a new key alone does not count."""


def document(kind: str, **content: Any) -> dict[str, Any]:
    """Any result of a command as a document: its kind and version stand first."""
    return {"format": f"syncengine/{kind}", "version": VERSION, **content}


def make_json(view: View, entities: Iterable[Entity], *, masked: bool = False) -> dict[str, Any]:
    """A run as data that ``json`` writes.

    Numbers that are not whole are text, so that no digit is lost; a field a side did not show is left out.
    """
    known = {entity.name: entity for entity in entities}
    result, plan = view.result, view.result.plan
    told = {item.operation.key: item for item in result.applied}
    withheld = {op.key for op in result.withheld}
    operations = []
    for op in plan.operations:
        item = told.get(op.key)
        operations.append(
            operation(op, known.get(op.entity), masked=masked)
            | {
                "state": item.state.value if item else "withheld" if op.key in withheld else "planned",
                "answer": _free(item.answer, masked) if item else "",
                **({"id": item.id} if item and item.id else {}),
            }
        )
    return document(
        "plan" if result.dry else "run",
        run=result.run,
        end=int(result.end),
        end_name=result.end.name.lower(),
        plan=plan.digest,
        entities=[_entity(name, known.get(name), view) for name in plan.entities],
        operations=operations,
        links=[_link(change) for change in plan.links if change.matched_by != "agreed"],
        reviews=[review(item, known.get(item.entity), masked=masked) for item in result.reviews],
        breaches=[
            {"guard": stop.guard, "entity": stop.entity, "message": stop.message, "subjects": list(stop.subjects), "allowed": stop.allowed}
            for stop in view.stops
        ],
        costs=[
            {"system": c.system, "calls": c.calls, "minutes": c.minutes, "left_today": c.left_today} for c in plan.costs
        ],
        recovered=[
            {"operation": item.operation.key, "state": item.state.value, "answer": _free(item.answer, masked)}
            for item in result.recovered
        ],
        notes=list(view.notes),
        messages=list(view.messages),
        next=[" ".join(step) for step in view.next],
    )  # fmt: skip


def operation(op: Operation, entity: Entity | None, *, masked: bool = False) -> dict[str, Any]:
    """One operation."""
    return {
        "key": op.key,
        "entity": op.entity,
        "action": op.action.value,
        "side": op.side.value,
        "system": _system(entity, op.side),
        "resource": op.resource,
        "id": op.id,
        "left_id": op.left_id,
        "right_id": op.right_id,
        "title": MASK if masked and _personal(entity) and op.title else op.title,
        "changes": [_change(change, masked and _hides(entity, change.name), masked) for change in op.changes],
    }


def review(item: Review, entity: Entity | None, *, masked: bool = False) -> dict[str, Any]:
    """One item of the inbox: both ids, the reason, and what can be decided."""
    hide = masked and _hides(entity, item.field)
    return {
        "number": item.number,
        "kind": item.kind.value,
        "entity": item.entity,
        "title": MASK if masked and _personal(entity) and item.title else item.title,
        "left": {"system": _system(entity, Side.LEFT), "ids": list(item.left_ids), **_value("value", item.left, hide)},
        "right": {
            "system": _system(entity, Side.RIGHT),
            "ids": list(item.right_ids),
            **_value("value", item.right, hide),
        },
        "field": item.field,
        "reason": _free(item.reason, masked),
        "rule": item.rule,
        "score": item.score,
        "line": item.line,
        "decisions": list(DECISIONS[item.kind]),
    }


def value(given: Value | Pending) -> Any:
    """One value as plain JSON; ABSENT is the caller's to leave out."""
    if isinstance(given, Pending):
        return {"entity": given.entity, "side": given.side.value, "id": given.id, "pending": True}
    if isinstance(given, Decimal):
        return plain(given)
    if isinstance(given, datetime):
        return given.isoformat().replace("+00:00", "Z")
    if isinstance(given, date):
        return given.isoformat()
    return list(given) if isinstance(given, tuple) else given


def _entity(name: str, entity: Entity | None, view: View) -> Mapping[str, Any]:
    tally = next((t for t in view.result.plan.tallies if t.entity == name), None)
    counts = (
        {"left": tally.left, "right": tally.right, "linked": tally.linked, "unchanged": tally.unchanged}
        if tally
        else {}
    )
    return {
        "name": name,
        "left": str(entity.left) if entity else "",
        "right": str(entity.right) if entity else "",
        "first": name in view.result.plan.first,
        "records": counts,
        "new_links": dict(view.linked.get(name, {})),
    }


def _change(change: FieldChange, hide: bool, masked: bool) -> dict[str, Any]:
    return {
        "field": change.name,
        **_value("before", change.before, hide),
        **_value("after", change.after, hide),
        **_value("base", change.base, hide),
        **_value("source", change.source, hide),
        "rule": change.rule,
        "why": _free(change.why, masked),
        "line": change.line,
    }


def _link(change: LinkChange) -> dict[str, Any]:
    return {
        "entity": change.entity,
        "left_id": change.left_id,
        "right_id": change.right_id,
        "state": change.state.value if change.state else "unlinked",
        "matched_by": change.matched_by,
    }


def _value(name: str, given: Value | Pending, hide: bool) -> dict[str, Any]:
    if given is ABSENT:
        return {}
    return {name: MASK if hide and given is not None else value(given)}


def _free(text: str, masked: bool) -> str:
    return blind(text) if masked else text


def _system(entity: Entity | None, side: Side) -> str:
    return entity.end(side).system if entity else side.value


def _hides(entity: Entity | None, field: str) -> bool:
    return entity is None or next((rule.mask for rule in entity.fields if rule.name == field), True)


def _personal(entity: Entity | None) -> bool:
    return entity is None or any(rule.mask for rule in entity.fields)
