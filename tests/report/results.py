"""Outcomes of runs, made by hand: small and whole."""

from __future__ import annotations

from typing import Any

from syncengine.errors import End as Ended
from syncengine.model.entity import End, Entity, FieldRule, Position
from syncengine.model.operation import Action, FieldChange, Operation
from syncengine.model.plan import Breach, Cost, LinkChange, Plan, Tally
from syncengine.model.record import ABSENT, Side, Value
from syncengine.model.result import RunResult
from syncengine.model.review import Review, Waiting

ACCOUNTS = Entity(
    name="accounts",
    left=End(system="shop", resource="customers"),
    right=End(system="exact", resource="Accounts"),
    fields=(
        FieldRule(name="Name", source="company"),
        FieldRule(name="Email", source="email", mask=True),
        FieldRule(name="City", source="city"),
    ),
    at=Position(file="sync.yaml", line=30, column=3),
)


def change(
    name: str, before: Value, after: Value, why: str = "shop changed; exact unchanged", line: int = 34
) -> FieldChange:
    """One field of an update toward the right."""
    return FieldChange(
        name=name, before=before, after=after, base=before, source=after, rule="changed", why=why, line=line
    )


def update(
    *changes: FieldChange, left: str = "8841", right: str = "1042", title: str = "ACME Bouw B.V.", **more: Any
) -> Operation:
    """An update in exact."""
    given: dict[str, Any] = {
        "key": f"u-{left}-{right}",
        "entity": "accounts",
        "side": Side.RIGHT,
        "resource": "Accounts",
    }
    return Operation(
        **given | {"action": Action.UPDATE, "id": right, "partner": left, "title": title, "changes": changes} | more
    )


def create(left: str = "12", title: str = "Bakker & Zn.", **fields: Value) -> Operation:
    """A create in exact."""
    changes = tuple(
        FieldChange(name=n, before=ABSENT, after=v, base=ABSENT, source=v, rule="create", why="new in shop", line=33)
        for n, v in ({"Name": title} | fields).items()
    )
    return Operation(key=f"c-{left}", entity="accounts", side=Side.RIGHT, resource="Accounts", action=Action.CREATE,
                     partner=left, title=title, changes=changes)  # fmt: skip


def delete(right: str = "77", title: str = "Oud B.V.") -> Operation:
    """A delete in exact."""
    return Operation(key=f"d-{right}", entity="accounts", side=Side.RIGHT, resource="Accounts", action=Action.DELETE,
                     id=right, partner="9", title=title)  # fmt: skip


def conflict(number: int = 17, left: str = "8841", right: str = "1042", **more: Any) -> Review:
    """City changed on both sides."""
    given: dict[str, Any] = {"kind": Waiting.CONFLICT, "entity": "accounts", "left_ids": (left,), "right_ids": (right,)}
    given |= {"field": "City", "left": "Den Haag", "right": "'s-Gravenhage", "reason": "both changed apart"}
    return Review(**given | {"rule": "conflict:ask", "line": 40, "number": number, "title": "ACME Bouw B.V."} | more)


def match(number: int = 18, **more: Any) -> Review:
    """Two accounts for one customer."""
    given: dict[str, Any] = {
        "kind": Waiting.MATCH,
        "entity": "accounts",
        "left_ids": ("20",),
        "right_ids": ("301", "302"),
    }
    given |= {"reason": 'two accounts have VATNumber "NL001234567B01"', "rule": "VATNumber", "number": number}
    return Review(**given | {"title": "Dubbel B.V."} | more)


def result(*operations: Operation, reviews: tuple[Review, ...] = (), **more: Any) -> RunResult:
    """A dry run of these operations."""
    plan = Plan(
        digest="5f2c" + "0" * 60,
        entities=("accounts",),
        operations=operations,
        reviews=reviews,
        **{name: more.pop(name) for name in ("breaches", "costs", "first", "links", "tallies") if name in more},
    )
    end = Ended.WAITING if reviews else Ended.DONE
    given: dict[str, Any] = {"end": end, "plan": plan, "reviews": reviews, "dry": True}
    return RunResult(**given | more)


def linked(*rules: str) -> dict[str, Any]:
    """New links by these rules."""
    links = tuple(
        LinkChange(entity="accounts", left_id=f"l{n}", right_id=f"r{n}", matched_by=rule)
        for n, rule in enumerate(rules)
    )
    return {"links": links, "tallies": (Tally(entity="accounts", new_links=len(links)),)}


BREACH = Breach(
    guard="deletes",
    entity="accounts",
    message="The plan deletes 412 of 1,032 accounts in exact (39.9 %; at most 10 % allowed).",
    subjects=("Oud B.V.",),
)
COST = Cost(system="exact", calls=12, minutes=0.2, left_today=4812)
