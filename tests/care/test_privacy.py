"""`sync privacy`: what is processed, why, where, for how long; and nobody's data in it."""

from __future__ import annotations

from pathlib import Path

from syncengine.errors import End
from tests.care.conftest import Sync
from tests.cli.conftest import MAPPING, change


def test_every_mapped_field_is_told_with_its_reason(begun: Path, sync: Sync) -> None:
    change(begun / "sync.yaml", "mask: true", "mask: true, note: to address invoices")
    told = sync("privacy", "--json").json
    (one,) = told["processing"]
    assert (one["left"], one["right"], one["records"]) == ("shop.customers", "books.accounts", 4)
    fields = {item["field"]: item for item in one["fields"]}
    assert list(fields) == ["Name", "Vat", "City"]
    assert fields["Name"]["why"] == "to address invoices"
    assert [name for name, item in fields.items() if item["personal"]] == ["Name"]
    assert {item["goes"] for item in fields.values()} == {"both ways"}
    assert told["unexplained"] == []
    assert [system["name"] for system in told["systems"]] == ["shop", "books"]


def test_a_personal_field_without_a_reason_is_named(begun: Path, sync: Sync) -> None:
    assert sync("privacy", "--json").json["unexplained"] == ["customers.Name"]
    assert "No reason is written for: customers.Name" in sync("privacy").out


def test_which_way_values_go_is_told(begun: Path, sync: Sync) -> None:
    text = MAPPING.replace("City: city", "City: {from: city, owner: shop}\n      Kind: {value: C}")
    (begun / "sync.yaml").write_text(text, "utf-8")
    books = begun / "books" / "accounts.csv"
    lines = books.read_text("utf-8").splitlines()
    books.write_text("\n".join([f"{lines[0]},Kind", *(f"{line},C" for line in lines[1:])]) + "\n", "utf-8")
    fields = {item["field"]: item["goes"] for item in sync("privacy", "--json").json["processing"][0]["fields"]}
    assert fields["City"] == "to books"
    assert fields["Kind"] == "a constant to books"


def test_places_terms_and_readers_are_told(begun: Path, sync: Sync) -> None:
    sync("state", "backup")
    said = sync("privacy")
    assert said.end == End.DONE
    for part in (str(begun / ".sync" / "state.db"), "400 days", "at least 30", "other copies: manual-", "credentials"):
        assert part in said.out, part
    assert "LOOK OUT" not in said.out
    (begun / ".sync").chmod(0o755)


def test_a_folder_others_may_read_is_told(begun: Path, sync: Sync) -> None:
    from syncengine.care.privacy import _owner

    (begun / ".sync").chmod(0o755)
    assert "LOOK OUT: others may read it too (mode 755)" in _owner(begun / ".sync")


def test_nobodys_data_is_in_it(begun: Path, sync: Sync) -> None:
    for said in (sync("privacy"), sync("privacy", "--json")):
        assert not [trace for trace in ("Proef", "Test NV", "0403", "Gent") if trace in said.out]


def test_forgotten_people_are_counted(begun: Path, sync: Sync) -> None:
    sync("state", "forget", "customers", "A1", "--yes")
    assert sync("privacy", "--json").json["forgotten"] == 1
