"""The closed list of transforms, and the reading of ``use`` out of a mapping."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final

from syncengine.decide.transforms import choices, dates, keyed, numbers, text
from syncengine.decide.transforms.lens import FieldLens
from syncengine.decide.transforms.transform import ROW, Transform, UseError

Args = tuple[str, ...]
Maker = Callable[[Args], Transform]

REGISTRY: Final[Mapping[str, Maker]] = MappingProxyType(
    {
        "trim": text.trim,
        "upper": text.upper,
        "code": text.code,
        **{kind: partial(keyed.keyed, kind) for kind in keyed.KEYED},
        "country": keyed.country,
        "language": keyed.language,
        "money": numbers.money,
        "number": numbers.number,
        "date": dates.date_,
        "bool": choices.bool_,
        "map": choices.map_,
        "join": text.join,
        "split": text.split,
        "fraction": numbers.fraction,
    }
)
"""Name → what makes the transform out of its options. Closed: a mapping can run nothing else."""

_PLAIN: Final = frozenset({"trim", "upper", "code"})
_RAW: Final = frozenset({"join", "split"})
"""Transforms whose whole option is one text, commas and spaces included."""

_CALL = re.compile(r"([a-z_]+)(?:\((.*)\))?", re.S)
_ARGUMENT = re.compile(r"\s*(\"[^\"]*\"|'[^']*'|(?:[^,\"']|\"[^\"]*\"|'[^']*')*)\s*(?:,|$)")

_ROW = re.compile(r"(\"[^\"]*\"|'[^']*'|[^=]*?)\s*=\s*(.*)", re.S)

Spec = str | Mapping[str, object] | Sequence[object]


def compile_use(spec: Spec) -> FieldLens:
    """Turn a mapping's ``use`` into a lens.

    Args:
        spec: A transform (``money(2)``), a map of one (``{map: {standard: "2"}}``), or a list of either, in the order of reading.

    Raises:
        UseError: An unknown name (with the nearest one) or options the transform does not have.
    """
    items: Sequence[object] = [spec] if isinstance(spec, (str, Mapping)) else spec
    return FieldLens(steps=tuple(_compiled(item) for item in items))


def _compiled(item: object) -> Transform:
    name, args = _from_map(item) if isinstance(item, Mapping) else _from_text(item)
    maker = REGISTRY.get(name)
    if maker is None:
        from difflib import get_close_matches

        near = get_close_matches(name, REGISTRY, n=1)
        raise UseError(
            f"unknown transform {name!r}."
            + (f" Did you mean {near[0]!r}?" if near else f" Known: {', '.join(REGISTRY)}.")
        )
    if name in _PLAIN and args:
        raise UseError(f"{name}: takes no options, found {', '.join(args)}")
    return maker(args)


def _from_map(item: Mapping[object, object]) -> tuple[str, Args]:
    if len(item) != 1:
        raise UseError(f"use: expected one transform with its options; found {', '.join(map(str, item)) or 'nothing'}")
    [(name, options)] = item.items()
    if isinstance(options, Mapping):
        return str(name), tuple(f"{key}{ROW}{_yaml_text(value)}" for key, value in options.items())
    if isinstance(options, (list, tuple)):
        return str(name), tuple(map(str, options))
    return str(name), (str(options),)


def _from_text(item: object) -> tuple[str, Args]:
    match = _CALL.fullmatch(item.strip()) if isinstance(item, str) else None
    if match is None:
        raise UseError(f"use: expected a transform such as trim or money(2); found {item!r}")
    name, options = match.groups()
    if options is None or (not options.strip() and name not in _RAW):
        return name, ()
    if name in _RAW:
        return name, (_unquoted(options),)
    return name, tuple(map(_row if name == "map" else _unquoted, _arguments(options)))


def _arguments(options: str) -> Args:
    """Options at commas; quotation marks protect commas and spaces."""
    found, at = [], 0
    while at < len(options):
        match = _ARGUMENT.match(options, at)
        if match is None or match.end() == at:
            raise UseError(f"use: a quotation mark is not closed in {options!r}")
        found.append(match.group(1).strip())
        at = match.end()
    return tuple(found)


def _row(text_: str) -> str:
    """``standard=2`` with either half quoted."""
    match = _ROW.fullmatch(text_)
    return f"{_unquoted(match.group(1).strip())}{ROW}{_unquoted(match.group(2).strip())}" if match else text_


def _yaml_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unquoted(text_: str) -> str:
    quoted = len(text_) > 1 and text_[0] == text_[-1] and text_[0] in "\"'"
    return text_[1:-1] if quoted else text_
