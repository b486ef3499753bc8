"""Paths such as ``billing.lines[0].zip`` into a side's record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from syncengine.model.record import ABSENT, Value

_STEP: Final = re.compile(r"([^.\[\]]+)|\[(\d{1,6})\]")

Pick = Callable[[Mapping[str, Value]], Value]
"""Takes one value out of a record's fields; ABSENT if the side did not send it."""


def steps(path: str) -> tuple[str | int, ...]:
    """Cut a path into names and positions: ``a.b[0]`` → ``("a", "b", 0)``."""
    return tuple(name or int(place) for name, place in _STEP.findall(path))


def picker(path: str) -> Pick:
    """Compile a path. A field that is called exactly so comes first: a column may be named ``billing.zip``."""
    parts = steps(path)

    def plain(fields: Mapping[str, Value]) -> Value:
        return fields.get(path, ABSENT)

    def nested(fields: Mapping[str, Value]) -> Value:
        value = fields.get(path, ABSENT)
        return value if value is not ABSENT else _walk(fields, parts)

    return plain if len(parts) <= 1 else nested


def _walk(fields: Mapping[str, Any], parts: Sequence[str | int]) -> Value:
    """Go down; what an empty parent holds is empty, what no parent names was not said."""
    here: Any = fields
    for part in parts:
        if here is None:
            return None
        if isinstance(here, Mapping) and isinstance(part, str) and part in here:
            here = here[part]
        elif isinstance(here, list | tuple) and isinstance(part, int):
            here = here[part] if part < len(here) else None
        else:
            return ABSENT
    return here if not isinstance(here, Mapping | list) else ABSENT
