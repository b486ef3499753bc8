"""`sync state`: check, backup, restore, prune, unlock, forget, as a person types them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from syncengine.care.place import CLOCK
from syncengine.errors import End
from syncengine.state import lock
from tests.care.conftest import Sync
from tests.cli.conftest import change
from tests.state.build import tamper

RETURNING = "2,Test NV,BE 0403.170.701,Gent\n"


@contextmanager
def held(project: Path) -> Iterator[None]:
    """Another run at work."""
    with lock.held(project / ".sync", CLOCK.now()):
        yield


def rows(project: Path, side: str) -> str:
    """A side's file."""
    name = {"shop": "shop/customers.csv", "books": "books/accounts.csv"}[side]
    return (project / name).read_text("utf-8")


def bytes_of(folder: Path) -> bytes:
    """Everything the state folder holds, its copies too."""
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


# --- check --------------------------------------------------------------------------------------------------------------


def test_a_sound_state_is_said_to_be_sound(begun: Path, sync: Sync) -> None:
    said = sync("state", "check")
    assert (said.end, said.err) == (End.DONE, "")
    assert "nothing is wrong" in said.out
    assert "4 records, 2 links, 1 operations, 1 journal entries" in said.out
    assert sync("state", "check", "-q").out == ""
    assert sync("state", "check", "--json").json["ok"] is True


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE record SET doc = replace(doc, 'Test', 'Tost')",
        "DELETE FROM entry",
        "UPDATE link SET run = 7",
        "UPDATE operation SET state = 'dropped'",
    ],
)
def test_damage_ends_8_and_says_where(begun: Path, sync: Sync, harm: str) -> None:
    tamper(begun / ".sync", harm)
    said = sync("state", "check")
    assert said.end == End.STATE
    assert "the state is damaged" in said.err
    assert "sync state restore" in said.err
    told = sync("state", "check", "--json")
    assert (told.end, told.json["ok"]) == (End.STATE, False)
    assert "damaged" in told.json["problem"]


def test_a_file_that_is_no_database_ends_8(begun: Path, sync: Sync) -> None:
    (begun / ".sync" / "state.db").write_bytes(b"nonsense" * 1000)
    for command in (["state", "check"], ["run"], ["status"], ["state", "prune"]):
        assert sync(*command).end == End.STATE


def test_there_is_nothing_to_check_before_the_first_run(project: Path, sync: Sync) -> None:
    for command in ("check", "backup", "prune", "forget"):
        said = sync("state", command)
        assert said.end == End.CONFIG
        assert "no state yet" in said.err
    assert not (project / ".sync").exists()


# --- backup, restore ----------------------------------------------------------------------------------------------------


def test_a_backup_goes_where_it_is_told_and_replaces_nothing(begun: Path, sync: Sync) -> None:
    assert sync("state", "backup", "copy.db").end == End.DONE
    assert (begun / "copy.db").stat().st_mode & 0o777 == 0o600
    assert "exists already" in sync("state", "backup", "copy.db").err
    made = Path(sync("state", "backup", "--json").json["file"])
    assert made.parent.name == "backups"
    assert str(made) in sync("state", "restore").out


def test_a_backup_is_made_while_a_run_is_at_work(begun: Path, sync: Sync) -> None:
    with held(begun):
        assert sync("state", "backup").end == End.DONE


def test_a_restore_asks_first_and_keeps_what_it_replaces(begun: Path, sync: Sync) -> None:
    assert sync("state", "restore").out.strip() == "There is no backup yet."
    sync("state", "backup", "copy.db")
    refused = sync("state", "restore", "copy.db")
    assert refused.end == End.CONFIG
    assert "sync state restore copy.db --yes" in refused.err
    said = sync("state", "restore", "copy.db", "--yes")
    assert said.end == End.DONE
    assert "restored, 2 links and 4 records" in said.out
    assert [file.name[:9] for file in (begun / ".sync" / "backups").glob("*.db")] == ["replaced-"]


def test_a_damaged_state_is_mended_by_a_restore_and_the_next_run_only_links(begun: Path, sync: Sync) -> None:
    sync("state", "backup", "copy.db")
    change(begun / "shop" / "customers.csv", "Delft", "Leiden")
    (begun / ".sync" / "state.db").write_bytes(b"nonsense" * 1000)
    said = sync("state", "restore", "copy.db", "--yes")
    assert "who was forgotten since is not known" in said.out
    assert sync("state", "check").end == End.DONE
    before = rows(begun, "books")
    run = sync("run")
    assert run.end == End.WAITING
    assert "restored from copy.db" in run.out, "though no run was lost since: one that was killed leaves no serial"
    assert rows(begun, "books") == before
    assert sync("apply", "--yes").end == End.DONE
    assert "Leiden" in rows(begun, "books")


def test_a_foreign_file_is_not_put_in_place(begun: Path, sync: Sync) -> None:
    with closing(sqlite3.connect(begun / "other.db")) as other:
        other.execute("CREATE TABLE t (x)")
        other.commit()
    assert sync("state", "restore", "other.db", "--yes").end == End.STATE
    assert sync("state", "restore", "none.db", "--yes").end == End.CONFIG
    assert sync("state", "check").end == End.DONE


# --- prune, unlock ------------------------------------------------------------------------------------------------------


def test_history_younger_than_thirty_days_is_never_dropped(begun: Path, sync: Sync) -> None:
    assert sync("state", "prune", "--days", "29").end == End.CONFIG
    said = sync("state", "prune", "--days", "30", "--json")
    assert (said.end, said.json["entries"]) == (End.DONE, 0)


def test_who_holds_the_lock_is_said(begun: Path, sync: Sync) -> None:
    assert sync("state", "unlock").end == End.DONE
    with held(begun):
        said = sync("state", "unlock")
        assert said.end == End.LOCKED
        assert "A run is at work: process" in said.out
        for command in (["state", "check"], ["state", "prune"], ["run"], ["undo", "1"]):
            assert sync(*command).end == End.LOCKED, command
    assert sync("state", "unlock", "--json").json["free"] is True


# --- forget -------------------------------------------------------------------------------------------------------------


def forget(sync: Sync, *more: str) -> str:
    said = sync("state", "forget", "customers", "2", "--side", "left", "--yes", *more)
    assert said.end == End.DONE, said.err
    return said.out


def test_nobody_is_erased_unasked_or_by_a_wrong_id(begun: Path, sync: Sync) -> None:
    assert sync("state", "forget", "customers", "2").end == End.CONFIG
    for wrong in (["customers", "99"], ["clients", "2"], ["customers", "2", "99"]):
        said = sync("state", "forget", *wrong, "--yes")
        assert (said.end, "Nobody was erased" in said.err) == (End.CONFIG, True), wrong
    assert b"Test NV" in bytes_of(begun / ".sync")


def test_an_id_that_both_sides_have_must_be_told_apart(begun: Path, sync: Sync) -> None:
    assert "\n1,Test NV" in rows(begun, "books"), "the books called it 1, as the shop calls another"
    said = sync("state", "forget", "customers", "1", "--yes")
    assert said.end == End.CONFIG
    assert "--side left or --side right" in said.err
    assert sync("state", "forget", "customers", "1", "--side", "right", "--yes").end == End.DONE
    assert "Proef" in sync("explain", "customers", "A1").out


def test_a_forgotten_person_leaves_no_byte_and_the_chain_holds(begun: Path, sync: Sync) -> None:
    change(begun / "shop" / "customers.csv", "Gent", "Brugge")
    sync("run")
    held_now = bytes_of(begun / ".sync")
    traces = [b"Test NV", b"0403170701", b"Gent", b"Brugge"]
    assert all(trace in held_now for trace in traces), "what is looked for is there before"
    told = forget(sync, "--backups")
    assert "left 2 and right 1; 2 journal entries emptied" in told
    held_now = bytes_of(begun / ".sync")
    assert [trace for trace in traces if trace in held_now] == []
    assert b"Proef" in held_now
    assert sync("state", "check").end == End.DONE
    entries = sync("history", "--writes", "--json").json["entries"]
    assert [(entry["id"], entry["changes"], entry["answer"]) for entry in entries] == [("", [], "(forgotten)")] * 2
    assert sync("history", "--entity", "customers", "--id", "2").out.strip() == "Nothing was written."


def test_what_stood_on_pages_of_its_own_is_gone_too(project: Path, sync: Sync) -> None:
    change(project / "shop" / "customers.csv", "Test NV", "Test NV " + "Langenaam " * 2000)
    assert sync("apply", "--yes").end == End.DONE
    assert bytes_of(project / ".sync").count(b"Langenaam") > 2000
    forget(sync)
    assert b"Langenaam" not in bytes_of(project / ".sync"), "freed pages are not wiped; the file must be rewritten"


def test_backups_that_tell_of_a_person_are_named_and_deleted_on_request(begun: Path, sync: Sync) -> None:
    sync("state", "backup", "before.db")
    copy = sync("state", "backup", "--json").json["file"]
    told = sync("state", "forget", "customers", "2", "--side", "left", "--yes", "--json").json
    assert told["backups"] == [copy]
    assert Path(copy).exists()
    clean = sync("state", "backup", "clean.db")
    assert clean.end == End.DONE
    (begun / "clean.db").rename(begun / ".sync" / "backups" / "clean.db")
    said = forget(sync, "--backups")
    assert f"Deleted: {copy}" in said
    assert "Made anew: .sync/backups/daily-" in said
    left = sorted(file.name[:5] for file in (begun / ".sync" / "backups").glob("*.db"))
    assert left == ["clean", "daily"], "one that does not tell of them stays"


def test_who_returns_waits_and_is_neither_kept_nor_created_nor_filled(begun: Path, sync: Sync) -> None:
    forget(sync, "--backups")
    before = rows(begun, "books")
    change(begun / "shop" / "customers.csv", RETURNING, "7,Test N.V.,BE0403170701,Luik\n")
    said = sync("run", "--full")
    assert said.end == End.WAITING
    assert rows(begun, "books") == before
    assert "shop 7" in said.out
    assert "forgotten on" in said.out
    assert "renamed or removed" not in said.out
    held_now = bytes_of(begun / ".sync")
    assert [trace for trace in (b"Test N", b"0403170701", b"Luik", b"Gent") if trace in held_now] == []
    reviews = sync("review", "list", "--json").json["reviews"]
    assert {item["kind"] for item in reviews} == {"held"}
    assert sorted(item["left"]["ids"] + item["right"]["ids"] for item in reviews) == [["1"], ["7"]]


def test_who_returns_among_many_rows_is_seen_too(begun: Path, sync: Sync) -> None:
    forget(sync)
    more = "".join(f"{number},Firma {number},,Delft\n" for number in range(100, 150))
    change(begun / "shop" / "customers.csv", RETURNING, more + "7,Test N.V.,BE0403170701,Luik\n")
    said = sync("apply", "--yes", "--allow", "creates")
    assert said.end == End.WAITING
    assert rows(begun, "books").count("Firma") == 50
    assert "Luik" not in rows(begun, "books")
    assert b"Luik" not in bytes_of(begun / ".sync")


def test_an_anonymised_record_is_not_filled_again(begun: Path, sync: Sync) -> None:
    forget(sync)
    change(begun / "shop" / "customers.csv", RETURNING, "2,[deleted],,\n")
    before = rows(begun, "shop")
    assert sync("run", "--full").end == End.WAITING
    assert rows(begun, "shop") == before, "the books still show the name, and it does not come back"
    change(begun / "books" / "accounts.csv", "Gent", "Brugge")
    assert sync("run", "--full").end == End.WAITING
    assert rows(begun, "shop") == before


def test_who_is_deleted_on_the_sides_waits_no_more(begun: Path, sync: Sync) -> None:
    forget(sync)
    assert sync("run", "--full").end == End.WAITING
    change(begun / "shop" / "customers.csv", RETURNING, "")
    books = begun / "books" / "accounts.csv"
    books.write_text("".join(line for line in books.read_text("utf-8").splitlines(True) if "Test" not in line), "utf-8")
    ends = [sync("run", "--full").end for _ in range(2)]
    assert ends[-1] == End.DONE, sync("review", "list").out


def test_a_person_may_be_left_alone_or_taken_back(begun: Path, sync: Sync) -> None:
    forget(sync)
    sync("run", "--full")
    assert sync("state", "forget", "--leave", "2").end == End.CONFIG
    assert sync("state", "forget", "--leave", "1").end == End.DONE
    assert "left alone" in sync("state", "forget").out
    assert sync("run").end == End.DONE
    assert b"Test NV" not in bytes_of(begun / ".sync")
    assert sync("state", "forget", "--take-back", "1").end == End.DONE
    said = sync("run")
    assert said.end == End.DONE
    assert "1 linked" in said.out
    assert sync("state", "forget").out.strip() == "Nobody was forgotten."
    assert "Test NV" in sync("explain", "customers", "2").out


def test_a_restore_does_not_bring_a_forgotten_person_back(begun: Path, sync: Sync) -> None:
    sync("state", "backup", "copy.db")
    forget(sync)
    said = sync("state", "restore", "copy.db", "--yes")
    assert "2 records of people who were forgotten since were erased again" in said.out
    (begun / "copy.db").unlink()
    assert b"Test NV" not in bytes_of(begun / ".sync")
    assert sync("state", "check").end == End.DONE
    assert len(sync("state", "forget", "--json").json["forgotten"]) == 1


def test_nobody_is_forgotten_while_a_write_of_theirs_is_open(begun: Path, sync: Sync) -> None:
    tamper(begun / ".sync", "UPDATE operation SET state = 'uncertain'")
    said = sync("state", "forget", "customers", "2", "--side", "left", "--yes")
    assert said.end == End.STATE
    assert "is not settled" in said.err
    assert b"Test NV" in bytes_of(begun / ".sync")
    assert sync("state", "forget").out.strip() == "Nobody was forgotten.", "nor is a mark left of them"
