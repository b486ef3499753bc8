"""The switches: each changes one behaviour into what other synchronisers got wrong. A pytest plugin turns on the one named by ``PLANTED``."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from syncengine.model.operation import OperationState
from syncengine.model.record import Side

Plant = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """One planted bug.

    Attributes:
        plant: Turns it on, for the whole process.
        found_by: What pytest is asked to run; it must fail.
        seeds: For the simulation: how many histories it may need.
    """

    plant: Plant
    found_by: tuple[str, ...]
    seeds: int = 0


def blind_retry() -> None:
    """An uncertain write is sent again at once, without a look."""
    from syncengine.write import look, outbox, recover

    def again(endpoint: Any, noted: Any, books: Any, *, refused: bool = False) -> Any:
        with books.store.transaction():
            books.move(noted.operation.key, OperationState.LOOKING)
        return look._anew(noted.operation, "blind", books)

    outbox.look = recover.look = again  # type: ignore[attr-defined]


def no_settle() -> None:
    """ "Not there" is believed at once, though the write may still be under way."""
    from syncengine.write import look

    look.settled_at = lambda noted, endpoint, books: None


def settle_by_wall_clock_only() -> None:
    """Somebody sets the clock, and the time to settle seems over."""
    from syncengine.write import look

    settled_at = look.settled_at
    look.settled_at = lambda noted, endpoint, books: settled_at(replace(noted, boot="another"), endpoint, books)


def no_fresh_look() -> None:
    """What was planned is written whatever the record shows by now."""
    from syncengine.write import apply
    from syncengine.write.check import Checked

    apply.check = lambda endpoint, operations, books: Checked(ready=operations, stale=())  # type: ignore[attr-defined]


def no_precondition() -> None:
    """A side that knows versions is not told which one was planned from."""
    from syncengine_connectors import memory

    memory._refuse_if_moved = lambda operation, row: None


def sent_value_as_base() -> None:
    """What was sent becomes the base, not what the side made of it."""
    from syncengine.write import commit

    observed = commit._observed

    def sent(endpoint: Any, operation: Any, written: Any, books: Any) -> Any:
        return observed(endpoint, operation, replace(written, record=None), books)

    commit._observed = sent


def base_is_one_value() -> None:
    """One value is kept as what both agreed on."""
    from syncengine.model.link import Base
    from syncengine.write import commit

    link = commit._link

    def one(*args: Any, **more: Any) -> Any:
        change = link(*args, **more)
        assert change.base is not None
        return replace(change, base=Base(left=change.base.left, right=change.base.left))

    commit._link = one


def confirm_takes_all_as_edits() -> None:
    """A value the side wrote its own way is taken for a person's."""
    from syncengine.write import confirm

    confirm._is_own = lambda endpoint, change, shown: False


def cursor_of_an_incomplete_listing() -> None:
    """The cursor moves though the side says that it did not show everything."""
    from syncengine.read import pull

    finish = pull._finish

    def saved(end: Any, *args: Any) -> None:
        finish(end, *args)
        endpoint, store = args[0], args[1]
        known = store.checkpoint(endpoint.entity, endpoint.side)
        store.save_checkpoint(endpoint.entity, endpoint.side, replace(known, cursor=end.cursor, full=known.taken))

    pull._finish = saved  # type: ignore[assignment]


def cursor_before_rows() -> None:
    """The cursor is saved before the rows are."""
    from syncengine import run, survey
    from syncengine.read import pull as reading

    pull = reading.pull

    def early(endpoint: Any, store: Any, clock: Any, **more: Any) -> Any:
        known = store.checkpoint(endpoint.entity, endpoint.side)
        pages = list(endpoint.connector.pull(endpoint.query, None if more.get("full") else known.cursor))
        if pages and pages[-1].end is not None:
            with store.transaction():
                moved = replace(known, cursor=pages[-1].end.cursor, full=clock.now())
                store.save_checkpoint(endpoint.entity, endpoint.side, moved)

        class Again:
            def pull(self, query: Any, since: Any) -> Any:
                return iter(pages)

            def __getattr__(self, name: str) -> Any:
                return getattr(endpoint.connector, name)

        return pull(replace(endpoint, connector=Again()), store, clock, **more)

    run.pull = survey.pull = early  # type: ignore[attr-defined]


def no_overlap() -> None:
    """The next pull begins exactly where the last one ended; what was committed late is behind it."""
    from syncengine_connectors.exact import cursor

    cursor.OVERLAP = 0.0  # type: ignore[misc]


def missing_is_empty() -> None:
    """A field the side did not send is read as empty."""
    from syncengine.decide import translate
    from syncengine.model.record import ABSENT

    made = translate.compile_lens

    def compiled(*args: Any, **more: Any) -> Any:
        lens = made(*args, **more)
        observe = lens.observe

        def emptied(side: Any, record: Any, raw: int = 0) -> Any:
            seen = observe(side, record, raw)
            return replace(seen, values=tuple(None if value is ABSENT else value for value in seen.values))

        class Planted:
            def __getattr__(self, name: str) -> Any:
                return emptied if name == "observe" else getattr(lens, name)

        return Planted()

    from syncengine import survey

    survey.compile_lens = compiled  # type: ignore[attr-defined]


def missing_row_is_deleted() -> None:
    """A record that a listing does not show is taken for deleted, without asking."""
    from syncengine import survey
    from syncengine.model.record import Deletion

    def gone(endpoint: Any, store: Any, clock: Any, *, most: int) -> tuple[int, int]:
        lost = [Deletion(id=item.id) for item in store.mirror.missing(endpoint.entity, endpoint.side)]
        with store.transaction():
            store.mirror.remove(endpoint.entity, endpoint.side, lost, clock.now())
        return len(lost), 0

    survey.look_up = gone  # type: ignore[attr-defined]


def no_tombstones() -> None:
    """Nothing is kept of a pair one of whose records is gone."""
    from syncengine.decide.subject import Subject
    from syncengine.model.link import LinkState

    change = Subject.change_link

    def forget(self: Any, link: Any, state: Any, why: str, **more: Any) -> None:
        change(self, link, None if state is LinkState.TOMBSTONE else state, why, **more)

    Subject.change_link = forget  # type: ignore[method-assign]


def creates_before_links() -> None:
    """Records without partner are created before anybody looks for their partners."""
    from syncengine.decide import identity, plan

    match = plan._match

    def unmatched(*args: Any, **more: Any) -> Any:
        found: Any = match(*args, **more)
        alone = {
            Side.LEFT: [item.left_id for item in found.links],
            Side.RIGHT: [item.right_id for item in found.links],
        }
        whole = {side: (*found.unmatched.get(side, ()), *ids) for side, ids in alone.items()}
        return replace(found, links=(), unmatched=whole)

    plan._match = unmatched
    identity.find_twins = lambda subject: None  # type: ignore[attr-defined]


def guard_ignored() -> None:
    """A plan beyond a guard is applied all the same."""
    from syncengine import run

    run._stopping = lambda plan, allow: False


def override_for_all() -> None:
    """An override of one guard overrides every guard."""
    from syncengine import run

    run._stopping = lambda plan, allow: bool(plan.breaches) and not allow


def done_before_durable() -> None:
    """A request leaves before it was noted that it is sent."""
    from syncengine.write import outbox

    send = outbox.send

    def late(endpoint: Any, operations: Any, books: Any) -> Any:
        connector, outcomes = endpoint.connector, endpoint.connector.write(operations)

        class Answered:
            def write(self, operations: Any) -> Any:
                return outcomes

            def __getattr__(self, name: str) -> Any:
                return getattr(connector, name)

        return send(replace(endpoint, connector=Answered()), operations, books)

    from syncengine.write import apply

    apply.send = late  # type: ignore[attr-defined]


def lost_confirm() -> None:
    """Nobody looks what a side made of a write that was answered without the record."""
    from syncengine import run

    run.confirm = lambda endpoint, done, shown, books: list(done)  # type: ignore[attr-defined]


def adopt_any_hit() -> None:
    """Whatever a lookup finds is taken for what was lost."""
    from syncengine.write import look

    judge = look.judge

    def any_hit(endpoint: Any, operation: Any, found: Any) -> Any:
        return look.Seen.DONE if found and operation.action == "create" else judge(endpoint, operation, found)

    look.judge = any_hit
    look._candidates = lambda found, noted, books: found


def could_not_look_is_absent() -> None:
    """A lookup that failed counts as one that found nothing."""
    from syncengine.testing.fakes import FaultyConnector

    find = FaultyConnector.find

    def quiet(self: Any, operation: Any) -> Any:
        from syncengine.errors import Transient

        try:
            return find(self, operation)
        except Transient:
            return []

    from syncengine.write import look

    FaultyConnector.find = quiet  # type: ignore[method-assign]
    look.settled_at = lambda noted, endpoint, books: None


def open_operation_bars_nothing() -> None:
    """A create that is not settled does not keep another one from being planned."""
    from syncengine import run, survey

    sight = survey.sight
    run.sight = lambda *args: replace(sight(*args), birth_keys=frozenset())  # type: ignore[attr-defined]


def plan_used_twice() -> None:
    """A saved plan may be applied again and again."""
    from syncengine import run
    from syncengine.state.meta import SqliteMeta

    SqliteMeta.use_plan = lambda self, digest, at: None  # type: ignore[method-assign]
    run._check_same = lambda setting, plan: None


def no_recovery() -> None:
    """What an earlier run sent is forgotten: it is planned anew."""

    def forget(endpoints: Any, books: Any) -> Any:
        with books.store.transaction():
            for noted in books.store.journal.open():
                if noted.state is OperationState.SENDING:
                    books.move(noted.operation.key, OperationState.UNSENT, OperationState.READY, OperationState.STALE)
        return ()

    from syncengine import run

    run.recover = forget  # type: ignore[attr-defined]


def no_history() -> None:
    """Writes leave no entry."""
    from syncengine.state.journal import SqliteJournal

    SqliteJournal.write_entry = lambda self, noted, **more: None  # type: ignore[method-assign,assignment]
    SqliteJournal.write_entries = SqliteJournal.write_entry  # type: ignore[method-assign,assignment]


def refused_again_and_again() -> None:
    """What a side refused is sent again with each run."""
    from syncengine import run, survey

    sight = survey.sight
    run.sight = lambda *args: replace(sight(*args), parked=frozenset())  # type: ignore[attr-defined]


def edited_partner_is_deleted() -> None:
    """A record goes with its partner though somebody edited it."""
    from syncengine.decide import deletes

    deletes._edited = lambda subject, pair, side: False


def use_before_save() -> None:
    """A new token is used before it is on the disk."""
    from syncengine_connectors.exact.keeper import Keeper

    settle = Keeper._settle

    def early(self: Any, chain: Any, current: Any, reply: Any) -> Any:
        if reply.tokens is None:
            return settle(self, chain, current, reply)
        self._held = reply.tokens
        return reply.tokens

    Keeper._settle = early  # type: ignore[method-assign]


def no_control_in_lookups() -> None:
    """ "None found" is believed though a record known to be there was not found either."""
    from syncengine_connectors.exact.looking import Looker

    Looker._known_by = lambda self, *args: None  # type: ignore[method-assign]


def one_base_for_both_sides() -> None:
    """What the left showed is what both sides are compared with."""
    from syncengine.decide import resolve
    from syncengine.decide.diff import Agreed, diff_field

    def one(base: Any, left: Any, right: Any, **more: Any) -> Any:
        return diff_field(None if base is None else Agreed(base[0], base[0]), left, right, **more)

    resolve.diff_field = one  # type: ignore[attr-defined]


def first_hit() -> None:
    """Of several records with one key the first is linked."""
    from syncengine.decide.match.settling import _Settling

    def first(self: Any, nodes: Any) -> Any:
        lefts, rights = self._sides(nodes)
        return (lefts[0], rights[0]) if lefts and rights else None

    _Settling._one_and_one = first  # type: ignore[method-assign]


def empty_travels() -> None:
    """An emptied field empties the other side, whatever the mapping says of it."""
    from syncengine.decide import resolve

    resolve._emptied = resolve._write


def no_veto() -> None:
    """What a rule names against a link is not looked at."""
    from syncengine.decide.match.evidence import Evidence

    Evidence._vetoed = lambda self, nodes, name: ""  # type: ignore[method-assign]


def shared_key_links() -> None:
    """A key that several parties share, a VAT group's, is a key like any other."""
    from syncengine.decide.match.evidence import Evidence
    from syncengine.decide.match.joining import _Weighing

    Evidence.against = lambda self, nodes, rule: ""  # type: ignore[method-assign]
    _Weighing._against = lambda self, roots: ""  # type: ignore[method-assign]


def moved_is_settled() -> None:
    """An update whose record moved is given up at once, though it may still arrive."""
    from syncengine.write import look

    wait = look._wait

    def at_once(operation: Any, noted: Any, endpoint: Any, books: Any, reason: str) -> Any:
        if reason.startswith("the record moved"):
            return look._moved(operation, noted, books)
        return wait(operation, noted, endpoint, books, reason)

    look._wait = at_once


def old_emptiness_counts() -> None:
    """What a side showed as empty long ago counts as said, though it was not read whole."""
    from syncengine.decide import merge

    merge._said = lambda work, side, place, known: work.record(side).values[place]


def unseen_write_is_believed() -> None:
    """What a write left that nobody could look at since is taken for what was sent."""
    from syncengine.write import check

    is_asked = check._is_asked
    check._is_asked = lambda endpoint, operation, books: is_asked(
        endpoint, operation, replace(books, unconfirmed=set())
    )


def killed_run_is_nothing() -> None:
    """A state that lacks the last run is taken for the newest if that run was killed."""
    from syncengine.state import witness

    older = witness.older
    witness.older = lambda folder, lineage, serial, epoch: older(folder, lineage, serial, 10**9)


def second_look_is_not_compared() -> None:
    """The record is looked at once more before the first update, and what is seen then counts for nothing."""
    from syncengine.write import proof
    from syncengine.write.check import Checked

    proof.compare = lambda endpoint, operations, *more: Checked(ready=operations, stale=())  # type: ignore[attr-defined]


STORIES: Final = "tests/stories"
TABLE: Final = ("tests/decide/test_resolve.py", "-k", "field_table")
MATCH: Final = "tests/decide/test_match.py"
FOUND: Final = "tests/simulation/test_found.py"
SIMULATION: Final = "tests/simulation/test_simulation.py"

BUGS: Final[Mapping[str, Bug]] = MappingProxyType(
    {
        "blind retry": Bug(plant=blind_retry, found_by=(STORIES, "-k", "lost_create_reply")),
        "no time to settle": Bug(plant=no_settle, found_by=(STORIES, "-k", "repeated_only_after_it_settled")),
        "settle by the wall clock only": Bug(plant=settle_by_wall_clock_only, found_by=("tests/planted/test_open.py",)),
        "no fresh look": Bug(plant=no_fresh_look, found_by=(FOUND, "-k", "never_shown_is_not_deleted")),
        "no precondition": Bug(plant=no_precondition, found_by=(SIMULATION, "-k", "nothing_is_lost"), seeds=600),
        "sent value as base": Bug(plant=sent_value_as_base, found_by=(SIMULATION, "-k", "nothing_is_lost"), seeds=300),
        "base is one value": Bug(plant=base_is_one_value, found_by=(SIMULATION, "-k", "nothing_is_lost"), seeds=300),
        "a side's own way taken for an edit": Bug(plant=confirm_takes_all_as_edits, found_by=(STORIES, "-k", "normalising")),
        "cursor of an incomplete listing": Bug(plant=cursor_of_an_incomplete_listing, found_by=(FOUND, "-k", "not_whole")),
        "cursor before rows": Bug(plant=cursor_before_rows, found_by=("tests/interrupt", "-k", "changes_nothing_in_the_end")),
        "no overlap": Bug(plant=no_overlap, found_by=("tests/connectors/exact/test_cursor.py", "tests/connectors/exact/test_reading.py")),
        "missing is empty": Bug(plant=missing_is_empty, found_by=(FOUND, "-k", "restored_record_has_agreed")),
        "missing row is deleted": Bug(plant=missing_row_is_deleted, found_by=(SIMULATION, "-k", "nothing_is_lost"), seeds=600),
        "no tombstones": Bug(plant=no_tombstones, found_by=(SIMULATION, "-k", "nothing_is_lost"), seeds=300),
        "creates before links": Bug(plant=creates_before_links, found_by=(STORIES, "-k", "links_before_any_create")),
        "guard ignored": Bug(plant=guard_ignored, found_by=(STORIES, "-k", "deletes")),
        "override for all": Bug(plant=override_for_all, found_by=(STORIES, "-k", "deletes")),
        "sent before it was noted": Bug(plant=done_before_durable, found_by=(SIMULATION, "-k", "nothing_is_lost"), seeds=40),
        "lost confirm": Bug(plant=lost_confirm, found_by=(STORIES, "-k", "normalising or dropped")),
        "adopt any hit": Bug(plant=adopt_any_hit, found_by=(FOUND, "-k", "not_adopted_for_another")),
        "could not look is absent": Bug(plant=could_not_look_is_absent, found_by=(SIMULATION, "-k", "nothing_is_lost"), seeds=600),
        "open operation bars nothing": Bug(
            plant=open_operation_bars_nothing, found_by=("tests/planted/test_open.py", "-k", "source")
        ),
        "plan used twice": Bug(plant=plan_used_twice, found_by=(STORIES, "-k", "single_use")),
        "no recovery": Bug(plant=no_recovery, found_by=("tests/interrupt", "-k", "creates_to_the_right or creates")),
        "no history": Bug(plant=no_history, found_by=(SIMULATION, "-k", "nothing_is_lost"), seeds=200),
        "refused again and again": Bug(plant=refused_again_and_again, found_by=(STORIES, "-k", "poison")),
        "edited partner is deleted": Bug(plant=edited_partner_is_deleted, found_by=(STORIES, "-k", "delete")),
        "token used before it was saved": Bug(plant=use_before_save, found_by=("tests/connectors/exact/test_tokens.py",)),
        "one base for both sides": Bug(plant=one_base_for_both_sides, found_by=TABLE),
        "first hit": Bug(plant=first_hit, found_by=(MATCH, "-k", "strong_keys")),
        "empty travels": Bug(plant=empty_travels, found_by=TABLE),
        "no veto": Bug(plant=no_veto, found_by=(MATCH, "-k", "veto_lets_a_person_say")),
        "a shared key links": Bug(plant=shared_key_links, found_by=(MATCH, "-k", "group_s_vat_number")),
        "forgotten in a plan": Bug(plant=no_tombstones, found_by=("tests/decide/test_deletes.py", "-k", "never_born_again")),
        "written over another version": Bug(plant=no_precondition, found_by=("tests/connectors/test_memory.py", "-k", "stale_write")),
        "a moved record is not waited for": Bug(plant=moved_is_settled, found_by=(FOUND, "-k", "late_update")),
        "old emptiness counts": Bug(plant=old_emptiness_counts, found_by=(FOUND, "-k", "broke_off")),
        "an unseen write is believed": Bug(plant=unseen_write_is_believed, found_by=(SIMULATION, "-k", "nobody-saw")),
        "a killed run is nothing": Bug(plant=killed_run_is_nothing, found_by=("tests/state/test_care.py", "-k", "killed_run")),
        "a second look is not compared": Bug(plant=second_look_is_not_compared, found_by=(SIMULATION, "-k", "two-looks")),
        "no control in lookups": Bug(plant=no_control_in_lookups, found_by=("tests/connectors/exact",)),
    }
)  # fmt: skip

SWITCHED_OFF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "the base pair": "one base for both sides",
        "the component matching": "first hit",
        "the tombstones": "forgotten in a plan",
        "the precondition": "written over another version",
        "the empty policy": "empty travels",
        "the veto": "no veto",
        "the shared-key rule": "a shared key links",
    }
)
"""What decides, switched off one at a time: the bug that does so. Each is found in a second or two, so in every test run."""


def pytest_configure() -> None:
    """Turn on the bug that the environment names."""
    name = os.environ.get("PLANTED")
    if name:
        BUGS[name].plant()
