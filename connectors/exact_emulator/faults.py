"""A schedule of faults: which call goes wrong, and how.

A rule is a small JSON object, so that it can stand in a file or be posted: ``{"kind": "timeout", "method": "POST",
"path": "*/crm/Accounts", "nth": 2}``. docs/emulator.md lists the kinds.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, get_args

from exact_emulator.call import Call
from exact_emulator.fault_kinds import KINDS, Kind


class ConnectionDropped(Exception):
    """The connection ended without a whole answer; in process the caller of the WSGI app sees one of these."""


class TimedOut(ConnectionDropped, TimeoutError):
    """The client gave up waiting. Whether the request was done is the fault's business."""


class Refused(ConnectionDropped, ConnectionRefusedError):
    """Nobody listened: the request never left."""


class Reset(ConnectionDropped, ConnectionResetError):
    """The connection broke while the request or its answer was under way."""


@dataclass(slots=True, kw_only=True)
class Rule:
    """One rule of the schedule.

    Attributes:
        path: A shell pattern over the path of the URL; without ``*`` the path must end with it.
        nth: The matching call that goes wrong, counted from 1 since the rule was added; None for all from the first.
        every: Each so many-th matching call.
        probability: Chance for each matching call, drawn from a source of the rule's own seed.
        times: How often the rule strikes; None without end.
        arguments: What the kind needs to know.
    """

    kind: Kind
    method: str = "*"
    path: str = "*"
    query: str | None = None
    nth: int | None = None
    every: int | None = None
    probability: float | None = None
    times: int | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    seen: int = 0
    struck: int = 0
    _random: random.Random | None = None

    def matches(self, call: Call) -> bool:
        """Tell whether the rule speaks of this call at all."""
        pattern = self.path if "*" in self.path else "*" + self.path
        query = "&".join(f"{name}={value}" for name, value in call.parameters)
        return (
            self.method in {"*", call.method}
            and fnmatchcase(call.path, pattern)
            and (self.query is None or re.search(self.query, query) is not None)
        )

    def strikes(self) -> bool:
        """Count a matching call and tell whether it goes wrong."""
        self.seen += 1
        if self.times is not None and self.struck >= self.times:
            return False
        if self.nth is not None:
            hit = self.seen == self.nth
        elif self.every is not None:
            hit = self.seen % self.every == 0
        elif self.probability is not None:
            self._random = self._random or random.Random(self.seed)  # noqa: S311 - a test's dice
            hit = self._random.random() < self.probability
        else:
            hit = True
        self.struck += hit
        return hit

    def show(self) -> dict[str, Any]:
        """Give the rule as JSON, with how often it matched and struck."""
        shown = {"kind": self.kind, "method": self.method, "path": self.path, "query": self.query, "nth": self.nth,
                 "every": self.every, "probability": self.probability, "times": self.times}  # fmt: skip
        given = {name: value for name, value in shown.items() if value is not None}
        return given | {"arguments": dict(self.arguments), "seen": self.seen, "struck": self.struck}


FIELDS = frozenset({"kind", "method", "path", "query", "nth", "every", "probability", "times", "seed"})


def read_rule(given: Mapping[str, Any]) -> Rule:
    """Read a rule as it stands in a file; names beside the rule's own are the kind's arguments.

    Without ``nth``, ``every`` or ``probability`` the first matching call goes wrong, once.

    Raises:
        ValueError: No such kind, or a value of the wrong form; the text says which.
    """
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"fault kind {kind!r} is unknown; there are {', '.join(sorted(get_args(Kind)))}")
    own: dict[str, Any] = {n: v for n, v in given.items() if n in FIELDS and v is not None}
    for name in ("nth", "every", "times", "seed"):
        if name in own and (not isinstance(own[name], int) or own[name] < (0 if name == "seed" else 1)):
            raise ValueError(f"fault {name} is {own[name]!r}, a whole number from 1 was expected")
    if "probability" in own and not isinstance(own["probability"], int | float):
        raise ValueError(f"fault probability is {own['probability']!r}, a number was expected")
    inner = given.get("arguments")
    arguments = {n: v for n, v in given.items() if n not in FIELDS | {"arguments", "seen", "struck"}}
    arguments |= inner if isinstance(inner, dict) else {}
    missing = [name for name in KINDS[kind].needs if name not in arguments]
    if missing:
        raise ValueError(f"fault kind {kind!r} needs {', '.join(missing)}")
    if not own.keys() & {"nth", "every", "probability", "times"}:
        own["times"] = 1
    own["method"] = str(own.get("method", "*")).upper()
    return Rule(**own, arguments=arguments)


class Schedule:
    """The rules in force; the first one that strikes decides."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def add(self, given: Mapping[str, Any] | Rule) -> Rule:
        """Add a rule; ValueError if it is none."""
        rule = given if isinstance(given, Rule) else read_rule(given)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Drop all rules."""
        self.rules.clear()

    def strike(self, call: Call) -> Rule | None:
        """Find the rule that makes this call go wrong, None if it goes well. Every rule that matches counts the call."""
        hits = [rule for rule in self.rules if rule.matches(call) and rule.strikes()]
        return hits[0] if hits else None
