"""Measures what `sync --help` costs more than an interpreter that does nothing.

Prints one line and, with --json, one document. The target is at most 80 ms; it is a figure to watch and no test.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

TARGET_MS = 80
ROUNDS = 21


def milliseconds(*arguments: str) -> float:
    """Time one start of the interpreter."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Start both in turn, so that a slow moment of the machine strikes both."""
    commands = {"python -c pass": ("-c", "pass"), "sync --help": ("-m", "syncengine", "--help")}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for arguments in commands.values():
        milliseconds(*arguments)  # the first start compiles and fills the disk's cache
    for _ in range(ROUNDS):
        for name, arguments in commands.items():
            times[name].append(milliseconds(*arguments))
    bare, helped = (statistics.median(times[name]) for name in commands)
    if "--json" in sys.argv[1:]:
        print(json.dumps({"bare_ms": bare, "help_ms": helped, "difference_ms": helped - bare, "target_ms": TARGET_MS}))
    else:
        print(
            f"sync --help: {helped:.0f} ms, {helped - bare:.0f} ms more than a bare interpreter's {bare:.0f} ms "
            f"(median of {ROUNDS}; target: at most {TARGET_MS} ms more)"
        )


if __name__ == "__main__":
    main()
