"""Asks a side about records that a complete listing no longer shows: a deletion needs evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from syncengine.model.record import Deletion, Observed
from syncengine.ports import Clock
from syncengine.read.source import Source
from syncengine.state.store import StateStore


def look_up(source: Source, store: StateStore, clock: Clock, *, fetch_size: int, most: int) -> tuple[int, int]:
    """Look up missing records: what is found is present after all, what is not found is gone.

    Args:
        fetch_size: Ids one call can look up.
        most: If more than this many are missing, none is looked up: a listing that shrank so much is not believed.

    Returns:
        How many are gone, how many were found.

    Raises:
        Transient: The side could not be asked; nothing more is concluded.
    """
    missing = list(islice(store.mirror.missing(source.entity, source.side), most + 1))
    if len(missing) > most:
        return 0, 0
    generation = store.checkpoint(source.entity, source.side).generation
    gone = found = 0
    for batch in _batches(missing, fetch_size):
        shown = source.connector.fetch(source.query, [item.id for item in batch])
        with store.transaction():
            lost = [Deletion(id=item.id) for item in batch if item.id not in shown]
            back = [source.lens.observe(source.side, shown[item.id]) for item in batch if item.id in shown]
            gone += store.mirror.remove(source.entity, source.side, lost, clock.now())
            found += store.mirror.put(source.entity, source.side, generation, back)
    return gone, found


def _batches(items: Iterable[Observed], size: int) -> Iterator[list[Observed]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
