"""Many rows read at once say what each of them says alone."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncengine.errors import Unreadable
from syncengine.model.values import dump, dump_columns
from syncengine_connectors.csv import table as of_table
from syncengine_connectors.csv.dialect import Dialect
from syncengine_connectors.csv.scan import Shape
from syncengine_connectors.csv.table import Table, repeated
from tests.builders import rows

HEADER = ("id", "name", "town")
FIELDS = ("name", "town")


def table(body: str, *, shape: Shape | None = None, encoding: str = "utf-8", key=()) -> Table:
    shape = shape or Shape()
    head = shape.delimiter.join(HEADER) + shape.newline
    return Table(
        name="rows",
        shown="rows.csv",
        dialect=Dialect(shape=shape, encoding=encoding, mark=b"", newline=shape.newline, quoted=(), spaced=False),
        digest="",
        head=head.encode(),
        header=HEADER,
        key=key,
        blocks=lambda: iter([body.encode(encoding, "surrogatepass")]),
    )


def page(source: Table):
    """All rows of a table, and their fingerprints."""
    pages = list(source.pages())
    taken = [row for page in pages for row in page.rows]
    return taken, [print_ for page in pages for print_ in page.fingerprints or ()]


def alone(source: Table, taken):
    return [source.record(FIELDS, line, data) for _, line, data in taken]


def together(source: Table, taken, prints):
    return source.together(FIELDS, [data for _, _, data in taken], prints)


def check(source: Table) -> bool:
    """Hold what is read at once to what is read alone; True if it was read at once."""
    taken, prints = page(source)
    found = together(source, taken, prints) if taken else None
    if found is None:
        return False
    records = alone(source, taken)
    assert list(found.ids) == [record.id for record in records]
    assert list(found.versions) == [record.version for record in records]
    assert {name: list(column) for name, column in found.fields.items()} == {
        name: [record.fields[name] for record in records] for name in FIELDS
    }
    as_json = dump_columns([found.fields[name] for name in FIELDS], len(records))
    assert as_json == [dump([record.fields[name] for name in FIELDS]) for record in records]
    return True


TOGETHER = [
    ("1,Jan,Gent\n2,,\n", "plain, and empty cells"),
    ("1, Jan ,\u00a0\n2,Cafe\u0301,Li\u00e8ge\n", "blanks, accents, spaces beyond ASCII"),
    ('1,"Jan, ""de"" Vries",Gent\n2,x,y\n', "quotes"),
    ('1,"two\nlines",Gent\n2,x,y\n', "a line break in a cell"),
    ("1,a,b\r\n2,c,d\r\n", "ended as Windows does"),
    ('1,19" monitor,b\n2,c,d\n', "a quote in the midst"),
    ('1,a,b\n"2","c, d","e"\n3,f,g\n"4",h,i\n', "rows with quotes between others"),
    ('1,a,b\n2,"Cafe\u0301",d\n', "an accent of its own within quotes"),
    ("1,C:\\new,b\n2,c,d\n", "a backslash"),
    ('1,a,b\n2,"C:\\new",d\n', "a backslash within quotes"),
    ("1,a\tb,c\n2,d,e\n", "a tab within a cell"),
]


@pytest.mark.parametrize("body", rows(TOGETHER))
def test_ordinary_files_are_read_together(body) -> None:
    assert check(table(body))


APART = [
    ("1,a,b\n1,c,d\n", "one id in two rows"),
    ("1,a,b\n,c,d\n", "no id"),
    ("1,a,b\n2,c\n", "a short row"),
    ("1,a,b\n2,c,d,e\n", "a long row"),
    ('1,a,b\n2,"c,d\n', "a quote that is never closed"),
    ("1,a,b\n2,\0,d\n", "a NUL"),
    ('1,a,b\n2,"\0",d\n', "a NUL within quotes"),
    ("1,a\n2,b,c,d\n", "a row too short by as many cells as the next is too long"),
    ('1,a,b\n2,"c"\n', "a short row with quotes"),
    ('1,a,b\n2,"c",d,e\n', "a long row with quotes"),
]


@pytest.mark.parametrize("body", rows(APART))
def test_a_row_that_is_no_record_sends_all_of_them_the_slow_way(body) -> None:
    source = table(body)
    assert together(source, *page(source)) is None


def test_bytes_of_no_such_encoding_send_all_of_them_the_slow_way() -> None:
    source = table("1,a,b\n2,\udc80,d\n")
    assert together(source, *page(source)) is None


def test_an_id_of_several_columns_is_read_the_slow_way() -> None:
    source = table("1,a,b\n", key=("id", "name"))
    assert together(source, *page(source)) is None


def test_the_same_bytes_under_another_key_are_another_version() -> None:
    one, other = table("1,a,b\n"), table("1,a,b\n", key=("name",))
    assert one.version(b"1,a,b") != other.version(b"1,a,b")


@given(
    body=st.text(alphabet="12ab,;\"'\\ \n\r\t\0é", max_size=60),
    shape=st.builds(
        Shape,
        delimiter=st.sampled_from(",;"),
        quote=st.sampled_from(['"', '"', "'", ""]),
        space=st.booleans(),
        newline=st.sampled_from(["\n", "\n", "\r"]),
    ),
    encoding=st.sampled_from(["utf-8", "cp1252", "iso-8859-15"]),
)
@example(body='1,"a\n2,b"c",d\n', shape=Shape(), encoding="utf-8")
@example(body="1,,", shape=Shape(), encoding="utf-8")
@example(body='1,19" a,b\n2,c,d', shape=Shape(quote=""), encoding="utf-8")
@example(body='1,19" a,b\n2,c,d', shape=Shape(quote="'"), encoding="utf-8")
@example(body="1,a\nb,c\r2,d,e\r", shape=Shape(newline="\r"), encoding="utf-8")
def test_whatever_is_read_together_is_read_alike_alone(body, shape, encoding) -> None:
    source = table(body, shape=shape, encoding=encoding)
    try:
        check(source)
    except Unreadable as error:  # what alone is no record must not be read together
        pytest.fail(str(error))


@pytest.mark.parametrize("part", [1, 2, 5, 100])
@pytest.mark.parametrize("marks", [[], [7], [7, -7, 2**62, 7], [*range(-40, 40), 3, 3, -40, 39]])
def test_numbers_that_occur_twice_are_found_in_parts(monkeypatch: pytest.MonkeyPatch, part: int, marks) -> None:
    monkeypatch.setattr(of_table, "_PART", part)
    assert repeated(array("q", marks)) == {mark for mark in marks if marks.count(mark) > 1}
