"""A history as data: the rules of a world and what happens in it, drawn from a seed, kept as JSON, cut down by the shrinker."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

Event = dict[str, Any]

SIDES: Final = ("left", "right")
FIELDS: Final = ("City", "Email", "Note")
PROFILES: Final = ("checked", "quiet", "plain")
WRITE_FAULTS: Final = ("transient", "lost_done", "lost_not_done", "late", "rejected", "stale", "ignored")
PULL_FAULTS: Final = ("cut", "short", "shrunk", "empty", "twice", "field_missing", "transient")
MOST_EFFECTS: Final = 60
"""A crash is due at an effect up to this one; a small run has fewer, and then ends by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A whole history.

    Attributes:
        seed: What it was drawn from.
        rules: How the sides and the mapping are; see ``draw_rules``.
        events: What happens, in order. Numbers in them pick among what is there, so that any part of them is a history too.
    """

    seed: int
    rules: dict[str, Any]
    events: tuple[Event, ...]

    def with_events(self, events: Sequence[Event]) -> Script:
        """The same world with another history."""
        return replace(self, events=tuple(events))

    def to_json(self) -> str:
        """As a committed scenario."""
        lines = ",\n".join(f"    {json.dumps(event)}" for event in self.events)
        return f'{{\n  "seed": {self.seed},\n  "rules": {json.dumps(self.rules)},\n  "events": [\n{lines}\n  ]\n}}\n'


def load(file: Path) -> Script:
    """A committed scenario."""
    data = json.loads(file.read_text(encoding="utf-8"))
    return Script(seed=data["seed"], rules=data["rules"], events=tuple(data["events"]))


def draw(seed: int) -> Script:
    """The history of a seed: the same in every process and on every machine."""
    dice = random.Random(seed)
    rules = draw_rules(dice)
    weights = _swarm(dice, rules)
    kinds, chances = list(weights), list(weights.values())
    count = dice.randint(6, 34)
    events = [_event(dice, dice.choices(kinds, chances)[0], rules) for _ in range(count)]
    start = [_event(dice, "add", rules) for _ in range(dice.randint(1, 4))]
    return Script(seed=seed, rules=rules, events=(*start, *events))


def draw_rules(dice: random.Random) -> dict[str, Any]:
    """Sides and mapping at random."""
    fields = {name: _field(dice) for name in (*FIELDS, "Code")}
    fields["Code"] |= {"owner": "", "write": "always"}
    return {
        "profiles": {side: dice.choice(PROFILES) for side in SIDES},
        "listing": {side: dice.random() < 0.3 for side in SIDES},
        "unique": {side: dice.random() < 0.5 for side in SIDES},
        "rewrites": {side: _rewrites(dice) for side in SIDES},
        "fields": fields,
        "create": {side: dice.choice(("auto", "auto", "auto", "ask", "never")) for side in SIDES},
        "on_delete": {
            side: [
                dice.choice(("delete", "keep", "restore", "ask")),
                dice.choice(("ask", "restore", "delete", "keep")),
            ]
            for side in SIDES
        },
        "contacts": dice.random() < 0.35,
        "cycle": dice.random() < 0.3,
        "faults": {
            "write": dice.sample(WRITE_FAULTS, dice.randint(1, 4)),
            "pull": dice.sample(PULL_FAULTS, dice.randint(1, 3)),
        },
    }


def _field(dice: random.Random) -> dict[str, Any]:
    return {
        "owner": dice.choice(("", "", "", "left", "right")),
        "conflict": dice.choice(("ask", "ask", "left", "right", "newest", "longest")),
        "first_link": dice.choice(("ask", "left", "right", "newest")),
        "empty": dice.choice(("clear", "clear", "keep", "ask")),
        "write": "always",
    }


def _rewrites(dice: random.Random) -> dict[str, str]:
    names = [name for name in FIELDS if dice.random() < 0.15]
    return {name: dice.choice(("upper", "padded", "ignored")) for name in names}


def _swarm(dice: random.Random, rules: dict[str, Any]) -> dict[str, float]:
    """How often each kind of event happens; some never do in this history."""
    usual = {"run": 6.0, "edit": 6.0, "wait": 1.5}
    often = {
        "add": 2.0, "twin": 1.0, "empty": 1.0, "remove": 1.0, "fault": 4.0, "crash": 2.0, "meddle": 2.0,
        "plan": 0.8, "apply": 1.0, "answer": 1.5, "clock": 0.7, "refer": 2.0 if rules["contacts"] else 0.0,
    }  # fmt: skip
    return usual | {kind: weight for kind, weight in often.items() if dice.random() < 0.7}


def _event(dice: random.Random, kind: str, rules: dict[str, Any]) -> Event:
    side = dice.choice(SIDES)
    where = {"side": side, "which": dice.randrange(1000)}
    entity = "contacts" if rules["contacts"] and dice.random() < 0.4 else "accounts"
    if kind == "add":
        return {"do": "add", "entity": entity, "side": side, "fields": dice.sample(FIELDS, dice.randint(0, 3))}
    if kind == "twin":
        return {"do": "twin", "entity": entity, "fields": dice.sample(FIELDS, dice.randint(0, 2)), **where}
    if kind == "edit":
        names = dice.sample((*FIELDS, "Code"), dice.choice((1, 1, 1, 2)))
        return {"do": "edit", "entity": entity, "fields": names, **where}
    if kind in ("empty", "remove", "refer"):
        return {"do": kind, "entity": entity, "field": dice.choice(FIELDS), "other": dice.randrange(1000), **where}
    if kind == "fault":
        return _fault(dice, side, rules)
    if kind == "wait":
        return {"do": "wait", "seconds": dice.choice((120, 500, 4000))}
    if kind == "clock":
        return {"do": "clock", "seconds": dice.choice((-7200, -600, 600, 7200))}
    if kind in ("plan", "apply"):
        return {"do": kind}
    if kind == "answer":
        return {"do": "answer", "which": dice.randrange(1000), "how": dice.randrange(1000)}
    event: Event = {"do": "run", "full": dice.random() < 0.15}
    if kind == "crash":
        event["crash"] = dice.randint(1, MOST_EFFECTS)
        event["dry"] = dice.random() < 0.1
    if kind == "meddle":
        event["meddle"] = [
            [dice.randint(1, 12), _event(dice, dice.choice(("edit", "edit", "edit", "remove", "empty")), rules)]
            for _ in range(dice.randint(1, 3))
        ]
    return event


def _fault(dice: random.Random, side: str, rules: dict[str, Any]) -> Event:
    door = dice.choice(("write", "write", "write", "pull", "pull", "find", "fetch"))
    kind = dice.choice(rules["faults"][door]) if door in ("write", "pull") else "transient"
    event: Event = {"do": "fault", "side": side, "door": door, "kind": kind, "skip": dice.choice((0, 0, 1, 2))}
    event["times"] = dice.choice((1, 1, 2))
    if kind == "late":
        event["seconds"] = dice.choice((30, 100, 400))
    if kind == "field_missing":
        event["field"] = dice.choice(FIELDS)
    return event
