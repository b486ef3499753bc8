"""The mapping language: what people write in ``sync.yaml``, with the systems' own names.

One model drives the loader, the editor's schema, the reference and the texts of errors. What the engine decides by is
``model/entity.py``; ``config/`` turns one into the other. Names that only the rest of the file or a connector knows (systems, fields,
lookups) are text here and judged later.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from syncengine.model.clause import Clause, Spec
from syncengine.model.entity import Birth, Empty, MissingRef, OnDelete, OnLeave, Write
from syncengine.model.written import AnyText, Constant, Flag, GuardLimit, Length, Name, Operand, Short, Text, Texts

VERSION = 1
"""The newest version of the language this program reads."""

GUARDS = (
    "shrink",
    "deletes",
    "creates",
    "updates",
    "emptied",
    "rekey",
    "same-value",
    "conflicts",
    "bounce",
    "clock",
    "budget",
)
"""Guards with a limit that can be set. The others (empty, side-effects, place) have none."""

GuardName = Literal[
    "shrink",
    "deletes",
    "creates",
    "updates",
    "emptied",
    "rekey",
    "same-value",
    "conflicts",
    "bounce",
    "clock",
    "budget",
]
ConflictWord = Literal["ask", "newest", "longest", "max", "min", "union"]
Mask = Literal["auto", "always", "never"]

_TO = re.compile(r"to_[A-Za-z][A-Za-z0-9_-]*", re.ASCII)
_COMPARE = r"^(exact|case|digits|set|date|number(\([0-9]{1,2}\))?)$"


def _compare(value: object) -> object:
    if isinstance(value, str) and not re.match(_COMPARE, value):
        raise ValueError("wants one of: exact, case, digits, number, number(2), set, date")
    return str(value) if isinstance(value, str) else value


def _version(value: object) -> object:
    text = str(value)
    if text.isdecimal() and text.isascii() and len(text) < 9 and int(text) > VERSION:
        raise ValueError(
            f"version {text} is newer than this program, which reads version {VERSION}. Install a newer syncengine"
        )
    if text != str(VERSION):
        raise ValueError(f"wants {VERSION}, the version of the mapping language")
    return VERSION


Compare = Annotated[str, BeforeValidator(_compare), WithJsonSchema({"type": "string", "pattern": _COMPARE})]


# --- fields ---------------------------------------------------------------------------------------------------------------------------


def _field(value: object) -> object:
    return {"from": value} if isinstance(value, str) else value


def _open_expressions(schema: dict[str, Any]) -> None:
    """`to` is how expressions are kept; in the file there is one key per system."""
    expression = {
        "type": "string",
        "minLength": 1,
        "description": "Expression that gives this system's value. Without its inverse the field is one-way.",
    }
    del schema["properties"]["to"]
    schema["patternProperties"] = {f"^{_TO.pattern}$": expression}


class FieldSpec(Spec):
    """How one field of the right side (the Exact name) is kept the same."""

    model_config = ConfigDict(json_schema_extra=_open_expressions)

    source: Text | None = Field(
        None, alias="from", description="Path of the other side's value, such as billing.zip or lines[0].sku."
    )
    value: Constant = Field(None, description="A constant, instead of `from`.")
    use: Texts = Field((), description="Named two-way transforms, one or a list: trim, vat, money(2) …")
    to: dict[str, Text] = Field({}, description="Expressions by system.")
    lookup: Text | None = Field(None, description="Name of a value table under `lookups`.")
    ref: Text | None = Field(None, description="Entity whose links translate this foreign key.")
    missing: MissingRef | None = Field(None, description="With `ref`: what to do while the other record is not linked.")
    owner: Text | None = Field(None, description="Who decides: `both`, or a system; the other side then follows.")
    write: Write | None = Field(None, description="When an owned value or a constant is written.")
    conflict: Text | None = Field(
        None,
        description="Both sides changed it, differently: ask, a system, newest, longest, max, min, union, or an expression.",
    )
    first_link: Text | None = Field(
        None, description="The values differ at the first agreement: ask, a system, newest, or an expression."
    )
    empty: Empty | None = Field(None, description="What an emptied value means; `keep` on match fields, else `clear`.")
    compare: Compare | None = Field(
        None, description="When two values are the same: exact, case, digits, number(n), set, date."
    )
    required: Flag = Field(False, description="An empty value holds the record.")
    max_length: Length | None = Field(None, description="In characters; from the schema where it is known.")
    overflow: Literal["hold", "truncate"] | None = Field(None, description="What becomes of text that is too long.")
    mask: Literal["auto"] | Flag | None = Field(None, description="Personal data in reports: auto, true or false.")
    note: AnyText = Field("", description="Shown in plans.")
    ground: Text | None = Field(
        None,
        description="Why the law lets you keep this: wanted for citizen numbers and their kin, which are refused without.",
    )

    @model_validator(mode="before")
    @classmethod
    def _gather_expressions(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        kept = {name: value for name, value in data.items() if not _TO.fullmatch(name)}
        to = {name[3:]: value for name, value in data.items() if _TO.fullmatch(name)}
        return {**kept, "to": to} if to else kept

    @property
    def is_constant(self) -> bool:
        """True if the field has a constant, be it null."""
        return "value" in self.model_fields_set


AnyField = Annotated[FieldSpec, BeforeValidator(_field), Short(({"type": "string", "minLength": 1},))]


# --- entities -------------------------------------------------------------------------------------------------------------------------


def _match(value: object) -> object:
    return {"all": [value]} if isinstance(value, str) else value


class MatchSpec(Spec):
    """One way to recognise a partner: all these fields are equal, once normalised."""

    all: tuple[Text, ...] = Field(min_length=1, description="Fields, by their Exact names.")
    then: Literal["link", "suggest"] = Field("link", description="Link at once, or suggest to a person.")
    veto: Texts = Field((), description="Fields that forbid the link where both sides hold different values.")
    tie_break: Texts = Field((), description="Fields that pick one of several candidates.")


AnyMatch = Annotated[MatchSpec, BeforeValidator(_match), Short(({"type": "string", "minLength": 1},))]


class DeleteSpec(Spec):
    """System where a record was deleted → what happens on the other side."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, OnDelete]

    edited: OnDelete | None = Field(None, description="What happens if the other side was edited meanwhile; `ask`.")

    @property
    def systems(self) -> dict[str, OnDelete]:
        """The rules by system."""
        return self.__pydantic_extra__ or {}


class Defaults(Spec):
    """Defaults for the fields and entities of the file; what an entity or a field says itself comes first."""

    owner: Text | None = Field(None, description="As in an entity.")
    conflict: Text | None = Field(None, description="As in an entity.")
    first_link: Text | None = Field(None, description="As in an entity.")
    write: Write | None = Field(None, description="As in a field; constants and owned fields only.")
    empty: Empty | None = Field(None, description="As in a field. Match fields keep their own default.")
    missing: MissingRef | None = Field(None, description="As in a field.")
    overflow: Literal["hold", "truncate"] | None = Field(None, description="As in a field.")
    mask: Literal["auto"] | Flag | None = Field(None, description="As in a field.")
    on_leave: OnLeave | None = Field(None, description="As in an entity.")
    create: dict[str, Birth] = Field({}, description="As in an entity.")
    on_delete: DeleteSpec | None = Field(None, description="As in an entity.")


class EntitySpec(Spec):
    """One kind of thing kept the same on two sides."""

    pair: tuple[Text, ...] = Field(
        min_length=2, max_length=2, description="The two resources: [system.resource, exact.Resource]."
    )
    where: dict[str, Clause] = Field({}, description="Scope, per system: only these records take part.")
    on_leave: OnLeave | None = Field(
        None, description="What happens to a linked record that leaves the scope; `freeze`."
    )
    match: tuple[AnyMatch, ...] | None = Field(None, description="How partners are recognised, strongest first.")
    many: Text | None = Field(None, description="The system that may have several records per record of the other.")
    fields: dict[Text, AnyField] = Field(min_length=1, description="Exact field → where its value comes from.")
    owner: Text | None = Field(None, description="Default owner of the fields: `both`, or a system.")
    conflict: Text | None = Field(None, description="Default of the fields' `conflict`; `ask`.")
    first_link: Text | None = Field(None, description="Default of the fields' `first_link`; `ask`.")
    create: dict[str, Birth] = Field(
        {},
        description="System where an unmatched record would be created → auto, ask or never. Auto toward Exact, ask toward the other.",
    )
    on_delete: DeleteSpec | None = Field(
        None, description="System where a record was deleted → what happens on the other side; `keep`."
    )
    inactive: dict[str, dict[str, Constant]] = Field(
        {}, description="How a system says inactive: {Blocked: true}, {EndDate: today}."
    )
    protect: dict[str, Clause] = Field({}, description="Records that are never written, only reported; per system.")
    guards: dict[GuardName, GuardLimit] = Field({}, description="Limits for this entity.")
    after: Texts = Field((), description="Entities to be done before this one; references order themselves.")


# --- the file -------------------------------------------------------------------------------------------------------------------------


class SystemSpec(Spec):
    """One outside system: its connector, and that connector's own options."""

    model_config = ConfigDict(extra="allow")

    connector: Text = Field(description="Name of an installed connector, such as csv or exact.")


class LookupSpec(Spec):
    """A value table: the left side's value → the right side's."""

    table: Text | None = Field(
        None, description="Resource that holds the right-hand values, read live: exact.VATCodes."
    )
    key: Text | None = Field(None, description="Field of the table that holds them.")
    map: dict[AnyText, Operand] = Field(min_length=1, description="Left value → right value.")
    unmapped: Literal["hold", "fail", "skip_field"] = Field("hold", description="What a value without a row does.")
    default: Operand | None = Field(None, description="Right value for a left value without a row.")
    one_way: Flag = Field(
        False, description="Several left values may share a right one; the field is then written to the right only."
    )

    @model_validator(mode="after")
    def _table_needs_key(self) -> Self:
        if (self.table is None) != (self.key is None):
            raise ValueError('"table" and "key" belong together: which resource, and which field of it')
        return self


class ReportSpec(Spec):
    """What reports look like and where they are kept."""

    formats: tuple[Literal["text", "json", "markdown", "html", "junit"], ...] = Field(
        (), description="Reports to keep of each run."
    )
    path: Text | None = Field(None, description="Folder for them, inside the project.")
    mask: Mask = Field("auto", description="Mask personal data: auto (where output goes to CI), always, never.")


class MappingFile(Spec):
    """A whole ``sync.yaml``."""

    version: Annotated[Literal[1], BeforeValidator(_version)] = Field(description="Version of the mapping language.")
    environment: Text | None = Field(
        None,
        description="Label pinned in the state, such as production; `sandbox` never reaches anything labelled otherwise.",
    )
    systems: dict[Name, SystemSpec] = Field(
        min_length=1, description="The systems, by the names the file uses for them."
    )
    state: Text = Field(".sync/", description="Folder of the local state, inside the project.")
    guards: dict[GuardName, GuardLimit] = Field({}, description="Limits that stop a plan before the first write.")
    lookups: dict[Name, LookupSpec] = Field({}, description="Value tables.")
    defaults: Defaults = Field(Defaults(), description="Defaults for fields and entities.")
    entities: dict[Name, EntitySpec] = Field(min_length=1, description="What is kept the same.")
    report: ReportSpec = Field(ReportSpec(), description="Formats, place and masking of reports.")
