"""Finds a connector by the name used in YAML, through the entry points of whatever is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, PackageNotFoundError, distribution, entry_points
from typing import Any, cast

from syncengine.connector import Plugin
from syncengine.errors import UserError

CONNECTORS = "syncengine.connectors"
EMULATORS = "syncengine.emulators"

Emulator = Callable[[Mapping[str, Any], str], Any]
"""Makes an embedded system from a connector's options and a folder to keep its data in; returns a WSGI application."""


def installed(group: str = CONNECTORS) -> tuple[str, ...]:
    """Names that can be used, sorted."""
    return tuple(sorted({point.name for point in _points(group)}))


def plugin(name: str, *, where: str = "") -> Plugin:
    """Load the connector of this name.

    Args:
        where: Place of the name in the mapping, for the message.

    Raises:
        UserError: None is installed by that name, or it cannot be loaded.
    """
    point = _point(CONNECTORS, name)
    if point is None:
        from difflib import get_close_matches

        names = installed()
        near = get_close_matches(name, names, n=1)
        hint = f' Did you mean "{near[0]}"?' if near else ""
        raise UserError(f'{where}unknown connector "{name}".\n  Installed: {", ".join(names) or "none"}.{hint}')
    loaded = _load(point, name, where)
    if not isinstance(loaded, Plugin):
        raise UserError(f'{where}connector "{name}" ({point.value}) is not a Plugin; ask its author.')
    return loaded


def emulator(name: str, *, where: str = "") -> Emulator:
    """Load the embedded emulator of the system that connector ``name`` speaks to.

    Raises:
        UserError: There is none.
    """
    point = _point(EMULATORS, name)
    if point is None:
        raise UserError(
            f'{where}there is no emulator for connector "{name}". With one: {", ".join(installed(EMULATORS))}.'
        )
    return cast(Emulator, _load(point, name, where))


def _point(group: str, name: str) -> EntryPoint | None:
    return next((found for points in (_ours, _points) for found in points(group).select(name=name)), None)


@cache
def _ours(group: str) -> EntryPoints:
    """What comes with this program; looked at first, so that no other package can go by its name."""
    try:
        return distribution("syncengine").entry_points.select(group=group)
    except PackageNotFoundError:
        return EntryPoints()


@cache
def _points(group: str) -> EntryPoints:
    """All that is installed under this group; looked for once, for it opens a file of every installed package."""
    return entry_points(group=group)


def _load(point: EntryPoint, name: str, where: str) -> object:
    try:
        loaded: object = point.load()
    except (ImportError, AttributeError) as error:
        raise UserError(f'{where}connector "{name}" cannot be loaded: {error}.') from error
    return loaded
