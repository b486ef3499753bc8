"""The outcome of a run as rows: what every form of report prints, decided once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from syncengine.errors import End
from syncengine.model.adopted import made_by
from syncengine.model.entity import Entity
from syncengine.model.operation import Action, FieldChange, Operation, OperationState
from syncengine.model.plan import Breach, Plan
from syncengine.model.record import Side
from syncengine.model.result import Applied, RunResult
from syncengine.model.review import Review
from syncengine.report.inbox import asked
from syncengine.report.shown import MASK, blind, disarm, short_id, show, waits

MARKS: Final[Mapping[Action, str]] = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}
LANDED: Final = frozenset({OperationState.DONE, OperationState.CONFIRMED})
_LATER: Final = frozenset({OperationState.READY, OperationState.STALE, OperationState.UNCERTAIN, OperationState.UNSENT})
_SAID: Final[Mapping[OperationState, str]] = {
    OperationState.DONE: "done",
    OperationState.CONFIRMED: "done",
    OperationState.PARKED: "refused",
    OperationState.REFUSED: "refused",
    OperationState.UNCERTAIN: "no answer yet: looked up by the next run",
    OperationState.STALE: "moved meanwhile: planned again by the next run",
    OperationState.READY: "not sent",
    OperationState.UNSENT: "not sent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLine:
    """One field of one record.

    Attributes:
        mark: ``!`` if it waits for a person, else "".
        one, two: Before and after; of a conflict, left and right. ``one`` is "" on a create.
        why: What decided, and the review it became.
        at: ``sync.yaml:34``; "" if unknown.
    """

    name: str
    one: str
    two: str
    mark: str = ""
    why: str = ""
    at: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record, or one pair: what happens to it. It is told where somebody looks, for a run may have very many.

    Attributes:
        mark: ``~`` update, ``+`` create, ``-`` delete, ``!`` waits.
    """

    entity: str
    mark: str
    _teller: _Teller
    _ops: Sequence[Operation] = ()
    _reviews: Sequence[Review] = ()

    @cached_property
    def title(self) -> str:
        """What people call it."""
        if self._ops:
            return self._teller.title(self.entity, self._ops[0].title, self._ops[0].changes)
        return self._teller.title(self.entity, self._reviews[0].title)

    @cached_property
    def ids(self) -> str:
        """Both sides and the way between them: ``shop 8841 → exact 1042``."""
        return self._teller.ids(self._ops) if self._ops else self._teller.names(self._reviews[0])

    @cached_property
    def fields(self) -> tuple[FieldLine, ...]:
        """What is written, then what waits."""
        written = (self._teller.change(op, change) for op in self._ops for change in op.changes)
        return *written, *(self._teller.conflict(item) for item in self._reviews if item.field)

    @cached_property
    def note(self) -> str:
        """Why it waits as a whole; "" if it does not."""
        return "; ".join(self._teller.reason(item) for item in self._reviews if not item.field)

    @cached_property
    def outcome(self) -> str:
        """What became of it; "" in a plan."""
        return self._teller.outcome(self._ops)

    @cached_property
    def failed(self) -> bool:
        """True if it did not take effect though it was tried."""
        return self._teller.failed(self._ops)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A guard the plan goes beyond; ``allowed`` if it was overridden."""

    entity: str
    guard: str
    message: str
    subjects: tuple[str, ...]
    allowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All a report says.

    Attributes:
        linked: Entity → match rule → how many new links.
        planned: Action → how many operations; ``done`` the same of those that took effect.
        left: Operations that did not take effect, by what became of them.
        notes: What reading and planning noticed; ``messages`` what a person must know, such as why a side stopped.
        next: What to type now and why; each in pieces that stay whole on a line, so that a command can be copied.
    """

    result: RunResult
    rows: tuple[Row, ...]
    stops: tuple[Stop, ...]
    linked: Mapping[str, Mapping[str, int]]
    planned: Mapping[Action, int]
    done: Mapping[Action, int]
    left: Mapping[str, int]
    withheld: Mapping[Action, int]
    notes: tuple[str, ...]
    messages: tuple[str, ...]
    next: tuple[tuple[str, ...], ...]

    @property
    def news(self) -> bool:
        """True if anything was or would be changed, waits, or went wrong; what ``-q`` goes by."""
        return bool(self.rows or self.linked or self.stops or self.result.end or self.result.recovered)


def make_view(
    result: RunResult,
    entities: Iterable[Entity],
    *,
    masked: bool = False,
    saved: str = "",
    allow: Sequence[str] = (),
) -> View:
    """Decide what a report says of a run.

    Args:
        masked: Hide personal data.
        saved: Name of the file the plan was written to; "" if it was not.
        allow: Guards that were overridden.
    """
    known = {entity.name: entity for entity in entities}
    plan = result.plan
    teller = _Teller(
        known=known,
        masked=masked,
        outcomes={item.operation.key: item for item in result.applied},
        withheld={op.key for op in result.withheld},
    )
    done = Counter(item.operation.action for item in result.applied if item.state in LANDED)
    left = Counter(_SAID.get(i.state, i.state) for i in result.applied if i.state not in LANDED)
    return View(
        result=result,
        rows=teller.rows(plan, result.reviews),
        stops=tuple(_stop(breach, allow, masked) for breach in plan.breaches),
        linked=_linked(plan),
        planned=Counter(op.action for op in plan.operations),
        done=done,
        left=left,
        withheld=Counter(op.action for op in result.withheld),
        notes=tuple(_notes(result, known, masked)),
        messages=tuple(disarm(blind(text) if masked else text) for text in result.messages),
        next=tuple(_next(result, saved, allow)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Teller:
    """How rows are told.

    Attributes:
        outcomes: Key of an operation → what became of it.
        withheld: Keys of operations that wait for approval.
    """

    known: Mapping[str, Entity]
    masked: bool
    outcomes: Mapping[str, Applied]
    withheld: Collection[str]

    def rows(self, plan: Plan, reviews: Iterable[Review]) -> tuple[Row, ...]:
        """Rows in the order of the plan, one per pair; then what waits without an operation."""
        waiting: dict[tuple[str, str, str], list[Review]] = {}
        for review in reviews:
            waiting.setdefault((review.entity, *_pair_of(review)), []).append(review)
        groups: dict[tuple[str, str, str], list[Operation]] = {}
        for op in plan.operations:
            unborn = "" if op.left_id and op.right_id else op.key
            groups.setdefault((op.entity, op.left_id or unborn, op.right_id or unborn), []).append(op)
        made = [
            Row(entity=pair[0], mark=MARKS[ops[0].action], _teller=self, _ops=ops, _reviews=waiting.pop(pair, ()))
            for pair, ops in groups.items()
        ]
        made += [Row(entity=pair[0], mark="!", _teller=self, _reviews=items) for pair, items in waiting.items()]
        order = {name: place for place, name in enumerate(plan.entities)}
        return tuple(sorted(made, key=lambda row: order.get(row.entity, len(order))))

    def outcome(self, ops: Sequence[Operation]) -> str:
        """What became of a pair's operations, in words; the worst of it."""
        if any(op.key in self.withheld for op in ops):
            return "waits for approval"
        worst = self._worst(ops)
        said = "" if worst is None else _SAID.get(worst.state, worst.state)
        if worst is not None and worst.state not in LANDED and worst.answer:
            return f"{said}: {self._free(worst.answer)}"
        return said

    def failed(self, ops: Sequence[Operation]) -> bool:
        """True if one of a pair's operations did not take effect."""
        worst = self._worst(ops)
        return worst is not None and worst.state not in LANDED

    def _worst(self, ops: Sequence[Operation]) -> Applied | None:
        told = [self.outcomes[op.key] for op in ops if op.key in self.outcomes]
        return next((item for item in told if item.state not in LANDED), told[0] if told else None)

    def change(self, op: Operation, change: FieldChange) -> FieldLine:
        """One field that is written."""
        hide = self._hides(op.entity, change.name)
        return FieldLine(
            name=disarm(change.name),
            one="" if op.action is Action.CREATE else show(change.before, masked=hide),
            two=show(change.after, masked=hide),
            why=self._free(change.why),
            at=self._at(op.entity, change.line),
        )

    def conflict(self, item: Review) -> FieldLine:
        """One field that waits."""
        hide = self._hides(item.entity, item.field)
        return FieldLine(
            name=disarm(item.field),
            mark="!",
            one=show(item.left, masked=hide),
            two=show(item.right, masked=hide),
            why=self.reason(item),
            at=self._at(item.entity, item.line),
        )

    def reason(self, item: Review) -> str:
        """Why something waits."""
        return f"{self._free(item.reason) or asked(item.kind)} → review {item.number}"

    def _free(self, text: str) -> str:
        return disarm(blind(text) if self.masked else text)

    def _hides(self, entity: str, field: str) -> bool:
        if not self.masked or entity not in self.known:
            return self.masked
        return next((rule.mask for rule in self.known[entity].fields if rule.name == field), True)

    def title(self, entity: str, title: str, changes: Sequence[FieldChange] = ()) -> str:
        """The record's name; hidden where it may be a person's, that is: unless a field that is not personal shows the same."""
        public = {show(change.after) for change in changes if not self._hides(entity, change.name)}
        personal = entity not in self.known or any(rule.mask for rule in self.known[entity].fields)
        return MASK if title and self.masked and personal and show(title) not in public else disarm(title)

    def _at(self, entity: str, line: int) -> str:
        return f"{self.known[entity].at.file}:{line}" if line and entity in self.known else ""

    def ids(self, ops: Sequence[Operation]) -> str:
        """Both sides of a pair and the way between them."""
        first, entity = ops[0], self.known.get(ops[0].entity)
        sides = {op.side for op in ops}
        way = "↔" if len(sides) > 1 else "→" if first.side is Side.RIGHT else "←"
        if first.action is Action.DELETE and not first.partner:
            return f"{_system(entity, first.side)} {short_id(first.id)}"
        ids = {Side.LEFT: first.left_id, Side.RIGHT: first.right_id}
        if first.action is Action.CREATE:
            told = (self.outcomes[op.key] for op in ops if op.key in self.outcomes)
            ids[first.side] = next((item.id for item in told if item.operation.action is Action.CREATE), "")
        return f" {way} ".join(f"{_system(entity, side)} {short_id(ids[side]) or '(new)'}" for side in Side)

    def names(self, review: Review) -> str:
        """The records that a review is about."""
        entity = self.known.get(review.entity)
        shown = [
            f"{_system(entity, side)} {', '.join(map(short_id, ids))}"
            for side, ids in ((Side.LEFT, review.left_ids), (Side.RIGHT, review.right_ids))
            if ids
        ]
        return (" = " if review.field else " ? ").join(shown)


def _pair_of(review: Review) -> tuple[str, str]:
    """The pair a review is of; one that concerns several records is of nobody else's."""
    if len(review.left_ids) == 1 and len(review.right_ids) == 1:
        return review.left_ids[0], review.right_ids[0]
    return f"review {review.number}", ""


def _system(entity: Entity | None, side: Side) -> str:
    return side.value if entity is None else disarm(entity.end(side).system)


def _stop(breach: Breach, allow: Sequence[str], masked: bool) -> Stop:
    return Stop(
        entity=breach.entity,
        guard=breach.guard,
        message=disarm(breach.message),
        subjects=() if masked else tuple(disarm(subject) for subject in breach.subjects),
        allowed=breach.guard in allow,
    )


def _linked(plan: Plan) -> dict[str, dict[str, int]]:
    """Entity → match rule → new links."""
    found: dict[str, Counter[str]] = {}
    made = made_by(plan.links)
    for tally in plan.tallies:
        rules = Counter({rule: number for (entity, rule), number in made.items() if entity == tally.entity})
        if tally.new_links or rules:
            missing = tally.new_links - rules.total()
            found[tally.entity] = rules + Counter({"": missing}) if missing > 0 else rules
    return {name: dict(sorted(rules.items(), key=lambda item: (-item[1], item[0]))) for name, rules in found.items()}


def _notes(result: RunResult, known: Mapping[str, Entity], masked: bool) -> list[str]:
    notes = []
    for reading in result.readings:
        system = _system(known.get(reading.entity), reading.side)
        if reading.incomplete:
            notes.append(f"{reading.entity}: {system} was not read whole: {reading.incomplete}")
        if reading.missing:
            notes.append(
                f"{reading.entity}: {reading.missing} no longer listed in {system}, without proof of a deletion"
            )
    for tally in result.plan.tallies:
        notes += [f"{tally.entity}: {note}" for note in tally.notes]
    settled = Counter(_SAID.get(item.state, item.state) for item in result.recovered)
    notes += [f"left by an earlier run: {number} {what}" for what, number in sorted(settled.items())]
    return [disarm(blind(note) if masked else note) for note in notes]


def _next(result: RunResult, saved: str, allow: Sequence[str]) -> list[tuple[str, ...]]:
    """What to type now."""
    plan = result.plan
    open_stops = sorted({breach.guard for breach in plan.breaches} - set(allow))
    todo: list[tuple[str, ...]] = []
    if open_stops:
        todo.append(("If that is meant:", *_then_apply(saved, "".join(f" --allow {guard}" for guard in open_stops))))
    elif result.dry and plan.operations:
        first = [op for op in plan.operations if op.entity in plan.first]
        if first:
            todo.append((f"First run: {_births(first)} for approval.", "To do exactly this:", *_then_apply(saved)))
        else:
            todo.append(("To do exactly this:", *_then_apply(saved)))
    if result.withheld:
        todo.append((f"First run: {_births(result.withheld)} for approval.", "Review and do:", *_then_apply("")))
    if result.end is not End.GUARD and any(item.state in _LATER for item in (*result.applied, *result.recovered)):
        todo.append(("What was left goes on with the next run:", "sync run"))
    if result.reviews:
        todo.append((f"{waits(len(result.reviews))} for you:", "sync review list"))
    return todo


def _then_apply(saved: str, flags: str = "") -> tuple[str, ...]:
    if saved:
        return (f"sync apply {saved}{flags}",)
    return "sync plan -o plan.json", f"then: sync apply plan.json{flags}"


def _births(ops: Sequence[Operation]) -> str:
    """``3 creates and 2 first overwrites wait``."""
    counted = Counter(op.action for op in ops)
    words = {Action.CREATE: "create", Action.UPDATE: "first overwrite", Action.DELETE: "delete"}
    parts = [
        f"{number:,} {words[action]}{'' if number == 1 else 's'}" for action in Action if (number := counted[action])
    ]
    return f"{' and '.join(parts)} {'waits' if len(ops) == 1 else 'wait'}"
