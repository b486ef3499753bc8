"""What must hold at every moment: no value of a person vanishes without a word, nobody is born twice, nothing is written that was not noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncengine.model.operation import Action, Operation, Pending
from syncengine.model.record import ABSENT, Value

Cell = tuple[str, str, str, str]
"""Side, resource, record's id, field."""

BORN = "Name"
"""The field that carries who a record is; people never change it, so two records of a side with one value are one too many."""


class Broken(AssertionError):
    """An invariant does not hold; the message begins with its name."""


def bare(value: Value) -> str:
    """A value whatever a side's way of writing it; "" for none."""
    return str(value).strip().casefold() if isinstance(value, str) else ""


@dataclass(slots=True, kw_only=True)
class Token:
    """A value that a person typed, unlike any other.

    Attributes:
        at: Moment when it was typed.
        over: A person replaced or removed it: nobody owes it anything.
        raced: A write overwrote it between the engine's look and its effect, on a side that cannot tell.
        displaced: Keys of operations that overwrote it and said so.
    """

    cell: Cell
    at: int
    over: bool = False
    raced: bool = False
    displaced: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Everything that happened to every cell.

    Attributes:
        moment: Grows with each change.
        shown: Cell → every value it ever showed.
        alive: ``(side, resource)`` → who is born there, how often.
        began: Moment when the present run began.
        gone: ``(side, resource, born)`` of linked records that a person deleted, with the rule that may bring them back.
    """

    moment: int = 0
    count: int = 0
    tokens: dict[str, Token] = field(default_factory=dict)
    cells: dict[Cell, Value] = field(default_factory=dict)
    shown: dict[Cell, set[str]] = field(default_factory=dict)
    born: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    gone: set[tuple[str, str, str]] = field(default_factory=set)
    created: set[tuple[str, str]] = field(default_factory=set)
    typed: dict[Cell, int] = field(default_factory=dict)
    given: dict[Cell, tuple[str, int]] = field(default_factory=dict)
    ignored: set[Cell] = field(default_factory=set)
    races: int = 0
    began: int = 0
    happened: Counter[str] = field(default_factory=Counter)

    # What people do.

    def token(self, name: str) -> str:
        """A value nobody else ever typed."""
        self.count += 1
        return f"{name}-{self.count}"

    def person_set(self, side: str, resource: str, id: str, fields: Mapping[str, Value]) -> None:
        """A person typed these values."""
        for name, value in fields.items():
            cell = (side, resource, id, name)
            self._over(self.cells.get(cell))
            self._show(cell, value)
            self.typed[cell] = self.moment
            if bare(value):
                known = self.tokens.get(bare(value))
                if known is None:
                    self.tokens[bare(value)] = Token(cell=cell, at=self.moment)
        self._birth(side, resource, fields.get(BORN))

    def person_removed(self, side: str, resource: str, id: str, *, linked: bool) -> None:
        """A person deleted a record."""
        self.moment += 1
        born = bare(self.cells.get((side, resource, id, BORN)))
        for cell in [cell for cell in self.cells if cell[:3] == (side, resource, id)]:
            self._over(self.cells.pop(cell))
        self._death(side, resource, born)
        if linked:
            self.gone.add((side, resource, born))

    def _over(self, value: Value) -> None:
        if bare(value) in self.tokens:
            self.tokens[bare(value)].over = True

    def _show(self, cell: Cell, value: Value) -> None:
        self.moment += 1
        self.cells[cell] = value
        self.shown.setdefault(cell, set()).add(bare(value))

    def _birth(self, side: str, resource: str, born: Value) -> None:
        if bare(born):
            alive = self.born.setdefault((side, resource), Counter())
            alive[bare(born)] += 1
            if alive[bare(born)] > 1:
                raise Broken(f"twice: {side} {resource} holds {alive[bare(born)]} records born as {born}")

    def _death(self, side: str, resource: str, born: str) -> None:
        if born:
            self.born[side, resource][born] -= 1

    # What the engine does.

    def sent(self, side: str, operation: Operation, noted: Operation | None) -> None:
        """An operation is at the side's door: it must stand in the journal, word for word."""
        if noted is None:
            raise Broken(f"unplanned: {operation.action} {operation.key} is not in the journal as sending")
        if _told(noted) != _told(operation):
            raise Broken(f"unplanned: {operation.key} goes out as {_told(operation)}, noted as {_told(noted)}")
        if operation.side.value != side:
            raise Broken(f"unplanned: an operation for {operation.side} came to {side}")
        self.happened[f"sent:{operation.action}"] += 1
        self._give(side, operation, operation.id)

    def _give(self, side: str, operation: Operation, id: str) -> None:
        """A person may replace a value before anybody reads it: then the base holds what nobody ever saw."""
        for name, sent in operation.values.items():
            self.given[side, operation.resource, id, name] = (bare(_plain(sent)), self.moment)

    def engine_wrote(
        self,
        side: str,
        operation: Operation,
        id: str,
        before: Mapping[str, Value],
        now: Mapping[str, Value],
        *,
        looked: int | None,
        late: bool = False,
    ) -> None:
        """A write took effect.

        Args:
            looked: Moment of the last look at the record, where the side cannot refuse what moved since; None where it can, or nobody looked.
        """
        resource = operation.resource
        if operation.action is Action.CREATE:
            self._created(side, resource, bare(now.get(BORN)))
        for name, old in before.items():
            if name in now and bare(now[name]) == bare(old):
                continue
            if not late:
                self._emptied((side, resource, id, name), old, now.get(name, old), operation)
            self._displaced((side, resource, id, name), old, operation, looked)
        if operation.action is Action.DELETE:
            for cell in [cell for cell in self.cells if cell[:3] == (side, resource, id)]:
                del self.cells[cell]
            self._death(side, resource, bare(before.get(BORN)))
        self._give(side, operation, id)
        for name, value in now.items():
            if name not in before or before[name] != value:
                self._show((side, resource, id, name), value)
                self.ignored.discard((side, resource, id, name))
        if operation.action is Action.CREATE:
            self._birth(side, resource, now.get(BORN))

    def _created(self, side: str, resource: str, born: str) -> None:
        self.created.add((side, born))
        if (side, resource, born) in self.gone:
            raise Broken(f"reborn: {born} was deleted on {side} {resource}, and no rule brings it back")

    def _emptied(self, cell: Cell, old: Value, new: Value, operation: Operation) -> None:
        """Silence is not erasure: a field is emptied only if its partner is empty, or was when the run read it."""
        partner = (operation.side.other.value, cell[1], operation.partner, cell[3])
        if bare(new) or not bare(old) or operation.action is not Action.UPDATE:
            return
        if bare(self.cells.get(partner)) and self.typed.get(partner, 0) <= self.began:
            raise Broken(f"emptied: {operation.key} emptied {old} in {'/'.join(cell)}, and its partner holds a value")

    def _displaced(self, cell: Cell, old: Value, operation: Operation, looked: int | None) -> None:
        token = self.tokens.get(bare(old))
        if token is None:
            return
        for change in operation.changes:
            known = change.base if change.before is ABSENT else change.before
            if change.name == cell[3] and bare(_plain(known)) == bare(old) and change.rule:
                token.displaced.add(operation.key)
                return
        if looked is not None and self._typed_after(cell, looked):
            token.raced = True
            self.races += 1
            return
        raise Broken(
            f"lost: {operation.action} {operation.key} overwrote {old} in {'/'.join(cell)}, which it did not expect"
        )

    def may_hold(self, cell: Cell, text: str) -> bool:
        """True if a base may say that the cell held this: it showed it, or was given it and a person, or the side itself, let it vanish."""
        given, at = self.given.get(cell, ("", 0))
        replaced = self._typed_after(cell, at) or cell in self.ignored
        return text in self.shown.get(cell, set()) or (text == given and replaced)

    def _typed_after(self, cell: Cell, looked: int) -> bool:
        return self.typed.get(cell, -1) > looked


def _told(operation: Operation) -> tuple[object, ...]:
    """What must be equal in the journal and at the door: all but references filled in meanwhile."""
    fixed = {name: value for name, value in operation.values.items() if name not in ("Account", "Main")}
    return operation.action, operation.resource, operation.id if operation.phase == 1 else "", fixed, operation.expected


def _plain(value: Any) -> Value:
    return None if isinstance(value, Pending) else value
