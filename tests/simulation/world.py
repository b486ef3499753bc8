"""One history played: two watched sides, a real store, people, crashes, and runs in between."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

from syncengine import survey
from syncengine.decide.guard import DEFAULTS
from syncengine.errors import End, StateError, SyncError, UserError
from syncengine.model.entity import Birth, DeleteRule, Empty, Entity, FieldRule, MatchRule, OnDelete, Write
from syncengine.model.entity import End as Where
from syncengine.model.lens import Lens
from syncengine.model.link import LinkState
from syncengine.model.operation import Action, Operation, OperationState
from syncengine.model.plan import Plan
from syncengine.model.record import Side, Value
from syncengine.model.resource import Resource
from syncengine.model.result import RunResult
from syncengine.model.review import Answer, Review, Waiting
from syncengine.model.values import row_fingerprint
from syncengine.run import Wish, apply, run
from syncengine.setting import Setting
from syncengine.state.sqlite import SqliteStore
from syncengine.testing.fakes import FakeClock, FakeIds, Fault, Habits, Kind, Rewrite, on_text, padded
from syncengine.write.decided import decided
from syncengine_connectors.memory import Memory
from tests.interrupt.tripwire import Killed, Tripwire
from tests.simulation import state
from tests.simulation.ledger import BORN, Ledger
from tests.simulation.script import FIELDS, Event, Script
from tests.simulation.sides import SimSide, Watch, resource

_KEPT: Final = re.compile(
    r"^(?P<entity>\w+): (?P<system>[lr])\.\w+ accepted the write to (?P<id>\S+) but keeps its own value of (?P<names>[^;]+);"
)
NAMES: Final = ("accounts", "contacts")
ALL_GUARDS: Final = tuple(DEFAULTS)
DECISIONS: Final = {
    Waiting.CONFLICT: ("left", "right"),
    Waiting.FIRST_LINK: ("left", "right"),
    Waiting.DELETE: ("delete", "keep", "restore"),
    Waiting.CREATE: ("create", "skip"),
    Waiting.REFUSED: ("retry", "drop"),
    Waiting.UNCERTAIN: ("retry", "drop"),
    Waiting.MATCH: ("same", "not_same"),
}
REWRITES: Final[dict[str, Rewrite]] = {"upper": on_text(str.upper), "padded": padded(12)}


def entities(rules: dict[str, Any]) -> tuple[Entity, ...]:
    """The mapping that a script's rules describe."""
    main = (FieldRule(name="Main", source="Main", ref="contacts"),) if rules["contacts"] and rules["cycle"] else ()
    account = FieldRule(name="Account", source="Account", ref="accounts")
    made = [_entity("accounts", rules, main)]
    if rules["contacts"]:
        made.append(_entity("contacts", rules, (account,)))
    return tuple(made)


def _entity(name: str, rules: dict[str, Any], more: tuple[FieldRule, ...]) -> Entity:
    fields = [FieldRule(name=BORN, source=BORN, first_link="left", conflict="left")]
    for field, given in rules["fields"].items():
        fields.append(
            FieldRule(
                name=field,
                source=field,
                owner=Side(given["owner"]) if given["owner"] else None,
                conflict=given["conflict"],
                first_link=given["first_link"],
                empty=Empty(given["empty"]),
                write=Write(given["write"]),
            )
        )
    return Entity(
        name=name,
        left=Where(system="l", resource=name),
        right=Where(system="r", resource=name),
        fields=(*fields, *more),
        match=(MatchRule(fields=("Code",)),),
        create={Side(side): Birth(birth) for side, birth in rules["create"].items()},
        on_delete={
            Side(side): DeleteRule(then=OnDelete(then), edited=OnDelete(edited))
            for side, (then, edited) in rules["on_delete"].items()
        },
    )


class World:
    """A script's world, made anew.

    Attributes:
        happened: What happened how often: faults, transitions of the journal, ends of runs.
    """

    def __init__(self, script: Script) -> None:
        self.rules = script.rules
        self.entities = entities(script.rules)
        self.clock, self.ids = FakeClock(), FakeIds(script.seed)
        self.ledger = Ledger()
        self.happened: Counter[str] = Counter()
        self.saved: Plan | None = None
        self.last: RunResult | None = None
        self._meddling: list[tuple[int, Event]] = []
        self._doors = 0
        self._stored, self._opened = (0, 0), 0
        self.sides = {side: self._side(side) for side in Side}
        self._lenses: dict[tuple[str, date], Lens] = {}
        self.place = state.take()
        self.store = self._counted(self.place.begin(self.clock, self.ids))

    def close(self) -> None:
        """Leave nothing behind."""
        self.place.end(self.store)
        state.give_back(self.place)

    # Making the world.

    def _side(self, side: Side) -> SimSide:
        rules = self.rules
        profile, listing = rules["profiles"][side.value], rules["listing"][side.value]
        names = [BORN, "Code", *FIELDS]
        more = {"accounts": ["Main"], "contacts": ["Account"]}
        unique = rules["unique"][side.value]
        shelves = [
            resource(item.name, [*names, *more[item.name]], profile, listing=listing, unique=unique)
            for item in self.entities
        ]
        kinds = rules["rewrites"][side.value]
        habits = Habits(
            rewrites={name: REWRITES[kind] for name, kind in kinds.items() if kind != "ignored"},
            ignores=frozenset(name for name, kind in kinds.items() if kind == "ignored"),
            shows=profile != "quiet",
        )
        memory = Memory(side.value, shelves, self.clock)
        watch = Watch(ledger=self.ledger, side=side.value, noted=self._noted, between=self._between)
        return SimSide(memory, self.clock, watch, habits, versions=profile == "checked", listing=listing)

    def _counted(self, store: SqliteStore) -> SqliteStore:
        self._opened += 1
        journal, move_all = store.journal, store.journal.move_all

        def counted(keys: Sequence[str], state: OperationState, **rest: Any) -> None:
            before = [store.database.one("SELECT state FROM operation WHERE key = ?", (key,)) for key in keys]
            move_all(keys, state, **rest)
            for row in before:
                assert row is not None
                self.happened[f"{row[0]}→{state}"] += 1

        journal.move_all = counted  # type: ignore[method-assign]
        return store

    def _noted(self, key: str) -> Operation | None:
        noted = self.store.journal.get(key)
        return noted.operation if noted is not None and noted.state is OperationState.SENDING else None

    def stored_more(self) -> bool:
        """True if something was stored since this was asked last."""
        before, self._stored = self._stored, (self._opened, self.store.database.connection.total_changes)
        return self._stored != before

    def setting(self) -> Setting:
        """What a run works with now."""
        return Setting(
            entities=self.entities,
            connectors={"l": self.sides[Side.LEFT], "r": self.sides[Side.RIGHT]},
            resources={"l": self.sides[Side.LEFT].resources(), "r": self.sides[Side.RIGHT].resources()},
            store=self.store,
            mapping="m",
            clock=self.clock,
            boot="boot",
        )

    # What people do.

    def rows(self, side: Side, entity: str) -> dict[str, dict[str, Value]]:
        """Records of a side by id; empty if the world has no such entity."""
        shelf = self.sides[side].memory._shelves.get(entity)
        return {} if shelf is None else {id: dict(row.fields) for id, row in sorted(shelf.rows.items())}

    def _pick(self, event: Event) -> tuple[Side, str, str] | None:
        side, entity = Side(event["side"]), event["entity"]
        ids = list(self.rows(side, entity))
        return (side, entity, ids[event["which"] % len(ids)]) if ids else None

    def _add(self, side: Side, entity: str, fields: Sequence[str], born: str, code: str) -> None:
        names = self.sides[side].resources()[entity].fields
        values: dict[str, Value] = dict.fromkeys(names) | {BORN: born, "Code": code}
        values |= {name: self.ledger.token(name) for name in fields}
        id = self.sides[side].memory.add(entity, values)
        self.ledger.person_set(side.value, entity, id, values)

    def do_add(self, event: Event) -> None:
        """A person makes a record."""
        if event["entity"] in self.sides[Side.LEFT].resources():
            born, code = self.ledger.token("Born"), self.ledger.token("Code")
            self._add(Side(event["side"]), event["entity"], event["fields"], born, code)

    def do_twin(self, event: Event) -> None:
        """A person makes a record on the other side as well, unless the engine is about to."""
        if (found := self._pick(event)) is None:
            return
        side, entity, id = found
        row = self.rows(side, entity)[id]
        born, code = row[BORN], row["Code"]
        other = self.rows(side.other, entity).values()
        # Where a side hides records, calls it everything and keeps no key unique, nobody can know that the twin is there.
        lying = {"empty", "shrunk"} & set(self.rules["faults"]["pull"])
        blind = lying and not all(self.rules["unique"].values())
        busy = any(noted.operation.partner == id for noted in self.store.journal.open())
        if (
            blind
            or busy
            or code is None
            or any(code == r["Code"] or r[BORN] == born for r in other)
            or self._links(side, entity, id)
        ):
            return
        self._add(side.other, entity, event["fields"], str(born), str(code))

    def do_edit(self, event: Event) -> None:
        """A person types new values."""
        if (found := self._pick(event)) is not None:
            side, entity, id = found
            values: dict[str, Value] = {name: self.ledger.token(name) for name in event["fields"]}
            born = self.rows(side, entity)[id][BORN]
            if any(row[BORN] == born for row in self.rows(side.other, entity).values()) and not self._links(
                side, entity, id
            ):
                values.pop("Code", None)  # by nothing else could anybody know that the two are one
            self._type(side, entity, id, values)

    def do_empty(self, event: Event) -> None:
        """A person empties a field."""
        if (found := self._pick(event)) is not None:
            self._type(*found, {event["field"]: None})

    def do_refer(self, event: Event) -> None:
        """A person lets a contact name an account, or an account its main contact."""
        if (found := self._pick(event)) is None or not self.rules["contacts"]:
            return
        side, entity, id = found
        name, to = ("Account", "accounts") if entity == "contacts" else ("Main", "contacts")
        ids = list(self.rows(side, to))
        if ids and (entity == "contacts" or self.rules["cycle"]):
            self._type(side, entity, id, {name: ids[event["other"] % len(ids)]})

    def _type(self, side: Side, entity: str, id: str, values: dict[str, Value]) -> None:
        self.sides[side].memory.edit(entity, id, values)
        self.ledger.person_set(side.value, entity, id, values)

    def do_remove(self, event: Event) -> None:
        """A person deletes a record."""
        if (found := self._pick(event)) is not None:
            side, entity, id = found
            restores = "restore" in self.rules["on_delete"][side.value] or "ask" in self.rules["on_delete"][side.value]
            linked = bool(self._links(side, entity, id)) and not restores
            self.sides[side].memory.remove(entity, id)
            self.ledger.person_removed(side.value, entity, id, linked=linked)

    def _links(self, side: Side, entity: str, id: str) -> Sequence[Any]:
        return self.store.links.get(entity, side, id)

    def do_answer(self, event: Event) -> None:
        """A person decides one item of the inbox, as the command does."""
        items = [item for item in self.store.reviews.open() if item.kind in DECISIONS]
        if items:
            item = items[event["which"] % len(items)]
            ways = DECISIONS[item.kind]
            self.decide(item, ways[event["how"] % len(ways)])

    def decide(self, item: Review, decision: str) -> None:
        """Note a decision."""
        seen = row_fingerprint((item.left, item.right)) if item.kind in (Waiting.CONFLICT, Waiting.FIRST_LINK) else 0
        left, right = (*item.left_ids, "")[0], (*item.right_ids, "")[0]
        answer = Answer(
            kind=item.kind, entity=item.entity, left_id=left, right_id=right, field=item.field, decision=decision, seen=seen
        )  # fmt: skip
        with self.store.transaction():
            decided(self.store, answer, self.clock.now())
            self.store.reviews.settle([item.subject])

    def do_wait(self, event: Event) -> None:
        """Time passes."""
        self.clock.advance(event["seconds"])

    def do_clock(self, event: Event) -> None:
        """Somebody sets the wall clock."""
        self.clock.step(event["seconds"])

    def do_fault(self, event: Event) -> None:
        """Something will go wrong at a side's door."""
        shape = {name: event[name] for name in ("door", "skip", "times", "seconds", "field") if name in event}
        side = self.sides[Side(event["side"])]
        if event["kind"] == "late" and not next(iter(side.resources().values())).settle:
            return  # a file is written or not: nothing arrives later
        # A create cannot be ignored: the answer would have no id.
        action = Action.UPDATE if event["kind"] == "ignored" else None
        side.schedule(Fault(kind=Kind(event["kind"]), action=action, **shape))

    # Runs.

    def _between(self, side: str, door: str) -> None:
        """People act while the engine is at work."""
        self._doors += 1
        due = [event for at, event in self._meddling if at <= self._doors]
        self._meddling = [item for item in self._meddling if item[0] > self._doors]
        for event in due:
            self.happened["people act during a run"] += 1
            getattr(self, f"do_{event['do']}")(event)

    @contextmanager
    def process(self, event: Event) -> Iterator[None]:
        """One process: it may die at an effect, and then a new one opens the state."""
        wire = Tripwire(event.get("crash", 0))
        self.ledger.began = self.ledger.moment
        self._meddling, self._doors = [(at, what) for at, what in event.get("meddle", ())], 0
        transaction = self.store.transaction

        @contextmanager
        def watched(*, durable: bool = True) -> Iterator[None]:
            wire.effect("before transaction")
            with transaction(durable=durable):
                yield
                wire.effect("before commit")
            wire.effect("after commit")

        for side in self.sides.values():
            side.wire = wire
            side.watch.fetched.clear()
        self.store.transaction = watched  # type: ignore[method-assign]
        compiling, survey.compile_lens = survey.compile_lens, self._once_a_day(survey.compile_lens)  # type: ignore[attr-defined]
        try:
            yield
        except Killed as killed:
            self.happened[f"crash {killed}"] += 1
            self.store.close()
            self.store = self._counted(self.place.open(self.clock, self.ids))
        finally:
            survey.compile_lens = compiling  # type: ignore[attr-defined]
            self._meddling = []
            for side in self.sides.values():
                side.wire = Tripwire()
            self.store.__dict__.pop("transaction", None)

    def _once_a_day(self, compile_lens: Callable[..., Lens]) -> Callable[..., Lens]:
        """Mapping and resources stay the same in a history, and so does what is made of them, but for the day."""

        def known(entity: Entity, left: Resource, right: Resource, tables: Any, *, today: date) -> Lens:
            key = entity.name, today
            if key not in self._lenses:
                self._lenses[key] = compile_lens(entity, left, right, tables, today=today)
            return self._lenses[key]

        return known

    def do_run(self, event: Event) -> None:
        """A run, as from cron or by a person."""
        self.clock.advance(60)
        self.last = None
        carried_out = self._carried_out()
        with self.process(event):
            wish = Wish(
                full=event.get("full", False),
                dry=event.get("dry", False),
                approved="somebody",
                allow=tuple(event.get("allow", ())),
            )
            self._told(lambda: run(self.setting(), wish))
        result = self.result()
        # A guard of the plan. Side effects are seen in a first update: an edit at the very moment looks like one.
        quiet = result is not None and (result.dry or (result.end is End.GUARD and bool(result.plan.breaches)))
        if quiet or (event.get("dry") and not event.get("crash")):
            assert self._carried_out() == carried_out, "a plan, or a run that a guard stopped, wrote to a side"

    def result(self) -> RunResult | None:
        """What the last run came to; None if it raised or died."""
        return self.last

    def do_plan(self, event: Event) -> None:
        """A person makes a plan and keeps it."""
        self.do_run({"do": "run", "dry": True})
        result = self.result()
        self.saved = result.plan if result is not None else None

    def do_apply(self, event: Event) -> None:
        """A person applies the plan that was kept, perhaps long after."""
        plan, self.saved = self.saved, None
        if plan is not None:
            self.clock.advance(60)
            self.last = None
            with self.process(event):
                self._told(lambda: apply(self.setting(), plan, approved="somebody", allow=ALL_GUARDS))

    def _told(self, work: Any) -> None:
        try:
            self.last = work()
            assert self.last is not None
            self.happened[f"end {self.last.end.name}"] += 1
            self._read_messages(self.last.messages)
        except (UserError, StateError) as error:
            # A plan that no longer holds is refused; nothing else may end a run this way.
            if "plan" not in str(error).lower():
                raise
            self.happened["a plan refused"] += 1
        except SyncError as error:
            self.happened[f"stopped {type(error).__name__}"] += 1

    def _read_messages(self, messages: Sequence[str]) -> None:
        """What a side kept as it was, is told once and rests."""
        for text in messages:
            if found := _KEPT.search(text):
                side = Side.LEFT if found["system"] == "l" else Side.RIGHT
                names = found["names"].split(", ")
                self.ledger.ignored.update((side.value, found["entity"], found["id"], name) for name in names)

    def _carried_out(self) -> int:
        return sum(side.carried_out - side.arrived for side in self.sides.values())

    def play(self, event: Event) -> None:
        """Let one thing happen, and see that everything holds."""
        getattr(self, f"do_{event['do']}")(event)
        self.happened[f"event {event['do']}"] += 1

    def linked(self, entity: str) -> list[Any]:
        """Live links of an entity."""
        return [link for link in self.store.links.all(entity) if link.state is LinkState.LINKED]

    def fired(self) -> Counter[str]:
        """Faults that happened."""
        return Counter(f"{fault.door} {fault.kind}" for side in self.sides.values() for fault in side.fired)
