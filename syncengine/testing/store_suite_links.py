"""The promises of a store's links and bases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncengine.errors import StateError
from syncengine.model.adopted import Adopted, pack, packed
from syncengine.model.link import Link, LinkState
from syncengine.model.operation import OperationState
from syncengine.model.record import ABSENT, Deletion, Observed, Presence
from syncengine.state.store import StateStore
from syncengine.testing.fakes import START
from syncengine.testing.store_suite_base import (
    ENTITY,
    LAYOUT,
    LEFT,
    RIGHT,
    StorePromises,
    apply,
    base,
    change,
    due,
    fill,
    ids,
    linked,
    names,
    operation,
    seen,
)

AGREED = ("Name 0", "Gent")


class LinkPromises(StorePromises):
    """Which records are one entity, and what both sides last agreed on."""

    def test_a_pair_that_rests_needs_no_decision(self, store: StateStore) -> None:
        linked(store, 3)
        assert due(store) == []
        assert len(list(store.links.pairs(ENTITY, all=True))) == 3
        assert store.links.count(ENTITY) == 3

    def test_a_pair_shows_its_link_and_both_records(self, store: StateStore) -> None:
        linked(store, 1)
        (pair,) = store.links.pairs(ENTITY, all=True)
        assert pair.link == Link(
            entity=ENTITY, left_id="l0", right_id="r0", matched_by="VATNumber", base=base(AGREED), run=1
        )
        assert (pair.left, pair.right) == (seen("l0", *AGREED, raw=1), seen("r0", *AGREED, raw=1))

    @pytest.mark.parametrize("side", [LEFT, RIGHT])
    def test_a_changed_record_is_shown_with_the_base_it_had(self, store: StateStore, side: str) -> None:
        linked(store, 2)
        row = seen("l0" if side == LEFT else "r0", "Name 0", "Brugge", raw=50)
        fill(store, [row] if side == LEFT else [], [row] if side == RIGHT else [], generation=2)
        (pair,) = store.links.pairs(ENTITY)
        assert pair.link.base == base(AGREED)
        assert (pair.left if side == LEFT else pair.right) == row

    def test_a_record_that_returns_to_its_base_rests_again(self, store: StateStore) -> None:
        linked(store, 1)
        fill(store, [seen("l0", "other", "x")])
        fill(store, [seen("l0", "again", "x")])
        assert due(store) == [("l0", "r0")]
        fill(store, [seen("l0", *AGREED)])
        assert due(store) == []
        (pair,) = store.links.pairs(ENTITY, all=True)
        assert pair.link.base == base(AGREED)

    def test_a_pair_waits_until_its_base_moves(self, store: StateStore) -> None:
        linked(store, 1)
        moved = ("Name 0", "Brugge")
        fill(store, [seen("l0", *moved)], [seen("r0", *moved)])
        assert due(store) == due(store) == [("l0", "r0")]
        assert apply(store, change("l0", "r0", base=base(moved), matched_by="agreed"), run=2) == 1
        assert due(store) == []
        (link,) = store.links.all(ENTITY)
        assert (link.matched_by, link.run, link.base) == ("VATNumber", 1, base(moved)), "only the base moves"

    def test_base_and_mirror_may_be_stored_in_either_order(self, store: StateStore) -> None:
        linked(store, 1)
        moved = ("Name 0", "Brugge")
        with store.transaction():
            store.links.apply([change("l0", "r0", base=base(moved))], 2)
            store.mirror.put(ENTITY, LEFT, 2, [seen("l0", *moved)])
            store.mirror.put(ENTITY, RIGHT, 2, [seen("r0", *moved)])
        assert due(store) == []

    def test_each_side_has_a_base_of_its_own(self, store: StateStore) -> None:
        linked(store, 1)
        fill(store, (), [seen("r0", "NAME 0", "GENT")])
        apply(store, change("l0", "r0", base=base(AGREED, ("NAME 0", "GENT"))))
        assert due(store) == [], "an accepted difference"

    @pytest.mark.parametrize(
        "odd",
        [
            {"in_scope": False},
            {"inactive": True},
            {"protected": True},
            {"problem": "no row"},
            {"presence": Presence.MISSING},
        ],
        ids=lambda odd: next(iter(odd)),
    )
    def test_a_record_that_is_not_ordinary_needs_a_decision(self, store: StateStore, odd: dict[str, object]) -> None:
        linked(store, 2)
        plain = seen("r1", "Name 1", "Gent", raw=2)
        fill(store, (), [replace(plain, **odd)])  # type: ignore[arg-type]
        assert due(store) == [("l1", "r1")]
        fill(store, (), [plain])
        assert due(store) == []

    def test_a_record_that_is_gone_or_missing_needs_a_decision(self, store: StateStore) -> None:
        linked(store, 3)
        with store.transaction():
            store.mirror.remove(ENTITY, LEFT, [Deletion(id="l0")], START)
            store.mirror.put(
                ENTITY, RIGHT, 2, [seen("r0", "Name 0", "Gent", raw=1), seen("r1", "Name 1", "Gent", raw=2)]
            )
            store.mirror.miss(ENTITY, RIGHT, 2, START)
        assert due(store) == [("l0", "r0"), ("l2", "r2")]

    def test_a_link_that_is_not_linked_is_shown_again_and_again(self, store: StateStore) -> None:
        linked(store, 2)
        assert apply(store, change("l0", "r0", state=LinkState.FROZEN)) == 1
        assert due(store) == [("l0", "r0")]
        assert store.links.count(ENTITY) == 1
        apply(store, change("l0", "r0"))
        assert (due(store), store.links.count(ENTITY)) == ([], 2)

    def test_a_link_may_name_what_the_mirror_never_saw(self, store: StateStore) -> None:
        fill(store, [seen("l0")])
        apply(store, change("l0", "r0", matched_by="import", base=base(("Name l0", "Gent"))))
        (pair,) = store.links.pairs(ENTITY)
        assert (pair.left, pair.right) == (seen("l0"), None)
        assert pair.link.base == base(("Name l0", "Gent"))
        assert store.mirror.count(ENTITY, RIGHT) == 0
        assert list(store.mirror.rows(ENTITY, RIGHT)) == []
        fill(store, (), [seen("r0", "Name l0", "Gent")])
        assert due(store) == []
        assert ids(store.mirror.unlinked(ENTITY, RIGHT)) == []

    def test_pairs_come_in_order_of_their_ids(self, store: StateStore) -> None:
        fill(store, [seen(id) for id in ("b", "a", "c")], [seen(id) for id in ("1", "2", "3")])
        apply(store, change("b", "1"), change("c", "3"), change("a", "2"), change("", "9", state=LinkState.TOMBSTONE))
        assert due(store) == [("", "9"), ("a", "2"), ("b", "1"), ("c", "3")]
        assert [(link.left_id, link.right_id) for link in store.links.all()] == due(store)

    def test_a_record_is_linked_once(self, store: StateStore) -> None:
        linked(store, 2)
        with pytest.raises(StateError, match="r1"):
            apply(store, change("l9", "r1"))
        with pytest.raises(StateError, match="l0"):
            apply(store, change("l0", "r9", state=LinkState.TOMBSTONE))
        assert names(store.links.all()) == [("l0", "r0", LinkState.LINKED), ("l1", "r1", LinkState.LINKED)]
        assert store.mirror.get(ENTITY, LEFT, ["l9"]) == {}

    def test_a_record_is_linked_several_times_where_the_entity_allows_many(self, store: StateStore) -> None:
        with store.transaction():
            store.links.relay(ENTITY, LAYOUT, many=LEFT)
        fill(store, [seen("a"), seen("b")], [seen("1"), seen("2")])
        apply(store, change("b", "1"), change("a", "1"))
        assert names(store.links.get(ENTITY, RIGHT, "1")) == [
            ("a", "1", LinkState.LINKED),
            ("b", "1", LinkState.LINKED),
        ]
        assert store.links.get_all(ENTITY, RIGHT, ["2", "1"]) == {"1": store.links.get(ENTITY, RIGHT, "1")}
        assert store.links.partners(ENTITY, RIGHT, ["1", "2"]) == {"1": "a"}
        with pytest.raises(StateError, match="'a'"):
            apply(store, change("a", "2"))
        with pytest.raises(StateError, match="several times"), store.transaction():
            store.links.relay(ENTITY, LAYOUT)

    def test_links_are_found_by_either_record(self, store: StateStore) -> None:
        linked(store, 2)
        apply(store, change("l1", "r1", state=LinkState.TOMBSTONE))
        assert names(store.links.get(ENTITY, LEFT, "l1")) == [("l1", "r1", LinkState.TOMBSTONE)]
        assert store.links.get(ENTITY, RIGHT, "l1") == store.links.get("nobody", LEFT, "l1") == []
        assert store.links.get_all("nobody", LEFT, ["l1"]) == store.links.get_all(ENTITY, LEFT, ["", "none"]) == {}
        assert store.links.partners(ENTITY, LEFT, ["l0", "l1", "x"]) == {"l0": "r0"}
        assert store.links.partners(ENTITY, RIGHT, ["r0"]) == {"r0": "l0"}

    def test_an_unlinked_pair_leaves_both_records_free(self, store: StateStore) -> None:
        linked(store, 1)
        assert apply(store, change("l0", "r0", state=None)) == 1
        assert apply(store, change("l0", "r0", state=None)) == 0
        assert list(store.links.all()) == []
        assert (ids(store.mirror.unlinked(ENTITY, LEFT)), store.links.count(ENTITY)) == (["l0"], 0)
        apply(store, change("l0", "r0"))
        assert due(store) == [("l0", "r0")], "what was agreed on before counts no more"

    def test_a_link_moves_with_its_base(self, store: StateStore) -> None:
        linked(store, 1)
        survivor = ("Name 0", "Brugge")
        fill(store, [seen("l7", *survivor)])
        move = change("l7", "r0", moves=("l0", "r0"), matched_by="merge")
        assert apply(store, move, run=2) == 1
        (pair,) = store.links.pairs(ENTITY)
        assert (pair.link.left_id, pair.link.base, pair.link.matched_by) == ("l7", base(AGREED), "merge")
        assert ids(store.mirror.unlinked(ENTITY, LEFT)) == ["l0"]
        apply(store, move, run=2)
        assert names(store.links.all()) == [("l7", "r0", LinkState.LINKED)], "done twice is done once"

    def test_doing_the_same_again_changes_nothing(self, store: StateStore) -> None:
        linked(store, 1)
        assert apply(store, change("l0", "r0", base=base(AGREED)), change("l0", "r0")) == 0

    def test_adopted_pairs_that_agree_have_their_base_at_once(self, store: StateStore) -> None:
        fill(store, [seen("a", "x", "y"), seen("b", "x", "y"), seen("c", "x", "y", inactive=True), seen("d")])
        fill(store, (), [seen("1", "x", "y"), seen("2", "x", "z"), seen("3", "x", "y")])
        with store.transaction():
            assert store.links.adopt(pack(ENTITY, [("a", "1", "VAT"), ("b", "2", "KvK"), ("c", "3", "VAT")]), 4) == 3
        assert due(store) == [("b", "2"), ("c", "3")]
        first, second, third = store.links.all(ENTITY)
        assert (first.matched_by, first.run, first.base) == ("VAT", 4, base(("x", "y")))
        assert (second.base, third.base) == (None, base(("x", "y")))
        assert ids(store.mirror.unlinked(ENTITY, LEFT)) == ["d"]
        assert store.links.count(ENTITY) == 3

    def test_adoption_links_a_record_once_and_only_what_was_read(self, store: StateStore) -> None:
        linked(store, 1)
        fill(store, [seen("a")], [seen("1")])
        for pair in (("a", "r0", "VAT"), ("a", "nobody", "VAT")):
            with pytest.raises(StateError), store.transaction():
                store.links.adopt(pack(ENTITY, [("a", "1", "VAT"), pair]), 2)
        assert names(store.links.all()) == [("l0", "r0", LinkState.LINKED)]

    def test_twins_are_adopted_by_their_numbers(self, store: StateStore) -> None:
        fill(store, [seen("a", "x", "y"), seen("b", "u", "v"), seen("c")], [seen("2", "u", "v"), seen("1", "x", "y")])
        if (twins := store.mirror.twins(ENTITY)) is None:
            pytest.skip("this store does not look for twins")
        pages = [packed(page.ids, page.right_ids, ["VAT", "KvK"], page.numbers) for page in twins.pages(LAYOUT)]
        with store.transaction():
            assert store.links.adopt(Adopted(ENTITY, pages), 3) == 2
        assert [(link.left_id, link.right_id, link.matched_by, link.base) for link in store.links.all()] == [
            ("a", "1", "VAT", base(("x", "y"))),
            ("b", "2", "KvK", base(("u", "v"))),
        ]
        assert (due(store), ids(store.mirror.unlinked(ENTITY, LEFT))) == ([], ["c"])
        assert ids(store.mirror.unlinked(ENTITY, RIGHT)) == []

    def test_a_number_that_is_another_record_s_links_nothing(self, store: StateStore) -> None:
        fill(store, [seen("a", "x", "y"), seen("b", "u", "v")], [seen("1", "x", "y"), seen("2", "u", "v")])
        if (twins := store.mirror.twins(ENTITY)) is None:
            pytest.skip("this store does not look for twins")
        (page,) = twins.pages(())
        crossed = page.numbers[0], page.numbers[1][::-1]
        with pytest.raises(StateError), store.transaction():
            store.links.adopt(Adopted(ENTITY, [packed(page.ids, page.right_ids, "VAT", crossed)]), 3)
        assert names(store.links.all()) == []

    def test_an_operation_that_is_not_settled_bars_its_pair(self, store: StateStore) -> None:
        linked(store, 4)
        with store.transaction():
            store.journal.accept([operation(1)], run=1, plan="p", approved="", at=START)
            store.journal.accept([operation(5, id="", partner="l2")], run=1, plan="p", approved="", at=START)
            other = operation(6, side=LEFT, id="", partner="r3")
            store.journal.accept([other], run=1, plan="p", approved="", at=START)
        barred = {pair.link.left_id: pair.open_operation for pair in store.links.pairs(ENTITY, all=True)}
        said = "a create bars whatever its record is linked to meanwhile"
        assert barred == {"l0": False, "l1": True, "l2": True, "l3": True}, said
        with store.transaction():
            for state in (OperationState.READY, OperationState.STALE):
                store.journal.move("key1", state, at=START)
        assert [pair.open_operation for pair in store.links.pairs(ENTITY, all=True)] == [False, False, True, True]

    def test_a_new_layout_keeps_what_both_know(self, store: StateStore) -> None:
        linked(store, 3)
        fill(store, [seen("l1", "Name 1", "Brugge"), seen("l2", "Other", "Gent"), seen("x")])
        assert due(store) == [("l1", "r1"), ("l2", "r2")]
        with store.transaction():
            store.links.relay(ENTITY, ("Phone", "Name"))
        store = self.reopened(store)
        assert store.links.layout(ENTITY) == ("Phone", "Name")
        assert due(store) == [("l2", "r2")], "l1 differed in a field that is no longer kept"
        left: list[Observed] = list(store.mirror.rows(ENTITY, LEFT))
        assert [row.values for row in left] == [
            (ABSENT, "Name 0"),
            (ABSENT, "Name 1"),
            (ABSENT, "Other"),
            (ABSENT, "Name x"),
        ]
        assert [link.base for link in store.links.all()] == [base((ABSENT, f"Name {number}")) for number in range(3)]
        store.close()
