"""The laws of the design, each over random histories with two rewriting sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from random import Random

from hypothesis import assume, example, given
from hypothesis import strategies as st

from syncengine.decide import saved
from syncengine.model.entity import DeleteRule, Entity, OnDelete
from syncengine.model.link import LinkState
from syncengine.model.operation import Action, Operation, Pending
from syncengine.model.plan import Plan
from syncengine.model.record import ABSENT, Side
from syncengine.model.review import Waiting
from tests.laws.histories import KINDS, QUIET, Step, histories, play
from tests.laws.law import law
from tests.laws.world import ACCOUNTS, CONTACTS, World, cut, keep, shout

REWRITES = st.fixed_dictionaries({side: st.sampled_from((keep, shout, cut)) for side in Side})
FAITHFUL = st.fixed_dictionaries({side: st.sampled_from((keep, shout)) for side in Side})


def settle(world: World) -> None:
    """Run until nothing waits for another record; one that still shows a key on the other side holds up whoever has it now."""
    for _ in range(4):
        kinds = {item.kind for item in world.settle().reviews}
        if not kinds & {Waiting.MATCH, Waiting.HELD}:
            break


def deleting(then: OnDelete) -> tuple[Entity, ...]:
    """The entities with another rule for deletions."""
    return tuple(
        replace(item, on_delete={side: DeleteRule(then=then, edited=then) for side in Side})
        for item in (ACCOUNTS, CONTACTS)
    )


@law
@given(histories(), REWRITES, st.sampled_from((OnDelete.KEEP, OnDelete.DELETE, OnDelete.RESTORE, OnDelete.ASK)))
def test_rest_after_a_clean_apply_the_next_plan_writes_nothing(steps, rewrites, then) -> None:
    world = World(entities=deleting(then), rewrites=rewrites)
    play(world, steps)
    settle(world)
    assert world.settle().operations == ()
    assert not world.plan().links, "nor do links and bases move any more"


@law
@given(histories(QUIET), FAITHFUL)
def test_agreement_without_conflicts_both_sides_end_the_same(steps, rewrites) -> None:
    world = World(rewrites=rewrites)
    play(world, steps)
    settle(world)
    waiting = {(item.entity, id) for item in world.plan().reviews for id in (*item.left_ids, *item.right_ids)}
    for (name, left, right), link in world.links.items():
        if link.state is LinkState.LINKED and not {(name, left), (name, right)} & waiting:
            assert_same(world, name, left, right)


def assert_same(world: World, name: str, left: str, right: str) -> None:
    """Both records show the same in every mapped field, by the field's own rule."""
    lens = world.lenses[name]
    one, two = world.observed(name, Side.LEFT, left), world.observed(name, Side.RIGHT, right)
    assert one is not None
    assert two is not None
    for rule, mine, theirs in zip(world.entity(name).fields, one.values, two.values, strict=True):
        if rule.empty == "keep" and None in (mine, theirs):
            continue  # a key that was emptied on one side is kept on the other
        if rule.ref:
            mine = world.partner(rule.ref, Side.LEFT, str(mine)) if mine is not None else None
            if mine is None:
                continue  # it names a record without partner
        folded = [v.casefold() if isinstance(v, str) and not rule.ref else v for v in (mine, theirs)]
        assert lens.same(rule.name, mine, theirs) or folded[0] == folded[1], (rule.name, mine, theirs)


@law
@given(histories(), REWRITES)
def test_no_silent_loss_every_value_that_disappears_stands_in_an_operation(steps, rewrites) -> None:
    world = World(entities=deleting(OnDelete.DELETE), rewrites=rewrites)
    play(world, steps)
    before = {key: {id: dict(row) for id, row in shelf.rows.items()} for key, shelf in world.shelves.items()}
    plan = world.settle()
    told = {(op.entity, op.side, op.id): {c.name for c in op.changes} for op in plan.operations}
    for (name, side), rows in before.items():
        for id, row in rows.items():
            now = world.shelves[name, side].rows.get(id, {})
            lost = {field for field, value in row.items() if value not in (None, ABSENT) and now.get(field) != value}
            assert lost <= told.get((name, side, id), set()), (name, side, id, lost)


@law
@given(histories(), REWRITES)
def test_no_silent_loss_an_edit_is_overwritten_only_by_a_rule_that_decides_conflicts(steps, rewrites) -> None:
    world = World(rewrites=rewrites)
    play(world, steps)
    for operation in world.plan().operations:
        lens = world.lenses[operation.entity]
        for change in operation.changes:
            if operation.action is Action.UPDATE and change.rule in ("changed", "fill"):
                untouched = lens.same(change.name, change.before, change.base)
                assert untouched or change.before in (None, ABSENT), change


@law
@given(histories(), REWRITES)
def test_symmetry_swapping_the_sides_mirrors_the_plan(steps, rewrites) -> None:
    world = World(rewrites=rewrites)
    mirrored = World(rewrites={side: rewrites[side.other] for side in Side})
    play(world, steps)
    play(mirrored, [step._replace(side=step.side.other) for step in steps])
    assert shape(world.plan(), mirror=False) == shape(mirrored.plan(), mirror=True)


def shape(plan: Plan, *, mirror: bool) -> tuple[list[object], ...]:
    """What a plan does, without keys and order; an id is letters of sides and a number, so a mirrored one swaps the letters."""

    def id(text: str) -> str:
        return text.translate(str.maketrans("lr", "rl")) if mirror and text[:1] in ("l", "r") else text

    def value(item: object) -> object:
        if isinstance(item, Pending):
            return "pending", item.entity, id(item.id)
        return id(item) if isinstance(item, str) else item

    def side(item: Side) -> Side:
        return item.other if mirror else item

    operations = [
        (
            *(op.entity, side(op.side), op.action, id(op.id), id(op.partner), op.phase),
            *sorted((c.name, str(value(c.after)), c.rule) for c in op.changes),
        )
        for op in plan.operations
    ]
    links = [
        (c.entity, *swapped(id(c.left_id), id(c.right_id), mirror), c.state, *swapped_base(c.base, mirror, value))
        for c in plan.links
    ]
    reviews = [
        (r.kind, r.entity, r.field, *swapped(ids(r.left_ids, id), ids(r.right_ids, id), mirror)) for r in plan.reviews
    ]
    return sorted(operations, key=str), sorted(links, key=str), sorted(reviews, key=str)


def swapped(left: object, right: object, mirror: bool) -> tuple[object, object]:
    return (right, left) if mirror else (left, right)


def swapped_base(base, mirror: bool, value) -> tuple[object, object]:
    if base is None:
        return None, None
    return swapped(tuple(map(value, base.left)), tuple(map(value, base.right)), mirror)


def ids(items: Sequence[str], id) -> tuple[str, ...]:
    return tuple(sorted(map(id, items)))


@law
@given(histories(), REWRITES, st.randoms(use_true_random=False))
def test_order_independence_rows_and_pairs_in_any_order_give_the_same_bytes(steps, rewrites, random: Random) -> None:
    world = World(rewrites=rewrites)
    play(world, steps)
    plan = world.plan()
    world.shuffle = lambda items: random.sample(items, len(items))
    assert world.plan() == plan


@law
@given(histories(), REWRITES)
def test_delta_equals_full_pairs_at_rest_change_nothing(steps, rewrites) -> None:
    world = World(rewrites=rewrites)
    play(world, steps)
    plan = world.plan()
    world.everything = True
    full = world.plan()
    assert (full.operations, full.links, full.reviews) == (plan.operations, plan.links, plan.reviews)


HELD_PARENT = [
    *(Step(kind="add", name="accounts", side=Side.LEFT, which=0, field=0, value=0) for _ in range(2)),
    Step(kind="couple", name="accounts", side=Side.RIGHT, which=0, field=0, value=0),
    Step(kind="edit", name="contacts", side=Side.RIGHT, which=0, field=1, value=2),
    Step(kind="edit", name="contacts", side=Side.RIGHT, which=2, field=1, value=0),
]
"""A bad record is named by a newborn, which is born without that name, and so under another key; a third record waits for its birth."""


@law
@given(histories(), REWRITES, st.integers(0, 9), st.sampled_from(Side))
@example(HELD_PARENT, dict.fromkeys(Side, keep), 8, Side.RIGHT)
def test_isolation_a_bad_record_changes_nothing_for_the_others(steps, rewrites, which, side) -> None:
    world = World(rewrites=rewrites)
    play(world, steps)
    ids = sorted(world.shelves["contacts", side].rows)
    assume(ids)
    bad = ids[which % len(ids)]
    good = world.plan()
    world.poison = frozenset({("contacts", side, bad)})
    poisoned = world.plan()
    concerned = {target(op) for plan in (good, poisoned) for op in plan.operations if concerns(op, bad)}
    assert others(poisoned, concerned) == others(good, concerned)
    assert not [op for op in poisoned.operations if bad in (op.id, op.partner)], "and nothing of it is written"


def concerns(operation: Operation, bad: str) -> bool:
    """True if an operation writes a record or its partner, or names it."""
    return bad in (operation.id, operation.partner) or any(change.source == bad for change in operation.changes)


def target(operation: Operation) -> tuple[str, Side, str]:
    """The record that an operation writes, by its partner."""
    return operation.entity, operation.side, operation.partner


def others(plan: Plan, concerned: Collection[tuple[str, Side, str]]) -> Sequence[tuple[Operation, object]]:
    """Operations on other records, and on which records those are that they come after: a key says what is written, too.

    In an order of their own, for a cycle comes last.
    """
    targets = {op.key: target(op) for op in plan.operations}
    found = sorted((op for op in plan.operations if target(op) not in concerned), key=lambda op: op.key)
    return [(replace(op, after=()), [targets[key] for key in op.after]) for op in found]


@law
@given(histories(), REWRITES)
def test_plan_fidelity_a_saved_plan_is_read_back_as_it_was(steps, rewrites) -> None:
    world = World(rewrites=rewrites)
    play(world, steps)
    plan = world.plan()
    assert saved.load(saved.dump(plan, meta={"by": "test"})) == plan
    assert world.plan() == plan, "same input, same plan"


@law
@given(histories(), REWRITES)
def test_minimality_only_changed_and_mapped_fields_are_sent(steps, rewrites) -> None:
    world = World(rewrites=rewrites)
    play(world, steps)
    for operation in world.plan().operations:
        mapped = {rule.name for rule in world.entity(operation.entity).fields}
        assert set(operation.values) <= mapped
        if operation.action is Action.UPDATE:
            lens = world.lenses[operation.entity]
            assert set(operation.values) == {change.name for change in operation.changes}
            for change in operation.changes:
                assert isinstance(change.after, Pending) or not lens.same(change.name, change.before, change.after)


@law
@given(histories(), REWRITES, st.integers(0, 12))
def test_recovery_a_plan_stopped_anywhere_and_planned_again_ends_the_same(steps, rewrites, most) -> None:
    whole, stopped = World(rewrites=rewrites), World(rewrites=rewrites)
    play(whole, steps)
    play(stopped, steps)
    whole.settle()
    whole.settle()
    stopped.apply(stopped.plan(), most=most)
    stopped.settle()
    stopped.settle()
    assert contents(stopped) == contents(whole)


def contents(world: World) -> Sequence[object]:
    """What both sides hold, ids aside."""
    return sorted(
        (str(key), sorted((n, str(v)) for n, v in row.items() if n not in ("Account", "Main")))
        for key, shelf in world.shelves.items()
        for row in shelf.rows.values()
    )


@law
@given(histories(), REWRITES)
def test_a_record_that_was_deleted_is_never_born_again(steps, rewrites) -> None:
    world = World(rewrites=rewrites)
    play(world, steps)
    dead = {(name, side, id) for (name, side), shelf in world.shelves.items() for id in shelf.gone}
    known = {key for key, link in world.links.items()}
    for operation in world.plan().operations:
        if operation.action is Action.CREATE:
            left_behind = [
                link
                for link in world.links_of(operation.entity, operation.side.other, operation.partner)
                if (operation.entity, operation.side, link.left_id if operation.side is Side.LEFT else link.right_id)
                in dead
            ]
            assert not left_behind, (operation, known)


def test_the_histories_reach_every_kind_of_operation_link_change_and_item() -> None:
    """A law over histories in which nothing happens would hold of anything."""
    met: Counter[object] = Counter()
    for seed in range(400):
        random = Random(seed)
        world = World(
            entities=deleting(random.choice((OnDelete.KEEP, OnDelete.DELETE, OnDelete.RESTORE, OnDelete.ASK))),
            rewrites={side: random.choice((keep, shout, cut)) for side in Side},
        )
        play(world, [random_step(random) for _ in range(random.randrange(4, 20))])
        plan = world.plan()
        met.update((op.action, op.side, op.phase) for op in plan.operations)
        met.update(change.rule for op in plan.operations for change in op.changes)
        met.update((change.state, change.moves is not None) for change in plan.links)
        met.update(item.kind for item in plan.reviews)
    assert {(action, side, 1) for action in Action for side in Side} <= met.keys()
    assert {(Action.UPDATE, side, 2) for side in Side} <= met.keys()
    assert {(LinkState.LINKED, True), (LinkState.LINKED, False), (LinkState.TOMBSTONE, False)} <= met.keys()
    assert {"changed", "create", "restore", "fill", "empty:keep", "conflict:longest", "on_delete:delete"} <= met.keys()
    assert {Waiting.CONFLICT, Waiting.FIRST_LINK, Waiting.MATCH, Waiting.DELETE, Waiting.HELD} <= met.keys()


def random_step(random: Random) -> Step:
    """One step, for histories that need no shrinking."""
    return Step(
        kind=random.choice(KINDS),
        name=random.choice(("accounts", "contacts")),
        side=random.choice(list(Side)),
        which=random.randrange(4),
        field=random.randrange(5),
        value=random.randrange(31),
    )
