"""An emulator in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes.world import Server


@pytest.fixture
def server() -> Iterator[Server]:
    """One for each test, ended with it."""
    made = Server()
    yield made
    made.stop()
