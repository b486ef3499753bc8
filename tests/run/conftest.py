"""A fresh world for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.run.world import World


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Make a world with other rules, resources or habits than the usual ones."""
    worlds: list[World] = []

    def build(**changes: Any) -> World:
        worlds.append(World(tmp_path / f"state{len(worlds)}", **changes))
        return worlds[-1]

    yield build
    for world in worlds:
        world.store.close()
