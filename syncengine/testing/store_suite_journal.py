"""The promises of a store's journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from syncengine.errors import StateError
from syncengine.model.operation import Action, FieldChange, Operation, OperationState, Pending
from syncengine.model.record import ABSENT, Value
from syncengine.state.store import Noted, StateStore
from syncengine.testing.fakes import START
from syncengine.testing.store_suite_base import ENTITY, LATER, LEFT, RIGHT, StorePromises, operation

PLANNED, READY, SENDING = OperationState.PLANNED, OperationState.READY, OperationState.SENDING
UNSENT, UNCERTAIN, LOOKING = OperationState.UNSENT, OperationState.UNCERTAIN, OperationState.LOOKING
DONE, CONFIRMED, REFUSED = OperationState.DONE, OperationState.CONFIRMED, OperationState.REFUSED
PARKED, STALE, DROPPED = OperationState.PARKED, OperationState.STALE, OperationState.DROPPED

WAYS = (
    (READY, SENDING, DONE, CONFIRMED),
    (READY, SENDING, UNSENT, READY, SENDING, REFUSED, PARKED, DROPPED),
    (READY, SENDING, UNCERTAIN, LOOKING, DONE),
    (READY, SENDING, UNCERTAIN, LOOKING, UNCERTAIN, LOOKING, READY, STALE),
    (READY, SENDING, UNCERTAIN, LOOKING, PARKED, READY, SENDING, STALE),
    (STALE,),
    (DROPPED,),
)
"""Ways an operation may go from PLANNED."""

WRONG = (
    (SENDING,),
    (DONE,),
    (READY, DONE),
    (READY, SENDING, READY),
    (READY, SENDING, SENDING),
    (STALE, READY),
    (READY, PLANNED),
)
"""Ways whose last step is not legal."""


class JournalPromises(StorePromises):
    """Writes noted before they are made, and the lasting history."""

    def accepted(self, store: StateStore, *operations: Operation, run: int = 1) -> int:
        """Note operations under plan ``p``."""
        with store.transaction():
            return store.journal.accept(operations, run=run, plan="p", approved="Ann", at=START)

    def moved(self, store: StateStore, key: str, *states: OperationState) -> None:
        """Move an operation along a way."""
        for state in states:
            with store.transaction():
                store.journal.move(key, state, at=START)

    def noted(self, store: StateStore, key: str = "key1") -> Noted:
        """One operation that is surely there."""
        noted = store.journal.get(key)
        assert noted is not None
        return noted

    def test_an_operation_is_noted_whole(self, store: StateStore) -> None:
        full = Operation(
            key="k\x1f1",
            entity=ENTITY,
            side=LEFT,
            resource="customers",
            action=Action.CREATE,
            partner="r1",
            values={"name": "Ünï", "price": Decimal("1.20"), "parent": Pending(entity="groups", side=RIGHT, id="g1"), "tags": ("a",)},
            expected={"Name": None, "Flag": True},
            version="W/1",
            identify={"Code": "42"},
            changes=(
                FieldChange(name="Name", before=ABSENT, after="Ünï", base=ABSENT, source="Ünï", rule="create", why="new", line=7),
                FieldChange(
                    name="Parent", before=ABSENT, after=Pending(entity="groups", side=RIGHT, id="g1"), base=ABSENT, source="g1",
                    rule="create", why="new",
                ),
            ),
            title="Ünï B.V.",
            after=("key0",),
            phase=2,
        )  # fmt: skip
        assert self.accepted(store, full) == 1
        store = self.reopened(store)
        assert store.journal.get(full.key) == Noted(operation=full, state=PLANNED, run=1, plan="p", approved="Ann")
        assert store.journal.get("nobody") is None
        store.close()

    def test_operations_are_open_in_the_order_they_were_accepted(self, store: StateStore) -> None:
        self.accepted(store, operation(3), operation(1))
        self.accepted(store, operation(2))
        assert [noted.operation.key for noted in store.journal.open()] == ["key3", "key1", "key2"]
        self.moved(store, "key1", READY)
        assert [noted.operation.key for noted in store.journal.open(READY)] == ["key1"]
        assert [noted.operation.key for noted in store.journal.open(PLANNED, READY)] == ["key3", "key1", "key2"]

    def test_what_is_not_settled_is_not_accepted_again(self, store: StateStore) -> None:
        self.accepted(store, operation(1))
        self.moved(store, "key1", READY, SENDING, REFUSED, PARKED)
        assert self.accepted(store, operation(1), operation(2), run=2) == 1
        assert (self.noted(store).state, self.noted(store).run, self.noted(store).attempts) == (PARKED, 1, 1)

    @pytest.mark.parametrize("way", [(READY, SENDING, DONE), (READY, SENDING, DONE, CONFIRMED), (STALE,), (DROPPED,)])
    def test_what_is_settled_is_not_open_and_may_be_due_again(
        self, store: StateStore, way: tuple[OperationState, ...]
    ) -> None:
        self.accepted(store, operation(1), operation(2))
        self.moved(store, "key1", *way)
        assert [noted.operation.key for noted in store.journal.open()] == ["key2"]
        assert self.accepted(store, operation(1), run=2) == 1
        assert self.noted(store) == Noted(operation=operation(1), state=PLANNED, run=2, plan="p", approved="Ann")
        assert [noted.operation.key for noted in store.journal.open()] == ["key2", "key1"]

    @pytest.mark.parametrize("way", WAYS, ids=" ".join)
    def test_an_operation_goes_every_legal_way(self, store: StateStore, way: tuple[OperationState, ...]) -> None:
        self.accepted(store, operation(1))
        self.moved(store, "key1", *way)
        assert self.noted(store).state is way[-1]
        assert self.noted(store).attempts == way.count(SENDING)

    @pytest.mark.parametrize("way", WRONG, ids=" ".join)
    def test_an_operation_goes_no_other_way(self, store: StateStore, way: tuple[OperationState, ...]) -> None:
        self.accepted(store, operation(1))
        self.moved(store, "key1", *way[:-1])
        before = self.noted(store)
        with pytest.raises(StateError, match=r"cannot become|only"):
            self.moved(store, "key1", way[-1])
        assert self.noted(store) == before

    def test_nothing_moves_that_was_never_noted(self, store: StateStore) -> None:
        with pytest.raises(StateError, match="not in the journal"):
            self.moved(store, "nobody", READY)

    def test_many_move_as_each_would(self, store: StateStore) -> None:
        self.accepted(store, operation(1), operation(2), operation(3))
        with store.transaction():
            store.journal.move_all(["key3", "key1", "key2"], READY, at=START)
            store.journal.move_all(["key3", "key1"], SENDING, at=LATER, sent_boot=12.5, boot="boot-1")
            store.journal.move_all(["key1", "key3"], DONE, at=LATER, answer="204", results=["r1", "r3"])
            store.journal.move_all([], DONE, at=LATER)
        first, second, third = (self.noted(store, key) for key in ("key1", "key2", "key3"))
        assert (first.state, first.result, first.answer, first.attempts) == (DONE, "r1", "204", 1)
        assert (third.sent_wall, third.sent_boot, third.boot, third.result) == (LATER, 12.5, "boot-1", "r3")
        assert (second.state, second.attempts, second.sent_wall) == (READY, 0, None)

    @pytest.mark.parametrize("bad", ["key2", "nobody"])
    def test_of_many_none_moves_where_one_may_not(self, store: StateStore, bad: str) -> None:
        self.accepted(store, operation(1), operation(2), operation(3))
        self.moved(store, "key2", DROPPED)
        with pytest.raises(StateError, match=rf"operation {bad} "), store.transaction():
            store.journal.move_all(["key1", bad, "key3"], READY, at=START)
        assert self.noted(store).state is self.noted(store, "key3").state is PLANNED

    def test_an_operation_is_noted_as_it_is_given(self, store: StateStore) -> None:
        self.accepted(store, operation(1), operation(2))
        self.moved(store, "key1", READY)
        whole = replace(operation(1), values={"name": "resolved"})
        assert list(store.journal.noted([operation(2), whole])) == [
            self.noted(store, "key2"),
            replace(self.noted(store), operation=whole),
        ]

    def test_an_attempt_is_noted_by_both_clocks(self, store: StateStore) -> None:
        self.accepted(store, operation(1))
        self.moved(store, "key1", READY)
        with store.transaction():
            store.journal.move("key1", SENDING, at=START, sent_boot=12.5, boot="boot-1")
        with store.transaction():
            store.journal.move("key1", UNCERTAIN, at=LATER, not_before=LATER, answer="no answer came")
        noted = self.noted(store)
        assert (noted.sent_wall, noted.sent_boot, noted.boot, noted.attempts) == (START, 12.5, "boot-1", 1)
        assert (noted.not_before, noted.answer) == (LATER, "no answer came")
        with store.transaction():
            store.journal.move("key1", LOOKING, at=LATER)
        with store.transaction():
            store.journal.move("key1", DONE, at=LATER, result="r77")
        noted = self.noted(store)
        assert (noted.not_before, noted.answer, noted.result) == (None, "no answer came", "r77")

    def test_the_history_tells_what_was_written(self, store: StateStore) -> None:
        self.accepted(store, operation(1), operation(2))
        with store.transaction():
            first = store.journal.write_entry(self.noted(store), outcome="done", at=START, answer="200 OK")
            made = replace(self.noted(store, "key2"), result="r99", run=5)
            second = store.journal.write_entry(made, outcome="refused", at=LATER)
        assert list(store.journal.entries()) == [first, second]
        assert (first.number, first.id, first.partner, first.answer, first.approved) == (1, "r1", "l1", "200 OK", "Ann")
        assert (second.number, second.id, second.outcome, second.at) == (2, "r99", "refused", LATER)
        assert [dict(item) for item in first.changes] == [
            {
                "name": "Name",
                "before": "Old",
                "after": "New",
                "base": "Old",
                "source": "New",
                "rule": "changed",
                "why": "left changed",
                "line": 0,
            }
        ]
        assert list(store.journal.entries(entity=ENTITY, id="l1")) == [first], "either id names the record"
        assert list(store.journal.entries(run=5)) == [second]
        assert list(store.journal.entries(entity="nobody")) == []

    def test_the_history_is_chained(self, store: StateStore) -> None:
        self.accepted(store, operation(1))
        digests = set[str]()
        for minute in range(3):
            with store.transaction():
                at = START + timedelta(minutes=minute)
                digests.add(store.journal.write_entry(self.noted(store), outcome="done", at=at).digest)
        assert len(digests) == 3
        assert store.journal.verify() == 3

    def test_many_entries_are_chained_as_each_would_be(self, store: StateStore) -> None:
        self.accepted(store, operation(1), operation(2))
        with store.transaction():
            first = store.journal.write_entry(self.noted(store), outcome="done", at=START)
            store.journal.write_entries(
                [self.noted(store, "key2"), self.noted(store)], outcome="done", at=LATER, answer="204"
            )
            store.journal.write_entries([], outcome="done", at=LATER)
            last = store.journal.write_entry(self.noted(store), outcome="refused", at=LATER)
        told = list(store.journal.entries())
        assert [(entry.number, entry.id, entry.at, entry.answer) for entry in told[1:3]] == [
            (2, "r2", LATER, "204"),
            (3, "r1", LATER, "204"),
        ]
        assert (told[0], told[3]) == (first, last)
        assert store.journal.verify() == 4

    def test_a_long_history_is_told_whole(self, store: StateStore) -> None:
        self.accepted(store, operation(1))
        noted = self.noted(store)
        with store.transaction():
            for _ in range(1_200):
                store.journal.write_entry(noted, outcome="done", at=START)
        assert [entry.number for entry in store.journal.entries(run=1)] == list(range(1, 1_201))
        assert store.journal.verify() == 1_200

    @pytest.mark.parametrize("value", ["", None, 0, True, ABSENT, ("a", "b"), Decimal("0.10"), START], ids=repr)
    def test_the_history_keeps_every_kind_of_value(self, store: StateStore, value: Value) -> None:
        changed = FieldChange(name="F", before=value, after=value, base=value, source=value, rule="r", why="w")
        self.accepted(store, operation(1, values={"F": value}, changes=(changed,)))
        assert self.noted(store).operation.changes == (changed,)
        with store.transaction():
            store.journal.write_entry(self.noted(store), outcome="done", at=START)
        assert store.journal.verify() == 1
