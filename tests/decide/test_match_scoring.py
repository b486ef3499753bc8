"""How likely two records are one: what each field weighs, what is told of it, and what is not weighed at all."""

from __future__ import annotations

from typing import Any

import pytest

from syncengine.decide.match.evidence import Evidence
from syncengine.decide.match.scoring import Scoring, Weighed
from syncengine.decide.match.table import Table
from syncengine.model.entity import MatchRule
from syncengine.model.record import ABSENT, Observed
from tests.builders import rows
from tests.decide.matching import FIELDS, entity, rule

MORE = (*FIELDS, "Website", "Enterprise", "RSIN", "Grade")
USES: Any = {"Enterprise": {"use": ("kbo",)}, "RSIN": {"use": ("rsin",)}}
ALL = rule(*MORE, then="suggest")
"""Names every field, so that every field is kept."""


def weighed(one, other, *rules: MatchRule) -> Weighed:
    """A pair of Dutch records, one of each side."""
    wanted = entity(*(rules or (ALL,)), fields=MORE, **USES)
    layout = wanted.layout
    left, right = (
        [Observed(id="1", values=tuple(values.get(name, ABSENT) for name in layout))] for values in (one, other)
    )
    table = Table(wanted, left, right, layout, lambda name, side, id: None)
    return Scoring(wanted, table, Evidence(wanted, table)).weigh(0, 1)


NL = {"Country": "NL"}
STREET = "Groenewoudsedijkweg"
WEIGHTS = [
    # field, left, right, share, weight, why
    ("Name", "Jansen BV", "Jansen", 1.0, 5.0, "one name"),
    ("Name", "Jansen", "Powall", 0.0, -3.0, "two names"),
    ("Name", "Jansen BV", "Jansen NV", 0.0, -3.0, "one name with two legal forms"),
    ("Name", "Abcde", "Abcxy", 0.6, 1.8, "just alike enough"),
    ("Name", "Abcdef", "Abcxyz", 0.0, -3.0, "half alike is not alike"),
    ("Phone", "020 1347589", "+31201347589", 1.0, 4.0, "one telephone number"),
    ("Phone", "0201347589", "0207856429", 0.0, -1.5, "two telephone numbers"),
    ("Email", "a@acme.example", "A@ACME.example", 1.0, 4.0, "one address"),
    ("Email", "a@acme.example", "b@acme.example", 0.5, 1.75, "two people of one domain"),
    ("Email", "a@acme.example", "a@other.example", 0.0, -0.5, "two domains"),
    ("Email", "a@gmail.com", "A@gmail.com", 1.0, 4.0, "one address at a free-mail provider"),
    ("Website", "https://acme.example", "www.acme.example", 1.0, 2.0, "one domain"),
    ("Website", "acme.example", "other.example", 0.0, -1.0, "two domains of the web"),
    ("AddressLine1", "Kerkstraat 2", "Kerkstr. 2", 1.0, 2.5, "one address in two spellings"),
    ("AddressLine1", "Kerkstraat 2", "Kerkstrat 2", 0.8, 1.7, "a slip in the street"),
    ("AddressLine1", "Abcdefghijklmnopqrstuv 2", "Abcdewghijkwmnopqwstuv 2", 0.8, 1.7, "three slips in a long street"),
    ("AddressLine1", f"{STREET} 1", f"{STREET} 2", 0.0, -1.5, "two numbers of one street"),
    ("AddressLine1", "Kerkstraat 2", "Dorpsplein 2", 0.0, -1.5, "one number of two streets"),
    ("AddressLine1", "Postbus 12", "Postbus 12", 1.0, 2.5, "one box"),
    ("AddressLine1", "Postbus 12", "Postbus 13", 0.0, -1.5, "two boxes"),
    ("Postcode", "5411 EA", "5411ea", 1.0, 2.0, "one postcode"),
    ("Postcode", "5411 EA", "5411 EB", 0.0, -1.0, "two postcodes of one quarter"),
    ("Postcode", "5411 EA", "5411", 0.7, 1.1, "the quarter alone"),
    ("Postcode", "5412", "5411 EA", 0.0, -1.0, "another quarter"),
    ("City", "Ede", "EDE", 1.0, 1.0, "one town"),
    ("City", "Ede", "Best", 0.0, -0.5, "two towns"),
    ("Grade", "gold", "gold", 1.0, 3.0, "another field that a rule names"),
    ("Grade", "gold", "golden", 0.0, -1.0, "another field that differs"),
]


@pytest.mark.parametrize(("name", "one", "other", "share", "weight"), rows(WEIGHTS))
def test_what_a_field_weighs(name, one, other, share, weight) -> None:
    """Beyond the country, which counts nothing when it agrees; and less what any two records have against them."""
    for a, b in ((one, other), (other, one)):
        found = weighed({**NL, name: a}, {**NL, name: b})
        assert found.shares == pytest.approx({"Country": 1.0, name: share})
        assert found.weight == pytest.approx(weight - 3.0)


def test_two_countries_speak_against_it() -> None:
    found = weighed({"Country": "NL"}, {"Country": "BE"})
    assert (found.shares, found.weight) == ({"Country": 0.0}, -6.0)


SILENT = [
    ("Name", "Jansen", None, "one is silent"),
    ("Name", None, "Jansen", "the other is silent"),
    ("City", "Ede", "onbekend", "a placeholder is silence"),
    ("AddressLine1", "Postbus 12", "Kerkstraat 2", "a box and a street may be one's"),
    ("AddressLine1", "Kerkstraat 2", "Postbus 12", "a street and a box may be one's"),
    ("Phone", "0612345678", "0612345678", "a made-up number"),
]


@pytest.mark.parametrize(("name", "one", "other"), rows(SILENT))
def test_what_cannot_be_compared_is_left_out(name, one, other) -> None:
    found = weighed({**NL, name: one}, {**NL, name: other})
    assert (found.shares, found.weight) == ({"Country": 1.0}, -3.0)


NUMBERS = [
    ("VATNumber", "NL001241643B01", "NL861152670B01", "VAT numbers"),
    ("ChamberOfCommerce", "69599084", "24376124", "numbers of the Dutch register"),
    ("Enterprise", "0207447861", "0212237483", "numbers of the Belgian register"),
    ("RSIN", "001241643", "861152670", "Dutch tax numbers"),
]


@pytest.mark.parametrize(("name", "one", "other"), rows(NUMBERS))
def test_the_law_s_numbers_only_speak_against_it(name, one, other) -> None:
    """That they agree is for the strong rules; that they differ weighs more than all else."""
    same, apart = weighed({name: one}, {name: one}), weighed({name: one}, {name: other})
    assert (same.shares, same.weight) == ({}, -3.0)
    assert (apart.shares, apart.weight) == ({}, -15.0)


def test_fields_that_no_rule_names_are_weighed_by_their_kind_alone() -> None:
    both = {
        "Name": "Jansen",
        "AddressLine1": "Kerkstraat 2",
        "Postcode": "5411 EA",
        "City": "Ede",
        "Email": "a@acme.example",
        "Phone": "0201347589",
        "Grade": "gold",
        "Code": "A1",
        **NL,
    }
    found = weighed(both, both, rule("Code", veto=("Grade",)))
    assert set(found.shares) == {*both} - {"Grade"}, "a veto is no likeness"
    assert found.weight == pytest.approx(-3.0 + 5.0 + 2.5 + 2.0 + 1.0 + 4.0 + 4.0 + 3.0)


def test_a_tie_break_is_weighed() -> None:
    found = weighed({"Grade": "gold"}, {"Grade": "gold"}, rule("Code", tie_break=("Grade",)))
    assert found.shares == {"Grade": 1.0}


SCORES = [
    (0.0, 0.5, "as likely as not"),
    (1.75, 0.77, "to two places"),
    (-3.0, 0.11, "unlikely"),
    (5.0, 0.97, "likely"),
]


@pytest.mark.parametrize(("weight", "score"), rows(SCORES))
def test_the_weight_as_a_probability(weight, score) -> None:
    assert Weighed(one=0, other=1, weight=weight, shares={}).score == score


REASONS = [
    ({"Name": 1.0, "City": 1.0}, "Name, City agree", "all agrees"),
    ({"Name": 0.9, "City": 1.0}, "Name (alike), City agree", "one is only alike"),
    ({"Name": 1.0, "Email": 0.5, "City": 0.49, "Phone": 0.0}, "Name, Email (alike) agree; City, Phone differ", "some of each"),
    ({"City": 0.0}, "City differ", "nothing agrees"),
    ({}, "", "nothing is known"),
]  # fmt: skip


@pytest.mark.parametrize(("shares", "reason"), rows(REASONS))
def test_the_reason_in_words(shares, reason) -> None:
    assert Weighed(one=0, other=1, weight=0.0, shares=shares).reason == reason
