"""How one CSV file is written: told from its bytes, unless the project says so. Pure."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from syncengine.errors import UserError
from syncengine_connectors.csv.options import Settings
from syncengine_connectors.csv.scan import Broken, Scanner, Shape

SAMPLE = 2**16
"""Bytes from the beginning by which delimiter and habits are told."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = bytes(range(0x80, 0x100))
_ASCII = bytes(range(0x80))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a file is written.

    Attributes:
        shape: How cells and rows are marked off.
        encoding: Python's name for it, without byte-order mark.
        mark: The byte-order mark it begins with; b"" if none.
        newline: What ends a row.
        quoted: Per column: cells are quoted even where they need not be.
        spaced: A blank stands after each delimiter.
    """

    shape: Shape
    encoding: str
    mark: bytes = b""
    newline: str = "\n"
    quoted: tuple[bool, ...] = ()
    spaced: bool = False

    @property
    def wide(self) -> bool:
        """Whether a character takes two bytes; rows are then handled as UTF-8."""
        return self.encoding.startswith("utf-16")

    @property
    def inner(self) -> str:
        """The encoding of rows while they are handled."""
        return "utf-8" if self.wide else self.encoding


class Census:
    """Counts, over all blocks of a file, what speaks for UTF-8 and what against it."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._sequences = self._others = 0
        self._broken = False

    def feed(self, block: bytes) -> None:
        """Take the next block."""
        if self._broken:
            self._count(block)
        elif not block.isascii() or self._decoder.getstate()[0]:
            try:
                self._sequences += len(block) - len(self._decoder.decode(block))
            except UnicodeDecodeError:
                self._broken = True
                self._count(block)

    def encoding(self) -> str:
        """UTF-8, or Windows-1252 if more speaks against UTF-8 than for it. Some broken rows do not make mojibake of all others."""
        return "cp1252" if self._broken and self._others >= self._sequences else "utf-8"

    def _count(self, block: bytes) -> None:
        whole = _SEQUENCE.findall(block)
        self._sequences += len(whole)
        self._others += len(block.translate(None, _ASCII)) - sum(map(len, whole))


def mark_of(head: bytes, settings: Settings, shown: str) -> tuple[str, bytes]:
    """The encoding that a file's first bytes tell, and its byte-order mark; "" if they tell none.

    Raises:
        UserError: It is UTF-32, or its mark contradicts the settings.
    """
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise UserError(f"{shown}: is UTF-32, which is not read. Save it as UTF-8.")
    told, mark = next(((name, mark) for mark, name in _MARKS if head.startswith(mark)), ("", b""))
    said = settings.encoding
    if said is None:
        return told or _wide(head), mark
    if not told or told == said or (said == "utf-16" and told.startswith(said)):
        return told or ("utf-16-le" if said == "utf-16" else said), mark
    raise UserError(
        f"{shown}: begins with the byte-order mark of {told}, and sync.yaml says {said}. Leave `encoding` out."
    )


def _wide(head: bytes) -> str:
    """UTF-16 without mark: nearly every other byte of Latin text is 0."""
    low, high = head[::2].count(0), head[1::2].count(0)
    enough = len(head) // 4
    if high > enough and low < high // 8:
        return "utf-16-le"
    return "utf-16-be" if low > enough and high < low // 8 else ""


@lru_cache(maxsize=16)
def shape_of(sample: bytes, settings: Settings, *, whole: bool) -> Shape:
    """Tell delimiter, newline and whether blanks follow delimiters.

    The delimiter is the one by which most rows have as many cells as the first; among equals, the one that gives more cells.

    Args:
        sample: The beginning of the file, one byte an ASCII character.
        whole: The sample is all of it.
    """
    newline = "\r" if settings.newline == "\r" or (b"\n" not in sample and b"\r" in sample) else "\n"
    delimiters = (settings.delimiter,) if settings.delimiter else (",", ";", "\t", "|")
    best, best_score = Shape(delimiter=delimiters[0], quote=settings.quote, newline=newline), (-1.0, 0, 0)
    for delimiter in delimiters:
        if delimiter == settings.quote or (best_score[0] > 0 and delimiter.encode() not in sample):
            continue
        for space in (False, True) if _leads(sample, delimiter, settings.quote, newline) else (False,):
            shape = Shape(delimiter=delimiter, quote=settings.quote, space=space, newline=newline)
            if (score := _score(sample, shape, whole=whole)) > best_score:
                best, best_score = shape, score
    return best


def _leads(sample: bytes, delimiter: str, quote: str, newline: str) -> bool:
    """Whether blanks lead to an opening quote anywhere; where they do not, it is all one whether they would count."""
    if not quote or f"{delimiter} ".encode() not in sample:
        return False
    begun = newline.encode() + sample
    return any(re.search(f"{re.escape(mark)} +{re.escape(quote)}".encode(), begun) for mark in (delimiter, newline))


class _Row(NamedTuple):
    """A row of the sample: its cells as they stand, the columns of those that are quoted, and what the last one says."""

    cells: Sequence[str] = ()
    quoted: Sequence[int] = ()
    last: str = ""


def _score(sample: bytes, shape: Shape, *, whole: bool) -> tuple[float, int, int]:
    rows = _sample_rows(sample, shape, whole=whole)
    widths = [len(row.cells) for row in rows if row.cells]
    if not rows or not rows[0].cells:
        return -1.0, 0, 0
    width = len(rows[0].cells)
    if width < 2:
        # One column is what every wrong delimiter sees: believed only if nothing else fits at all.
        return 0.0, 1, -_stray(rows, shape)
    return widths.count(width) / len(rows), width, -_stray(rows, shape)


def _stray(rows: Sequence[_Row], shape: Shape) -> int:
    """How many cells would be quoted if the blank before them did not count."""
    if not shape.quote:
        return 0
    held = [(row, column, raw) for row in rows for column, raw in enumerate(row.cells) if shape.quote in raw]
    return sum(raw.lstrip().startswith(shape.quote) and column not in row.quoted for row, column, raw in held)


@lru_cache(maxsize=4)
def _sample_rows(sample: bytes, shape: Shape, *, whole: bool) -> Sequence[_Row]:
    """The rows of a sample that are not blank; an empty one where the cells cannot be told apart."""
    scanner = Scanner(shape)
    rows, rest = scanner.rows(sample, final=whole)
    if rest and (whole or not rows):
        rows.append(rest)
    return [_row(scanner, row.decode("latin-1").rstrip("\r")) for row in rows if row.strip()]


def _row(scanner: Scanner, text: str) -> _Row:
    quote, delimiter = scanner.shape.quote, scanner.shape.delimiter
    if not quote or quote not in text:
        # Most rows; a cell that is not quoted says what stands there.
        raw = text.split(delimiter)
        return _Row(raw, (), raw[-1])
    try:
        cells = scanner.cells(text)
    except Broken:
        return _Row()
    quoted = [column for column, cell in enumerate(cells) if cell.quoted]
    return _Row([cell.raw for cell in cells], quoted, cells[-1].text if cells else "")


@lru_cache(maxsize=16)
def habits(sample: bytes, shape: Shape, *, whole: bool) -> tuple[tuple[bool, ...], bool, frozenset[int]]:
    """Which columns are quoted as a habit; whether a blank follows each delimiter; and the widths of the header for which every row ends
    with one more delimiter and nothing behind it.
    """
    rows = _sample_rows(sample, shape, whole=whole)
    width = len(rows[0].cells) if rows else 0
    even = [row for row in rows[1:] if len(row.cells) == width] or [row for row in rows[:1] if row.cells]
    often = Counter(column for row in even for column in row.quoted)
    quoted = tuple(2 * often[column] > len(even) for column in range(width))
    later = [raw[:1] for row in even for raw in row.cells[1:]]
    spaced = bool(later) and 2 * later.count(" ") > len(later)
    widths = {len(row.cells) - 1 for row in rows[1:]}
    trails = len(widths) == 1 and all(row.cells and not row.last.strip() for row in rows[1:])
    return quoted, spaced and shape.delimiter != " ", frozenset(widths if trails else ())


def newline_of(sample: bytes, shape: Shape, settings: Settings) -> str:
    """What ends a new row: as after the first row, if nothing was said."""
    if settings.newline:
        return settings.newline
    if shape.newline == "\r":
        return "\r"
    at = sample.find(b"\n")
    return "\r\n" if at > 0 and sample[at - 1 : at] == b"\r" else "\n"
