"""A state that is not what it was is noticed before anything is believed."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from syncengine.errors import LockedError, StateError
from syncengine.model.record import Side
from syncengine.state.check import check
from syncengine.state.migrations.steps import VERSION
from syncengine.state.sqlite import SqliteStore
from syncengine.testing.store_suite_mirror import ByValue
from tests.builders import rows
from tests.conftest import LONG
from tests.state.build import lived, opened, tamper


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed state with some of everything."""
    folder = tmp_path / ".sync"
    lived(folder).close()
    return folder


def test_a_state_that_lived_is_sound(folder: Path) -> None:
    store = opened(folder)
    health = check(store)
    assert (health.records, health.links, health.operations, health.entries) == (7, 3, 3, 3)
    assert (health.version, health.serial) == (VERSION, 1)
    store.close()


def test_folder_and_files_are_private(folder: Path) -> None:
    store = opened(folder)
    with store.lock():
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in [folder, *folder.iterdir()]}
    store.close()
    assert modes.pop(".sync") == "0o700"
    assert set(modes) >= {"state.db", "state.db-wal", "lock"}
    assert set(modes.values()) == {"0o600"}


def test_a_folder_open_to_others_is_closed_to_them(folder: Path) -> None:
    folder.chmod(0o755)
    (folder / "state.db").chmod(0o644)
    opened(folder).close()
    assert (folder.stat().st_mode & 0o777, (folder / "state.db").stat().st_mode & 0o777) == (0o700, 0o600)


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


FILES = [
    # what is done to the file, what is said, why
    (lambda file: file.write_bytes(b"no database at all" * 99), "damaged", "garbage"),
    (lambda file: file.write_bytes(file.read_bytes()[:50]), "damaged", "a header cut short"),
    (lambda file: file.write_bytes(file.read_bytes()[: 3 * 4096]), "should be", "pages cut off"),
    (lambda file: file.write_bytes(file.read_bytes()[:-1]), "should be", "one byte cut off"),
    (lambda file: (file.unlink(), file.mkdir()), "no ordinary file", "a folder in its place"),
    (lambda file: (file.rename(file.with_name("x")), file.symlink_to("x")), "no ordinary file", "a link in its place"),
    (pipe, "no ordinary file", "a pipe in its place"),
]


@pytest.mark.parametrize(("harm", "said"), [pytest.param(*case[:2], id=case[2]) for case in FILES])
@pytest.mark.parametrize("read_only", [False, True], ids=["to write", "to read"])
def test_a_file_that_is_no_whole_database_is_refused(folder: Path, harm, said, read_only) -> None:
    harm(folder / "state.db")
    with pytest.raises(StateError, match=said) as error:
        check(opened(folder, read_only=read_only))
    assert str(folder) in str(error.value)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    for pragma in ("application_id = 77", "user_version = 3"):
        folder = tmp_path / pragma[:4]
        folder.mkdir()
        with closing(sqlite3.connect(folder / "state.db")) as connection:
            connection.execute("CREATE TABLE theirs (x)")
            connection.execute(f"PRAGMA {pragma}")
        with pytest.raises(StateError, match="not a state of syncengine"):
            opened(folder)
        with closing(sqlite3.connect(folder / "state.db")) as connection:
            assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_a_newer_state_is_refused_and_named(folder: Path) -> None:
    tamper(folder, "PRAGMA user_version = 7")
    with pytest.raises(StateError, match=rf"version 7; this program knows versions up to {VERSION}"):
        opened(folder)


def test_to_read_there_must_be_a_state(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no state yet"):
        opened(tmp_path / "none", read_only=True)
    assert not (tmp_path / "none").exists()


def test_a_state_opened_to_read_is_not_written(folder: Path) -> None:
    store = opened(folder, read_only=True)
    assert store.mirror.count("customers", Side.LEFT) == 4
    with pytest.raises(StateError, match="reading only"), store.transaction():
        store.meta.set("x", "y")
    store.close()


FLIPS = [
    # statement, how it is said, why
    ("UPDATE record SET doc = replace(doc, 'Visser', 'Visses') WHERE id = 'free'", "record", "a mirrored value"),
    ("UPDATE record SET doc = replace(doc, 'Name 2', 'Name 3') WHERE id = 'l2'", "values of customers left 'l2'", "a value a base shares"),
    ("UPDATE record SET fp = fp + 1 WHERE id = 'l2'", "record", "a fingerprint"),
    ("UPDATE record SET id = 'l4' WHERE id = 'l2'", "the link", "an id"),
    ("UPDATE link SET left_base = replace(left_base, 'Oud', 'Ouc') WHERE left_base LIKE '%Oud%'", "base", "a base of its own"),
    ("UPDATE link SET left_fp = left_fp + 1 WHERE left_base IS NULL", "base", "a base's fingerprint"),
    ("UPDATE link SET state = 1 WHERE n = 2", "the link", "a link's state"),
    ("UPDATE link SET matched_by = 'person' WHERE n = 2", "the link", "a link's rule"),
    ("UPDATE link SET right_n = (SELECT n FROM record WHERE id = 'r0') + 1000 WHERE n = 1", "not there", "a link to nothing"),
    ("UPDATE link SET dirty = 0 WHERE dirty = 1", "needing a decision", "a mark that a pair rests"),
    ("DELETE FROM loose", "as linked or not", "a mark that a record is free"),
    ("UPDATE entity SET linked = 9", "are counted", "a count of links"),
    ("UPDATE entity SET left_present = 9", "are counted", "a count of records"),
    ("UPDATE operation SET state = 'done' WHERE key = 'key1'", "operation key1", "an operation's state"),
    ("UPDATE operation SET body = replace(body, 'New', 'Nex') WHERE key = 'key1'", "operation key1", "an operation's content"),
    ("UPDATE operation SET sent_wall = sent_wall + 1 WHERE key = 'key0'", "operation key0", "an attempt's time"),
    ("UPDATE checkpoint SET cursor = 'c9'", "checkpoint", "a cursor"),
    ("UPDATE checkpoint SET generation = 3", "checkpoint", "a generation"),
    ("UPDATE entry SET outcome = 'failed' WHERE number = 2", "entry 2", "an entry's outcome"),
    ("UPDATE entry SET content = replace(content, 'New', 'Old') WHERE number = 2", "content of entry 2", "an entry's content"),
    ("DELETE FROM entry WHERE number = 2", "entry 2 was removed", "an entry in the middle"),
    ("DELETE FROM entry WHERE number = 3", "after 2", "the last entry"),
    ("DELETE FROM entry WHERE number = 1", "entry 1 was removed", "the first entry"),
    ("DROP INDEX link_dirty", "schema", "an index"),
    ("CREATE TRIGGER x AFTER INSERT ON pin BEGIN DELETE FROM pin; END", "schema", "a trigger that is not ours"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "said"), rows(FLIPS))
def test_what_was_changed_behind_its_back_is_found(folder: Path, statement: str, said: str) -> None:
    tamper(folder, statement)
    with pytest.raises(StateError, match=said), closing(opened(folder)) as store:
        check(store)


HOT = [
    # statement, how it is read, why
    ("UPDATE record SET doc = replace(doc, 'Jansen', 'Janses')", lambda s: list(s.links.pairs("customers")), "a changed record"),
    ("UPDATE link SET left_base = replace(left_base, 'Oud', 'Ouc')", lambda s: list(s.links.pairs("customers")), "its base"),
    ("UPDATE link SET run = 9 WHERE dirty = 1", lambda s: list(s.links.pairs("customers")), "its link"),
    ("UPDATE operation SET attempts = 0", lambda s: s.journal.get("key0"), "an operation"),
    ("UPDATE operation SET not_before = 5", lambda s: s.journal.open(), "an open operation"),
    ("UPDATE checkpoint SET taken = taken + 1", lambda s: s.checkpoint("customers", Side.LEFT), "a cursor"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "read"), [pytest.param(*case[:2], id=case[2]) for case in HOT])
def test_what_a_run_builds_on_is_compared_as_it_is_read(folder: Path, statement: str, read) -> None:
    tamper(folder, statement)
    store = opened(folder)
    with pytest.raises(StateError, match="is not what was stored"):
        read(store)
    store.close()


def test_a_text_that_is_no_json_is_damage_to_whoever_takes_keys_of_it(folder: Path) -> None:
    tamper(folder, """UPDATE record SET doc = '["Visser' WHERE id = 'free'""")
    with closing(opened(folder)) as store, pytest.raises(StateError, match=r"the state is damaged \(malformed JSON\)"):
        store.mirror.keys("customers", ByValue(store, 0, "customers"))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sound state."""
    folder = tmp_path_factory.mktemp("sound") / ".sync"
    lived(folder).close()
    return folder


@settings(max_examples=3_000 if LONG else 150)
@example(place=0.6581116989794717, bit=0)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_noticed_or_changes_nothing(
    sound: Path, tmp_path_factory: pytest.TempPathFactory, place: float, bit: int
) -> None:
    folder = tmp_path_factory.mktemp("flip") / ".sync"
    folder.mkdir()
    data = bytearray((sound / "state.db").read_bytes())
    data[int(place * len(data))] ^= 1 << bit
    (folder / "state.db").write_bytes(data)
    try:
        store = opened(folder)
        check(store)
    except (StateError, LockedError):
        return
    # Free space, or what nobody builds on: everything a run reads is as it was.
    before = opened(sound, read_only=True)
    assert told(store) == told(before)
    before.close()
    store.close()


def columns(folder: Path) -> list[tuple[str, str]]:
    """Every column of every table."""
    with closing(sqlite3.connect(folder / "state.db")) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return [
            (table, column[1])
            for (table,) in tables.fetchall()
            for column in connection.execute(f"PRAGMA table_info({table})").fetchall()
        ]


@pytest.mark.parametrize("kind", ["CAST({} AS BLOB)", "'x'", "x'ff'"])
def test_a_value_of_another_kind_is_damage_or_changes_nothing(sound: Path, tmp_path: Path, kind: str) -> None:
    changed = 0
    for table, column in columns(sound):
        folder = tmp_path / f"{table}-{column}" / ".sync"
        shutil.copytree(sound, folder)
        try:
            tamper(folder, f"UPDATE {table} SET {column} = {kind.format(column)} WHERE {column} IS NOT NULL")
        except sqlite3.Error:
            continue  # a constraint forbids it
        changed += 1
        for look in (check, told):
            try:
                with closing(opened(folder)) as store:
                    look(store)
            except (StateError, LockedError):
                pass
    assert changed > 50, "too few to mean anything"


def test_a_statement_of_the_schema_that_is_no_text_any_more_is_damage(folder: Path) -> None:
    tamper(
        folder,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = CAST(sql AS BLOB) WHERE name = 'record_away'",
    )
    with pytest.raises(StateError, match=r"the schema is not ours|damaged"):
        opened(folder)


def told(store: SqliteStore) -> object:
    """What a run builds on."""
    return (
        list(store.links.all()),
        [(row.id, row.values) for side in Side for row in store.mirror.rows("customers", side)],
        store.journal.open(),
        list(store.journal.entries()),
        store.checkpoint("customers", Side.LEFT),
    )
