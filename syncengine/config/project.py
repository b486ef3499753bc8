"""A loaded mapping + what the connectors declare → what the engine decides by: sides, defaults, types, order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncengine.config.conditions import conditions, inactive
from syncengine.config.document import Document
from syncengine.config.facts import Ground, Resources
from syncengine.config.faults import Hint
from syncengine.config.fields import resolve_fields
from syncengine.config.judge import Judge, Scope, scope
from syncengine.config.notes import told
from syncengine.config.options import check_options
from syncengine.config.order import ordered
from syncengine.config.unsupported import check_supported
from syncengine.model.entity import Birth, DeleteRule, Entity, Limit, Lookup, MatchRule, OnDelete, OnLeave
from syncengine.model.mapping import DeleteSpec
from syncengine.model.record import Side
from syncengine.model.resource import Resource
from syncengine.model.written import describe

__all__ = ["Document", "Project", "check_options", "resolve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project's mapping, ready to decide by.

    Attributes:
        entities: In the order they are done: what others refer to comes first.
        guards: Limits set for all entities; they are in each entity's own ``guards`` already, unless it sets its own.
        environment: The label pinned in the state; "" if there is none.
        digest: Of all that decides; see ``Document.mapping_digest``.
        notes: What is not wrong and worth telling at ``check``, one line each, with its place.
    """

    entities: tuple[Entity, ...]
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    guards: Mapping[str, Limit] = field(default_factory=dict)
    environment: str = ""
    digest: str = ""
    notes: tuple[str, ...] = ()


def resolve(document: Document, resources: Resources) -> Project:
    """Resolve a mapping against what its systems hold.

    Args:
        resources: System → name → resource, as the connectors declare them, for every system of the file.

    Raises:
        ConfigError: A resource or field does not exist, cannot be written, does not hold such a value, or the mapping asks for what is
            not supported yet; one line per fault.
    """
    faults = document.faults()
    judge = Judge(document, faults)
    check_supported(judge)
    lookups = {name: _lookup(judge, name, resources) for name in document.mapping.lookups}
    entities: dict[str, Entity] = {}
    for name, spec in document.mapping.entities.items():
        ground = _ground(scope(judge, name, spec), resources)
        if ground is not None:
            entities[name] = _entity(ground)
    faults.raise_any()
    needs = {name: [*spec.after, *_refs(entities[name])] for name, spec in document.mapping.entities.items()}
    return Project(
        entities=tuple(entities[name] for name in ordered(needs)),
        lookups=lookups,
        guards=dict(document.guards),
        environment=document.environment,
        digest=document.mapping_digest,
        notes=tuple(line for entity in entities.values() for line in told(document, entity, resources)),
    )


def _refs(entity: Entity) -> list[str]:
    return [rule.ref for rule in entity.fields if rule.ref]


def _resource(judge: Judge, path: tuple[str | int, ...], text: str, resources: Resources) -> Resource | None:
    """Find the resource a text such as ``exact.Items`` names; None, with a fault, if there is none."""
    system, _, name = text.partition(".")
    held = resources.get(system, {})
    if name in held:
        return held[name]
    hint = Hint(word=name, known=list(held), manner="nearest")
    judge.fault(path, f"{system} has no resource {describe(name)}", hint=hint, see=f"See: sync schema --list {system}")
    return None


def _ground(under: Scope, resources: Resources) -> Ground | None:
    found: dict[Side, Resource] = {}
    for index, side in enumerate((Side.LEFT, Side.RIGHT)):
        resource = _resource(under.judge, under.path("pair", index), under.spec.pair[index], resources)
        if resource is not None:
            found[side] = resource
    return Ground(under, found) if len(found) == 2 else None


def _lookup(judge: Judge, name: str, resources: Resources) -> Lookup:
    spec = judge.document.mapping.lookups[name]
    system, _, table = (spec.table or "").partition(".")
    if spec.table is not None and spec.key is not None:
        resource = _resource(judge, ("lookups", name, "table"), spec.table, resources)
        if resource is not None and spec.key not in resource.fields and not resource.open:
            hint = Hint(word=spec.key, known=list(resource.fields), manner="nearest")
            judge.fault(("lookups", name, "key"), f"{spec.table} has no field {describe(spec.key)}", hint=hint)
    return Lookup(
        name=name,
        map=dict(spec.map),
        system=system,
        table=table,
        key=spec.key or "",
        unmapped=spec.unmapped,
        default=spec.default,
        one_way=spec.one_way,
        at=judge.document.at("lookups", name, key=True),
    )


def _entity(ground: Ground) -> Entity:
    under, spec = ground.scope, ground.scope.spec
    document = under.judge.document
    said = {under.sides[system]: (system, means) for system, means in spec.inactive.items()}
    return Entity(
        name=under.name,
        left=under.left,
        right=under.right,
        fields=resolve_fields(ground),
        match=_match(under),
        where=conditions(ground, "where", spec.where),
        inactive={
            side: inactive(ground, side, means, under.path("inactive", system))
            for side, (system, means) in said.items()
        },
        protect=conditions(ground, "protect", spec.protect),
        on_leave=spec.on_leave or document.mapping.defaults.on_leave or OnLeave.FREEZE,
        many=under.sides[spec.many] if spec.many is not None else None,
        create=_create(ground),
        on_delete=_on_delete(ground),
        guards={**document.guards, **{str(name): limit for name, limit in spec.guards.items()}},
        after=tuple(spec.after),
        at=document.at(*under.path(), key=True),
    )


def _match(under: Scope) -> tuple[MatchRule, ...]:
    return tuple(
        MatchRule(
            fields=rule.all,
            then=rule.then,
            veto=rule.veto,
            tie_break=rule.tie_break,
            at=under.judge.document.at(*under.path("match", index)),
        )
        for index, rule in enumerate(under.spec.match or ())
    )


def _create(ground: Ground) -> Mapping[Side, Birth]:
    """Where records are created. Unsaid: at once on the right, asked for on the left, never where the resource cannot."""
    under = ground.scope
    defaults = under.judge.document.mapping.defaults.create
    found = {}
    for side, usual in ((Side.LEFT, Birth.ASK), (Side.RIGHT, Birth.AUTO)):
        system, able = under.end(side).system, ground.resources[side].create
        said = under.spec.create.get(system)
        if said not in (None, Birth.NEVER) and not able:
            under.judge.fault(under.path("create", system), f"nothing can be created in {under.end(side)}. Say never")
        found[side] = (said or defaults.get(system) or usual) if able else Birth.NEVER
    return found


def _on_delete(ground: Ground) -> Mapping[Side, DeleteRule]:
    """What a deletion does to the other side. Unsaid: it is kept."""
    under = ground.scope
    own, defaults = (
        under.spec.on_delete or DeleteSpec(),
        under.judge.document.mapping.defaults.on_delete or DeleteSpec(),
    )
    edited = own.edited or defaults.edited or OnDelete.ASK
    found = {}
    for side in Side:
        system, other = under.end(side).system, under.end(side.other)
        then = own.systems.get(system) or defaults.systems.get(system) or OnDelete.KEEP
        path = under.path("on_delete", system)
        if then is OnDelete.DELETE and not ground.resources[side.other].delete:
            under.judge.fault(path, f"nothing can be deleted in {other}. Say keep, ask, or deactivate")
        if then is OnDelete.RESTORE and not ground.resources[side].create:
            under.judge.fault(
                path, f"nothing can be created in {under.end(side)}, so nothing restored. Say keep or ask"
            )
        found[side] = DeleteRule(then=then, edited=edited)
    return found
