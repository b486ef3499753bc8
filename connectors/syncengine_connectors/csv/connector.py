"""CSV files of the project as a side: each file a resource, each row a record.

A file that holds the rows of the last time, be it in another order, is not parsed at all; of any other only rows whose bytes changed are. A
write replaces the file as a whole, keeps every untouched row byte for byte, and refuses if the file is no longer what was read. See ``docs/csv.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from syncengine.connector import Budget, Cursor, End, Note, Outcome, Page, Plugin, Query
from syncengine.errors import Stale, Transient, Unreadable, UserError
from syncengine.model.columns import Columns
from syncengine.model.operation import Action, Operation
from syncengine.model.record import Record
from syncengine.model.resource import Deletions, FieldFacts, Resource
from syncengine.model.values import fingerprint
from syncengine.ports import Ports
from syncengine_connectors.csv import files
from syncengine_connectors.csv.batch import Batch, located
from syncengine_connectors.csv.cells import clean
from syncengine_connectors.csv.edit import plain_text
from syncengine_connectors.csv.files import Place, place
from syncengine_connectors.csv.mark import Mark
from syncengine_connectors.csv.options import SCHEMA, listed, settings
from syncengine_connectors.csv.source import Survey, survey, table, widened
from syncengine_connectors.csv.table import Rows, Table, joined

BATCH = 100_000

RESTRICTED = frozenset(("bsn", "burgerservicenummer", "sofinummer", "insz", "rijksregisternummer"))
"""Column names of citizen numbers, in lower case."""


class CsvConnector:
    """One file, several, or a folder of them."""

    def __init__(self, options: Mapping[str, Any], ports: Ports) -> None:
        self._options, self._ports = options, ports
        self._seen: dict[str, str] = {}

    def identity(self) -> str:
        files = sorted(f"{name}={file}" for name, file in self._options.get("files", {}).items())
        return " ".join(["csv", *(self._options[name] for name in ("path", "folder") if name in self._options), *files])

    def resources(self) -> Mapping[str, Resource]:
        return {name: self._described(name, file) for name, file in self._files().items()}

    def pull(self, query: Query, since: Cursor | None) -> Iterator[Page]:
        place, now = self._place(query.resource), self._ports.clock.now().timestamp()
        before = Mark.read(since)
        if before is not None and before.asked == self._asked(query, before.encoding) and before.holds(place):
            self._seen[query.resource] = before.digest
            yield Page(end=End(cursor=since, scope="delta"))
            return
        file, seen = self._survey(query.resource)
        mark = Mark.of(seen, self._asked(query, seen.encoding), now)
        same = before is not None and before.same(mark)
        if before is not None and same:
            mark = replace(mark, bag=before.bag)
        else:
            source = self._table(query.resource, file, seen)
            same = before is not None and before.may_be_sorted(mark) and source.bag == before.bag
            if not same:
                yield from source.pages()
                yield Page(due=True)
            # Of a row that is no record people are told the line it stands on, so the order counts.
            mark = replace(mark, bag="" if source.spoiled else source.bag)
        self._seen[query.resource] = seen.digest
        yield Page(end=End(cursor=mark.text(), scope="delta" if same else "full"))

    def parse(self, query: Query, row: Any) -> Record:
        source, line, data = row
        record: Record = source.record(query.fields, line, data)
        return record

    def columns(self, query: Query, rows: Sequence[Any], prints: Sequence[int]) -> Columns | None:
        source: Table = rows[0][0]
        data = rows.data if isinstance(rows, Rows) else [data for _, _, data in rows]
        return source.together(query.fields, data, prints)

    def fetch(self, query: Query, ids: Sequence[str]) -> Mapping[str, Record]:
        source = self._read(query.resource)
        spots = located(source, set(ids))
        try:
            found = {id: source.record(query.fields, each[0].line, each[0].before) for id, each in spots.items()}
        except Unreadable as error:
            raise Transient(f"{error}; it cannot be looked at") from None
        if len(found) < len(set(ids)) and (spoiled := source.unreadable()):
            raise Transient(f"{spoiled}; so it cannot be said which rows are gone")
        return found

    def write(self, operations: Sequence[Operation]) -> Sequence[Outcome]:
        resource = operations[0].resource
        file, seen = self._survey(resource)
        if self._seen.get(resource, seen.digest) != seen.digest:
            raise Stale(f"{file.shown} changed since it was read; nothing was written")
        if program := files.editor(file):
            raise Transient(f"{file.shown} is open in {program}; close it there. Nothing was written")
        source = self._table(resource, file, seen)
        batch = Batch(source, operations, settings(self._options, resource).new_id, self._ports.ids)
        if not batch.empty:
            data = widened(batch.data(), source.dialect)
            token = self._ports.ids.token(8)
            self._seen[resource] = files.replace(file, data, expected=seen.digest, token=token)
        return batch.outcomes

    def find(self, operation: Operation) -> Sequence[Record]:
        source = self._read(operation.resource)
        query = Query(resource=operation.resource, fields=source.columns)
        if operation.action is not Action.CREATE:
            return list(self.fetch(query, [operation.id]).values())
        if not operation.identify:
            raise Transient(f"{source.shown}: nothing identifies the row that may have been written")
        wanted = {name: clean(plain_text(value)) for name, value in operation.identify.items()}
        key = [source.columns[at] for at in source.key]
        if set(key) <= set(wanted):
            parts = [wanted[name] for name in key]
            return list(self.fetch(query, [joined(parts) if len(parts) > 1 else parts[0]]).values())
        return _matching(source, wanted)

    def budget(self) -> Budget:
        return Budget()

    def check(self) -> Sequence[Note]:
        notes = [note for name, file in self._files().items() for note in self._checked(name, file)]
        return notes or [Note(ok=False, text=f"{self._options.get('folder', 'csv')}: there is no CSV file in it")]

    def close(self) -> None:
        """No file stays open."""

    def _files(self) -> Mapping[str, str]:
        return listed(self._options, self._ports.root)

    def _place(self, resource: str) -> Place:
        known = self._files()
        if resource not in known:
            raise UserError(f'csv: there is no resource "{resource}". There are: {", ".join(known) or "none"}.')
        return place(self._ports.root, known[resource])

    def _survey(self, resource: str) -> tuple[Place, Survey]:
        file = self._place(resource)
        return file, survey(file, settings(self._options, resource), self._ports.clock)

    def _table(self, resource: str, file: Place, seen: Survey) -> Table:
        return table(resource, file, settings(self._options, resource), seen)

    def _read(self, resource: str) -> Table:
        file, seen = self._survey(resource)
        self._seen[resource] = seen.digest
        return self._table(resource, file, seen)

    def _asked(self, query: Query, encoding: str) -> str:
        """All that decides what the bytes of a row mean."""
        asked = repr((sorted(query.fields), settings(self._options, query.resource), encoding))
        return f"{fingerprint(asked.encode()):x}"

    def _described(self, name: str, shown: str) -> Resource:
        file, chosen = place(self._ports.root, shown), settings(self._options, name)
        try:
            seen = survey(file, chosen, self._ports.clock, whole=False)
            source: Table | None = table(name, file, chosen, seen)
        except Transient:
            source = None
        except UserError:
            # A stray file in a folder stops nobody who does not name it; whoever does gets the reason from ``pull``.
            if self._options.get("folder") is None or name in self._options.get("files", {}):
                raise
            source = None
        columns = source.columns if source else ()
        key = tuple(columns[at] for at in source.key) if source else ()
        return Resource(
            name=name,
            fields={column: _facts(column, key, given=bool(chosen.new_id)) for column in columns},
            open=source is None,
            key=key,
            delete=True,
            deletions=Deletions.LISTING,
            conditional=True,
            checked=True,
            fetch_size=BATCH,
            write_batch=BATCH,
        )

    def _checked(self, name: str, shown: str) -> Iterator[Note]:
        try:
            file, seen = self._survey(name)
            source = self._table(name, file, seen)
        except (UserError, Transient) as error:
            yield Note(ok=False, text=str(error))
            return
        dialect = source.dialect
        key = ", ".join(source.columns[at] for at in source.key)
        shape = f"{dialect.encoding}, cells end with {dialect.shape.delimiter!r}, id from {key}"
        yield Note(ok=True, text=f"{shown}: {len(source.columns)} columns, {shape}")
        for column, cell in zip(source.columns, source.header, strict=True):
            if column != cell:
                yield Note(ok=True, text=f'{shown}: a column headed "{cell}" is called "{column}" here')
        if program := files.editor(file):
            yield Note(ok=True, text=f"{shown}: is open in {program}; it can be read, and not be written until closed")


def _facts(column: str, key: Sequence[str], *, given: bool) -> FieldFacts:
    return FieldFacts(
        name=column,
        updatable=column not in key,
        required=column in key and not given,
        unique=[column] == list(key),
        restricted="a citizen number" if column.lower() in RESTRICTED else "",
    )


def _matching(source: Table, wanted: Mapping[str, str]) -> list[Record]:
    """Rows that hold these values.

    Raises:
        Transient: None does, and one cannot be read.
    """
    hits, unreadable = [], None
    for page in source.pages():
        for _, line, row in page.rows:
            try:
                record = source.record(source.columns, line, row)
            except Unreadable as error:
                unreadable = error
                continue
            if all(record.fields.get(name) == (value or None) for name, value in wanted.items()):
                hits.append(record)
    if not hits and unreadable is not None:
        raise Transient(f"{unreadable}; so it cannot be said what was written")
    return hits


PLUGIN = Plugin(
    summary="CSV files in the project's folder, read and written",
    options=SCHEMA,
    connect=CsvConnector,
)
