"""What a state needs over the years: old things dropped, a person forgotten without breaking the journal's chain."""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Final

from syncengine.errors import StateError, UserError
from syncengine.model.operation import OperationState
from syncengine.model.record import Side
from syncengine.state.encode import SIDES, compact, to_micros
from syncengine.state.folder import BACKUPS
from syncengine.state.schema import SETTLED_SQL
from syncengine.state.sqlite import SqliteStore
from syncengine.state.transitions import SETTLED

LEAST_DAYS: Final = 30
DEFAULT_DAYS: Final = 400
_SETTLED: Final = ", ".join(f"'{state}'" for state in sorted(SETTLED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How much was dropped."""

    entries: int
    operations: int
    records: int
    runs: int
    reviews: int


def prune(store: SqliteStore, days: int = DEFAULT_DAYS) -> Pruned:
    """Drop journal entries, settled operations, runs, gone records and closed items of the inbox that are older than this.

    The chain goes on from where it was cut. What people decided is kept: it still counts.

    Raises:
        UserError: Fewer than thirty days: until then an edit must be revertible.
    """
    if days < LEAST_DAYS:
        raise UserError(f"history is kept for at least {LEAST_DAYS} days, {days} are too few; nothing was dropped.")
    begin = store.clock.now() - timedelta(days=days)
    cut = to_micros(begin)
    database = store.database
    with store.transaction():
        last = database.one("SELECT number, digest FROM entry WHERE at < ? ORDER BY number DESC LIMIT 1", (cut,))
        entries = 0
        if last is not None:
            # Up to the last old one, even if a clock that went back put a newer time before it: the chain has one beginning.
            entries = database.run("DELETE FROM entry WHERE number <= ?", (last[0],)).rowcount
            store.history.set_end("tail", *last)
        operations = database.run(f"DELETE FROM operation WHERE changed < ? AND state IN ({_SETTLED})", (cut,)).rowcount
        # A run that an open operation or a link names by number may go: the number says enough.
        runs = database.run("DELETE FROM run WHERE ended < ?", (cut,)).rowcount
        records = 0
        for known in store.links.entities.all():
            for side in SIDES:
                records += _forget_gone(store, known.name, side, cut)
        reviews = store.reviews.prune(begin)
    return Pruned(entries=entries, operations=operations, records=records, runs=runs, reviews=reviews)


def _forget_gone(store: SqliteStore, entity: str, side: Side, cut: int | None) -> int:
    """Drop records of which there is evidence that they are gone, that no link names, and that went before ``cut``."""
    rows = store.database.all(
        "SELECT record.id FROM record JOIN entity ON entity.n = record.entity JOIN loose"
        " ON (loose.entity, loose.side, loose.n) = (record.entity, record.side, record.n)"
        " WHERE entity.name = ? AND record.side = ? AND record.presence = 2 AND record.presence <> 0 AND record.since < ?",
        (entity, SIDES.index(side), cut),
    )
    return store.mirror.forget(entity, side, [id for (id,) in rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was erased.

    Attributes:
        ids: The record's and its partners' ids, per side.
        backups: Files that were made before and still tell of the person; to be deleted by whoever keeps them.
    """

    ids: Mapping[Side, Collection[str]]
    records: int
    links: int
    entries: int
    operations: int
    reviews: int
    backups: Sequence[Path]


def forget(store: SqliteStore, entity: str, side: Side, id: str, *, then_rewrite: bool = True) -> Forgotten:
    """Erase a record, its partners and everything the state holds of them; rewrite the file so that no byte is left in it.

    Args:
        then_rewrite: False if the caller erases more people first and calls ``rewrite`` itself.

    The journal keeps its entries without their content, so that its chain holds.

    Raises:
        StateError: An operation of the record is not settled: what was sent must be known first.
    """
    found = store.links.get(entity, side, id)
    ids = {here: {id} if here is side else set[str]() for here in SIDES}
    for link in found:
        ids[Side.LEFT] |= {link.left_id} - {""}
        ids[Side.RIGHT] |= {link.right_id} - {""}
    lists = {name: compact(sorted(some)) for name, some in (("left", ids[Side.LEFT]), ("right", ids[Side.RIGHT]))}
    values = {"entity": entity, **lists}
    _refuse_open(store, values, entity, id)
    with store.transaction():
        for link in found:
            store.links.drop(link)
        records = sum(store.mirror.forget(entity, here, ids[here]) for here in SIDES)
        result = Forgotten(
            ids=ids,
            records=records,
            links=len(found),
            entries=_erase(store, _ENTRIES, values),
            operations=_erase(store, _OPERATIONS, values),
            reviews=_erase(store, _REVIEWS, values) + _erase(store, _ANSWERS, values),
            backups=[
                file
                for file in sorted((store.folder / BACKUPS).glob("*.db"))
                if holds(file, entity, ids[Side.LEFT] | ids[Side.RIGHT])
            ],
        )
    if then_rewrite:
        rewrite(store)
    return result


def rewrite(store: SqliteStore) -> None:
    """Write the file anew: what was overwritten lives on in free pages and in the write-ahead log until then."""
    store.database.run("VACUUM")
    store.database.run("PRAGMA wal_checkpoint(TRUNCATE)")


_NAMED: Final = (
    "(left_id IN (SELECT value FROM json_each(:left)) AND left_id <> ''"
    " OR right_id IN (SELECT value FROM json_each(:right)) AND right_id <> '')"
)
_ENTRIES: Final = (
    "UPDATE entry SET content = NULL, id = NULL, partner = NULL WHERE entity = :entity AND ("
    " (side = 'left' AND (id IN (SELECT value FROM json_each(:left)) OR partner IN (SELECT value FROM json_each(:right))))"
    " OR (side = 'right' AND (id IN (SELECT value FROM json_each(:right)) OR partner IN (SELECT value FROM json_each(:left)))))"
)
_OPERATIONS: Final = f"DELETE FROM operation WHERE entity = :entity AND {_NAMED}"
_ANSWERS: Final = f"DELETE FROM answer WHERE entity = :entity AND {_NAMED}"
_REVIEWS: Final = (
    "DELETE FROM review WHERE entity = :entity AND ("
    "EXISTS (SELECT 1 FROM json_each(body, '$.left_ids') i WHERE i.value IN (SELECT value FROM json_each(:left)))"
    " OR EXISTS (SELECT 1 FROM json_each(body, '$.right_ids') i WHERE i.value IN (SELECT value FROM json_each(:right))))"
)


def _refuse_open(store: SqliteStore, values: dict[str, str], entity: str, id: str) -> None:
    sql = f"SELECT key, state, left_id, right_id FROM operation WHERE entity = :entity AND {_NAMED} AND {SETTLED_SQL}"
    asked = {
        pair for item in store.reviews.open(entity) for pair in product(item.left_ids or ("",), item.right_ids or ("",))
    }
    for key, state, *pair in store.database.all(sql, values):
        if state == OperationState.PARKED and tuple(pair) not in asked:
            continue  # a person gave it up: nothing is known to be under way
        raise StateError(
            f"{entity} {id!r} cannot be forgotten yet: operation {key} is not settled, and its outcome must be known first.\n"
            "  Nothing was erased. Settle it with `sync run` or `sync review`, then try again."
        )


def _erase(store: SqliteStore, sql: str, values: dict[str, str]) -> int:
    return store.database.run(sql, values).rowcount


def holds(file: Path, entity: str, ids: Collection[str]) -> bool:
    """Tell whether a copy of the state still tells of a record, by any of its ids; True too if that cannot be seen.

    Args:
        file: A backup; it is not changed, and nothing is written beside it.
    """
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and log.stat().st_size:
        return True
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
            return any(copy.execute(sql, {"entity": entity, "ids": compact(sorted(ids))}).fetchone() for sql in _HOLDS)
    except (sqlite3.Error, UnicodeDecodeError):
        return True


_IDS: Final = "IN (SELECT value FROM json_each(:ids))"
_HOLDS: Final = (
    f"SELECT 1 FROM record JOIN entity ON entity.n = record.entity WHERE entity.name = :entity AND record.id {_IDS}",
    f"SELECT 1 FROM entry WHERE entity = :entity AND (id {_IDS} OR partner {_IDS})",
    f"SELECT 1 FROM operation WHERE entity = :entity AND (left_id {_IDS} OR right_id {_IDS})",
)
