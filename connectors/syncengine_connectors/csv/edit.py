"""Changes one row and leaves the rest of it as it stands; composes a new one in the file's own manner. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from syncengine.errors import Rejected
from syncengine.model.operation import Pending
from syncengine.model.record import ABSENT, Value
from syncengine.model.values import plain
from syncengine_connectors.csv.cells import clean
from syncengine_connectors.csv.scan import Cell
from syncengine_connectors.csv.table import Table


def changed(table: Table, row: bytes, values: Mapping[str, str]) -> bytes:
    """A row with some columns set; every other cell, and its end, byte for byte as before.

    Raises:
        Rejected: A value cannot be written into this file.
    """
    text = row.decode(table.dialect.inner)
    body = text.rstrip("\r")
    cells = table.scanner.cells(body)
    raws = [cell.raw for cell in cells]
    for column, value in values.items():
        place = table.columns.index(column)
        if clean(cells[place].text) != clean(value):
            raws[place] = _written(table, place, value, _led(table, cells[place]))
    made = _encoded(table, table.dialect.shape.delimiter.join(raws) + text[len(body) :])
    _prove(table, made, values)
    return made


def composed(table: Table, values: Mapping[str, str]) -> bytes:
    """A new row, without its newline character; ends with ``\\r`` where rows end with ``\\r\\n``.

    Raises:
        Rejected: A value cannot be written into this file.
    """
    lead = " " if table.dialect.spaced else ""
    raws = [
        _written(table, place, values.get(column, ""), Cell(text="", raw="", lead=lead if place else ""))
        for place, column in enumerate(table.columns)
    ]
    ending = "\r" if table.dialect.newline == "\r\n" else ""
    made = _encoded(table, table.dialect.shape.delimiter.join(raws) + ending)
    _prove(table, made, {column: values.get(column, "") for column in table.columns})
    return made


def text_of(table: Table, column: str, value: Value | Pending) -> str:
    """A value as a cell says it. Formulas stay what they are: this is a data file.

    Raises:
        Rejected: It is none that fits a cell, or the file's encoding has no such character.
    """
    if isinstance(value, Pending):
        raise Rejected(f'column "{column}": the record it refers to is not there yet', field=column)
    if isinstance(value, tuple):
        raise Rejected(f'column "{column}": a list does not fit a cell; the mapping must `join` it', field=column)
    text = plain_text(value)
    if "\0" in text:
        raise Rejected(f'column "{column}": a NUL character cannot be written', field=column)
    try:
        text.encode(table.dialect.encoding)
    except UnicodeEncodeError as error:
        wrong = text[error.start]
        raise Rejected(
            f'column "{column}": {table.shown} is written in {table.dialect.encoding}, which has no '
            f'"{wrong if wrong.isprintable() else "?"}" (U+{ord(wrong):04X})',
            field=column,
        ) from None
    return text


def plain_text(value: Value | Pending) -> str:
    """A value as text; "" for what is empty, absent, or not known yet."""
    if value is None or value is ABSENT or isinstance(value, Pending):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _led(table: Table, cell: Cell) -> Cell:
    blank = table.dialect.spaced and not cell.quoted and cell.raw.startswith(" ")
    return replace(cell, lead=" ") if blank else cell


def _written(table: Table, place: int, text: str, before: Cell) -> str:
    """One cell: quoted if it must be, if it was, or if its column is by habit."""
    shape, habit = table.dialect.shape, table.dialect.quoted
    special = {shape.delimiter, "\n", "\r"} | ({shape.quote} if shape.quote else set())
    must = not special.isdisjoint(text)
    if must and not shape.quote:
        raise Rejected(
            f'column "{table.columns[place]}": {table.shown} has no quoting, so a cell cannot hold a delimiter or a new line',
            field=table.columns[place],
        )
    by_habit = not before.raw and place < len(habit) and habit[place]
    if not shape.quote or not (must or before.quoted or by_habit):
        return before.lead + text
    lead = before.lead if shape.space else ""
    return lead + shape.quote + text.replace(shape.quote, shape.quote * 2) + shape.quote


def _encoded(table: Table, text: str) -> bytes:
    return text.encode(table.dialect.inner)


def _prove(table: Table, row: bytes, values: Mapping[str, str]) -> None:
    """Read the row back before it is believed."""
    body = row.decode(table.dialect.inner).rstrip("\r")
    cells = [cell.text for cell in table.scanner.cells(body)]
    for column, value in values.items():
        if clean(cells[table.columns.index(column)]) != clean(value):
            raise Rejected(f'column "{column}": the value would not read back as it is', field=column)
    if table.scanner.is_open(row) or len(cells) != len(table.columns):
        raise Rejected("the row would not read back as one row")
