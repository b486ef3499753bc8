"""A side's own record ↔ the common shape: an entity's mapping, compiled once into plain functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from syncengine.decide.columns import Sheets
from syncengine.decide.compare import Same, same_as
from syncengine.decide.diff import Agreed
from syncengine.decide.fields import FieldLens, LookupTable, SkipFieldError, compile_field
from syncengine.decide.kinds import ExpressionError, UnfitError
from syncengine.decide.paths import Pick, picker
from syncengine.decide.rule_expressions import RuleExpressions, compile_rules
from syncengine.decide.scope import Holds, compile_condition, compile_inactive, names
from syncengine.decide.transforms import Context, TransformError
from syncengine.errors import UserError
from syncengine.model.columns import Columns, Sheet
from syncengine.model.entity import Entity, FieldRule, RuleKey
from syncengine.model.lens import Lens
from syncengine.model.operation import Pending
from syncengine.model.record import ABSENT, Observed, Record, Side, Value
from syncengine.model.resource import Resource
from syncengine.model.values import row_fingerprint

if TYPE_CHECKING:
    from syncengine.decide.expressions import Expressions

__all__ = ["LookupTable", "compile_lens"]

_NO_CONTEXT: Final = Context()
_NOTHING: Final[Mapping[str, Value]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """How one side is read.

    Attributes:
        picks, reads: One per field of the layout: where its raw value is, and how it is read.
        computed: Place in the layout → field whose value an expression gives.
        country: Gives the record's country as written; None if no field holds one.
        judges: Whether a record is in scope, inactive, protected.
        sheets: How many records are read at once; None if each must be looked at alone, for an expression or a judge.
    """

    picks: tuple[Pick, ...]
    reads: tuple[Callable[[Value, Context], Value], ...]
    expressions: Expressions | None
    computed: Mapping[int, str]
    country: Pick | None
    in_scope: Holds | None
    inactive: Holds | None
    protected: Holds | None
    asks: tuple[str, ...]
    sheets: Sheets | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledLens:
    """The ``Lens`` of one entity; made by ``compile_lens``."""

    layout: tuple[str, ...]
    _views: Mapping[Side, _View]
    _fields: Mapping[str, FieldLens]
    _same: Mapping[str, Same]
    _rules: RuleExpressions
    _back: Expressions | None = None
    _notes: tuple[int, ...] = ()
    _countries: tuple[str, ...] = ()

    def asks(self, side: Side) -> tuple[str, ...]:
        """The side's own fields to ask for."""
        return self._views[side].asks

    def observe(self, side: Side, record: Record, raw: int = 0) -> Observed:
        """Turn a record into the common shape; what cannot be translated makes ``problem``."""
        view, fields = self._views[side], record.fields
        context = _NO_CONTEXT if view.country is None else _context(view.country(fields))
        values: list[Value] = []
        problems: list[str] = []
        notes: list[str] = []
        given = self._given(view, fields)
        for place, (pick, read) in enumerate(zip(view.picks, view.reads, strict=True)):
            value = given[place] if place in given else pick(fields)
            try:
                if isinstance(value, ExpressionError):
                    raise UnfitError(f"is given by an expression, and {value}")
                values.append(read(value, context))
            except SkipFieldError as error:
                values.append(ABSENT)
                notes.append(f"{self.layout[place]} {error}")
            except (UnfitError, TransformError) as error:
                values.append(ABSENT)
                problems.append(_problem(self._fields[self.layout[place]].rule, error))
        for place in self._notes:
            notes.extend(self._fields[self.layout[place]].quality(values[place], context))
        return Observed(
            id=record.id,
            values=tuple(values),
            raw=raw,
            fingerprint=row_fingerprint(values),
            version=record.version,
            modified=record.modified,
            in_scope=view.in_scope is None or view.in_scope(fields),
            inactive=view.inactive is not None and view.inactive(fields),
            protected=view.protected is not None and view.protected(fields),
            problem="; ".join(problems),
            notes=tuple(notes),
        )

    def sheet(self, side: Side, columns: Columns, raws: Sequence[int]) -> Sheet | None:
        """Turn many records into the common shape at once; None if one of them must be observed alone."""
        sheets = self._views[side].sheets
        return None if sheets is None else sheets.read(columns, raws)

    def native(
        self,
        side: Side,
        values: Mapping[str, Value | Pending],
        *,
        create: bool,
        known: Mapping[str, Value] = _NOTHING,
    ) -> Mapping[str, Value | Pending]:
        """Common name → value into the side's own field → value; a create also gets the constants.

        Raises:
            UserError: A value cannot be written to that side; the record is to be held.
        """
        context = self._writing_context({**known, **values})
        computed = self._computed(side, values, known)
        own: dict[str, Value | Pending] = {}
        for name, value in values.items():
            target = self._fields[name]
            place = target.rule.name if side is Side.RIGHT else target.rule.source
            if place and value is not ABSENT:
                own[place] = (
                    value if isinstance(value, Pending) else _written(target, side, name, value, context, computed)
                )
        if create and side is Side.RIGHT:
            for target in self._fields.values():
                if target.rule.is_constant and target.rule.name not in own:
                    own[target.rule.name] = _written(target, side, target.rule.name, target.constant, context, {})
        return own

    def same(self, name: str, left: Value, right: Value) -> bool:
        """Whether two values of a field are the same by its ``compare`` and transform."""
        return self._same[name](left, right)

    def ruled(
        self,
        name: str,
        key: RuleKey,
        shown: tuple[Value, Value],
        base: tuple[Value, Value] | None,
        known: Mapping[str, Value],
    ) -> Value:
        """What a rule that is an expression gives, in the common shape."""
        agreed = Agreed(*base) if base is not None else None
        return self._rules.value(self._fields[name], key, Agreed(*shown), agreed, self._writing_context(known))

    def _given(self, view: _View, fields: Mapping[str, Value]) -> Mapping[int, Value | ExpressionError]:
        """What expressions give, by place in the layout."""
        if view.expressions is None:
            return {}
        sources = {
            name: view.picks[place](fields) for place, name in view.computed.items() if self._fields[name].rule.source
        }
        found = view.expressions.evaluate(fields, sources)
        return {place: found[name] for place, name in view.computed.items()}

    def _computed(
        self, side: Side, values: Mapping[str, Value | Pending], known: Mapping[str, Value]
    ) -> Mapping[str, Value | ExpressionError]:
        """What the expressions toward the left side make of the values to be written."""
        if side is Side.RIGHT or self._back is None or not any(name in values for name in self._back.names):
            return {}
        whole = {**known, **{name: value for name, value in values.items() if not isinstance(value, Pending)}}
        own = {name: whole[name] for name in self._back.names if name in whole}
        return {name: value for name, value in self._back.evaluate(whole, own).items() if name in values}

    def _writing_context(self, values: Mapping[str, Value | Pending]) -> Context:
        for name in self._countries:
            if name in values:
                value = values[name]
                return _NO_CONTEXT if isinstance(value, Pending) else _context(value)
        return _NO_CONTEXT


def compile_lens(
    entity: Entity,
    left: Resource,
    right: Resource,
    lookups: Mapping[str, LookupTable],
    *,
    today: date | None = None,
) -> Lens:
    """Compile an entity's mapping.

    Args:
        left, right: What the two sides say of their fields.
        lookups: Value tables by name; every one the entity names.
        today: The day ``inactive: {…: today}`` is judged by; None: such a field never says inactive.

    Raises:
        UserError: A transform, comparison, expression or rule of the mapping does not exist or does not parse.
    """
    fields = {rule.name: _field(entity, rule, left, right, lookups) for rule in entity.fields}
    layout = entity.layout
    back = {name: lens.rule.to_left for name, lens in fields.items() if lens.rule.to_left}
    return CompiledLens(
        layout=layout,
        _views={side: _view(entity, side, layout, fields, today) for side in Side},
        _fields=fields,
        _same={name: _same(lens) for name, lens in fields.items()},
        _rules=compile_rules(entity),
        _back=_expressions(entity, back) if back else None,
        _notes=tuple(place for place, name in enumerate(layout) if fields[name].use is not None),
        _countries=tuple(name for name, lens in fields.items() if lens.is_country),
    )


def _field(
    entity: Entity, rule: FieldRule, left: Resource, right: Resource, lookups: Mapping[str, LookupTable]
) -> FieldLens:
    try:
        return compile_field(rule, left, right, lookups)
    except UserError as error:
        raise UserError(f"{rule.at}  {entity.name}.fields.{rule.name}: {error}") from None


def _expressions(entity: Entity, sources: Mapping[str, str]) -> Expressions:
    # Jinja takes long to load, and most mappings hold no expression.
    from syncengine.decide.expressions import compile_expressions

    try:
        return compile_expressions(sources)
    except UserError as error:
        at = entity.field(str(error).split(":", 1)[0]).at
        raise UserError(f"{at}  {entity.name}.fields.{error}") from None


def _view(
    entity: Entity, side: Side, layout: Sequence[str], fields: Mapping[str, FieldLens], today: date | None
) -> _View:
    lenses = [fields[name] for name in layout]
    toward = (
        {name: fields[name].rule.to_right for name in layout if fields[name].rule.to_right} if side is Side.LEFT else {}
    )
    expressions = _expressions(entity, toward) if toward else None
    country = next((lens.place(side) for lens in lenses if lens.is_country and lens.place(side)), "")
    scope, protect, inactive = entity.where.get(side), entity.protect.get(side), entity.inactive.get(side)
    asked = [lens.place(side) for lens in lenses]
    asked += list(expressions.paths) if expressions is not None else []
    asked += [name for condition in (scope, protect) if condition is not None for name in names(condition)]
    asked += list(inactive or ())
    return _View(
        picks=tuple(_pick(lens, side) for lens in lenses),
        reads=tuple(lens.reader(side) for lens in lenses),
        expressions=expressions,
        computed={place: name for place, name in enumerate(layout) if name in toward},
        country=picker(country) if country else None,
        in_scope=compile_condition(scope) if scope is not None else None,
        inactive=compile_inactive(inactive, today) if inactive else None,
        protected=compile_condition(protect) if protect is not None else None,
        asks=tuple(dict.fromkeys(name for name in asked if name)),
        sheets=None if expressions or scope or inactive or protect else Sheets(lenses, side, country),
    )


def _pick(lens: FieldLens, side: Side) -> Pick:
    if lens.rule.is_constant and side is Side.LEFT:
        return lambda fields: lens.constant
    place = lens.place(side)
    return picker(place) if place else lambda fields: ABSENT


def _same(lens: FieldLens) -> Same:
    plain, use = same_as(lens.rule.compare), lens.use
    if use is None or lens.table is not None:
        return plain

    def same(left: Value, right: Value) -> bool:
        return plain(left, right) or (left is not ABSENT and right is not ABSENT and use.same(left, right))

    return same


def _context(country: Value) -> Context:
    return Context(country=country) if isinstance(country, str) and country.strip() else _NO_CONTEXT


def _written(
    lens: FieldLens,
    side: Side,
    name: str,
    value: Value,
    context: Context,
    computed: Mapping[str, Value | ExpressionError],
) -> Value:
    """One value as the side takes it."""
    try:
        given = computed.get(name, value)
        if isinstance(given, ExpressionError):
            raise UnfitError(f"is given by an expression, and {given}")
        if given is ABSENT:
            raise UnfitError("is given by an expression over fields that are not known here")
        return lens.written(side, given, context, computed=name in computed)
    except (UnfitError, TransformError) as error:
        raise UserError(_problem(lens.rule, error)) from None


def _problem(rule: FieldRule, error: Exception) -> str:
    """What is wrong with a field's value, for people; a transform's words may hold the value, so a masked field does without."""
    if isinstance(error, TransformError):
        shown = f"a value that cannot be translated ({error.code})" if rule.mask else str(error)
        return f"{rule.name}: {shown}"
    return f"{rule.name} {error}"
