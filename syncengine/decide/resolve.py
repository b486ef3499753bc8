"""What becomes of one field of a linked pair: the field table of the design, row by row.

Nothing here knows records, sides' names for fields, or references: two values, their base, and the field's rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from syncengine.decide.diff import Agreed, Same, Verdict, diff_field
from syncengine.decide.rules import Evidence, extreme, longest, union
from syncengine.errors import UserError
from syncengine.model.entity import Empty, Expression, FieldRule, RuleKey, Write
from syncengine.model.record import ABSENT, Side, Value
from syncengine.model.review import Waiting


def _no_value(key: RuleKey) -> Value:
    raise UserError("the expression is not known here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One field of one pair, and what may help to decide it.

    Attributes:
        base: What each side showed at the last agreement; None if they never agreed.
        names: What people call the sides: the systems' names.
        fixed: Sides that cannot be written: no inverse, a field or resource that takes no update.
        known: True if the pair agreed before, be it on other fields only.
        answer: A person's decision about these very values: ``left``, ``right``, ``keep``; "" if there is none.
        ruled: What a rule that is an expression gives; raises ``UserError`` with the reason where it gives no fitting value.
    """

    rule: FieldRule
    base: Agreed | None
    left: Value
    right: Value
    same: Same
    names: Mapping[Side, str]
    fixed: frozenset[Side] = frozenset()
    evidence: Evidence = field(default_factory=Evidence)
    known: bool = False
    answer: str = ""
    ruled: Callable[[RuleKey], Value] = _no_value

    def shown(self, side: Side) -> Value:
        """What a side shows now."""
        return self.left if side is Side.LEFT else self.right

    def before(self, side: Side) -> Value:
        """What a side showed at the last agreement; ABSENT if never."""
        if self.base is None:
            return ABSENT
        return self.base.left if side is Side.LEFT else self.base.right

    def moved(self, side: Side) -> bool:
        """True if a side changed the field since the base."""
        shown, before = self.shown(side), self.before(side)
        return shown is not ABSENT and before is not ABSENT and not self.same(shown, before)

    def emptied(self, side: Side) -> bool:
        """True if a side emptied the field since the base."""
        return self.shown(side) is None and self.before(side) not in (None, ABSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens to one field.

    Attributes:
        writes: Target side → value to write there.
        settled: What both sides show now becomes the base, without a write.
        rule, why: What decided, and in words.
        waits: The kind of item it becomes for a person; None if it does not wait.
        note: Worth telling though nothing waits.
        line: Where the rule stands, if that is not where the field does; else 0.
    """

    writes: Mapping[Side, Value] = field(default_factory=dict)
    settled: bool = False
    rule: str = ""
    why: str = ""
    waits: Waiting | None = None
    note: str = ""
    line: int = 0


NOTHING: Final = Decision()
_SIDES: Final[Mapping[str, Side]] = MappingProxyType({side.value: side for side in Side})


def resolve_field(given: Given) -> Decision:
    """Decide one field by the table. A field one side is silent about counts as unchanged there."""
    if given.left is ABSENT and given.right is ABSENT:
        return NOTHING
    owner = owner_of(given.rule)
    if owner is not None:
        return _owned(given, owner)
    if given.base is None or ABSENT in given.base:
        return (
            _first(given)
            if not _moved_unseen(given)
            else _flow(given, Side.LEFT if given.moved(Side.LEFT) else Side.RIGHT)
        )
    verdict = diff_field(given.base, given.left, given.right, same=given.same)
    if verdict is Verdict.LEFT or verdict is Verdict.RIGHT:
        return _flow(given, Side.LEFT if verdict is Verdict.LEFT else Side.RIGHT)
    if verdict is Verdict.CONFLICT:
        return _conflict(given)
    return _settled("agreed", "both show the same") if verdict is Verdict.AGREE else _settled("", "")


def _moved_unseen(given: Given) -> bool:
    """True if one side changed a field that the other never showed: silence counts as unchanged."""
    return any(given.moved(side) and given.shown(side.other) is ABSENT for side in Side)


def owner_of(rule: FieldRule) -> Side | None:
    """The side that decides a field alone; None if both may. A constant decides for the side that has no field of it."""
    return Side.LEFT if rule.is_constant else rule.owner


def _settled(rule: str, why: str, note: str = "") -> Decision:
    return Decision(settled=True, rule=rule, why=why, note=note)


def _write(given: Given, source: Side, rule: str, why: str) -> Decision:
    """Let a side's value go to the other, if it can be written there."""
    target = source.other
    value = given.shown(source)
    if value is ABSENT:
        return NOTHING
    if given.same(given.left, given.right):
        return _settled("agreed", "both show the same")
    if target in given.fixed:
        return _settled(rule, why, f"{given.names[target]} takes no change of {given.rule.name}; the difference stays")
    kind = given.rule.write
    if kind is Write.ON_CREATE:
        return _settled("write:on_create", "given on create only")
    if kind is Write.IF_EMPTY and given.shown(target) is not None:
        return _settled("write:if_empty", f"{given.names[target]} holds a value already")
    return Decision(writes={target: value}, rule=rule, why=why)


def _flow(given: Given, source: Side) -> Decision:
    """One side changed it, the other did not."""
    why = f"{given.names[source]} changed; {given.names[source.other]} unchanged"
    if given.emptied(source):
        return _emptied(given, source, "changed", f"{given.names[source]} emptied it")
    return _write(given, source, "changed", why)


def _emptied(given: Given, source: Side, rule: str, why: str) -> Decision:
    policy = given.rule.empty
    if policy is Empty.KEEP:
        return _settled("empty:keep", f"{why}; {given.names[source.other]} keeps its value")
    if policy is Empty.ASK:
        return _answered(given) or Decision(waits=Waiting.CONFLICT, rule="empty:ask", why=why)
    return _write(given, source, rule, why)


def _answered(given: Given) -> Decision | None:
    """What a person decided about these very values."""
    if given.answer == "keep":
        return _settled("answer:keep", "a person let both stand")
    if (winner := _SIDES.get(given.answer)) is not None:
        return _write(given, winner, f"answer:{given.answer}", "a person decided")
    return None


def _first(given: Given) -> Decision:
    """The pair never agreed on this field."""
    left, right = given.left, given.right
    if left is ABSENT or right is ABSENT:
        return _half_seen(given)
    if given.same(left, right):
        return _settled("adopt", "both show the same")
    if left is None or right is None:
        source = Side.RIGHT if left is None else Side.LEFT
        return _write(given, source, "fill", f"{given.names[source.other]} is empty")
    rule = given.rule.first_link
    if isinstance(rule, Expression):
        return _computed(given, rule, "first_link", Waiting.FIRST_LINK, "first link, and the two differ")
    winner = given.evidence.newest() if rule == "newest" else _SIDES.get(rule)
    if winner is not None:
        return _write(given, winner, f"first_link:{rule}", f"first link; {given.names[winner]} {_wins(rule)}")
    why = "first link, and the two differ" + (_NO_EVIDENCE if rule == "newest" else "")
    return _answered(given) or Decision(waits=Waiting.FIRST_LINK, rule=f"first_link:{rule}", why=why)


def _half_seen(given: Given) -> Decision:
    """One side is silent and the two never agreed: what the other shows is kept in mind, and travels only if it is news of a known pair."""
    source = Side.RIGHT if given.left is ABSENT else Side.LEFT
    news = given.known and given.before(source) in (None, ABSENT)
    if news and given.shown(source) is not None:
        return _write(
            given, source, "fill", f"new on {given.names[source]}; {given.names[source.other]} does not show it"
        )
    return _settled("", "")


_NO_EVIDENCE = "; which is newer cannot be told"


def _wins(rule: str) -> str:
    return "changed last" if rule == "newest" else "decides"


def _conflict(given: Given) -> Decision:
    """Both changed it, and not to the same."""
    for side in Side:
        if given.emptied(side) and given.rule.empty is not Empty.CLEAR:
            if given.rule.empty is Empty.KEEP:
                return _write(
                    given,
                    side.other,
                    "empty:keep",
                    f"{given.names[side.other]} changed; {given.names[side]} emptied it",
                )
            return _answered(given) or Decision(
                waits=Waiting.CONFLICT, rule="empty:ask", why="both changed, one to empty"
            )
    rule = given.rule.conflict
    if isinstance(rule, Expression):
        return _computed(given, rule, "conflict", Waiting.CONFLICT, "both changed apart")
    if rule == "union":
        decision = _union(given)
    else:
        winner = _winner(given, rule)
        decision = None if winner is None else _write(given, winner, f"conflict:{rule}", _won(given, winner, rule))
    if decision is not None:
        return decision
    why = "both changed apart" + ("" if rule == "ask" else f'; rule "{rule}" decides nothing here')
    return _answered(given) or Decision(waits=Waiting.CONFLICT, rule=f"conflict:{rule}", why=why)


def _winner(given: Given, rule: str) -> Side | None:
    if rule == "newest":
        return given.evidence.newest()
    if rule == "longest":
        return longest(given.left, given.right)
    if rule in ("max", "min"):
        return extreme(rule, given.left, given.right)
    return _SIDES.get(rule)


def _won(given: Given, winner: Side, rule: str) -> str:
    reasons = {"newest": "changed last", "longest": "is longer", "max": "is greater", "min": "is smaller"}
    return f"both changed; {given.names[winner]} {reasons.get(rule, 'decides')}"


def _union(given: Given) -> Decision | None:
    whole = union(given.left, given.right)
    if whole is ABSENT:
        return None
    writes = {side: whole for side in Side if not given.same(given.shown(side), whole) and side not in given.fixed}
    return Decision(writes=writes, settled=not writes, rule="conflict:union", why="both changed; everything is kept")


def _computed(given: Given, rule: Expression, key: RuleKey, waits: Waiting, start: str) -> Decision:
    """Let an expression decide: a side's value goes to the other, a value of its own to both. Where it gives none, a person is asked."""
    name = f"{key}:expression"
    try:
        value = given.ruled(key)
    except UserError as error:
        found = _answered(given) or Decision(waits=waits, rule=name, why=f"{start}; {error}")
        return replace(found, line=rule.at.line)
    agreeing = [side for side in Side if given.same(given.shown(side), value)]
    if len(agreeing) == 1:
        why = f"{start}; the expression gives what {given.names[agreeing[0]]} shows"
        return replace(_write(given, agreeing[0], name, why), line=rule.at.line)
    why = f"{start}; the expression gives a value of its own"
    writes = {} if agreeing or not _takes(given) else {side: value for side in Side if side not in given.fixed}
    kept = [side for side in Side if side in given.fixed and writes]
    note = "".join(f"{given.names[side]} takes no change of {given.rule.name}; the difference stays" for side in kept)
    return Decision(writes=writes, settled=not writes, rule=name, why=why, note=note, line=rule.at.line)


def _takes(given: Given) -> bool:
    """True if the field is written whenever it is decided, not only where it is empty or new."""
    return given.rule.write in (Write.ALWAYS, Write.ON_CHANGE)


def _owned(given: Given, owner: Side) -> Decision:
    """One side decides alone; what the other shows is drift, or its own business."""
    rule, target = f"owner:{given.names[owner]}" if not given.rule.is_constant else "value", owner.other
    mine, theirs = given.shown(owner), given.shown(target)
    if mine is ABSENT:
        # What drifts meanwhile is not agreed to: it is judged when the owner speaks again.
        return NOTHING if given.moved(target) else _settled("", "")
    if theirs is ABSENT and given.before(owner) is ABSENT and not given.known:
        return _settled("", "")
    if given.same(mine, theirs):
        return _settled("agreed" if given.base is not None else "adopt", "both show the same")
    if given.base is None or given.before(owner) is ABSENT or _first_sight(given, target):
        return _owned_first(given, owner, rule)
    if given.moved(owner):
        why = f"{given.names[owner]} decides and changed it" if not given.rule.is_constant else "the mapping gives it"
        return _emptied(given, owner, rule, why) if given.emptied(owner) else _write(given, owner, rule, why)
    if not given.moved(target):
        return _settled("", "")
    if _written_back(given, owner):
        return _write(given, owner, rule, f"{given.names[target]} drifted from what {given.names[owner]} decides")
    return _settled(
        rule, f"{given.names[target]} shows its own value; written only when {given.names[owner]} changes it"
    )


def _first_sight(given: Given, side: Side) -> bool:
    """True if a side shows a field that it never showed while the two agreed."""
    return given.before(side) is ABSENT and given.shown(side) is not ABSENT


def _owned_first(given: Given, owner: Side, rule: str) -> Decision:
    mine, theirs = given.shown(owner), given.shown(owner.other)
    if mine is None:
        return _settled(rule, f"{given.names[owner]} decides and holds no value")
    if given.rule.write is Write.ON_CHANGE and theirs is not None:
        return _settled(rule, f"written only when {given.names[owner]} changes it")
    return _write(
        given, owner, rule, "the mapping gives it" if given.rule.is_constant else f"{given.names[owner]} decides"
    )


def _written_back(given: Given, owner: Side) -> bool:
    """True if drift on the other side is undone."""
    if given.shown(owner) is None and given.rule.empty is not Empty.CLEAR:
        return False
    if given.rule.write is Write.IF_EMPTY:
        return given.shown(owner.other) is None
    return given.rule.write is Write.ALWAYS
