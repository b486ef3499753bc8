"""Holds a project to the systems and the environment it began with: another target under the same name is never written."""

from __future__ import annotations

from syncengine.errors import LoginError
from syncengine.setting import Setting


def check_pins(setting: Setting) -> None:
    """Compare every system's identity, and the environment, with what the state was begun with.

    Raises:
        LoginError: One of them is another than it was; nothing was read or written.
    """
    for name, identity in _identities(setting).items():
        pinned = setting.store.meta.get(f"pin:{name}")
        if pinned is not None and pinned != identity:
            raise LoginError(
                f'{name}: this project was begun with "{pinned}", and the mapping now names "{identity}".\n'
                "  Nothing was read or written. Links and bases belong to the old target: if the new one is meant, begin a new\n"
                "  project folder (or another `state:`), and let it link first."
            )


def pin(setting: Setting) -> None:
    """Remember the identities, inside the caller's transaction."""
    for name, identity in _identities(setting).items():
        if setting.store.meta.get(f"pin:{name}") is None:
            setting.store.meta.set(f"pin:{name}", identity)


def _identities(setting: Setting) -> dict[str, str]:
    used = {end.system for entity in setting.entities for end in (entity.left, entity.right)}
    found = {f"system {name}": setting.connectors[name].identity() for name in sorted(used)}
    if setting.environment:
        found["environment"] = setting.environment
    return found
