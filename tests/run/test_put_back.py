"""A file that is put back to what it was is no unchanged file where the mirror has moved on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncengine.connector import Page
from syncengine.errors import Transient
from syncengine.model.record import Side
from syncengine_connectors.csv import table
from tests.run.test_edited_files import HEAD, Shop


def content(*towns: str, turned: bool = False) -> str:
    """A file of customers, one in each town."""
    rows = [f"{place},Firm {place},,,,{town},K{place},\n" for place, town in enumerate(towns, 1)]
    return HEAD + "".join(reversed(rows) if turned else rows)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "shop.csv"
    made.write_text(content("Gent", "Mol", "Ham"), "utf-8")
    return made


@pytest.fixture
def shop(tmp_path: Path, file: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "project", file)
    made.world.begin()
    made.world.run()
    yield made
    made.world.store.close()


def towns(shop: Shop) -> list[object]:
    """What the books show."""
    return [row["City"] for row in sorted(shop.world.rows(Side.RIGHT), key=lambda row: str(row["Code"]))]


@pytest.mark.parametrize("turned", [False, True], ids=["as it stood", "in another order"])
def test_an_export_over_what_we_wrote_is_an_edit(shop: Shop, file: Path, turned: bool) -> None:
    (own,) = (row["#"] for row in shop.world.rows(Side.RIGHT) if row["City"] == "Gent")
    shop.world.books.edit("Accounts", str(own), {"City": "Peer"})
    shop.world.run()
    assert "Peer" in file.read_text("utf-8")
    file.write_text(content("Gent", "Mol", "Ham", turned=turned), "utf-8")
    shop.world.run()
    assert towns(shop) == ["Gent", "Mol", "Ham"]


@pytest.mark.parametrize("turned", [False, True], ids=["as it stood", "in another order"])
def test_a_listing_that_broke_off_is_not_taken_for_what_the_file_holds(
    shop: Shop, file: Path, turned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = table.Table.pages

    def broken(source: table.Table) -> Iterator[Page]:
        yield from pages(source)
        yield Page(due=True)
        raise Transient("the disk does not answer")

    file.write_text(content("Peer", "Mol", "Ham"), "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(table.Table, "pages", broken)
        with pytest.raises(Transient):
            shop.world.run()
    file.write_text(content("Gent", "Mol", "Ham", turned=turned), "utf-8")
    shop.world.run()
    assert towns(shop) == ["Gent", "Mol", "Ham"]
