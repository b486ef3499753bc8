"""Finds the files that come with the program: templates of mappings, their schema, and the example of the demo.

A wheel carries them inside the package; a checkout, and so an editable install, has them where they are written.
"""

from __future__ import annotations

from pathlib import Path

from syncengine.errors import SyncError

_PACKAGE = Path(__file__).resolve().parents[1]
_CHECKOUT = _PACKAGE.parent


def templates() -> Path:
    """Give the folder of mapping files that `sync init --template` offers."""
    return _first(_PACKAGE / "_templates", _CHECKOUT / "mappings")


def example(name: str) -> Path:
    """Give the folder of one runnable example, such as ``webshop-csv``. Read-only: copy it before running it."""
    return _first(_PACKAGE / "_examples" / name, _CHECKOUT / "examples" / name)


def language_schema() -> str:
    """Give the JSON Schema of sync.yaml that knows no particular project."""
    return (_PACKAGE / "config" / "sync.schema.json").read_text("utf-8")


def _first(*folders: Path) -> Path:
    """Give the first folder that exists.

    Raises:
        SyncError: None does: the installation is damaged.
    """
    for folder in folders:
        if folder.is_dir():
            return folder
    raise SyncError(
        f"{folders[0]} is missing: the installation is damaged. Nothing was touched. Install syncengine again."
    )
