"""Judges one field of the mapping by the rest of the file."""

from __future__ import annotations

from syncengine.config.faults import Hint
from syncengine.config.judge import Scope, ends, is_expression
from syncengine.model.mapping import FieldSpec
from syncengine.model.transform_names import TRANSFORMS, parse
from syncengine.model.written import describe

_WITH_VALUE = (
    "source",
    "use",
    "to",
    "lookup",
    "ref",
    "empty",
    "compare",
    "conflict",
    "first_link",
    "required",
    "owner",
)
"""What means nothing beside a constant."""


def check_field(scope: Scope, name: str) -> None:
    """Note what contradicts itself, or names what the file does not have."""
    spec = scope.spec.fields[name]
    _origin(scope, name, spec)
    _expressions(scope, name, spec)
    _transforms(scope, name, spec)
    _tables(scope, name, spec)
    if spec.owner is not None:
        scope.judge.known(scope.field_path(name, "owner"), "system", spec.owner, ["both", *scope.sides])


def _origin(scope: Scope, name: str, spec: FieldSpec) -> None:
    """A value comes from one place."""
    judge, path = scope.judge, scope.field_path(name)
    if spec.is_constant:
        for attribute in _WITH_VALUE:
            if attribute in spec.model_fields_set:
                written = (
                    "from" if attribute == "source" else f"to_{next(iter(spec.to))}" if attribute == "to" else attribute
                )
                judge.fault(
                    (*path, written), f'"value" gives a constant, so "{written}" has no meaning beside it', key=True
                )
    elif spec.source is None and not spec.to:
        judge.fault(path, 'no value: say "from" (a path of the other side), or "value" (a constant)')
    owned = spec.owner not in (None, "both") or scope.spec.owner not in (None, "both")
    default = scope.judge.document.mapping.defaults.owner not in (None, "both")
    if spec.write is not None and not (spec.is_constant or owned or default or spec.to):
        judge.fault((*path, "write"), '"write" is for constants and for fields with an owner; say owner, too', key=True)
    if spec.missing is not None and spec.ref is None:
        judge.fault((*path, "missing"), '"missing" is for references; say ref, too', key=True)
    if spec.overflow == "truncate" and name in {field for rule in scope.spec.match or () for field in rule.all}:
        judge.fault((*path, "overflow"), "partners are recognised by this field, so it cannot be cut short")


def _expressions(scope: Scope, name: str, spec: FieldSpec) -> None:
    judge, path = scope.judge, scope.field_path(name)
    for system in spec.to:
        judge.known((*path, f"to_{system}"), "system", system, scope.sides, key=True)
    if not spec.to:
        return
    for attribute in ("use", "lookup", "ref"):
        if attribute in spec.model_fields_set:
            judge.fault(
                (*path, attribute), f'expressions take the place of "{attribute}"; use one or the other', key=True
            )
    left = scope.left.system
    if left in spec.to and spec.source is None:
        judge.fault((*path, f"to_{left}"), f'"from" is missing: the field of {left} that is to be written', key=True)
    if left in spec.to and scope.right.system not in spec.to and spec.owner == left:
        judge.fault(
            (*path, "owner"), f"{left} decides, but only to_{left} is given, which reads from {scope.right.system}"
        )
    if spec.owner == scope.right.system and left not in spec.to:
        judge.fault((*path, "owner"), f"{spec.owner} decides, but there is no to_{left} to bring its value there")


def _transforms(scope: Scope, name: str, spec: FieldSpec) -> None:
    for index, text in enumerate(spec.use):
        path = scope.field_path(name, "use", index)
        try:
            parse(text)
        except LookupError as error:
            unknown = str(error.args[0])
            scope.judge.fault(
                path, f"unknown transform {describe(unknown)}", hint=Hint(word=unknown, known=list(TRANSFORMS))
            )
        except ValueError as error:
            scope.judge.fault(path, str(error))


def _tables(scope: Scope, name: str, spec: FieldSpec) -> None:
    judge, mapping = scope.judge, scope.judge.document.mapping
    if spec.lookup is not None:
        judge.known(scope.field_path(name, "lookup"), "lookup", spec.lookup, mapping.lookups)
    if spec.lookup is not None and spec.ref is not None:
        judge.fault(scope.field_path(name, "lookup"), '"lookup" and "ref" exclude each other', key=True)
    for key, rule in (("conflict", spec.conflict), ("first_link", spec.first_link)):
        if spec.ref is not None and rule is not None and is_expression(rule):
            said = "a reference cannot be computed. Say ask, newest or a system"
            judge.fault(scope.field_path(name, key), said)
    if spec.ref is None or not judge.known(scope.field_path(name, "ref"), "entity", spec.ref, mapping.entities):
        return
    other = ends(mapping.entities[spec.ref])
    if (other[0].system, other[1].system) != (scope.left.system, scope.right.system):
        said = f"{spec.ref} links {other[0].system} with {other[1].system}"
        judge.fault(
            scope.field_path(name, "ref"),
            f"{said}, so it cannot translate between {scope.left.system} and {scope.right.system}",
        )
