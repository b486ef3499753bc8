"""Many rows as JSON at once are what each of them is alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncengine.model.record import ABSENT, Value
from syncengine.model.values import dump, dump_columns, fingerprint, fingerprints

TEXT = st.text(alphabet='ab"\\\0\1\n\x7f\u00a0é,][', max_size=4)
VALUE = st.one_of(
    TEXT,
    TEXT,
    st.none(),
    st.sampled_from(
        [ABSENT, True, 0, 7, Decimal("1.20"), date(2026, 11, 20), datetime(2026, 11, 20, tzinfo=UTC), ("a", '"')]
    ),
)
PLAIN = st.text(alphabet="abé ,[]", max_size=3)
COLUMN: st.SearchStrategy[st.SearchStrategy[Value]] = st.sampled_from(
    [PLAIN, st.one_of(PLAIN, PLAIN, st.none()), VALUE, st.none()]
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, list[list[Value]]]:
    """A number of rows, and columns of that many values: some plain, some with gaps, some of anything."""
    size = draw(st.integers(0, 4))
    kinds = draw(st.lists(COLUMN, max_size=4))
    return size, [draw(st.lists(kind, min_size=size, max_size=size)) for kind in kinds]


@given(tables())
@example((2, [["a", '"'], ["\0", "\1"], ["b", None], ["\n", "c"]]))
def test_columns_are_dumped_as_their_rows_are(table: tuple[int, list[list[Value]]]) -> None:
    size, columns = table
    rows = list(zip(*columns, strict=True)) if columns else [()] * size
    docs = dump_columns(columns, size)
    assert docs == [dump(row) for row in rows]
    assert list(fingerprints(docs)) == [fingerprint(doc.encode()) for doc in docs]


def test_columns_of_unlike_length_are_refused() -> None:
    with pytest.raises(ValueError, match="argument"):
        dump_columns([["a", "b"], ["c"]], 2)
