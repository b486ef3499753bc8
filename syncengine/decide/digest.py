"""The fingerprint of a plan: equal plans give equal bytes, wherever and whenever they are made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring
from operator import attrgetter
from types import MappingProxyType, NoneType
from typing import Any, Final

from syncengine.model.adopted import Adopted, LinkChanges, pack
from syncengine.model.plan import Plan
from syncengine.model.record import Absent
from syncengine.model.values import to_json

_Write = Callable[[Any], str]

_LEAVES: Final[Mapping[type, _Write]] = MappingProxyType(
    {str: encode_basestring, int: repr, NoneType: lambda value: "null", Absent: lambda value: "{}"}
)
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def digest(plan: Plan) -> str:
    """Fingerprint of all a plan says, as 64 hex digits.

    Only the calls a side still allows today do not count: they are the side's, not the plan's.
    """
    state = sha256()
    for part in _parts(plan):
        state.update(part.encode())
        state.update(b"\n")
    return state.hexdigest()


def _parts(plan: Plan) -> Iterable[str]:
    """The plan as lines of JSON, one per item, so that a large one is never one text."""
    for item in fields(plan):
        if item.name == "digest":
            continue
        value = getattr(plan, item.name)
        if isinstance(value, LinkChanges):
            yield f"{item.name} {len(value)}"
            for adopted in value.adopted:
                yield from _adopted(adopted)
            yield from (canonical(part) for part in value.others)
        elif isinstance(value, tuple | list):
            yield f"{item.name} {len(value)}"
            yield from (canonical(part) for part in value)
        else:
            yield f"{item.name} {canonical(value)}"


def _adopted(links: Adopted) -> Iterable[str]:
    """``canonical`` of each link, many at a time: only its ids and its rule tell it from another."""
    around: dict[str, tuple[str, str, str]] = {}
    for part in links.parts():
        for rule in set(part.rules) - around.keys():
            around[rule] = _around_ids(links.entity, rule)
        pairs = zip(map(encode_basestring, part.lefts), map(encode_basestring, part.rights), strict=True)
        if len(set(part.rules)) == 1:
            before, between, behind = around[part.rules[0]]
            lines = [f"{before}{left}{between}{right}{behind}" for left, right in pairs]
        else:
            texts = [around[rule] for rule in part.rules]
            lines = [
                f"{before}{left}{between}{right}{behind}"
                for (before, between, behind), (left, right) in zip(texts, pairs, strict=True)
            ]
        yield "\n".join(lines)


def _around_ids(entity: str, rule: str) -> tuple[str, str, str]:
    """What stands before, between and behind the two ids of a link to be adopted."""
    (change,) = pack(entity, [("\x01", "\x02", rule)])
    before, rest = canonical(change).split(encode_basestring(change.left_id))
    between, behind = rest.split(encode_basestring(change.right_id))
    return before, between, behind


def canonical(value: Any) -> str:
    """Any noun of the plan as JSON with keys in order."""
    return _writer(value.__class__)(value)


@lru_cache
def _writer(kind: type) -> _Write:
    """What makes the text of a value of this kind."""
    if kind in _LEAVES:
        return _LEAVES[kind]
    if is_dataclass(kind):
        return _noun(kind)
    if issubclass(kind, Enum):
        return lambda value: canonical(value.value)
    if issubclass(kind, Mapping):
        return _mapping
    if issubclass(kind, list | tuple):
        return lambda value: _listed(map(canonical, value))
    if issubclass(kind, float):
        return lambda value: canonical(repr(value))
    return lambda value: _encode(to_json(value))


def _noun(kind: type) -> _Write:
    """The fields of a noun that count stand in one template; most of them are plain text."""
    names = [item.name for item in fields(kind) if item.name not in ("left_today", "number")]
    read, form = attrgetter(*names), _listed(f'["{name}",%s]' for name in names)
    return lambda value: form % tuple([_writer(item.__class__)(item) for item in read(value)])


def _mapping(value: Mapping[Any, Any]) -> str:
    pairs = sorted(value.items(), key=lambda pair: str(pair[0]))
    return _listed(f"[{canonical(str(key))},{canonical(item)}]" for key, item in pairs)


def _listed(items: Iterable[str]) -> str:
    return f"[{','.join(items)}]"
