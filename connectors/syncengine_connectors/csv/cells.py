"""Cells as values: one at a time, or those of many rows at once, column by column."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from csv import reader
from itertools import repeat
from typing import Final

from syncengine.model.columns import PlainTexts
from syncengine.model.record import Value
from syncengine_connectors.csv.scan import Scanner

_COMMON: Final = bytes(code for code in range(0x20, 0x7F) if chr(code) not in '"\\') + b"\n"
"""Characters that a cell may hold and still be what is written as JSON; and what ends a row."""


def clean(cell: str) -> str:
    """A cell as a value: stripped, in the composed form of Unicode."""
    cell = cell.strip()
    return cell if cell.isascii() else unicodedata.normalize("NFC", cell).strip()


class Cells:
    """The cells of many rows, to be taken column by column.

    Args:
        rows: Without their newlines.
        encoding: One in which a delimiter is one byte.

    Raises:
        ValueError, csv.Error: One of them is no record, or a quote stands oddly in it.
    """

    def __init__(self, rows: Sequence[bytes], width: int, scanner: Scanner, encoding: str) -> None:
        delimiter, newline = scanner.delimiter, scanner.newline
        joined = newline.join((*rows, b""))
        places = list(_with_quotes(rows, joined, scanner))
        quoted = [rows[at].decode(encoding).rstrip("\r") for at in places]
        if places:
            rows = list(rows)
            for at in places:
                rows[at] = delimiter * (width - 1)
            joined = newline.join((*rows, b""))
        # All rows are split at once. The end of each is a cell of its own, and stands where it should only if every row has its width.
        text = joined.replace(newline, delimiter + newline + delimiter).decode(encoding)
        self._cells, self._step = text.split(scanner.shape.delimiter), width + 1
        self._odd = dict(zip(places, reader(quoted, scanner.fast), strict=True))
        widths = {len(cells) for cells in self._odd.values()}
        if self._cells[width :: self._step] != [scanner.shape.newline] * len(rows) or not widths <= {width}:
            raise ValueError("a row is too short or too long")
        # Looked at closely is what is no common character; of most files that is little.
        rare = joined.translate(None, _COMMON).decode(encoding)
        if "\0" in rare or any("\0" in row for row in quoted):
            raise ValueError("a row holds a NUL character")
        self._composed = _is_composed(rare, text) and all(unicodedata.is_normalized("NFC", row) for row in quoted)
        self._plain = self._composed and _is_plain(self._without_ends(rare, width))

    def column(self, place: int) -> Sequence[Value]:
        """One column as values; an empty cell is None."""
        cells = self._cells[place : -1 : self._step]
        for at, found in self._odd.items():
            cells[at] = found[place]
        values = list(map(str.strip if self._composed else clean, cells))
        whole = "" not in values
        shown: Sequence[Value] = values if whole else [value or None for value in values]
        plain = self._plain and all(_is_plain(values[at]) for at in self._odd)
        return PlainTexts(shown, whole=whole) if plain else shown

    def _without_ends(self, rare: str, width: int) -> str:
        """Rare characters but for those by which rows end where Windows wrote them, if these stand nowhere else."""
        if "\r" not in rare:
            return rare
        ends = sum(map(str.endswith, self._cells[width - 1 :: self._step], repeat("\r")))
        return rare.replace("\r", "") if rare.count("\r") == ends else rare


def _with_quotes(rows: Sequence[bytes], joined: bytes, scanner: Scanner) -> Iterator[int]:
    """Places of the rows in which a quote stands.

    Args:
        joined: The rows, each ended by a newline.
    """
    quote, newline = scanner.quote, scanner.newline
    if not quote or quote not in joined:
        return
    if joined.count(newline) > len(rows):
        yield from (place for place, row in enumerate(rows) if quote in row)
        return
    place = end = 0
    while (at := joined.find(quote, end)) >= 0:
        place += joined.count(newline, end, at)
        yield place
        end = joined.index(newline, at) + 1
        place += 1


def _is_plain(text: str) -> bool:
    """True if nothing in a text is written otherwise as JSON."""
    return text.isprintable() and '"' not in text and "\\" not in text


def _is_composed(rare: str, text: str) -> bool:
    """True if a text is in the composed form of Unicode; all of Latin-1 is.

    Args:
        rare: Its characters beyond ASCII, and perhaps others.
    """
    try:
        rare.encode("latin-1")
    except UnicodeEncodeError:
        return unicodedata.is_normalized("NFC", text)
    return True
