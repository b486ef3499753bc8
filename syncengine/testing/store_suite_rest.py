"""The promises of a store's inbox, of what it knows of itself, and of its transactions."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest

from syncengine.errors import LockedError, StateError
from syncengine.model.record import ABSENT
from syncengine.model.review import Answer, Review, Waiting
from syncengine.state.store import Checkpoint, Run, StateStore
from syncengine.testing.fakes import START
from syncengine.testing.store_suite_base import (
    ENTITY,
    LATER,
    LAYOUT,
    LEFT,
    RIGHT,
    StorePromises,
    apply,
    change,
    fill,
    ids,
    linked,
    seen,
)

FULL = Review(
    kind=Waiting.CONFLICT,
    entity=ENTITY,
    left_ids=("l1",),
    right_ids=("r1", "r2"),
    field="City",
    left="Den Haag",
    right=Decimal("1.5"),
    base_left=None,
    base_right=ABSENT,
    reason="both changed",
    rule="conflict:ask",
    score=0.5,
    line=12,
    title="ACME",
)
MATCH = Review(kind=Waiting.MATCH, entity=ENTITY, left_ids=("l1",), right_ids=("r1", "r2"))
REFUSED = Review(kind=Waiting.REFUSED, entity=ENTITY, left_ids=("l1",), right_ids=("r1",), reason="no")
SAME = Answer(kind=Waiting.MATCH, entity=ENTITY, left_id="l1", right_id="r1", decision="same", who="Ann")


class InboxPromises(StorePromises):
    """What waits for a person, and what people decided."""

    def renewed(self, store: StateStore, *items: Review, entity: str = ENTITY) -> list[int]:
        """What planning finds now; return the numbers."""
        with store.transaction():
            return [item.number for item in store.reviews.renew(entity, items)]

    def test_an_item_is_kept_whole(self, store: StateStore) -> None:
        (number,) = self.renewed(store, FULL)
        store = self.reopened(store)
        assert store.reviews.get(number) == replace(FULL, number=number)
        assert store.reviews.open() == [replace(FULL, number=number)]
        assert store.reviews.get(number + 1) is None
        store.close()

    def test_an_item_keeps_its_number_while_its_words_change(self, store: StateStore) -> None:
        first = self.renewed(store, FULL, MATCH)
        assert len(set(first)) == 2
        assert self.renewed(store, MATCH, replace(FULL, left="Delft", reason="again")) == first[::-1]
        found = store.reviews.get(first[0])
        assert found is not None
        assert (found.left, found.reason) == ("Delft", "again")

    def test_what_no_longer_occurs_is_closed_and_comes_back_under_its_number(self, store: StateStore) -> None:
        conflict, match = self.renewed(store, FULL, MATCH)
        other = self.renewed(store, replace(MATCH, entity="items"), entity="items")
        assert self.renewed(store, MATCH) == [match]
        assert [item.number for item in store.reviews.open()] == [match, *other]
        assert store.reviews.get(conflict) is not None
        assert self.renewed(store, FULL, MATCH) == [conflict, match]

    def test_what_a_write_found_stays_until_it_is_settled(self, store: StateStore) -> None:
        with store.transaction():
            (refused,) = store.reviews.add([REFUSED])
        self.renewed(store)
        assert store.reviews.open(ENTITY, Waiting.REFUSED) == [refused]
        self.renewed(store, REFUSED)
        self.renewed(store)
        assert store.reviews.open(ENTITY) == [refused], "that planning found it too changes nothing"
        with store.transaction():
            store.reviews.settle([refused.subject])
        assert store.reviews.open() == []
        self.renewed(store, REFUSED)
        self.renewed(store)
        assert store.reviews.open() == [], "this time only planning found it"

    def test_open_items_are_listed_by_entity_and_kind(self, store: StateStore) -> None:
        self.renewed(store, FULL, MATCH)
        self.renewed(store, replace(MATCH, entity="items"), entity="items")
        assert [item.kind for item in store.reviews.open(ENTITY)] == [Waiting.CONFLICT, Waiting.MATCH]
        assert [item.entity for item in store.reviews.open(kind=Waiting.MATCH)] == [ENTITY, "items"]

    def test_a_decision_is_remembered_and_replaced(self, store: StateStore) -> None:
        field = Answer(
            kind=Waiting.CONFLICT, entity=ENTITY, left_id="l1", right_id="r1", field="City", decision="left", seen=-5
        )
        with store.transaction():
            for answer in (SAME, field, replace(SAME, decision="not_same", who="Bob")):
                store.reviews.answer(answer, START)
        store = self.reopened(store)
        assert set(store.reviews.answers(ENTITY)) == {field, replace(SAME, decision="not_same", who="Bob")}
        assert store.reviews.answers("items") == []
        store.close()


class MetaPromises(StorePromises):
    """What the state knows of itself."""

    def test_a_state_has_an_identity_that_lasts(self, store: StateStore) -> None:
        lineage = store.meta.lineage()
        assert len(lineage) >= 16
        store = self.reopened(store)
        assert store.meta.lineage() == lineage
        store.close()

    def test_pins_are_kept_until_they_are_taken_out(self, store: StateStore) -> None:
        with store.transaction():
            store.meta.set("identity.shop", "csv customers.csv")
            store.meta.set("identity.books", "exact nl 1")
            store.meta.set("identity.books", "exact nl 2")
            store.meta.set("identity.shop", None)
            store.meta.set("never", None)
        assert (store.meta.get("identity.shop"), store.meta.get("identity.books")) == (None, "exact nl 2")

    def test_runs_are_told_newest_first(self, store: StateStore) -> None:
        serial = store.meta.serial()
        with store.transaction():
            first = store.meta.begin_run("sync run", START)
        with store.transaction():
            store.meta.end_run(first, at=LATER, end=3, plan="abc", counts={"created": 2})
        with store.transaction():
            second = store.meta.begin_run("sync plan", LATER)
        assert second > first
        assert store.meta.runs() == [
            Run(number=second, started=LATER, command="sync plan"),
            Run(number=first, started=START, ended=LATER, command="sync run", plan="abc", end=3, counts={"created": 2}),
        ]
        assert [run.number for run in store.meta.runs(1)] == [second]
        assert store.meta.serial() == serial + 1, "a run that did not end does not count"

    def test_a_plan_is_applied_once(self, store: StateStore) -> None:
        with store.transaction():
            store.meta.use_plan("a" * 64, START)
        with pytest.raises(StateError, match="2026-11-20 at 09:00:00"), store.transaction():
            store.meta.use_plan("a" * 64, LATER)
        with store.transaction():
            store.meta.use_plan("b" * 64, LATER)

    def test_a_checkpoint_is_kept_per_side(self, store: StateStore) -> None:
        point = Checkpoint(cursor="1234", taken=START, full=LATER, generation=7)
        with store.transaction():
            store.save_checkpoint(ENTITY, LEFT, Checkpoint(cursor="old", generation=6))
            store.save_checkpoint(ENTITY, LEFT, point)
            store.save_checkpoint(ENTITY, RIGHT, Checkpoint(generation=1))
        store = self.reopened(store)
        assert store.checkpoint(ENTITY, LEFT) == point
        assert store.checkpoint(ENTITY, RIGHT) == Checkpoint(generation=1)
        assert store.checkpoint("items", LEFT) == Checkpoint()
        store.close()


class TransactionPromises(StorePromises):
    """Whole or not at all, and one run at a time."""

    @pytest.mark.parametrize("durable", [True, False], ids=["durable", "bulk"])
    def test_a_transaction_that_fails_leaves_nothing(self, store: StateStore, durable: bool) -> None:
        linked(store, 1)
        with suppress(KeyError), store.transaction(durable=durable):
            store.mirror.put(ENTITY, LEFT, 2, [seen("l0", "x", "y"), seen("new")])
            store.mirror.put("items", LEFT, 2, [seen("1")])
            store.links.relay(ENTITY, ("City",))
            store.save_checkpoint(ENTITY, LEFT, Checkpoint(generation=2))
            store.reviews.renew(ENTITY, [FULL])
            store.meta.set("pin", "value")
            raise KeyError
        assert ids(store.mirror.rows(ENTITY, LEFT)) == ["l0"]
        assert (store.mirror.count(ENTITY, LEFT), store.mirror.count("items", LEFT)) == (1, 0)
        assert [pair.link.left_id for pair in store.links.pairs(ENTITY)] == []
        assert store.links.layout(ENTITY) == LAYOUT
        assert store.checkpoint(ENTITY, LEFT) == Checkpoint()
        assert (store.reviews.open(), store.meta.get("pin")) == ([], None)

    def test_a_step_inside_can_be_undone_alone(self, store: StateStore) -> None:
        with store.transaction():
            store.meta.set("outer", "1")
            with suppress(KeyError), store.transaction():
                store.meta.set("inner", "1")
                raise KeyError
            with store.transaction():
                store.meta.set("kept", "1")
        assert [store.meta.get(key) for key in ("outer", "inner", "kept")] == ["1", None, "1"]

    def test_what_is_committed_is_seen_by_the_next_process(self, store: StateStore) -> None:
        fill(store, [seen("1")], [seen("2")])
        apply(store, change("1", "2"))
        other = self.open(self.folder)
        assert [pair.link.left_id for pair in other.links.pairs(ENTITY)] == ["1"]
        other.close()

    def test_a_second_run_is_refused_and_told_who_holds_the_lock(self, store: StateStore) -> None:
        other = self.open(self.folder)
        with store.lock():
            with pytest.raises(LockedError, match="process"), other.lock():
                raise AssertionError("two runs hold one lock")
            with store.transaction():
                store.meta.set("first", "1")
        with other.lock(), other.transaction():
            other.meta.set("second", "1")
        assert (store.meta.get("first"), store.meta.get("second")) == ("1", "1")
        other.close()

    def test_a_store_may_be_closed_twice(self, store: StateStore) -> None:
        store.close()
        store.close()
