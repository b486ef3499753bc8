"""Makes a record inactive, the way its side says so."""

from __future__ import annotations

from syncengine.decide.kinds import UnfitError, writer
from syncengine.decide.operations import update
from syncengine.decide.scope import TODAY
from syncengine.decide.subject import Subject, row
from syncengine.model.link import Pair
from syncengine.model.operation import FieldChange, Operation
from syncengine.model.record import ABSENT, Side, Value
from syncengine.model.resource import Kind


def can_deactivate(subject: Subject, pair: Pair, side: Side) -> bool:
    """True if the mapping says how the side's record is made inactive, and it may be written."""
    resource = subject.sight.resources[side]
    return bool(subject.entity.inactive.get(side)) and resource.update and not row(pair, side).protected


def deactivation(subject: Subject, pair: Pair, side: Side, rule: str, why: str) -> Operation:
    """The update that makes a side's record inactive."""
    target, partner = row(pair, side), pair.observed(side.other)
    means = subject.entity.inactive[side]
    values = {name: _value(subject, side, name, value) for name, value in sorted(means.items())}
    common = {subject.native_name(side, name): name for name in subject.layout}
    changes: list[FieldChange] = []
    for name, value in values.items():
        place = subject.places[common[name]] if name in common else None
        changes.append(
            FieldChange(
                name=common.get(name, name),
                before=ABSENT if place is None else target.values[place],
                after=value,
                base=ABSENT,
                source=ABSENT if place is None or partner is None else partner.values[place],
                rule=rule,
                why=why,
                line=subject.entity.at.line,
            )
        )
    return update(subject, side, target, partner.id if partner is not None else "", changes, values)


def _value(subject: Subject, side: Side, name: str, value: Value) -> Value:
    """What the mapping writes as text, as the side's field takes it."""
    if value == TODAY:
        return subject.now.date()
    facts = subject.sight.resources[side].fields.get(name)
    try:
        return writer(facts.kind if facts is not None else Kind.ANY)(value)
    except UnfitError:
        return value
