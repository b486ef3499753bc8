"""Read ``$filter`` expressions and literals into a tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal as Choice
from zoneinfo import ZoneInfo

from exact_emulator.errors import ApiError, bad_syntax
from exact_emulator.values import guid, iso_ms

Operator = Choice["eq", "ne", "gt", "ge", "lt", "le"]
OPERATORS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
FUNCTIONS = {"substringof": 2, "startswith": 2, "endswith": 2, "trim": 1}


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal. ``kind``: Guid, DateTime (value in wall-clock ms), String, Int64, Double, Boolean or Null."""

    kind: str
    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Field:
    """A property by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function of OData with its arguments."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Two operands and a comparison."""

    operator: Operator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` over two or more terms."""

    operator: Choice["and", "or"]
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a term."""

    term: Node


Node = Constant | Field | Call | Compare | Logic | Not

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<typed>(?:guid|datetime)'[^']*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[LlDdFfMm]?(?![\w]))
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<mark>[(),/])
    )""",
    re.VERBOSE,
)
MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text with its kind, the name of a group above."""

    kind: str
    text: str


def tokens(text: str) -> list[Token]:
    """Cut an expression into pieces; ApiError 400 where it cannot be cut."""
    found: list[Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if not match:
            raise bad_syntax()
        kind = match.lastgroup or ""
        found.append(Token(kind, match[kind]))
        at = match.end()
    return found


def constant(token: Token, zone: ZoneInfo, *, date_only: bool = True) -> Constant:
    """Read one literal; ApiError 400 if it is none."""
    text = token.text
    try:
        if token.kind == "string":
            return Constant("String", text[1:-1].replace("''", "'"))
        if token.kind == "number":
            if text[-1] in "Ll":
                return Constant("Int64", int(text[:-1]))
            plain = text.rstrip("DdFfMm")
            return (
                Constant("Int64", int(plain))
                if plain == text and text.lstrip("-").isdigit()
                else Constant("Double", float(plain))
            )
        if token.kind == "typed":
            kind, inner = text[:-1].split("'", 1)
            if kind == "guid":
                return Constant("Guid", guid(inner))
            if not date_only and "T" not in inner:
                raise bad_syntax()
            return Constant("DateTime", iso_ms(inner, zone))
    except ValueError:
        raise bad_syntax() from None
    words = {"true": Constant("Boolean", True), "false": Constant("Boolean", False), "null": Constant("Null", None)}
    if token.text not in words:
        raise bad_syntax()
    return words[token.text]


class Parser:
    """Recursive descent: or, and, not, comparison, operand."""

    def __init__(self, text: str, zone: ZoneInfo, *, date_only: bool = True) -> None:
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0
        self.zone = zone
        self.date_only = date_only

    def parse(self) -> Node:
        """Read the whole text; ApiError 400 if anything is left over."""
        node = self._or()
        if self.at != len(self.tokens):
            raise bad_syntax()
        return node

    def _peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else Token("end", "")

    def _take(self, *texts: str) -> bool:
        if self._peek().kind in {"name", "mark"} and self._peek().text in texts:
            self.at += 1
            return True
        return False

    def _or(self) -> Node:
        terms = [self._and()]
        while self._take("or"):
            terms.append(self._and())
        return terms[0] if len(terms) == 1 else Logic("or", tuple(terms))

    def _and(self) -> Node:
        terms = [self._not()]
        while self._take("and"):
            terms.append(self._not())
        return terms[0] if len(terms) == 1 else Logic("and", tuple(terms))

    def _not(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise bad_syntax()
        try:
            return Not(self._not()) if self._take("not") else self._compare()
        finally:
            self.depth -= 1

    def _compare(self) -> Node:
        left = self._operand()
        token = self._peek()
        if token.kind != "name" or token.text not in OPERATORS:
            return left
        self.at += 1
        operator: Operator = token.text  # type: ignore[assignment]  # one of ``OPERATORS``
        return Compare(operator, left, self._operand())

    def _operand(self) -> Node:
        if self._take("("):
            node = self._or()
            if not self._take(")"):
                raise bad_syntax()
            return node
        token = self._peek()
        self.at += 1
        if token.kind != "name" or token.text in {"true", "false", "null"}:
            return constant(token, self.zone, date_only=self.date_only)
        if self._take("("):
            return self._call(token.text)
        if token.text in OPERATORS | {"and", "or", "not"} or self._peek().text == "/":
            raise bad_syntax()
        return Field(token.text)

    def _call(self, name: str) -> Node:
        arguments: list[Node] = []
        if not self._take(")"):
            arguments.append(self._or())
            while self._take(","):
                arguments.append(self._or())
            if not self._take(")"):
                raise bad_syntax()
        if FUNCTIONS.get(name) != len(arguments):
            raise bad_syntax()
        return Call(name, tuple(arguments))


def parse_filter(text: str, zone: ZoneInfo, *, date_only: bool = True) -> Node:
    """Read a ``$filter``.

    Raises:
        ApiError: 400, bad syntax.
    """
    return Parser(text, zone, date_only=date_only).parse()


def parse_constants(text: str, zone: ZoneInfo) -> list[Constant]:
    """Read a comma-separated list of literals, as in ``$skiptoken`` and in a key; ApiError 400 if it is none."""
    pieces = tokens(text)
    if any((token.text == ",") != bool(n % 2) for n, token in enumerate(pieces)) or len(pieces) % 2 == 0:
        raise bad_syntax()
    return [constant(token, zone) for token in pieces[::2]]


__all__ = [
    "ApiError",
    "Call",
    "Compare",
    "Constant",
    "Field",
    "Logic",
    "Node",
    "Not",
    "parse_constants",
    "parse_filter",
]
