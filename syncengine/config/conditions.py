"""Resolves ``where``, ``protect`` and ``inactive``: a side's own field names, constants typed by what those fields hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from syncengine.config.constants import TODAY, typed
from syncengine.config.facts import Ground
from syncengine.model.clause import OPERATORS, Clause, Comparison
from syncengine.model.entity import Condition, Group, Test
from syncengine.model.record import Side, Value
from syncengine.model.resource import FieldFacts, Kind

Path = tuple[str | int, ...]
Operator = Literal["eq", "not", "gt", "ge", "lt", "le"]
_ORDER: Final = ("gt", "ge", "lt", "le")
_UNORDERED: Final = (Kind.FLAG, Kind.REFERENCE, Kind.LIST)


def condition(ground: Ground, side: Side, clause: Clause, path: Path) -> Condition | None:
    """Resolve one clause; None if it says nothing, or only what is wrong and noted."""
    parts: list[Condition] = []
    for name, comparison in clause.tests.items():
        facts = ground.facts(side, name, (*path, name), key=True, compared=True)
        if facts is not None:
            parts += _tests(ground, facts, comparison, (*path, name))
    groups: tuple[tuple[Literal["any", "all"], tuple[Clause, ...]], ...] = (
        ("any", clause.any or ()),
        ("all", clause.all or ()),
    )
    for kind, clauses in groups:
        inner = [condition(ground, side, one, (*path, kind, index)) for index, one in enumerate(clauses)]
        if kept := tuple(one for one in inner if one is not None):
            parts.append(Group(kind=kind, parts=kept))
    if len(parts) == 1:
        return parts[0]
    return Group(kind="all", parts=tuple(parts)) if parts else None


def conditions(ground: Ground, key: str, clauses: Mapping[str, Clause]) -> Mapping[Side, Condition]:
    """Resolve a clause per system, as ``where`` and ``protect`` have it."""
    found: dict[Side, Condition] = {}
    for system, clause in clauses.items():
        side = ground.scope.sides[system]
        path = ground.scope.path(key, system)
        resolved = condition(ground, side, clause, path)
        if resolved is not None:
            found[side] = resolved
        elif not clause.tests and not clause.any and not clause.all:
            ground.scope.judge.fault(path, "says nothing; name a field, or leave it out")
    return found


def inactive(ground: Ground, side: Side, means: Mapping[str, str | None], path: Path) -> Mapping[str, Value]:
    """Resolve how a side says inactive; the word ``today`` stays itself on a field that holds dates."""
    found: dict[str, Value] = {}
    for name, text in means.items():
        facts = ground.facts(side, name, (*path, name), key=True, compared=True)
        if facts is None:
            continue
        if text == TODAY and facts.kind in (Kind.DATE, Kind.INSTANT, Kind.ANY):
            found[name] = TODAY
        else:
            found[name] = _value(ground, facts, text, (*path, name))
    return found


def _tests(ground: Ground, facts: FieldFacts, comparison: Comparison, path: Path) -> list[Condition]:
    """One test per operator that is written."""
    if not comparison.operators:
        ground.scope.judge.fault(path, "says nothing; give a value, a list or an operator such as ge")
    return [
        test
        for operator in comparison.operators
        if (test := _test(ground, facts, operator, getattr(comparison, OPERATORS[operator]), path)) is not None
    ]


def _test(ground: Ground, facts: FieldFacts, operator: str, given: Any, path: Path) -> Test | None:
    name = facts.name
    # In the file, a value and a list stand for themselves; the others have a key of their own.
    at = path if operator in ("eq", "in") else (*path, operator)
    if operator == "empty" or (operator in ("eq", "not") and given is None):
        # "is null" and "is not null" ask whether there is a value.
        return Test(field=name, op="empty", value=bool(given) if operator == "empty" else operator == "eq")
    if operator == "prefix":
        return Test(field=name, op="prefix", value=str(given))
    if operator in _ORDER and facts.kind in _UNORDERED:
        ground.scope.judge.fault(
            at, f"{name} holds {_article(facts.kind)}, which has no order", key=operator not in ("eq", "in")
        )
        return None
    if isinstance(given, tuple):
        values = tuple(_value(ground, facts, text, (*at, index)) for index, text in enumerate(given))
        return Test(field=name, op="not" if operator == "not" else "in", value=values)
    return Test(field=name, op=cast("Operator", operator), value=_value(ground, facts, given, at))


def _value(ground: Ground, facts: FieldFacts, text: str | None, path: Path) -> Value:
    try:
        # A list holds several values; a comparison names one of them.
        return typed(text, Kind.TEXT if facts.kind is Kind.LIST else facts.kind)
    except ValueError as error:
        ground.scope.judge.fault(path, str(error))
        return None


def _article(kind: Kind) -> str:
    return {Kind.FLAG: "a flag", Kind.REFERENCE: "a reference", Kind.LIST: "a list"}.get(kind, "text")
