"""A plan as a file: one versioned JSON document, which is applied exactly as it was reviewed or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError

from syncengine.decide.digest import digest
from syncengine.errors import UserError
from syncengine.model.link import Base, LinkState
from syncengine.model.operation_json import dump_operation, load_operation
from syncengine.model.plan import Breach, Cost, LinkChange, Plan, Tally
from syncengine.model.record import Value
from syncengine.model.review import Review, Waiting
from syncengine.model.values import from_json, to_json

VERSION: Final = 1
KIND: Final = "syncengine plan"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Base(_Strict):
    left: list[Any]
    right: list[Any]


class _Link(_Strict):
    entity: StrictStr
    left_id: StrictStr
    right_id: StrictStr
    state: LinkState | None
    base: _Base | None
    matched_by: StrictStr
    why: StrictStr
    moves: tuple[StrictStr, StrictStr] | None
    adopts: StrictBool = False


class _Review(_Strict):
    kind: Waiting
    entity: StrictStr
    left_ids: tuple[StrictStr, ...]
    right_ids: tuple[StrictStr, ...]
    field: StrictStr
    left: Any
    right: Any
    base_left: Any
    base_right: Any
    reason: StrictStr
    rule: StrictStr
    score: Annotated[float, Field(ge=0, le=1)] | None
    line: StrictInt
    title: StrictStr
    number: StrictInt


class _Tally(_Strict):
    entity: StrictStr
    left: StrictInt
    right: StrictInt
    linked: StrictInt
    unchanged: StrictInt
    created: dict[str, StrictInt]
    updated: dict[str, StrictInt]
    deleted: dict[str, StrictInt]
    new_links: StrictInt
    rebased: StrictInt
    notes: tuple[StrictStr, ...]


class _Breach(_Strict):
    guard: StrictStr
    entity: StrictStr
    message: StrictStr
    subjects: tuple[StrictStr, ...]


class _Cost(_Strict):
    system: StrictStr
    calls: StrictInt
    minutes: StrictFloat
    left_today: StrictInt | None


class _Document(_Strict):
    """The document as it stands in the file."""

    kind: Literal["syncengine plan"]
    version: Literal[1]
    meta: dict[str, StrictStr | StrictInt | StrictBool | None]
    digest: Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{64}$")]
    mapping: StrictStr
    lineage: StrictStr
    entities: tuple[StrictStr, ...]
    first: tuple[StrictStr, ...]
    refused: tuple[StrictStr, ...]
    operations: list[dict[str, Any]]
    links: list[_Link]
    reviews: list[_Review]
    tallies: list[_Tally]
    breaches: list[_Breach]
    costs: list[_Cost]
    sum: Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{64}$")]


def dump(plan: Plan, *, meta: Mapping[str, str | int | bool | None]) -> str:
    """Write a plan as text.

    Args:
        meta: What else the file is to tell a reader: which version made it, when.
    """
    document: dict[str, Any] = {
        "kind": KIND,
        "version": VERSION,
        "meta": dict(meta),
        "digest": plan.digest,
        "mapping": plan.mapping,
        "lineage": plan.lineage,
        "entities": list(plan.entities),
        "first": list(plan.first),
        "refused": list(plan.refused),
        "operations": [dump_operation(operation) for operation in plan.operations],
        "links": [_dump_link(change) for change in plan.links],
        "reviews": [_dump_review(item) for item in plan.reviews],
        "tallies": [_dump_tally(tally) for tally in plan.tallies],
        "breaches": [
            {"guard": b.guard, "entity": b.entity, "message": b.message, "subjects": list(b.subjects)}
            for b in plan.breaches
        ],
        "costs": [
            {"system": c.system, "calls": c.calls, "minutes": c.minutes, "left_today": c.left_today} for c in plan.costs
        ],
    }
    document["sum"] = _sum(document)
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def load(text: str) -> Plan:
    """Read a plan back, exactly as it was written.

    Raises:
        UserError: The text is no plan, is of another version, or was altered after it was written.
    """
    data = _parsed(text)
    if isinstance(data, dict) and data.get("kind") == KIND and data.get("version") != VERSION:
        raise UserError(
            f"This plan is of version {data.get('version')!r}; this program reads version {VERSION}. Plan again: sync plan -o FILE"
        )
    try:
        document = _Document.model_validate(data)
        plan = _plan(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _altered(f"{'.'.join(map(str, first['loc'])) or 'document'}: {first['msg']}") from None
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError) as error:
        raise _altered(str(error) or type(error).__name__) from None
    if _sum({name: value for name, value in data.items() if name != "sum"}) != document.sum:
        raise _altered("its contents do not give the sum that stands in it")
    if digest(plan) != plan.digest:
        raise _altered("its operations do not give the digest that stands in it")
    return plan


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_twice)
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"This is not a saved plan: {str(error) or 'it is nested too deeply'}. Nothing was written."
        ) from None


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _altered(what: str) -> UserError:
    return UserError(
        f"The saved plan was altered or damaged after it was written ({what}). Nothing was written.\n"
        "  Plan again: sync plan -o FILE"
    )


def _sum(document: Mapping[str, Any]) -> str:
    """Fingerprint of the whole document, what the digest leaves out included."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _dump_link(change: LinkChange) -> dict[str, Any]:
    base = change.base
    return {
        "entity": change.entity,
        "left_id": change.left_id,
        "right_id": change.right_id,
        "state": change.state.value if change.state is not None else None,
        "base": None if base is None else {"left": _values(base.left), "right": _values(base.right)},
        "matched_by": change.matched_by,
        "why": change.why,
        "moves": list(change.moves) if change.moves is not None else None,
        "adopts": change.adopts,
    }


def _values(values: tuple[Value, ...]) -> list[Any]:
    return [to_json(value) for value in values]


def _dump_review(item: Review) -> dict[str, Any]:
    return {
        "kind": item.kind.value,
        "entity": item.entity,
        "left_ids": list(item.left_ids),
        "right_ids": list(item.right_ids),
        "field": item.field,
        "left": to_json(item.left),
        "right": to_json(item.right),
        "base_left": to_json(item.base_left),
        "base_right": to_json(item.base_right),
        "reason": item.reason,
        "rule": item.rule,
        "score": item.score,
        "line": item.line,
        "title": item.title,
        "number": item.number,
    }


def _dump_tally(tally: Tally) -> dict[str, Any]:
    return {
        "entity": tally.entity,
        "left": tally.left,
        "right": tally.right,
        "linked": tally.linked,
        "unchanged": tally.unchanged,
        "created": dict(tally.created),
        "updated": dict(tally.updated),
        "deleted": dict(tally.deleted),
        "new_links": tally.new_links,
        "rebased": tally.rebased,
        "notes": list(tally.notes),
    }


def _plan(document: _Document) -> Plan:
    return Plan(
        digest=document.digest,
        mapping=document.mapping,
        lineage=document.lineage,
        entities=document.entities,
        operations=tuple(load_operation(data) for data in document.operations),
        links=tuple(_load_link(item) for item in document.links),
        reviews=tuple(_load_review(item) for item in document.reviews),
        tallies=tuple(Tally(**dict(item)) for item in document.tallies),
        breaches=tuple(Breach(**dict(item)) for item in document.breaches),
        costs=tuple(Cost(**dict(item)) for item in document.costs),
        first=document.first,
        refused=document.refused,
    )


def _load_link(item: _Link) -> LinkChange:
    base = item.base
    return LinkChange(
        entity=item.entity,
        left_id=item.left_id,
        right_id=item.right_id,
        state=item.state,
        base=None
        if base is None
        else Base(left=tuple(map(from_json, base.left)), right=tuple(map(from_json, base.right))),
        matched_by=item.matched_by,
        why=item.why,
        moves=item.moves,
        adopts=item.adopts,
    )


def _load_review(item: _Review) -> Review:
    values: dict[str, Any] = {
        name: from_json(getattr(item, name)) for name in ("left", "right", "base_left", "base_right")
    }
    return Review(**{**dict(item), **values})
