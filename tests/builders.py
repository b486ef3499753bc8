"""Makes the rows of tests short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest


def rows(cases: Iterable[Sequence[Any]]) -> list[Any]:
    """Turn a table of cases into pytest's parameters; the last column says why and is the test's id.

    Raises:
        ValueError: Two rows give the same reason, so that a failure would not say which one failed.
    """
    params, seen = [], set[str]()
    for *values, why in cases:
        if why in seen:
            raise ValueError(f"two rows are called {why!r}")
        seen.add(why)
        params.append(pytest.param(*values, id=why))
    return params
