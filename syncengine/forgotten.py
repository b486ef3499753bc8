"""Remembers who was forgotten without knowing who it was: a person who returns waits for a person's decision and is not stored again.

What is kept are salted digests of a record's ids and match keys. A record that carries one of them comes out of its lens without a single
value and with a problem, so it is mirrored as a bare id, held in the inbox, and neither matched, created nor filled anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Final

from syncengine.decide.keys import normalise
from syncengine.decide.keys.key import FREE_MAIL
from syncengine.decide.match.kinds import kind_of
from syncengine.errors import StateError
from syncengine.model.columns import Columns, Sheet
from syncengine.model.entity import Entity, FieldRule, RuleKey
from syncengine.model.lens import Lens
from syncengine.model.operation import Pending
from syncengine.model.record import ABSENT, Observed, Record, Side, Value
from syncengine.model.values import row_fingerprint
from syncengine.setting import Setting
from syncengine.state.store import Meta
from syncengine.survey import Wired

PIN: Final = "forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who was forgotten.

    Attributes:
        number: What the inbox calls them.
        on: The day, as ``2026-07-02``.
        entity: Where they were a record.
        marks: Salted digests of their ids and match keys.
        left_alone: A person decided that nothing is asked about them any more.
    """

    number: int
    on: str
    entity: str
    marks: tuple[str, ...]
    left_alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Everybody who was forgotten here; kept as one pin of the state.

    Attributes:
        salt: Hex; without it a digest says nothing. "" while nobody was forgotten.
        last: Number given last; a number is not given twice.
    """

    salt: str = ""
    last: int = 0
    people: tuple[Person, ...] = ()

    def add(self, entity: str, marks: Iterable[str], on: str) -> Register:
        """The register with one more person, or with more marks of one it knows by any of these."""
        new = set(marks)
        for person in self.people:
            if person.entity == entity and new & set(person.marks):
                more = replace(person, marks=tuple(sorted(new | set(person.marks))), left_alone=False)
                return replace(self, people=tuple(more if p is person else p for p in self.people))
        person = Person(number=self.last + 1, on=on, entity=entity, marks=tuple(sorted(new)))
        return replace(self, last=person.number, people=(*self.people, person))

    def without(self, number: int) -> Register:
        """The register without this person: they may be synced again."""
        return replace(self, people=tuple(person for person in self.people if person.number != number))

    def leave(self, number: int) -> Register:
        """The register with this person left alone: never synced, and nothing asked."""
        people = (replace(p, left_alone=True) if p.number == number else p for p in self.people)
        return replace(self, people=tuple(people))

    def known(self, entity: str) -> Mapping[str, Person]:
        """Mark → person, of one entity."""
        return {mark: person for person in self.people if person.entity == entity for mark in person.marks}


def load(meta: Meta) -> Register:
    """The register as the state keeps it.

    Raises:
        StateError: It cannot be read; without it a forgotten person would be taken for a new one.
    """
    text = meta.get(PIN)
    if text is None:
        return Register()
    try:
        data = json.loads(text)
        people = tuple(Person(**{**item, "marks": tuple(item["marks"])}) for item in data["people"])
        return Register(salt=str(data["salt"]), last=int(data["last"]), people=people)
    except (ValueError, KeyError, TypeError) as fault:
        raise StateError(
            "the state's list of forgotten people is damaged. Nothing was touched.\n  Restore a backup with `sync state restore`."
        ) from fault


def save(meta: Meta, register: Register) -> None:
    """Keep the register; inside the caller's transaction."""
    meta.set(PIN, json.dumps(asdict(register), separators=(",", ":")))


def marks(
    salt: str, entity: Entity | None, side: Side, id: str, layout: Sequence[str] = (), values: Sequence[Value] = ()
) -> Iterator[str]:
    """Digests by which a record is known again: of its id on this side, and of every key it shows.

    Args:
        entity: Its rules; None if the mapping no longer has it, and then only the id counts.
    """
    yield _digest(salt, "id", side.value, id)
    if entity is not None:
        shown = dict(zip(layout, values, strict=True)) if values else {}
        for name, *keys in _keys(entity, shown):
            yield _digest(salt, "key", name, *keys)


def _keys(entity: Entity, shown: Mapping[str, Value]) -> Iterator[tuple[str, ...]]:
    """``(rule, key, …)`` of every match rule whose fields are all there, and of every address of a mailbox.

    A reference says whose record it is, not who it is about: a rule with one needs another field beside it.
    """
    for rule in entity.match:
        fields = [entity.field(name) for name in rule.fields]
        keys = [_key(field, shown.get(field.name, ABSENT)) for field in fields]
        if all(keys) and any(not field.ref for field in fields):
            yield rule.id, *keys
    for field_rule in entity.fields:
        if kind_of(field_rule) == "email" and (key := _key(field_rule, shown.get(field_rule.name, ABSENT))):
            yield "email", key


def _key(rule: FieldRule, value: Value) -> str:
    """A value in the form in which two spellings of it are equal; "" if it tells nobody apart."""
    if value is None or value is ABSENT or value == "":
        return ""
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    kind = kind_of(rule)
    if not kind:
        return text
    key = normalise(kind, text)
    return (key.value or "").casefold() if key.usable or key.reason == FREE_MAIL else ""


def _digest(salt: str, *parts: str) -> str:
    text = json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return blake2b(text, key=bytes.fromhex(salt), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """A lens that lets no value of a forgotten person through; otherwise the lens it was given."""

    lens: Lens
    entity: Entity
    salt: str
    known: Mapping[str, Person]

    @property
    def layout(self) -> tuple[str, ...]:
        return self.lens.layout

    def asks(self, side: Side) -> tuple[str, ...]:
        return self.lens.asks(side)

    def observe(self, side: Side, record: Record, raw: int = 0) -> Observed:
        observed = self.lens.observe(side, record, raw)
        person = self._who(side, observed.id, observed.values)
        return observed if person is None else self._bare(observed, person)

    def sheet(self, side: Side, columns: Columns, raws: Sequence[int]) -> Sheet | None:
        sheet = self.lens.sheet(side, columns, raws)
        if sheet is None or any(self._who(side, row.id, row.values) is not None for row in sheet.records()):
            return None
        return sheet

    def native(
        self,
        side: Side,
        values: Mapping[str, Value | Pending],
        *,
        create: bool,
        known: Mapping[str, Value] | None = None,
    ) -> Mapping[str, Value | Pending]:
        return self.lens.native(side, values, create=create, known=known or {})

    def same(self, name: str, left: Value, right: Value) -> bool:
        return self.lens.same(name, left, right)

    def ruled(
        self,
        name: str,
        key: RuleKey,
        shown: tuple[Value, Value],
        base: tuple[Value, Value] | None,
        known: Mapping[str, Value],
    ) -> Value:
        return self.lens.ruled(name, key, shown, base, known)

    def _who(self, side: Side, id: str, values: Sequence[Value]) -> Person | None:
        found = marks(self.salt, self.entity, side, id, self.layout, values)
        return next((self.known[mark] for mark in found if mark in self.known), None)

    def _bare(self, observed: Observed, person: Person) -> Observed:
        values: tuple[Value, ...] = (ABSENT,) * len(observed.values)
        return Observed(
            id=observed.id,
            values=values,
            fingerprint=row_fingerprint(values),
            version=observed.version,
            # Out of scope nothing is asked; inside it the problem is.
            in_scope=not person.left_alone,
            problem=reason(person),
        )


def reason(person: Person) -> str:
    """What the inbox says of a record that somebody's marks were found on."""
    return (
        f"forgotten on {person.on} as number {person.number}, so nothing of it is kept, created or filled; delete it there, or decide: "
        f"sync state forget --leave {person.number} (ask no more) or --take-back {person.number} (sync it again)"
    )


def watch(setting: Setting, wired: Wired) -> Wired:
    """The same wiring, with watching lenses where somebody was forgotten; the very same where nobody was."""
    register = load(setting.store.meta)
    if not register.people:
        return wired
    entities = {entity.name: entity for entity in setting.entities}
    endpoints = {}
    for place, endpoint in wired.endpoints.items():
        known = register.known(endpoint.entity)
        lens = endpoint.lens
        if known:
            lens = Watching(lens=lens, entity=entities[endpoint.entity], salt=register.salt, known=known)
        endpoints[place] = replace(endpoint, lens=lens)
    return replace(wired, endpoints=endpoints)
