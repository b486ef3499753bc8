"""Turn a parsed ``$filter`` into a test on records, and into a first choice of records by index."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from exact_emulator.errors import bad_request, bad_syntax
from exact_emulator.odata.parse import Call, Compare, Constant, Field, Logic, Node, Not
from exact_emulator.reference import Property
from exact_emulator.values import RANGES, comparer

Getter = Callable[[str], Any]
"""Gives the stored value of a property of the record under test."""

Operand = Callable[[Getter], Any]
Test = Callable[[Getter], bool]

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def family(kind: str) -> str:
    """Give the group of EDM types that may be compared with each other."""
    if kind in RANGES or kind == "Double":
        return "number"
    return kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Collation:
    """How text compares; the default is that of SQL Server."""

    case: bool = False
    spaces: bool = False


class Compiler:
    """Compiles filters on the records of one endpoint."""

    def __init__(self, model: str, properties: Mapping[str, Property], collation: Collation) -> None:
        self.model = model
        self.properties = properties
        self.collation = collation

    def compile(self, node: Node) -> Test:
        """Give the test of a whole filter.

        Raises:
            ApiError: 400; an unknown property, types that do not go together, or not a condition.
        """
        if isinstance(node, Logic):
            tests = [self.compile(term) for term in node.terms]
            if node.operator == "and":
                return lambda get: all(test(get) for test in tests)
            return lambda get: any(test(get) for test in tests)
        if isinstance(node, Not):
            inner = self.compile(node.term)
            return lambda get: not inner(get)
        if isinstance(node, Compare):
            return self._compare(node)
        kind, value = self._operand(node)
        if kind != "Boolean":
            raise bad_request("Expression of type 'System.Boolean' expected at position 0.")
        return lambda get: bool(value(get))

    def _compare(self, node: Compare) -> Test:
        if _has_field(node.left) and _has_field(node.right):
            raise bad_syntax()
        left_kind, left = self._operand(node.left)
        right_kind, right = self._operand(node.right)
        kinds = {left_kind, right_kind} - {"Null"}
        if len({family(k) for k in kinds}) > 1:
            raise bad_request(
                f"Operator '{node.operator}' incompatible with operand types 'System.{left_kind}' and "
                f"'System.{right_kind}' at position 0."
            )
        compare = _OPERATORS[node.operator]
        ordered = node.operator not in {"eq", "ne"}

        def test(get: Getter) -> bool:
            a, b = left(get), right(get)
            # Null equals null and differs from everything; it is neither greater nor smaller.
            return False if ordered and (a is None or b is None) else compare(a, b)

        return test

    def _operand(self, node: Node) -> tuple[str, Operand]:
        """Give the EDM type of an operand and the function that gives its comparable value."""
        if isinstance(node, Constant):
            of = comparer(node.kind, case=self.collation.case, spaces=self.collation.spaces)
            # A date literal is in milliseconds already.
            value = node.value if node.value is None or node.kind == "DateTime" else of(node.value)
            return node.kind, lambda get: value
        if isinstance(node, Field):
            return self._field(node.name)
        if isinstance(node, Call):
            return self._call(node)
        return "Boolean", self.compile(node)

    def _field(self, name: str) -> tuple[str, Operand]:
        prop = self.properties.get(name)
        if prop is None:
            raise bad_request(f"No property '{name}' exists in type '{self.model}' at position 0.")
        if prop.type.endswith(")") or prop.type == "Binary":
            raise bad_syntax()
        of = comparer(prop.type, case=self.collation.case, spaces=self.collation.spaces)

        def value(get: Getter) -> Any:
            raw = get(name)
            return None if raw is None else of(raw)

        return prop.type, value

    def _call(self, node: Call) -> tuple[str, Operand]:
        arguments = [self._operand(a) for a in node.arguments]
        if any(kind not in {"String", "Null"} for kind, _ in arguments):
            raise bad_request(f"No applicable function exists for the name '{node.name}' at position 0.")
        values = [value for _, value in arguments]
        if node.name == "trim":
            return "String", lambda get: _or_none(str.strip, values[0](get))
        # substringof('x',Name) has the part first, the others have it last.
        whole, part = (values[1], values[0]) if node.name == "substringof" else (values[0], values[1])
        search: Callable[[str, str], bool] = {
            "substringof": str.__contains__,
            "startswith": str.startswith,
            "endswith": str.endswith,
        }[node.name]

        def found(get: Getter) -> bool:
            text, piece = whole(get), part(get)
            return text is not None and piece is not None and search(text, piece)

        return "Boolean", found


def _or_none(function: Callable[[str], str], value: str | None) -> str | None:
    return None if value is None else function(value)


def _has_field(node: Node) -> bool:
    if isinstance(node, Field):
        return True
    if isinstance(node, Call):
        return any(_has_field(a) for a in node.arguments)
    return isinstance(node, Compare | Logic | Not)


Lookup = Callable[[str, Any], set[str] | None]
"""Gives the keys of records whose property has a literal's value; None if no index can tell."""


def candidates(node: Node, lookup: Lookup) -> set[str] | None:
    """Choose the records a filter can be true for, by index; None if all must be tried."""
    if isinstance(node, Logic):
        found = [candidates(term, lookup) for term in node.terms]
        known = [keys for keys in found if keys is not None]
        if node.operator == "and":
            return set.intersection(*known) if known else None
        return set.union(*known) if len(known) == len(found) else None
    if isinstance(node, Compare) and node.operator == "eq":
        sides = (node.left, node.right) if isinstance(node.left, Field) else (node.right, node.left)
        if isinstance(sides[0], Field) and isinstance(sides[1], Constant) and sides[1].value is not None:
            return lookup(sides[0].name, sides[1])
    return None


def fields_of(node: Node) -> list[str]:
    """Name the properties a filter speaks of, in order of appearance."""
    if isinstance(node, Field):
        return [node.name]
    if isinstance(node, Call):
        parts: tuple[Node, ...] = node.arguments
    elif isinstance(node, Compare):
        parts = (node.left, node.right)
    elif isinstance(node, Logic):
        parts = node.terms
    else:
        parts = (node.term,) if isinstance(node, Not) else ()
    return list(dict.fromkeys(name for part in parts for name in fields_of(part)))
