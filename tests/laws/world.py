"""Two sides, people who edit them, and a tiny applier: what planning is held against, without store, connectors or clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syncengine.decide.guard import DEFAULTS
from syncengine.decide.plan import make_plan
from syncengine.decide.sight import Sight
from syncengine.decide.translate import compile_lens
from syncengine.model.entity import Birth, DeleteRule, Empty, End, Entity, FieldRule, Limit, MatchRule, OnDelete
from syncengine.model.lens import Lens
from syncengine.model.link import Base, Link, LinkState, Pair
from syncengine.model.operation import Action, Operation, Pending
from syncengine.model.plan import LinkChange, Plan
from syncengine.model.record import ABSENT, Observed, Presence, Record, Side, Value
from syncengine.model.resource import FieldFacts, Kind, Resource
from syncengine.model.values import row_fingerprint
from tests.laws.matcher import match_by_key

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
UNGUARDED = {name: Limit(count=10**9) for name in DEFAULTS}

Rewrite = Callable[[Value], Value]


def keep(value: Value) -> Value:
    """A side that stores what it is sent."""
    return value


def shout(value: Value) -> Value:
    """A side that stores text in capitals, with spaces around it."""
    return f" {value.upper()} " if isinstance(value, str) else value


def cut(value: Value) -> Value:
    """A side that keeps the first five characters only."""
    return value[:5] if isinstance(value, str) else value


def both(name: str, **rules: Any) -> FieldRule:
    """A field that is called the same on both sides, so that swapping the sides keeps the mapping."""
    return FieldRule(name=name, source=name, **rules)


def entity(name: str, *fields: FieldRule, key: str, then: OnDelete = OnDelete.KEEP) -> Entity:
    """An entity whose records are created on both sides."""
    return Entity(
        name=name,
        left=End(system="l", resource=name),
        right=End(system="r", resource=name),
        fields=fields,
        match=(MatchRule(fields=(key,)),),
        create=dict.fromkeys(Side, Birth.AUTO),
        on_delete={side: DeleteRule(then=then) for side in Side},
    )


def resource(name: str, of: Entity, side: Side) -> Resource:
    """What a side can do: everything."""
    names = [rule.name if side is Side.RIGHT else rule.source for rule in of.fields]
    return Resource(name=name, fields={n: FieldFacts(name=n, kind=Kind.TEXT) for n in names}, delete=True)


ACCOUNTS = entity(
    "accounts",
    both("Code", empty=Empty.KEEP),
    both("Name"),
    both("City", compare="case"),
    both("Size", conflict="longest"),
    both("Main", ref="contacts"),
    key="Code",
)
CONTACTS = entity("contacts", both("Mail", empty=Empty.KEEP), both("Account", ref="accounts"), both("Nick"), key="Mail")


@dataclass
class Shelf:
    """One side of one entity: its records, and what it says is gone.

    Attributes:
        rewrite: How it stores what it is sent.
        gone: Deleted id → the survivor's id of a merge, or "".
    """

    rewrite: Rewrite = keep
    rows: dict[str, dict[str, Value]] = field(default_factory=dict)
    modified: dict[str, datetime] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)


Names = Mapping[str, tuple[Entity, ...]]


@dataclass
class World:
    """Everything of one history.

    Attributes:
        shelves: ``(entity, side)`` → what is there.
        links: ``(entity, left id, right id)`` → link.
        shuffle: Puts rows and pairs into another order before planning sees them.
        everything: Planning sees all pairs, not only those that moved.
        more: Entity → further attributes of what planning sees of it.
    """

    entities: Sequence[Entity] = (ACCOUNTS, CONTACTS)
    rewrites: Mapping[Side, Rewrite] = field(default_factory=dict)
    shuffle: Callable[[list[Any]], list[Any]] = list
    everything: bool = False
    poison: frozenset[tuple[str, Side, str]] = frozenset()
    limits: Mapping[str, Limit] = field(default_factory=lambda: UNGUARDED)
    more: dict[str, dict[str, Any]] = field(default_factory=dict)
    budgets: Mapping[str, Any] = field(default_factory=dict)
    pending: frozenset[tuple[str, str]] = frozenset()

    def __post_init__(self) -> None:
        self.now = START
        self.counts = dict.fromkeys(Side, 0)
        self.links: dict[tuple[str, str, str], Link] = {}
        self.shelves = {
            (item.name, side): Shelf(rewrite=self.rewrites.get(side, keep)) for item in self.entities for side in Side
        }
        self.lenses: dict[str, Lens] = {
            item.name: compile_lens(
                item, resource(item.name, item, Side.LEFT), resource(item.name, item, Side.RIGHT), {}
            )
            for item in self.entities
        }

    # What people do.

    def add(self, name: str, side: Side, *, partner: str = "", **fields: Any) -> str:
        """Make a record; one that the engine makes is called after its partner, so that a mirrored history gives mirrored ids."""
        self.counts[side] += not partner
        shelf = self.shelves[name, side]
        id = f"{side[0]}{partner or self.counts[side]}"
        while id in shelf.gone:
            id += "+"
        shelf.rows[id] = {rule.name: None for rule in self.entity(name).fields} | fields
        shelf.modified[id] = self.tick()
        return id

    def edit(self, name: str, side: Side, id: str, **fields: Value) -> None:
        """Change fields of a record; ABSENT makes the side silent about one."""
        shelf = self.shelves[name, side]
        shelf.rows[id] |= fields
        shelf.modified[id] = self.tick()

    def remove(self, name: str, side: Side, id: str, into: str = "") -> None:
        """Delete a record, or merge it into another."""
        shelf = self.shelves[name, side]
        del shelf.rows[id]
        shelf.gone[id] = into

    def tick(self) -> datetime:
        """Let ten minutes pass."""
        self.now += timedelta(minutes=10)
        return self.now

    # What planning sees.

    def entity(self, name: str) -> Entity:
        """One of the entities."""
        return next(item for item in self.entities if item.name == name)

    def observed(self, name: str, side: Side, id: str) -> Observed | None:
        """What the mirror holds of a record."""
        shelf, lens = self.shelves[name, side], self.lenses[name]
        if id in shelf.gone:
            blank = (ABSENT,) * len(lens.layout)
            return Observed(id=id, values=blank, presence=Presence.GONE, merged_into=shelf.gone[id])
        if id not in shelf.rows:
            return None
        shown = {n: v for n, v in shelf.rows[id].items() if v is not ABSENT}
        seen = lens.observe(side, Record(resource=name, id=id, fields=shown, modified=shelf.modified[id]))
        return replace(seen, problem="poison") if (name, side, id) in self.poison else seen

    def rows(self, name: str, side: Side) -> list[Observed]:
        """All present records of a side."""
        ids = self.shuffle(sorted(self.shelves[name, side].rows))
        return [row for id in ids if (row := self.observed(name, side, id)) is not None]

    def links_of(self, name: str, side: Side, id: str) -> list[Link]:
        """Links that name a record."""
        return [
            link
            for (entity_name, left, right), link in self.links.items()
            if entity_name == name and (left if side is Side.LEFT else right) == id
        ]

    def pairs(self, name: str) -> Iterable[Pair]:
        """Pairs that need a decision, as a store finds them."""
        for key in self.shuffle(sorted(key for key in self.links if key[0] == name)):
            link = self.links[key]
            pair = Pair(
                link=link,
                left=self.observed(name, Side.LEFT, link.left_id),
                right=self.observed(name, Side.RIGHT, link.right_id),
                open_operation=(link.left_id, link.right_id) in self.pending,
            )
            if self.everything or _is_dirty(pair):
                yield pair

    def partner(self, name: str, side: Side, id: str) -> str | None:
        """The linked id on the other side."""
        live = [link for link in self.links_of(name, side, id) if link.state is LinkState.LINKED]
        return min((link.right_id if side is Side.LEFT else link.left_id for link in live), default=None)

    def sight(self, item: Entity) -> Sight:
        """What planning sees of one entity."""
        name = item.name
        sight = Sight(
            entity=item,
            lens=self.lenses[name],
            resources={side: resource(name, item, side) for side in Side},
            pairs=lambda: self.pairs(name),
            unlinked=lambda side: [row for row in self.rows(name, side) if not self.links_of(name, side, row.id)],
            rows=lambda side: self.rows(name, side),
            links=lambda side, id: self.links_of(name, side, id),
            partner=self.partner,
            counts={side: len(self.shelves[name, side].rows) for side in Side},
            linked=sum(key[0] == name for key in self.links),
        )
        return replace(sight, **self.more.get(name, {}))

    def plan(self) -> Plan:
        """Plan a run."""
        return make_plan(
            [self.sight(item) for item in self.entities],
            mapping="m",
            lineage="s:1",
            limits=self.limits,
            now=self.now,
            budgets=self.budgets,
            matcher=match_by_key,
        )

    # What applying does.

    def apply(self, plan: Plan, *, most: int | None = None) -> None:
        """Carry out a plan, or its first ``most`` operations only."""
        written = {(op.entity, op.left_id, op.right_id) for op in plan.operations}
        later = [c for c in plan.links if c.state is not LinkState.LINKED and _names(c) in written]
        for change in plan.links:
            if change not in later:
                self.change(change)
        done: set[str] = set()
        for operation in list(plan.operations)[:most]:
            assert set(operation.after) <= done, "parents come first"
            self.write(operation)
            done.add(operation.key)
        undone = {(op.entity, op.left_id, op.right_id) for op in plan.operations if op.key not in done}
        for change in later:
            if _names(change) not in undone:
                self.change(change)

    def change(self, change: LinkChange) -> None:
        """Make, move or drop a link."""
        key = _names(change)
        old = self.links.get(key)
        if change.moves is not None:
            moved = self.links.pop((change.entity, *change.moves))
            old = replace(moved, left_id=change.left_id, right_id=change.right_id)
        if change.state is None:
            self.links.pop(key, None)
            return
        base = change.base if change.base is not None else old.base if old is not None else None
        self.links[key] = Link(
            entity=change.entity,
            left_id=change.left_id,
            right_id=change.right_id,
            matched_by=change.matched_by,
            state=change.state,
            base=base,
        )
        self.check_links(change)

    def check_links(self, change: LinkChange) -> None:
        """Links are injective: a record has one partner."""
        for side, id in ((Side.LEFT, change.left_id), (Side.RIGHT, change.right_id)):
            assert len(self.links_of(change.entity, side, id)) <= 1, (change, side, id)

    def write(self, operation: Operation) -> None:
        """Do one operation as a side would, and note it as a run would."""
        operation = self.resolved(operation)
        shelf = self.shelves[operation.entity, operation.side]
        if operation.action is Action.DELETE:
            del shelf.rows[operation.id]
            shelf.gone[operation.id] = ""
            return
        refs = {rule.name for rule in self.entity(operation.entity).fields if rule.ref}
        sent: Mapping[str, Any] = operation.values
        values = {name: value if name in refs else shelf.rewrite(value) for name, value in sent.items()}
        if operation.action is Action.CREATE:
            id = self.add(operation.entity, operation.side, partner=operation.partner, **values)
        else:
            id = operation.id
            shelf.rows[id] |= values
        self.note(operation, id)

    def resolved(self, operation: Operation) -> Operation:
        """The operation with the ids of newborn parents, and its own if it is the second half of a create."""

        def real(value: Value | Pending) -> Value:
            if not isinstance(value, Pending):
                return value
            known = self.partner(value.entity, value.side, value.id)
            assert known is not None
            return known

        id = operation.id
        if operation.phase == 2:
            id = self.partner(operation.entity, operation.side.other, operation.partner) or ""
        return replace(
            operation,
            id=id,
            values={name: real(value) for name, value in operation.values.items()},
            changes=tuple(replace(c, after=real(c.after)) for c in operation.changes),
        )

    def note(self, operation: Operation, id: str) -> None:
        """What came back becomes the base, for the written fields only."""
        left, right = (id, operation.partner) if operation.side is Side.LEFT else (operation.partner, id)
        known = self.links.get((operation.entity, left, right))
        if known is None and operation.action is Action.CREATE:
            self.drop_tombstone(operation)
        lens = self.lenses[operation.entity]
        shown = self.observed(operation.entity, operation.side, id)
        assert shown is not None
        blank: tuple[Value, ...] = (ABSENT,) * len(lens.layout)
        base = known.base if known is not None and known.base is not None else Base(left=blank, right=blank)
        sides = {Side.LEFT: list(base.left), Side.RIGHT: list(base.right)}
        for change in operation.changes:
            if change.name in lens.layout:
                place = lens.layout.index(change.name)
                sides[operation.side][place] = shown.values[place]
                sides[operation.side.other][place] = change.source
        self.links[operation.entity, left, right] = Link(
            entity=operation.entity,
            left_id=left,
            right_id=right,
            matched_by=known.matched_by if known is not None else "create",
            base=Base(left=tuple(sides[Side.LEFT]), right=tuple(sides[Side.RIGHT])),
        )

    def drop_tombstone(self, operation: Operation) -> None:
        """A restored record takes the place of the one that was gone."""
        for link in self.links_of(operation.entity, operation.side.other, operation.partner):
            assert link.state is LinkState.TOMBSTONE
            del self.links[link.entity, link.left_id, link.right_id]

    def settle(self) -> Plan:
        """One whole run; returns its plan."""
        plan = self.plan()
        self.apply(plan)
        return plan


def _names(change: LinkChange) -> tuple[str, str, str]:
    return change.entity, change.left_id, change.right_id


def _is_dirty(pair: Pair) -> bool:
    left, right, base = pair.left, pair.right, pair.link.base
    if pair.link.state is not LinkState.LINKED or left is None or right is None or base is None:
        return True
    if not (left.present and right.present) or left.problem or right.problem:
        return True
    return (left.fingerprint, right.fingerprint) != (row_fingerprint(base.left), row_fingerprint(base.right))
