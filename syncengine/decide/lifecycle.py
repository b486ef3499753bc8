"""What becomes of a linked pair by the situation of its two records; field by field only if both are there."""

from __future__ import annotations

from syncengine.decide.activity import can_deactivate, deactivation
from syncengine.decide.anonymised import anonymised
from syncengine.decide.fields import FAILS
from syncengine.decide.merge import Crowd, Merged, merge
from syncengine.decide.operations import title
from syncengine.decide.references import References
from syncengine.decide.subject import Subject, both, of_side, row
from syncengine.model.entity import OnLeave
from syncengine.model.link import Base, LinkState, Pair
from syncengine.model.record import ABSENT, Presence, Side
from syncengine.model.review import Waiting

RETURNED = "returned"
"""What "matches" the two records of a tombstone that are both there again."""


def gone_sides(pair: Pair) -> tuple[Side, ...]:
    """The sides whose record is deleted, with evidence."""
    shown = (Side.LEFT, pair.left), (Side.RIGHT, pair.right)
    return tuple([side for side, record in shown if record is not None and record.presence is Presence.GONE])


def is_present(pair: Pair) -> bool:
    """True if both sides show their record."""
    left, right = pair.left, pair.right
    return left is not None and left.present and right is not None and right.present


def has_returned(subject: Subject, pair: Pair) -> bool:
    """True if both records of a tombstone are there again by their sides' own doing: only that ends it, never a write of ours."""
    if not is_present(pair) or any(row(pair, side).inactive for side in Side):
        return False
    return not subject.answers.pair(Waiting.DELETE, pair.link.left_id, pair.link.right_id)


def plan_dangling(subject: Subject, pair: Pair) -> None:
    """A link one of whose records was never seen: an import, or a side that lost it."""
    link = pair.link
    lost = Side.LEFT if pair.left is None else Side.RIGHT
    if subject.answers.pair(Waiting.MATCH, link.left_id, link.right_id) == "not_same":
        subject.change_link(link, None, "a person said these are not the same")
        return
    subject.found.touched += 1
    if lost in subject.sight.incomplete:
        return
    there = pair.observed(lost.other)
    known = of_side((link.left_id, link.right_id), lost.other)
    subject.review(
        Waiting.MATCH,
        link.left_id,
        link.right_id,
        reason=f"the link names a record that {subject.names[lost]} does not show; nothing is written to its partner",
        rule="dangling",
        title=known if there is None else title(subject, there.values, there.id),
    )


def plan_present(
    subject: Subject,
    references: References,
    pair: Pair,
    crowd: Crowd,
    *,
    made: str = "",
    moves: tuple[str, str] | None = None,
) -> None:
    """Decide a pair both records of which are there.

    Args:
        made: Id of the match rule if the link is new; "" if it is stored.
        moves: The pair whose place a new link takes, after a merge.
    """
    shown = both(pair)
    outside = [side for side, record in shown if not record.in_scope]
    if not made or moves or made == RETURNED:  # what matching links was watched while it had no partner
        for side, record in shown:
            subject.watch(side, record)
    if outside:
        _plan_outside(subject, pair, outside[0], made=made, moves=moves)
        return
    problems = [f"{subject.names[side]}: {record.problem}" for side, record in shown if record.problem]
    if problems:
        _hold(subject, pair, "; ".join(problems), made=made, moves=moves)
        return
    erased = anonymised(subject, pair)
    if erased is not None:
        _hold(subject, pair, _erased(subject, pair, erased), made=made, moves=moves)
        return
    (_, left), (_, right) = shown
    merged = merge(subject, references, left, right, pair.link.base, crowd)
    if merged.held:
        _hold(subject, pair, merged.held, made=made, moves=moves, line=merged.line)
        return
    _note(subject, pair, merged, made=made, moves=moves)


def _note(subject: Subject, pair: Pair, merged: Merged, *, made: str, moves: tuple[str, str] | None) -> None:
    found, link = subject.found, pair.link
    found.operations.extend(merged.operations)
    found.reviews.extend(merged.reviews)
    for text in merged.notes:
        subject.note(text)
    thawed = link.state is LinkState.FROZEN and not made
    moved = merged.base != link.base and not _blank(merged.base, link.base)
    if made or moves or thawed or moved:
        why = _why(made, thawed=thawed, moves=moves)
        subject.change_link(link, LinkState.LINKED, why, base=merged.base, matched_by=made or "agreed", moves=moves)
        found.rebased += not (made or moves or thawed)
    found.touched += bool(merged.operations or merged.reviews or merged.notes) and not made


def _blank(base: Base, stored: Base | None) -> bool:
    """True if there is nothing to store: no base yet, and no field agreed."""
    return stored is None and all(value is ABSENT for value in (*base.left, *base.right))


def _why(made: str, *, thawed: bool, moves: tuple[str, str] | None) -> str:
    if moves:
        return "its record was merged into this one"
    if made == RETURNED:
        return "both records are there again"
    if made:
        return f"matched by {made}"
    return "in scope again" if thawed else "both sides agree"


def _hold(
    subject: Subject, pair: Pair, reason: str, *, made: str, moves: tuple[str, str] | None, line: int = 0
) -> None:
    """Nothing of the pair is written; a new link is made all the same, for who is who is not in doubt."""
    subject.found.touched += not made
    if made or moves:
        why = _why(made, thawed=False, moves=moves)
        subject.change_link(pair.link, LinkState.LINKED, why, matched_by=made, moves=moves)
    if FAILS in reason:
        subject.found.fails.append(reason)
    shown = row(pair, Side.LEFT)
    called = title(subject, shown.values, shown.id)
    subject.hold(pair.link.left_id, pair.link.right_id, reason, called, line=line)


def _erased(subject: Subject, pair: Pair, side: Side) -> str:
    id = of_side((pair.link.left_id, pair.link.right_id), side)
    return (
        f"{subject.names[side]}: the person was taken out of this record; it is not filled again and {subject.names[side.other]} keeps "
        f"what it has. To forget them here too: sync state forget {subject.entity.name} {id}"
    )


def _plan_outside(subject: Subject, pair: Pair, outside: Side, *, made: str, moves: tuple[str, str] | None) -> None:
    """The pair left the scope: nothing is written, except what the mapping asks for."""
    link, policy = pair.link, subject.entity.on_leave
    why = f"out of scope on {subject.names[outside]}"
    if policy is OnLeave.UNLINK:
        if not made:
            subject.change_link(link, None, why)
        return
    if link.state is LinkState.FROZEN and not (made or moves):
        return
    inside = outside.other
    wanted = policy is OnLeave.DEACTIVATE and not made and row(pair, inside).in_scope and not row(pair, inside).inactive
    if wanted and can_deactivate(subject, pair, inside):
        subject.found.operations.append(deactivation(subject, pair, inside, "on_leave:deactivate", why))
    subject.change_link(link, LinkState.FROZEN, why, matched_by=made, moves=moves)
