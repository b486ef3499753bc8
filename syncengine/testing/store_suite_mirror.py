"""The promises of a store's mirror."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from syncengine.model.columns import Sheet
from syncengine.model.link import LinkState
from syncengine.model.record import ABSENT, Deletion, Observed, Presence, Value
from syncengine.model.values import row_fingerprint
from syncengine.state.store import Keys, StateStore
from syncengine.testing.fakes import START
from syncengine.testing.store_suite_base import (
    EARLIER,
    ENTITY,
    LATER,
    LEFT,
    RIGHT,
    StorePromises,
    apply,
    change,
    due,
    fill,
    ids,
    linked,
    listing,
    seen,
)


def key_of(value: Value) -> int:
    """A value as a match key."""
    return row_fingerprint((value,))


class ByValue:
    """Takes the values of one field as keys, and notes which.

    Args:
        place: Of the field, in the layout.
    """

    def __init__(self, store: StateStore, place: int, entity: str = ENTITY) -> None:
        self.fields = (store.links.layout(entity)[place],)
        self.meaning = f"values {place}"
        self.asked: list[Value] = []

    def held(self, fields: Mapping[str, Sequence[Value]], size: int) -> list[tuple[int, int]]:
        """The key of each record."""
        [column] = fields.values()
        assert len(column) == size
        self.asked.extend(column)
        return [(at, key_of(value)) for at, value in enumerate(column)]


class MirrorPromises(StorePromises):
    """What each side last showed."""

    def test_what_is_put_is_got_again_in_every_kind_of_value(self, store: StateStore) -> None:
        values = (
            "Ünïcode \U0001f600 \x00",
            None,
            ABSENT,
            True,
            0,
            Decimal("1.20"),
            date(2026, 2, 28),
            EARLIER,
            ("a", "b"),
        )
        row = Observed(
            id="1",
            values=values,
            raw=-(2**63),
            fingerprint=row_fingerprint(values),
            version="77",
            modified=EARLIER,
            in_scope=False,
            inactive=True,
            protected=True,
            problem="no row in the table",
            notes=("one", "two"),
        )
        fill(store, [row, seen("2")])
        store = self.reopened(store)
        assert store.mirror.get(ENTITY, LEFT, ["1", "2", "3"]) == {"1": row, "2": seen("2")}

    def test_rows_put_together_are_rows_put_one_by_one(self, store: StateStore) -> None:
        values: list[tuple[Value, ...]] = [
            ("a", "b", "c"),
            (None, Decimal("1.20"), ABSENT),
            (True, 0, date(2026, 2, 28)),
        ]
        sheet = Sheet(ids=["1", "2", "3"], values=values, raws=[11, 12, 13], versions=["7", None, "9"])
        with store.transaction():
            assert store.mirror.put_sheet(ENTITY, LEFT, 1, sheet) == 3
        rows = {row.id: replace(row, fingerprint=row_fingerprint(row.values)) for row in sheet.records()}
        assert store.mirror.get(ENTITY, LEFT, ["1", "2", "3"]) == rows
        assert store.mirror.count(ENTITY, LEFT) == 3
        assert ids(store.mirror.unlinked(ENTITY, LEFT)) == ["1", "2", "3"]
        later = Sheet(ids=["2", "4"], values=[("x", "y"), ("x", "y"), ("x", "y")], raws=[22, 24], versions=["8", "1"])
        with store.transaction():
            store.mirror.known(ENTITY, LEFT, 2, [11, 22, 24])
            store.mirror.put_sheet(ENTITY, LEFT, 2, later)
            assert store.mirror.miss(ENTITY, LEFT, 2, START) == 2
            assert list(store.mirror.known(ENTITY, LEFT, 3, [11, 12, 22, 24, 14])) == [False, False, True, True, False]
        rows |= {row.id: replace(row, fingerprint=row_fingerprint(row.values)) for row in later.records()}
        rows |= {id: replace(rows[id], presence=Presence.MISSING, since=START) for id in ("1", "3")}
        assert {row.id: row for row in store.mirror.rows(ENTITY, LEFT)} == rows
        assert store.mirror.count(ENTITY, LEFT) == 2
        store.close()

    def test_a_side_nobody_ever_read_is_empty(self, store: StateStore) -> None:
        assert store.mirror.count("nobody", LEFT) == 0
        assert list(store.mirror.rows("nobody", LEFT)) == []
        assert list(store.mirror.unlinked("nobody", LEFT)) == []
        assert list(store.mirror.missing("nobody", LEFT)) == []
        assert store.mirror.get("nobody", LEFT, ["1"]) == {}
        assert list(store.mirror.known("nobody", LEFT, 1, [1, 2])) == [False, False]

    def test_the_sides_and_the_entities_are_apart(self, store: StateStore) -> None:
        with store.transaction():
            store.mirror.put("items", LEFT, 1, [seen("1", "screw", "x", raw=1)])
            store.mirror.known("items", LEFT, 1, [1])
            store.mirror.miss("items", LEFT, 1, START)
        listing(store, [seen("1", "left", "x", raw=1)], 1)
        listing(store, [seen("1", "right", "x", raw=2)], 1, side=RIGHT)
        found = [
            store.mirror.get(*where, ["1"])["1"].values[0]
            for where in (("items", LEFT), (ENTITY, LEFT), (ENTITY, RIGHT))
        ]
        assert found == ["screw", "left", "right"]
        assert list(store.mirror.known(ENTITY, LEFT, 2, [1, 2])) == [True, False]

    def test_rows_come_in_order_of_id(self, store: StateStore) -> None:
        fill(store, [seen(id) for id in ("b", "a", "10", "9", "")])
        assert ids(store.mirror.rows(ENTITY, LEFT)) == ["", "10", "9", "a", "b"]

    def test_a_row_put_again_replaces_the_one_before(self, store: StateStore) -> None:
        fill(store, [seen("1", "old", "x", raw=1, problem="bad", notes=("n",))])
        fill(store, [seen("1", "new", "x", raw=2)])
        assert list(store.mirror.rows(ENTITY, LEFT)) == [seen("1", "new", "x", raw=2)]
        assert store.mirror.count(ENTITY, LEFT) == 1

    def test_of_one_id_twice_in_a_listing_the_newer_version_stays(self, store: StateStore) -> None:
        newer, older = seen("1", "newer", "x", version="10"), seen("1", "older", "x", version="9")
        fill(store, [newer, older])
        fill(store, [older])
        assert store.mirror.get(ENTITY, LEFT, ["1"])["1"].values[0] == "newer"
        fill(store, [older], generation=2)
        assert store.mirror.get(ENTITY, LEFT, ["1"])["1"].values[0] == "older", "a later listing is believed"

    def test_a_listing_of_more_rows_than_a_batch_is_stored_whole(self, store: StateStore) -> None:
        many = [seen(f"{number:06}", raw=number + 1) for number in range(12_345)]
        assert listing(store, many, 1) == ([False] * 12_345, 0)
        assert store.mirror.count(ENTITY, LEFT) == 12_345
        assert list(store.mirror.rows(ENTITY, LEFT)) == many
        for page in (1_000, 700):
            assert listing(store, many, 2, page=page) == ([True] * 12_345, 0), "however it is cut into pages"
        known, missing = listing(store, many[::-1], 4)
        assert (sum(known) > 9_000, missing) == (True, 0), "in another order some may be read again"
        assert len(store.mirror.get(ENTITY, LEFT, [row.id for row in many])) == 12_345

    def test_only_rows_without_a_problem_are_known(self, store: StateStore) -> None:
        rows = [seen("1", raw=1), seen("2", raw=2, problem="bad"), seen("3", raw=0), seen("4", raw=4)]
        listing(store, rows, 1)
        assert listing(store, rows, 2) == ([True, False, False, True], 0)
        listing(store, [rows[0], seen("2", raw=2), *rows[2:]], 3)
        assert listing(store, rows, 4) == ([True, True, False, True], 0), "the problem is gone, its bytes are the same"

    def test_only_what_a_whole_listing_showed_is_known(self, store: StateStore) -> None:
        rows = [seen("1", raw=1), seen("2", raw=2)]
        with store.transaction():
            store.mirror.known(ENTITY, LEFT, 1, [1])
            store.mirror.put(ENTITY, LEFT, 1, rows[:1])
        assert listing(store, rows, 2) == ([False, False], 0)
        assert listing(store, rows[1:], 3) == ([True], 1), "and what a broken one stored can be missed"

    def test_a_row_that_is_no_record_is_never_known(self, store: StateStore) -> None:
        for generation in (1, 2, 3):
            with store.transaction():
                assert list(store.mirror.known(ENTITY, LEFT, generation, [1, 2])) == [generation > 1, False]
                store.mirror.put(ENTITY, LEFT, generation, [seen("1", raw=1)] if generation == 1 else [])
                assert store.mirror.miss(ENTITY, LEFT, generation, START) == 0

    def test_what_we_write_ourselves_is_read_again(self, store: StateStore) -> None:
        rows = [seen("1", raw=1), seen("2", raw=2)]
        listing(store, rows, 1)
        fill(store, [seen("2", "written", "x")])
        assert listing(store, rows, 2) == ([True, False], 0), "the side went back to what it showed before"

    def test_a_row_that_no_listing_showed_can_be_missed(self, store: StateStore) -> None:
        listing(store, [seen("1", raw=1)], 1)
        fill(store, [seen("2", raw=2)], generation=1)
        assert listing(store, [seen("1", raw=1)], 2) == ([True], 1)
        assert ids(store.mirror.missing(ENTITY, LEFT)) == ["2"]

    def test_a_row_shown_several_times_is_neither_missed_nor_does_it_hide_another(self, store: StateStore) -> None:
        one, other = seen("1", "one", "x", raw=11), seen("1", "other", "x", raw=12)
        for generation, rows in enumerate(([one, other, one], [one, one], [one, other], [other, one, other]), 1):
            assert listing(store, rows, 10 * generation, page=1)[1] == 0
            for later in (1, 2):
                assert listing(store, rows[-1:], 10 * generation + later, page=1)[1] == 0
            assert store.mirror.get(ENTITY, LEFT, ["1"])["1"] == rows[-1]
        twice = [seen("2", raw=0), seen("2", raw=20), seen("3", raw=30)]
        assert listing(store, twice, 100, page=1)[1] == 1
        assert ids(store.mirror.missing(ENTITY, LEFT)) == ["1"]

    def test_rows_not_in_a_listing_are_missing_from_then_on(self, store: StateStore) -> None:
        listing(store, [seen("1", raw=1), seen("2", raw=2), seen("3", raw=0), seen("4", raw=4, problem="bad")], 1)
        assert listing(store, [seen("1", raw=1)], 2) == ([True], 3)
        with store.transaction():
            assert list(store.mirror.known(ENTITY, LEFT, 3, [1])) == [True]
            assert store.mirror.miss(ENTITY, LEFT, 3, LATER) == 3
        missing = list(store.mirror.missing(ENTITY, LEFT))
        assert ids(missing) == ["2", "3", "4"]
        assert {(row.presence, row.since) for row in missing} == {(Presence.MISSING, START)}, (
            "since counts from the first time"
        )
        assert store.mirror.count(ENTITY, LEFT) == 1

    def test_rows_of_a_listing_without_fingerprints_are_seen_by_being_put(self, store: StateStore) -> None:
        fill(store, [seen("1"), seen("2")])
        with store.transaction():
            store.mirror.put(ENTITY, LEFT, 2, [seen("2"), seen("3")])
            assert store.mirror.miss(ENTITY, LEFT, 2, START) == 1
        assert ids(store.mirror.missing(ENTITY, LEFT)) == ["1"]

    def test_a_long_listing_is_known_and_missed_like_a_short_one(self, store: StateStore) -> None:
        rows = [seen(f"{number:05}", raw=number * 7 - 20_000) for number in range(6_000)]
        listing(store, rows, 1)
        shown = [row for number, row in enumerate(rows) if number % 1_000]
        assert listing(store, shown, 2, page=900) == ([True] * len(shown), 6)
        assert ids(store.mirror.missing(ENTITY, LEFT)) == [f"{number:05}" for number in range(0, 6_000, 1_000)]
        # One that moves far from its place need not be known, and is not missed.
        known, missing = listing(store, [*shown[1:], shown[0]], 3, page=900)
        assert (sum(known) >= len(shown) - 10, missing) == (True, 6)

    def test_of_rows_that_cannot_be_told_apart_none_is_missed(self, store: StateStore) -> None:
        listing(store, [seen("1", raw=5), seen("2", raw=5), seen("3", raw=6)], 1)
        assert listing(store, [seen("1", raw=5)], 2) == ([True], 1)
        assert ids(store.mirror.missing(ENTITY, LEFT)) == ["3"], "silence about one of two is no deletion"

    def test_a_row_replaced_during_a_listing_is_not_known_by_what_it_was(self, store: StateStore) -> None:
        rows = [seen(f"{number}", raw=number + 1) for number in range(3_000)]
        listing(store, rows, 1)
        with store.transaction():
            assert all(store.mirror.known(ENTITY, LEFT, 2, range(1, 2_999)))
            store.mirror.put(ENTITY, LEFT, 2, [seen("7", "new", "x", raw=99_999)])
            assert list(store.mirror.known(ENTITY, LEFT, 2, [8, 2_999, 3_000])) == [False, True, True]
            assert store.mirror.miss(ENTITY, LEFT, 2, START) == 0
        known, missing = listing(store, rows, 3)
        assert (known.index(False), sum(known), missing) == (7, 2_999, 0)

    def test_a_missing_row_that_is_shown_again_is_present_as_it_was(self, store: StateStore) -> None:
        rows = [seen("1", raw=1), seen("2", raw=2)]
        listing(store, rows, 1)
        listing(store, [], 2)
        assert listing(store, rows[:1], 3)[1] == 1
        assert store.mirror.get(ENTITY, LEFT, ["1"])["1"] == seen("1", raw=1)
        assert store.mirror.count(ENTITY, LEFT) == 1

    def test_a_deleted_row_is_gone_and_kept(self, store: StateStore) -> None:
        fill(store, [seen("1"), seen("2")])
        with store.transaction():
            assert store.mirror.remove(ENTITY, LEFT, [Deletion(id="1", merged_into="2"), Deletion(id="x")], START) == 1
            store.mirror.remove(ENTITY, LEFT, [Deletion(id="1")], LATER)
        row = store.mirror.get(ENTITY, LEFT, ["1"])["1"]
        assert (row.presence, row.since, row.merged_into, row.values) == (Presence.GONE, START, "2", ("Name 1", "Gent"))
        assert store.mirror.count(ENTITY, LEFT) == 1
        assert ids(store.mirror.unlinked(ENTITY, LEFT)) == ["2"]

    def test_a_deletion_older_than_the_row_is_ignored(self, store: StateStore) -> None:
        fill(store, [seen("1", version="100"), seen("2", version="9"), seen("3", version='W/"x"')])
        with store.transaction():
            gone = [Deletion(id="1", version="99"), Deletion(id="2", version="10"), Deletion(id="3", version="1")]
            assert store.mirror.remove(ENTITY, LEFT, gone, START) == 2
        assert [store.mirror.get(ENTITY, LEFT, [id])[id].present for id in "123"] == [True, False, False]

    def test_a_row_put_after_its_deletion_is_present_again(self, store: StateStore) -> None:
        fill(store, [seen("1")])
        with store.transaction():
            store.mirror.remove(ENTITY, LEFT, [Deletion(id="1")], START)
        fill(store, [seen("1", "back", "x")], generation=2)
        assert store.mirror.get(ENTITY, LEFT, ["1"])["1"] == seen("1", "back", "x")
        assert store.mirror.count(ENTITY, LEFT) == 1

    def test_only_present_rows_that_no_link_names_are_unlinked(self, store: StateStore) -> None:
        linked(store, 2)
        fill(store, [seen("b"), seen("a"), seen("gone")])
        with store.transaction():
            store.mirror.remove(ENTITY, LEFT, [Deletion(id="gone")], START)
        apply(store, change("", "r9", state=LinkState.TOMBSTONE))
        fill(store, (), [seen("r9")])
        assert ids(store.mirror.unlinked(ENTITY, LEFT)) == ["a", "b"]
        assert ids(store.mirror.unlinked(ENTITY, RIGHT)) == [], "a tombstone names its record too"

    def test_a_forgotten_row_leaves_nothing(self, store: StateStore) -> None:
        linked(store, 2)
        rows = [seen("x", "Jansen", "Delft", raw=9), *store.mirror.rows(ENTITY, LEFT)]
        listing(store, rows, 2)
        with store.transaction():
            assert store.mirror.forget(ENTITY, LEFT, ["x", "l0", "nobody"]) == 2
        assert store.mirror.get(ENTITY, LEFT, ["x", "l0"]) == {}
        assert ids(store.mirror.rows(ENTITY, LEFT)) == ["l1"]
        assert store.mirror.count(ENTITY, LEFT) == 1
        assert list(store.mirror.known(ENTITY, LEFT, 3, [9, 1, 2])) == [False, False, True]
        (pair,) = store.links.pairs(ENTITY)
        assert (pair.link.left_id, pair.left, pair.link.base) == ("l0", None, None), "the base told of the same person"

    def test_after_a_change_of_mapping_no_row_is_known(self, store: StateStore) -> None:
        linked(store, 2)
        rows = list(store.mirror.rows(ENTITY, LEFT))
        listing(store, rows, 2)
        with store.transaction():
            store.mirror.known(ENTITY, LEFT, 3, [1])
            store.mirror.stale(ENTITY)
            assert list(store.mirror.known(ENTITY, LEFT, 3, [1, 2])) == [False, False]
        assert listing(store, rows[:1], 4) == ([False], 1), "what is gone since is missed all the same"
        assert due(store) == [("l1", "r1")], "values and bases stand"

    def test_records_are_found_by_their_keys(self, store: StateStore) -> None:
        fill(
            store,
            [seen("1", "Bos", "Gent"), seen("2", "Bos", "Delft"), seen("3", "Vis", "Gent")],
            [seen("1", "Bos", "Gent")],
        )
        assert ids(self.found(store, "Bos")) == ["1", "2"]
        assert ids(self.found(store, "Vis", by=["1", "9"])) == ["1", "3"]
        fill(store, [seen("1", "Vis", "Gent"), seen("4", "Bos", "Gent")], generation=2)
        assert {"2", "4"} <= set(ids(self.found(store, "Bos"))) <= {"1", "2", "4"}, (
            "one that changed may still be found"
        )
        assert ids(self.found(store, "Vis")) == ["1", "3"]

    def test_only_present_records_are_found_by_their_keys(self, store: StateStore) -> None:
        fill(store, [seen("1", "Bos", "x"), seen("2", "Bos", "x"), seen("3", "Bos", "x")])
        with store.transaction():
            store.mirror.remove(ENTITY, LEFT, [Deletion(id="1")], START)
        assert ids(self.found(store, "Bos", by=["1"])) == ["2", "3"]
        with store.transaction():
            store.mirror.forget(ENTITY, LEFT, ["2"])
        assert ids(self.found(store, "Bos")) == ["3"]
        fill(store, [seen("1", "Bos", "x")], generation=2)
        assert ids(self.found(store, "Bos")) == ["1", "3"]

    def test_keys_of_another_meaning_are_taken_anew(self, store: StateStore) -> None:
        fill(store, [seen("1", "Bos", "Gent"), seen("2", "Gent", "Bos")])
        assert ids(self.found(store, "Bos")) == ["1"]
        assert ids(self.found(store, "Bos", place=1)) == ["2"]
        assert ids(self.found(store, "Bos")) == ["1"]

    def test_keys_are_taken_once(self, store: StateStore) -> None:
        rows = [seen(f"{number:05}", "Bos", "x") for number in range(6_000)]
        fill(store, rows)
        by_name = ByValue(store, 0)
        store.mirror.keys(ENTITY, by_name)
        assert by_name.asked == ["Bos"] * 6_000
        by_name.asked.clear()
        store.mirror.keys(ENTITY, by_name)
        assert by_name.asked == []
        fill(store, [seen("00007", "Vis", "x"), seen("00008", "Bos", "x")], generation=2)
        store.mirror.keys(ENTITY, by_name)
        assert by_name.asked == ["Vis"]

    def test_keys_are_made_of_the_fields_that_are_asked_for(self, store: StateStore) -> None:
        fill(store, [seen("1", ABSENT, Decimal("1.20"))])
        taken: list[Mapping[str, Sequence[Value]]] = []

        @dataclass
        class Maker:
            fields: tuple[str, ...]

            @property
            def meaning(self) -> str:
                return repr(self.fields)

            def held(self, fields: Mapping[str, Sequence[Value]], size: int) -> list[tuple[int, int]]:
                assert size == 1
                taken.append({name: list(column) for name, column in fields.items()})
                return []

        one, two = store.links.layout(ENTITY)
        for names in ((), (one,), (two,), (two, one)):
            store.mirror.keys(ENTITY, Maker(names))
        assert taken == [{}, {one: [ABSENT]}, {two: [Decimal("1.2")]}, {two: [Decimal("1.2")], one: [ABSENT]}]

    def test_a_key_that_too_many_hold_finds_none(self, store: StateStore) -> None:
        fill(store, [seen(str(number), "Bos", "x") for number in range(5)])
        keys = self.keys(store)
        assert keys.rows(LEFT, [key_of("Bos")], ["1"], 4) is None
        assert len(keys.rows(LEFT, [key_of("Bos")], ["1"], 5) or ()) == 5

    def keys(self, store: StateStore, place: int = 0) -> Keys:
        keys = store.mirror.keys(ENTITY, ByValue(store, place))
        assert keys is not None
        return keys

    def found(self, store: StateStore, value: str, by: Sequence[str] = (), place: int = 0) -> list[Observed]:
        rows = self.keys(store, place).rows(LEFT, [key_of(value)], by, 1_000)
        assert rows is not None
        return sorted(rows, key=lambda row: row.id)
