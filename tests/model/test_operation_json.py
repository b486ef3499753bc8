"""Operations survive JSON, and nothing else passes for one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.model.operation import Action, FieldChange, Operation, Pending
from syncengine.model.operation_json import dump_operation, load_operation
from syncengine.model.record import ABSENT, Side
from syncengine.model.values import dump, from_json, load, to_json

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.one_of(
    texts,
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(ABSENT),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(texts, max_size=3).map(tuple),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
)
pending = st.builds(Pending, entity=texts, side=st.sampled_from(Side), id=texts)
changes = st.builds(
    FieldChange,
    name=texts,
    before=values,
    after=values | pending,
    base=values,
    source=values,
    rule=texts,
    why=texts,
    line=st.integers(0),
)
operations = st.builds(
    Operation,
    key=texts,
    entity=texts,
    side=st.sampled_from(Side),
    resource=texts,
    action=st.sampled_from(Action),
    id=texts,
    partner=texts,
    values=st.dictionaries(texts, values | pending, max_size=3),
    expected=st.dictionaries(texts, values, max_size=3),
    version=st.none() | texts,
    identify=st.dictionaries(texts, values, max_size=2),
    changes=st.lists(changes, max_size=2).map(tuple),
    title=texts,
    after=st.lists(texts, max_size=2).map(tuple),
    phase=st.integers(1, 2),
)


@given(operations)
def test_what_is_read_back_is_what_was_written(operation: Operation) -> None:
    text = json.dumps(dump_operation(operation))
    again = load_operation(json.loads(text))
    assert again == operation
    assert list(again.identify) == list(operation.identify), "the best key comes first"
    assert json.dumps(dump_operation(again)) == text


PLAIN: dict[str, Any] = dump_operation(
    Operation(
        key="k",
        entity="e",
        side=Side.LEFT,
        resource="r",
        action=Action.UPDATE,
        values={"a": Pending(entity="g", side=Side.RIGHT, id="1")},
        changes=(
            FieldChange(
                name="n", before=ABSENT, after=date(2026, 1, 1), base=None, source=Decimal("1.20"), rule="r", why="w"
            ),
        ),
    )
)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in PLAIN.items() if key != name}


ODD: list[tuple[Any, str, str]] = [
    # data, what is said of it, why
    (None, "object", "nothing"),
    ([], "object", "a list"),
    (without("key"), "key", "a key is missing"),
    ({**PLAIN, "force": True}, "force", "a key too many"),
    ({**PLAIN, "key": 1}, "key must be text", "a number for a text"),
    ({**PLAIN, "side": "middle"}, "middle", "no side"),
    ({**PLAIN, "action": "upsert"}, "upsert", "no action"),
    ({**PLAIN, "phase": "1"}, "phase", "a text for a number"),
    ({**PLAIN, "phase": True}, "phase", "a flag for a number"),
    ({**PLAIN, "values": []}, "values", "a list for an object"),
    ({**PLAIN, "values": {"a": 1.5}}, "1.5", "a float is no value"),
    ({**PLAIN, "values": {"a": {"d": "ten"}}}, "ten", "no decimal"),
    ({**PLAIN, "values": {"a": {"t": "2026-13-01"}}}, "month|isoformat", "no date"),
    ({**PLAIN, "values": {"a": {"p": ["g", "left"]}}}, "pending", "half a reference"),
    ({**PLAIN, "values": {"a": {"p": ["g", "up", "1"]}}}, "up", "a reference to no side"),
    ({**PLAIN, "expected": {"a": {"p": ["g", "left", "1"]}}}, "value", "nobody expects what is not born"),
    ({**PLAIN, "after": "key"}, "after", "a text for a list"),
    ({**PLAIN, "after": [1]}, "after", "a number in a list of texts"),
    ({**PLAIN, "changes": [{}]}, "missing", "an empty change"),
    ({**PLAIN, "changes": [{**PLAIN["changes"][0], "line": None}]}, "line", "a change at no line"),
    ({**PLAIN, "version": 5}, "version", "a version that is a number"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "said"), [pytest.param(*case[:2], id=case[2]) for case in ODD])
def test_anything_odd_is_refused(data: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        load_operation(data)


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts | st.sampled_from(["d", "t", "p"]), inner, max_size=3)
    ),
)


@given(name=st.sampled_from(sorted(PLAIN)), value=anything)
def test_any_json_in_any_place_is_read_or_refused(name: str, value: Any) -> None:
    data = {**PLAIN, name: value}
    try:
        operation = load_operation(data)
    except ValueError:
        return
    assert load_operation(dump_operation(operation)) == operation


def plainly(row: tuple[Any, ...]) -> str:
    return json.dumps([to_json(value) for value in row], ensure_ascii=False, separators=(",", ":"))


@given(st.lists(values, max_size=6).map(tuple))
def test_a_row_is_encoded_as_plain_json_would(row: tuple[Any, ...]) -> None:
    assert dump(row) == plainly(row)
    assert dump(load(dump(row))) == dump(row)
    assert load(dump(row)) == tuple(from_json(item) for item in json.loads(plainly(row)))


READERS: list[Callable[[], object]] = [lambda: load("[1.5]"), lambda: load('[{"x": 1}]'), lambda: dump((datetime.now,))]  # type: ignore[arg-type]


@pytest.mark.parametrize("read", READERS, ids=["a float", "an object", "a function"])
def test_what_is_no_value_is_refused(read: Callable[[], object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        read()
