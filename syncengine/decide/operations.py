"""Makes operations: what to send, what must still be true, by which key a repeated one is recognised."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

from syncengine.decide.subject import TITLES, Subject
from syncengine.model.operation import Action, FieldChange, Operation, Pending
from syncengine.model.record import ABSENT, Observed, Side, Value
from syncengine.model.values import to_json

_TELLING: Final = 5
"""By how many fields a create is looked for that nothing names."""

_PART: Final = 16
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def title(subject: Subject, values: Sequence[Value], id: str = "") -> str:
    """What a person calls a record: its name, else its first key, else its id."""
    return next((value for place in subject.calling if (value := values[place]) and isinstance(value, str)), id)


def update(
    subject: Subject,
    side: Side,
    target: Observed,
    partner: str,
    changes: Sequence[FieldChange],
    values: Mapping[str, Value | Pending],
    after: Iterable[str] = (),
) -> Operation:
    """An update of a record that is there; it expects every changed field to show still what it was planned from."""
    expected = {c.name: c.before for c in changes if c.before is not ABSENT and c.name in subject.places}
    return Operation(
        key=_key(subject, side, target.id, partner, Action.UPDATE, values, expected),
        entity=subject.entity.name,
        side=side,
        resource=subject.entity.end(side).resource,
        action=Action.UPDATE,
        id=target.id,
        partner=partner,
        values=values,
        expected=expected,
        version=target.version,
        changes=tuple(changes),
        title=title(subject, target.values, target.id),
        after=tuple(sorted(set(after))),
    )


def delete(subject: Subject, side: Side, target: Observed, partner: str, rule: str, why: str) -> Operation:
    """A delete; it expects the whole record to be as it was planned from."""
    shown = {name: value for name, value in zip(subject.layout, target.values, strict=True) if value is not ABSENT}
    return Operation(
        key=_key(subject, side, target.id, partner, Action.DELETE, {}, shown),
        entity=subject.entity.name,
        side=side,
        resource=subject.entity.end(side).resource,
        action=Action.DELETE,
        id=target.id,
        partner=partner,
        expected=shown,
        version=target.version,
        changes=tuple(
            FieldChange(
                name=name,
                before=value,
                after=None,
                base=ABSENT,
                source=ABSENT,
                rule=rule,
                why=why,
                line=subject.rules[name].at.line,
            )
            for name, value in shown.items()
            if value is not None
        ),
        title=title(subject, target.values, target.id),
    )


def create(
    subject: Subject,
    side: Side,
    source: Observed,
    changes: Sequence[FieldChange],
    values: Mapping[str, Value | Pending],
    after: Iterable[str] = (),
) -> Operation:
    """A create of the partner of a record of the other side."""
    return Operation(
        key=birth_key(subject, side, source, values),
        entity=subject.entity.name,
        side=side,
        resource=subject.entity.end(side).resource,
        action=Action.CREATE,
        partner=source.id,
        values=values,
        identify=_identify(subject, side, values),
        changes=tuple(changes),
        title=title(subject, source.values, source.id),
        after=tuple(sorted(set(after))),
    )


def second_half(
    subject: Subject,
    side: Side,
    born: Operation,
    changes: Sequence[FieldChange],
    values: Mapping[str, Value | Pending],
    after: Iterable[str],
) -> Operation:
    """The update that gives a newborn record the references which its create could not carry yet; its id is not known before."""
    return Operation(
        key=_key(subject, side, "", born.partner, Action.UPDATE, values, {}),
        entity=born.entity,
        side=side,
        resource=born.resource,
        action=Action.UPDATE,
        partner=born.partner,
        values=values,
        changes=tuple(changes),
        title=born.title,
        after=tuple(sorted({born.key, *after})),
        phase=2,
    )


def birth_key(subject: Subject, side: Side, source: Observed, values: Mapping[str, Value | Pending]) -> str:
    """A create's key: of its partner, of its natural key, of its content; an open create bars another with either of the first two."""
    where = (subject.entity.name, side.value)
    names = dict.fromkeys(name for rule in subject.entity.match if rule.then == "link" for name in rule.fields)
    natural = [(name, to_json(source.values[subject.places[name]])) for name in names if name in subject.places]
    known = [pair for pair in natural if pair[1] not in (None, {})]
    content = (subject.mapping, _content(values))
    return _digest(where, source.id) + _digest(where, known or source.id) + _digest(content)


def barred(key: str, keys: Iterable[str]) -> bool:
    """True if a create with this key must wait for one that is not settled: same partner or same natural key."""
    own = {key[:_PART], key[_PART : 2 * _PART]}
    return any(not own.isdisjoint((other[:_PART], other[_PART : 2 * _PART])) for other in keys)


def _key(
    subject: Subject,
    side: Side,
    id: str,
    partner: str,
    action: Action,
    values: Mapping[str, Value | Pending],
    expected: Mapping[str, Value],
) -> str:
    pair = (subject.entity.name, side.value, id, partner)
    content = (subject.mapping, action.value, _content(values), _content(expected))
    return _digest(pair) + _digest(content)


def _content(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted((name, _plain(value)) for name, value in values.items())


def _plain(value: Value | Pending) -> Any:
    return ["p", value.entity, value.side.value, value.id] if isinstance(value, Pending) else to_json(value)


def _digest(*parts: Any) -> str:
    return blake2b(_encode(parts).encode(), digest_size=_PART // 2).hexdigest()


def _identify(subject: Subject, side: Side, values: Mapping[str, Value | Pending]) -> dict[str, Value]:
    """By what an unanswered create is found: what the side keeps unique, else a match key, else what people call it, else what there is.

    No more than that: a side that writes one of several values its own way would seem not to hold the record, and it would be made again.
    A record too many found waits for a person; one made twice stays.
    """
    facts = subject.sight.resources[side].fields
    unique = [name for name in values if name in facts and facts[name].unique]
    strong = [rule for rule in subject.entity.match if rule.then == "link"]
    keys = [[subject.native_name(side, name) for name in rule.fields] for rule in strong]
    lower = {name.lower(): name for name in values}
    telling = [lower[name] for name in TITLES if name in lower]
    for names in (unique, *keys, telling, sorted(values)[:_TELLING]):
        usable: dict[str, Value] = {
            name: value
            for name in names
            if not isinstance(value := values.get(name), Pending) and value is not None and value is not ABSENT
        }
        if usable:
            return usable
    return {}
