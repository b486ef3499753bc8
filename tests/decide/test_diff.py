"""Who changed one field: the table of the house."""

from __future__ import annotations

import pytest

from syncengine.decide.diff import Agreed, Verdict, diff_field
from syncengine.model.record import ABSENT
from tests.builders import rows


def same(one, other) -> bool:
    return one is not ABSENT and other is not ABSENT and one == other


CASES = [
    # base        left    right   expected              why
    (("a", "a"),  "a",    "a",    Verdict.SAME,         "nobody moved"),
    (("a", "b"),  "a",    "b",    Verdict.SAME,         "an accepted difference stays accepted"),
    (("a", "a"),  "b",    "a",    Verdict.LEFT,         "left moved"),
    (("a", "a"),  "a",    "b",    Verdict.RIGHT,        "right moved"),
    (("a", "A"),  "a",    "A",    Verdict.SAME,         "right shows it its own way, as ever"),
    (("a", "A"),  "b",    "A",    Verdict.LEFT,         "left moved while right shows it its own way"),
    (("a", "a"),  "b",    "b",    Verdict.AGREE,        "both moved to the same"),
    (("a", "a"),  "b",    "c",    Verdict.CONFLICT,     "both moved apart"),
    (("a", "a"),  None,   "a",    Verdict.LEFT,         "left emptied it"),
    (("a", "a"),  None,   None,   Verdict.AGREE,        "both emptied it"),
    (("a", "a"),  None,   "b",    Verdict.CONFLICT,     "left emptied what right changed"),
    (("a", "a"),  ABSENT, "b",    Verdict.RIGHT,        "left is silent, not empty"),
    (("a", "a"),  ABSENT, "a",    Verdict.SAME,         "silence is no change"),
    (("a", "a"),  ABSENT, ABSENT, Verdict.SAME,         "silence on both sides is no change"),
    (("a", ABSENT), "a",  "b",    Verdict.SAME,         "the first sight of right is no change of it"),
    (None,        "a",    "a",    Verdict.AGREE,        "a first link, and they agree"),
    (None,        None,   None,   Verdict.AGREE,        "a first link, both empty"),
    (None,        "a",    "b",    Verdict.NEVER_AGREED, "a first link, and they differ"),
    (None,        "a",    None,   Verdict.NEVER_AGREED, "a first link, right is empty"),
    (None,        ABSENT, "b",    Verdict.NEVER_AGREED, "a first link, left is silent"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "left", "right", "expected"), rows(CASES))
def test_diff_field(base, left, right, expected) -> None:
    assert diff_field(base, left, right, same=same) is expected


@pytest.mark.parametrize(("base", "left", "right", "expected"), rows(CASES))
def test_diff_field_mirrors_when_the_sides_are_swapped(base, left, right, expected) -> None:
    swapped = {Verdict.LEFT: Verdict.RIGHT, Verdict.RIGHT: Verdict.LEFT}.get(expected, expected)
    mirrored = None if base is None else Agreed(base[1], base[0])
    assert diff_field(mirrored, right, left, same=same) is swapped
