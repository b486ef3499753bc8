"""A side that lives in this process: the shortest complete connector. Read it first, copy it to begin.

It keeps row versions, tombstones and a change counter, so it can do all that the contract knows: incremental pulls, a deletion feed, and
writes that refuse to overwrite what moved. Below the contract stand ``add``, ``edit`` and ``remove``: what people do at the side itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from syncengine.connector import Budget, Cursor, End, Note, Outcome, Page, Plugin, Query
from syncengine.errors import ConnectorError, Rejected, Stale, Transient
from syncengine.model.operation import Action, Operation, Pending, Written
from syncengine.model.record import ABSENT, Deletion, Record, Value
from syncengine.model.resource import Deletions, FieldFacts, Resource
from syncengine.model.values import dump, fingerprint
from syncengine.ports import Clock, Ports

PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A record as it is kept; replaced, never changed."""

    id: str
    fields: Mapping[str, Value]
    version: int
    modified: datetime


@dataclass(slots=True)
class Shelf:
    """One resource: what it can do, its rows by id, and at which version the deleted ones went."""

    resource: Resource
    rows: dict[str, Row] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)


class Memory:
    """Holds resources in dictionaries; every change gets the next number of one counter."""

    def __init__(self, name: str, resources: Sequence[Resource], clock: Clock) -> None:
        self._name = name
        self._shelves = {resource.name: Shelf(resource) for resource in resources}
        self._clock = clock
        self._count = 0

    def identity(self) -> str:
        return f"memory {self._name}"

    def resources(self) -> Mapping[str, Resource]:
        return {name: shelf.resource for name, shelf in self._shelves.items()}

    def pull(self, query: Query, since: Cursor | None) -> Iterator[Page]:
        shelf, cursor = self._shelves[query.resource], str(self._count)
        # A cursor of an earlier process tells nothing here: then everything is listed.
        after = int(since) if since is not None and int(since) <= self._count else None
        changed = sorted((row for row in shelf.rows.values() if row.version > (after or 0)), key=lambda row: row.id)
        rest = iter(changed)
        while batch := list(islice(rest, PAGE)):
            yield Page(rows=batch, fingerprints=[_fingerprint(row) for row in batch] if after is None else None)
        gone = [Deletion(id=id, version=str(at)) for id, at in shelf.gone.items() if after is not None and at > after]
        yield Page(deleted=gone, end=End(cursor=cursor, scope="full" if after is None else "delta"))

    def parse(self, query: Query, row: Any) -> Record:
        fields = {name: row.fields[name] for name in query.fields if name in row.fields}
        return Record(
            resource=query.resource, id=row.id, fields=fields, version=str(row.version), modified=row.modified
        )

    def fetch(self, query: Query, ids: Sequence[str]) -> Mapping[str, Record]:
        rows = self._shelves[query.resource].rows
        return {id: self.parse(query, rows[id]) for id in ids if id in rows}

    def write(self, operations: Sequence[Operation]) -> Sequence[Outcome]:
        return [self._try(operation) for operation in operations]

    def find(self, operation: Operation) -> Sequence[Record]:
        shelf = self._shelves[operation.resource]
        query = Query(resource=operation.resource, fields=tuple(shelf.resource.fields))
        if operation.action is not Action.CREATE:
            return list(self.fetch(query, [operation.id]).values())
        if not operation.identify:
            raise Transient(f"{operation.resource}: nothing identifies what the create left behind")
        wanted = operation.identify.items()
        hits = [row for row in shelf.rows.values() if all(row.fields.get(name) == value for name, value in wanted)]
        return [self.parse(query, row) for row in hits]

    def budget(self) -> Budget:
        return Budget()

    def check(self) -> Sequence[Note]:
        return [Note(ok=True, text=f"{name}: {len(shelf.rows)} records") for name, shelf in self._shelves.items()]

    def close(self) -> None:
        """Nothing is held open."""

    def _try(self, operation: Operation) -> Outcome:
        try:
            return self._write(operation, self._shelves[operation.resource])
        except ConnectorError as error:
            return error

    def _write(self, operation: Operation, shelf: Shelf) -> Written:
        row = shelf.rows.get(operation.id)
        if operation.action is Action.DELETE:
            if row is not None:
                _refuse_if_moved(operation, row)
                self.remove(operation.resource, operation.id)
            return Written(id=operation.id)
        values = _accepted(operation, shelf)
        if operation.action is Action.CREATE:
            id = self.add(operation.resource, values)
        elif row is None:
            raise Stale(f"{operation.resource} {operation.id} is gone; nothing was written")
        else:
            _refuse_if_moved(operation, row)
            id = row.id
            self.edit(operation.resource, id, values)
        query = Query(resource=operation.resource, fields=tuple(shelf.rows[id].fields))
        return Written(id=id, record=self.parse(query, shelf.rows[id]))

    def add(self, resource: str, values: Mapping[str, Value], id: str = "") -> str:
        """Make a record; return its id, a new one unless it is given."""
        shelf = self._shelves[resource]
        id = id or str(self._next())
        shelf.gone.pop(id, None)
        shelf.rows[id] = Row(id=id, fields=dict(values), version=self._next(), modified=self._clock.now())
        return id

    def edit(self, resource: str, id: str, values: Mapping[str, Value]) -> None:
        """Change some fields of a record."""
        rows = self._shelves[resource].rows
        fields = {**rows[id].fields, **values}
        rows[id] = Row(id=id, fields=fields, version=self._next(), modified=self._clock.now())

    def remove(self, resource: str, id: str) -> None:
        """Delete a record; its tombstone stays."""
        shelf = self._shelves[resource]
        del shelf.rows[id]
        shelf.gone[id] = self._next()

    def _next(self) -> int:
        self._count += 1
        return self._count


def _fingerprint(row: Row) -> int:
    names = sorted(row.fields)
    # The version is part of the row: who writes by an old one is refused, so an edit that changes no value must be read too.
    return fingerprint(f"{row.id}\n{row.version}\n{names}\n{dump(row.fields[name] for name in names)}".encode())


def _refuse_if_moved(operation: Operation, row: Row) -> None:
    if operation.version not in (None, str(row.version)):
        raise Stale(f"{operation.resource} {row.id} was changed meanwhile; nothing was written")


def _accepted(operation: Operation, shelf: Shelf) -> dict[str, Value]:
    """The values to store: every field known, every unique one still free.

    Raises:
        Rejected: Names the field.
    """
    values: dict[str, Value] = {}
    for name, value in operation.values.items():
        facts = shelf.resource.fields.get(name)
        if facts is None and not shelf.resource.open:
            raise Rejected(f'{operation.resource} has no field "{name}"; nothing was written', field=name)
        if value is ABSENT:
            continue
        if isinstance(value, Pending):
            raise Rejected(f"{operation.resource}.{name}: the record it refers to is not there yet", field=name)
        taken = (row for row in shelf.rows.values() if row.id != operation.id and row.fields.get(name) == value)
        if facts is not None and facts.unique and value is not None and any(taken):
            raise Rejected(f"{operation.resource}.{name}: another record has this value already", field=name)
        values[name] = value
    return values


def connect(options: Mapping[str, Any], ports: Ports) -> Memory:
    """Make a side with the resources, fields and records that the options list."""
    seeds: Mapping[str, Sequence[Mapping[str, Value]]] = options.get("records", {})
    names = {name: dict.fromkeys(key for row in rows for key in row if key != "id") for name, rows in seeds.items()}
    for name, fields in options.get("fields", {}).items():
        names.setdefault(name, {}).update(dict.fromkeys(fields))
    unique = options.get("unique", {})
    memory = Memory(
        options.get("name", "memory"),
        [_resource(name, tuple(fields), frozenset(unique.get(name, ()))) for name, fields in names.items()],
        ports.clock,
    )
    for name, rows in seeds.items():
        for row in rows:
            memory.add(name, {key: value for key, value in row.items() if key != "id"}, str(row.get("id", "")))
    return memory


def _resource(name: str, fields: Sequence[str], unique: frozenset[str]) -> Resource:
    return Resource(
        name=name,
        fields={key: FieldFacts(name=key, unique=key in unique) for key in fields},
        delete=True,
        incremental=True,
        deletions=Deletions.FEED,
        conditional=True,
        checked=True,
        fetch_size=PAGE,
        write_batch=PAGE,
    )


_NAMES = {"type": "array", "items": {"type": "string"}}

PLUGIN = Plugin(
    summary="records in this process only; for tests, and to learn from",
    options={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "description": "what tells this side from another one"},
            "fields": {"type": "object", "additionalProperties": _NAMES, "description": "resource: its field names"},
            "unique": {"type": "object", "additionalProperties": _NAMES, "description": "resource: fields kept unique"},
            "records": {
                "type": "object",
                "description": "resource: the records it begins with; `id` is the record's id",
                "additionalProperties": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": {"type": ["string", "integer", "boolean", "null"]},
                    },
                },
            },
        },
    },
    connect=connect,
)
