"""Matching that looks at the relevant records only says of them what matching over everything says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncengine.decide.match.match import match
from syncengine.decide.match.prints import KeyPrints
from syncengine.decide.relevant import relevant
from syncengine.decide.sight import KeysOf
from syncengine.model.columns import KeyMaker
from syncengine.model.entity import MatchRule
from syncengine.model.link import Link, LinkState
from syncengine.model.record import ABSENT, Observed, Side
from syncengine.model.review import Answer, Waiting
from tests.decide.matching import entity

NAMES = ("Code", "VATNumber", "Name", "Postcode", "Country")
CODE = MatchRule(fields=("Code",))
VAT = MatchRule(fields=("VATNumber",), veto=("Name",))
BOTH = MatchRule(fields=("Name", "Postcode"), tie_break=("Code",))
NEAR = MatchRule(fields=("Name", "Postcode"), then="suggest")
SAME = MatchRule(fields=("Country", "Postcode"), then="suggest")
ANY = MatchRule(fields=("Name",), then="suggest")

VALUES = st.tuples(
    st.sampled_from(["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", None, "n.v.t."]),
    st.sampled_from([None, None, None, "NL004495445B01", "BE0403019261", "NL1"]),
    st.sampled_from(["Bakkerij Jansen", "Bakkerij de Vries", "Jansen B.V.", "Bos", None]),
    st.sampled_from(["1234AB", "9000", "5611AA", None]),
    st.sampled_from(["NL", "BE", None, ABSENT]),
)
RULES = [(CODE,), (CODE, VAT), (VAT, BOTH), (CODE, NEAR), (VAT, CODE, SAME), (VAT, CODE, BOTH, NEAR), (NEAR,)]
PAIR = st.tuples(st.integers(0, 9), st.integers(0, 9))
STATES = st.sampled_from([LinkState.LINKED, LinkState.LINKED, LinkState.LINKED, LinkState.TOMBSTONE])


def rows_of(records, prefix: str) -> list[Observed]:
    return [Observed(id=f"{prefix}{n}", values=values) for n, values in enumerate(records)]


class Held:
    """Finds records by their keys, among those of a test."""

    def __init__(self, rows: Mapping[Side, Iterable[Observed]], maker: KeyMaker, layout: Sequence[str]) -> None:
        self.by_id = {side: {row.id: row for row in rows[side]} for side in Side}
        self.by_key: dict[tuple[Side, int], set[str]] = {}
        for side in Side:
            own = list(self.by_id[side].values())
            columns = {name: [row.values[layout.index(name)] for row in own] for name in maker.fields}
            for place, key in maker.held(columns, len(own)):
                self.by_key.setdefault((side, key), set()).add(own[place].id)

    def rows(self, side: Side, keys: Collection[int], ids: Collection[str], most: int) -> Sequence[Observed] | None:
        found = {id for key in keys for id in self.by_key.get((side, key), ())} | set(ids) & self.by_id[side].keys()
        return None if len(found) > most else [self.by_id[side][id] for id in found]


def keys_of(rows: Mapping[Side, Iterable[Observed]], layout: Sequence[str] = NAMES) -> KeysOf:
    return lambda maker: Held(rows, maker, layout)


@settings(max_examples=400, deadline=None)
@given(
    left=st.lists(VALUES, max_size=10),
    right=st.lists(VALUES, max_size=10),
    rules=st.sampled_from(RULES),
    standing=st.lists(st.tuples(PAIR, STATES), max_size=9, unique_by=(lambda p: p[0][0], lambda p: p[0][1])),
    said=st.lists(st.tuples(PAIR, st.sampled_from(["same", "not_same"])), max_size=2),
)
def test_what_is_relevant_says_all(left, right, rules, standing, said) -> None:
    of = entity(*rules, fields=NAMES)
    rows = {Side.LEFT: rows_of(left, "l"), Side.RIGHT: rows_of(right, "r")}
    links = [
        Link(entity="accounts", left_id=f"l{a}", right_id=f"r{b}", matched_by="Code", state=state)
        for (a, b), state in standing
        if a < len(left) and b < len(right)
    ]

    def linked(side: Side, id: str) -> list[Link]:
        return [link for link in links if id == (link.left_id if side is Side.LEFT else link.right_id)]

    answers = [
        Answer(kind=Waiting.MATCH, entity="accounts", left_id=f"l{a}", right_id=f"r{b}", decision=word, who="x")
        for (a, b), word in said
    ]
    fresh = {side: {row.id: row for row in rows[side] if not linked(side, row.id)} for side in Side}
    some = relevant(KeyPrints(of, NAMES), keys_of(rows), linked, fresh, answers)
    assert some is not None
    found = [
        match(
            of,
            seen[Side.LEFT],
            seen[Side.RIGHT],
            layout=NAMES,
            linked=linked,
            translate_ref=lambda name, side, id: None,
            answers=answers,
        )
        for seen in (rows, some)
    ]
    for whole, part in [found]:
        assert part.links == whole.links
        assert part.reviews == whole.reviews
        assert part.unmatched == whole.unmatched


def test_few_without_partner_need_few_records() -> None:
    rows = {
        side: [
            Observed(id=f"{side[0]}{n:04}", values=(f"c{n}", None, f"Bakkerij {n}", f"{n:04}AB", "NL"))
            for n in range(1000, 6000)
        ]
        for side in Side
    }
    rows[Side.LEFT].append(Observed(id="l9999", values=("c1500", None, "Bakkerij 1", "1600AB", "NL")))
    fresh = {Side.LEFT: {"l9999": rows[Side.LEFT][-1]}, Side.RIGHT: {}}

    def linked(side: Side, id: str) -> list[Link]:
        number = id[1:]
        return (
            []
            if number == "9999"
            else [Link(entity="a", left_id=f"l{number}", right_id=f"r{number}", matched_by="Code")]
        )

    prints = KeyPrints(entity(CODE, NEAR, fields=NAMES), NAMES)
    some = relevant(prints, keys_of(rows), linked, fresh, ())
    assert some is not None
    assert {side: [row.id for row in found] for side, found in some.items()} == {
        Side.LEFT: ["l1500", "l1600", "l9999"],
        Side.RIGHT: ["r1500", "r1600"],
    }


def test_a_rule_that_compares_by_likeness_alone_may_find_any_record() -> None:
    prints = KeyPrints(entity(CODE, ANY, fields=NAMES), NAMES)
    fresh: dict[Side, dict[str, Observed]] = {side: {} for side in Side}
    assert relevant(prints, keys_of({side: [] for side in Side}), lambda side, id: [], fresh, ()) is None


def test_where_too_many_share_a_key_all_are_looked_at() -> None:
    row = Observed(id="l0", values=("c1", None, None, None, None))
    rows = {Side.LEFT: [row], Side.RIGHT: [replace(row, id=f"r{n}") for n in range(20_001)]}
    fresh = {Side.LEFT: {"l0": row}, Side.RIGHT: {}}
    prints = KeyPrints(entity(CODE, fields=NAMES), NAMES)
    assert relevant(prints, keys_of(rows), lambda side, id: [], fresh, ()) is None
    rows[Side.RIGHT].pop()
    assert relevant(prints, keys_of(rows), lambda side, id: [], fresh, ()) is not None


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (MatchRule(fields=("Account", "Code")), {"a", "b"}),
        (MatchRule(fields=("Account",)), None),
        (MatchRule(fields=("Account", "Name"), then="suggest"), None),
    ],
    ids=["the rest of the key finds more", "nothing but a reference", "a reference and a likeness"],
)
def test_a_reference_narrows_nothing(rule: MatchRule, expected: set[str] | None) -> None:
    """What a reference means depends on links, and these may change while the record does not."""
    of = entity(rule, fields=("Account", *NAMES))
    of = replace(of, fields=tuple(replace(f, ref="accounts" if f.name == "Account" else "") for f in of.fields))
    names = ("Account", *NAMES)
    rows = {
        Side.LEFT: [Observed(id="a", values=("p1", "c1", None, None, None, None))],
        Side.RIGHT: [
            Observed(id="b", values=("q7", "c1", None, None, None, None)),
            Observed(id="c", values=("q7", "c2", None, None, None, None)),
        ],
    }
    some = relevant(
        KeyPrints(of, names),
        keys_of(rows, names),
        lambda side, id: [],
        {Side.LEFT: {"a": rows[Side.LEFT][0]}, Side.RIGHT: {}},
        (),
    )
    found = None if some is None else {row.id for side in Side for row in some[side]}
    assert found == expected


TOWNS = ("Code", "Name", "Phone", "City")
CALLED = MatchRule(fields=("Name", "Phone"), then="suggest")
SAFE = MatchRule(fields=("Code",), veto=("Name",))


@pytest.mark.parametrize(
    ("rules", "names", "elsewhere", "all_decide"),
    [
        ((CODE, CALLED), ("Jansen - Utrecht", "Jansen - Gouda"), "Gouda", True),
        ((SAFE,), ("Jansen - Utrecht", "Jansen - Gouda"), "Gouda", True),
        ((CODE, CALLED), ("Jansen - Utrecht", "Jansen"), "Gouda", False),
        ((CODE, CALLED), ("Jansen - ", " - Gouda"), "Gouda", False),
        ((CODE,), ("Jansen - Utrecht", "Jansen - Gouda"), "Gouda", False),
    ],
    ids=["compared by likeness", "a veto", "a town of their own", "no town", "names decide nothing"],
)
def test_a_town_behind_a_name_may_be_known_from_any_record(
    rules: tuple[MatchRule, ...], names: tuple[str, str], elsewhere: str, all_decide: bool
) -> None:
    """Two records that are compared alone look apart where all records show that they are one."""
    of = entity(*rules, fields=TOWNS)
    rows = {
        Side.LEFT: [Observed(id="l1", values=("c1", names[0], "0301234567", "Utrecht"))],
        Side.RIGHT: [Observed(id="r1", values=("c1", names[1], "0301234567", None))],
    }
    far = {side: Observed(id="far", values=("c2", "Bos", None, elsewhere)) for side in Side}
    every = {side: [*rows[side], far[side]] for side in Side}

    def linked(side: Side, id: str) -> list[Link]:
        return [Link(entity="accounts", left_id="far", right_id="far", matched_by="Code")] if id == "far" else []

    fresh = {side: {row.id: row for row in rows[side]} for side in Side}
    some = relevant(KeyPrints(of, TOWNS), keys_of(every, TOWNS), linked, fresh, ())
    assert (some is None) is all_decide
