"""Coverage leads the way: ``python -m tests.fuzz TARGET [CORPUS] [-runs=N]``, with Atheris installed."""

from __future__ import annotations

import sys


def main() -> None:
    """Give inputs to one target until one of them ends uncleanly."""
    import atheris

    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["syncengine", "syncengine_connectors"]):
        from tests.fuzz.targets import take

    atheris.Setup(sys.argv, lambda data: take(name, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
