"""The emulator inside another program: no port, no process, and the state in a folder of that program's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from exact_emulator.app import create_app
from exact_emulator.emulator import Emulator
from exact_emulator.settings import Settings

SEEDS = "seed"
"""Folder beside the data: Exact answers by resource name (``Accounts.json``) that an empty administration begins with."""


def embed(options: Mapping[str, Any], folder: str) -> Flask:
    """Make the emulator that a mapping's ``url: emulator`` asks for, as a WSGI application.

    Args:
        options: The system's options: ``division``, and ``client_id`` and ``client_secret`` where they are given.
        folder: Keeps the administration between runs.
    """
    defaults = Settings()
    data = Path(folder)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = Settings(
        divisions=(int(options["division"]),),
        client_id=str(options.get("client_id") or defaults.client_id),
        client_secret=str(options.get("client_secret") or defaults.client_secret),
        auto_login=True,
        # It lives as long as one command: nobody waits for a minute to pass.
        limits=False,
        data=data / "data",
        webhook_delivery="manual",
    )
    seeds = [(file.stem, file) for file in sorted((data / SEEDS).glob("*.json"))]
    return create_app(emulator=Emulator(settings, seeds=seeds))
