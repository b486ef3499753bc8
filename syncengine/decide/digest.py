"""The fingerprint of a plan: equal plans give equal bytes, wherever and whenever they are made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any, Final

from syncengine.model.adopted import Adopted, LinkChanges, pack
from syncengine.model.plan import Plan
from syncengine.model.record import ABSENT
from syncengine.model.values import to_json

_SIMPLE: Final = frozenset({str, int, bool, type(None)})


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
        lines = []
        for left_id, right_id, rule in part:
            if rule not in around:
                around[rule] = _around_ids(links.entity, rule)
            before, between, behind = around[rule]
            lines.append(f"{before}{encode_basestring(left_id)}{between}{encode_basestring(right_id)}{behind}")
        yield "\n".join(lines)


def _around_ids(entity: str, rule: str) -> tuple[str, str, str]:
    """What stands before, between and behind the two ids of a link to be adopted."""
    (change,) = pack(entity, [("\x01", "\x02", rule)])
    before, rest = canonical(change).split(encode_basestring(change.left_id))
    between, behind = rest.split(encode_basestring(change.right_id))
    return before, between, behind


def canonical(value: Any) -> str:
    """Any noun of the plan as JSON with keys in order."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


@lru_cache
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a noun that count; none if it is no noun."""
    if not is_dataclass(kind):
        return ()
    return tuple(item.name for item in fields(kind) if item.name not in ("left_today", "number"))


def _plain(value: Any) -> Any:
    if value.__class__ in _SIMPLE:
        return value
    if value is ABSENT:
        return {}
    if isinstance(value, Enum):
        return value.value
    if names := _names(value.__class__):
        return [[name, _plain(getattr(value, name))] for name in names]
    if isinstance(value, Mapping):
        return [[str(key), _plain(item)] for key, item in sorted(value.items(), key=lambda pair: str(pair[0]))]
    if isinstance(value, list) or (isinstance(value, tuple) and not all(isinstance(item, str) for item in value)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return repr(value)
    return to_json(value)
