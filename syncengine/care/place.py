"""Where a project's state lies, and the way to it that needs no system: so a damaged state can be tended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from syncengine.config.load import load
from syncengine.errors import UserError
from syncengine.ports import Clock, SystemClock, SystemIds
from syncengine.state.folder import DATABASE
from syncengine.state.sqlite import SqliteStore, open_store

CLOCK: Final = SystemClock()


def state_folder(root: Path) -> Path:
    """Where a project's state lies; only its mapping is read, so that a damaged state can be tended.

    Raises:
        ConfigError: The mapping is missing or wrong.
    """
    return root / load(root / "sync.yaml").state


@contextmanager
def at_work(folder: Path, clock: Clock) -> Iterator[SqliteStore]:
    """The store, open and locked."""
    with closing(open_store(folder, clock=clock, ids=SystemIds())) as store, store.lock():
        yield store


def need(folder: Path) -> None:
    """Make sure that there is a state.

    Raises:
        UserError: There is none yet.
    """
    if not (folder / DATABASE).exists():
        raise UserError(f"{folder}: there is no state yet. The first `sync plan` or `sync run` makes it.")
