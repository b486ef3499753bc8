"""The reading half of a run: endpoints wired, both sides pulled, the mirror laid out for this mapping, and what planning sees of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from syncengine.connector import Clocked, Endpoint, Query
from syncengine.decide.guard import Facts
from syncengine.decide.sight import Sight
from syncengine.decide.translate import LookupTable, compile_lens
from syncengine.errors import Transient
from syncengine.model.entity import Entity, FieldRule, Lookup, Position
from syncengine.model.lens import Lens
from syncengine.model.operation import Action, FieldChange, Operation, OperationState, Pending
from syncengine.model.plan import Plan
from syncengine.model.record import ABSENT, Observed, Side
from syncengine.model.result import Reading
from syncengine.model.review import Waiting
from syncengine.model.values import fingerprint, to_json
from syncengine.read.missing import look_up
from syncengine.read.pull import Pulled, pull
from syncengine.setting import Setting
from syncengine.state.store import Checkpoint, StateStore

_log = logging.getLogger(__name__)

_SHRUNK = 0.2
"""A listing that lost more than this share is not asked about record by record; the guard ``shrink`` speaks."""
_FEW = 25

_BOUNCING = timedelta(days=7)
"""A value that was written longer ago than this and is written again is no game of two programs."""

RECONCILE: Final = timedelta(days=7)
"""A side is listed whole at least so often: whatever slipped through an incremental pull is found then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """Compiled mappings, and the endpoints they give."""

    lenses: Mapping[str, Lens]
    endpoints: Mapping[tuple[str, Side], Endpoint]


def wire(setting: Setting) -> Wired:
    """Compile every entity's mapping, and read the value tables that it needs live.

    Raises:
        Transient: A value table could not be read.
    """
    tables = {name: read_table(setting, lookup) for name, lookup in setting.lookups.items()}
    lenses: dict[str, Lens] = {}
    endpoints: dict[tuple[str, Side], Endpoint] = {}
    for entity in setting.entities:
        left, right = setting.resource(entity, Side.LEFT), setting.resource(entity, Side.RIGHT)
        lens = compile_lens(entity, left, right, tables, today=setting.clock.now().date())
        lenses[entity.name] = lens
        for side, resource in ((Side.LEFT, left), (Side.RIGHT, right)):
            end = entity.end(side)
            endpoints[entity.name, side] = Endpoint(
                entity=entity.name,
                side=side,
                system=end.system,
                connector=setting.connectors[end.system],
                resource=resource,
                query=Query(resource=end.resource, fields=lens.asks(side)),
                lens=lens,
            )
    return Wired(lenses=lenses, endpoints=endpoints)


def read_table(setting: Setting, lookup: Lookup) -> LookupTable:
    """A value table with what its system holds now."""
    if not lookup.table:
        return LookupTable(lookup=lookup)
    connector = setting.connectors[lookup.system]
    query = Query(resource=lookup.table, fields=(lookup.key,))
    known: set[str] = set()
    for page in connector.pull(query, None):
        for row in page.rows:
            value = connector.parse(query, row).get(lookup.key)
            if value is not None and value is not ABSENT:
                known.add(str(value))
    return LookupTable(lookup=lookup, known=frozenset(known))


def lay_out(setting: Setting, wired: Wired, entity: Entity) -> bool:
    """Bring mirror and bases into this mapping's order of fields; True if every row must be read and mapped again.

    A field whose translation changed loses its base: both sides' new values are compared as at a first link, so unchanged data agrees.
    """
    links, meta = setting.store.links, setting.store.meta
    layout = wired.lenses[entity.name].layout
    now = {rule.name: _shape(rule) for rule in entity.fields if rule.name in layout}
    now["*"] = _digest([entity.where, entity.inactive, entity.protect])
    stored = meta.get(f"fields:{entity.name}")
    if stored is not None and json.loads(stored) == now and links.layout(entity.name) == layout:
        return False
    before: Mapping[str, str] = json.loads(stored) if stored is not None else {}
    kept = [name for name in links.layout(entity.name) if before.get(name) == now.get(name)]
    with setting.store.transaction():
        if links.layout(entity.name):
            links.relay(entity.name, kept, many=entity.many)
        links.relay(entity.name, layout, many=entity.many)
        setting.store.mirror.stale(entity.name)
        meta.set(f"fields:{entity.name}", json.dumps(now, sort_keys=True))
    return True


def read_sides(setting: Setting, wired: Wired, entity: Entity, *, full: bool) -> Sequence[Reading]:
    """Pull both sides of an entity and ask about what a complete listing no longer shows."""
    afresh = lay_out(setting, wired, entity) or full
    return [_read_side(setting, wired.endpoints[entity.name, side], afresh) for side in Side]


def _read_side(setting: Setting, endpoint: Endpoint, full: bool) -> Reading:
    store, began = setting.store, setting.clock.monotonic()
    before = store.mirror.count(endpoint.entity, endpoint.side)
    full = full or _is_due(store.checkpoint(endpoint.entity, endpoint.side), setting.clock.now())
    before_that = _unread(store, endpoint)
    read: set[str] = set()
    seen = (lambda row: read.add(row.id)) if before_that else None
    pulled = pull(endpoint, store, setting.clock, full=full, seen=seen)
    if pulled.horizon and not pulled.reading.full:
        pulled = pull(endpoint, store, setting.clock, full=True)
    _note_unreadable(store, endpoint, pulled, before_that, read)
    reading = pulled.reading
    if not reading.incomplete and (unknown := _unknown(store, endpoint)):
        reading = replace(reading, incomplete=f"{unknown} unreadable row{'s' if unknown > 1 else ''}")
    if reading.missing:
        gone, _ = look_up(endpoint, store, setting.clock, most=max(_FEW, int(before * _SHRUNK)))
        reading = replace(reading, deleted=reading.deleted + gone)
    counts = (
        endpoint.entity,
        endpoint.system,
        reading.rows,
        "all" if reading.full else "changes",
        reading.changed,
        reading.deleted,
    )
    _log.info("%s: %s sent %d rows (%s), %d new, %d deleted, in %.2f s", *counts, setting.clock.monotonic() - began)
    return reading


def _is_due(checkpoint: Checkpoint, now: datetime) -> bool:
    """True if the last full listing is so long ago that everything is listed again."""
    return checkpoint.full is None or now - checkpoint.full >= RECONCILE


def _unread(store: StateStore, endpoint: Endpoint) -> Mapping[str, str]:
    """Subject of each open item about a row that cannot be read → the row's id, or its place."""
    items = store.reviews.open(endpoint.entity, Waiting.UNREADABLE)
    left = endpoint.side is Side.LEFT
    return {item.subject: place for item in items for place in (item.left_ids if left else item.right_ids)}


def _note_unreadable(
    store: StateStore, endpoint: Endpoint, pulled: Pulled, before: Mapping[str, str], read: Collection[str]
) -> None:
    """Keep the inbox true to the last listing: a row that reads well again leaves it."""
    if not pulled.unreadable and not before:
        return
    now = {item.subject for item in pulled.unreadable}
    well = {subject for subject, place in before.items() if pulled.reading.full or place in read}
    with store.transaction():
        store.reviews.settle(well - now)
        store.reviews.add(pulled.unreadable)


def _unknown(store: StateStore, endpoint: Endpoint) -> int:
    """How many rows cannot be read and were never read before: nobody can tell who stands there, be it now or in a later listing of changes."""
    places = set(_unread(store, endpoint).values())
    return len(places - store.mirror.get(endpoint.entity, endpoint.side, places).keys()) if places else 0


def sight(setting: Setting, wired: Wired, entity: Entity, readings: Iterable[Reading]) -> Sight:
    """What planning sees of one entity."""
    store, name = setting.store, entity.name

    @lru_cache(maxsize=100_000)
    def partner(other: str, side: Side, id: str) -> str | None:
        return store.links.partners(other, side, [id]).get(id)

    unsettled = [noted.operation for noted in store.journal.open() if noted.operation.entity == name]
    births = [op for op in unsettled if op.action is Action.CREATE]
    parked = [noted.operation for noted in store.journal.open(OperationState.PARKED)]
    return Sight(
        entity=entity,
        lens=wired.lenses[name],
        resources={side: setting.resource(entity, side) for side in Side},
        pairs=lambda: store.links.pairs(name),
        unlinked=lambda side: store.mirror.unlinked(name, side),
        rows=lambda side: _present(store.mirror.rows(name, side)),
        links=lambda side, id: store.links.get(name, side, id),
        twins=lambda: store.mirror.twins(name),
        keys=lambda maker: store.mirror.keys(name, maker),
        partner=partner,
        answers=store.reviews.answers(name),
        counts={side: store.mirror.count(name, side) for side in Side},
        before={side: int(store.meta.get(f"count:{name}:{side}") or 0) for side in Side},
        linked=store.links.count(name),
        first=store.meta.get(f"approved:{name}") is None,
        incomplete={item.side: item.incomplete for item in readings if item.entity == name and item.incomplete},
        birth_keys=frozenset(op.key for op in births),
        unsettled=tuple(births),
        asked=store.reviews.open(name, Waiting.MATCH),
        since=datetime.fromisoformat(began) if (began := store.meta.get(f"began:{name}")) else None,
        unproven=frozenset(side for side in Side if store.meta.get(_effects_key(name, side)) is None),
        parked=frozenset(op.key for op in parked if op.entity == name),
    )


def facts(setting: Setting) -> Facts:
    """What guards need to know and no mirror shows: how the sides' clocks go, what writes did before."""

    def turns(operation: Operation, change: FieldChange) -> int:
        if not operation.id or isinstance(change.after, Pending):
            return 0
        told = setting.store.journal.entries(entity=operation.entity, id=operation.id)
        recent = (
            entry for entry in told if entry.side is operation.side and setting.clock.now() - entry.at < _BOUNCING
        )
        wanted = to_json(change.after)
        return sum(
            any(item["name"] == change.name and item["after"] == wanted for item in entry.changes) for entry in recent
        )

    return Facts(clock=_clocks(setting), side_effects=_effects(setting), turns=turns)


def _clocks(setting: Setting) -> Mapping[str, float]:
    """System → by how many seconds its clock is ahead of ours; only those that told the time."""
    told = {name: side.ahead() for name, side in setting.connectors.items() if isinstance(side, Clocked)}
    return {name: seconds for name, seconds in told.items() if seconds is not None}


def _effects(setting: Setting) -> Mapping[str, Sequence[str]]:
    """Entity → fields that the first update on a side changed though they were not sent; see ``write.proof``."""
    found: dict[str, list[str]] = {}
    for entity in setting.entities:
        mapped = {rule.name for rule in entity.fields}
        noted = [setting.store.meta.get(_effects_key(entity.name, side)) for side in Side]
        found[entity.name] = [name for text in noted if text for name in json.loads(text) if name in mapped]
    return found


def settle_effects(setting: Setting, plan: Plan) -> None:
    """Take the side effects that somebody allowed in this plan for the sides' way, inside the caller's transaction."""
    for breach in plan.breaches:
        for side in Side if breach.guard == "side-effects" else ():
            if setting.store.meta.get(_effects_key(breach.entity, side)):
                setting.store.meta.set(_effects_key(breach.entity, side), "[]")


def _effects_key(entity: str, side: Side) -> str:
    return f"effects:{entity}:{side}"


def budgets(setting: Setting) -> Mapping[str, Any]:
    """System → what it still allows; a side that cannot say now is left out."""
    found: dict[str, Any] = {}
    for name, connector in setting.connectors.items():
        try:
            found[name] = connector.budget()
        except Transient:
            continue
    return found


def _present(rows: Iterable[Observed]) -> Iterable[Observed]:
    return (row for row in rows if row.present)


def _shape(rule: FieldRule) -> str:
    """Digest of what forms a field's common value; rules that only decide do not count."""
    forming = (rule.source, rule.constant, rule.use, rule.to_right, rule.to_left, rule.lookup, rule.ref, rule.compare)
    return _digest(forming)


def _digest(value: object) -> str:
    return format(fingerprint(repr(_bare(value)).encode()) & (2**64 - 1), "016x")


def _bare(value: object) -> object:
    """A value without places in the file, in one order: to move a line is no change of the mapping."""
    if value is None or isinstance(value, str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return [(f.name, _bare(getattr(value, f.name))) for f in fields(value) if f.type != Position and f.name != "at"]
    if isinstance(value, Mapping):
        return sorted((str(key), _bare(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return [_bare(item) for item in value]
    return value
