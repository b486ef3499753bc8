"""The short way of a first link comes to what the long way comes to, in the plan and in the state."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from syncengine.decide import saved
from syncengine.decide.digest import digest
from syncengine.decide.plan import make_plan
from syncengine.decide.sight import Sight
from syncengine.decide.translate import compile_lens
from syncengine.model.adopted import LinkChanges, adopted, made_by, others, pack
from syncengine.model.entity import Birth, Entity, MatchRule
from syncengine.model.link import Base
from syncengine.model.plan import LinkChange, Plan
from syncengine.model.record import ABSENT, Observed, Side, Value
from syncengine.model.resource import FieldFacts, Kind, Resource
from syncengine.model.review import Answer, Waiting
from syncengine.model.values import row_fingerprint
from syncengine.state.sqlite import SqliteStore, open_store
from syncengine.testing.fakes import START, FakeClock, FakeIds
from tests.decide.matching import entity

L, R = Side.LEFT, Side.RIGHT
NAMES = ("Code", "VATNumber", "Name", "Postcode", "Country")
CODE = MatchRule(fields=("Code",))
VAT = MatchRule(fields=("VATNumber",), veto=("Name",))
BOTH = MatchRule(fields=("Name", "Postcode"), tie_break=("Code",))
WEAK = MatchRule(fields=("Name",), then="suggest")

Shown = tuple[str, tuple[Value, ...], Mapping[str, Any]]


@contextmanager
def store_with(left: Sequence[Shown], right: Sequence[Shown]) -> Iterator[SqliteStore]:
    """A store whose mirror shows these records."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / ".sync", clock=FakeClock(), ids=FakeIds())
        try:
            with store.transaction():
                store.links.relay("accounts", NAMES)
                for side, rows in ((L, left), (R, right)):
                    store.mirror.put("accounts", side, 1, [observed(*row) for row in rows])
            yield store
        finally:
            store.close()


def observed(id: str, values: tuple[Value, ...], more: Mapping[str, Any]) -> Observed:
    return Observed(id=id, values=values, raw=hash(id) % 1000 + 1, fingerprint=row_fingerprint(values), **more)


def sight(store: SqliteStore, of: Entity, answers: Sequence[Answer], *, short: bool) -> Sight:
    resources = {
        side: Resource(
            name="x", fields={n: FieldFacts(name=n, kind=Kind.TEXT) for n in (*NAMES, *map(str.lower, NAMES))}
        )
        for side in Side
    }
    return Sight(
        entity=of,
        lens=compile_lens(of, resources[L], resources[R], {}),
        resources=resources,
        pairs=lambda: store.links.pairs("accounts"),
        unlinked=lambda side: store.mirror.unlinked("accounts", side),
        rows=lambda side: (row for row in store.mirror.rows("accounts", side) if row.present),
        links=lambda side, id: store.links.get("accounts", side, id),
        partner=lambda name, side, id: store.links.partners(name, side, [id]).get(id),
        answers=answers,
        counts={side: store.mirror.count("accounts", side) for side in Side},
        linked=store.links.count("accounts"),
        first=True,
        twins=(lambda: store.mirror.twins("accounts")) if short else (lambda: None),
    )


def planned(store: SqliteStore, of: Entity, answers: Sequence[Answer] = (), *, short: bool) -> Plan:
    return make_plan(
        [sight(store, of, answers, short=short)], mapping="m", lineage="s:1", limits={}, now=START, budgets={}
    )


def spelled_out(plan: Plan, values: Mapping[str, tuple[Value, ...]]) -> Plan:
    """The plan with every adopted link as merging would have made it."""
    links = [
        replace(change, adopts=False, base=Base(left=values[change.left_id], right=values[change.left_id]))
        if change.adopts
        else change
        for change in plan.links
    ]
    return replace(plan, links=tuple(sorted(links, key=lambda change: (change.left_id, change.right_id))), digest="")


def carried_out(store: SqliteStore, plan: Plan) -> None:
    with store.transaction():
        for links in adopted(plan.links):
            store.links.adopt(links, 1)
        store.links.apply(others(plan.links), 1)


def state_of(store: SqliteStore) -> tuple[list[Any], list[Any], list[str]]:
    """Links with their bases, pairs that need a decision, records that nothing links."""
    pairs = [(pair.link.left_id, pair.link.right_id) for pair in store.links.pairs("accounts")]
    loose = [row.id for side in Side for row in store.mirror.unlinked("accounts", side)]
    return [replace(link, run=1) for link in store.links.all("accounts")], pairs, loose


RULES = st.sampled_from(
    [(CODE,), (CODE, VAT), (VAT, BOTH), (BOTH, CODE), (CODE, WEAK), (VAT, CODE, BOTH, WEAK), (WEAK,), ()]
)
VALUES = st.tuples(
    st.sampled_from(["c1", "c2", "c3", "c4", "c5", "c6", None, "n.v.t."]),
    st.sampled_from([None, None, "NL004495445B01", "BE0403019261", "NL1"]),
    st.sampled_from(["Bakkerij Jansen", "Bakkerij de Vries", "Jansen B.V.", None]),
    st.sampled_from(["1234AB", "9000", None]),
    st.sampled_from(["NL", "BE", None, ABSENT]),
)
MORE = st.sampled_from([{}] * 9 + [{"inactive": True}, {"in_scope": False}, {"problem": "no"}, {"notes": ("look",)}])
SIDES = st.lists(st.tuples(VALUES, st.booleans(), st.booleans(), MORE), max_size=7)
ANSWERS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from(["same", "not_same"])), max_size=2)
STANDING = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=2, unique_by=(lambda p: p[0], lambda p: p[1])
)


@settings(max_examples=150, deadline=None)
@given(records=SIDES, rules=RULES, said=ANSWERS, standing=STANDING)
def test_both_ways_make_one_plan_and_one_state(records, rules, said, standing) -> None:
    left = [(f"l{n}", values, more) for n, (values, there, _, more) in enumerate(records) if there]
    right = [(f"r{n}", values, more) for n, (values, _, there, more) in enumerate(records) if there]
    of = replace(entity(*rules, fields=NAMES), create={L: Birth.ASK, R: Birth.AUTO})
    answers = [
        Answer(kind=Waiting.MATCH, entity="accounts", left_id=f"l{a}", right_id=f"r{b}", decision=word, who="x")
        for a, b, word in said
    ]
    values = {id: shown for id, shown, _ in left}
    ends = []
    with store_with(left, right) as one, store_with(left, right) as other:
        for store, short in ((one, True), (other, False)):
            known = {id for id, _, _ in (*left, *right)}
            with store.transaction():
                store.links.apply(
                    [
                        LinkChange(entity="accounts", left_id=f"l{a}", right_id=f"r{b}", matched_by="import")
                        for a, b in standing
                        if f"l{a}" in known and f"r{b}" in known
                    ],
                    1,
                )
            plan = planned(store, of, answers, short=short)
            assert plan.digest == digest(saved.load(saved.dump(plan, meta={})))
            carried_out(store, plan)
            ends.append((spelled_out(plan, values), state_of(store)))
    assert ends[0] == ends[1]


def test_a_plain_first_link_goes_the_short_way() -> None:
    rows: list[Shown] = [(f"{n}", (f"c{n}", None, f"n{n}", None, "NL"), {}) for n in range(30)]
    left: list[Shown] = [(f"l{id}", values, more) for id, values, more in rows]
    right: list[Shown] = [(f"r{id}", values, more) for id, values, more in rows]
    right[4] = ("r4", ("c4", None, "other", None, "NL"), {})  # differs, so it is merged
    right[5] = ("r5", ("c6", None, "n5", None, "NL"), {})  # takes the key of another pair, so neither is linked
    with store_with(left, right) as store:
        plan = planned(store, entity(CODE, fields=NAMES), short=True)
        assert isinstance(plan.links, LinkChanges)
        assert len(plan.links.adopted[0]) == 27
        assert made_by(plan.links) == {("accounts", "Code"): 28}
        assert [item.left_ids + item.right_ids for item in plan.reviews if item.kind is Waiting.MATCH]
        carried_out(store, plan)
        assert [pair.link.left_id for pair in store.links.pairs("accounts")] == ["l4"]


def test_a_packed_plan_is_the_sequence_of_its_links() -> None:
    found = [(f'l{n}\u2028"', f"r{n}", "Code" if n % 3 else "VATNumber") for n in range(2_500)]
    packed = pack("accounts", found)
    spelled = [
        LinkChange(entity="accounts", left_id=a, right_id=b, matched_by=c, why=f"matched by {c}", adopts=True)
        for a, b, c in found
    ]
    last = LinkChange(entity="accounts", left_id="x", right_id="y", matched_by="agreed")
    links = LinkChanges([packed], [last])
    assert list(links) == [*spelled, last] == [links[n] for n in range(len(links))]
    assert links == (*spelled, last)
    assert links[-1] == last
    assert list(links[998:1002]) == spelled[998:1002]
    assert digest(Plan(links=links)) == digest(Plan(links=(*spelled, last)))
    assert digest(Plan(links=links)) != digest(Plan(links=(*spelled[:-1], last)))
    assert list(others(links)) == [last]


def test_a_page_has_the_fields_asked_for_as_they_are_kept() -> None:
    values: tuple[Value, ...] = ('{"', Decimal("1.20"), ABSENT, True, None)
    with store_with([("l", values, {})], [("r", values, {})]) as store:
        twins = store.mirror.twins("accounts")
        assert twins is not None
        for names in ((), NAMES[:1], NAMES[2:], NAMES[::-1], NAMES):
            [page] = twins.pages(names)
            assert (list(page.ids), list(page.right_ids)) == (["l"], ["r"])
            assert page.fields == {name: (values[NAMES.index(name)],) for name in names}
        assert twins.shown() == set(NAMES) - {"Name"}


def test_twins_tell_when_they_last_changed_as_far_as_that_is_known() -> None:
    left: list[Shown] = [("a", ("c1", *[None] * 4), {"modified": START}), ("b", ("c2", *[None] * 4), {})]
    right: list[Shown] = [
        *((id, values, {}) for id, values, _ in left),
        ("c", ("c3", *[None] * 4), {"modified": START}),
    ]
    with store_with(left, right) as store:
        twins = store.mirror.twins("accounts")
        assert twins is not None
        assert [list(twins.stamps(side)) for side in Side] == [[START], []]


def test_a_field_that_few_pairs_show_is_shown() -> None:
    shown = ("c0", None, "Bakkerij", ABSENT, ABSENT)
    rows: list[Shown] = [(f"{n}", (f"c{n}", None, ABSENT, ABSENT, "NL") if n else shown, {}) for n in range(3)]
    with store_with(rows, rows) as store:
        twins = store.mirror.twins("accounts")
        assert twins is not None
        assert twins.shown() == set(NAMES) - {"Postcode"}
