"""Two written names: one company spelled twice, or two companies."""

from __future__ import annotations

import pytest

from syncengine.decide.match.likeness import likeness, one_slip
from syncengine.decide.match.names import apart, rests
from tests.builders import rows

APART = [
    # one                       other                            expected                                      why
    ("Viking B.V.", "VIKING", "", "legal form on one side only"),
    ("Viking B.V.", "Viking N.V.", "legal forms differ", "two legal forms"),
    ("Gemeente Gent", "OCMW Gent", "two public bodies of one town", "two bodies"),
    ("Gemeente Gent", "Gent", "", "the body on one side only"),
    ("Viking", "Viking Holding", "names differ by a group word", "a group word more"),
    ("Viking Europe", "Viking International", "names differ by a group word", "two group words"),
    ("Viking Holding", "Viking Holdings", "", "one group word, two spellings"),
    ("Intel Finance", "Intel Trading", "names begin alike and go on differently", "two companies of one group"),
    ("Intel", "Intel Trading", "", "one is written short"),
    ("Intel", "Powall", "", "nothing in common is no proof"),
    ("Delft Holding", "Powall Holding", "names begin alike and go on differently", "only a common word in common"),
    ("Good Will", "Goodwill", "", "one word or two"),
    ("Jansen Bouw", "Janssen Bouw", "", "a slip"),
    ("Jan Bouw", "Jam Bouw", "", "a slip in a word too short to forgive by itself"),
    ("Delft Holding", "Powall", "", "a group word, and nothing in common"),
    ("Gemeente Gent", "Gent Stad", "names begin alike and go on differently", "a public body and another one"),
    ("Viking Europe Bouw", "Viking Bouw", "names differ by a group word", "a group word in between"),
    ("", "Viking", "", "no name"),
    ("", "Viking Holding", "", "no name beside a group's"),
    ("", "", "", "no names at all"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "expected"), rows(APART))
def test_apart(one, other, expected):
    assert apart(one, other) == expected
    assert apart(other, one) == expected, "whichever is named first"


SLIPS = [
    ("bouw", "bouw", True, "equal"),
    ("jansen", "janssen", True, "a letter more"),
    ("janssen", "jansen", True, "a letter less"),
    ("jansen", "jansem", True, "another letter"),
    ("jansen", "jasnen", True, "two letters swapped"),
    ("jansen", "jasnem", False, "two slips"),
    ("jansen", "jansenss", False, "two letters more"),
    ("jansen", "jansne", True, "the last two letters swapped"),
    ("jansen", "jansin", True, "another letter before the last"),
    ("jansen", "jamten", False, "two other letters in a row"),
    ("jansen", "jbnten", False, "two other letters apart"),
    ("bouw", "bouv", True, "just long enough"),
    ("abc", "abd", False, "too short to forgive"),
    ("abcd", "abc", False, "one of them too short"),
    ("abc", "abc", True, "short and equal"),
    ("bouwen", "houwer", False, "two other letters"),
]


@pytest.mark.parametrize(("one", "other", "expected"), rows(SLIPS))
def test_one_slip(one, other, expected):
    assert one_slip(one, other) is expected


def test_words_that_both_have_are_left_out_slips_forgiven():
    assert rests(("intel", "finance", "benelux"), ("benelux", "intell", "trading")) == (["finance"], ["trading"])


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [("abcd", "abcd", 1, 1), ("abcd", "abce", 0.7, 0.8), ("", "a", 0, 0), ("a", "", 0, 0), ("", "", 0, 0)],
)
def test_likeness_is_a_share(one, other, least, most):
    assert least <= likeness(one, other) <= most


def test_likeness_without_the_extra_is_nearly_the_same(monkeypatch):
    import importlib.util
    import sys

    from syncengine.decide.match import likeness as module

    monkeypatch.setitem(sys.modules, "rapidfuzz.distance", None)
    spec = importlib.util.find_spec(module.__name__)
    assert spec is not None
    assert spec.loader is not None
    plain = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plain)
    assert plain.likeness is not module.likeness
    long = "ab" * 150
    pairs = [
        ("bakkerijjansen", "bakkerijjanssen"),
        ("a", "b"),
        ("kraai", "kraaij"),
        ("", "x"),
        ("", ""),
        (long, long[1:]),
    ]
    for one, other in pairs:
        assert plain.likeness(one, other) == plain.likeness(other, one)
        assert abs(plain.likeness(one, other) - likeness(one, other)) < 0.1
