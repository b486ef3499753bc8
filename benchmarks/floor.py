"""The floor of every ratio: what the csv and json modules need to read the given files once, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Read every file that is named: JSON by its ending, all others as CSV."""
    for name in sys.argv[1:]:
        if name.endswith(".json"):
            import json

            json.loads(Path(name).read_bytes())
            continue
        import csv

        with Path(name).open(newline="", encoding="utf-8") as stream:
            for _ in csv.reader(stream):
                pass


if __name__ == "__main__":
    main()
