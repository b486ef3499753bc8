"""Says quickly that options fit their schema, in the common case that they do.

The full judge, jsonschema, takes longer to import than a small run takes to plan. So what every run asks ("does it fit?") is answered here for the
words that connectors' schemas use, and only what does not fit, or what is not known here, goes to the full judge, which also finds the words for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_SILENT: Final = frozenset(("$schema", "$defs", "title", "description", "default", "examples", "secret", "deprecated"))
_TYPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def fits(schema: Any, value: Any) -> bool:
    """Tell whether a value surely fits; False means that it does not, or that the schema says more than is known here."""
    if not isinstance(schema, Mapping):
        return schema is True
    return all(word in _SILENT or (word in _WORDS and _WORDS[word](schema, value)) for word in schema)


def _type(schema: Schema, value: Any) -> bool:
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    return any(kind in _TYPES and _TYPES[kind](value) for kind in kinds)


def _enum(schema: Schema, value: Any) -> bool:
    # In Python true is one; in JSON it is not.
    return any(type(value) is type(known) and value == known for known in schema["enum"])


def _pattern(schema: Schema, value: Any) -> bool:
    return not isinstance(value, str) or re.search(schema["pattern"], value) is not None


def _number(word: str, right: Callable[[Any, Any], bool]) -> Callable[[Schema, Any], bool]:
    return lambda schema, value: not _TYPES["number"](value) or right(value, schema[word])


def _size(
    word: str, kind: type[str] | type[list[Any]], right: Callable[[int, int], bool]
) -> Callable[[Schema, Any], bool]:
    return lambda schema, value: not isinstance(value, kind) or right(len(value), schema[word])


def _required(schema: Schema, value: Any) -> bool:
    return not isinstance(value, dict) or all(name in value for name in schema["required"])


def _properties(schema: Schema, value: Any) -> bool:
    known = schema["properties"]
    return not isinstance(value, dict) or all(fits(known[name], each) for name, each in value.items() if name in known)


def _additional(schema: Schema, value: Any) -> bool:
    if not isinstance(value, dict) or "patternProperties" in schema:
        return not isinstance(value, dict)
    known = schema.get("properties", {})
    return all(fits(schema["additionalProperties"], each) for name, each in value.items() if name not in known)


def _items(schema: Schema, value: Any) -> bool:
    return not isinstance(value, list) or all(fits(schema["items"], each) for each in value)


def _any_of(schema: Schema, value: Any) -> bool:
    return any(fits(branch, value) for branch in schema["anyOf"])


_WORDS: Final[Mapping[str, Callable[[Schema, Any], bool]]] = {
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "minimum": _number("minimum", lambda value, bound: value >= bound),
    "maximum": _number("maximum", lambda value, bound: value <= bound),
    "minLength": _size("minLength", str, lambda size, bound: size >= bound),
    "maxLength": _size("maxLength", str, lambda size, bound: size <= bound),
    "minItems": _size("minItems", list, lambda size, bound: size >= bound),
    "maxItems": _size("maxItems", list, lambda size, bound: size <= bound),
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "anyOf": _any_of,
}
"""Word of JSON Schema → whether a value satisfies it. What stands here is exact; what does not is left to the full judge."""
