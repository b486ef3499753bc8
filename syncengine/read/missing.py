"""Asks a side about records that a complete listing no longer shows: a deletion needs evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from syncengine.connector import Endpoint
from syncengine.model.record import Deletion, Observed
from syncengine.ports import Clock
from syncengine.state.store import StateStore


def look_up(endpoint: Endpoint, store: StateStore, clock: Clock, *, most: int) -> tuple[int, int]:
    """Look up missing records: what is found is present after all, what is not found is gone.

    Args:
        most: If more than this many are missing, none is looked up: a listing that shrank so much is not believed.

    Returns:
        How many are gone, how many were found.

    Raises:
        Transient: The side could not be asked; nothing more is concluded.
    """
    missing = list(islice(store.mirror.missing(endpoint.entity, endpoint.side), most + 1))
    if len(missing) > most:
        return 0, 0
    generation = store.checkpoint(endpoint.entity, endpoint.side).generation
    gone = found = 0
    for batch in _batches(missing, endpoint.resource.fetch_size):
        shown = endpoint.connector.fetch(endpoint.query, [item.id for item in batch])
        with store.transaction():
            lost = [Deletion(id=item.id) for item in batch if item.id not in shown]
            back = [endpoint.lens.observe(endpoint.side, shown[item.id]) for item in batch if item.id in shown]
            gone += store.mirror.remove(endpoint.entity, endpoint.side, lost, clock.now())
            found += store.mirror.put(endpoint.entity, endpoint.side, generation, back)
    return gone, found


def _batches(items: Iterable[Observed], size: int) -> Iterator[list[Observed]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
