"""One SQLite file: how it is opened, how a transaction begins and ends, and what its faults mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Final

from syncengine.errors import LockedError, StateError, SyncError

Row = tuple[Any, ...]

BUSY_SECONDS: Final = 5.0
CACHE_KIB: Final = 64 * 1024
FETCH: Final = 1_000
_TOGETHER: Final = 16
"""Rows that one INSERT stores: to begin and end a statement costs more than a row, and to be able to undo one of many rows does too."""

FAULTS: Final = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises; it cannot even say what is wrong where the text of its complaint is damaged too."""

_DAMAGE: Final = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}
_BUSY: Final = {"SQLITE_BUSY", "SQLITE_LOCKED"}
_DISK: Final = {
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_CANTOPEN",
    "SQLITE_READONLY",
    "SQLITE_PERM",
    "SQLITE_NOLFS",
    "SQLITE_PROTOCOL",
}
_SPOILT: Final = ("Could not decode to UTF-8", "malformed JSON")
"""What SQLite says of a text that is not what was stored."""


class Database:
    """A connection that is either in a transaction or changes nothing.

    Attributes:
        broken: Why nothing is written any more after a fault of the disk or the file; "" while all is well.
        epoch: Number of the run that holds the lock; None if this process does not hold it, and then it is not checked.
    """

    def __init__(self, file: Path, *, read_only: bool = False) -> None:
        self.file = file
        self.broken = ""
        self.epoch: int | None = None
        self.read_only = read_only
        self._depth = 0
        self._durable: bool | None = None
        mode = "ro" if read_only else "rw"
        self.connection = connect(file, mode)

    def run(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> sqlite3.Cursor:
        """Do one statement."""
        try:
            return self.connection.execute(sql, values)
        except sqlite3.IntegrityError:
            raise
        except FAULTS as fault:
            raise self._told(fault) from fault

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Do one statement for each row; return how many rows of the table it touched."""
        try:
            return self.connection.executemany(sql, rows).rowcount
        except sqlite3.IntegrityError:
            raise
        except FAULTS as fault:
            raise self._told(fault) from fault

    def insert(self, into: str, row: str, rows: Iterable[Sequence[Any]], rest: str = "") -> int:
        """Insert rows at the speed of the database; return how many were.

        Args:
            into: The statement up to VALUES; ``rest`` is what stands behind the rows.
            row: One row in brackets, with "?" for each value to bind.
        """
        size = _TOGETHER * row.count("?")
        values = list(chain.from_iterable(rows))
        ends = len(values) - len(values) % size
        whole = (values[at : at + size] for at in range(0, ends, size))
        count = self.many(f"{into} VALUES {', '.join([row] * _TOGETHER)} {rest}", whole)
        if some := (len(values) - ends) // row.count("?"):
            count += self.run(f"{into} VALUES {', '.join([row] * some)} {rest}", values[ends:]).rowcount
        return count

    def all(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """Every row of a small answer."""
        try:
            return self.connection.execute(sql, values).fetchall()
        except FAULTS as fault:
            raise self._told(fault) from fault

    def one(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Row | None:
        """The first row of an answer; None if it is empty."""
        try:
            row: Row | None = self.connection.execute(sql, values).fetchone()
        except FAULTS as fault:
            raise self._told(fault) from fault
        return row

    def number(self, sql: str, values: Sequence[Any] = ()) -> int:
        """The first column of the first row, as a number; 0 if there is none."""
        row = self.one(sql, values)
        return int(row[0]) if row and row[0] is not None else 0

    def batches(self, sql: str, values: Sequence[Any] = (), size: int = FETCH) -> Iterator[list[Row]]:
        """An answer of any size, ``size`` rows at a time."""
        try:
            cursor = self.connection.execute(sql, values)
            while rows := cursor.fetchmany(size):
                yield rows
        except FAULTS as fault:
            raise self._told(fault) from fault

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """Store everything inside whole or not at all. One inside another is a part of the outer one that can be undone alone.

        Args:
            durable: On disk when the outermost block ends. Otherwise it is on disk when the next durable one ends.

        Raises:
            StateError: Read-only, broken, or a newer run took over.
            LockedError: Another process has been writing for five seconds.
        """
        self._begin(durable)
        try:
            yield
        except BaseException:
            self._undo()
            raise
        self._commit()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Take part in the transaction that is open; else make one, durable, of this step alone."""
        if self._depth:
            yield
        else:
            with self.transaction():
                yield

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        try:
            self.connection.close()
        except FAULTS as fault:
            raise self._told(fault) from fault

    def _begin(self, durable: bool) -> None:
        if self.broken:
            raise StateError(f"{self.file}: nothing more is written: {self.broken}.\n  Run `sync state check`.")
        if self.read_only:
            raise StateError(f"{self.file}: the state was opened for reading only.")
        if self._depth:
            self.run(f"SAVEPOINT part{self._depth}")
        else:
            if durable is not self._durable:
                self.run(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            self.run("BEGIN IMMEDIATE")
            self._fence()
        self._depth += 1

    def _fence(self) -> None:
        """Refuse the commit of a run that lost its lock to a newer one: held since BEGIN, so nothing can change before COMMIT."""
        if self.epoch is None:
            return
        now = self.number("SELECT CAST(value AS INTEGER) FROM about WHERE key = 'epoch'")
        if now != self.epoch:
            self.broken = "a newer run took over"
            self.connection.rollback()
            raise StateError(
                f"{self.file}: a newer run took over (epoch {now}, this one is {self.epoch}); nothing of this one is stored any more."
            )

    def _commit(self) -> None:
        self._depth -= 1
        if self.broken:
            self._roll_back()
            raise StateError(f"{self.file}: the last step was undone, for something in it failed: {self.broken}.")
        if self._depth:
            self.run(f"RELEASE part{self._depth}")
            return
        try:
            self.run("COMMIT")
        except SyncError:
            self._roll_back()
            raise

    def _undo(self) -> None:
        self._depth -= 1
        if self._depth and self.connection.in_transaction and not self.broken:
            self.run(f"ROLLBACK TO part{self._depth}")
            self.run(f"RELEASE part{self._depth}")
        else:
            self._roll_back()

    def _roll_back(self) -> None:
        """Undo what was not committed. What fails here must not hide the fault that led here; the file rolls back when it is opened next."""
        try:
            self.connection.rollback()
        except sqlite3.Error as fault:
            self.broken = self.broken or str(fault)

    def _told(self, fault: sqlite3.Error | UnicodeDecodeError) -> Exception:
        """Say what a fault of SQLite means to the run; a fault of ours stays what it is."""
        name = getattr(fault, "sqlite_errorname", None) or ""
        primary = "_".join(name.split("_")[:2])
        if primary in _BUSY:
            return LockedError(
                f"{self.file}: another process has been writing for {BUSY_SECONDS:.0f} s.\n  Nothing was touched. Try again when it is done."
            )
        told = explained(self.file, fault)
        if told is None:
            return fault
        self.broken = f"{fault} ({name})"
        return told


def connect(file: Path, mode: str) -> sqlite3.Connection:
    """Open the file; no pragma yet, nothing is read."""
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        cached_statements=256,
    )


def explained(file: Path, fault: sqlite3.Error | UnicodeDecodeError) -> StateError | None:
    """What a fault of the disk or the file means; None if it is neither."""
    name = getattr(fault, "sqlite_errorname", None) or ""
    primary = "_".join(name.split("_")[:2])
    unreadable = isinstance(fault, UnicodeDecodeError) or str(fault).startswith(_SPOILT)
    if primary in _DAMAGE or unreadable:
        return StateError(
            f"{file}: the state is damaged ({fault}).\n"
            "  Nothing more is written to it or to any side. Restore a backup with `sync state restore`, or look first with `sync state check`."
        )
    if primary == "SQLITE_FULL":
        return StateError(
            f"{file}: the disk is full; the last step was undone.\n  Free some space and run again: it goes on where it stopped."
        )
    if primary in _DISK:
        return StateError(
            f"{file}: the disk does not let us read or write the state ({fault}, {name}).\n"
            "  Nothing more is written to it or to any side. Look at the disk, the folder's rights and the free space, then run again."
        )
    return None
