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


def note(folder: Path, lineage: str, serial: int) -> None:
    """Note the newest serial that was reached here. A full disk does not matter: an older note only notices less."""
    file = folder / FILE
    unfinished = file.with_name(f".{FILE}-{os.getpid()}")
    with suppress(OSError):
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, json.dumps({"lineage": lineage, "serial": serial}).encode())
        finally:
            os.close(handle)
        unfinished.replace(file)


def older(folder: Path, lineage: str, serial: int) -> str:
    """Say why this state is not the one that was used last; "" if it is, or if nothing is known."""
    try:
        data = json.loads((folder / FILE).read_bytes())
        reached, of = int(data["serial"]), str(data["lineage"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    if of != lineage:
        return f"another state was used here before (lineage {of[:8]}, now {lineage[:8]})"
    if reached > serial:
        return f"this state is older than the one used last (serial {serial}, was {reached})"
    return ""
