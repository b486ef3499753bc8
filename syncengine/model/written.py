"""Scalars of the mapping language: text until the schema says what they are, and never guessed.

``NO``, ``01234567``, ``1_000``, ``0x1F`` and ``2026-01-01`` are the text that stands there. Only where the schema asks for it do the plain
words ``true``, ``false`` and ``null`` and plain whole numbers mean themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, PlainValidator, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue

from syncengine.model.entity import Limit

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})", re.ASCII)
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?) ?%", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)
RESERVED = frozenset(
    "all any ask auto both clear edited false keep longest max min never newest no null off on true union yes".split()
)
"""Words of the language and of YAML 1.1; no system, lookup or entity bears one as its name."""


class Written(str):
    """A scalar as it stands in the file.

    Attributes:
        plain: True if it stood without quotes.
    """

    __slots__ = ("plain",)

    plain: bool

    def __new__(cls, text: str, *, plain: bool = True) -> Self:
        made = super().__new__(cls, text)
        made.plain = plain
        return made


def is_null(value: object) -> bool:
    """Tell whether a scalar is the plain word for nothing."""
    return value is None or (isinstance(value, Written) and value.plain and value in ("null", "~"))


def _text(value: object) -> object:
    if isinstance(value, str) and not value:
        raise ValueError("has no value")
    return str(value) if isinstance(value, str) else value


def _constant(value: object) -> object:
    if is_null(value):
        return None
    if isinstance(value, Written) and value.plain and not value:
        raise ValueError('has no value; write null for "empty"')
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else value


def _flag(value: object) -> object:
    words = {"true": True, "false": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, Written) and value.plain and value in words:
        return words[value]
    raise ValueError(f"wants true or false, without quotes; found {describe(value)}")


def _whole(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Written) and value.plain and _WHOLE.fullmatch(value):
        return int(value)
    raise ValueError(f"wants a whole number, without quotes; found {describe(value)}")


def _name(value: object) -> object:
    if isinstance(value, str) and value.lower() in RESERVED:
        raise ValueError(f'"{value}" is a word of the language; choose another name')
    if isinstance(value, str) and not _NAME.fullmatch(value):
        raise ValueError(f"{describe(value)} is no name: a letter first, then letters, digits, _ or - (at most 64)")
    return value


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


def describe(value: object) -> str:
    """What a person would call a value that stands in the wrong place; cut short, and with nothing a terminal obeys."""
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None or value == "":
        return "nothing"
    return f'"{shown(str(value))}"'


def shown(text: str, size: int = 60) -> str:
    """A piece of the file, fit for one line of a message."""
    clean = printable(text[: size + 1])
    return clean if len(clean) <= size else f"{clean[:size]}…"


def printable(text: str) -> str:
    """A text without anything that a terminal obeys or cannot show."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def limit(value: object) -> Limit:
    """Read a guard's limit: ``100``, ``20%`` or ``[10%, 25]``.

    Raises:
        ValueError: It is none of these.
    """
    if isinstance(value, Limit):
        return value
    parts = value if isinstance(value, list) else [value]
    count, share = None, None
    for part in parts:
        text = str(part) if isinstance(part, str | int) else ""
        percent = _PERCENT.fullmatch(text)
        if percent and share is None and float(percent[1]) <= 100:
            share = float(percent[1]) / 100
        elif _WHOLE.fullmatch(text) and count is None and int(text) >= 0:
            count = int(text)
        else:
            raise ValueError(
                f"wants a count such as 25, a percentage such as 10%, or both: [10%, 25]; found {describe(part)}"
            )
    if count is None and share is None:
        raise ValueError("wants a count such as 25, a percentage such as 10%, or both: [10%, 25]")
    return Limit(count=count, share=share)


_PERCENT_SCHEMA = {"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,4})? ?%$"}
_COUNT_SCHEMA = {"type": "integer", "minimum": 0}

Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": "string", "minLength": 1})]
"""Text that is not empty."""

AnyText = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, str) else value)]
"""Text that may be empty."""

Constant = Annotated[
    str | None,
    BeforeValidator(_constant),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]
"""A value to compare with or to give: still text, or None for the plain word ``null``. The field's kind types it later."""

Flag = Annotated[bool, BeforeValidator(_flag)]
Length = Annotated[int, BeforeValidator(_whole), Field(ge=1), WithJsonSchema({"type": "integer", "minimum": 1})]
"""A whole number of at least 1."""

Name = Annotated[
    str, BeforeValidator(_name), WithJsonSchema({"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}$"})
]
"""A name that the author gives to a system, lookup or entity."""

Texts = Annotated[
    tuple[Text, ...],
    BeforeValidator(_one_or_more),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
            ]
        }
    ),
]
"""One text, or a list of them."""

Operand = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""Text that people may write like a number or a flag: it stays text all the same."""

GuardLimit = Annotated[
    Limit,
    PlainValidator(limit),
    WithJsonSchema(
        {
            "anyOf": [
                _COUNT_SCHEMA,
                _PERCENT_SCHEMA,
                {"type": "array", "items": {"anyOf": [_COUNT_SCHEMA, _PERCENT_SCHEMA]}, "minItems": 1, "maxItems": 2},
            ]
        }
    ),
]


@dataclass(frozen=True, slots=True)
class Short:
    """Tells the editor's schema that a model may also be written shorter; a ``BeforeValidator`` beside it makes the long form.

    Attributes:
        schemas: JSON Schemas of the short forms.
    """

    schemas: tuple[JsonSchemaValue, ...]

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [*self.schemas, handler(schema)]}
