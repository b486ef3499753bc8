"""Who is at the keyboard: the journal keeps the name of whoever approves or decides."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import Any

import click

from syncengine.errors import UserError


def as_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--as NAME``; the command gets ``who: str | None``."""
    return click.option(
        "--as", "who", metavar="NAME", help="Who approves or decides, for the journal; else the name of this login."
    )(function)


def name(who: str | None) -> str:
    """The name to note.

    Raises:
        UserError: It was given empty, or this login has none.
    """
    if who is None:
        try:
            who = getpass.getuser()
        except (KeyError, OSError):
            who = ""
    if not who.strip():
        raise UserError("Nobody's name is known here. Say who approves or decides: --as NAME")
    return who.strip()
