"""Where rows and cells begin and end: held to a definition written one character at a time."""

from __future__ import annotations

import csv
import io
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncengine_connectors.csv import scan
from syncengine_connectors.csv.scan import Broken, Scanner, Shape
from tests.builders import rows

SHAPES = st.builds(
    Shape,
    delimiter=st.sampled_from(",;\t|"),
    quote=st.sampled_from(['"', '"', "'", ""]),
    space=st.booleans(),
    newline=st.sampled_from(["\n", "\n", "\r"]),
)
TEXTS = st.text(alphabet="ab,;\t|\"' \n\r", max_size=60)


def row_end(text: str, at: int, shape: Shape) -> int | None:
    """Index of the newline that ends the row beginning at ``at``; the text's length if none does; None inside a quoted cell."""
    begins, quoted = True, False
    while at < len(text):
        char = text[at]
        if quoted:
            if char == shape.quote and text[at + 1 : at + 2] == shape.quote:
                at += 1
            elif char == shape.quote:
                quoted = False
        elif char == shape.newline:
            return at
        elif char == shape.delimiter:
            begins = True
            at += 1
            continue
        elif begins and shape.space and char == " ":
            at += 1
            continue
        elif begins and char == shape.quote:
            quoted = True
        begins = False
        at += 1
    return None if quoted else at


def defined(text: str, shape: Shape) -> tuple[list[str], str]:
    """Rows and rest of a whole file, by the definition."""
    found, at = [], 0
    while at < len(text):
        end = row_end(text, at, shape)
        if end is None:
            end = text.find(shape.newline, at)
        if end in (-1, len(text)):
            break
        found.append(text[at:end])
        at = end + 1
    return found, text[at:]


@given(text=TEXTS, shape=SHAPES, cuts=st.lists(st.integers(0, 60), max_size=4))
@example(text='a,"b\nc"\nd', shape=Shape(), cuts=[4])
@example(text='"a"\n""', shape=Shape(), cuts=[3, 6])
@example(text='19","a\nb"\n', shape=Shape(), cuts=[])
@example(text='"a\nb,c\n', shape=Shape(), cuts=[2])
def test_rows_end_where_the_definition_says_however_the_file_is_cut(text, shape, cuts) -> None:
    scanner, data = Scanner(shape), text.encode()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    found, rest = [], b""
    for start, end in pairwise(edges):
        more, rest = scanner.rows(rest + data[start:end], final=False)
        found += more
    more, rest = scanner.rows(rest, final=True)
    assert ([row.decode() for row in found + more], rest.decode()) == defined(text, shape)


@given(
    table=st.lists(st.lists(st.text(alphabet="ab,;\"' \n\rxé", max_size=8), min_size=1, max_size=4), max_size=5),
    all=st.booleans(),
)
@example(table=[["\n", "", ";,"]], all=False)
def test_what_the_standard_library_writes_is_read_back(table, all) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL if all else csv.QUOTE_MINIMAL).writerows(table)
    scanner = Scanner(Shape())
    found, rest = scanner.rows(out.getvalue().encode(), final=True)
    assert rest == b""
    assert [scanner.texts(row.decode().removesuffix("\r")) for row in found] == table


@given(row=st.text(alphabet="ab,\"' é\r", max_size=30), shape=SHAPES)
def test_both_ways_to_read_a_row_agree_and_its_cells_make_it_up(row, shape) -> None:
    scanner = Scanner(shape)
    row = row.replace(shape.newline, "").rstrip("\r")
    try:
        cells = scanner.cells(row)
    except Broken:
        with pytest.raises(Broken):
            scanner.texts(row)
    else:
        assert shape.delimiter.join(cell.raw for cell in cells) == row
        assert [text.strip() for text in scanner.texts(row)] == [cell.text.strip() for cell in cells]


CASES = [
    # row, texts or words of the error, why
    ('a,"b,c",d', ["a", "b,c", "d"], "a delimiter inside quotes"),
    ('a,"b ""c""",', ["a", 'b "c"', ""], "doubled quotes, and an empty cell at the end"),
    ('a,"b" ,c', ["a", "b", "c"], "a blank behind a closing quote"),
    ('19" x,b', ['19" x', "b"], "a quote that opens nothing"),
    ("", [""], "an empty row has one empty cell"),
    ('a,"b"c', "text follows", "a quote that should be doubled"),
    ('a,"b', "never closed", "a quote that is not closed"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "expected"), rows(CASES))
def test_the_cells_of_a_row(row, expected) -> None:
    if isinstance(expected, str):
        with pytest.raises(Broken, match=expected):
            Scanner(Shape()).texts(row)
    else:
        assert Scanner(Shape()).texts(row) == expected


def test_a_quote_that_is_never_closed_costs_its_line_and_not_the_rest_of_a_large_file(monkeypatch) -> None:
    monkeypatch.setattr(scan, "LONGEST", 1000)
    found, rest = Scanner(Shape()).rows(b'"a\n' + b"b,c\n" * 500, final=False)
    assert (len(found), rest) == (501, b"")
    monkeypatch.setattr(scan, "LONGEST", 3000)
    found, rest = Scanner(Shape()).rows(b'"a\n' + b"b,c\n" * 500, final=False)
    assert found == [], "until then it may be a long cell"
