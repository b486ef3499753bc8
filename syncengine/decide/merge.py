"""The three-way merge of one linked pair: every field decided, and what each side is to be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from syncengine.decide.diff import Agreed
from syncengine.decide.operations import title, update
from syncengine.decide.references import References
from syncengine.decide.resolve import Decision, Given, resolve_field
from syncengine.decide.rules import Evidence
from syncengine.decide.subject import Subject, weighs_time
from syncengine.errors import UserError
from syncengine.model.entity import FieldRule, MissingRef, RuleKey
from syncengine.model.link import Base
from syncengine.model.operation import FieldChange, Operation, Pending
from syncengine.model.record import ABSENT, SIDES, Observed, Side, Value
from syncengine.model.review import Review, Waiting

Crowd = Callable[[Side, Observed], bool]
"""Whether many records of a side carry this record's very stamp."""

_NO_EVIDENCE: Final = Evidence()


def no_crowd(side: Side, record: Observed) -> bool:
    """The ``Crowd`` where nobody asks when a record changed."""
    return False


class _HeldError(Exception):
    """Nothing of the record is written; the message says why."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What merging one pair comes to.

    Attributes:
        base: What the link's base becomes now; fields that are being written or wait keep their old one.
        held: Why nothing of the pair is written; "" if it goes on.
    """

    base: Base
    operations: tuple[Operation, ...] = ()
    reviews: tuple[Review, ...] = ()
    notes: tuple[str, ...] = ()
    held: str = ""
    line: int = 0


@dataclass(slots=True, kw_only=True)
class _Work:
    """A pair on the bench."""

    subject: Subject
    references: References
    pair: tuple[Observed, Observed]
    base: Base
    crowd: Crowd
    known: bool
    left: list[Value] = field(default_factory=list)
    right: list[Value] = field(default_factory=list)
    changes: list[tuple[Side, FieldChange]] = field(default_factory=list)
    after: list[tuple[Side, str]] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def record(self, side: Side) -> Observed:
        return self.pair[0] if side is Side.LEFT else self.pair[1]


def merge(
    subject: Subject, references: References, left: Observed, right: Observed, base: Base | None, crowd: Crowd
) -> Merged:
    """Decide every field of a pair whose records are both present, in scope and without problem."""
    blank: tuple[Value, ...] = (ABSENT,) * len(subject.layout)
    agreed = base is not None
    base = base if base is not None else Base(left=blank, right=blank)
    work = _Work(
        subject=subject,
        references=references,
        pair=(left, right),
        base=base,
        crowd=crowd,
        known=agreed,
        left=list(base.left),
        right=list(base.right),
    )
    try:
        for place in _moved(left, right, base):
            _merge_field(work, place, subject.rules[subject.layout[place]])
        operations = tuple([op for side in SIDES if (op := _operation(work, side)) is not None])
    except _HeldError as error:
        return Merged(base=base, held=str(error), line=error.line)
    return Merged(
        base=Base(left=tuple(work.left), right=tuple(work.right)),
        operations=operations,
        reviews=tuple(work.reviews),
        notes=tuple(work.notes),
    )


def is_alone(subject: Subject, left: Observed, right: Observed, base: Base | None) -> bool:
    """True if a pair is decided by what its own records show, so that nothing of others need be known before."""
    return not subject.bound or (base is not None and subject.bound.isdisjoint(_moved(left, right, base)))


def _moved(left: Observed, right: Observed, base: Base) -> list[int]:
    """Places of the fields that are not exactly as they were at the last agreement; most are."""
    rows = zip(left.values, right.values, base.left, base.right, strict=True)
    return [
        place
        for place, (mine, theirs, was, were) in enumerate(rows)
        if mine != was
        or theirs != were
        or was is ABSENT
        or type(mine) is not type(was)
        or type(theirs) is not type(were)
    ]


def _evidence(work: _Work) -> Evidence:
    left, right = work.pair
    return Evidence(
        left=left.modified,
        right=right.modified,
        since=work.subject.sight.since,
        now=work.subject.now,
        crowded=frozenset(side for side in SIDES if work.crowd(side, work.record(side))),
    )


def _said(work: _Work, side: Side, place: int, known: Value) -> Value:
    """What a side says of a field. One that was not read whole may hold a value by now where it showed none before: that is silence."""
    value = work.record(side).values[place]
    return ABSENT if value is None and known is None and side in work.subject.sight.incomplete else value


def _merge_field(work: _Work, place: int, rule: FieldRule) -> None:
    base = work.base.left[place], work.base.right[place]
    left, right = _said(work, Side.LEFT, place, base[0]), _said(work, Side.RIGHT, place, base[1])
    decision = resolve_field(_given(work, rule, Agreed(*base), left, right))
    if decision.note:
        work.notes.append(decision.note)
    if decision.waits is not None:
        work.reviews.append(_review(work, rule, decision, place))
    if decision.settled:
        work.left[place] = base[0] if left is ABSENT else left
        work.right[place] = base[1] if right is ABSENT else right
    for target, value in decision.writes.items():
        _change(work, place, rule, decision, target, value)


def _given(work: _Work, rule: FieldRule, base: Agreed, left: Value, right: Value) -> Given:
    subject = work.subject
    known = None if base.left is ABSENT and base.right is ABSENT else base
    answer = subject.answers.field(work.pair[0].id, work.pair[1].id, rule.name, left, right)
    if rule.ref:
        right = work.references.comparable(rule.ref, Side.RIGHT, right)
        if known is not None:
            known = Agreed(known.left, work.references.comparable(rule.ref, Side.RIGHT, known.right))

    def ruled(key: RuleKey) -> Value:
        base = known if key == "conflict" else None
        return subject.sight.lens.ruled(rule.name, key, (left, right), base, _known(work, Side.LEFT))

    return Given(
        rule=rule,
        base=known,
        left=left,
        right=right,
        same=_same_reference if rule.ref else subject.same[rule.name],
        names=subject.names,
        fixed=subject.fixed[rule.name],
        evidence=_evidence(work) if weighs_time(rule) else _NO_EVIDENCE,
        known=work.known,
        answer=answer,
        ruled=ruled,
    )


def _same_reference(one: Value, two: Value) -> bool:
    return one is not ABSENT and two is not ABSENT and one == two


def _change(work: _Work, place: int, rule: FieldRule, decision: Decision, target: Side, value: Value) -> None:
    """Note one field to be written, its reference translated."""
    record = work.record(target)
    if record.protected:
        work.notes.append(f"{rule.name} differs, and {work.subject.names[target]} is protected: reported, not written")
        return
    if value is None and rule.required:
        raise _HeldError(f"{rule.name} is required and would become empty", rule.at.line)
    sent: Value | Pending = value
    # Until both writes are done nobody knows what the two agree on.
    both = len(decision.writes) > 1 and not work.record(target.other).protected
    if rule.ref:
        found = _reference(work, rule, target, value)
        if found is None:
            return
        sent, key = found
        if key:
            work.after.append((target, key))
    change = FieldChange(
        name=rule.name,
        before=record.values[place],
        after=sent,
        base=(work.base.left if target is Side.LEFT else work.base.right)[place],
        source=ABSENT if both else work.record(target.other).values[place],
        rule=decision.rule,
        why=decision.why,
        line=decision.line or rule.at.line,
    )
    work.changes.append((target, change))


def _reference(work: _Work, rule: FieldRule, target: Side, value: Value) -> tuple[Value | Pending, str] | None:
    """The reference as the target takes it; None if the field waits for the record it names."""
    found = work.references.toward(rule.ref, target, value)
    if found is not None:
        return found
    reason = f"{rule.name} names a record of {rule.ref} that {work.subject.names[target]} does not have (yet)"
    if rule.missing is MissingRef.CLEAR:
        return (None, "") if work.record(target).values[work.subject.places[rule.name]] is not None else None
    if rule.missing is MissingRef.HOLD:
        raise _HeldError(reason, rule.at.line)
    decision = Decision(rule="ref:wait", why=reason, waits=Waiting.HELD)
    work.reviews.append(_review(work, rule, decision, work.subject.places[rule.name]))
    return None


def _review(work: _Work, rule: FieldRule, decision: Decision, place: int) -> Review:
    left, right = work.pair
    assert decision.waits is not None
    return Review(
        kind=decision.waits,
        entity=work.subject.entity.name,
        left_ids=(left.id,),
        right_ids=(right.id,),
        field=rule.name,
        left=left.values[place],
        right=right.values[place],
        base_left=work.base.left[place],
        base_right=work.base.right[place],
        reason=decision.why,
        rule=decision.rule,
        line=decision.line or rule.at.line,
        title=title(work.subject, left.values, left.id),
    )


def _operation(work: _Work, side: Side) -> Operation | None:
    """The one update of a side, in its own terms.

    Raises:
        _HeldError: The side cannot take a value.
    """
    changes = [change for target, change in work.changes if target is side]
    if not changes:
        return None
    target, partner = work.record(side), work.record(side.other)
    common: dict[str, Value | Pending] = {change.name: change.after for change in changes}
    try:
        native = work.subject.sight.lens.native(side, common, create=False, known=_known(work, side))
    except UserError as error:
        raise _HeldError(str(error), changes[0].line) from None
    after = [key for waiting, key in work.after if waiting is side]
    return update(work.subject, side, target, partner.id, changes, native, after)


def _known(work: _Work, side: Side) -> Mapping[str, Value]:
    """The rest of the record as it will be: what the other side shows, for expressions that read several fields."""
    source = work.record(side.other)
    return dict(zip(work.subject.layout, source.values, strict=True))
