"""Looks at everything the state holds and says what is not as it was stored."""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from syncengine.errors import StateError
from syncengine.model.values import fingerprint
from syncengine.state import pairs
from syncengine.state.dirt import CLEAN, SIDE_NAMES
from syncengine.state.encode import SIDES
from syncengine.state.schema import SCHEMA, strange

if TYPE_CHECKING:
    from syncengine.state.sqlite import SqliteStore

_LOOSE: Final = "SELECT 1 FROM loose WHERE entity = record.entity AND side = record.side AND n = record.n"

_STORED: Final = {"INTEGER": "'integer'", "TEXT": "'text'", "REAL": "'real', 'integer'", "BLOB": "'blob'"}
"""Kind of a column → what SQLite holds in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was looked at, and found sound.

    Attributes:
        records, links, operations, entries: How many.
        lineage, serial, version, host: What the state says of itself; the host that used it last.
        bytes: Size of the file.
    """

    records: int
    links: int
    operations: int
    entries: int
    lineage: str
    serial: int
    version: int
    host: str
    bytes: int


def check(store: SqliteStore) -> Health:
    """Read every row and compare it with its sum, every base with its values, the journal with its chain.

    Raises:
        StateError: Something is not what was stored; names the first places.
    """
    faults: list[str] = []
    for fault in _faults(store):
        faults.append(fault)
        if len(faults) == 20:
            break
    if faults:
        raise StateError(
            f"{store.database.file}: the state is damaged:\n  "
            + "\n  ".join(faults)
            + "\n  No further write to any side. Restore a backup with `sync state restore`."
        )
    number = store.database.number
    return Health(
        records=number("SELECT count(*) FROM record"),
        links=number("SELECT count(*) FROM link"),
        operations=number("SELECT count(*) FROM operation"),
        entries=number("SELECT count(*) FROM entry"),
        lineage=store.meta.lineage(),
        serial=store.meta.serial(),
        version=number("PRAGMA user_version"),
        host=store.meta.about("host"),
        bytes=store.database.file.stat().st_size,
    )


def _faults(store: SqliteStore) -> Iterator[str]:
    for look in (_file, _kinds):
        broken = list(look(store))
        yield from broken
        if broken:
            # What is built on a broken file tells nothing more.
            return
    yield from _records(store)
    yield from _links(store)
    yield from _counts(store)
    yield from _told(store)


def _file(store: SqliteStore) -> Iterator[str]:
    """The file as SQLite sees it: pages, indexes, and whether the tables are ours."""
    for (line,) in store.database.all("PRAGMA integrity_check(5)"):
        if line != "ok":
            yield str(line)
    yield from strange(store.database.all(SCHEMA))


def _kinds(store: SqliteStore) -> Iterator[str]:
    """Values that are of another kind than their column: no statement of ours stores such, and a flipped bit may make one."""
    tables = store.database.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for (table,) in tables:
        for _, column, kind, *_ in store.database.all(f"PRAGMA table_info({table})"):
            sql = f"SELECT count(*) FROM {table} WHERE typeof({column}) NOT IN ({_STORED[kind]}, 'null')"
            if number := store.database.number(sql):
                yield f"{table}: {number} values of {column} are not what is kept there"


def _records(store: SqliteStore) -> Iterator[str]:
    sql = "SELECT n, id, fp, doc FROM record WHERE doc IS NOT NULL OR fp IS NOT NULL"
    for part in store.database.batches(sql):
        for n, id, print_, doc in part:
            if doc is None or fingerprint(doc.encode()) != print_:
                yield f"record {n} ({id!r}): its values are not what was stored"


def _links(store: SqliteStore) -> Iterator[str]:
    """Sums and bases, by reading each; and that what is derived from them still follows."""
    for known in store.links.entities.all():
        try:
            for _ in pairs.stream(store.database, known, only_dirty=False):
                pass
        except StateError as fault:
            yield str(fault).partition("\n")[0]
    wrong = {
        f"SELECT count(*) FROM link WHERE dirty = {CLEAN}": "links are marked wrongly as needing a decision or not",
        f"SELECT count(*) FROM record WHERE presence <> 3 AND (EXISTS ({_LOOSE})) = "
        " (EXISTS (SELECT 1 FROM link WHERE left_n = record.n) OR EXISTS (SELECT 1 FROM link WHERE right_n = record.n))":
            "records are marked wrongly as linked or not",
        "SELECT count(*) FROM loose WHERE NOT EXISTS (SELECT 1 FROM record WHERE n = loose.n AND presence <> 3"
        " AND entity = loose.entity AND side = loose.side)": "marks name records that are not there",
        "SELECT count(*) FROM record WHERE presence = 3 AND NOT EXISTS (SELECT 1 FROM link WHERE left_n = record.n)"
        " AND NOT EXISTS (SELECT 1 FROM link WHERE right_n = record.n)": "records are named by nothing",
    }  # fmt: skip
    for side, name in enumerate(SIDE_NAMES):
        sql = (
            f"SELECT count(*) FROM link LEFT JOIN record ON record.n = link.{name}_n WHERE link.{name}_n IS NOT NULL"
            f" AND (record.n IS NULL OR record.entity <> link.entity OR record.side <> {side})"
        )
        wrong[sql] = f"links name {name} records that are not there"
    for sql, what in wrong.items():
        if number := store.database.number(sql):
            yield f"{number} {what}"


def _counts(store: SqliteStore) -> Iterator[str]:
    for known in store.links.entities.all():
        for place, side in enumerate(SIDES):
            real = store.database.number(
                "SELECT count(*) FROM record WHERE entity = ? AND side = ? AND presence = 0", (known.number, place)
            )
            if real != store.mirror.count(known.name, side):
                yield f"{known.name}: {real} records are present on the {side.value}, {store.mirror.count(known.name, side)} are counted"
        real = store.database.number("SELECT count(*) FROM link WHERE entity = ? AND state = 0", (known.number,))
        if real != store.links.count(known.name):
            yield f"{known.name}: {real} links stand, {store.links.count(known.name)} are counted"


def _told(store: SqliteStore) -> Iterator[str]:
    """Operations, checkpoints and the journal know for themselves what they must be."""
    looks: list[Callable[[], object]] = [store.journal.every, store.journal.verify]
    places = store.database.all("SELECT entity, side FROM checkpoint")
    looks += [partial(store.checkpoint, entity, SIDES[side]) for entity, side in places]
    for look in looks:
        try:
            look()
        except (StateError, json.JSONDecodeError, ValueError) as fault:
            yield str(fault).partition("\n")[0]
