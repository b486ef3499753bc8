"""Two companies' names: spelled differently, or different companies."""

from __future__ import annotations

from functools import lru_cache

from syncengine.decide.keys.names import CompanyName, parse_name
from syncengine.decide.match.likeness import likeness, one_slip

ALIKE = 0.88
"""From here on two names are one name with slips."""


@lru_cache(maxsize=1 << 15)
def parsed(written: str) -> CompanyName:
    """A name taken apart; remembers recent ones."""
    return parse_name(written)


def apart(one: str, other: str) -> str:
    """Why two written names are those of two companies; "" if they may be one company's.

    Names that begin alike and go on differently are companies of one group, or one owner's shops; names that have nothing in common
    are no proof of anything, for a company has several.
    """
    a, b = map(parsed, sorted((one, other)))
    if a.legal and b.legal and a.legal != b.legal:
        return "legal forms differ"
    if a.body and b.body and a.body != b.body:
        return "two public bodies of one town"
    if one_slip(a.key, b.key):
        return ""
    rest_a, rest_b = rests(a.tokens, b.tokens)
    if a.group != b.group and len(rest_a) + len(rest_b) < len(a.tokens) + len(b.tokens):
        return "names differ by a group word"
    common = len(a.tokens) - len(rest_a)
    if common and rest_a and rest_b:
        return "names begin alike and go on differently"
    return ""


def rests(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The words of each name that the other has not, slips forgiven."""
    left, rest = list(other), []
    for word in one:
        twin = next((item for item in left if item == word), None) or next(
            (item for item in left if one_slip(item, word)), None
        )
        if twin is None:
            rest.append(word)
        else:
            left.remove(twin)
    return rest, left


def alike(one: str, other: str) -> float:
    """How alike two names are without legal form: 1 if equal, 0 if they are two companies' names or say nothing."""
    a, b = parsed(one), parsed(other)
    return likeness(a.key, b.key)
