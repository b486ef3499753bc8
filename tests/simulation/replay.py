"""Plays a script to its end, and says what broke."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tests.simulation.checks import always, in_the_end
from tests.simulation.script import Script
from tests.simulation.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of a script.

    Attributes:
        broken: Why it failed; "" if everything held. Its first word names the law.
        at: Number of the event after which it broke; the number of events if it was in the end.
        happened: What happened how often.
        races: Values overwritten between a look and a write, on sides that cannot refuse.
    """

    broken: str
    at: int
    happened: Counter[str]
    races: int

    @property
    def law(self) -> str:
        """The law that broke."""
        return self.broken.split(":")[0]


def replay(script: Script, *, liveness: bool = True) -> Played:
    """Play a script; any fault of ours is an answer, not an exception."""
    world = World(script)
    broken, at = "", 0
    try:
        for event in script.events:
            at += 1
            world.play(event)
            always(world)
        if liveness:
            in_the_end(world)
    except Exception as error:
        broken = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
    happened = world.happened + world.fired()
    races = world.ledger.races
    world.close()
    return Played(broken=broken, at=at, happened=happened, races=races)
