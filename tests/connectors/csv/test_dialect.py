"""How a file is written, told from its bytes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from syncengine_connectors.csv import dialect
from syncengine_connectors.csv.scan import Broken, Scanner, Shape
from tests.connectors.csv.test_scan import SHAPES

TEXTS = st.text(alphabet="a,;\"' \n\r", max_size=60)


@given(TEXTS, SHAPES, st.booleans())
@example('a, "b"\n', Shape(), True)
@example(' "a"\nb, c\n', Shape(), True)
def test_where_no_blank_leads_to_a_quote_it_is_all_one_whether_it_would_count(
    text: str, shape: Shape, whole: bool
) -> None:
    sample = text.encode()
    if not dialect._leads(sample, shape.delimiter, shape.quote, shape.newline) and f"{shape.delimiter} " in text:
        one, other = (dialect._score(sample, replace(shape, space=space), whole=whole) for space in (False, True))
        assert one == other


@given(TEXTS, SHAPES)
def test_a_row_of_the_sample_is_what_the_scanner_says(text: str, shape: Shape) -> None:
    scanner = Scanner(shape)
    row = dialect._row(scanner, text)
    try:
        cells = scanner.cells(text)
    except Broken:
        assert row == dialect._Row()
        return
    assert [*row.cells] == [cell.raw for cell in cells]
    assert [*row.quoted] == [column for column, cell in enumerate(cells) if cell.quoted]
    assert row.last == (cells[-1].text if cells else "")
