"""One run on one page: the order of the steps and nothing else. Start here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from syncengine.decide.plan import make_plan
from syncengine.errors import End, LoginError, Transient, UserError, worst
from syncengine.forgotten import watch
from syncengine.model.entity import Entity
from syncengine.model.operation import OperationState
from syncengine.model.plan import Plan
from syncengine.model.record import Observed, Side
from syncengine.model.result import Applied, Reading, RunResult
from syncengine.pins import check_pins, pin
from syncengine.read.pull import pull
from syncengine.setting import Setting
from syncengine.survey import Wired, budgets, facts, read_sides, settle_effects, sight, wire
from syncengine.write.apply import LANDED, Carried, accept, carry, drop_refused
from syncengine.write.books import Books
from syncengine.write.confirm import confirm
from syncengine.write.recover import recover

_log = logging.getLogger(__name__)

Progress = Callable[[object], None]
"""Told each ``Reading`` and each ``Applied`` as it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a run is asked to do.

    Attributes:
        only: Entities to run; empty for all.
        full: List both sides whole, whatever the cursors say.
        dry: Plan only: no changing request leaves.
        approved: Who approved what will be planned now; "" for nobody, as from cron.
        allow: Guards overridden for this one plan.
    """

    only: tuple[str, ...] = ()
    full: bool = False
    dry: bool = False
    approved: str = ""
    allow: tuple[str, ...] = ()


def run(setting: Setting, wish: Wish, tell: Progress = lambda _: None) -> RunResult:
    """Recover, read, plan, and, unless it is a dry run or a guard speaks, apply.

    Raises:
        LoginError, LockedError, StateError, UserError, Transient: Before anything was planned; nothing was written.
    """
    check_pins(setting)
    wired = watch(setting, wire(setting))
    books = _books(setting, 0 if wish.dry else setting.store.meta.begin_run("run", setting.clock.now()))
    recovered = _recover(setting, wired, books)
    readings = _read(setting, wired, wish, tell)
    plan = _plan(setting, wired, wish, readings)
    result = RunResult(
        end=End.DONE, plan=plan, run=books.run, readings=readings, recovered=tuple(recovered), dry=wish.dry
    )
    if not wish.dry and not _stopping(plan, wish.allow):
        result = _apply(setting, wired, result, books, wish, tell)
    return _close(setting, wish, result, books)


def apply(
    setting: Setting, plan: Plan, *, approved: str, allow: tuple[str, ...] = (), tell: Progress = lambda _: None
) -> RunResult:
    """Carry out a saved plan exactly as it was reviewed, once.

    Raises:
        UserError: The plan is not of this project as it stands: mapping, state, or a later run moved on. Nothing was written.
        StateError: The plan was applied before, says the state itself.
    """
    check_pins(setting)
    _check_same(setting, plan)
    wired = watch(setting, wire(setting))
    books = _books(setting, setting.store.meta.begin_run("apply", setting.clock.now()))
    recovered = _recover(setting, wired, books)
    result = RunResult(end=End.DONE, plan=plan, run=books.run, recovered=tuple(recovered))
    wish = Wish(approved=approved, allow=allow)
    if not _stopping(plan, allow):
        result = _apply(setting, wired, result, books, wish, tell, saved=True)
    return _close(setting, wish, result, books)


def state_of(setting: Setting) -> str:
    """Identity of the state as it stands: a saved plan holds for this one only. A run that died counts too: it may have written."""
    meta = setting.store.meta
    last = max((run.number for run in meta.runs(1)), default=0)
    return f"{meta.lineage()}:{meta.serial()}:{last}"


def _recover(setting: Setting, wired: Wired, books: Books) -> Sequence[Applied]:
    """Settle what earlier runs sent, and confirm what they could not."""
    began = setting.clock.monotonic()
    settled = recover(wired.endpoints, books)
    left = [
        Applied(operation=noted.operation, state=noted.state, answer=noted.answer, id=noted.result)
        for noted in setting.store.journal.open(OperationState.DONE)
        if (noted.operation.entity, noted.operation.side) in wired.endpoints
    ]
    confirmed = _confirm(setting, wired, left, books)
    still = [item for item in confirmed if item.state is OperationState.DONE]
    books.unconfirmed.update((item.operation.entity, item.operation.side, item.id) for item in still)
    recovered = [*settled, *confirmed]
    _step(setting, began, "run %d: recovered %d operations", books.run, len(recovered))
    return recovered


def _read(setting: Setting, wired: Wired, wish: Wish, tell: Progress) -> tuple[Reading, ...]:
    readings: list[Reading] = []
    for entity in _chosen(setting, wish):
        for reading in read_sides(setting, wired, entity, full=wish.full):
            tell(reading)
            readings.append(reading)
    return tuple(readings)


def _plan(setting: Setting, wired: Wired, wish: Wish, readings: Sequence[Reading]) -> Plan:
    began = setting.clock.monotonic()
    plan = make_plan(
        [sight(setting, wired, entity, readings) for entity in _chosen(setting, wish)],
        mapping=setting.mapping,
        lineage=state_of(setting),
        limits=setting.limits,
        now=setting.clock.now(),
        budgets=budgets(setting),
        facts=facts(setting),
    )
    with setting.store.transaction():
        numbered = [
            item
            for name in plan.entities
            for item in setting.store.reviews.renew(name, [item for item in plan.reviews if item.entity == name])
        ]
    found = len(plan.operations), len(plan.links), len(numbered), len(plan.breaches)
    _step(setting, began, "planned %d operations, %d links; %d items wait, %d guards speak", *found)
    return replace(plan, reviews=tuple(numbered))


def _apply(
    setting: Setting,
    wired: Wired,
    result: RunResult,
    books: Books,
    wish: Wish,
    tell: Progress,
    *,
    saved: bool = False,
) -> RunResult:
    plan, approved = result.plan, wish.approved
    withheld = [] if approved else [op for op in plan.operations if op.entity in plan.first]

    def note() -> None:
        if saved:
            setting.store.meta.use_plan(plan.digest, setting.clock.now())
        pin(setting)
        settle_effects(setting, plan)
        _note_entities(setting, plan, {op.entity for op in withheld}, approved)

    began = setting.clock.monotonic()
    setting.room(plan)
    drop_refused(plan, books)
    ready = accept(plan, {op.key for op in withheld}, books, approved=approved, note=note)
    carried = carry(plan, ready, wired.endpoints, books, tell, saved=saved, allow=wish.allow)
    applied = _confirm(setting, wired, carried.results, books)
    landed = sum(item.state in LANDED for item in applied)
    _step(setting, began, "applied %d of %d operations, %d withheld", landed, len(plan.operations), len(withheld))
    ends = [_end_of(carried, applied), End.WAITING if withheld else End.DONE]
    return replace(result, end=worst(ends), applied=tuple(applied), withheld=tuple(withheld))


def _note_entities(setting: Setting, plan: Plan, withheld: Collection[str], approved: str) -> None:
    """Remember what a first run is over for, and what the guards compare the next run with."""
    meta, mirror = setting.store.meta, setting.store.mirror
    for name in plan.entities:
        if approved or name not in withheld:
            meta.set(f"approved:{name}", approved or "nothing to write")
        for side in Side:
            meta.set(f"count:{name}:{side}", str(mirror.count(name, side)))
        taken = [setting.store.checkpoint(name, side).taken for side in Side]
        if began := min((at for at in taken if at is not None), default=None):
            meta.set(f"began:{name}", began.isoformat())


def _confirm(setting: Setting, wired: Wired, results: Sequence[Applied], books: Books) -> list[Applied]:
    """Read again, once for each endpoint that accepted writes without showing the records."""
    confirmed: dict[str, Applied] = {}
    done = [item for item in results if item.state is OperationState.DONE]
    for key in sorted({(item.operation.entity, item.operation.side) for item in done}):
        endpoint = wired.endpoints[key]
        own = [item for item in done if (item.operation.entity, item.operation.side) == key]
        shown: dict[str, Observed] = {}

        def keep(row: Observed, shown: dict[str, Observed] = shown) -> None:
            shown[row.id] = row

        try:
            if endpoint.resource.incremental:
                pull(endpoint, setting.store, setting.clock, seen=keep)
            items = confirm(endpoint, own, shown, books)
        except (Transient, LoginError) as error:
            books.messages.append(f"{key[0]}: writes to {endpoint.system} are done but not confirmed yet: {error}")
            continue
        confirmed.update((item.operation.key, item) for item in items)
    return [confirmed.get(item.operation.key, item) for item in results]


def _close(setting: Setting, wish: Wish, result: RunResult, books: Books) -> RunResult:
    """Name the end, note it, and gather what waits."""
    reviews = tuple(item for item in setting.store.reviews.open() if not wish.only or item.entity in wish.only)
    ends = [result.end, End.WAITING if reviews else End.DONE]
    if _stopping(result.plan, wish.allow):
        ends.append(End.GUARD)
    if any(item.state is OperationState.UNCERTAIN for item in result.recovered):
        ends.append(End.LATER)
    end = worst(ends)
    _log.info("run %d ends %d (%s), %d items wait", books.run, end, end.name.lower(), len(reviews))
    if books.run:
        counts = {state.value: result.count(state) for state in OperationState if result.count(state)}
        with setting.store.transaction():
            setting.store.meta.end_run(
                books.run, at=setting.clock.now(), end=int(end), plan=result.plan.digest, counts=counts
            )
    return replace(result, end=end, reviews=reviews, messages=(*result.messages, *books.messages))


def _step(setting: Setting, began: float, text: str, *counts: object) -> None:
    """Log a step and how long it took: counts and numbers, never what a record holds."""
    _log.info(f"{text}, in %.2f s", *counts, setting.clock.monotonic() - began)


def _end_of(carried: Carried, applied: Sequence[Applied]) -> End:
    ends = [End.LOGIN if isinstance(error, LoginError) else End.LATER for error in carried.errors]
    ends += [End.GUARD] if carried.held else []
    unfinished = {OperationState.READY, OperationState.STALE, OperationState.UNCERTAIN}
    if any(item.state in unfinished for item in applied):
        ends.append(End.LATER)
    if any(item.state is OperationState.PARKED for item in applied):
        ends.append(End.WAITING)
    return worst(ends)


def _stopping(plan: Plan, allow: Collection[str]) -> bool:
    return any(breach.guard not in allow for breach in plan.breaches)


def _chosen(setting: Setting, wish: Wish) -> Sequence[Entity]:
    unknown = set(wish.only) - {entity.name for entity in setting.entities}
    if unknown:
        names = ", ".join(entity.name for entity in setting.entities)
        raise UserError(f'There is no entity "{min(unknown)}" in the mapping. It has: {names}.')
    return [entity for entity in setting.entities if not wish.only or entity.name in wish.only]


def _check_same(setting: Setting, plan: Plan) -> None:
    now = state_of(setting)
    if plan.mapping != setting.mapping:
        raise UserError(
            "The mapping changed since this plan was made. Nothing was written. Plan again: sync plan -o FILE"
        )
    if plan.lineage.split(":")[0] != now.split(":")[0]:
        raise UserError("This plan was made from another project's state. Nothing was written.")
    if plan.lineage != now:
        raise UserError(
            "Another run came between this plan and now, so it no longer shows what would be done. Nothing was written.\n"
            "  Plan again: sync plan -o FILE"
        )


def _books(setting: Setting, run: int) -> Books:
    return Books(store=setting.store, clock=setting.clock, boot=setting.boot, run=run)
