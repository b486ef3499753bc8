"""Random histories of mirror and links, compared after each step with dictionaries and the plain definition of what needs a decision."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from syncengine.errors import StateError
from syncengine.model.adopted import pack
from syncengine.model.link import Base, Link, LinkState, Pair
from syncengine.model.plan import LinkChange
from syncengine.model.record import ABSENT, Deletion, Observed, Presence, Side, Value
from syncengine.model.values import dump, row_fingerprint
from syncengine.state.check import check
from syncengine.state.sqlite import open_store
from syncengine.testing.fakes import START, FakeClock, FakeIds
from tests.conftest import LONG

ENTITY = "customers"
IDS = ("a", "b", "c", "d")
PHASES = [phase for phase in Phase if phase is not Phase.explain]
PLAIN: dict[str, Any] = {"in_scope": True, "inactive": False, "protected": False, "problem": ""}

ids = st.sampled_from(IDS)
sides = st.sampled_from(list(Side))
values = st.sampled_from(["x", "y", None, ABSENT])
ints = st.integers(0, 4)
plain_rows: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict, id=ids, values=st.tuples(values, values), problem=st.sampled_from(["", "", "", "bad"]),
    inactive=st.sampled_from([False, False, True]), in_scope=st.sampled_from([True, True, False]), version=st.none(),
)  # fmt: skip


def with_raw(row: dict[str, Any], has_print: bool) -> dict[str, Any]:
    """A row with the fingerprint of its bytes, if the side gives any; whether it has a problem is no matter of its bytes alone."""
    shown = repr((row["id"], row["values"], row["inactive"], row["in_scope"]))
    return {**row, "raw": crc32(shown.encode()) if has_print else 0}


rows = st.builds(with_raw, plain_rows, st.sampled_from([True, True, False]))
bases = st.none() | st.builds(Base, left=st.tuples(values, values), right=st.tuples(values, values))


class Checksums:
    """Takes a checksum of one field for a key: the same for some unequal values."""

    def __init__(self, layout: Sequence[str], place: int) -> None:
        self.meaning, self.fields = f"{place} {layout}", (layout[place],)

    def held(self, fields: Mapping[str, Sequence[Value]], size: int) -> list[tuple[int, int]]:
        [column] = fields.values()
        return [(at, crc32(dump((value,)).encode())) for at, value in enumerate(column)]


class Histories(RuleBasedStateMachine):
    """One store, and beside it what it should hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = open_store(self.folder, clock=FakeClock(), ids=FakeIds())
        self.mirror: dict[Side, dict[str, Observed]] = {Side.LEFT: {}, Side.RIGHT: {}}
        self.seen: dict[Side, dict[str, int]] = {Side.LEFT: {}, Side.RIGHT: {}}
        self.links: dict[tuple[str, str], Link] = {}
        self.generation = dict.fromkeys(Side, 1)
        self.layout: tuple[str, ...] = ("One", "Two")
        with self.store.transaction():
            self.store.links.relay(ENTITY, self.layout)

    def teardown(self) -> None:
        check(self.store)
        self.store.close()
        shutil.rmtree(self.folder)

    # What happens

    @rule(side=sides, new=st.lists(rows, max_size=4), next_listing=st.booleans())
    def put(self, side: Side, new: list[dict[str, Any]], next_listing: bool) -> None:
        self.generation[side] += next_listing
        shown = [self._observed(row) for row in new]
        with self.store.transaction(durable=False):
            self.store.mirror.put(ENTITY, side, self.generation[side], shown)
        for row in shown:
            self._show(side, row)

    @rule(side=sides, same=st.lists(ids, unique=True), new=st.lists(rows, max_size=3), whole=st.booleans(), cut=ints)
    def list_again(self, side: Side, same: list[str], new: list[dict[str, Any]], whole: bool, cut: int) -> None:
        """A listing in two pages: some rows as they were, some new or changed, and the rest missing if it was whole."""
        here = self.mirror[side]
        shown = [
            replace(here[id], presence=Presence.PRESENT, since=None, merged_into="")
            for id in same
            if self._has_values(side, id)
        ]
        shown += [self._observed(row) for row in new]
        self._list(side, [shown[:cut], shown[cut:]], whole=whole)

    @rule(side=sides, twice=st.booleans())
    def list_the_same(self, side: Side, twice: bool) -> None:
        """What whole listings showed alike is known in the next one; in the first of them much may stand too far away to be found."""
        shown = [row for row in self.mirror[side].values() if row.present]
        self._list(side, [shown], whole=True)
        self._list(side, [shown], whole=True)
        known = self._list(side, [shown, []] if twice else [shown], whole=True)
        assert known == [row.raw != 0 and not row.problem for row in shown]

    def _list(self, side: Side, pages: list[list[Observed]], *, whole: bool) -> list[bool]:
        self.generation[side] += 1
        generation = self.generation[side]
        told: list[bool] = []
        with self.store.transaction(durable=False):
            for page in pages:
                known = self.store.mirror.known(ENTITY, side, generation, [row.raw for row in page])
                unknown = [row for row, is_known in zip(page, known, strict=True) if not is_known]
                self.store.mirror.put(ENTITY, side, generation, unknown)
                for row, is_known in zip(page, known, strict=True):
                    before = self.mirror[side].get(row.id)
                    if is_known:
                        assert before is not None
                        assert (before.present, before.raw, before.problem) == (True, row.raw, "")
                        self.seen[side][row.id] = generation
                for row in unknown:
                    self._show(side, row)
                told += known
            if whole:
                missed = self.store.mirror.miss(ENTITY, side, generation, START)
                for id, row in self.mirror[side].items():
                    if row.present and self.seen[side].get(id) != generation:
                        self.mirror[side][id] = replace(row, presence=Presence.MISSING, since=START)
                assert missed == sum(row.presence is Presence.MISSING for row in self.mirror[side].values())
        return told

    @rule(side=sides, value=values, also=st.lists(ids, max_size=2), place=st.integers(0, 1))
    def find(self, side: Side, value: Value, also: list[str], place: int) -> None:
        """Whoever holds a value is found by it, and nobody who never did or is not there."""
        keys = self.store.mirror.keys(ENTITY, Checksums(self.layout, place))
        assert keys is not None
        found = keys.rows(side, [crc32(dump((value,)).encode())], also, 9)
        assert found is not None
        here = {id: row for id, row in self.mirror[side].items() if row.present}
        wanted = {id for id, row in here.items() if dump((row.values[place],)) == dump((value,)) or id in also}
        assert wanted <= {row.id for row in found} <= here.keys()
        for row in found:
            assert self._bare(row) == self._bare(here[row.id])

    @rule(side=sides, id=ids)
    def remove(self, side: Side, id: str) -> None:
        with self.store.transaction(durable=False):
            self.store.mirror.remove(ENTITY, side, [Deletion(id=id)], START)
        if id in self.mirror[side]:
            self.mirror[side][id] = replace(self.mirror[side][id], presence=Presence.GONE, since=START)
        elif any(link_id == id for pair in self.links for link_id in [pair[side is Side.RIGHT]]):
            gone: tuple[Value, ...] = (ABSENT,) * len(self.layout)
            self.mirror[side][id] = Observed(id=id, values=gone, presence=Presence.GONE, since=START)

    @rule(side=sides, id=ids)
    def forget(self, side: Side, id: str) -> None:
        with self.store.transaction(durable=False):
            self.store.mirror.forget(ENTITY, side, [id])
        if self.mirror[side].pop(id, None):
            for pair, link in self.links.items():
                if pair[side is Side.RIGHT] == id:
                    self.links[pair] = replace(link, base=None)

    @rule(left=ids, right=ids, state=st.sampled_from([*LinkState, None]), base=bases)
    def link(self, left: str, right: str, state: LinkState | None, base: Base | None) -> None:
        self._apply(LinkChange(entity=ENTITY, left_id=left, right_id=right, state=state, base=base, matched_by="rule"))

    @rule(left=ids, right=ids)
    def agree(self, left: str, right: str) -> None:
        """The base moves to what both show."""
        pair = self.mirror[Side.LEFT].get(left), self.mirror[Side.RIGHT].get(right)
        if (left, right) in self.links and pair[0] and pair[1]:
            base = Base(left=pair[0].values, right=pair[1].values)
            self._apply(LinkChange(entity=ENTITY, left_id=left, right_id=right, base=base, matched_by="agreed"))

    @rule(old=st.tuples(ids, ids), new=st.tuples(ids, ids), base=bases)
    def move(self, old: tuple[str, str], new: tuple[str, str], base: Base | None) -> None:
        if old in self.links:
            self._apply(
                LinkChange(entity=ENTITY, left_id=new[0], right_id=new[1], moves=old, base=base, matched_by="merge")
            )

    @rule(pairs=st.lists(st.tuples(ids, ids), max_size=3))
    def adopt(self, pairs: list[tuple[str, str]]) -> None:
        taken = {pair[0] for pair in self.links}, {pair[1] for pair in self.links}
        fine = all(len({pair[side] for pair in pairs}) == len(pairs) for side in (0, 1))
        fine &= not any(pair[side] in taken[side] for pair in pairs for side in (0, 1))
        # A row that is only known to be gone has no values to agree on.
        fine &= all(self._has_values(Side.LEFT, left) and self._has_values(Side.RIGHT, right) for left, right in pairs)
        try:
            with self.store.transaction(durable=False):
                self.store.links.adopt(pack(ENTITY, [(*pair, "VAT") for pair in pairs]), 7)
        except StateError:
            assert not fine
            return
        assert fine
        for left, right in pairs:
            shown = self.mirror[Side.LEFT][left].values, self.mirror[Side.RIGHT][right].values
            base = Base(left=shown[0], right=shown[1]) if dump(shown[0]) == dump(shown[1]) else None
            self.links[left, right] = Link(
                entity=ENTITY, left_id=left, right_id=right, matched_by="VAT", base=base, run=7
            )

    @rule(
        layout=st.permutations(["One", "Two", "Three"]).flatmap(
            lambda names: st.integers(1, 3).map(lambda n: names[:n])
        )
    )
    def relay(self, layout: list[str]) -> None:
        if len(layout) != 2:
            return
        with self.store.transaction(durable=False):
            self.store.links.relay(ENTITY, layout)
            self.store.mirror.stale(ENTITY)

        def moved(row: tuple[Value, ...]) -> tuple[Value, ...]:
            old = dict(zip(self.layout, row, strict=True))
            return tuple(old.get(name, ABSENT) for name in layout)

        for side in Side:
            for id, row in self.mirror[side].items():
                self.mirror[side][id] = self._printed(replace(row, values=moved(row.values)))
        for pair, link in self.links.items():
            if link.base:
                self.links[pair] = replace(link, base=Base(left=moved(link.base.left), right=moved(link.base.right)))
        self.layout = tuple(layout)

    @rule(left=ids, right=ids, new=st.lists(rows, max_size=3))
    def fail(self, left: str, right: str, new: list[dict[str, Any]]) -> None:
        """A transaction that is undone leaves no trace."""
        with suppress(KeyError, StateError), self.store.transaction(durable=False):
            self.store.mirror.put(ENTITY, Side.LEFT, 1, [self._observed(row) for row in new])
            self.store.links.apply([LinkChange(entity=ENTITY, left_id=left, right_id=right, matched_by="x")], 1)
            self.store.mirror.forget(ENTITY, Side.RIGHT, [right])
            raise KeyError

    # What must hold

    @invariant()
    def the_mirror_is_the_model(self) -> None:
        for side in Side:
            here = self.mirror[side]
            assert [self._bare(row) for row in self.store.mirror.rows(ENTITY, side)] == [
                self._bare(here[id]) for id in sorted(here)
            ]
            assert self.store.mirror.count(ENTITY, side) == sum(row.present for row in here.values())
            linked = {pair[side is Side.RIGHT] for pair in self.links}
            free = [id for id in sorted(here) if here[id].present and id not in linked]
            assert [row.id for row in self.store.mirror.unlinked(ENTITY, side)] == free
            missing = [id for id in sorted(here) if here[id].presence is Presence.MISSING]
            assert [row.id for row in self.store.mirror.missing(ENTITY, side)] == missing

    @invariant()
    def the_links_are_the_model(self) -> None:
        expected = [self.links[pair] for pair in sorted(self.links)]
        assert [self._told(link) for link in self.store.links.all(ENTITY)] == [self._told(link) for link in expected]
        assert self.store.links.count(ENTITY) == sum(link.state is LinkState.LINKED for link in expected)

    @invariant()
    def what_needs_a_decision_is_what_the_contract_says(self) -> None:
        found = list(self.store.links.pairs(ENTITY))
        assert [(pair.link.left_id, pair.link.right_id) for pair in found] == [
            pair for pair in sorted(self.links) if self._due(pair)
        ]
        for pair in found:
            self._same_records(pair)

    # Words

    def _due(self, pair: tuple[str, str]) -> bool:
        """The plain definition."""
        link = self.links[pair]
        if link.state is not LinkState.LINKED or link.base is None:
            return True
        for side, values in ((Side.LEFT, link.base.left), (Side.RIGHT, link.base.right)):
            row = self.mirror[side].get(pair[side is Side.RIGHT])
            if row is None or not row.present or dump(row.values) != dump(values):
                return True
            if any(getattr(row, name) != value for name, value in PLAIN.items()):
                return True
        return False

    def _apply(self, change: LinkChange) -> None:
        old, new = change.moves or (change.left_id, change.right_id), (change.left_id, change.right_id)
        before = self.links.get(old)
        others = [pair for pair in self.links if pair != old]
        clash = change.state is not None and any(pair[0] == new[0] or pair[1] == new[1] for pair in others)
        try:
            with self.store.transaction(durable=False):
                self.store.links.apply([change], 3)
        except StateError:
            assert clash
            return
        assert not clash
        self.links.pop(old, None)
        if change.state is None:
            return
        made = Link(entity=ENTITY, left_id=new[0], right_id=new[1], matched_by=change.matched_by, run=3)
        if before:
            rule_id = change.matched_by if change.moves not in (None, new) else before.matched_by
            made = replace(before, left_id=new[0], right_id=new[1], matched_by=rule_id)
        self.links[new] = replace(made, state=change.state, base=change.base or (before.base if before else None))

    def _has_values(self, side: Side, id: str) -> bool:
        row = self.mirror[side].get(id)
        return row is not None and (row.present or row.fingerprint != 0)

    def _observed(self, row: dict[str, Any]) -> Observed:
        return self._printed(Observed(**row))

    def _printed(self, row: Observed) -> Observed:
        known = row.fingerprint or row.present
        return replace(row, fingerprint=row_fingerprint(row.values) if known else 0)

    def _show(self, side: Side, row: Observed) -> None:
        self.mirror[side][row.id] = row
        self.seen[side][row.id] = self.generation[side]

    def _bare(self, row: Observed) -> tuple[object, ...]:
        state = (row.presence, row.since, row.in_scope, row.inactive, row.problem, row.raw)
        return row.id, dump(row.values), row.fingerprint, *state

    def _told(self, link: Link) -> tuple[object, ...]:
        base = link.base and (dump(link.base.left), dump(link.base.right))
        return link.left_id, link.right_id, link.state, link.matched_by, link.run, base

    def _same_records(self, pair: Pair) -> None:
        for side in Side:
            row, expected = (
                pair.observed(side),
                self.mirror[side].get(pair.link.right_id if side is Side.RIGHT else pair.link.left_id),
            )
            assert (row is None) is (expected is None)
            if row and expected:
                assert self._bare(row) == self._bare(expected)


TestHistories = Histories.TestCase
EXAMPLES = 2_000 if LONG else 80
TestHistories.settings = settings(max_examples=EXAMPLES, stateful_step_count=25, deadline=None, phases=PHASES)
