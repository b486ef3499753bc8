"""Random tables in random dialects: one cell is written and every other byte stays; and any bytes at all end cleanly."""

from __future__ import annotations

import codecs
import time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from syncengine.connector import Query
from syncengine.errors import Rejected, SyncError, Unreadable
from syncengine.model.operation import Action, Operation, Written
from syncengine.model.record import Side
from syncengine.ports import Ports
from syncengine.testing.fakes import FakeClock, FakeIds
from syncengine_connectors.csv import PLUGIN

LETTERS = "abcdé€ß;,|\t\"'\n =-+@1.0\\"
CELLS = st.text(alphabet=LETTERS, max_size=12)
ENCODINGS = st.sampled_from(
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("cp1252", b""),
    ]
)


@st.composite
def written(draw):
    """A table as a program wrote it: (bytes before the row, the row's cells, its bytes, bytes behind it, and how it is written)."""
    delimiter = draw(st.sampled_from(",;\t|"))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    habit = draw(st.sampled_from(["minimal", "all", "mixed"]))
    width = draw(st.integers(2, 4))

    def cell(text: str) -> str:
        must = any(mark in text for mark in (delimiter, '"', "\n", "\r"))
        if must or habit == "all" or (habit == "mixed" and draw(st.booleans())):
            return '"' + text.replace('"', '""') + '"'
        return text

    header = ["id", *(f"kolom{number}" for number in range(1, width))]
    table = [
        [f"K{number}", *draw(st.lists(CELLS, min_size=width - 1, max_size=width - 1))]
        for number in range(draw(st.integers(2, 6)))
    ]
    lines = [delimiter.join(map(cell, row)) for row in [header, *table]]
    text = newline.join(lines) + draw(st.sampled_from(["", newline]))
    encoding, mark = draw(ENCODINGS)
    return mark + text.encode(encoding), lines, table, delimiter, newline, encoding


def connector(root: Path, **options):
    ports = Ports(root=root, state=root, credentials=root, clock=FakeClock(), ids=FakeIds())
    return PLUGIN.connect({"path": "t.csv", **options}, ports)


@given(file=written(), row=st.integers(0, 5), column=st.integers(1, 3), value=CELLS)
def test_one_cell_is_written_and_every_other_byte_stays(tmp_path_factory, file, row, column, value) -> None:
    data, lines, table, delimiter, newline, encoding = file
    row, column = row % len(table), 1 + column % (len(table[0]) - 1)
    root = tmp_path_factory.mktemp("t")
    (root / "t.csv").write_bytes(data)
    # The dialect is given, for a few random rows need not tell it; that it is told from real files has tests of its own.
    side = connector(root, delimiter=delimiter, encoding=encoding)
    name = f"kolom{column}"
    change = Operation(
        key="k", entity="e", side=Side.LEFT, resource="t", action=Action.UPDATE, id=f"K{row}", values={name: value}
    )
    (outcome,) = side.write([change])
    assert isinstance(outcome, Written), outcome
    assert outcome.record is not None
    assert outcome.record.fields[name] == (value.strip() or None)
    after = (root / "t.csv").read_bytes()
    before_row = newline.join([*lines[: row + 1], ""]).encode(encoding)
    behind_row = data[len(data) - len(_behind(data, lines, row, newline, encoding)) :]
    mark = data[: len(data) - len(_text(lines, newline, data, encoding))]
    assert after.startswith(mark + before_row)
    assert after.endswith(behind_row)
    shown = side.fetch(
        Query(resource="t", fields=tuple(f"kolom{at}" for at in range(1, 4))), [f"K{at}" for at in range(len(table))]
    )
    for number, cells in enumerate(table):
        expected = [value if (number, at) == (row, column) else cell for at, cell in enumerate(cells)]
        assert [shown[f"K{number}"].fields[f"kolom{at}"] for at in range(1, len(cells))] == [
            text.strip() or None for text in expected[1:]
        ]


def _text(lines: list[str], newline: str, data: bytes, encoding: str) -> bytes:
    text = newline.join(lines).encode(encoding)
    return text + newline.encode(encoding) if data.endswith(text + newline.encode(encoding)) else text


def _behind(data: bytes, lines: list[str], row: int, newline: str, encoding: str) -> bytes:
    return _text(lines, newline, data, encoding)[len(newline.join(lines[: row + 2]).encode(encoding)) :]


PIECES = st.sampled_from([b'"', b'""', b",", b";", b"\n", b"\r\n", b"\r", b"\0", b"a", b"id", b"1", b" ", b"\xff", b"\xc3\xa9", b"\xef\xbb\xbf", b"\xff\xfe"])  # fmt: skip


@settings(max_examples=300)
@given(data=st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=80).map(b"".join)))
def test_any_bytes_give_pages_or_a_clean_error(tmp_path_factory, data) -> None:
    root = tmp_path_factory.mktemp("t")
    (root / "t.csv").write_bytes(data)
    side = connector(root)
    query = Query(resource="t", fields=("id", "a", "1"))
    began, message = time.process_time(), "t.csv"
    try:
        side.resources()
        side.check()
        for page in side.pull(query, None):
            assert page.fingerprints is None or len(page.fingerprints) == len(page.rows)
            for row in page.rows:
                _hold(side, query, row)
    except SyncError as error:
        message = str(error)
    assert "t.csv" in message
    assert time.process_time() - began < 2


def _hold(side, query, row) -> None:
    where = "t.csv:"
    try:
        record = side.parse(query, row)
    except Unreadable as error:
        where = error.where
    else:
        assert record.id.strip() == record.id != ""
        assert "\0" not in "".join(str(value) for value in record.fields.values())
    assert where.startswith("t.csv:")


@given(data=st.lists(PIECES, max_size=60).map(b"".join), value=CELLS)
def test_a_write_to_any_bytes_changes_the_named_row_or_nothing(tmp_path_factory, data, value) -> None:
    root = tmp_path_factory.mktemp("t")
    file = root / "t.csv"
    file.write_bytes(b"id;naam\n1;Jansen\n" + data)
    side = connector(root, delimiter=";", encoding="utf-8")
    change = Operation(
        key="k", entity="e", side=Side.LEFT, resource="t", action=Action.UPDATE, id="1", values={"naam": value}
    )
    try:
        (outcome,) = side.write([change])
    except SyncError:
        assert file.read_bytes() == b"id;naam\n1;Jansen\n" + data
    else:
        assert isinstance(outcome, Written | Rejected), outcome
        assert file.read_bytes().endswith(data)
        assert isinstance(outcome, Written) or file.read_bytes() == b"id;naam\n1;Jansen\n" + data
