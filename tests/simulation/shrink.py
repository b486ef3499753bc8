"""Cuts a failing history down: fewer events, fewer faults, as long as the same law breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.simulation.replay import replay
from tests.simulation.script import Event, Script


def shrink(script: Script, law: str, *, most: int = 2_000) -> Script:
    """Delta debugging over the events, then over what they do besides.

    Args:
        law: The law that must go on breaking.
        most: Replays at most.
    """
    left = [most]

    def fails(events: list[Event]) -> bool:
        left[0] -= 1
        return left[0] > 0 and replay(script.with_events(events)).law == law

    events = _fewer(list(script.events), fails)
    changed = True
    while changed and left[0] > 0:
        changed = False
        for place, event in enumerate(events):
            for simpler in _simpler(event):
                trial = [*events[:place], simpler, *events[place + 1 :]]
                if fails(trial):
                    events, changed = trial, True
                    break
        shorter = _fewer(events, fails)
        changed, events = changed or len(shorter) < len(events), shorter
    return script.with_events(events)


def _fewer(events: list[Event], fails: Callable[[list[Event]], bool]) -> list[Event]:
    """Take away halves, quarters, ..., single events."""
    size = max(1, len(events) // 2)
    while True:
        at, cut = 0, False
        while at < len(events):
            trial = events[:at] + events[at + size :]
            if fails(trial):
                events, cut = trial, True
            else:
                at += size
        if size == 1 and not cut:
            return events
        size = max(1, size // 2)


def _simpler(event: Event) -> Iterator[Event]:
    for name in ("crash", "meddle", "full", "dry"):
        if event.get(name):
            yield {key: value for key, value in event.items() if key != name}
    if len(event.get("fields", ())) > 1:
        yield event | {"fields": event["fields"][:1]}
    if len(event.get("meddle", ())) > 1:
        yield event | {"meddle": event["meddle"][:1]}
        yield event | {"meddle": event["meddle"][1:]}
    for name in ("skip", "which", "other", "how"):
        if event.get(name):
            yield event | {name: 0}
    if event.get("times", 1) > 1:
        yield event | {"times": 1}
