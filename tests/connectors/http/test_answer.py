"""Answers read with suspicion."""

from __future__ import annotations

from decimal import Decimal

import pytest

from syncengine_connectors.http import Answer, Unreadable
from tests.builders import rows


def answer(body: bytes, content_type: str = "application/json; charset=utf-8", status: int = 200) -> Answer:
    return Answer(status=status, headers={"content-type": content_type}, body=body)


def test_numbers_with_a_fraction_are_kept_digit_for_digit():
    assert answer(b'{"a": 0.1, "b": 12, "c": 1234567890123456.25}').json() == {
        "a": Decimal("0.1"),
        "b": 12,
        "c": Decimal("1234567890123456.25"),
    }


def test_a_byte_order_mark_is_no_content():
    assert answer(b'\xef\xbb\xbf{"d": []}').json() == {"d": []}


BROKEN = [
    (b"", "application/json", "empty"),
    (b"   ", "application/json", "only spaces"),
    (b"<html>503</html>", "text/html", "HTML"),
    (b"{}", "", "no content type"),
    (b"<feed/>", "application/atom+xml", "Atom XML"),
    (b'{"d": [', "application/json", "cut off"),
    (b'{"d": "\xff"}', "application/json", "not UTF-8"),
    (b"[" * 200_000, "application/json", "nested without end"),
    (b'{"a": NaN}', "application/json", "no number"),
    (b'{"a": 1e999999999}', "application/json", "a number that would fill the memory"),
    (b'{"a": ' + b"9" * 5000 + b"}", "application/json", "a whole number without end"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "content_type"), rows(BROKEN))
def test_what_is_no_json_is_unreadable_and_not_repeated_in_the_message(body, content_type):
    with pytest.raises(Unreadable) as caught:
        answer(body, content_type).json()
    assert len(str(caught.value)) < 80


WORDS = [
    (b'{"error":{"code":"","message":{"lang":"","value":"Verplicht: Naam"}}}', "Verplicht: Naam", "Exact's error"),
    (b'{"error":{"message":"short"}}', "short", "a shorter form"),
    (b'{"error":"invalid_client"}', "invalid_client", "an OAuth error"),
    (b'{"error":{"code":7}}', "", "no message"),
    (b"[1]", "", "no object"),
    (b"<html>", "", "no JSON"),
    (b'{"error":{"message":{"value":"' + b"x" * 2000 + b'"}}}', "x" * 500, "cut to what a person reads"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), rows(WORDS))
def test_the_sides_own_words_are_found(body, expected):
    assert answer(body).words() == expected
