"""Notes beside the database how far it came, so that an older copy put in its place is noticed."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

FILE: Final = "witness"
OLDER: Final = "state.older"
"""Pin that is set when an older or another state was found in the place of the one that was used last: link only, until approved."""


COPIED: Final = "copied"
"""What a backup says of itself: when it was made. A state that says so was put in the place of another by hand."""


def note(folder: Path, lineage: str, serial: int, epoch: int) -> None:
    """Note how many runs ended and how many began here. A full disk does not matter: an older note only notices less."""
    file = folder / FILE
    unfinished = file.with_name(f".{FILE}-{os.getpid()}")
    with suppress(OSError):
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, json.dumps({"lineage": lineage, "serial": serial, "epoch": epoch}).encode())
        finally:
            os.close(handle)
        unfinished.replace(file)


def older(folder: Path, lineage: str, serial: int, epoch: int) -> str:
    """Say why this state is not the one that was used last; "" if it is, or if nothing is known.

    Args:
        serial: How many runs ended, by this state.
        epoch: How many began: one that was killed did not end, and may have written all the same.
    """
    try:
        data = json.loads((folder / FILE).read_bytes())
        reached, of, began = int(data["serial"]), str(data["lineage"]), int(data.get("epoch", 0))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""
    if of != lineage:
        return f"another state was used here before (lineage {of[:8]}, now {lineage[:8]})"
    if reached > serial:
        return f"this state is older than the one used last (serial {serial}, was {reached})"
    if began > epoch:
        return f"this state does not know the run that began last (number {began} to hold it, and {epoch} is its last)"
    return ""
