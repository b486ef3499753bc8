"""The command as a person types it, on the small project of two CSV files; and the same project under a clock that tests own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from syncengine.testing.fakes import FakeClock
from syncengine.workspace import Workspace, open_workspace
from tests.cli.conftest import Sync, begun, project, sync

__all__ = ["Open", "Sync", "begun", "clock", "opened", "project", "sync"]

Open = Callable[[], AbstractContextManager[Workspace]]


@pytest.fixture
def clock() -> FakeClock:
    """Time that passes only when told to."""
    return FakeClock()


@pytest.fixture
def opened(project: Path, clock: FakeClock) -> Open:
    """Open the project, locked, under the test's clock."""

    @contextmanager
    def open_it() -> Iterator[Workspace]:
        with open_workspace(project, lock=True, clock=clock) as workspace:
            yield workspace

    return open_it
