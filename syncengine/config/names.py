"""Judges what a file says by what else it says: systems, entities, lookups and fields that it names, and keys that exclude each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath

from syncengine.config.field_names import check_field
from syncengine.config.judge import Judge, Scope, ends, is_expression, scope
from syncengine.config.order import circle
from syncengine.model.entity import Limit
from syncengine.model.mapping import Defaults, EntitySpec
from syncengine.model.written import describe

CONFLICT_WORDS = ("ask", "newest", "longest", "max", "min", "union")
FIRST_LINK_WORDS = ("ask", "newest")
_COUNTS_ONLY = {"bounce": "turns", "clock": "seconds"}
_OF_THE_RUN = ("clock", "budget")


def check_names(judge: Judge) -> None:
    """Note every name that leads nowhere and every contradiction that the file itself shows."""
    mapping = judge.document.mapping
    _inside(judge, ("state",), mapping.state)
    if mapping.report.path is not None:
        _inside(judge, ("report", "path"), mapping.report.path)
    _guards(judge, (), judge.document.guards)
    for name in mapping.lookups:
        _lookup(judge, name)
    _defaults(judge, mapping.defaults)
    for name, spec in mapping.entities.items():
        if _pair(judge, name, spec):
            _entity(scope(judge, name, spec))
    for name in circle({name: spec.after for name, spec in mapping.entities.items()}):
        judge.fault(("entities", name, "after"), 'these entities come after each other in a circle, by "after"')


def check_rule(
    judge: Judge, path: tuple[str | int, ...], text: str | None, words: tuple[str, ...], systems: Iterable[str]
) -> None:
    """Note a rule that is neither a word of the language nor a system, nor an expression."""
    if text is not None and not is_expression(text):
        judge.known(path, "rule or system", text, [*words, *systems])


def _inside(judge: Judge, path: tuple[str | int, ...], text: str) -> None:
    """Note a folder that is not inside the project."""
    folder = PurePath(text)
    if folder.is_absolute() or ".." in folder.parts or "\0" in text or folder == PurePath() or text.startswith("~"):
        judge.fault(path, f"{describe(text)} is no folder inside the project")


def _guards(judge: Judge, path: tuple[str | int, ...], guards: Mapping[str, Limit]) -> None:
    for name, limit in guards.items():
        if name in _COUNTS_ONLY and limit.share is not None:
            judge.fault((*path, "guards", name), f"wants a number of {_COUNTS_ONLY[name]}, and no share")
        if name in _OF_THE_RUN and path:
            judge.fault((*path, "guards", name), f'"{name}" judges the whole run; set it beside entities', key=True)


def _lookup(judge: Judge, name: str) -> None:
    spec = judge.document.mapping.lookups[name]
    path = ("lookups", name)
    if spec.table is not None:
        system, dot, resource = spec.table.partition(".")
        if not dot or not resource:
            judge.fault((*path, "table"), f"wants system.resource; found {describe(spec.table)}")
        else:
            judge.known((*path, "table"), "system", system, judge.document.mapping.systems)
    if spec.one_way:
        return
    first: dict[str, str] = {}
    for left, right in spec.map.items():
        if right in first:
            said = f"{describe(first[right])} and {describe(left)} both become {describe(right)}, so the way back is not known"
            judge.fault((*path, "map", left), f"{said}. Say one_way: true if it is never needed")
        first.setdefault(right, left)


def _defaults(judge: Judge, defaults: Defaults) -> None:
    systems = list(judge.document.mapping.systems)
    check_rule(judge, ("defaults", "conflict"), defaults.conflict, CONFLICT_WORDS, systems)
    check_rule(judge, ("defaults", "first_link"), defaults.first_link, FIRST_LINK_WORDS, systems)
    if defaults.owner is not None:
        judge.known(("defaults", "owner"), "system", defaults.owner, ["both", *systems])
    for key in ("create", "on_delete"):
        named = defaults.create if key == "create" else defaults.on_delete.systems if defaults.on_delete else {}
        for system in named:
            judge.known(("defaults", key, system), "system", system, systems, key=True)


def _pair(judge: Judge, name: str, spec: EntitySpec) -> bool:
    """Tell whether an entity's pair names two ends that can be."""
    sound = True
    for index, text in enumerate(spec.pair):
        path = ("entities", name, "pair", index)
        system, _, resource = text.partition(".")
        if not resource:
            judge.fault(path, f"wants system.resource; found {describe(text)}")
            sound = False
        else:
            sound = judge.known(path, "system", system, judge.document.mapping.systems) and sound
    left, right = ends(spec)
    if sound and left.system == right.system:
        judge.fault(
            ("entities", name, "pair"), f"both ends are of system {describe(left.system)}; a pair is of two systems"
        )
        sound = False
    return sound


def _entity(scope: Scope) -> None:
    judge, spec, systems = scope.judge, scope.spec, list(scope.sides)
    _guards(judge, scope.path(), {str(guard): limit for guard, limit in spec.guards.items()})
    keyed: dict[str, Iterable[str]] = {
        "where": spec.where,
        "create": spec.create,
        "on_delete": spec.on_delete.systems if spec.on_delete else (),
        "inactive": spec.inactive,
        "protect": spec.protect,
    }
    for key, named in keyed.items():
        for system in named:
            judge.known(scope.path(key, system), "system", system, systems, key=True)
    if spec.many is not None:
        judge.known(scope.path("many"), "system", spec.many, systems)
    if spec.owner is not None:
        judge.known(scope.path("owner"), "system", spec.owner, ["both", *systems])
    check_rule(judge, scope.path("conflict"), spec.conflict, CONFLICT_WORDS, systems)
    check_rule(judge, scope.path("first_link"), spec.first_link, FIRST_LINK_WORDS, systems)
    for index, other in enumerate(spec.after):
        judge.known(scope.path("after", index), "entity", other, judge.document.mapping.entities)
    for field in spec.fields:
        check_field(scope, field)
        check_rule(judge, scope.field_path(field, "conflict"), spec.fields[field].conflict, CONFLICT_WORDS, systems)
        check_rule(
            judge, scope.field_path(field, "first_link"), spec.fields[field].first_link, FIRST_LINK_WORDS, systems
        )
    _match(scope)


def _match(scope: Scope) -> None:
    judge, spec = scope.judge, scope.spec
    if spec.match is None and any(spec.create.get(system, "") != "never" for system in scope.sides):
        said = '"match" is missing: without it every record is taken for a new one'
        judge.fault(
            scope.path("match"), f"{said}. Name at least one field, or say match: [] if that is meant", key=True
        )
    for index, rule in enumerate(spec.match or ()):
        for key, fields in (("all", rule.all), ("veto", rule.veto), ("tie_break", rule.tie_break)):
            for place, field in enumerate(fields):
                judge.known(scope.path("match", index, key, place), "field", field, spec.fields)
        if len(set(rule.all)) < len(rule.all):
            judge.fault(scope.path("match", index), "names a field twice")
