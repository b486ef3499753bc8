"""Walking both sides abreast finds the pairs that grouping all records by their fingerprints finds."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncengine.model.record import Observed, Side
from syncengine.model.values import row_fingerprint
from syncengine.state.abreast import pair_up
from syncengine.state.sqlite import SqliteStore, open_store
from syncengine.testing.fakes import FakeClock, FakeIds
from tests.builders import rows

ENTITY = "customers"
SIZES = [(1, 100), (2, 100), (3, 100), (3, 2), (5_000, 100_000), (2, 0)]
"""Records compared at once; records that may wait for a partner."""


def listed(values: list[str], side: Side) -> list[Observed]:
    """Records that show these values, in this order; a capital is a record that must be looked at alone."""
    return [
        Observed(id=f"{side}{n}", values=(value,), fingerprint=row_fingerprint((value,)), inactive=value.isupper())
        for n, value in enumerate(values)
    ]


def store_with(folder: Path, left: list[str], right: list[str]) -> SqliteStore:
    store = open_store(folder / ".sync", clock=FakeClock(), ids=FakeIds())
    with store.transaction():
        store.links.relay(ENTITY, ("Name",))
        for side, values in ((Side.LEFT, left), (Side.RIGHT, right)):
            store.mirror.put(ENTITY, side, 1, listed(values, side))
    return store


def paired(store: SqliteStore, page: int, apart: int) -> list[tuple[str, str]]:
    """The pairs, as what each of both shows."""
    known = store.links.entities.find(ENTITY)
    assert known is not None
    count = pair_up(store.database, known.number, page, apart)
    found = store.database.all(
        "SELECT l.side, r.side, l.doc, r.doc, right_n FROM temp.twin JOIN record l ON l.n = left_n JOIN record r ON r.n = right_n"
    )
    assert count == len(found) == len({right_n for *_, right_n in found})
    assert all((left_side, right_side) == (0, 1) for left_side, right_side, *_ in found)
    return sorted((left[2:-2], right[2:-2]) for _, _, left, right, _ in found)


CASES = [
    # left                right               pairs     why
    ("abcdef",            "abcdef",           "abcdef", "the same order"),
    ("abcdef",            "fedcba",           "abcdef", "the other way round"),
    ("abcdef",            "bcdef",            "bcdef",  "one is missing at the beginning"),
    ("acdef",             "abcdefg",          "acdef",  "one more in the midst, one more at the end"),
    ("abBc",              "abBc",             "abc",    "one is looked at alone, so numbers have a gap"),
    ("",                  "abc",              "",       "a side without records"),
    ("abc",               "xyz",              "",       "nobody has a partner"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "pairs"), rows(CASES))
@pytest.mark.parametrize(("page", "apart"), SIZES)
def test_records_are_paired(tmp_path: Path, left: str, right: str, pairs: str, page: int, apart: int) -> None:
    store = store_with(tmp_path, list(left), list(right))
    assert paired(store, page, apart) == [(name, name) for name in sorted(pairs)]
    store.close()


@settings(max_examples=40, deadline=None)
@given(
    left=st.lists(st.sampled_from("abcdefghijK"), max_size=12),
    right=st.lists(st.sampled_from("abcdefghijK"), max_size=12),
)
def test_what_is_there_once_on_each_side_is_a_pair_whatever_is_walked_together(
    left: list[str], right: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = store_with(Path(folder), left, right)
        counts = Counter(left), Counter(right)
        single = {name for name in "abcdefghij" if counts[0][name] == counts[1][name] == 1}
        for page, apart in SIZES:
            found = paired(store, page, apart)
            assert all(one == other and one.islower() for one, other in found)
            assert single <= {one for one, _ in found}
        store.close()
