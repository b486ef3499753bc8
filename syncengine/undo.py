"""Puts back what earlier runs changed: a plan of updates, each only where the side still shows what was written there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from syncengine.connector import Endpoint
from syncengine.decide.digest import digest
from syncengine.decide.operations import update
from syncengine.decide.subject import Subject
from syncengine.errors import UserError
from syncengine.forgotten import watch
from syncengine.model.entity import Write
from syncengine.model.operation import Action, FieldChange, Operation, Pending
from syncengine.model.operation_json import load_change
from syncengine.model.plan import Plan
from syncengine.model.record import ABSENT, Observed, Side, Value
from syncengine.pins import check_pins
from syncengine.run import state_of
from syncengine.setting import Setting
from syncengine.state.store import Entry
from syncengine.survey import Wired, sight, wire

Record = tuple[str, Side, str]
"""Entity, side, id."""

DONE = "done"
UNDO = "undo"


@dataclass(slots=True)
class _Field:
    """What one field of a record must show now, and what it showed before; several writes of it are one."""

    entries: list[int]
    shows: Value | Pending
    before: Value


@dataclass(slots=True, kw_only=True)
class _Todo:
    """One record's fields to put back."""

    partner: str
    fields: dict[str, _Field] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """A plan that puts back, and what it leaves as it is.

    Attributes:
        kept: For people: what is not put back, and why.
    """

    plan: Plan
    kept: tuple[str, ...]


def undo(setting: Setting, *, run: int | None = None, entries: Sequence[int] = ()) -> Undoing:
    """Plan to put back the updates of a run, or single entries of the journal. The sides are asked, and nothing is written.

    Creates and deletes are not undone: a record that others refer to by now is not to vanish, and a new one has another id.

    Raises:
        UserError: There is no such run or entry, or what was written then was forgotten or dropped.
        LoginError, Transient: A side cannot be asked.
    """
    check_pins(setting)
    wired = watch(setting, wire(setting))
    kept: list[str] = []
    todo = _gather(_chosen(setting, run, entries), kept, wired)
    operations = []
    for (entity, side), records in _by_endpoint(todo):
        maker = _Maker(setting, wired, wired.endpoints[entity, side], kept)
        operations += [op for op in maker.make(records) if op is not None]
    plan = Plan(mapping=setting.mapping, lineage=state_of(setting), operations=_on_both_sides(operations))
    return Undoing(plan=replace(plan, digest=digest(plan)), kept=tuple(kept))


def _on_both_sides(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Where a field is put back on both sides of a pair, neither write knows what the other side shows when it is done."""
    where = Counter((op.entity, op.left_id, op.right_id, change.name) for op in operations for change in op.changes)

    def opened(op: Operation, change: FieldChange) -> FieldChange:
        twice = where[op.entity, op.left_id, op.right_id, change.name] > 1
        return replace(change, source=ABSENT) if twice else change

    return tuple(replace(op, changes=tuple(opened(op, change) for change in op.changes)) for op in operations)


def _chosen(setting: Setting, run: int | None, entries: Sequence[int]) -> list[Entry]:
    """The entries that are meant, newest first."""
    wanted = set(entries)
    found = [entry for entry in setting.store.journal.entries(run=run) if run is not None or entry.number in wanted]
    missing = wanted - {entry.number for entry in found}
    if missing and run is None:
        raise UserError(f"The journal has no entry {min(missing)}. What it has: sync history --writes")
    if not found:
        raise UserError(f"Run {run} wrote nothing that the journal knows of. The runs there were: sync history")
    return found[::-1]


def _gather(entries: Iterable[Entry], kept: list[str], wired: Wired) -> dict[Record, _Todo]:
    todo: dict[Record, _Todo] = {}
    for entry in entries:
        why = _not_undone(entry, wired)
        if why:
            kept.append(f"entry {entry.number}: {why}")
            continue
        record = todo.setdefault((entry.entity, entry.side, entry.id), _Todo(partner=entry.partner))
        same = wired.endpoints[entry.entity, entry.side].lens.same
        for change in map(load_change, entry.changes):
            later = record.fields.get(change.name)
            if later is None:
                record.fields[change.name] = _Field([entry.number], change.after, change.before)
            elif isinstance(change.after, Pending) or same(change.name, change.after, later.before):
                later.before = change.before
                later.entries.append(entry.number)
            else:
                kept.append(
                    f"entry {entry.number}: {change.name} was changed again by somebody else before the later write"
                )
    return todo


def _not_undone(entry: Entry, wired: Wired) -> str:
    if entry.outcome != DONE:
        return f"it was {entry.outcome}, so there is nothing to put back"
    if entry.action != Action.UPDATE:
        return f"a {entry.action} is not undone"
    if not entry.id:
        return "its content was forgotten"
    if (entry.entity, entry.side) not in wired.endpoints:
        return f"{entry.entity} is no longer in the mapping"
    return ""


def _by_endpoint(todo: Mapping[Record, _Todo]) -> Iterator[tuple[tuple[str, Side], dict[str, _Todo]]]:
    places: dict[tuple[str, Side], dict[str, _Todo]] = {}
    for (entity, side, id), record in sorted(todo.items()):
        places.setdefault((entity, side), {})[id] = record
    yield from places.items()


class _Maker:
    """Makes the operations of one side of one entity."""

    def __init__(self, setting: Setting, wired: Wired, endpoint: Endpoint, kept: list[str]) -> None:
        entity = next(entity for entity in setting.entities if entity.name == endpoint.entity)
        self._endpoint = endpoint
        self._subject = Subject(
            sight=sight(setting, wired, entity, ()), index=0, now=setting.clock.now(), mapping=setting.mapping
        )
        self._kept = kept

    def make(self, records: Mapping[str, _Todo]) -> Iterator[Operation | None]:
        """One operation for each record that still shows what was written."""
        ids, size = list(records), max(1, self._endpoint.resource.fetch_size)
        for start in range(0, len(ids), size):
            some = ids[start : start + size]
            shown = self._endpoint.connector.fetch(self._endpoint.query, some)
            for id in some:
                if id in shown:
                    yield self._one(self._endpoint.lens.observe(self._endpoint.side, shown[id]), records[id])
                else:
                    self._keep(id, "the record is gone")

    def _one(self, target: Observed, todo: _Todo) -> Operation | None:
        if target.problem or target.protected:
            self._keep(target.id, target.problem or "the record is protected")
            return None
        values = dict(zip(self._subject.layout, target.values, strict=True))
        agreed = self._agreed(target.id, todo.partner)
        made = [self._change(target.id, name, item, values, agreed) for name, item in todo.fields.items()]
        changes = [change for change in made if change is not None]
        if not changes:
            return None
        side = self._endpoint.side
        wanted = {change.name: change.after for change in changes}
        try:
            own = self._endpoint.lens.native(side, wanted, create=False, known=values)
        except UserError as error:
            self._keep(target.id, str(error))
            return None
        return update(self._subject, side, target, todo.partner, changes, own)

    def _agreed(self, id: str, partner: str) -> Mapping[str, tuple[Value, Value]]:
        """Field → what this side and the other showed when they last agreed."""
        side = self._endpoint.side
        for link in self._subject.sight.links(side, id):
            if (link.right_id if side is Side.LEFT else link.left_id) == partner and link.base is not None:
                pair = (link.base.left, link.base.right)
                mine, theirs = pair if side is Side.LEFT else pair[::-1]
                return dict(zip(self._subject.layout, zip(mine, theirs, strict=True), strict=True))
        return {}

    def _change(
        self,
        id: str,
        name: str,
        item: _Field,
        shown: Mapping[str, Value],
        agreed: Mapping[str, tuple[Value, Value]],
    ) -> FieldChange | None:
        why = self._fixed(name, item, shown)
        if why:
            self._keep(id, f"{name} {why}")
            return None
        rule = self._subject.rules[name]
        side = self._endpoint.side
        again = rule.owner is side.other and rule.write is Write.ALWAYS
        wrote = ", ".join(map(str, sorted(item.entries)))
        base, source = agreed.get(name, (ABSENT, ABSENT))
        return FieldChange(
            name=name,
            before=shown[name],
            after=item.before,
            base=base,
            # Stays what the other side is known to have shown: its own edits since then still count as edits.
            source=source,
            rule=UNDO,
            why=f"as before entry {wrote}"
            + (f"; {self._subject.names[side.other]} owns it, so the next run writes it again" if again else ""),
            line=rule.at.line,
        )

    def _fixed(self, name: str, item: _Field, shown: Mapping[str, Value]) -> str:
        """Why a field is left as it is; "" if it can be put back."""
        if name not in self._subject.rules or name not in shown:
            return "is no longer mapped"
        if item.before is ABSENT:
            return "was not shown before, so nothing is known to put back"
        if self._endpoint.side in self._subject.fixed[name]:
            return "cannot be written there"
        if isinstance(item.shows, Pending) or not self._endpoint.lens.same(name, shown[name], item.shows):
            return "shows something else by now"
        return "" if not self._endpoint.lens.same(name, shown[name], item.before) else "shows the same already"

    def _keep(self, id: str, why: str) -> None:
        self._kept.append(f"{self._endpoint.entity} {id}: {why}")
