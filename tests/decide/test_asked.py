"""A question about who is who stays open until a person answers it."""

from __future__ import annotations

import pytest

from syncengine.decide.asked import UNANSWERED, keep_asking
from syncengine.model.record import Side
from syncengine.model.review import Answer, Review, Waiting
from tests.builders import rows

ITEM = Review(kind=Waiting.MATCH, entity="e", left_ids=("l1",), right_ids=("r1", "r2"), reason="alike", number=7)
TWINS = Review(kind=Waiting.MATCH, entity="e", left_ids=("l1", "l2"), reason="alike", number=8)


def no(left: str, right: str) -> Answer:
    return Answer(kind=Waiting.MATCH, entity="e", left_id=left, right_id=right, decision="not_same")


CASES = [
    # item, answers, records that are gone, does it wait on?, why
    (ITEM, [], set(), True, "nobody answered"),
    (ITEM, [no("l1", "r1")], set(), True, "one of two candidates is ruled out"),
    (ITEM, [no("l1", "r1"), no("l1", "r2")], set(), False, "it is neither of the two"),
    (ITEM, [], {"r1"}, True, "one candidate is gone, the other is there"),
    (ITEM, [], {"r1", "r2"}, False, "the candidates are gone"),
    (TWINS, [], set(), True, "two of one side, and nobody answered"),
    (TWINS, [no("l1", ""), no("l2", "")], set(), False, "each of the two is somebody"),
    (TWINS, [], {"l2"}, False, "the other one is gone"),
]


@pytest.mark.parametrize(("item", "answers", "gone", "waits"), rows(CASES))
def test_keep_asking(item: Review, answers: list[Answer], gone: set[str], waits: bool) -> None:
    asked, unmatched = keep_asking({Side.LEFT: ("l1",)}, [item], answers, lambda side, id: id not in gone)
    assert unmatched == {Side.LEFT: [] if waits else ["l1"], Side.RIGHT: []}
    assert [review.subject for review in asked] == ([item.subject] if waits else [])
    assert all(UNANSWERED in review.reason for review in asked)


def test_a_record_that_found_its_partner_is_asked_about_no_more() -> None:
    assert keep_asking({}, [ITEM], [], lambda side, id: True) == ([], {Side.LEFT: [], Side.RIGHT: []})
