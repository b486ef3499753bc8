"""One answered row → one record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from syncengine.errors import Unreadable
from syncengine.model.record import Record, Value
from syncengine.model.values import fingerprint
from syncengine_connectors.exact import values
from syncengine_connectors.exact.catalogue import Endpoint, Property

_MODIFIED = Property(name="Modified", type="DateTime")


def record_of(resource: str, endpoint: Endpoint, row: Any, names: Iterable[str]) -> Record:
    """Make a record with these fields; one that the row does not hold is left out, for silence is no emptiness.

    Raises:
        Unreadable: No id, or a value that is not of its property's type.
    """
    id = id_of(endpoint, row)
    where = f"{resource} {id or '?'}"
    if id is None:
        raise Unreadable(where, "a row without key", id=None)
    fields: dict[str, Value] = {}
    try:
        for name in names:
            if name in row and name in endpoint.properties and not _deferred(row[name]):
                fields[name] = values.read(endpoint.properties[name], row[name])
        # A sync row may carry it where the endpoint it stands for does not.
        stamp_of = endpoint.properties.get("Modified", _MODIFIED)
        modified = values.read(stamp_of, row["Modified"]) if "Modified" in row else None
    except (ValueError, KeyError) as error:
        raise Unreadable(where, str(error), id=id) from None
    stamp = row.get("Timestamp")
    return Record(
        resource=resource,
        id=id,
        fields=fields,
        version=str(stamp) if isinstance(stamp, str | int) else None,
        modified=modified if isinstance(modified, datetime) else None,
    )


def id_of(endpoint: Endpoint, row: Any) -> str | None:
    """A row's key as text; parts of a key of several are joined by ``|``. None if one is missing."""
    if not isinstance(row, Mapping):
        return None
    parts = [_part(endpoint, name, row.get(name)) for name in endpoint.key]
    return "|".join(parts) if parts and all(parts) else None


def _part(endpoint: Endpoint, name: str, part: Any) -> str:
    text = str(part).strip() if isinstance(part, str | int) else ""
    return text.lower() if endpoint.properties[name].type == "Guid" else text


def fingerprint_of(row: Any) -> int:
    """A fingerprint of what a row says, its address and row version aside."""
    kept = {k: v for k, v in row.items() if k not in ("__metadata", "Timestamp")} if isinstance(row, Mapping) else row
    return fingerprint(json.dumps(kept, sort_keys=True, default=str, ensure_ascii=False).encode())


def _deferred(value: Any) -> bool:
    return isinstance(value, Mapping)
