"""Counts the histories for which the laws held: a law that was tried on fewer than it promises has failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.laws.law import EXAMPLES

TOLD = "histories"


@pytest.fixture(autouse=True)
def _as_many_as_promised(request: pytest.FixtureRequest) -> Iterator[None]:
    held = getattr(request.function, "held", None)
    failed = request.session.testsfailed
    yield
    if held is not None:
        request.node.user_properties.append((TOLD, len(held)))
        if request.session.testsfailed == failed:
            assert len(held) >= EXAMPLES, f"{len(held)} histories instead of {EXAMPLES}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many histories there were, and for how many laws."""
    reports = [
        item for found in terminalreporter.stats.values() for item in found if isinstance(item, pytest.TestReport)
    ]
    ended = [dict(item.user_properties) for item in reports if item.when == "teardown"]
    counts: list[Any] = [told[TOLD] for told in ended if TOLD in told]
    if counts:
        terminalreporter.write_line(f"{len(counts)} laws held for {sum(counts):,} histories")
