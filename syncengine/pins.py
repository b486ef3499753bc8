"""Holds a project to the systems and the environment it began with: another target under the same name is never written."""

from __future__ import annotations

from syncengine.connector import Title, Titled
from syncengine.errors import LoginError
from syncengine.setting import Setting


def check_pins(setting: Setting) -> None:
    """Compare every system's identity and name, and the environment, with what the state was begun with.

    Raises:
        LoginError: One of them is another than it was; nothing was read or written.
        Transient: A system could not be asked for its name.
    """
    for name, identity in _identities(setting).items():
        pinned = setting.store.meta.get(f"pin:{name}")
        if pinned is not None and pinned != identity:
            raise LoginError(
                f'{name}: this project was begun with "{pinned}", and the mapping now names "{identity}".\n'
                "  Nothing was read or written. Links and bases belong to the old target: if the new one is meant, begin a new\n"
                "  project folder (or another `state:`), and let it link first."
            )
    for name, title in _titles(setting).items():
        pinned = setting.store.meta.get(f"title:{name}")
        if pinned is not None and title.text not in ("", pinned) and not title.said:
            raise LoginError(
                f'system {name}: "{setting.connectors[name].identity()}" was called "{pinned}" when this project began, and is called '
                f'"{title.text}" now.\n  Nothing was written. If it was only renamed, say so in the mapping, under {name}:  name: {title.text}\n'
                "  If it is another administration, correct the number there."
            )


def pin(setting: Setting) -> None:
    """Remember identities and names, inside the caller's transaction."""
    meta = setting.store.meta
    for name, identity in _identities(setting).items():
        if meta.get(f"pin:{name}") is None:
            meta.set(f"pin:{name}", identity)
    for name, title in _titles(setting).items():
        if title.text and (title.said or meta.get(f"title:{name}") is None):
            meta.set(f"title:{name}", title.text)


def _identities(setting: Setting) -> dict[str, str]:
    found = {f"system {name}": setting.connectors[name].identity() for name in _used(setting)}
    if setting.environment:
        found["environment"] = setting.environment
    return found


def _titles(setting: Setting) -> dict[str, Title]:
    named = {name: setting.connectors[name] for name in _used(setting)}
    return {name: connector.title() for name, connector in named.items() if isinstance(connector, Titled)}


def _used(setting: Setting) -> list[str]:
    return sorted({end.system for entity in setting.entities for end in (entity.left, entity.right)})
