"""Creates: built, held where they cannot be, put in order so that parents come first, with cycles cut into two halves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from syncengine.decide.identity import Candidate
from syncengine.decide.operations import barred, create, second_half, title
from syncengine.decide.references import References
from syncengine.decide.resolve import owner_of
from syncengine.decide.subject import Subject, sides
from syncengine.errors import UserError
from syncengine.model.entity import FieldRule, MissingRef
from syncengine.model.link import LinkState
from syncengine.model.operation import FieldChange, Operation, Pending
from syncengine.model.record import ABSENT, Observed, Side, Value

Name = tuple[str, Side, str]
"""A record that gets a partner: entity, the side it is on, its id."""


@dataclass(slots=True, kw_only=True)
class _Birth:
    """A create being built.

    Attributes:
        needs: Common field → the record whose partner must be born first.
        later: Fields that only the second half can give.
        failed: Why it cannot be; "" if it can.
        silent: True if the failure stands in the inbox already, or ends by itself.
    """

    subject: Subject
    candidate: Candidate
    needs: dict[str, Name] = field(default_factory=dict)
    later: set[str] = field(default_factory=set)
    failed: str = ""
    silent: bool = False
    line: int = 0
    operation: Operation | None = None

    @property
    def target(self) -> Side:
        return self.candidate.side.other

    @property
    def name(self) -> Name:
        return self.subject.entity.name, self.candidate.side, self.candidate.record.id

    @property
    def order(self) -> tuple[int, Side, str]:
        return self.subject.index, self.target, self.candidate.record.id

    def fail(self, reason: str, line: int) -> None:
        if not self.failed:
            self.failed, self.line = reason, line


def plan_births(
    candidates: Iterable[tuple[Subject, Candidate]], references: References
) -> tuple[Sequence[Operation], Sequence[Operation]]:
    """Build all creates of a plan.

    Returns:
        Creates, parents first; and the second halves of those in a cycle of references.
    """
    births = {birth.name: birth for birth in (_Birth(subject=s, candidate=c) for s, c in candidates)}
    for birth in births.values():
        _find_needs(birth, births, references)
    _spread_failures(births, references)
    alive = {name: birth for name, birth in births.items() if not birth.failed}
    ordered = _order(alive)
    for birth in ordered:
        _build(birth, references)
        if not birth.failed:
            assert birth.operation is not None
            references.born[birth.name] = birth.operation.key
    seconds = [_second(birth, references) for birth in ordered if birth.later and not birth.failed]
    for birth in births.values():
        _tell(birth)
    return [b.operation for b in ordered if b.operation is not None], [op for op in seconds if op is not None]


def flows(subject: Subject, rule: FieldRule, target: Side) -> bool:
    """True if a create on the target side gives this field."""
    facts = subject.sight.resources[target].fields.get(subject.native_name(target, rule.name))
    if rule.is_constant:
        return target is Side.RIGHT
    return (
        bool(subject.native_name(target, rule.name))
        and owner_of(rule) is not target
        and rule.readonly is not target
        and (facts is None or facts.creatable)
    )


def _shown(birth: _Birth, rule: FieldRule) -> Value:
    place = birth.subject.places.get(rule.name)
    return ABSENT if place is None else birth.candidate.record.values[place]


def _find_needs(birth: _Birth, births: Mapping[Name, _Birth], references: References) -> None:
    """See which references are there, which will be born, and which are missing."""
    side = birth.candidate.side
    for rule in birth.subject.entity.fields:
        value = _shown(birth, rule)
        if not rule.ref or value is None or value is ABSENT or not flows(birth.subject, rule, birth.target):
            continue
        if references.across(rule.ref, side, str(value)) is not None:
            continue
        parent = (rule.ref, side, str(value))
        if parent in births:
            birth.needs[rule.name] = parent
        else:
            _can_go_without(birth, rule, references)


def _can_go_without(birth: _Birth, rule: FieldRule, references: References) -> bool:
    """The record a reference names gets no partner: the create waits for it, or goes on with the field left for later.

    It goes on where the mapping clears the reference, and where the named record is planned after this one (an account's main contact): that
    one is no parent, so its trouble is not this record's.
    """
    own = references.order.get(birth.subject.entity.name, 0)
    is_parent = references.order.get(rule.ref, -1) <= own or _is_required(birth, rule.name)
    if rule.missing is MissingRef.WAIT and not is_parent:
        birth.later.add(rule.name)
    elif rule.missing is not MissingRef.CLEAR:
        birth.fail(_missing(birth, rule), rule.at.line)
        return False
    return True


def _missing(birth: _Birth, rule: FieldRule) -> str:
    target = birth.subject.names[birth.target]
    return f"waits for its parent: {rule.name} names a record of {rule.ref} that {target} does not have (yet)"


def _spread_failures(births: Mapping[Name, _Birth], references: References) -> None:
    """A create whose parent cannot be born cannot be born either, or does without."""
    children: dict[Name, list[tuple[_Birth, str]]] = {}
    for birth in births.values():
        for name, parent in birth.needs.items():
            children.setdefault(parent, []).append((birth, name))
    todo = [birth for birth in births.values() if birth.failed]
    while todo:
        for child, name in children.get(todo.pop().name, ()):
            child.needs.pop(name, None)
            if not child.failed and not _can_go_without(child, child.subject.rules[name], references):
                todo.append(child)


def _order(births: Mapping[Name, _Birth]) -> list[_Birth]:
    """Parents before children; where they form a cycle, the least needed reference is put off to a second half."""
    open_needs = {name: set(birth.needs.values()) for name, birth in births.items()}
    children: dict[Name, set[Name]] = {}
    for name, parents in open_needs.items():
        for parent in parents:
            children.setdefault(parent, set()).add(name)
    ready = [(births[name].order, name) for name, parents in open_needs.items() if not parents]
    heapify(ready)
    rest = sorted((births[name].order, name) for name, parents in open_needs.items() if parents)
    ordered: list[_Birth] = []
    done: set[Name] = set()
    while len(ordered) < len(births):
        if not ready:
            heappush(ready, _cut(births, open_needs, [item for item in rest if item[1] not in done]))
        _, name = heappop(ready)
        if name in done:
            continue
        done.add(name)
        ordered.append(births[name])
        for child in children.get(name, ()):
            open_needs[child].discard(name)
            if not open_needs[child] and child not in done:
                heappush(ready, (births[child].order, child))
    return ordered


def _cut(
    births: Mapping[Name, _Birth],
    open_needs: Mapping[Name, set[Name]],
    rest: Sequence[tuple[tuple[int, Side, str], Name]],
) -> tuple[tuple[int, Side, str], Name]:
    """Free the first record of a cycle that can be created without its parents; they follow in its second half."""
    for item in rest:
        birth = births[item[1]]
        waiting = [name for name, parent in birth.needs.items() if parent in open_needs[item[1]]]
        if not any(_is_required(birth, name) for name in waiting):
            break
    else:
        item = rest[0]
        birth = births[item[1]]
        waiting = [name for name, parent in birth.needs.items() if parent in open_needs[item[1]]]
    birth.later.update(waiting)
    open_needs[item[1]].clear()
    return item


def _is_required(birth: _Birth, name: str) -> bool:
    facts = birth.subject.sight.resources[birth.target].fields.get(birth.subject.native_name(birth.target, name))
    return birth.subject.rules[name].required or (facts is not None and (facts.required or not facts.updatable))


def _build(birth: _Birth, references: References) -> None:
    """Make the create of one record, or say why it cannot be."""
    subject, record, target = birth.subject, birth.candidate.record, birth.target
    if any(_may_have_made(subject, op, birth.candidate.side, record) for op in subject.sight.unsettled):
        birth.fail("it may be what a create made that got no answer; that is settled first", subject.entity.at.line)
        return
    changes = [change for rule in subject.entity.fields if (change := _change(birth, rule, references)) is not None]
    common = {c.name: c.after for c in changes if c.after is not None and not subject.rules[c.name].is_constant}
    if birth.failed:
        return
    try:
        known = dict(zip(subject.layout, record.values, strict=True))
        native = subject.sight.lens.native(target, common, create=True, known=known)
    except UserError as error:
        birth.fail(str(error), changes[0].line if changes else 0)
        return
    native = {name: value for name, value in native.items() if value is not None}
    facts = subject.sight.resources[target].fields
    lacking = sorted(name for name, fact in facts.items() if fact.required and fact.creatable and name not in native)
    if lacking:
        birth.fail(f"{subject.names[target]} takes no record without {', '.join(lacking)}", subject.entity.at.line)
        return
    parents = [references.born[(v.entity, v.side, v.id)] for v in native.values() if isinstance(v, Pending)]
    operation = create(subject, target, record, _with_constants(birth, changes, native), native, parents)
    if is_barred(subject, operation):
        subject.found.refused.extend({operation.key} & subject.sight.parked)
        birth.silent = True
        birth.fail("an earlier create of this record is not settled, or was refused as it is", subject.entity.at.line)
        return
    birth.operation = operation


def _change(birth: _Birth, rule: FieldRule, references: References) -> FieldChange | None:
    """One field of a create; None if it takes no part."""
    if rule.is_constant or not flows(birth.subject, rule, birth.target) or rule.name in birth.later:
        return None
    value = _shown(birth, rule)
    if value is ABSENT:
        return None
    if value is None and rule.required:
        birth.fail(f"{rule.name} is required and empty", rule.at.line)
    sent: Value | Pending = value
    if rule.ref and value is not None:
        sent = _reference(birth, rule, str(value), references)
        if rule.name in birth.later:
            return None
    return FieldChange(
        name=rule.name,
        before=ABSENT,
        after=sent,
        base=ABSENT,
        source=value,
        rule="create" if birth.candidate.restores is None else "restore",
        why=f"on {birth.subject.names[birth.candidate.side]} only",
        line=rule.at.line,
    )


def _reference(birth: _Birth, rule: FieldRule, id: str, references: References) -> Value | Pending:
    side = birth.candidate.side
    found = references.across(rule.ref, side, id)
    if found is not None:
        return found
    if (rule.ref, side, id) in references.born:
        return Pending(entity=rule.ref, side=side, id=id)
    # Its parent was to be born in this plan, and turned out not to be; or the mapping clears such a reference.
    _can_go_without(birth, rule, references)
    return None


def _with_constants(
    birth: _Birth, changes: Sequence[FieldChange], native: Mapping[str, Value | Pending]
) -> list[FieldChange]:
    """The changes, with the mapping's constants in the places where the file names them."""
    given = {change.name: change for change in changes}
    whole: list[FieldChange] = []
    for rule in birth.subject.entity.fields:
        if rule.name in given:
            whole.append(given[rule.name])
        elif rule.is_constant and flows(birth.subject, rule, birth.target) and rule.name in native:
            whole.append(
                FieldChange(
                    name=rule.name,
                    before=ABSENT,
                    after=native[rule.name],
                    base=ABSENT,
                    source=_shown(birth, rule),
                    rule="value",
                    why="the mapping gives it",
                    line=rule.at.line,
                )
            )
    return whole


def _second(birth: _Birth, references: References) -> Operation | None:
    """The update that completes a create whose references were put off."""
    assert birth.operation is not None
    changes: list[FieldChange] = []
    after: list[str] = []
    side = birth.candidate.side
    for name in sorted(birth.later):
        rule, value = birth.subject.rules[name], _shown(birth, birth.subject.rules[name])
        key = references.born.get((rule.ref, side, str(value)))
        if key is None:
            continue
        after.append(key)
        changes.append(
            FieldChange(
                name=name,
                before=ABSENT,
                after=Pending(entity=rule.ref, side=side, id=str(value)),
                base=ABSENT,
                source=value,
                rule="create",
                why="completes the create: the two name each other",
                line=rule.at.line,
            )
        )
    if not changes:
        return None
    native = birth.subject.sight.lens.native(birth.target, {c.name: c.after for c in changes}, create=False)
    return second_half(birth.subject, birth.target, birth.operation, changes, native, after)


def _tell(birth: _Birth) -> None:
    """Hold what cannot be created; leave out what an open create bars; note what a restore does to its old link."""
    subject, record = birth.subject, birth.candidate.record
    left, right = sides(birth.candidate.side, record.id, "")
    if birth.silent:
        subject.note(birth.failed)
    elif birth.failed:
        rule = "ref:wait" if birth.failed.startswith("waits") else "held"
        subject.hold(left, right, birth.failed, title(subject, record.values, record.id), rule=rule, line=birth.line)
    elif birth.candidate.restores is not None:
        link = birth.candidate.restores.link
        subject.change_link(link, LinkState.TOMBSTONE, "gone; its record is created again")


def _may_have_made(subject: Subject, operation: Operation, side: Side, record: Observed) -> bool:
    """True if a record shows the key of an unsettled create on its side: made for its source, it must not be born there once more."""
    if operation.side is not side or not operation.identify:
        return False
    shown = dict(zip(subject.layout, record.values, strict=True))
    keys = [c for c in operation.changes if subject.native_name(side, c.name) in operation.identify and c.name in shown]
    return bool(keys) and all(
        not isinstance(c.after, Pending) and subject.sight.lens.same(c.name, c.after, shown[c.name]) for c in keys
    )


def is_barred(subject: Subject, operation: Operation) -> bool:
    """True if an earlier operation that is not settled, or was refused as it is, stands in the way."""
    sight = subject.sight
    return operation.key in sight.parked or barred(operation.key, sight.birth_keys - sight.parked)
