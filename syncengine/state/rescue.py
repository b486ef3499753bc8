"""The last resort: what a side answered and the database could not take, as lines in a file beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

FILE: Final = "rescue.jsonl"


def keep(folder: Path, notes: Sequence[Mapping[str, str]]) -> str:
    """Add lines to the rescue file; return its path, "" if the disk takes not even that."""
    file = folder / FILE
    text = "".join(json.dumps(dict(note), sort_keys=True) + "\n" for note in notes).encode()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if os.write(handle, text) < len(text):
                return ""
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError:
        return ""
    return str(file)
