"""Rules that are expressions: computed from what both sides show, and held to all that is asked of any value of their field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncengine.decide.diff import Agreed
from syncengine.decide.fields import FieldLens, SkipFieldError
from syncengine.decide.kinds import ExpressionError, UnfitError
from syncengine.decide.transforms import Context, TransformError
from syncengine.errors import UserError
from syncengine.model.entity import Entity, Expression, RuleKey
from syncengine.model.record import ABSENT, Side, Value

if TYPE_CHECKING:
    from syncengine.decide.expressions import Expressions

_BASE = "base."
_RULE = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExpressions:
    """The rules of one entity that are expressions; made by ``compile_rules``.

    Attributes:
        names: How expressions call the sides: their systems' names.
    """

    names: Mapping[Side, str]
    _compiled: Mapping[tuple[str, RuleKey], Expressions] = field(default_factory=dict)

    def value(self, lens: FieldLens, key: RuleKey, shown: Agreed, base: Agreed | None, context: Context) -> Value:
        """What a field's rule gives, in the common shape; never empty.

        Args:
            shown, base: What each side shows now, and showed at the last agreement; no base at a first link.

        Raises:
            UserError: It gives no value the field can hold; the message says why.
        """
        given = self._named("", shown) | (self._named(_BASE, base) if base is not None else {})
        found = self._compiled[lens.rule.name, key].evaluate(given, {})[_RULE]
        if isinstance(found, ExpressionError):
            raise UserError(f"the expression fails: {found}")
        # An empty result of values that are not empty is a slip more often than a wish.
        if found is None or found is ABSENT:
            raise UserError("the expression gives nothing")
        try:
            value = lens.judged(found, context)
        except SkipFieldError as error:
            raise UserError(f"what the expression gives {error}") from None
        except (UnfitError, TransformError) as error:
            said = f"cannot be translated ({error.code})" if isinstance(error, TransformError) else str(error)
            raise UserError(f"what the expression gives {said}") from None
        if value is None:
            raise UserError("the expression gives nothing")
        return value

    def _named(self, before: str, pair: Agreed) -> dict[str, Value]:
        return {before + self.names[Side.LEFT]: pair.left, before + self.names[Side.RIGHT]: pair.right}


def compile_rules(entity: Entity) -> RuleExpressions:
    """Compile the rules of an entity that are expressions.

    A name in them is a system's, and means what it shows; ``base.`` before it, what it showed at the last agreement.

    Raises:
        UserError: One does not parse, or uses what it may not; the message begins with its place.
    """
    names = {side: entity.end(side).system for side in Side}
    compiled: dict[tuple[str, RuleKey], Expressions] = {}
    known: dict[tuple[str, RuleKey], Expressions] = {}
    rules: list[tuple[str, RuleKey, object]] = []
    for each in entity.fields:
        rules += [(each.name, "conflict", each.conflict), (each.name, "first_link", each.first_link)]
    for name, key, rule in rules:
        if isinstance(rule, Expression):
            if (rule.text, key) not in known:
                known[rule.text, key] = _compile(f"{entity.name}.fields.{name}", key, rule, names)
            compiled[name, key] = known[rule.text, key]
    return RuleExpressions(names=names, _compiled=compiled)


def _compile(about: str, key: RuleKey, rule: Expression, names: Mapping[Side, str]) -> Expressions:
    # Jinja takes long to load, and most mappings hold no expression.
    from syncengine.decide.expressions import compile_expressions

    known = [*names.values()] + ([_BASE + name for name in names.values()] if key == "conflict" else [])
    try:
        return compile_expressions({_RULE: rule.text}, known)
    except UserError as error:
        said = str(error).removeprefix(f"{_RULE}: ")
        raise UserError(f"{rule.at}  {about}.{key}: {said}") from None
