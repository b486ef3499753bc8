"""From a file to its ``Table``: opened safely, surveyed once for digest and encoding, its dialect told from its beginning."""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from syncengine.errors import Transient, UserError
from syncengine.ports import Clock
from syncengine_connectors.csv import files
from syncengine_connectors.csv.dialect import SAMPLE, Census, Dialect, habits, mark_of, newline_of, shape_of
from syncengine_connectors.csv.files import Place, Stamp
from syncengine_connectors.csv.options import Settings
from syncengine_connectors.csv.scan import Broken, Scanner
from syncengine_connectors.csv.table import Table

UNDISTURBED = 600.0
"""Seconds after which a file that ends in the midst of a cell is no longer taken for one that is still being written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What one pass over a file tells.

    Attributes:
        digest: Of all its bytes; "" if only its beginning was read.
        encoding, mark: As it is written.
        head: The first bytes behind the mark, at most SAMPLE.
        whole: ``head`` is all of it.
        fresh: It changed a moment ago.
    """

    stamp: Stamp
    digest: str
    encoding: str
    mark: bytes
    head: bytes
    whole: bool
    fresh: bool


def survey(file: Place, settings: Settings, clock: Clock, *, whole: bool = True) -> Survey:
    """Read a file through once, or only its beginning.

    Raises:
        UserError: It cannot be read as a CSV file at all.
        Transient: It is being written, or was so until a moment ago.
    """
    with files.opened(file) as descriptor:
        before = files.stamp(descriptor)
        age = clock.now().timestamp() - before.mtime / 1e9
        if settings.quiet and age < settings.quiet:
            raise Transient(
                f"{file.shown}: changed {max(age, 0):.0f} s ago; it is read once left alone for {settings.quiet:.0f} s"
            )
        start = os.pread(descriptor, SAMPLE, 0)
        encoding, mark = mark_of(start, settings, file.shown)
        total, census = hashlib.sha256(), Census()
        for block in files.blocks(descriptor) if whole else (start,):
            total.update(block)
            if not encoding:
                census.feed(block)
        if files.stamp(descriptor) != before:
            raise Transient(f"{file.shown}: is being written at this moment")
    return Survey(
        stamp=before,
        digest=total.hexdigest() if whole else "",
        encoding=encoding or census.encoding(),
        mark=mark,
        head=start[len(mark) :],
        whole=before.size <= len(start),
        fresh=age < UNDISTURBED,
    )


def table(name: str, file: Place, settings: Settings, seen: Survey) -> Table:
    """Tell how a surveyed file is written, and read its header.

    Raises:
        UserError: There is no header, or the key's columns are not in it.
        Transient: The file is empty, so somebody is about to fill it.
    """
    wide = seen.encoding.startswith("utf-16")
    sample = b"".join(_narrowed([seen.head], seen.encoding, file, seen, ends=False)) if wide else seen.head
    shape = shape_of(sample, settings, whole=seen.whole)
    scanner = Scanner(shape)
    head, row = _header(sample, scanner, file, whole=seen.whole)
    quoted, spaced, trailing = habits(sample, shape, whole=seen.whole)
    dialect = Dialect(
        shape=shape,
        encoding=seen.encoding,
        mark=seen.mark,
        newline=newline_of(sample, shape, settings),
        quoted=quoted,
        spaced=spaced,
    )
    try:
        text = row.decode(dialect.inner).rstrip("\r")
        header = scanner.texts(text)
    except (UnicodeDecodeError, Broken) as error:
        raise UserError(
            f"{file.shown}: its header cannot be read: {error}. Is this a CSV file in {seen.encoding}?"
        ) from error
    if len(header) in trailing:
        header = [*header, ""]
    if "\0" in text:
        raise UserError(f"{file.shown}: its header holds a NUL character; this is no CSV file.")

    def behind_head() -> Iterator[bytes]:
        skip = len(head)
        for block in _blocks(file, seen, wide=wide):
            yield block[skip:]
            skip = max(0, skip - len(block))

    return Table(
        name=name,
        shown=file.shown,
        dialect=dialect,
        digest=seen.digest,
        head=head,
        header=header,
        key=settings.key,
        blocks=behind_head,
        fresh=seen.fresh,
    )


def widened(data: Iterable[bytes], dialect: Dialect) -> Iterator[bytes]:
    """Turn what rows are handled as back into what the file holds; each piece is whole characters."""
    yield dialect.mark
    for piece in data:
        yield (
            piece.decode("utf-8", "surrogatepass").encode(dialect.encoding, "surrogatepass") if dialect.wide else piece
        )


def _header(sample: bytes, scanner: Scanner, file: Place, *, whole: bool) -> tuple[bytes, bytes]:
    """All bytes up to the end of the header row, and that row."""
    rows, rest = scanner.rows(sample, final=whole)
    at = 0
    for row in rows:
        at += len(row) + 1
        if row.strip():
            return sample[:at], row
    if whole and rest.strip():
        return sample, rest
    if whole:
        raise Transient(f"{file.shown}: is empty, it has not even a header; nothing is concluded from that")
    raise UserError(f"{file.shown}: no header within the first {SAMPLE >> 10} KiB. Is this a CSV file?")


def _blocks(file: Place, seen: Survey, *, wide: bool) -> Iterator[bytes]:
    """All bytes behind the mark, one byte an ASCII character.

    Raises:
        Transient: The file is no longer the one that was surveyed.
    """
    with files.opened(file) as descriptor:
        _refuse_if_moved(descriptor, file, seen)
        skip = len(seen.mark)
        raw = (block[skip:] if at == 0 else block for at, block in enumerate(files.blocks(descriptor)))
        for block in _narrowed(raw, seen.encoding, file, seen, ends=True) if wide else raw:
            # Whoever asks for the first blocks only is to know as well.
            _refuse_if_moved(descriptor, file, seen)
            yield block
        _refuse_if_moved(descriptor, file, seen)


def _refuse_if_moved(descriptor: int, file: Place, seen: Survey) -> None:
    if files.stamp(descriptor) != seen.stamp:
        raise Transient(f"{file.shown}: changed while it was read; nothing of it counts")


def _narrowed(raw: Iterable[bytes], encoding: str, file: Place, seen: Survey, *, ends: bool) -> Iterator[bytes]:
    # A lone half of a pair passes through, so that the row it stands in is reported and not the whole file.
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    for block in raw:
        yield decoder.decode(block).encode("utf-8", "surrogatepass")
    if ends and decoder.getstate()[0]:
        cut = f"{file.shown}: ends in the midst of a character"
        raise Transient(f"{cut}: it is still being written") if seen.fresh else UserError(f"{cut}; write it again")
