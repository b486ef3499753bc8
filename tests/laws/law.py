"""How many histories a law is held to, and how they are counted."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from hypothesis import settings

EXAMPLES = 3_000 if os.environ.get("SYNCENGINE_LONG") == "1" else 100
"""Histories per law."""


def law(test: Callable[..., None]) -> Callable[..., None]:
    """A test with ``@given`` as a law: over ``EXAMPLES`` histories; ``held`` has an entry for each that it held for."""
    told: Any = test
    whole, held = told.hypothesis.inner_test, list[None]()

    @wraps(whole)
    def counted(*args: Any, **given: Any) -> None:
        whole(*args, **given)
        held.append(None)

    told.hypothesis.inner_test, told.held = counted, held
    return settings(max_examples=EXAMPLES)(test)
