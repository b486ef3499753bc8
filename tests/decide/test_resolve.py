"""The field table of the design, row by row."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from syncengine.decide.compare import same_as
from syncengine.decide.diff import Agreed
from syncengine.decide.resolve import NOTHING, Given, resolve_field
from syncengine.decide.rules import Evidence, extreme, longest, union
from syncengine.model.entity import Empty, FieldRule, Write
from syncengine.model.record import ABSENT, Side
from syncengine.model.review import Waiting
from tests.builders import rows

L, R = Side.LEFT, Side.RIGHT
NAMES = {L: "shop", R: "exact"}
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OLD = Evidence(left=NOON, right=NOON - timedelta(hours=1), now=NOON)
"""Left changed an hour after right."""


def given(base, left, right, *, fixed=(), evidence=None, answer="", known=True, compare="exact", **rule) -> Given:
    return Given(
        rule=FieldRule(name="F", source="f", compare=compare, **rule),
        base=None if base is None else Agreed(*base),
        left=left,
        right=right,
        same=same_as(compare),
        names=NAMES,
        fixed=frozenset(fixed),
        evidence=evidence or Evidence(),
        answer=answer,
        known=known,
    )


def outcome(field: Given) -> object:
    """Short: what is written where, which item waits, or whether the base moves."""
    decision = resolve_field(field)
    if decision.writes:
        return dict(decision.writes)
    return decision.waits or ("settled" if decision.settled else "nothing")


AA = ("a", "a")

BOTH = [
    # base         left    right   rules                                   expected            why
    (AA,           "a",    "a",    {},                                     "settled",          "U U: nothing"),
    (("a", "b"),   "a",    "b",    {},                                     "settled",          "U U: an accepted difference is not touched"),
    (AA,           "b",    "a",    {},                                     {R: "b"},           "C U: write to the other"),
    (AA,           "a",    "b",    {},                                     {L: "b"},           "U C: write to the other, mirrored"),
    (("a", "b"),   "b",    "b",    {},                                     "settled",          "left came to what right shows: no write"),
    (AA,           "b",    "b",    {},                                     "settled",          "C C agree: new base"),
    (AA,           "b",    "c",    {},                                     Waiting.CONFLICT,   "C C differ: ask by default"),
    (AA,           "b",    "c",    {"conflict": "left"},                   {R: "b"},           "rule left"),
    (AA,           "b",    "c",    {"conflict": "right"},                  {L: "c"},           "rule right"),
    (AA,           "b",    "c",    {"conflict": "newest"},                 Waiting.CONFLICT,   "newest without evidence asks"),
    (AA,           "b",    "c",    {"conflict": "newest", "evidence": OLD}, {R: "b"},          "newest with evidence"),
    (AA,           "bb",   "c",    {"conflict": "longest"},                {R: "bb"},          "rule longest"),
    (AA,           "b",    "c",    {"conflict": "longest"},                Waiting.CONFLICT,   "longest between equals asks"),
    ((1, 1),       2,      3,      {"conflict": "max"},                    {L: 3},             "rule max"),
    ((1, 1),       2,      3,      {"conflict": "min"},                    {R: 2},             "rule min"),
    (AA,           "b",    "c",    {"conflict": "max"},                    Waiting.CONFLICT,   "max of words asks"),
    ((("a",), ("a",)), ("a", "b"), ("a", "c"), {"conflict": "union"}, {L: ("a", "b", "c"), R: ("a", "b", "c")}, "rule union writes to both"),
    (AA,           "b",    "c",    {"conflict": "union"},                  Waiting.CONFLICT,   "union of texts asks"),
    (AA,           "b",    "c",    {"answer": "left"},                     {R: "b"},           "a person decided for left"),
    (AA,           "b",    "c",    {"answer": "keep"},                     "settled",          "a person let both stand"),
    (AA,           "b",    "a",    {"fixed": (R,)},                        "settled",          "right cannot be written: the difference stays"),
    (AA,           "b",    "c",    {"conflict": "left", "fixed": (R,)},    "settled",          "left wins, but right cannot be written"),
]  # fmt: skip

EMPTYING = [
    (AA,           None,   "a",    {},                                     {R: None},          "clear: a cleared field travels"),
    (AA,           None,   "a",    {"empty": Empty.KEEP},                  "settled",          "keep: the other side keeps it"),
    (("a", "a"),   None,   "b",    {"empty": Empty.KEEP},                  {L: "b"},           "keep: the other's change fills it again"),
    ((None, "a"),  None,   "b",    {"empty": Empty.KEEP},                  {L: "b"},           "kept empty before; the other's change fills it"),
    ((None, "a"),  None,   "a",    {"empty": Empty.KEEP},                  "settled",          "kept empty before: at rest"),
    (AA,           None,   "a",    {"empty": Empty.ASK},                   Waiting.CONFLICT,   "ask before clearing"),
    (AA,           None,   "a",    {"empty": Empty.ASK, "answer": "left"}, {R: None},          "a person said to clear"),
    (AA,           None,   "a",    {"empty": Empty.ASK, "answer": "right"}, {L: "a"},          "a person said to restore"),
    (AA,           None,   "b",    {},                                     Waiting.CONFLICT,   "cleared here, changed there"),
    (AA,           None,   "b",    {"empty": Empty.ASK},                   Waiting.CONFLICT,   "cleared here, changed there, and asked"),
    (AA,           None,   "b",    {"conflict": "left"},                   {R: None},          "cleared here, changed there, left decides"),
    (AA,           None,   "b",    {"conflict": "longest"},                {L: "b"},           "anything is longer than nothing"),
]  # fmt: skip

SILENCE = [
    (AA,           ABSENT, "a",    {},                                     "settled",          "left is silent: unchanged"),
    (AA,           ABSENT, "b",    {},                                     {L: "b"},           "left is silent, right changed"),
    (AA,           "b",    ABSENT, {},                                     {R: "b"},           "left changed, right is silent"),
    (AA,           ABSENT, None,   {},                                     {L: None},          "left is silent, right cleared"),
    (None,         ABSENT, ABSENT, {},                                     "nothing",          "nobody ever showed it"),
    (AA,           ABSENT, ABSENT, {},                                     "nothing",          "nobody shows it any more"),
    (AA,           None,   ABSENT, {"empty": Empty.ASK, "answer": "right"}, "nothing",         "a person decided for a side that is silent now"),
    (None,         "a",    ABSENT, {"known": False},                       "settled",          "first link, right silent: only kept in mind"),
    (None,         "a",    ABSENT, {},                                     {R: "a"},           "news of a known pair that right never showed"),
    (("a", ABSENT), "a",   ABSENT, {},                                     "settled",          "kept in mind, and unchanged"),
    (("a", ABSENT), "b",   ABSENT, {},                                     {R: "b"},           "kept in mind, and changed"),
    (("a", ABSENT), None,  ABSENT, {},                                     {R: None},          "kept in mind, and cleared"),
    (("a", ABSENT), "a",   "b",    {},                                     Waiting.FIRST_LINK, "right shows it for the first time, and differs"),
    (("a", ABSENT), "a",   "a",    {},                                     "settled",          "right shows it for the first time, and agrees"),
]  # fmt: skip

FIRST = [
    (None,         "a",    "a",    {},                                     "settled",          "agree: adopt"),
    (None,         None,   None,   {},                                     "settled",          "both empty: adopt"),
    (None,         "a",    None,   {},                                     {R: "a"},           "fill the empty right"),
    (None,         None,   "b",    {},                                     {L: "b"},           "fill the empty left"),
    (None,         "a",    None,   {"fixed": (R,)},                        "settled",          "right cannot be filled"),
    (None,         "a",    "b",    {},                                     Waiting.FIRST_LINK, "differ: ask by default"),
    (None,         "a",    "b",    {"first_link": "left"},                 {R: "a"},           "first link: left"),
    (None,         "a",    "b",    {"first_link": "right"},                {L: "b"},           "first link: right"),
    (None,         "a",    "b",    {"first_link": "newest"},               Waiting.FIRST_LINK, "first link: newest without evidence asks"),
    (None,         "a",    "b",    {"first_link": "newest", "evidence": OLD}, {R: "a"},        "first link: newest with evidence"),
    (None,         "a",    "b",    {"answer": "right"},                    {L: "b"},           "first link: a person decided"),
    (None,         "a",    "A",    {"compare": "case"},                    "settled",          "equal by the field's own measure"),
]  # fmt: skip

OWNED = [
    (AA,           "b",    "a",    {"owner": L},                           {R: "b"},           "the owner changed"),
    (AA,           "a",    "b",    {"owner": L},                           {R: "a"},           "drift is written back"),
    (AA,           "b",    "c",    {"owner": L},                           {R: "b"},           "both changed: the owner decides"),
    (AA,           "a",    "b",    {"owner": R},                           {L: "b"},           "the owner is right"),
    (("a", "b"),   "a",    "b",    {"owner": L},                           "settled",          "an accepted difference is not drift"),
    (AA,           "a",    "b",    {"owner": L, "write": Write.ON_CHANGE}, "settled",          "on_change: drift stays"),
    (AA,           "b",    "c",    {"owner": L, "write": Write.ON_CHANGE}, {R: "b"},           "on_change: the owner's change is written"),
    (AA,           "b",    "a",    {"owner": L, "write": Write.IF_EMPTY},  "settled",          "if_empty: not over a value"),
    (AA,           "a",    None,   {"owner": L, "write": Write.IF_EMPTY},  {R: "a"},           "if_empty: the other side emptied it"),
    ((None, None), "a",    None,   {"owner": L, "write": Write.IF_EMPTY},  {R: "a"},           "if_empty: fills"),
    (AA,           "b",    "a",    {"owner": L, "write": Write.ON_CREATE}, "settled",          "on_create: never afterwards"),
    (AA,           None,   "a",    {"owner": L},                           {R: None},          "the owner cleared it"),
    (AA,           None,   "a",    {"owner": L, "empty": Empty.KEEP},      "settled",          "the owner cleared it, and it is kept"),
    ((None, None), None,   "b",    {"owner": L},                           {R: None},          "drift from empty is undone"),
    ((None, None), None,   "b",    {"owner": L, "empty": Empty.KEEP},      "settled",          "drift from empty is kept"),
    (AA,           ABSENT, "b",    {"owner": L},                           "nothing",          "a silent owner decides nothing, and agrees to nothing"),
    (AA,           ABSENT, "a",    {"owner": L},                           "settled",          "a silent owner, and nothing drifts"),
    (AA,           ABSENT, ABSENT, {"owner": L},                           "nothing",          "nobody shows the owner's field any more"),
    (None,         ABSENT, "b",    {"owner": L},                           "settled",          "first link: a silent owner decides nothing"),
    (AA,           "b",    "a",    {"owner": L, "empty": Empty.KEEP},      {R: "b"},           "the owner changed it, and an empty one would be kept"),
    (("a", ABSENT), "a",   "b",    {"owner": L},                           {R: "a"},           "the other shows it for the first time: the owner decides"),
    ((ABSENT, "b"), "a",   "b",    {"owner": L},                           {R: "a"},           "the owner shows it for the first time, and decides"),
    (("a", ABSENT), "b",   ABSENT, {"owner": L},                           {R: "b"},           "the owner changed what the other never showed"),
    (None,         "a",    "b",    {"owner": L},                           {R: "a"},           "first link: the owner decides"),
    (None,         None,   "b",    {"owner": L},                           "settled",          "first link: an empty owner wipes nothing"),
    (None,         "a",    "b",    {"owner": L, "write": Write.ON_CHANGE}, "settled",          "first link, on_change: the difference stands"),
    (None,         "a",    None,   {"owner": L, "write": Write.ON_CHANGE}, {R: "a"},           "first link, on_change: an empty one is filled"),
    (None,         "a",    ABSENT, {"owner": L, "known": False},           "settled",          "first link: a silent side is not written"),
    (None,         "x",    "b",    {"is_constant": True, "constant": "x"}, {R: "x"},           "a constant is owned by the mapping"),
    (("x", "x"),   "x",    "b",    {"is_constant": True, "constant": "x"}, {R: "x"},           "drift from a constant is written back"),
    (("y", "y"),   "x",    "y",    {"is_constant": True, "constant": "x"}, {R: "x"},           "the mapping's constant changed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "left", "right", "rules", "expected"), rows([*BOTH, *EMPTYING, *SILENCE, *FIRST, *OWNED])
)
def test_field_table(base, left, right, rules, expected) -> None:
    assert outcome(given(base, left, right, **rules)) == expected


TWO_WAY: list[Any] = [
    case
    for case in [*BOTH, *EMPTYING, *SILENCE, *FIRST, *OWNED]
    if "is_constant" not in dict(case[3])  # type: ignore[call-overload]
]
SWAPPED = {"left": "right", "right": "left", L: R, R: L}


def mirrored(rules: dict[str, Any]) -> dict[str, Any]:
    """The same rules with the sides swapped."""
    turned: dict[str, Any] = {
        name: SWAPPED.get(value, value) if not isinstance(value, tuple | Evidence) else value
        for name, value in rules.items()
    }
    if "fixed" in turned:
        turned["fixed"] = tuple(side.other for side in turned["fixed"])
    if "evidence" in turned:
        turned["evidence"] = Evidence(left=OLD.right, right=OLD.left, now=OLD.now)
    return turned


@pytest.mark.parametrize(
    ("base", "left", "right", "rules", "expected"),
    rows(TWO_WAY),
)
def test_field_table_mirrors_when_the_sides_are_swapped(base, left, right, rules, expected) -> None:
    turned = None if base is None else (base[1], base[0])
    wanted = {side.other: value for side, value in expected.items()} if isinstance(expected, dict) else expected
    assert outcome(given(turned, right, left, **mirrored(rules))) == wanted


def test_a_decision_tells_its_rule_and_reason() -> None:
    decision = resolve_field(given(AA, "b", "c", conflict="newest", evidence=OLD))
    assert (decision.rule, decision.why) == ("conflict:newest", "both changed; shop changed last")
    decision = resolve_field(given(AA, "b", "a"))
    assert (decision.rule, decision.why) == ("changed", "shop changed; exact unchanged")
    decision = resolve_field(given(AA, "a", "b", owner=L))
    assert (decision.rule, decision.why) == ("owner:shop", "exact drifted from what shop decides")


EVIDENCE = [
    # left                        right                        more                                        expected why
    (NOON,                        NOON - timedelta(minutes=6), {},                                         L,    "later by more than the clocks may differ"),
    (NOON - timedelta(minutes=6), NOON,                        {},                                         R,    "earlier by more than that"),
    (NOON,                        NOON - timedelta(minutes=5), {},                                         None, "too close to tell"),
    (NOON,                        None,                        {},                                         None, "one side gives no time"),
    (None,                        None,                        {},                                         None, "no time at all"),
    (NOON + timedelta(hours=2),   NOON,                        {},                                         None, "a stamp from the future is of a wrong clock"),
    (NOON,                        NOON - timedelta(hours=3),   {"since": NOON - timedelta(hours=1)},       None, "a stamp before the last run is of a slow clock"),
    (NOON,                        NOON - timedelta(minutes=40), {"since": NOON - timedelta(hours=1)},      L,    "both after the last run"),
    (NOON,                        NOON - timedelta(hours=1),   {"crowded": frozenset({L})},                None, "a bulk touch tells nothing of one record"),
    (NOON + timedelta(minutes=5), NOON - timedelta(minutes=1), {},                                         L,    "ahead of our clock by as much as clocks may differ"),
    (NOON,                        NOON - timedelta(minutes=65), {"since": NOON - timedelta(hours=1)},      L,    "behind the last run by as much as clocks may differ"),
    (NOON.replace(tzinfo=None),   NOON - timedelta(hours=1),   {},                                         None, "a time without zone is no evidence"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "more", "expected"), rows(EVIDENCE))
def test_newest_needs_evidence(left, right, more, expected) -> None:
    assert Evidence(left=left, right=right, **({"now": NOON} | more)).newest() is expected


EXTREMES = [
    ("max", 2, 3, R, "whole numbers"),
    ("min", 2, 3, L, "smaller whole numbers"),
    ("max", Decimal("2.5"), 2, L, "a decimal and a whole number"),
    ("max", "10", "9", L, "numbers written as text are ordered as numbers"),
    ("max", date(2026, 1, 2), date(2026, 1, 1), L, "dates"),
    ("max", None, 3, R, "nothing never wins"),
    ("min", 3, None, L, "nothing never wins, not even as the smaller"),
    ("max", True, False, None, "flags have no order"),
    ("max", "a", "b", None, "words have no order"),
    ("max", 2, date(2026, 1, 1), None, "apples and pears"),
    ("max", 2, Decimal(2), None, "equals"),
    ("max", None, None, None, "nothing on both sides"),
    ("max", ("a",), ("b",), None, "lists have no order"),
]


@pytest.mark.parametrize(("rule", "left", "right", "expected"), rows(EXTREMES))
def test_extreme(rule, left, right, expected) -> None:
    assert extreme(rule, left, right) is expected


def test_longest_and_union_decide_only_what_they_can() -> None:
    assert longest("aa", "b") is L
    assert longest("aa", 3) is None
    assert longest(None, "b") is R
    assert union(("b", "a"), ("c",)) == ("a", "b", "c")
    assert union(None, ("c",)) == ("c",)
    assert union("b", ("c",)) is ABSENT
    assert union(None, None) is ABSENT


WORDS = [
    (AA, "b", "b", {}, "agreed", "both show the same", "agreement since the base"),
    (AA, "a", "a", {}, "", "", "nothing to tell of a field at rest"),
    (None, "a", "a", {}, "adopt", "both show the same", "adoption at the first link"),
    (AA, None, "a", {}, "changed", "shop emptied it", "an emptied field"),
    (AA, None, "a", {"empty": Empty.KEEP}, "empty:keep", "shop emptied it; exact keeps its value", "a kept field"),
    (AA, None, "b", {"empty": Empty.KEEP}, "empty:keep", "exact changed; shop emptied it", "a kept field is filled"),
    (AA, None, "a", {"empty": Empty.ASK}, "empty:ask", "shop emptied it", "asked before clearing"),
    (AA, "b", "c", {}, "conflict:ask", "both changed apart", "a conflict"),
    (AA, "b", "c", {"conflict": "longest"}, "conflict:longest", 'both changed apart; rule "longest" decides nothing here', "a rule that cannot decide"),
    (AA, "b", "c", {"conflict": "left"}, "conflict:left", "both changed; shop decides", "a side decides"),
    (AA, "bb", "c", {"conflict": "longest"}, "conflict:longest", "both changed; shop is longer", "the longer"),
    (AA, "2", "1", {"conflict": "max"}, "conflict:max", "both changed; shop is greater", "the greater"),
    (AA, "2", "1", {"conflict": "min"}, "conflict:min", "both changed; exact is smaller", "the smaller"),
    (None, "a", "b", {}, "first_link:ask", "first link, and the two differ", "a first link"),
    (None, "a", "b", {"first_link": "newest"}, "first_link:newest", "first link, and the two differ; which is newer cannot be told", "a first link without evidence"),
    (None, "a", "b", {"first_link": "newest", "evidence": OLD}, "first_link:newest", "first link; shop changed last", "a first link with evidence"),
    (None, "a", "b", {"first_link": "right"}, "first_link:right", "first link; exact decides", "a first link where a side decides"),
    (None, "a", None, {}, "fill", "exact is empty", "an empty side"),
    (None, "a", ABSENT, {}, "fill", "new on shop; exact does not show it", "a silent side"),
    (("a", "b"), "b", "b", {}, "agreed", "both show the same", "one came to what the other shows"),
    (("a", ABSENT), "a", ABSENT, {}, "", "", "a silent side, and nothing new"),
    (None, "a", ABSENT, {"known": False}, "", "", "a silent side at the first link"),
    (AA, None, "b", {"empty": Empty.ASK}, "empty:ask", "both changed, one to empty", "asked before clearing what changed"),
    ((("a",), ("a",)), ("a", "b"), ("a", "c"), {"conflict": "union"}, "conflict:union", "both changed; everything is kept", "a union"),
    (AA, ABSENT, "a", {"owner": L}, "", "", "a silent owner"),
    (None, "a", ABSENT, {"owner": L, "known": False}, "", "", "an owner beside a silent side"),
    (AA, "b", "b", {"owner": L}, "agreed", "both show the same", "an owner and the same since the base"),
    (None, "a", "a", {"owner": L}, "adopt", "both show the same", "an owner and the same at the first link"),
    (("a", "b"), "a", "b", {"owner": L}, "", "", "an owner at rest"),
    (AA, "b", "a", {"owner": L}, "owner:shop", "shop decides and changed it", "the owner changed it"),
    (None, "a", "b", {"owner": R}, "owner:exact", "exact decides", "the owner at the first link"),
    (None, "a", "b", {"owner": R, "write": Write.ON_CHANGE}, "owner:exact", "written only when exact changes it", "the owner's own time"),
    (AA, "b", "a", {"owner": R, "write": Write.ON_CHANGE}, "owner:exact", "shop shows its own value; written only when exact changes it", "drift that stays"),
    (None, "a", None, {"owner": R}, "owner:exact", "exact decides and holds no value", "an owner without value"),
    (("y", "y"), "x", "y", {"is_constant": True}, "value", "the mapping gives it", "a constant that changed"),
    (None, "x", "y", {"is_constant": True}, "value", "the mapping gives it", "a constant at the first link"),
    (AA, "b", "c", {"answer": "left"}, "answer:left", "a person decided", "a person decided"),
    (AA, "b", "c", {"answer": "keep"}, "answer:keep", "a person let both stand", "a person let it be"),
    (AA, "b", "a", {"write": Write.ON_CREATE}, "write:on_create", "given on create only", "given on create only"),
    (AA, "b", "a", {"write": Write.IF_EMPTY}, "write:if_empty", "exact holds a value already", "written if empty only"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "left", "right", "rules", "rule", "why"), rows(WORDS))
def test_every_decision_tells_its_rule_and_reason(base, left, right, rules, rule, why) -> None:
    decision = resolve_field(given(base, left, right, **rules))
    assert (decision.rule, decision.why) == (rule, why)


UNIONS = [
    (("a", "b"), ("b", "c"), (), {L: ("a", "b", "c"), R: ("a", "b", "c")}, "nothing", "both are written"),
    (("a", "b"), ("b", "c"), (R,), {L: ("a", "b", "c")}, "nothing", "one side cannot be written"),
    (("a", "b"), ("b", "c"), (L, R), {}, "settled", "neither can be written"),
]


@pytest.mark.parametrize(("left", "right", "fixed", "writes", "settled"), rows(UNIONS))
def test_union_writes_where_something_is_missing(left, right, fixed, writes, settled) -> None:
    decision = resolve_field(given((("x",), ("x",)), left, right, conflict="union", fixed=fixed))
    assert (dict(decision.writes), decision.settled) == (writes, settled == "settled")


def test_union_writes_only_the_side_that_lacks_something() -> None:
    decision = resolve_field(given((("x",), ("x",)), ("a", "b"), ("b",), conflict="union"))
    assert (dict(decision.writes), decision.settled) == ({R: ("a", "b")}, False)


def test_an_owner_seen_for_the_first_time_is_a_first_agreement() -> None:
    """Its value before is not known, so it cannot be said that it changed: an emptied one wipes nothing."""
    assert outcome(given((ABSENT, "b"), None, "b", owner=L)) == "settled"
    assert outcome(given((ABSENT, "b"), "a", "b", owner=L, write=Write.ON_CHANGE)) == "settled"


def test_nothing_is_told_of_nothing() -> None:
    assert (NOTHING.writes, NOTHING.settled, NOTHING.waits) == ({}, False, None)
    assert (NOTHING.rule, NOTHING.why, NOTHING.note, NOTHING.line) == ("", "", "", 0)


def test_a_pair_is_not_known_unless_somebody_says_so() -> None:
    field = Given(
        rule=FieldRule(name="F", source="f"), base=None, left="a", right=ABSENT, same=same_as("exact"), names=NAMES
    )
    assert outcome(field) == "settled", "so this is no news"


NOTES = [
    (
        AA,
        "b",
        "a",
        {"fixed": (R,)},
        "exact takes no change of F; the difference stays",
        "a side that cannot be written",
    ),
    (AA, "b", "a", {}, "", "a side that can"),
    (AA, "b", "b", {"fixed": (R,)}, "", "no difference"),
]


@pytest.mark.parametrize(("base", "left", "right", "rules", "note"), rows(NOTES))
def test_what_stays_apart_for_good_is_noted(base, left, right, rules, note) -> None:
    assert resolve_field(given(base, left, right, **rules)).note == note


def test_a_silent_side_has_nothing_to_give() -> None:
    assert outcome(given(AA, ABSENT, "b", answer="left", conflict="left")) == {L: "b"}
    assert outcome(given((None, "a"), ABSENT, "b", owner=R)) == {L: "b"}
