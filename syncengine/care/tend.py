"""What a person does to a project's state: look at all of it, copy it, put a copy back, drop what is old, erase somebody."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from syncengine import forgotten
from syncengine.care.daily import set_older
from syncengine.config.load import load
from syncengine.errors import StateError, SyncError, UserError
from syncengine.model.entity import Entity
from syncengine.model.record import Side
from syncengine.ports import Clock, SystemClock, SystemIds
from syncengine.state import backup as copies
from syncengine.state import care
from syncengine.state import lock as run_lock
from syncengine.state.backup import backup_daily
from syncengine.state.check import Health, check
from syncengine.state.folder import BACKUPS, DATABASE
from syncengine.state.lock import Holder
from syncengine.state.sqlite import SqliteStore, open_store

CLOCK: Final = SystemClock()
_PARTS: Final = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A backup there is."""

    file: Path
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What putting a backup back came to.

    Attributes:
        again: How many people were erased anew, who had been forgotten since the backup was made.
        untold: Why nobody could be; "" if all is well.
    """

    health: Health
    again: int = 0
    untold: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """Somebody who was erased.

    Attributes:
        number: What the inbox calls them if they return.
        ids: Side → ids under which they were known.
    """

    number: int
    ids: dict[Side, tuple[str, ...]]
    records: int
    entries: int
    backups: tuple[Path, ...]


def state_folder(root: Path) -> Path:
    """Where a project's state lies; only its mapping is read, so that a damaged state can be tended.

    Raises:
        ConfigError: The mapping is missing or wrong.
    """
    return root / load(root / "sync.yaml").state


def look(folder: Path, clock: Clock = CLOCK) -> Health:
    """Read everything the state holds.

    Raises:
        UserError: There is no state yet.
        LockedError: A run is at work.
        StateError: The state is damaged; names the first places.
    """
    _need(folder)
    with (
        run_lock.held(folder, clock.now()),
        closing(open_store(folder, clock=clock, ids=SystemIds(), read_only=True)) as s,
    ):
        return check(s)


def holder(folder: Path) -> Holder | None:
    """Who holds the run lock; None if nobody does."""
    return run_lock.holder(folder) if folder.is_dir() else None


def backups(folder: Path) -> list[Copy]:
    """The backups beside the state, oldest first."""
    found = [(file.stat().st_mtime, file) for file in (folder / BACKUPS).glob("[!.]*.db")]
    return [Copy(file=file, bytes=file.stat().st_size) for _, file in sorted(found)]


def back_up(folder: Path, file: Path | None = None, clock: Clock = CLOCK) -> Copy:
    """Copy the state, also while a run is at work.

    Args:
        file: A new file; None for one beside the state, named by the time.

    Raises:
        UserError: There is no state yet, or the file exists.
        StateError: The disk does not let us.
    """
    _need(folder)
    if file is None:
        (folder / BACKUPS).mkdir(mode=0o700, exist_ok=True)
        file = folder / BACKUPS / f"manual-{clock.now():%Y%m%dT%H%M%SZ}.db"
    with closing(open_store(folder, clock=clock, ids=SystemIds())) as store:
        copies.backup(store, file)
    return Copy(file=file, bytes=file.stat().st_size)


def put_back(folder: Path, source: Path, clock: Clock = CLOCK) -> Restored:
    """Put a backup in the state's place. Whoever was forgotten since is erased from it too, and the next run only links.

    Raises:
        UserError: There is no such backup.
        LockedError: A run is at work.
        StateError: The backup is damaged or not ours; nothing was changed.
    """
    inside = folder / BACKUPS / source
    source = inside if not source.exists() and inside.is_file() else source
    register, untold = _register(folder, clock)
    health = copies.restore(folder, source, clock=clock, ids=SystemIds())
    with _at_work(folder, clock) as store:
        set_older(store, f"restored from {source.name}")
        again = 0 if register is None else _erase_again(store, register)
    return Restored(health=health, again=again, untold=untold)


def prune(folder: Path, days: int = care.DEFAULT_DAYS, clock: Clock = CLOCK) -> care.Pruned:
    """Drop history that is older.

    Raises:
        UserError: There is no state yet, or the days are too few.
    """
    _need(folder)
    with _at_work(folder, clock) as store:
        return care.prune(store, days)


def people(folder: Path, clock: Clock = CLOCK) -> Sequence[forgotten.Person]:
    """Who was forgotten: a number, a day, and nothing that says who."""
    _need(folder)
    with closing(open_store(folder, clock=clock, ids=SystemIds(), read_only=True)) as store:
        return forgotten.load(store.meta).people


def settle(folder: Path, number: int, *, take_back: bool, clock: Clock = CLOCK) -> None:
    """Decide about somebody who was forgotten and is still, or again, on a side.

    Args:
        take_back: They may be synced again; otherwise nothing is asked about them any more.

    Raises:
        UserError: Nobody has this number.
    """
    _need(folder)
    with _at_work(folder, clock) as store:
        register = forgotten.load(store.meta)
        person = next((person for person in register.people if person.number == number), None)
        if person is None:
            known = ", ".join(str(person.number) for person in register.people) or "nobody"
            raise UserError(f"Nobody who was forgotten has number {number}. There are: {known}.")
        with store.transaction():
            forgotten.save(store.meta, register.without(number) if take_back else register.leave(number))
            for side in Side:
                # Their records are known as bare ids and may not have changed: they are read once more.
                store.save_checkpoint(person.entity, side, replace(store.checkpoint(person.entity, side), cursor=None))


def forget(
    folder: Path, entity: str, ids: Sequence[str], rules: Entity | None, side: Side | None = None, clock: Clock = CLOCK
) -> list[Erased]:
    """Erase people: each record, its partners, and all that is kept of them. Their marks stay, so that they are known if they return.

    Args:
        rules: The entity as the mapping has it; None if it no longer does.
        side: Whose ids they are; None to take the side that knows the id.

    Raises:
        UserError: An id is unknown, or known to both sides as different records; nobody was erased.
        StateError: An operation of theirs is not settled; nobody was erased.
    """
    _need(folder)
    with _at_work(folder, clock) as store:
        register = forgotten.load(store.meta)
        if not register.salt:
            register = forgotten.Register(salt=SystemIds().token(32))
        found = [(_side_of(store, register, entity, id, side), id) for id in ids]
        erased = []
        with store.transaction():
            for one, id in found:
                marks = set(_marks(store, register.salt, entity, rules, one, id))
                gone = care.forget(store, entity, one, id, then_rewrite=False)
                register = register.add(entity, marks, f"{clock.now():%Y-%m-%d}")
                number = next(p.number for p in register.people if p.entity == entity and marks & set(p.marks))
                erased.append(
                    Erased(
                        number=number,
                        ids={s: tuple(sorted(gone.ids[s])) for s in Side},
                        records=gone.records,
                        entries=gone.entries,
                        backups=tuple(gone.backups),
                    )
                )
            forgotten.save(store.meta, register)
        care.rewrite(store)
    return erased


def delete_backups(folder: Path, files: Collection[Path], clock: Clock = CLOCK) -> Copy | None:
    """Delete backups, and make a new one where none of today is left.

    Raises:
        StateError: One cannot be deleted.
    """
    try:
        for file in files:
            for part in _PARTS:
                with suppress(FileNotFoundError):
                    file.with_name(f"{file.name}{part}").unlink()
    except OSError as fault:
        raise StateError(f"{fault.filename}: this backup cannot be deleted: {fault.strerror}.") from fault
    with _at_work(folder, clock) as store:
        made = backup_daily(store)
    return None if made is None else Copy(file=made, bytes=made.stat().st_size)


@contextmanager
def _at_work(folder: Path, clock: Clock) -> Iterator[SqliteStore]:
    """The store, open and locked."""
    with closing(open_store(folder, clock=clock, ids=SystemIds())) as store, store.lock():
        yield store


def _need(folder: Path) -> None:
    if not (folder / DATABASE).exists():
        raise UserError(f"{folder}: there is no state yet. The first `sync plan` or `sync run` makes it.")


def _register(folder: Path, clock: Clock) -> tuple[forgotten.Register | None, str]:
    """Who was forgotten until now, None if that cannot be told; and why, for a state to be replaced may be damaged."""
    if not (folder / DATABASE).exists():
        return None, ""
    try:
        with closing(open_store(folder, clock=clock, ids=SystemIds(), read_only=True)) as store:
            return forgotten.load(store.meta), ""
    except SyncError:
        return None, "the state it replaces cannot be read, so who was forgotten since is not known"


def _erase_again(store: SqliteStore, register: forgotten.Register) -> int:
    """Erase from a restored state whoever was forgotten after it was made; return how many records. What was decided since counts."""
    todo = []
    for known in store.links.entities.all():
        marks = register.known(known.name)
        for side in Side if marks else ():
            for row in store.mirror.rows(known.name, side):
                (mark,) = forgotten.marks(register.salt, None, side, row.id)
                if mark in marks and any(row.values):
                    todo.append((known.name, side, row.id))
    with store.transaction():
        done = sum(care.forget(store, *record, then_rewrite=False).records for record in todo)
        forgotten.save(store.meta, register)
    if done:
        care.rewrite(store)
    return done


def _side_of(store: SqliteStore, register: forgotten.Register, entity: str, id: str, side: Side | None) -> Side:
    """The side whose record this is; one that was forgotten before is known by its mark."""
    sides = [side] if side is not None else list(Side)
    found = [one for one in sides if store.mirror.get(entity, one, [id]) or store.links.get(entity, one, id)]
    if not found:
        known = register.known(entity)
        found = [one for one in sides if not known.keys().isdisjoint(forgotten.marks(register.salt, None, one, id))]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(
            f'Both sides of {entity} have a record "{id}". Say which is meant: --side left or --side right. Nobody was erased.'
        )
    if side is not None and any(store.journal.entries(entity=entity, id=id)):
        return side
    raise UserError(
        f'No record of {entity} with id "{id}" is known. Nobody was erased.\n'
        "  Ids are those of either side, whole; with --side LEFT|RIGHT also one that only the history still has."
    )


def _marks(store: SqliteStore, salt: str, entity: str, rules: Entity | None, side: Side, id: str) -> Iterator[str]:
    """The marks of a record and of its partners."""
    layout = store.links.layout(entity)
    fits = rules is not None and rules.layout == layout
    ids = {side: {id}, side.other: set[str]()}
    for link in store.links.get(entity, side, id):
        ids[Side.LEFT] |= {link.left_id} - {""}
        ids[Side.RIGHT] |= {link.right_id} - {""}
    for one, names in ids.items():
        rows = store.mirror.get(entity, one, names)
        for name in names:
            values = rows[name].values if name in rows else ()
            yield from forgotten.marks(salt, rules if fits else None, one, name, layout, values)
