"""What must hold of a world: at every moment, and once the faults have stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from syncengine.errors import End
from syncengine.model.link import Link
from syncengine.model.operation import OperationState
from syncengine.model.record import Side, Value
from syncengine.model.result import RunResult
from syncengine.model.review import Review
from tests.simulation.ledger import BORN, Broken, bare
from tests.simulation.script import FIELDS
from tests.simulation.world import ALL_GUARDS, World

RUNS: Final = 4
"""Once the faults have stopped, so many runs must suffice."""
PLAIN: Final = (BORN, "Code", *FIELDS)


def always(world: World) -> None:
    """What holds at every moment, whatever went wrong."""
    _accounted(world)
    if world.stored_more():  # what a person does on a side changes no link and no base
        unconfirmed = _unconfirmed(world)
        for entity in world.entities:
            links = list(world.store.links.all(entity.name))
            _injective(entity.name, links)
            _bases(world, entity.name, links, unconfirmed)


def _injective(entity: str, links: Sequence[Link]) -> None:
    """No record has two partners."""
    for side in Side:
        ids = [id for link in links if (id := _id(link, side))]
        if len(set(ids)) < len(ids):
            twice = [id for id, count in Counter(ids).items() if count > 1]
            raise Broken(f"links: {side} {entity} {twice} have two partners")


def _accounted(world: World) -> None:
    """A value that shows nowhere any more was replaced by a person, or by an operation that named it and its rule."""
    shown = {bare(value) for value in world.ledger.cells.values()}
    for text, token in world.ledger.tokens.items():
        if not (token.over or token.raced or token.displaced or text in shown):
            raise Broken(f"lost: {text}, typed in {'/'.join(token.cell)}, shows nowhere, and nothing says why")


def _bases(world: World, entity: str, links: Sequence[Link], unconfirmed: set[tuple[str, str]]) -> None:
    """A base holds only what its side showed at some time; a write that is not confirmed yet aside."""
    layout = world.store.links.layout(entity)
    for link in links:
        if link.base is None or {(entity, link.left_id), (entity, link.right_id)} & unconfirmed:
            continue
        for side, values in ((Side.LEFT, link.base.left), (Side.RIGHT, link.base.right)):
            id = _id(link, side)
            for name, value in zip(layout, values, strict=True):
                cell = (side.value, entity, id, name)
                if (text := bare(value)) and name in PLAIN and not world.ledger.may_hold(cell, text):
                    raise Broken(f"base: {value} in the base of {'/'.join(cell)}, which never showed it")


def _unconfirmed(world: World) -> set[tuple[str, str]]:
    """Entity and id of every record that a write touched which nobody looked at since."""
    return {
        (op.entity, id)
        for noted in world.store.journal.open(OperationState.DONE)
        for op in (noted.operation,)
        for id in (op.left_id, op.right_id, noted.result)
        if id
    }


def in_the_end(world: World) -> None:
    """The faults have stopped: a few runs bring everything to rest, and then both sides agree."""
    for side in world.sides.values():
        side.heal()
    # Past every settle, past what the wall clock was set back by, and past the weekly reconcile.
    world.clock.advance(8 * 86400)
    for _ in range(RUNS):
        world.clock.advance(3600)
        world.play({"do": "run", "allow": ALL_GUARDS})
        always(world)
        if (result := world.result()) is not None and _at_rest(result):
            break
    else:
        raise Broken(f"rest: no rest after {RUNS} runs: {_why(world.result())}")
    world.play({"do": "run", "allow": ALL_GUARDS, "full": True})
    if (result := world.result()) is None or not _at_rest(result):
        raise Broken(f"rest: a full run after rest finds work: {_why(world.result())}")
    world.store.journal.verify()
    _journalled(world)
    _agreement(world)
    _partners(world)


def _at_rest(result: RunResult) -> bool:
    waiting = {item.left_ids + item.right_ids for item in result.reviews}
    open_ = [item for item in result.recovered if item.state is OperationState.UNCERTAIN]
    asked = all(
        (op.left_id, op.right_id) in waiting or _one(op.left_id or op.right_id, waiting)
        for op in (i.operation for i in open_)
    )
    calm = not (result.applied or result.plan.operations) and asked
    return calm and result.end in (End.DONE, End.WAITING, *([End.LATER] if open_ else []))


def _one(id: str, waiting: set[tuple[str, ...]]) -> bool:
    return any(id in ids for ids in waiting)


def _why(result: RunResult | None) -> str:
    if result is None:
        return "the last run raised"
    operations = [
        f"{op.action} {op.side} {op.left_id}={op.right_id} {dict(op.values)}" for op in result.plan.operations
    ]
    applied = [f"{item.state} {item.answer}" for item in result.applied]
    recovered = [
        f"{item.state} {item.operation.action} {item.operation.side} {item.answer}" for item in result.recovered
    ]
    return f"end {result.end.name}, plans {operations}, applied {applied}, recovered {recovered}, {result.messages}"


def _journalled(world: World) -> None:
    """What an operation displaced stands in the lasting history, with the rule that decided."""
    before = {
        bare(change["base"] if change["before"] == {} else change["before"])
        for entry in world.store.journal.entries()
        for change in entry.changes
        if change["rule"] and entry.outcome in ("done", "uncertain")
    }
    shown = {bare(value) for value in world.ledger.cells.values()}
    for text, token in world.ledger.tokens.items():
        if text not in shown and token.displaced and not (token.over or token.raced) and text not in before:
            raise Broken(f"history: {text} was displaced by {token.displaced}, and no entry names it")


def _agreement(world: World) -> None:
    """Linked records show the same, but for what waits, what a side would not take, and what a rule leaves apart."""
    reviews = world.store.reviews.open()
    for entity in world.entities:
        left, right = world.rows(Side.LEFT, entity.name), world.rows(Side.RIGHT, entity.name)
        for link in world.linked(entity.name):
            one, two = left.get(link.left_id), right.get(link.right_id)
            if one is None or two is None:
                continue
            for name in PLAIN:
                if bare(one[name]) == bare(two[name]) or name in set(_waiting(reviews, entity.name, link)):
                    continue
                if not _excused(world, entity.name, link, name, one[name], two[name]):
                    raise Broken(
                        f"agreement: {entity.name} {link.left_id}={link.right_id} {name}: {one[name]} and {two[name]}, "
                        f"base {link.base and _base(world, link, name)}"
                    )


def _waiting(reviews: Sequence[Review], entity: str, link: Link) -> Iterator[str]:
    for item in reviews:
        if item.entity == entity and (link.left_id in item.left_ids or link.right_id in item.right_ids):
            yield from (item.field,) if item.field else PLAIN


def _base(world: World, link: Link, name: str) -> tuple[Value, Value]:
    assert link.base is not None
    place = world.store.links.layout(link.entity).index(name)
    return link.base.left[place], link.base.right[place]


def _excused(world: World, entity: str, link: Link, name: str, left: Value, right: Value) -> bool:
    cells = {side: (side.value, entity, _id(link, side), name) for side in Side}
    if world.ledger.ignored & set(cells.values()):
        return True
    if name in _given_up(world, entity, link):
        return True
    if any(world.rules["rewrites"][side.value].get(name) == "ignored" for side in Side):
        return True
    rule = world.rules["fields"].get(name)
    if rule is None:
        return False
    if rule["owner"]:
        mine = left if rule["owner"] == "left" else right
        return mine is None
    return None in (left, right) and rule["empty"] == "keep"


def _given_up(world: World, entity: str, link: Link) -> set[str]:
    """Fields of writes that the side refused and a person gave up."""
    return {
        change.name
        for noted in world.store.journal.open(OperationState.PARKED)
        if (noted.operation.entity, noted.operation.left_id, noted.operation.right_id)
        == (entity, link.left_id, link.right_id)
        for change in noted.operation.changes
    }


def _partners(world: World) -> None:
    """A record without partner has a reason: a rule, an item of the inbox, or a deletion."""
    reviews = world.store.reviews.open()
    for entity in world.entities:
        named = {(side, _id(link, side)) for link in world.store.links.all(entity.name) for side in Side}
        for side in Side:
            if entity.create[side.other] == "never":
                continue
            for id in world.rows(side, entity.name):
                asked = any(id in (item.left_ids if side is Side.LEFT else item.right_ids) for item in reviews)
                answered = any(id in (a.left_id, a.right_id) for a in world.store.reviews.answers(entity.name))
                if (side, id) not in named and not asked and not answered:
                    raise Broken(f"partner: {side} {entity.name} {id} has none, and nothing says why")


def _id(link: Link, side: Side) -> str:
    return link.left_id if side is Side.LEFT else link.right_id
