"""The state store that ships: one SQLite file in a private folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from syncengine.errors import LockedError, StateError
from syncengine.model.record import Side
from syncengine.ports import Clock, Ids
from syncengine.state import lock as run_lock
from syncengine.state import rescue, witness
from syncengine.state.checkpoints import Checkpoints
from syncengine.state.database import CACHE_KIB, FAULTS, Database, explained
from syncengine.state.entities import Entities
from syncengine.state.folder import BACKUPS, DATABASE, make_private, ordinary, prepare, refuse_network
from syncengine.state.history import History
from syncengine.state.journal import SqliteJournal
from syncengine.state.links import SqliteLinks
from syncengine.state.meta import SqliteMeta
from syncengine.state.migrations.steps import VERSION, migrate
from syncengine.state.mirror import SqliteMirror
from syncengine.state.observed import damaged
from syncengine.state.reviews import SqliteReviews
from syncengine.state.schema import APPLICATION_ID, SCHEMA, strange
from syncengine.state.store import Checkpoint

_PAGE_SIZE: Final = slice(16, 18)
_PAGES: Final = slice(28, 32)


class SqliteStore:
    """All subjects over one file; see ``store.StateStore``. Made by ``open_store``."""

    def __init__(self, folder: Path, database: Database, clock: Clock, ids: Ids) -> None:
        self.folder = folder
        self.database = database
        self.clock = clock
        entities = Entities(database)
        self.mirror = SqliteMirror(database, entities)
        self.links = SqliteLinks(database, entities)
        self.history = History(database, ids)
        self.journal = SqliteJournal(database, self.history)
        self.reviews = SqliteReviews(database, clock)
        self.meta = SqliteMeta(database)
        self._checkpoints = Checkpoints(database)

    @property
    def broken(self) -> str:
        """Why nothing is written any more; "" while all is well."""
        return self.database.broken

    def checkpoint(self, entity: str, side: Side) -> Checkpoint:
        return self._checkpoints.get(entity, side)

    def save_checkpoint(self, entity: str, side: Side, checkpoint: Checkpoint) -> None:
        self._checkpoints.set(entity, side, checkpoint)

    def transaction(self, *, durable: bool = True) -> AbstractContextManager[None]:
        return self.database.transaction(durable=durable)

    def rescue(self, notes: Sequence[Mapping[str, str]]) -> str:
        return rescue.keep(self.folder, notes)

    @contextmanager
    def lock(self) -> Iterator[None]:
        if self.database.epoch is not None:
            raise LockedError(f"{self.folder}: this run holds the lock already.")
        with run_lock.held(self.folder, self.clock.now()):
            serial = self._take_over()
            try:
                yield
                if not self.broken and self.meta.serial() != serial:
                    self._bear_witness()
            finally:
                self.database.epoch = None

    def _take_over(self) -> int:
        """Fence off whoever held the lock before, and notice an older state; return the serial."""
        serial, before = self.meta.serial(), int(self.meta.about("epoch") or 0)
        epoch = before + 1
        why = witness.older(self.folder, self.meta.lineage(), serial, before) or self._copied()
        with self.database.transaction():
            self.meta.note("epoch", str(epoch))
            self.meta.note("host", os.uname().nodename)
            if why:
                self.meta.set(witness.OLDER, why)
                self.meta.note(witness.COPIED, "")
        self.database.epoch = epoch
        self._bear_witness()
        return serial

    def _bear_witness(self) -> None:
        witness.note(self.folder, self.meta.lineage(), self.meta.serial(), int(self.meta.about("epoch")))

    def _copied(self) -> str:
        """Why this is a copy in the state's place; "" if it is not one."""
        made = self.meta.about(witness.COPIED)
        return f"it is a backup, made {made}" if made else ""

    def close(self) -> None:
        self.database.close()


def open_store(folder: Path, *, clock: Clock, ids: Ids, read_only: bool = False) -> SqliteStore:
    """Open the state in a folder, and make it if there is none.

    Args:
        clock: For the time in the lock and the name of a backup.
        ids: For the lineage of a new state and the salt of journal entries.
        read_only: Nothing is made, changed or brought to a newer version.

    Raises:
        StateError: The state is damaged, foreign, newer than this program, on a network disk, or the disk does not let us.
        LockedError: Another process is making or migrating it.
    """
    refuse_network(folder)
    file = _existing(folder) if read_only else prepare(folder)
    try:
        _refuse_truncated(file)
        database = Database(file, read_only=read_only)
        try:
            _set_up(database, folder, clock, ids, read_only=read_only)
        except BaseException:
            database.close()
            raise
    except FAULTS as fault:
        told = explained(file, fault)
        if told is not None:
            raise told from fault
        raise
    return SqliteStore(folder, database, clock, ids)


def _existing(folder: Path) -> Path:
    file = folder / DATABASE
    if not file.exists():
        raise StateError(f"{folder}: there is no state yet.\n  The first `sync plan` or `sync run` makes it.")
    ordinary(file)
    return file


def _refuse_truncated(file: Path) -> None:
    """Refuse a file that is shorter than it says; one with a write-ahead log may be, for a moment.

    Raises:
        StateError: It is shorter.
    """
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and log.stat().st_size:
        return
    with file.open("rb") as stream:
        head = stream.read(100)
    pages = int.from_bytes(head[_PAGES], "big")
    size = int.from_bytes(head[_PAGE_SIZE], "big")
    # 1 stands for 65,536, which does not fit in two bytes. Source: sqlite.org/fileformat2.html, "page size".
    expected = pages * (65_536 if size == 1 else size)
    if (head and len(head) < 100) or file.stat().st_size < expected:
        raise StateError(
            f"{file}: the state is damaged: it is {file.stat().st_size:,} bytes long and should be {expected:,}.\n"
            "  Nothing was touched. Restore a backup with `sync state restore`."
        )


def _set_up(database: Database, folder: Path, clock: Clock, ids: Ids, *, read_only: bool) -> None:
    """Set the pragmas, read back those that can fail, and bring the schema to this version."""
    version = _version(database)
    for pragma in (f"cache_size = -{CACHE_KIB}", "foreign_keys = ON", "secure_delete = FAST", "trusted_schema = OFF"):
        database.run(f"PRAGMA {pragma}")
    if read_only:
        if version < VERSION:
            raise StateError(
                f"{database.file}: the state is of version {version}; `sync run` brings it to {VERSION} first."
            )
        database.run("PRAGMA query_only = ON")
        _refuse_strange(database)
        return
    if (answer := database.one("PRAGMA journal_mode = WAL")) != ("wal",):
        raise StateError(
            f"{database.file}: the disk does not keep a write-ahead log (SQLite answered {answer}).\n"
            "  Nothing was touched. Name a folder on a local disk as `state` in sync.yaml."
        )
    if version < VERSION:
        migrate(database.connection, _backup(folder, clock, version) if version else None)
    _refuse_strange(database)
    if not SqliteMeta(database).lineage():
        with database.transaction():
            meta = SqliteMeta(database)
            if not meta.lineage():
                meta.note("lineage", ids.token(16))
                meta.note("made", clock.now().isoformat())


def _version(database: Database) -> int:
    """The schema's version; 0 for an empty file.

    Raises:
        StateError: The file is another program's, or a newer version's.
    """
    # One look at all three: another process may be making the state just now.
    database.run("BEGIN")
    owner = database.number("PRAGMA application_id")
    version = database.number("PRAGMA user_version")
    tables = database.number("SELECT count(*) FROM sqlite_master")
    database.run("COMMIT")
    if owner != APPLICATION_ID and (owner or tables):
        raise StateError(
            f"{database.file}: this is not a state of syncengine (application id {owner:#x}).\n"
            "  Nothing was touched. Move it away, or name another folder as `state` in sync.yaml."
        )
    if owner == APPLICATION_ID and version <= 0:
        raise damaged("its version number")
    if version > VERSION:
        raise StateError(
            f"{database.file}: the state is of version {version}; this program knows versions up to {VERSION}.\n"
            "  Nothing was touched. Install the newer syncengine again, or restore a backup made before it."
        )
    return version


def _refuse_strange(database: Database) -> None:
    """Refuse a schema that is not word for word ours: it takes a fraction of a millisecond to see.

    Raises:
        StateError: Something is missing, was changed or was added.
    """
    for fault in strange(database.all(SCHEMA)):
        raise StateError(
            f"{database.file}: the state is damaged: {fault}.\n  Nothing was touched. Restore a backup with `sync state restore`."
        )


def _backup(folder: Path, clock: Clock, version: int) -> Path:
    """Where the copy goes that is made before a migration."""
    backups = folder / BACKUPS
    backups.mkdir(mode=0o700, exist_ok=True)
    file = backups / f"before-migration-v{version}-{clock.now():%Y%m%dT%H%M%SZ}-{os.getpid()}.db"
    make_private(file)
    return file
