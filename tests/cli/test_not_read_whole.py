"""A file with a row that cannot be read: who stands there unseen is not made once more, be it now or in a later run."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Sync, change

BOOKS = "books/accounts.csv"


def test_a_record_that_cannot_be_read_is_not_created_again_by_a_run_that_reads_no_file(
    project: Path, sync: Sync
) -> None:
    with (project / BOOKS).open("a", encoding="utf-8") as file:
        file.write("A2,Test NV,BE0403170701,Gent,one cell too many\n")
    before = (project / BOOKS).read_text("utf-8")
    assert sync("apply", "--yes").end == 3
    for _ in range(2):
        said = sync("run")
        assert said.end == 3
        assert "not created on books, whose listing is not whole (1 unreadable row)" in said.out
        assert (project / BOOKS).read_text("utf-8") == before


def test_once_the_row_is_mended_all_goes_on(project: Path, sync: Sync) -> None:
    with (project / BOOKS).open("a", encoding="utf-8") as file:
        file.write("A2,Best NV,NL003660564B01,Gent,one cell too many\n")
    sync("apply", "--yes")
    sync("run")
    change(project / BOOKS, ",one cell too many", "")
    assert sync("run").end == 0
    assert "Test NV" in (project / BOOKS).read_text("utf-8")
    assert "Best NV" in (project / "shop/customers.csv").read_text("utf-8")
