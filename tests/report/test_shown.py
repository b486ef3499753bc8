"""Nothing a side holds can steer a terminal, a spreadsheet or a page; and a reader still sees what it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.model.operation import Pending
from syncengine.model.record import ABSENT, Side, Value
from syncengine.report.shown import MASK, blind, cell, clip_all, clip_pair, disarm, short_id, show, uncell, waits
from tests.builders import rows

CASES = [
    # value, shown, why
    ("info@acme.example", "info@acme.example", "one word needs no marks"),
    ("Den Haag", '"Den Haag"', "several words are held together"),
    ("'s-Gravenhage", "\"'s-Gravenhage\"", "a mark inside is held too"),
    ('say "hi"', '"say \\"hi\\""', "marks inside are told apart from marks around"),
    ("", '""', "empty text is seen"),
    (None, "(empty)", "no value says so"),
    (ABSENT, "(not shown)", "silence is not emptiness"),
    (True, "true", "a flag as the mapping writes it"),
    (Decimal("12.50"), "12.5", "a number without zeros that mean nothing"),
    (date(2026, 11, 20), "2026-11-20", "a date"),
    (datetime(2026, 11, 20, 9, 5, tzinfo=UTC), '"2026-11-20 09:05:00Z"', "an instant"),
    (("b", "a c"), '{b, "a c"}', "a list in its own order"),
    ("0b51b3ee-aaaa-4bbb-8ccc-1234567890ab", "0b51b3ee", "a GUID by its first group"),
    ("two\nlines", '"two⏎lines"', "a break is seen and breaks nothing"),
    ("\x1b[2Jgone", '"\N{REPLACEMENT CHARACTER}[2Jgone"', "an escape sequence is disarmed"),
    ("a\u202eb", '"a\N{REPLACEMENT CHARACTER}b"', "a direction mark is disarmed"),
    ("=1+1", '"=1+1"', "a formula is held as text"),
    ("\ud800", '"\N{REPLACEMENT CHARACTER}"', "half a character can be printed"),
    (Pending(entity="accounts", side=Side.LEFT, id="12"), "(the accounts made of 12)", "a reference still to come"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "shown"), rows(CASES))
def test_a_value_is_shown(value: Value | Pending, shown: str) -> None:
    assert show(value) == shown


@pytest.mark.parametrize(("value", "shown"), [("x", MASK), (Decimal(1), MASK), (("a",), MASK), (None, "(empty)")])
def test_a_masked_value_tells_emptiness_only(value: Value, shown: str) -> None:
    assert show(value, masked=True) == shown


@given(st.text())
def test_no_text_steers_a_terminal(text: str) -> None:
    for shown in (disarm(text), show(text)):
        shown.encode("utf-8")
        assert not [sign for sign in shown if ord(sign) < 32 or 127 <= ord(sign) < 160 or sign in "\u202e\u2066\u2028"]


@given(st.text())
def test_no_cell_is_a_formula_and_every_cell_comes_back(text: str) -> None:
    assert cell(text)[:1] not in tuple("=+-@\t\r")
    assert uncell(cell(text)) == text


def test_what_is_quoted_is_hidden_in_free_text() -> None:
    assert blind("two accounts have VATNumber \"NL001\" and 'x'") == f"two accounts have VATNumber {MASK} and {MASK}"


def test_clipped_values_still_show_where_they_differ() -> None:
    start = "Industrieterrein De Grote Wielen, gebouw "
    one, two = clip_pair(start + "12", start + "14", 20)
    assert one != two
    assert max(len(one), len(two)) <= 20
    assert clip_pair("a", "b", 20) == ("a", "b")
    assert len(set(clip_all(["Willems Meubelen BV", "Willems Meubelen BV (oud)", "(empty)"], 16))) == 3


def test_ids_and_counts_are_short() -> None:
    assert short_id("8841") == "8841"
    assert (waits(1), waits(1712)) == ("1 waits", "1,712 wait")
