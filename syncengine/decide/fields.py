"""One field of a mapping, compiled: how each side's value is read into the common shape, and written back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from syncengine.decide.kinds import Convert, UnfitError, as_text, reader, wanted, writer
from syncengine.decide.transforms import Context, compile_use
from syncengine.decide.transforms import FieldLens as Use
from syncengine.errors import UserError
from syncengine.model.entity import FieldRule, Lookup
from syncengine.model.record import ABSENT, Side, Value
from syncengine.model.resource import FieldFacts, Kind, Resource

Read = Callable[[Value, Context], Value]

FAILS = "the mapping says that the run must not go on"
"""Ends the problem of a record whose lookup says ``unmapped: fail``."""


class SkipFieldError(Exception):
    """The field takes no part this time; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupTable:
    """A value table of the mapping with what its system holds now.

    Attributes:
        known: The right-hand values that exist live; None if they were not read.
    """

    lookup: Lookup
    known: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLens:
    """One field, compiled by ``compile_field``.

    Attributes:
        kind: What the common value is, where no transform says so.
        own: What each side's own field holds.
        max_length: Of what the right side takes; None if unknown.
        constant: The constant in the common shape; None if the field is none.
    """

    rule: FieldRule
    kind: Kind
    own: Mapping[Side, Kind]
    limits: Mapping[Side, int | None]
    use: Use | None = None
    table: LookupTable | None = None
    constant: Value = None

    @property
    def is_country(self) -> bool:
        """True if the field says which country the record is in, by which other values are read."""
        return self.use is not None and self.use.key_kind == "country"

    def place(self, side: Side) -> str:
        """The side's own name of the field; "" if it has none."""
        return self.rule.name if side is Side.RIGHT else self.rule.source

    def quality(self, value: Value, context: Context) -> tuple[str, ...]:
        """What is worth telling about a common value though nothing is wrong."""
        return (
            ()
            if self.use is None
            else tuple(f"{self.rule.name}: {note}" for note in self.use.quality(value, context=context))
        )

    def reader(self, side: Side) -> Read:
        """What turns the side's own value into the common shape; ABSENT stays ABSENT."""
        steps = self._steps(side)

        def read(value: Value, context: Context) -> Value:
            if value is ABSENT:
                return ABSENT
            for step in steps:
                value = step(value, context)
            return value

        return read

    def written(self, side: Side, value: Value, context: Context, *, computed: bool = False) -> Value:
        """A common value as the side takes it.

        Raises:
            UnfitError, TransformError: It cannot take it.
        """
        if side is Side.LEFT and not computed:
            if self.table is not None:
                value = _unlooked(self.table, value)
            if self.use is not None:
                value = self.use.write(value, context=context)
        value = writer(self.own[side])(value)
        longest = self.limits[side]
        if longest is not None and isinstance(value, str) and len(value) > longest:
            raise UnfitError(f"has {len(value)} characters; the field takes {longest}")
        return value

    def judged(self, value: Value, context: Context) -> Value:
        """A computed value in the common shape, held to what both sides take, as one that was read is.

        Raises:
            UnfitError, TransformError, SkipFieldError: It cannot be the field's value.
        """
        value = self.reader(Side.RIGHT)(value, context)
        longest = self.limits[Side.RIGHT]
        if longest is not None and self.rule.readonly is not Side.RIGHT:
            value = _fitted(longest, self.rule.overflow)(value, context)
        for side in Side:
            inverse = side is Side.LEFT and (self.rule.to_left or not self.rule.source)
            if self.rule.readonly is not side and not inverse:
                self.written(side, value, context)
        return value

    def _steps(self, side: Side) -> tuple[Read, ...]:
        rule = self.rule
        if rule.is_constant and side is Side.LEFT:
            return ()
        if rule.ref:
            return (_alone(as_text),)
        steps: list[Read] = []
        if self.use is not None and (self.table is None or side is Side.LEFT):
            steps.append(_used(self.use, side))
        if self.table is not None:
            steps.append(_looked(self.table, side))
        if self.use is None:
            steps.append(_alone(reader(self.kind)))
        longest = self.limits[Side.RIGHT]
        flows_right = rule.owner is not Side.RIGHT and rule.readonly is not Side.RIGHT
        if side is Side.LEFT and longest is not None and flows_right:
            steps.append(_fitted(longest, rule.overflow))
        return tuple(steps)


def compile_field(rule: FieldRule, left: Resource, right: Resource, lookups: Mapping[str, LookupTable]) -> FieldLens:
    """Compile one field.

    Raises:
        UserError: Its transform or lookup does not exist, or its constant does not fit the right side's field.
    """
    facts = {Side.LEFT: left.fields.get(rule.source, _UNKNOWN), Side.RIGHT: right.fields.get(rule.name, _UNKNOWN)}
    kind = wanted(facts[Side.RIGHT].kind, facts[Side.LEFT].kind)
    if rule.lookup and rule.lookup not in lookups:
        raise UserError(f'there is no lookup "{rule.lookup}"')
    limit = rule.max_length if rule.max_length is not None else facts[Side.RIGHT].max_length
    try:
        constant = reader(kind)(rule.constant) if rule.is_constant else None
    except UnfitError as error:
        raise UserError(f"the value {rule.constant!r} {error}") from None
    return FieldLens(
        rule=rule,
        kind=Kind.TEXT if rule.ref or (rule.lookup and kind is Kind.ANY) else kind,
        own={side: Kind.ANY if rule.ref else facts[side].kind for side in Side},
        limits={Side.LEFT: facts[Side.LEFT].max_length, Side.RIGHT: limit},
        use=compile_use(rule.use) if rule.use else None,
        table=lookups[rule.lookup] if rule.lookup else None,
        constant=constant,
    )


_UNKNOWN = FieldFacts(name="")


def _alone(convert: Convert) -> Read:
    return lambda value, context: convert(value)


def _used(use: Use, side: Side) -> Read:
    if side is Side.LEFT:
        return lambda value, context: use.parse(_blank(value), context=context)
    return lambda value, context: use.canonical(_blank(value), context=context)


def _blank(value: Value) -> Value:
    """Text of nothing but space is empty, whatever a transform makes of it."""
    return None if isinstance(value, str) and not value.strip() else value


def _fitted(longest: int, overflow: str) -> Read:
    def fit(value: Value, context: Context) -> Value:
        if not isinstance(value, str) or len(value) <= longest:
            return value
        if overflow == "truncate":
            return value[:longest].rstrip() or None
        raise UnfitError(f"has {len(value)} characters; the field takes {longest}")

    return fit


def _looked(table: LookupTable, side: Side) -> Read:
    """Left value → right value by the table; a right value is only looked up, for it stands in the common shape already."""
    lookup = table.lookup
    rights = frozenset(lookup.map.values())

    def from_left(value: Value, context: Context) -> Value:
        text = as_text(value)
        if text is None:
            return None
        found = lookup.map.get(text) if lookup.map else text
        if found is None:
            found = lookup.default
        return _unmapped(lookup, text) if found is None else _live(table, found)

    def from_right(value: Value, context: Context) -> Value:
        text = as_text(value)
        if text is None or lookup.one_way or not lookup.map or text in rights or text == lookup.default:
            return text
        return _unmapped(lookup, text)

    return from_left if side is Side.LEFT else from_right


def _live(table: LookupTable, value: str) -> str:
    if table.known is not None and value not in table.known:
        where = f"{table.lookup.system}.{table.lookup.table}"
        raise UnfitError(
            f'would be "{value}" by lookup "{table.lookup.name}", and {where} has no such {table.lookup.key}'
        )
    return value


def _unmapped(lookup: Lookup, text: str) -> Value:
    shown = text if len(text) <= 40 else text[:37] + "..."
    message = f'is "{shown}", for which lookup "{lookup.name}" has no row'
    if lookup.unmapped == "skip_field":
        raise SkipFieldError(f"{message}; the field is left out")
    raise UnfitError(f"{message}; {FAILS}" if lookup.unmapped == "fail" else message)


def _unlooked(table: LookupTable, value: Value) -> Value:
    lookup = table.lookup
    if value is None or not lookup.map:
        return value
    lefts = [left for left, right in lookup.map.items() if right == as_text(value)]
    if len(lefts) == 1:
        return lefts[0]
    if lefts:
        raise UnfitError(f'has several left values in lookup "{lookup.name}"; it goes one way only')
    raise UnfitError(f'has no row in lookup "{lookup.name}"')
