"""Random histories: what people do on both sides, and runs in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from syncengine.model.record import ABSENT, Side
from tests.laws.world import World


class Step(NamedTuple):
    """One thing that happens; numbers pick a record or value among those there are."""

    kind: str
    name: str
    side: Side
    which: int
    field: int
    value: int


KINDS = ("add", "couple", *("edit",) * 8, "empty", "empty", "hush", "remove", "merge", "run", "run")
QUIET = ("add", "couple", *("edit",) * 6, "empty", "run")
"""Nothing that a side deletes or is silent about."""


def histories(kinds: Sequence[str] = KINDS, *, most: int = 16) -> st.SearchStrategy[list[Step]]:
    """Lists of steps."""
    step = st.builds(
        Step,
        kind=st.sampled_from(kinds),
        name=st.sampled_from(("accounts", "contacts")),
        side=st.sampled_from(Side),
        which=st.integers(0, 3),
        field=st.integers(0, 4),
        value=st.integers(0, 30),
    )
    return st.lists(step, min_size=1, max_size=most)


def play(world: World, steps: Sequence[Step]) -> None:
    """Let a history happen, after two systems that know some of the same customers were connected."""
    for side in Side:
        for number in range(2):
            account = world.add("accounts", side, Code=f"K{number}", Name=f"n{number}", Size=("s", "ss")[number])
            world.add("contacts", side, Mail=f"K{number}", Account=account, Nick="x")
    world.settle()
    for number, step in enumerate(steps):
        if step.kind == "run":
            world.settle()
        elif step.kind == "add":
            _add(world, step, number)
        elif step.kind == "couple":
            _couple(world, step, number)
        else:
            _change(world, step, number)
        world.tick()


def _add(world: World, step: Step, number: int) -> None:
    key = world.entity(step.name).match[0].fields[0]
    fields: dict[str, Any] = {key: f"K{step.value % 6}"} if step.value % 5 else {}
    fields[world.entity(step.name).fields[2].name if step.name == "contacts" else "Name"] = f"n{number}"
    if step.name == "contacts" and (parents := sorted(world.shelves["accounts", step.side].rows)):
        fields["Account"] = parents[step.which % len(parents)]
    world.add(step.name, step.side, **fields)


def _couple(world: World, step: Step, number: int) -> None:
    """Two records that name each other; their like may be born on the other side too."""
    account = world.add("accounts", step.side, Code=f"C{step.value % 4}", Name=f"n{number % 3}", City=f"c{number % 2}")
    contact = world.add("contacts", step.side, Mail=f"C{step.value}", Account=account)
    world.edit("accounts", step.side, account, Main=contact)


def _change(world: World, step: Step, number: int) -> None:
    shelf = world.shelves[step.name, step.side]
    if not shelf.rows:
        return
    ids = sorted(shelf.rows)
    id = ids[step.which % len(ids)]
    rules = world.entity(step.name).fields
    rule = rules[step.field % len(rules)]
    if step.kind == "remove":
        world.remove(step.name, step.side, id)
    elif step.kind == "merge":
        others = [other for other in ids if other != id]
        world.remove(step.name, step.side, id, into=others[step.value % len(others)] if others else "")
    elif step.kind == "empty":
        world.edit(step.name, step.side, id, **{rule.name: None})
    elif step.kind == "hush":
        world.edit(step.name, step.side, id, **{rule.name: ABSENT})
    elif rule.ref:
        targets = sorted(world.shelves[rule.ref, step.side].rows)
        if targets:
            world.edit(step.name, step.side, id, **{rule.name: targets[step.value % len(targets)]})
    else:
        world.edit(step.name, step.side, id, **{rule.name: f"v{step.value % 4}" if step.value % 3 else f"u{number}"})
