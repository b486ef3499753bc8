"""One CSV file as it was at one moment: its header, its rows in pages, and each row as a record."""

from __future__ import annotations

import hashlib
import struct
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from csv import Error as CsvError
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, compress, islice, repeat
from typing import overload

from syncengine.connector import Page
from syncengine.errors import Transient, Unreadable, UserError
from syncengine.model.columns import Columns
from syncengine.model.record import Record
from syncengine.model.values import fingerprint
from syncengine_connectors.csv.cells import Cells, clean
from syncengine_connectors.csv.dialect import Dialect
from syncengine_connectors.csv.scan import LONGEST, Broken, Scanner, numbered

PAGE = 10_000
HEAVY = 16 * 2**20
"""Bytes of rows that may wait to be parsed."""
_PART = 400_000
_BLANK = b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Neighbouring rows of a file.

    Attributes:
        rows: Without their newlines; blank ones too.
        first: Number of the line on which they begin.
        ended: A newline follows the last row.
        lines: How many lines they are; as many as rows, unless a cell holds a line break.
        ascii: Surely nothing but ASCII.
    """

    rows: list[bytes]
    first: int
    lines: int
    ended: bool = True
    ascii: bool = False


class Rows(Sequence[tuple["Table", int, bytes]]):
    """The rows of a page: each the file's state, the number of the row's first line, and the row's bytes; put together when asked for.

    Attributes:
        data: The bytes of all rows.
        taken: Bytes of the rows that were asked for one by one.
    """

    def __init__(self, source: Table, lines: Sequence[int], data: Sequence[bytes]) -> None:
        self._source, self._lines, self.data = source, lines, data
        self.taken = 0

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[tuple[Table, int, bytes]]:
        return zip(repeat(self._source), self._lines, self.data, strict=False)

    @overload
    def __getitem__(self, at: int) -> tuple[Table, int, bytes]: ...
    @overload
    def __getitem__(self, at: slice) -> Rows: ...
    def __getitem__(self, at: int | slice) -> tuple[Table, int, bytes] | Rows:
        if isinstance(at, slice):
            return Rows(self._source, self._lines[at], self.data[at])
        self.taken += len(self.data[at])
        return self._source, self._lines[at], self.data[at]


class Table:
    """The state of one file; everything but its rows, which are read anew when they are asked for.

    Args:
        head: The bytes from behind the byte-order mark up to and with the end of the header row.
        header: The header's cells.
        blocks: Opens the file and gives what stands behind ``head``, one byte an ASCII character; raises if the file is no longer the same.
        fresh: It changed a moment ago, so whoever writes it may not be done.

    Attributes:
        spoiled: A row was asked for that is no record.
    """

    def __init__(
        self,
        *,
        name: str,
        shown: str,
        dialect: Dialect,
        digest: str,
        head: bytes,
        header: Sequence[str],
        key: Sequence[str],
        blocks: Callable[[], Iterator[bytes]],
        fresh: bool = False,
    ) -> None:
        self.name, self.shown, self.dialect, self.digest, self.head = name, shown, dialect, digest, head
        self.header = tuple(clean(cell) for cell in header)
        self.columns = columns(header)
        self.scanner = Scanner(dialect.shape)
        self._blocks, self._fresh, self._inner = blocks, fresh, dialect.inner
        self._blank = self.scanner.delimiter + _BLANK
        self._fields: dict[tuple[str, ...], list[tuple[str, int]]] = {}
        self._prints: array[int] | None = None
        self._ids: array[int] | None = None
        self.spoiled = False
        places = {column: place for place, column in enumerate(self.columns)}
        if unknown := [column for column in key if column not in places]:
            raise UserError(f'{shown}: has no column "{unknown[0]}" for `key`. Its columns: {", ".join(self.columns)}.')
        self.key = tuple(places[column] for column in key) or (0,)
        # The same bytes mean something else under another header, so they may not look known.
        meaning = fingerprint(repr((self.columns, self.key, dialect.shape, dialect.encoding)).encode())
        self._salt = meaning.to_bytes(8, "big", signed=True)

    def chunks(self) -> Iterator[Chunk]:
        """All rows behind the header, as they stand.

        Raises:
            UserError: A row is far too long: this is no such file.
            Transient: The file ends in the midst of a cell, so it is still being written.
        """
        scanner, rest, newline, line = self.scanner, b"", self.scanner.newline, 1
        line += self.head.count(newline)
        for block in chain(self._blocks(), (None,)):
            if block is None and self._fresh and not rest.endswith(newline) and scanner.is_open(rest):
                raise Transient(f"{self.shown}:{line}: ends inside a quoted cell: the file is still being written")
            whole = rest + (block or b"")
            rows, rest = scanner.rows(whole, final=block is None)
            if rows:
                lines = whole.count(newline) - rest.count(newline)
                yield Chunk(rows=rows, first=line, lines=lines, ascii=whole.isascii())
                line += lines
            if len(rest) > 2 * LONGEST:
                raise UserError(f"{self.shown}:{line}: is longer than {LONGEST >> 20} MiB. Is this a CSV file?")
        if rest:
            yield Chunk(rows=[rest], first=line, lines=1 + rest.count(newline), ended=False)

    def pages(self) -> Iterator[Page]:
        """All rows that are not blank, with their fingerprints; none is parsed."""
        known, at, skipped, taken, waiting = self._prints, 0, 0, False, 0
        prints, ids = array("q"), array("q")
        for chunk in self.chunks():
            every = self._rows(chunk)
            for first in range(0, len(every), PAGE):
                part = every[first : first + PAGE]
                own = self._fingerprints(part.data) if known is None else known[at : at + len(part)]
                at += len(part)
                prints.extend(own)
                yield Page(rows=part, fingerprints=own)
                taken, waiting = taken or part.taken > 0, waiting + part.taken
                if waiting > HEAVY:
                    waiting = 0
                    yield Page(due=True)
            # Whoever took a row will ask whether its id is its own: unless that was asked already, it is cheapest told from now on.
            if taken and "duplicates" not in self.__dict__:
                ids.extend(self._marks(chunk))
            else:
                skipped += 1
        self._prints = prints
        if taken and "duplicates" not in self.__dict__:
            for chunk in islice(self.chunks(), skipped):
                ids.extend(self._marks(chunk))
            self._ids = ids

    @property
    def bag(self) -> str:
        """What the rows are, in whatever order they stand: equal for files of the same rows. All are read for it, unless they were."""
        if self._prints is None:
            self._prints = array("q")
            for chunk in self.chunks():
                self._prints.extend(self._fingerprints(self._rows(chunk).data))
        return f"{len(self._prints):x}-{sum(self._prints) % 2**64:x}"

    def record(self, fields: tuple[str, ...], line: int, row: bytes) -> Record:
        """Read a row.

        Raises:
            Unreadable: It is too short or too long, its quotes are wrong, its bytes are not of this encoding, it has no id, or another row
                has the same one.
        """
        try:
            cells = self._cells(line, row)
            id = self._id(cells)
            if not id or id in self.duplicates:
                raise self._unidentified(line, id)
        except Unreadable:
            self.spoiled = True
            raise
        places = self._fields.get(fields)
        if places is None:
            asked = set(fields)
            places = [(column, place) for place, column in enumerate(self.columns) if column in asked]
            self._fields[fields] = places
        values = {column: clean(cells[place]) or None for column, place in places}
        return Record(resource=self.name, id=id, fields=values, version=self.version(row))

    def together(self, fields: tuple[str, ...], rows: Sequence[bytes], prints: Sequence[int]) -> Columns | None:
        """Read many rows at once; None if one of them must be read alone: it is no record, or oddly written.

        Args:
            prints: As in ``Page.fingerprints``.
        """
        if len(self.key) > 1:
            return None
        try:
            cells = Cells(rows, len(self.columns), self.scanner, self._inner)
        except (CsvError, ValueError):
            return None
        ids = [str(cell) for cell in cells.column(self.key[0]) if cell is not None]
        if len(known := set(ids)) < len(rows) or not self.duplicates.keys().isdisjoint(known):
            return None
        asked = set(fields)
        wanted = {column: cells.column(place) for place, column in enumerate(self.columns) if column in asked}
        return Columns(ids=ids, versions=self._versions(prints), fields=wanted)

    def _versions(self, prints: Sequence[int]) -> list[str]:
        return struct.pack(f">{len(prints)}q", *prints).hex(" ", 8).split()

    def version(self, row: bytes) -> str:
        """What tells this row from what it was before, and from the same bytes under another header."""
        return f"{self._fingerprints([row])[0] % 2**64:016x}"

    def _unidentified(self, line: int, id: str) -> Unreadable:
        where = f"{self.shown}:{line}"
        if not id:
            return Unreadable(where, f'no id: column "{self.columns[self.key[0]]}" is empty')
        lines = self.duplicates[id]
        some = ", ".join(map(str, lines[:5])) + (f" and {len(lines) - 5} more" if len(lines) > 5 else "")
        name = " ".join(id.split())[:80]
        return Unreadable(where, f'the id "{name}" stands in several rows (lines {some}); none of them counts', id=id)

    def ids(self, chunk: Chunk) -> Sequence[bytes | None]:
        """The id of each row, as UTF-8; None where it cannot be told."""
        place, delimiter, quote, first = self.key[0], self.scanner.delimiter, self.scanner.quote, self.key == (0,)
        careful = self._first_cell if first else self._slow_id
        if first:
            cells = [row.split(delimiter, 1)[0] for row in chunk.rows]
            whole = b"|".join(cells)
            if whole.isascii() and (not quote or quote not in whole):
                if len(whole.translate(None, _BLANK)) == len(whole) and b"" not in cells:
                    return cells
                return [cell.strip(_BLANK) or None for cell in cells]
        if len(self.key) > 1 or not chunk.ascii or not quote:
            return [careful(row) for row in chunk.rows]
        try:
            return [
                (row.split(delimiter, place + 1)[place].strip(_BLANK) or None) if quote not in row else careful(row)
                for row in chunk.rows
            ]
        except IndexError:  # A blank or short row is among them.
            return [careful(row) for row in chunk.rows]

    @cached_property
    def duplicates(self) -> Mapping[str, list[int]]:
        """Ids that several rows have, with the lines they stand on. Read from the file when first needed, unless all pages were just gone through."""
        marks, self._ids = self._ids, None
        if marks is None:
            marks = array("q")
            for chunk in self.chunks():
                marks.extend(self._marks(chunk))
        twice = repeated(marks)
        return self._lines(twice) if twice else {}

    def _marks(self, chunk: Chunk) -> Sequence[int]:
        return [hash(id) for id in self.ids(chunk) if id is not None]

    def _lines(self, marks: set[int]) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = {}
        for chunk in self.chunks():
            lines = numbered(chunk.rows, chunk.first, self.scanner.newline)
            for line, id in zip(lines, self.ids(chunk), strict=True):
                if id is not None and hash(id) in marks:
                    found.setdefault(id.decode(), []).append(line)
        return {id: lines for id, lines in found.items() if len(lines) > 1}

    def unreadable(self) -> Unreadable | None:
        """The first row whose cells cannot be told; None if all can."""
        for chunk in self.chunks():
            for _, line, row in self._rows(chunk):
                try:
                    self._cells(line, row)
                except Unreadable as error:
                    return error
        return None

    def _rows(self, chunk: Chunk) -> Rows:
        """The rows of a chunk that are not blank."""
        rows, newline, blank = chunk.rows, self.scanner.newline, self._blank
        if chunk.lines == len(rows):
            lines: Sequence[int] = range(chunk.first, chunk.first + len(rows))
        else:
            lines = list(numbered(rows, chunk.first, newline))
        # Only a row that begins with something blank can be blank.
        if any(mark in blank for mark in {row[:1] for row in rows}):
            kept = [(line, row) for line, row in zip(lines, rows, strict=False) if row.strip(blank)]
            return Rows(self, [line for line, _ in kept], [row for _, row in kept])
        return Rows(self, lines, rows)

    def _fingerprints(self, rows: Sequence[bytes]) -> Sequence[int]:
        # SHA-1 is the fastest whose 64 bits can be trusted here; it keeps no secret.
        sha1, size = hashlib.sha1, len(rows)
        digests = b"".join([sha1(row).digest()[:8] for row in rows])
        salted = int.from_bytes(digests, "big") ^ int.from_bytes(self._salt * size, "big")
        return struct.unpack(f">{size}q", salted.to_bytes(8 * size, "big"))

    def _cells(self, line: int, row: bytes) -> list[str]:
        try:
            text = row.decode(self._inner).rstrip("\r")
            if "\0" in text:
                raise Broken("holds a NUL character")
            cells = self.scanner.texts(text)
        except UnicodeDecodeError as error:
            told = f"byte {error.object[error.start]:#04x} is no {self.dialect.encoding}"
            raise Unreadable(f"{self.shown}:{line}", told, id=self._told(row)) from None
        except Broken as error:
            raise Unreadable(f"{self.shown}:{line}", str(error), id=self._told(row)) from None
        if len(cells) != len(self.columns):
            # A cell too many shifts what follows it, so only what stands before any shift can be the id.
            id = clean(cells[0]) if self.key == (0,) else None
            what = "short" if len(cells) < len(self.columns) else "long"
            told = f"{what} row: {len(cells)} cells under {len(self.columns)} columns"
            raise Unreadable(f"{self.shown}:{line}", told, id=id or None)
        return cells

    def _told(self, row: bytes) -> str | None:
        """The id of a spoiled row, if it is its first cell and whole."""
        if self.key != (0,) or self.scanner.is_open(row):
            return None
        cell = row.split(self.scanner.delimiter, 1)[0].strip(_BLANK + self.scanner.quote)
        return cell.decode() if cell and cell.isascii() and b"\0" not in cell else None

    def _id(self, cells: Sequence[str]) -> str:
        if len(self.key) == 1:
            return clean(cells[self.key[0]])
        parts = [clean(cells[place]) for place in self.key]
        return joined(parts) if all(parts) else ""

    def _first_cell(self, row: bytes) -> bytes | None:
        quote, delimiter = self.scanner.quote, self.scanner.delimiter
        end = row.find(quote, 1) if quote and row.startswith(quote) else 0
        if end > 0 and row[end + 1 : end + 2] == delimiter:
            cell = row[1:end]
        else:
            cell = row.split(delimiter, 1)[0]
            if quote and quote in cell:
                return self._slow_id(row)
        return cell.strip(_BLANK) or None if cell.isascii() else self._slow_id(row)

    def _slow_id(self, row: bytes) -> bytes | None:
        try:
            cells = self.scanner.texts(row.decode(self.dialect.inner).rstrip("\r"))
            return self._id(cells).encode() or None if len(cells) == len(self.columns) else None
        except (Broken, UnicodeError):
            return None


def columns(header: Sequence[str]) -> tuple[str, ...]:
    """Names for the columns: a second ``Plaats`` is ``Plaats_2``, a column without name is named by its place, ``column_5``."""
    wanted = [clean(cell) or f"column_{place}" for place, cell in enumerate(header, 1)]
    names: list[str] = []
    taken, counts = set(wanted), dict[str, int]()
    for name in wanted:
        counts[name] = counts.get(name, 0) + 1
        own = name
        while counts[name] > 1 and own in taken:
            own = f"{name}_{counts[name]}"
            counts[name] += own in taken
        taken.add(own)
        names.append(own)
    return tuple(names)


def joined(parts: Sequence[str]) -> str:
    """One id from several columns: joined by ``|``; a ``|`` or ``\\`` inside is written ``\\|``, ``\\\\``."""
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def repeated(marks: array[int]) -> set[int]:
    """The numbers that occur more than once. Looked at in parts, so that millions of them need little memory."""
    parts, twice = 1 + len(marks) // _PART, set[int]()
    some_byte = marks.tobytes()[::8]
    for part in range(parts):
        chosen = some_byte.translate(bytes(value % parts == part for value in range(256)))
        if len(set(compress(marks, chosen))) < chosen.count(1):
            twice |= {mark for mark, count in Counter(compress(marks, chosen)).items() if count > 1}
    return twice
