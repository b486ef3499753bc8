"""Fixtures: the emulated Exact."""

from __future__ import annotations

from tests.connectors.exact.conftest import world

__all__ = ["world"]
