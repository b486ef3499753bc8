"""Roles that a face may colour; a report never knows how."""

from __future__ import annotations

from collections.abc import Callable

Paint = Callable[[str, str], str]
"""Text and its role (``+ ~ - !``, ``dim``, ``strong``, ``bad``) → the same with colour."""


def plain_paint(text: str, role: str) -> str:
    """No colour."""
    return text
