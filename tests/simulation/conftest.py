"""A fresh world for each story."""

from __future__ import annotations

from tests.stories.conftest import make, world

__all__ = ["make", "world"]
