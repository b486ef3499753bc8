"""What an operation says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncengine.model.operation import Action
from syncengine.model.record import ABSENT, Value
from syncengine.testing.store_suite_base import operation
from tests.builders import rows

CASES = [
    # action       after  source  empties  why
    (Action.UPDATE, None, None, True, "the partner shows nothing"),
    (Action.UPDATE, None, "x", False, "the partner was deleted, and emptying says inactive"),
    (Action.UPDATE, None, ABSENT, False, "the partner is written too"),
    (Action.UPDATE, "x", None, False, "a value is given"),
    (Action.DELETE, None, None, False, "the whole record goes, on evidence of its own"),
]


@pytest.mark.parametrize(("action", "after", "source", "expected"), rows(CASES))
def test_what_carries_emptiness(action: Action, after: Value, source: Value, expected: bool) -> None:
    made = operation(1, action=action)
    made = replace(made, changes=tuple(replace(change, after=after, source=source) for change in made.changes))
    assert made.empties is expected
