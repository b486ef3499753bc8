"""Plays one history again: ``python -m tests.simulation SEED [--shrink]``, a scenario file, or a range ``FROM-TO``."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from tests.simulation.replay import replay
from tests.simulation.script import draw, load
from tests.simulation.shrink import shrink


def main() -> None:
    """Say what breaks, and by which events."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("what", help="a seed, FROM-TO, or a scenario file")
    parser.add_argument("--shrink", action="store_true", help="cut the history down to what breaks the same law")
    parser.add_argument("--happened", action="store_true", help="count what happened")
    options = parser.parse_args()
    first, dash, last = options.what.partition("-")
    if dash and first.isdigit():
        happened: Counter[str] = Counter()
        races = 0
        for seed in range(int(first), int(last)):
            played = replay(draw(seed))
            happened, races = happened + played.happened, races + played.races
            if played.broken:
                print(f"{seed}: after {played.at}: {played.broken}"[:400])
        if options.happened:
            print("\n".join(f"{count:7d} {what}" for what, count in sorted(happened.items())), f"\n{races} races")
        return
    script = draw(int(options.what)) if options.what.isdigit() else load(Path(options.what))
    played = replay(script)
    print(f"after event {played.at} of {len(script.events)}: {played.broken or 'everything holds'}")
    if options.shrink and played.broken:
        script = shrink(script, played.law)
        print(replay(script).broken)
    print(script.to_json())


if __name__ == "__main__":
    main()
