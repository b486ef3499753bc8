"""Resolves the fields of an entity: defaults applied, systems turned into sides, each held to what both resources say of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from syncengine.config.constants import typed
from syncengine.config.facts import Ground, writable
from syncengine.config.judge import is_expression, match_fields, strangers
from syncengine.model.entity import Empty, Expression, FieldRule, FirstRule, MissingRef, Rule, RuleKey, Write
from syncengine.model.mapping import Defaults, FieldSpec
from syncengine.model.record import Side, Value
from syncengine.model.resource import FieldFacts
from syncengine.model.written import describe


def resolve_fields(ground: Ground) -> tuple[FieldRule, ...]:
    """Resolve all fields of an entity, in the order of the file; what is wrong is noted and left out."""
    scope = ground.scope
    rules = [rule for name, spec in scope.spec.fields.items() if (rule := _field(ground, name, spec)) is not None]
    _one_writer(ground, rules)
    return tuple(rules)


def _field(ground: Ground, name: str, spec: FieldSpec) -> FieldRule | None:
    scope = ground.scope
    right = ground.facts(Side.RIGHT, name, scope.field_path(name), key=True, compared=name in match_fields(scope.spec))
    left = ground.facts(Side.LEFT, spec.source, scope.field_path(name, "from")) if spec.source is not None else None
    if right is None or (left is None and spec.source is not None):
        return None
    defaults = scope.judge.document.mapping.defaults
    owner = _owner(ground, spec, defaults)
    readonly = _readonly(ground, name, spec, owner, left, right)
    _reference(ground, name, spec, right)
    return FieldRule(
        name=name,
        source=spec.source or "",
        constant=_constant(ground, name, spec, right),
        is_constant=spec.is_constant,
        use=tuple(text.strip() for text in spec.use),
        to_right=spec.to.get(scope.right.system, ""),
        to_left=spec.to.get(scope.left.system, ""),
        lookup=spec.lookup or "",
        ref=spec.ref or "",
        missing=_first(spec.missing, defaults.missing, MissingRef.WAIT),
        owner=owner,
        readonly=readonly,
        write=_first(spec.write, defaults.write if spec.is_constant or owner else None, Write.ALWAYS),
        conflict=cast("Rule", _rule(ground, name, spec, "conflict")),
        first_link=cast("FirstRule", _rule(ground, name, spec, "first_link")),
        empty=_empty(ground, name, spec, defaults),
        compare=spec.compare or "exact",
        required=spec.required,
        max_length=_max_length(ground, name, spec, right),
        overflow=_first(spec.overflow, defaults.overflow, "hold"),
        mask=_mask(_first(spec.mask, defaults.mask, "auto"), left, right),
        note=spec.note,
        ground=(spec.ground or "").strip(),
        at=scope.judge.document.at(*scope.field_path(name), key=True),
    )


def _first(*values: Any) -> Any:
    """The first that is said."""
    return next(value for value in values if value is not None)


def _side(ground: Ground, text: str) -> str:
    """A system's name as its side; a word of the language as it is."""
    side = ground.scope.sides.get(text)
    return side.value if side is not None else text


def _rule(ground: Ground, name: str, spec: FieldSpec, key: RuleKey) -> str | Expression:
    """The first rule that is said and means something here: a default may name a system that this entity does not have."""
    scope = ground.scope
    document = scope.judge.document
    places = (
        (scope.field_path(name, key), spec),
        (scope.path(key), scope.spec),
        (("defaults", key), document.mapping.defaults),
    )
    for path, part in places:
        text = getattr(part, key)
        if text is None or (path[0] == "defaults" and strangers(text, document.mapping.systems, scope.sides)):
            continue
        if not is_expression(text):
            return _side(ground, text)
        # What one side calls a record means nothing on the other: there is nothing to compute.
        return Expression(text=text, at=document.at(*path)) if spec.ref is None else "ask"
    return "ask"


def _owner(ground: Ground, spec: FieldSpec, defaults: Defaults) -> Side | None:
    if spec.is_constant:
        return None
    said = _first(spec.owner, ground.scope.spec.owner, defaults.owner, "both")
    return ground.scope.sides.get(said)


def _empty(ground: Ground, name: str, spec: FieldSpec, defaults: Defaults) -> Empty:
    if spec.empty is not None:
        return spec.empty
    if name in match_fields(ground.scope.spec):
        return Empty.KEEP
    return defaults.empty if defaults.empty is not None else Empty.CLEAR


def _mask(said: bool | str, left: FieldFacts | None, right: FieldFacts) -> bool:
    if isinstance(said, bool):
        return said
    return right.personal or (left is not None and left.personal)


def _constant(ground: Ground, name: str, spec: FieldSpec, right: FieldFacts) -> Value:
    if not spec.is_constant:
        return None
    try:
        return typed(spec.value, right.kind)
    except ValueError as error:
        ground.scope.judge.fault(ground.scope.field_path(name, "value"), str(error))
        return None


def _max_length(ground: Ground, name: str, spec: FieldSpec, right: FieldFacts) -> int | None:
    if spec.max_length is None or right.max_length is None or spec.max_length <= right.max_length:
        return spec.max_length if spec.max_length is not None else right.max_length
    said = f"{ground.scope.right}.{name} takes at most {right.max_length} characters"
    ground.scope.judge.fault(ground.scope.field_path(name, "max_length"), said)
    return right.max_length


def _readonly(
    ground: Ground, name: str, spec: FieldSpec, owner: Side | None, left: FieldFacts | None, right: FieldFacts
) -> Side | None:
    """Which side cannot be written: by its own declaration, or because the way to it is not given.

    A side that can never be written must be the one that decides; else a change would have nowhere to go.
    """
    scope, path = ground.scope, ground.scope.field_path(name)
    closed = {side for side in Side if _is_closed(ground, side, left if side is Side.LEFT else right, spec)}
    for side in sorted(closed):
        if side is Side.RIGHT and spec.is_constant:
            scope.judge.fault(
                path, f"{scope.right}.{name} is read-only, so it cannot be given a value", key=True, own=True
            )
        elif owner is not side:
            where = f"{scope.end(side)}.{spec.source if side is Side.LEFT else name}"
            decides = f"; {scope.end(side.other).system} cannot decide it" if owner else ""
            said = f"{where} is read-only{decides}. Say owner: {scope.end(side).system}"
            scope.judge.fault(path, said, key=True, own=True)
    for side in Side:
        if spec.to and scope.end(side).system not in spec.to and side not in closed:
            return side
    if spec.lookup and scope.judge.document.mapping.lookups[spec.lookup].one_way:
        if owner is Side.RIGHT:
            said = (
                f'lookup "{spec.lookup}" is one way, toward {scope.right.system}, so {scope.right.system} cannot decide'
            )
            scope.judge.fault((*path, "lookup"), said)
        return Side.LEFT
    return next(iter(sorted(closed)), None)


def _is_closed(ground: Ground, side: Side, facts: FieldFacts | None, spec: FieldSpec) -> bool:
    """Tell whether this side's field can never be written."""
    resource = ground.resources[side]
    if facts is None or (side is Side.LEFT and spec.source is None):
        return False
    return not writable(facts) or not (resource.create or resource.update)


def _reference(ground: Ground, name: str, spec: FieldSpec, right: FieldFacts) -> None:
    """Hold a reference to the resource whose ids the right field takes."""
    scope = ground.scope
    if spec.ref is None or not right.refers_to:
        return
    resource = scope.judge.document.mapping.entities[spec.ref].pair[1].partition(".")[2]
    if resource.rpartition(".")[2] != right.refers_to.rpartition(".")[2]:
        said = f"{scope.right}.{name} holds ids of {right.refers_to}, and {spec.ref} links {describe(resource)}"
        scope.judge.fault(scope.field_path(name, "ref"), said)


def _one_writer(ground: Ground, rules: Iterable[FieldRule]) -> None:
    """Note a left field that two fields would write, each its own value."""
    first: dict[str, str] = {}
    for rule in rules:
        if not rule.source or rule.owner is Side.LEFT or rule.readonly is Side.LEFT:
            continue
        if rule.source in first:
            left = ground.scope.left
            said = f"{left}.{rule.source} is written from {first[rule.source]} already; let {left.system} own one of the two"
            ground.scope.judge.fault(ground.scope.field_path(rule.name, "from"), said)
        first.setdefault(rule.source, rule.name)
