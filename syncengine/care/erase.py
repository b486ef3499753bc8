"""Erases people from a state, and keeps what it takes to know them again without knowing who they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from syncengine import forgotten
from syncengine.care.place import CLOCK, at_work, need
from syncengine.errors import UserError
from syncengine.model.entity import Entity
from syncengine.model.record import Side
from syncengine.ports import Clock, SystemIds
from syncengine.state import care
from syncengine.state.sqlite import SqliteStore, open_store


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


def people(folder: Path, clock: Clock = CLOCK) -> Sequence[forgotten.Person]:
    """Who was forgotten: a number, a day, and nothing that says who."""
    need(folder)
    with closing(open_store(folder, clock=clock, ids=SystemIds(), read_only=True)) as store:
        return forgotten.load(store.meta).people


def settle(folder: Path, number: int, *, take_back: bool, clock: Clock = CLOCK) -> None:
    """Decide about somebody who was forgotten and is still, or again, on a side.

    Args:
        take_back: They may be synced again; otherwise nothing is asked about them any more.

    Raises:
        UserError: Nobody has this number.
    """
    need(folder)
    with at_work(folder, clock) as store:
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
    need(folder)
    with at_work(folder, clock) as store:
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


def erase_again(store: SqliteStore, register: forgotten.Register) -> int:
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
