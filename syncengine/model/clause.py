"""Conditions of the mapping language as people write them: ``where``, ``protect``; and what all parts of the language have in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from syncengine.model.written import Constant, Flag, Operand, Short, Text


class Spec(BaseModel):
    """What every part of the language has in common: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)


def _comparison(value: object) -> object:
    if isinstance(value, dict):
        return value
    return {"in": value} if isinstance(value, list) else {"eq": value}


def _hide_short_forms(schema: dict[str, Any]) -> None:
    """`eq` and `in` are how the short forms are kept; in the file they are written as the value or the list itself."""
    del schema["properties"]["eq"], schema["properties"]["in"]


class Comparison(Spec):
    """How a field is compared: a value (is that), a list (is one of them), or operators that must all hold."""

    model_config = ConfigDict(json_schema_extra=_hide_short_forms)

    eq: Constant = None
    among: tuple[Constant, ...] | None = Field(None, alias="in", min_length=1)
    gt: Operand | None = Field(None, description="Greater than.")
    ge: Operand | None = Field(None, description="Greater than or equal to.")
    lt: Operand | None = Field(None, description="Less than.")
    le: Operand | None = Field(None, description="Less than or equal to.")
    other: Constant | tuple[Constant, ...] = Field(
        None, alias="not", description="Not this value, or none of this list."
    )
    empty: Flag | None = Field(None, description="true: has no value; false: has one.")
    prefix: Text | None = Field(None, description="Begins with this text.")

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that are written, as the language calls them."""
        return tuple(name for name in OPERATORS if OPERATORS[name] in self.model_fields_set)


OPERATORS = {"eq": "eq", "in": "among", "gt": "gt", "ge": "ge", "lt": "lt", "le": "le", "not": "other"} | {
    "empty": "empty",
    "prefix": "prefix",
}
"""The language's word → the attribute of ``Comparison``."""

_CONSTANT_SCHEMA: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}
AnyComparison = Annotated[
    Comparison,
    BeforeValidator(_comparison),
    Short((_CONSTANT_SCHEMA, {"type": "array", "items": _CONSTANT_SCHEMA, "minItems": 1})),
]


class Clause(Spec):
    """Field → comparison; all must hold. The names are those of the system the clause speaks of."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, AnyComparison]

    any: tuple[Clause, ...] | None = Field(None, min_length=1, description="At least one of these must hold.")
    all: tuple[Clause, ...] | None = Field(None, min_length=1, description="All of these must hold.")

    @property
    def tests(self) -> dict[str, Comparison]:
        """The comparisons by field."""
        return self.__pydantic_extra__ or {}
