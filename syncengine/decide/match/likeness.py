"""How alike two texts are, 0 to 1: by rapidfuzz where it is installed, else by the standard library."""

from __future__ import annotations

from difflib import SequenceMatcher

try:
    from rapidfuzz.distance import Indel

    def _staying(one: str, other: str) -> float:
        return Indel.normalized_similarity(one, other)

except ImportError:  # the extra ``quality`` is not installed: slower, and the same to two or three places

    def _staying(one: str, other: str) -> float:
        first, second = sorted((one, other))
        return SequenceMatcher(None, first, second, autojunk=False).ratio()


def likeness(one: str, other: str) -> float:
    """Share of letters that stay when one text becomes the other: 1 for equal ones; 0 if either is empty."""
    return _staying(one, other) if one else 0.0


def one_slip(one: str, other: str) -> bool:
    """True for one word typed twice with a slip in one of them: a letter lost, added, changed or swapped."""
    if one == other:
        return True
    if min(len(one), len(other)) < 4:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, second = one[start:], other[start:]
    if len(rest) == len(second):
        swapped = len(rest) > 1 and rest[0] == second[1] and rest[1] == second[0] and rest[2:] == second[2:]
        return swapped or rest[1:] == second[1:]
    return rest[1:] == second or rest == second[1:]
