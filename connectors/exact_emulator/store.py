"""The records of one endpoint, kept compactly: per record its values as JSON texts, nulls left out, and the shared list of their names."""

from __future__ import annotations

import bisect
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from exact_emulator.reference import Endpoint
from exact_emulator.values import order_key

Row = dict[str, Any]
_encode = json.JSONEncoder(separators=(",", ":")).encode
_quote = json.encoder.encode_basestring_ascii
_FLAGS = {True: "true", False: "false"}
_decode = json.JSONDecoder().raw_decode
SEPARATOR = "\x1f"
"""Stands between the values of a record; JSON never carries it bare."""

Packed = tuple[tuple[str, ...], str]
"""Names of the filled properties, shared by all records that fill the same ones; their values as JSON, joined."""


def to_text(value: Any) -> str:
    """Write one stored value as the JSON the server sends: slashes in a date are escaped."""
    if isinstance(value, str):
        return f'"{value}"'.replace("/", "\\/") if value.startswith("/Date(") else _quote(value)
    # The encoder takes a long way to a number or a flag.
    return int.__repr__(value) if type(value) is int else _FLAGS[value] if type(value) is bool else _encode(value)


@dataclass(slots=True, kw_only=True)
class Touch:
    """Who made a record and how often it was written since."""

    created_by: str
    writes: int = 0
    by_client: int = 0
    by_person: int = 0

    def to_json(self) -> str:
        """Give the text that is kept on disk."""
        return json.dumps(asdict(self))


SEEDED = "seed"


class Table:
    """Records by key, ordered by key and by row version, with indexes made when first needed."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.touches: dict[str, Touch] = {}
        self._bodies: dict[str, Packed] = {}
        self._patterns: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._stamps: dict[str, int] = {}
        self._by_stamp: list[tuple[int, str]] | None = None
        self._by_key: list[tuple[Any, str]] | None = None
        self._indexes: dict[str, tuple[Callable[[Any], Any], dict[Any, set[str]]]] = {}
        self._key_kinds = [order_key(endpoint.properties[name].type) for name in endpoint.key
                           if name in endpoint.properties]  # fmt: skip
        self._highest: int | None = None

    def __len__(self) -> int:
        return len(self._bodies)

    def __contains__(self, key: object) -> bool:
        return key in self._bodies

    def key_of(self, row: Row) -> str:
        """Give the text under which a record is kept."""
        return "|".join(str(row.get(name)) for name in self.endpoint.key)

    def position(self, key: str) -> tuple[Any, ...]:
        """Give the sort key of a record's key."""
        parts = key.split("|") if len(self._key_kinds) > 1 else [key]
        return tuple(of(part) for of, part in zip(self._key_kinds, parts, strict=True))

    def get(self, key: str) -> Row | None:
        """Give a copy of a record, None if there is none."""
        packed = self._bodies.get(key)
        return None if packed is None else _unpack(packed)

    def packed(self, key: str) -> Packed:
        """Give a record as it is kept."""
        return self._bodies[key]

    def _pack(self, row: Row) -> Packed:
        names = tuple(name for name, value in row.items() if value is not None)
        # One tuple serves all records that fill the same properties.
        names = self._patterns.setdefault(names, names)
        return names, SEPARATOR.join([to_text(row[name]) for name in names])

    def stamp(self, key: str) -> int:
        """Give a record's row version."""
        return self._stamps[key]

    def put(self, key: str, row: Row, stamp: int) -> None:
        """Keep a record."""
        old = self.get(key) if self._indexes and key in self._bodies else None
        if key not in self._bodies and self._by_key is not None:
            bisect.insort(self._by_key, (self.position(key), key))
        self._bodies[key] = self._pack(row)
        self._stamps[key] = stamp
        if self._by_stamp is not None:
            # An old entry of this record stays behind; `since` knows it by its stamp.
            bisect.insort(self._by_stamp, (stamp, key))
        for name, (of, index) in self._indexes.items():
            _unindex(index, of, old, name, key)
            _index(index, of, row, name, key)
        self._note_code(row)

    def load(self, key: str, row: Row, stamp: int) -> None:
        """Keep one of many records, as they come from the disk or a seed: orders and indexes are made again when needed."""
        self._bodies[key] = self._pack(row)
        self._stamps[key] = stamp
        self._by_key = self._by_stamp = self._highest = None
        self._indexes.clear()

    def remove(self, key: str) -> Row:
        """Forget a record and give what it held."""
        row = _unpack(self._bodies.pop(key))
        del self._stamps[key]
        self.touches.pop(key, None)
        if self._by_key is not None:
            at = bisect.bisect_left(self._by_key, (self.position(key), key))
            del self._by_key[at]
        for name, (of, index) in self._indexes.items():
            _unindex(index, of, row, name, key)
        self._highest = None
        return row

    def keys(self, after: str | None = None) -> Iterator[str]:
        """Yield keys in the server's order, behind a given one."""
        if self._by_key is None:
            self._by_key = sorted((self.position(key), key) for key in self._bodies)
        start = 0 if after is None else bisect.bisect_right(self._by_key, (self.position(after), after))
        for at in range(start, len(self._by_key)):
            yield self._by_key[at][1]

    def since(self, stamp: int) -> Iterator[tuple[int, str]]:
        """Yield (row version, key) above a row version, in its order."""
        if self._by_stamp is None or len(self._by_stamp) > 2 * len(self._bodies) + 1000:
            self._by_stamp = sorted((version, key) for key, version in self._stamps.items())
        start = bisect.bisect_right(self._by_stamp, (stamp, "\uffff"))
        for at in range(start, len(self._by_stamp)):
            version, key = self._by_stamp[at]
            if self._stamps.get(key) == version:
                yield version, key

    def look_up(self, name: str, value: Any, of: Callable[[Any], Any]) -> set[str]:
        """Give the keys of records whose property compares equal to a value, by an index made on first use.

        Args:
            value: In the form ``of`` gives.
            of: The property's comparable form of a stored value; the same function for the same property always.
        """
        if name not in self._indexes:
            index: dict[Any, set[str]] = {}
            for key, packed in self._bodies.items():
                stored = _one(packed, name)
                if stored is not None:
                    index.setdefault(of(stored), set()).add(key)
            self._indexes[name] = (of, index)
        return self._indexes[name][1].get(value, set())

    def highest_code(self) -> int:
        """Give the highest number among the codes, 0 if there is none."""
        if self._highest is None:
            self._highest = 0
            for packed in self._bodies.values():
                self._note_code({"Code": _one(packed, "Code")})
        return self._highest

    def _note_code(self, row: Row) -> None:
        code = str(row.get("Code") or "").strip()
        if self._highest is not None and code.isdecimal():
            self._highest = max(self._highest, int(code))


def _unpack(packed: Packed) -> Row:
    names, values = packed
    return dict(zip(names, _decode(f"[{values.replace(SEPARATOR, ',')}]")[0], strict=True))


def _one(packed: Packed, name: str) -> Any:
    """Read a single property, without the others."""
    names, values = packed
    return _decode(values.split(SEPARATOR)[names.index(name)])[0] if name in names else None


def _index(index: dict[Any, set[str]], of: Callable[[Any], Any], row: Row, name: str, key: str) -> None:
    if row.get(name) is not None:
        index.setdefault(of(row[name]), set()).add(key)


def _unindex(index: dict[Any, set[str]], of: Callable[[Any], Any], row: Row | None, name: str, key: str) -> None:
    if row is not None and row.get(name) is not None:
        index.get(of(row[name]), set()).discard(key)
