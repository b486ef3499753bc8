"""Expressions of a mapping: Jinja's own, without statements, calls, loops or a way out, compiled together per entity and side."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from jinja2 import TemplateSyntaxError, Undefined, nodes
from jinja2.environment import TemplateExpression
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from syncengine.decide.expression_filters import (
    FILTERS,
    TESTS,
    bounded,
    number_of,
    small,
    text_of,
)
from syncengine.decide.kinds import ExpressionError, tidy
from syncengine.decide.paths import Pick, picker
from syncengine.errors import UserError
from syncengine.model.record import ABSENT, Value

__all__ = ["ExpressionError", "Expressions", "compile_expressions"]

_ALLOWED: Final = (
    *(nodes.Const, nodes.Name, nodes.Tuple, nodes.List, nodes.Getattr, nodes.Getitem, nodes.Slice),
    *(nodes.Filter, nodes.Test, nodes.Keyword, nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or),
    *(nodes.CondExpr, nodes.Concat, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod),
    *(nodes.Neg, nodes.Pos),
)
_MAX_SOURCE: Final = 2_000
_MAX_NODES: Final = 300
_VALUE: Final = "value"
_RECORD: Final = "record"


class _Environment(ImmutableSandboxedEnvironment):
    """Knows the listed filters and tests only, and computes with exact, bounded numbers."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self) -> None:
        super().__init__(autoescape=False, cache_size=0)
        self.globals = {}
        self.filters = dict(FILTERS)
        self.tests = {name: self.tests[name] for name in TESTS}

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return bounded(left + right)
        if isinstance(left, str) or isinstance(right, str):
            raise ExpressionError(f'"{operator}" is for numbers; texts are joined by "~"')
        return _compute(operator, number_of(left), number_of(right))

    def call_unop(self, context: Any, operator: str, arg: Any) -> Any:
        return -number_of(arg) if operator == "-" else number_of(arg)


def _compute(operator: str, left: Decimal, right: Decimal) -> Decimal:
    if operator in ("/", "//", "%") and not right:
        raise ExpressionError("division by zero")
    operations: Mapping[str, Callable[[], Decimal]] = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
        "//": lambda: left // right,
        "%": lambda: left % right,
    }
    return small(operations[operator]())


@dataclass(frozen=True, slots=True, kw_only=True)
class Expressions:
    """Several expressions over one record.

    Attributes:
        names: Of the fields they give, in order.
        paths: The record's own fields they read.
    """

    names: tuple[str, ...]
    paths: tuple[str, ...]
    _picks: tuple[Pick, ...]
    _needs: Mapping[str, frozenset[int]]
    _all: TemplateExpression
    _single: Mapping[str, TemplateExpression]

    def evaluate(
        self, fields: Mapping[str, Value], values: Mapping[str, Value]
    ) -> Mapping[str, Value | ExpressionError]:
        """Compute every field; one that reads a field the record does not show is ABSENT.

        Args:
            fields: The record's own fields.
            values: Field → what ``value`` means in its expression.

        Returns:
            Field → its value, or why it has none.
        """
        shown = [pick(fields) for pick in self._picks]
        absent = {place for place, value in enumerate(shown) if value is ABSENT}
        context: dict[str, Any] = {f"_p{place}": _given(value) for place, value in enumerate(shown)}
        context |= {f"_v{place}": _given(values.get(name, None)) for place, name in enumerate(self.names)}
        blind = {name for name in self.names if self._needs[name] & absent or values.get(name, None) is ABSENT}
        return {name: ABSENT if name in blind else value for name, value in self._compute(context).items()}

    def _compute(self, context: Mapping[str, Any]) -> Mapping[str, Value | ExpressionError]:
        try:
            return dict(zip(self.names, map(_result, self._all(context) or ()), strict=True))
        except Exception:  # one of them fails: find out which
            return {name: _attempt(single, context) for name, single in self._single.items()}


def compile_expressions(sources: Mapping[str, str], known: Collection[str] | None = None) -> Expressions:
    """Compile several expressions over one record.

    In an expression, a name is a field of the record (``billing.zip`` a path), ``value`` the field's own source value, and
    ``record["a name with spaces"]`` any field. An empty field is the empty text.

    Args:
        sources: Field → expression.
        known: The only names there are; any other is refused, and ``value`` means nothing of its own. None: the record may hold any.

    Raises:
        UserError: An expression does not parse or uses what it may not; the message names the field.
    """
    env = _Environment()
    paths: dict[str, int] = {}
    needs: dict[str, frozenset[int]] = {}
    trees: list[nodes.Expr] = []
    for place, (name, source) in enumerate(sources.items()):
        try:
            tree = _parse(env, source)
            renamed = _Renamer(paths, place, known)
            trees.append(renamed.visit(tree))
        except ExpressionError as error:
            raise UserError(f"{name}: the expression {_shown(source)} is refused: {error}.") from None
        needs[name] = frozenset(renamed.used)
    return Expressions(
        names=tuple(sources),
        paths=tuple(paths),
        _picks=tuple(picker(path) for path in paths),
        _needs=needs,
        _all=_compiled(env, nodes.Tuple(list(trees), "load", lineno=1)),
        _single={name: _compiled(env, tree) for name, tree in zip(sources, trees, strict=True)},
    )


def _parse(env: _Environment, source: str) -> nodes.Expr:
    if not source.strip():
        raise ExpressionError("it is empty")
    if len(source) > _MAX_SOURCE:
        raise ExpressionError("it is longer than 2,000 characters")
    if any(mark in source for mark in ("{{", "{%", "{#", "#}", "%}", "}}")):
        raise ExpressionError("it holds template marks; write the bare expression")
    try:
        # An expression in brackets cannot end early; what follows it would be a statement.
        template = env.parse("{{ (" + source + "\n) }}")
    except (TemplateSyntaxError, RecursionError, ValueError) as error:
        raise ExpressionError(f"it does not parse ({getattr(error, 'message', error)})") from None
    body = template.body
    if len(body) != 1 or not isinstance(body[0], nodes.Output) or len(body[0].nodes) != 1:
        raise ExpressionError("it is not one expression")
    tree = body[0].nodes[0]
    for count, node in enumerate(_walk(tree)):
        if count > _MAX_NODES:
            raise ExpressionError("it has too many parts")
        _check(node)
    assert isinstance(tree, nodes.Expr)
    return tree


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    todo: list[nodes.Node] = [node]
    while todo:
        here = todo.pop()
        yield here
        todo.extend(here.iter_child_nodes())


def _check(node: nodes.Node) -> None:
    """Refuse everything that is not on the list."""
    if isinstance(node, nodes.Pow):
        raise ExpressionError("powers are not allowed")
    if isinstance(node, nodes.Call):
        raise ExpressionError("calls are not allowed, only filters such as value|upper")
    if not isinstance(node, _ALLOWED):
        raise ExpressionError(f"{type(node).__name__.lower()} is not allowed")
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise ExpressionError(f'there is no filter "{node.name}"; there are: {", ".join(FILTERS)}')
    if isinstance(node, nodes.Filter | nodes.Test) and (node.dyn_args is not None or node.dyn_kwargs is not None):
        raise ExpressionError("* and ** are not allowed in arguments")
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        raise ExpressionError(f'there is no test "{node.name}"; there are: {", ".join(TESTS)}')
    _check_names(node)


def _check_names(node: nodes.Node) -> None:
    name = node.name if isinstance(node, nodes.Name) else node.attr if isinstance(node, nodes.Getattr) else ""
    if name.startswith("_"):
        raise ExpressionError(f'the name "{name}" begins with an underscore')
    if isinstance(node, nodes.Getattr) and not _is_path(node):
        raise ExpressionError(f'".{name}" is not part of a field\'s path')
    if isinstance(node, nodes.Getitem) and not _is_record(node.node) and not _is_place(node.arg):
        raise ExpressionError("a value is cut by whole numbers only: value[0], value[:5]")
    if isinstance(node, nodes.Mul) and any(_is_text(side) for side in (node.left, node.right)):
        raise ExpressionError("a text cannot be multiplied")


def _is_path(node: nodes.Node) -> bool:
    while isinstance(node, nodes.Getattr):
        node = node.node
    return isinstance(node, nodes.Name) and node.name not in (_VALUE, _RECORD)


def _is_place(node: nodes.Node | None) -> bool:
    if isinstance(node, nodes.Slice):
        return all(part is None or _is_place(part) for part in (node.start, node.stop, node.step))
    if isinstance(node, nodes.Neg):
        node = node.node
    return isinstance(node, nodes.Const) and type(node.value) is int


def _is_text(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Concat) or (isinstance(node, nodes.Const) and isinstance(node.value, str))


def _is_record(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == _RECORD


class _Renamer:
    """Puts a numbered variable in the place of each path, and of ``value``; notes which paths were used."""

    def __init__(self, paths: dict[str, int], place: int, known: Collection[str] | None) -> None:
        self._paths = paths
        self._place = place
        self._known = known
        self.used: set[int] = set()

    def visit(self, node: nodes.Expr) -> nodes.Expr:
        path = self._path(node)
        if path == _VALUE and self._known is None:
            return nodes.Name(f"_v{self._place}", "load", lineno=1)
        if path is not None:
            return self._variable(path)
        if isinstance(node, nodes.Neg) and _is_place(node):
            # A place counted from the end is a whole number, not arithmetic.
            assert isinstance(node.node, nodes.Const)
            return nodes.Const(-node.node.value, lineno=1)
        for name, part in node.iter_fields():
            if isinstance(part, nodes.Expr):
                setattr(node, name, self.visit(part))
            elif isinstance(part, list):
                setattr(node, name, [self._visit_part(item) for item in part])
        return node

    def _visit_part(self, item: Any) -> Any:
        if isinstance(item, nodes.Operand):
            item.expr = self.visit(item.expr)
        elif isinstance(item, nodes.Keyword):
            item.value = self.visit(item.value)
        elif isinstance(item, nodes.Expr):
            return self.visit(item)
        return item

    def _path(self, node: nodes.Expr) -> str | None:
        """The path a chain of names means; None if the node is no such chain."""
        if isinstance(node, nodes.Getitem) and _is_record(node.node):
            if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
                return node.arg.value
            raise ExpressionError("record[…] takes a field's name in quotation marks")
        if isinstance(node, nodes.Name):
            if node.name == _RECORD:
                raise ExpressionError('record stands with a field\'s name: record["name"]')
            return node.name
        if isinstance(node, nodes.Getattr):
            parent = self._path(node.node)
            return f"{parent}.{node.attr}" if parent is not None and parent != _VALUE else None
        return None

    def _variable(self, path: str) -> nodes.Name:
        if self._known is not None and path not in self._known:
            raise ExpressionError(f'there is no "{path}" here; there are: {", ".join(map(_spelled, self._known))}')
        place = self._paths.setdefault(path, len(self._paths))
        self.used.add(place)
        return nodes.Name(f"_p{place}", "load", lineno=1)


def _compiled(env: _Environment, tree: nodes.Expr) -> TemplateExpression:
    tree.set_environment(env)
    body = [nodes.Assign(nodes.Name("result", "store"), tree, lineno=1)]
    return TemplateExpression(env.from_string(nodes.Template(body, lineno=1)), undefined_to_none=True)


def _given(value: Value) -> Any:
    """A value as expressions see it."""
    if value is None or value is ABSENT:
        return ""
    return value


def _attempt(single: TemplateExpression, context: Mapping[str, Any]) -> Value | ExpressionError:
    try:
        return _result(single(context))
    except ExpressionError as error:
        return error
    except (
        SecurityError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
    ) as error:
        return ExpressionError(f"it cannot be computed ({type(error).__name__})")
    except Exception as error:  # Jinja's own: an undefined name, a test of the wrong type
        return ExpressionError(f"it cannot be computed ({type(error).__name__})")


def _result(value: Any) -> Value:
    """What an expression gives, as a value of the common shape.

    Raises:
        ExpressionError: It is no value, or too long.
    """
    if isinstance(value, str):
        return tidy(bounded(str(value)))
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return small(value)
    if isinstance(value, Sequence):
        return tidy(tuple(text_of(item) for item in value))
    if isinstance(value, bool | int | date):
        small(Decimal(int(value))) if isinstance(value, int) else None
        return tidy(value)
    if value is None or isinstance(value, Undefined):
        return None
    raise ExpressionError(f"it gives {type(value).__name__}, which is no value")


def _spelled(path: str) -> str:
    """A name as an expression writes it."""
    return path if path.replace(".", "_").isidentifier() else f'record["{path}"]'


def _shown(source: str) -> str:
    return repr(source if len(source) <= 60 else source[:57] + "...")
