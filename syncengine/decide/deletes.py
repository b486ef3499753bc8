"""A record is gone on one side, with evidence: what that does to its partner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from syncengine.decide.activity import can_deactivate, deactivation
from syncengine.decide.operations import delete, title
from syncengine.decide.subject import Subject, row
from syncengine.model.entity import DeleteRule, OnDelete
from syncengine.model.link import LinkState, Pair
from syncengine.model.record import ABSENT, Observed, Side, Value
from syncengine.model.review import Waiting

_ANSWERS: Final[Mapping[str, OnDelete]] = MappingProxyType(
    {
        "delete": OnDelete.DELETE,
        "keep": OnDelete.KEEP,
        "restore": OnDelete.RESTORE,
        "deactivate": OnDelete.DEACTIVATE,
    }
)

Restore = Callable[[Side, Observed, Pair], None]
"""Takes note of a record whose gone partner is to be created again."""


def plan_gone(subject: Subject, pair: Pair, gone: Side, restore: Restore) -> None:
    """Plan what the mapping says of a deletion on one side; the record itself is never born again but by ``restore``."""
    there = row(pair, gone.other)
    names = subject.names
    subject.found.touched += 1
    if not there.present:
        return  # missing on the other side: nothing is concluded
    if not there.in_scope:
        subject.change_link(
            pair.link, LinkState.TOMBSTONE, f"gone on {names[gone]}; out of scope on {names[gone.other]}"
        )
        return
    action, rule = _action(subject, pair, gone)
    why = f"gone on {names[gone]}" + (f", edited on {names[gone.other]}" if _edited(subject, pair, gone.other) else "")
    if action is OnDelete.KEEP:
        subject.change_link(pair.link, LinkState.TOMBSTONE, f"{why}; {names[gone.other]} keeps its record")
    elif action is OnDelete.RESTORE:
        restore(gone.other, there, pair)
    elif action is OnDelete.DEACTIVATE:
        _deactivate(subject, pair, gone.other, rule, why)
    elif action is OnDelete.DELETE:
        _delete(subject, pair, gone.other, rule, why)
    else:
        _ask(subject, pair, gone.other, rule, why)


def _action(subject: Subject, pair: Pair, gone: Side) -> tuple[OnDelete, str]:
    """What to do, and the rule that says so: a person's answer, the rule for edited partners, or the plain one."""
    answer = _ANSWERS.get(subject.answers.pair(Waiting.DELETE, pair.link.left_id, pair.link.right_id))
    if answer is not None:
        return answer, f"answer:{answer}"
    given = subject.entity.on_delete.get(gone, DeleteRule())
    if _edited(subject, pair, gone.other):
        return given.edited, f"on_delete:edited:{given.edited}"
    return given.then, f"on_delete:{given.then}"


def _edited(subject: Subject, pair: Pair, side: Side) -> bool:
    """True if the record that is still there changed since the last agreement, as far as can be told."""
    base = pair.link.base
    if base is None:
        return True
    before = base.left if side is Side.LEFT else base.right
    shown = row(pair, side).values
    return any(
        _is_edit(subject, name, now, then) for name, now, then in zip(subject.layout, shown, before, strict=True)
    )


def _is_edit(subject: Subject, name: str, now: Value, then: Value) -> bool:
    if then is ABSENT:
        return now is not ABSENT and now is not None  # it shows what it never showed before
    return now is not ABSENT and not subject.sight.lens.same(name, now, then)


def _deactivate(subject: Subject, pair: Pair, side: Side, rule: str, why: str) -> None:
    if row(pair, side).inactive:
        subject.change_link(pair.link, LinkState.TOMBSTONE, f"{why}; {subject.names[side]} has it inactive")
    elif can_deactivate(subject, pair, side):
        subject.found.operations.append(deactivation(subject, pair, side, rule, why))
        subject.change_link(pair.link, LinkState.TOMBSTONE, f"{why}; made inactive")
    else:
        _ask(subject, pair, side, rule, f"{why}, and the record cannot be made inactive")


def _delete(subject: Subject, pair: Pair, side: Side, rule: str, why: str) -> None:
    there = row(pair, side)
    if there.protected or not subject.sight.resources[side].delete:
        reason = "is protected" if there.protected else "takes no deletes"
        _ask(subject, pair, side, rule, f"{why}, and {subject.names[side]} {reason}")
        return
    gone_id = pair.link.left_id if side is Side.RIGHT else pair.link.right_id
    subject.found.operations.append(delete(subject, side, there, gone_id, rule, why))
    subject.change_link(pair.link, LinkState.TOMBSTONE, f"{why}; deleted")


def _ask(subject: Subject, pair: Pair, side: Side, rule: str, why: str) -> None:
    there = row(pair, side)
    subject.review(
        Waiting.DELETE,
        pair.link.left_id,
        pair.link.right_id,
        reason=f"{why}: delete, deactivate or keep it on {subject.names[side]}, or restore it?",
        rule=rule,
        title=title(subject, there.values, there.id),
    )
