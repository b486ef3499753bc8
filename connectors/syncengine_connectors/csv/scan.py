"""Where rows and cells begin and end: the one definition that reading, writing and sniffing share. Pure, and on bytes for rows.

A quote opens a cell only at its beginning; inside it a doubled quote is one; what stands between a closing quote and the next delimiter
must be blank. A quote in the midst of an unquoted cell (``19" monitor``) is just a character. A quote that is never closed spoils its own line
and no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from csv import QUOTE_MINIMAL, QUOTE_NONE, Dialect, reader
from csv import Error as CsvError
from dataclasses import dataclass

LONGEST = 8 * 2**20
"""Bytes of the longest row; beyond it an opened quote counts as never closed."""


class Broken(ValueError):
    """A row whose cells cannot be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How cells and rows are marked off; each mark is one ASCII character.

    Attributes:
        quote: "" if the file has no quoting at all.
        space: Blanks between a delimiter and an opening quote do not count.
        newline: The character that ends a row: ``\\n`` (perhaps after a ``\\r``) or, in files of old, ``\\r``.
    """

    delimiter: str = ","
    quote: str = '"'
    space: bool = False
    newline: str = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell as it stands in its row.

    Attributes:
        text: What it says.
        lead: Blanks before its opening quote; "" if it has none.
        raw: All of it, as it stands.
    """

    text: str
    raw: str
    lead: str = ""
    quoted: bool = False


class Scanner:
    """Splits blocks into rows and rows into cells."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.newline = shape.newline.encode()
        self.delimiter = shape.delimiter.encode()
        self.quote = shape.quote.encode()
        self._row = re.compile(_row(shape, f"{re.escape(shape.delimiter)}{shape.newline}").encode())
        self._cell = re.compile(rf"(?:\A|{re.escape(shape.delimiter)}){_cell(shape, re.escape(shape.delimiter))}")
        self.fast = _fast(shape)
        # Where every quote stands as it should, a row ends at the first newline after an even number of quotes.
        regular = shape.quote and not shape.space
        self._regular = re.compile(_regular(shape, lines=True).encode()) if regular else None
        self._flat = re.compile(_regular(shape, lines=False).encode()) if regular else None

    def rows(self, block: bytes, *, final: bool) -> tuple[list[bytes], bytes]:
        """Split a block that begins where a row begins.

        Args:
            final: Nothing comes after it.

        Returns:
            Whole rows without their newline, blank ones too; and the rest, which may be the beginning of a row. If ``final`` the rest is what no
            newline follows: b"" for a file that ends with one.
        """
        if self._is_flat(block):
            *rows, rest = block.split(self.newline)
        elif self._regular is not None and self._regular.fullmatch(block):
            rows, rest = self._join(block.split(self.newline))
        else:
            rows, rest = self._careful(block, final=final)
        if (final or len(rest) > LONGEST) and self.newline in rest:
            more, rest = self._careful(rest, final=True)
            rows += more
        return rows, rest

    def is_open(self, row: bytes) -> bool:
        """Whether the row ends inside a quoted cell."""
        return bool(self.quote) and self.quote in row and self._row.fullmatch(row) is None

    def texts(self, row: str) -> list[str]:
        """What the cells of a row say; ``row`` is without its newline.

        Raises:
            Broken: A quote is never closed, or text follows a closing quote.
        """
        if not self.quote or self.shape.quote not in row:
            return row.split(self.shape.delimiter)
        try:
            return next(reader((row,), self.fast))
        except (CsvError, StopIteration):
            # What the fast way refuses may be all right (a blank behind a closing quote, a very long cell) or not.
            return [cell.text for cell in self.cells(row)]

    def cells(self, row: str) -> list[Cell]:
        """The cells of a row, as they stand and as what they say.

        Raises:
            Broken: As in ``texts``.
        """
        if not self.quote or self.shape.quote not in row:
            return [Cell(text=text, raw=text) for text in row.split(self.shape.delimiter)]
        found, end = [], 0
        for match in self._cell.finditer(row):
            if match.start() != end:
                break
            found.append(self._read(match))
            end = match.end()
        if end != len(row):
            raise Broken("a quote is opened and never closed")
        return found

    def _read(self, match: re.Match[str]) -> Cell:
        raw = match.group()[1:] if match.start() else match.group().removeprefix(self.shape.delimiter)
        if match["inner"] is None:
            return Cell(text=raw, raw=raw)
        if match["tail"].strip():
            raise Broken("text follows a closing quote; a quote inside quotes must be doubled")
        text = match["inner"].replace(self.shape.quote * 2, self.shape.quote)
        return Cell(text=text, raw=raw, lead=match["lead"], quoted=True)

    def _is_flat(self, block: bytes) -> bool:
        """Whether surely every newline ends a row."""
        if not self.quote or self.quote not in block:
            return True
        return self._flat is not None and self._flat.fullmatch(block) is not None

    def _join(self, lines: list[bytes]) -> tuple[list[bytes], bytes]:
        quote = self.quote
        odd = [line.count(quote) & 1 for line in lines]
        if 1 not in odd:
            return lines[:-1], lines[-1]
        rows: list[bytes] = []
        open_row: list[bytes] = []
        for line, is_odd in zip(lines[:-1], odd, strict=False):
            if open_row:
                open_row.append(line)
                if is_odd:
                    rows.append(self.newline.join(open_row))
                    open_row = []
            elif is_odd:
                open_row = [line]
            else:
                rows.append(line)
        return rows, self.newline.join([*open_row, lines[-1]])

    def _careful(self, block: bytes, *, final: bool) -> tuple[list[bytes], bytes]:
        rows, at, size = [], 0, len(block)
        while at < size:
            match = self._row.match(block, at)
            if match is None and not final:
                break
            end = match.end() if match else block.find(self.newline, at)
            if end in (-1, size):
                break
            rows.append(block[at:end])
            at = end + 1
        return rows, block[at:]


def _fast(shape: Shape) -> type[Dialect]:
    """The same for the standard library, which is fast and knows most of it."""

    class Fast(Dialect):
        delimiter = shape.delimiter
        quotechar = shape.quote or None
        quoting = QUOTE_MINIMAL if shape.quote else QUOTE_NONE
        doublequote, strict, skipinitialspace, lineterminator = True, True, shape.space, "\n"

    return Fast


def _cell(shape: Shape, ends: str) -> str:
    """The pattern of one cell; ``ends`` are the characters, fit for a set, that end an unquoted one."""
    if not shape.quote:
        return f"[^{ends}]*+"
    quote = re.escape(shape.quote)
    lead = " *+" if shape.space else ""
    inner = f"[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+"
    return f"(?:(?P<lead>{lead}){quote}(?P<inner>{inner}){quote}(?P<tail>[^{ends}]*+)|(?!{lead}{quote})[^{ends}]*+)"


def _row(shape: Shape, ends: str) -> str:
    cell = re.sub(r"\?P<\w+>", "?:", _cell(shape, ends))
    return rf"{cell}(?:{re.escape(shape.delimiter)}{cell})*+(?={shape.newline}|\Z)"


def _regular(shape: Shape, *, lines: bool) -> str:
    """Text in which every quote stands as it should; ``lines``: and cells may hold newlines. May end inside a cell."""
    quote, delimiter, newline = re.escape(shape.quote), re.escape(shape.delimiter), shape.newline
    inner = f"[^{quote}]" if lines else f"[^{quote}{newline}]"
    opened = f"(?<![^{delimiter}{newline}]){quote}{inner}*+(?:{quote}{quote}{inner}*+)*+"
    closed = rf"{quote}(?=[{delimiter}{newline}]|\r{newline}|\r?\Z)"
    return f"(?:[^{quote}]*+{opened}{closed})*+[^{quote}]*+(?:{opened})?"


def numbered(rows: list[bytes], first: int, newline: bytes) -> Iterator[int]:
    """The number of the line on which each row begins."""
    line = first
    for row in rows:
        yield line
        line += 1 + row.count(newline)
