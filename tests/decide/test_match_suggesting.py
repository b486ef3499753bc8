"""What only a person can say: which pairs are asked about, and how what hangs together is told as one item."""

from __future__ import annotations

from itertools import permutations

import pytest

from syncengine.decide.match.settling import Wait
from syncengine.decide.match.suggesting import _merged as merged
from tests.builders import rows
from tests.decide.matching import KVK, VAT, Case, entity, linked, rule, told, unmatched, waiting

V1, V2 = "NL001241643B01", "NL861152670B01"
K1 = "69599084"
NEAR = {"Name": "Jansen", "Postcode": "5411 EA", "Country": "NL"}
SUGGEST = rule("Name", "Postcode", then="suggest")


def wait(nodes: str, reason="why", rule="R", line=5, score=None, open_: str | None = None) -> Wait:
    """Records by digits."""
    shown = tuple(map(int, nodes))
    lone = shown if open_ is None else tuple(map(int, open_))
    return Wait(nodes=shown, open=lone, rule=rule, reason=reason, line=line, score=score)


FIRST = [
    # the one that is told, the others of the item, why
    (
        wait("12", score=0.9, line=9),
        [wait("23", score=0.6, line=1), wait("13", score=0.7, line=1)],
        "the best suggestion",
    ),
    (wait("12", line=9), [wait("23", score=0.99, line=1), wait("13", score=0.6, line=1)], "what a key says"),
    (wait("12", line=2, rule="S"), [wait("234", line=5), wait("13", line=9)], "the first rule of the file"),
    (wait("12", rule="A"), [wait("234", rule="B"), wait("13", rule="C")], "the first rule by name"),
    (wait("123", reason="b"), [wait("23", reason="a"), wait("12", reason="a")], "the larger one"),
    (wait("12", reason="a"), [wait("23", reason="b"), wait("13", reason="c")], "the first reason by name"),
    (wait("12", score=0.6, line=1), [wait("23", score=0.6, line=2)], "of two equal scores the first rule of the file"),
]


@pytest.mark.parametrize(("first", "others"), rows(FIRST))
def test_of_what_hangs_together_one_is_told(first, others) -> None:
    for order in permutations([first, *others]):
        [item] = merged(order)
        assert (item.rule, item.reason, item.line, item.score) == (first.rule, first.reason, first.line, first.score)


def test_what_hangs_together_by_records_without_partner_is_one_item() -> None:
    found = merged([wait("92", open_="2"), wait("31"), wait("78"), wait("24", open_="24"), wait("15", open_="1")])
    assert {(item.nodes, item.open) for item in found} == {((2, 4, 9), (2, 4)), ((1, 3, 5), (1, 3)), ((7, 8), (7, 8))}


def group(size: int, **more) -> dict[str, dict[str, str]]:
    """Members of a VAT group, each with a number of its own."""
    return {f"x{n:02}": {"VATNumber": V1, "ChamberOfCommerce": f"{10_000_019 + 7 * n}", **more} for n in range(size)}


CROWDS = [
    (
        59,
        "they share VATNumber, which links nothing here: register or VAT numbers differ. ",
        "as many as are asked about",
    ),
    (60, "61 records share VATNumber, which links nothing here: register or VAT numbers differ", "one more"),
]


@pytest.mark.parametrize(("size", "reason"), rows(CROWDS))
def test_a_key_of_many_that_proves_nothing(size, reason) -> None:
    found = Case(entity(VAT, KVK), {"a": {"VATNumber": V1}}, group(size)).matches()
    [item] = found.reviews
    assert (item.left_ids, len(item.right_ids), item.rule, item.score) == (("a",), size, "VATNumber", None)
    assert item.reason.startswith(reason)


def test_a_crowd_hides_no_other_key() -> None:
    left = {"a": {"VATNumber": V1}, "b": {"Code": "A1", "City": "Ede"}}
    right = {**group(60), "y": {"Code": "A1", "City": "Best"}}
    found = Case(entity(VAT, rule("Code", veto=("City",))), left, right).matches()
    assert (("b",), ("y",)) in waiting(found)


def test_a_key_that_proves_nothing_is_told_with_what_agrees_and_what_differs() -> None:
    case = Case(
        entity(rule("VATNumber", veto=("City",))),
        {"a": {"VATNumber": V1, "Name": "Jansen", "City": "Ede"}},
        {"x": {"VATNumber": V1, "Name": "Jansen BV", "City": "Best"}},
    )
    [item] = case.matches().reviews
    assert (item.rule, item.line, item.score) == ("VATNumber", 7, None)
    assert item.reason == (
        "they share VATNumber, which links nothing here: City differs. Name agree; City differ. The same?"
    )


def test_a_suggestion_is_told_with_its_score() -> None:
    [item] = Case(entity(SUGGEST), {"a": NEAR}, {"x": NEAR}).matches().reviews
    assert (item.rule, item.line, item.score) == ("Name+Postcode", 7, 0.94)
    assert item.reason == "Name, Postcode, Country agree. The same?"


ASKED = [
    # rules, what both show, left, right, asked, why
    ((rule("Code", then="suggest"),), {"Code": "A1"}, {}, {}, True, "as likely as not"),
    ((rule("Postcode", then="suggest"),), {"Postcode": "5411 EA", "Country": "NL"}, {}, {}, False, "less likely than not"),
    ((SUGGEST,), {"Postcode": "5411 EA", "Country": "NL", "Email": "a@acme.example", "Phone": "0201347589"},
     {"Name": "Jansen Finance"}, {"Name": "Jansen Trading"}, False, "likely, but against the rule's own field"),
    ((rule("Name", "VATNumber", then="suggest"),), {"Name": "Jansen", "VATNumber": V1}, {}, {}, True, "a number that weighs nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "both", "left", "right", "asked"), rows(ASKED))
def test_what_is_alike_enough_is_asked(rules, both, left, right, asked) -> None:
    found = Case(entity(*rules), {"a": {**both, **left}}, {"x": {**both, **right}}).matches()
    assert waiting(found) == ([(("a",), ("x",))] if asked else [])


CLOSE = [
    # what the best candidate shows, what the other one shows, both are shown, why
    ("acme.example", None, True, "less likely by as much as may be"),
    ("acme.example", "other.example", False, "less likely by more"),
]


@pytest.mark.parametrize(("best", "other", "both"), rows(CLOSE))
def test_of_those_with_a_partner_only_the_likeliest_are_shown(best, other, both) -> None:
    fields = ("Name", "Postcode", "Country", "Code", "Website")
    rules = (SUGGEST, rule("Code", tie_break=("Website",)))
    shown = [{**NEAR, **({} if site is None else {"Website": site})} for site in ("acme.example", best, other)]
    case = Case(
        entity(*rules, fields=fields),
        {"a": shown[0], "b": {}, "c": {}},
        {"x": shown[1], "y": shown[2]},
        links=[("b", "x"), ("c", "y")],
    )
    assert waiting(case.matches()) == [(("a",), ("x", "y") if both else ("x",))]


def test_two_suggested_to_one_that_has_its_partner_are_two_items() -> None:
    left = {"a": NEAR, "b": {"Phone": "0201347589", "Country": "NL"}, "z": {}}
    case = Case(
        entity(SUGGEST, rule("Phone", then="suggest")),
        left,
        {"x": {**NEAR, "Phone": "0201347589"}},
        links=[("z", "x")],
    )
    assert waiting(case.matches()) == [(("a",), ("x",)), (("b",), ("x",))]


def test_what_a_key_holds_together_is_not_suggested_and_hides_no_other_pair() -> None:
    near = {"Name": "Powall", "Postcode": "5411 EB", "Country": "NL"}
    left = {"a": {**NEAR, "VATNumber": V1}, "b": {**NEAR, "VATNumber": V1}, "c": near}
    found = Case(entity(VAT, SUGGEST), left, {"x": {**NEAR, "VATNumber": V1}, "y": near}).matches()
    assert waiting(found) == [(("a", "b"), ("x",)), (("c",), ("y",))]
    assert [item.score is None for item in found.reviews] == [True, False]


def test_what_a_person_refused_hides_no_other_pair() -> None:
    near = {"Name": "Powall", "Postcode": "5411 EB", "Country": "NL"}
    case = Case(entity(SUGGEST), {"a": NEAR, "c": near}, {"x": NEAR, "y": near}, answers=[("a", "x", "not_same")])
    assert told(case.matches()) == ([], [(("c",), ("y",))], (("a",), ("x",)))


def test_where_all_have_their_partners_nothing_waits() -> None:
    case = Case(entity(VAT, SUGGEST), {"a": NEAR}, {"x": NEAR}, links=[("a", "x")])
    assert told(case.matches()) == ([], [], ((), ()))


def test_the_numbers_of_the_law_part_two_only_where_one_has_its_partner() -> None:
    """Both without partner: perhaps a number is wrong. A person may say so."""
    left, right = {"a": {**NEAR, "VATNumber": V1}}, {"x": {**NEAR, "VATNumber": V1, "ChamberOfCommerce": K1}}
    other = {**NEAR, "VATNumber": V1, "ChamberOfCommerce": "24376124"}
    found = Case(entity(KVK, VAT), {**left, "b": other}, right).matches()
    assert waiting(found) == [(("a", "b"), ("x",))]
    again = Case(entity(KVK, VAT), {"b": other, "z": {}}, right, links=[("z", "x")]).matches()
    assert (linked(again), waiting(again), unmatched(again)) == ([], [], (("b",), ()))
