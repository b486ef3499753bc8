"""A mapping's entity, resolved: sides instead of system names, defaults applied, every rule with its place in the file.

``model/mapping.py`` is what people write; this is what the engine decides by. ``config/`` turns one into the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from syncengine.model.record import Side, Value


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Position:
    """A place in a file of the project, for messages: ``sync.yaml:37:7``."""

    file: str = "sync.yaml"
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Write(StrEnum):
    """When the owner's value (or a constant) is written to the other side."""

    ALWAYS = "always"
    ON_CHANGE = "on_change"
    IF_EMPTY = "if_empty"
    ON_CREATE = "on_create"


class Empty(StrEnum):
    """What an emptied value means."""

    CLEAR = "clear"
    KEEP = "keep"
    ASK = "ask"


class Birth(StrEnum):
    """Whether an unmatched record is created on the other side."""

    AUTO = "auto"
    ASK = "ask"
    NEVER = "never"


class OnDelete(StrEnum):
    """What a deletion on one side does to the other."""

    KEEP = "keep"
    DEACTIVATE = "deactivate"
    DELETE = "delete"
    RESTORE = "restore"
    ASK = "ask"


class OnLeave(StrEnum):
    """What happens to a linked record that leaves the scope."""

    FREEZE = "freeze"
    UNLINK = "unlink"
    DEACTIVATE = "deactivate"


class MissingRef(StrEnum):
    """What a reference to a record that is not linked (yet) does."""

    WAIT = "wait"
    HOLD = "hold"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A rule that computes a field's value from what both sides show.

    Attributes:
        text: As it is written.
        at: Where it stands: with the field, with its entity, or among the defaults.
    """

    text: str
    at: Position = field(default_factory=Position)


Rule = Literal["ask", "left", "right", "newest", "longest", "max", "min", "union"] | Expression
"""Decides a field both sides changed apart."""

FirstRule = Literal["ask", "left", "right", "newest"] | Expression
"""Decides a field at the first agreement of a pair."""

RuleKey = Literal["conflict", "first_link"]
"""Which of a field's two rules is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One comparison of a scope: ``field op value``; ``op`` as in the mapping language (``in`` for a list, ``eq`` for a value)."""

    __test__ = False

    field: str
    op: Literal["eq", "in", "gt", "ge", "lt", "le", "not", "empty", "prefix"]
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Several conditions of which all or any must hold."""

    kind: Literal["all", "any"]
    parts: tuple[Condition, ...]


Condition = Test | Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A value table. Left shows the keys of ``map``, right its values.

    Attributes:
        system, table, key: Where the right-hand values are read live (``exact.VATCodes``, ``Code``); "" if the table is only ``map``.
        map: Left value → right value, as text.
        unmapped: What a value without row does: hold the record, fail the run, leave the field out.
        default: Used for an unmapped left value; None if there is none.
        one_way: Both directions need not be unique; the field is written toward the right only.
    """

    name: str
    map: Mapping[str, str]
    system: str = ""
    table: str = ""
    key: str = ""
    unmapped: Literal["hold", "fail", "skip_field"] = "hold"
    default: str | None = None
    one_way: bool = False
    at: Position = field(default_factory=Position)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """How one field is kept the same.

    Attributes:
        name: The right side's field name; also the field's name in the common shape.
        source: The left side's path (``billing.zip``); "" if the value is a constant or only an expression gives it.
        constant: The value to give; None if the field comes from ``source``. Constants are text until ``kind`` of the right field says more.
        is_constant: True if ``constant`` counts (a constant may be None).
        use: Named transforms in the order of reading, such as ``("trim", "money(2)")``.
        to_right, to_left: Jinja expressions, the source's record in, the value out; "" if none.
        lookup: Name of a value table; "" if none.
        ref: Name of the entity whose links translate this foreign key; "" if none.
        owner: The side that decides; None if both may.
        readonly: The side that cannot be written (no inverse expression, read-only field); None if both can.
        write: When an owned value or constant is written.
        compare: ``exact``, ``case``, ``digits``, ``number(n)``, ``set`` or ``date``: when two values are the same.
        max_length: Of the right field; None if unknown.
        ground: The legal ground on which a restricted field (a citizen number and its kin) is kept; "" if none is named.
        at: Where the field stands in the mapping.
    """

    name: str
    source: str = ""
    constant: Value = None
    is_constant: bool = False
    use: tuple[str, ...] = ()
    to_right: str = ""
    to_left: str = ""
    lookup: str = ""
    ref: str = ""
    missing: MissingRef = MissingRef.WAIT
    owner: Side | None = None
    readonly: Side | None = None
    write: Write = Write.ALWAYS
    conflict: Rule = "ask"
    first_link: FirstRule = "ask"
    empty: Empty = Empty.CLEAR
    compare: str = "exact"
    required: bool = False
    max_length: int | None = None
    overflow: Literal["hold", "truncate"] = "hold"
    mask: bool = False
    note: str = ""
    ground: str = ""
    at: Position = field(default_factory=Position)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRule:
    """One way to recognise a partner: all ``fields`` equal after normalisation.

    Attributes:
        fields: Names in the common shape; more than one means all of them together.
        then: ``link`` (a strong key) or ``suggest`` (a weak one, always for a person).
        veto: Fields that, when both sides hold usable and different values, forbid the link.
        tie_break: Fields that pick one of several candidates if exactly one agrees.
        id: The rule's name in plans: ``VATNumber`` or ``Name+Postcode``.
    """

    fields: tuple[str, ...]
    then: Literal["link", "suggest"] = "link"
    veto: tuple[str, ...] = ()
    tie_break: tuple[str, ...] = ()
    at: Position = field(default_factory=Position)

    @property
    def id(self) -> str:
        """The rule's name in plans and link tables."""
        return "+".join(self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRule:
    """What a deletion on one side does to the other; ``edited`` if the other side was edited meanwhile."""

    then: OnDelete = OnDelete.KEEP
    edited: OnDelete = OnDelete.ASK


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A guard's limit: a count, a share of the entity's records (0–1), or both; reached is allowed, beyond is a breach."""

    count: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of an entity: which resource of which system."""

    system: str
    resource: str

    def __str__(self) -> str:
        return f"{self.system}.{self.resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One kind of thing kept the same on two sides, with all its rules resolved.

    Attributes:
        fields: In the order of the file.
        where, inactive, protect: Per side; a side without entry has none. ``inactive`` maps the side's own fields to the values that mean so.
        create: Key = the side where the record would be created.
        on_delete: Key = the side where it was deleted.
        many: The side that may have several records per record of the other; None if links are one to one.
        after: Entities planned before this one, besides those its references name.
    """

    name: str
    left: End
    right: End
    fields: tuple[FieldRule, ...]
    match: tuple[MatchRule, ...] = ()
    where: Mapping[Side, Condition] = field(default_factory=dict)
    inactive: Mapping[Side, Mapping[str, Value]] = field(default_factory=dict)
    protect: Mapping[Side, Condition] = field(default_factory=dict)
    on_leave: OnLeave = OnLeave.FREEZE
    many: Side | None = None
    create: Mapping[Side, Birth] = field(default_factory=dict)
    on_delete: Mapping[Side, DeleteRule] = field(default_factory=dict)
    guards: Mapping[str, Limit] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    at: Position = field(default_factory=Position)

    def end(self, side: Side) -> End:
        """The system and resource of one side."""
        return self.left if side is Side.LEFT else self.right

    @property
    def layout(self) -> tuple[str, ...]:
        """Names of the fields the mirror and the bases keep, in order.

        A constant given on create only is not compared, so it is not kept, unless partners are recognised by it.
        """
        keys = {name for rule in self.match for name in (*rule.fields, *rule.veto, *rule.tie_break)}
        return tuple(
            f.name for f in self.fields if f.name in keys or not (f.is_constant and f.write is Write.ON_CREATE)
        )

    def field(self, name: str) -> FieldRule:
        """The rule of one field.

        Raises:
            KeyError: The entity does not map it.
        """
        for rule in self.fields:
            if rule.name == name:
                return rule
        raise KeyError(name)
