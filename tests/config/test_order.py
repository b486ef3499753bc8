"""The order of entities: what others need comes first, else the order of the file."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.config.order import circle, ordered
from tests.builders import rows

CASES = [
    ({"a": [], "b": [], "c": []}, "abc", "nothing needs anything"),
    ({"a": ["b"], "b": []}, "ba", "one needs a later one"),
    ({"a": ["c"], "b": [], "c": []}, "bca", "only who must wait waits"),
    ({"a": ["a"]}, "a", "one needs itself"),
    ({"a": ["b"], "b": ["a"]}, "ab", "two need each other"),
    ({"x": ["a"], "a": ["b"], "b": ["a"]}, "abx", "one needs a circle that stands later"),
    ({"a": ["b"], "b": ["a", "c"], "c": []}, "cab", "a circle needs one that stands later"),
    ({"a": ["nobody"]}, "a", "an unknown name"),
]  # fmt: skip


@pytest.mark.parametrize(("needs", "expected"), rows(CASES))
def test_order(needs: dict[str, list[str]], expected: str) -> None:
    assert "".join(ordered(needs)) == expected


GRAPHS = st.dictionaries(st.sampled_from("abcdefg"), st.lists(st.sampled_from("abcdefg"), max_size=3), max_size=7)


@given(GRAPHS)
def test_everything_stands_once_and_after_what_it_needs_unless_they_need_each_other(
    needs: dict[str, list[str]],
) -> None:
    order = list(ordered(needs))
    assert sorted(order) == sorted(needs)

    def reaches(start: str, goal: str) -> bool:
        seen, todo = set[str](), list(needs.get(start, []))
        while todo:
            here = todo.pop()
            if here not in seen:
                seen.add(here)
                todo += needs.get(here, [])
        return goal in seen

    for name, others in needs.items():
        for other in others:
            if other in needs and other != name and not reaches(other, name):
                assert order.index(other) < order.index(name)
    assert list(circle(needs)) == [name for name in needs if reaches(name, name)]


def test_the_order_does_not_depend_on_how_needs_are_listed() -> None:
    for needs in permutations(["b", "c", "d"]):
        assert "".join(ordered({"a": list(needs), "b": [], "c": ["d"], "d": []})) == "bdca"
