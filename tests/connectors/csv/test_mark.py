"""A file that nobody touched is not read; one that may have been touched is compared byte by byte."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from syncengine.connector import Page, Query
from syncengine.errors import Stale, Unreadable
from syncengine.model.operation import Action
from syncengine.testing.fakes import FakeClock
from syncengine_connectors.csv import source
from syncengine_connectors.csv.connector import CsvConnector
from tests.connectors.csv.test_connector import CUSTOMERS, operation, put, side

QUERY = Query(resource="customers", fields=("naam", "plaats"))
DAY = 86_400


@pytest.fixture
def later() -> FakeClock:
    """A clock by which every file of this test was left alone for days."""
    clock = FakeClock()
    clock.advance(1_000 * DAY)
    return clock


@pytest.fixture
def surveys(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read through."""
    read: list[str] = []

    def counted(file, settings, clock, *, whole=True):
        if whole:
            read.append(file.shown)
        return source.survey(file, settings, clock, whole=whole)

    monkeypatch.setattr("syncengine_connectors.csv.connector.survey", counted)
    return read


def last(connector: CsvConnector, since: str | None = None, query: Query = QUERY) -> Page:
    *_, page = connector.pull(query, since)
    return page


def cursor(page: Page) -> str:
    assert page.end is not None
    assert page.end.cursor is not None
    return page.end.cursor


def scope(page: Page) -> str:
    assert page.end is not None
    return page.end.scope


def test_an_untouched_file_is_not_read_again(tmp_path: Path, later: FakeClock, surveys: list[str]) -> None:
    put(tmp_path)
    known = cursor(last(side(tmp_path, later)))
    surveys.clear()
    page = last(side(tmp_path, later), known)
    assert (scope(page), cursor(page), surveys) == ("delta", known, [])


def test_a_file_changed_a_moment_before_it_was_read_is_compared(tmp_path: Path, surveys: list[str]) -> None:
    """Two changes within one tick of the disk's clock look like one."""
    put(tmp_path)
    known = cursor(last(side(tmp_path)))  # by this clock the file is of the future
    surveys.clear()
    page = last(side(tmp_path), known)
    assert (scope(page), cursor(page), surveys) == ("delta", known, ["customers.csv"])


@pytest.mark.parametrize("hide", [False, True], ids=["plainly", "its time set back"])
def test_a_change_of_the_same_length_is_seen(tmp_path: Path, later: FakeClock, hide: bool) -> None:
    file = put(tmp_path)
    os.utime(file, (0, 0))
    found = file.stat()
    known = cursor(last(side(tmp_path, later)))
    with file.open("r+b") as stream:
        stream.write(CUSTOMERS.replace("Gent", "Peer").encode())
    if hide:
        # The disk's clock ticks some hundred times a second, and this may still be the tick of the first writing.
        while file.stat().st_ctime_ns == found.st_ctime_ns or file.stat().st_mtime_ns != found.st_mtime_ns:
            os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert scope(last(side(tmp_path, later), known)) == "full"


def test_the_same_bytes_written_anew_are_no_change(tmp_path: Path, later: FakeClock, surveys: list[str]) -> None:
    file = put(tmp_path)
    known = cursor(last(side(tmp_path, later)))
    file.unlink()
    put(tmp_path)
    surveys.clear()
    page = last(side(tmp_path, later), known)
    assert (scope(page), surveys) == ("delta", ["customers.csv"])
    assert scope(last(side(tmp_path, later), cursor(page))) == "delta"
    assert surveys == ["customers.csv"], "the new stamp was noted"


def test_other_fields_are_another_question(tmp_path: Path, later: FakeClock) -> None:
    put(tmp_path)
    known = cursor(last(side(tmp_path, later)))
    assert scope(last(side(tmp_path, later), known, Query(resource="customers", fields=("naam",)))) == "full"


def test_an_untouched_file_is_still_compared_before_a_write(tmp_path: Path, later: FakeClock) -> None:
    file = put(tmp_path)
    known = cursor(last(side(tmp_path, later)))
    connector = side(tmp_path, later)
    last(connector, known)
    file.write_bytes(file.read_bytes().replace(b"Gent", b"Peer"))
    with pytest.raises(Stale, match="changed since it was read"):
        connector.write([operation(Action.UPDATE, "1", naam="X")])


def test_a_cursor_of_an_older_program_reads_everything(tmp_path: Path, later: FakeClock) -> None:
    put(tmp_path)
    assert scope(last(side(tmp_path, later), "csv1 70 abc def")) == "full"


def turned(file: Path) -> None:
    """Let the rows stand the other way round."""
    head, *lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(head + b"".join(reversed(lines)))


def test_the_same_rows_in_another_order_are_no_change(tmp_path: Path, later: FakeClock) -> None:
    file = put(tmp_path)
    known = cursor(last(side(tmp_path, later)))
    turned(file)
    page = last(side(tmp_path, later), known)
    assert (scope(page), page.rows) == ("delta", ())
    turned(file)
    again = last(side(tmp_path, later), cursor(page))
    assert (scope(again), again.rows) == ("delta", ())


def test_a_change_of_the_same_length_in_a_sorted_file_is_seen(tmp_path: Path, later: FakeClock) -> None:
    file = put(tmp_path)
    known = cursor(last(side(tmp_path, later)))
    turned(file)
    file.write_bytes(file.read_bytes().replace(b"Gent", b"Peer"))
    first, *_ = side(tmp_path, later).pull(QUERY, known)
    fresh, *_ = side(tmp_path, later).pull(QUERY, None)
    assert [data for _, _, data in first.rows] == [data for _, _, data in fresh.rows]
    assert list(first.fingerprints or ()) == list(fresh.fingerprints or ())
    assert scope(last(side(tmp_path, later), known)) == "full"


def test_a_row_that_is_no_record_is_shown_where_it_stands_now(tmp_path: Path, later: FakeClock) -> None:
    file = put(tmp_path)
    file.write_bytes(file.read_bytes() + b"9,short\n")
    connector = side(tmp_path, later)
    for page in connector.pull(QUERY, None):
        for row in page.rows:
            with suppress(Unreadable):
                connector.parse(QUERY, row)
        known = page.end.cursor if page.end else None
    turned(file)
    assert scope(last(side(tmp_path, later), known)) == "full"
