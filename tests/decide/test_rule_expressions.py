"""A rule that is an expression: it computes from both sides, is judged as any value is, and never erases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.decide.compare import same_as
from syncengine.decide.diff import Agreed
from syncengine.decide.resolve import Decision, Given, resolve_field
from syncengine.decide.translate import LookupTable, compile_lens
from syncengine.errors import UserError
from syncengine.model.entity import Empty, End, Entity, Expression, FieldRule, Lookup, Position, RuleKey, Write
from syncengine.model.record import ABSENT, Side, Value
from syncengine.model.resource import FieldFacts, Kind, Resource
from syncengine.model.review import Waiting
from tests.builders import rows

L, R = Side.LEFT, Side.RIGHT
AT = Position(line=9, column=30)
VAT_CODES = LookupTable(lookup=Lookup(name="codes", map={"high": "2", "low": "1"}))


def decide(
    text: str,
    base: tuple[Value, Value] | None,
    left: Value,
    right: Value,
    *,
    kind: Kind = Kind.TEXT,
    lengths: tuple[int | None, int | None] = (None, None),
    systems: tuple[str, str] = ("shop", "exact"),
    fixed: tuple[Side, ...] = (),
    answer: str = "",
    country: str | None = None,
    **rule: Any,
) -> Decision:
    """One field whose two rules are this expression, decided."""
    both = Expression(text=text, at=AT)
    field = FieldRule(name="F", source="f", conflict=both, first_link=both if base is None else "ask", **rule)
    land = FieldRule(name="Country", source="land", use=("country",))
    entity = Entity(
        name="items",
        left=End(system=systems[0], resource="articles"),
        right=End(system=systems[1], resource="Items"),
        fields=(field, land),
    )
    shown = {"f": FieldFacts(name="f", kind=kind, max_length=lengths[0])}
    own = {"F": FieldFacts(name="F", kind=kind, max_length=lengths[1])}
    resources = Resource(name="articles", fields=shown, open=True), Resource(name="Items", fields=own, open=True)
    lens = compile_lens(entity, *resources, {"codes": VAT_CODES})

    def ruled(key: RuleKey) -> Value:
        return lens.ruled("F", key, (left, right), base if key == "conflict" else None, {"Country": country})

    return resolve_field(
        Given(
            rule=field,
            base=None if base is None else Agreed(*base),
            left=left,
            right=right,
            same=lambda one, two: lens.same("F", one, two),
            names={L: systems[0], R: systems[1]},
            fixed=frozenset(fixed),
            answer=answer,
            known=True,
            ruled=ruled,
        )
    )


def outcome(decision: Decision) -> object:
    if decision.writes:
        return dict(decision.writes)
    return decision.waits or ("settled" if decision.settled else "nothing")


AA = ("a", "a")
DECIDED = [
    # expression                              base          left           right           rules                        expected          why
    ("shop",                                  AA,           "b",           "c",            {},                          {R: "b"},         "one side's value goes to the other"),
    ("exact if exact > shop else shop",       AA,           "b",           "c",            {},                          {L: "c"},         "a choice between the two"),
    ("shop ~ ' / ' ~ exact",                  AA,           "b",           "c",            {},                          {L: "b / c", R: "b / c"}, "a value of its own goes to both"),
    ("base.shop",                             AA,           "b",           "c",            {},                          {L: "a", R: "a"}, "both go back to what was agreed"),
    ("base.exact ~ base.shop",                ("x", "y"),   "b",           "c",            {},                          {L: "yx", R: "yx"}, "each side's base is its own"),
    ("record['base.shop'] ~ record['exact']", AA,           "b",           "c",            {},                          {L: "ac", R: "ac"}, "names in brackets"),
    ("shop + exact - base.shop",              (10, 10),     12,            15,             {"kind": Kind.INTEGER},      {L: 17, R: 17},   "both changes of a stock added up"),
    ("shop if shop > exact else exact",       (date(2026, 1, 1),) * 2, date(2026, 1, 3), date(2026, 1, 2), {"kind": Kind.DATE}, {R: date(2026, 1, 3)}, "the later date"),
    ("shop|upper",                            AA,           "b",           "B",            {"compare": "exact"},        {L: "B"},         "the result is what right shows"),
    ("'  b  '",                               AA,           "b",           "c",            {},                          {R: "b"},         "a result is cleaned before it is compared"),
    ("shop ~ exact",                          AA,           "b",           "c",            {"fixed": (R,)},             {L: "bc"},        "a side that cannot be written is left out"),
    ("shop ~ exact",                          AA,           "b",           "c",            {"fixed": (L, R)},           "settled",        "neither can be written"),
    ("shop",                                  AA,           "b",           "c",            {"fixed": (R,)},             "settled",        "the winner's other side cannot be written"),
    ("shop ~ exact",                          AA,           "b",           "c",            {"write": Write.ON_CREATE},  "settled",        "given on create only"),
    ("shop ~ exact",                          AA,           "b",           "c",            {"write": Write.ON_CHANGE},  {L: "bc", R: "bc"}, "written on change"),
    ("exact ~ shop",                          AA,           None,          "c",            {},                          {L: "c"},         "an emptied side is the empty text"),
    ("'12-34'",                               ("1", "1"),   "1-2",         "1 3",          {"compare": "digits"},       {L: "12-34", R: "12-34"}, "another value by the field's measure"),
    ("'1'",                                   ("0", "0"),   "1.1",         "0.9",          {"compare": "number(0)"},    "settled",        "both show it already, by the field's measure"),
]  # fmt: skip

ASKED = [
    ("shop|number + 1",                       AA,           "b",           "c",            {},                          "both changed apart; the expression fails: this is not a number", "it cannot be computed"),
    ("1 / 0",                                 AA,           "b",           "c",            {},                          "both changed apart; the expression fails: division by zero", "a division by zero"),
    ("''",                                    AA,           "b",           "c",            {},                          "both changed apart; the expression gives nothing", "the empty text"),
    ("none",                                  AA,           "b",           "c",            {},                          "both changed apart; the expression gives nothing", "nothing"),
    ("shop[9]",                               AA,           "b",           "c",            {},                          "both changed apart; the expression gives nothing", "a place that is not there"),
    ("shop",                                  AA,           None,          "c",            {},                          "both changed apart; the expression gives nothing", "an emptied side's own value erases nothing either"),
    ("shop ~ exact",                          AA,           "bb",          "cc",           {"lengths": (None, 3)},      "both changed apart; what the expression gives has 4 characters; the field takes 3", "longer than right takes"),
    ("shop ~ exact",                          AA,           "bb",          "cc",           {"lengths": (3, None)},      "both changed apart; what the expression gives has 4 characters; the field takes 3", "longer than left takes"),
    ("shop ~ exact",                          AA,           "bb",          "cc",           {"max_length": 3},           "both changed apart; what the expression gives has 4 characters; the field takes 3", "longer than the mapping allows"),
    ("shop ~ 'x'",                            (1, 1),       2,             3,              {"kind": Kind.INTEGER},      "both changed apart; what the expression gives is not a whole number", "of another kind"),
    ("shop / 2",                              (1, 1),       3,             5,              {"kind": Kind.INTEGER},      "both changed apart; what the expression gives is not a whole number", "a fraction where whole numbers go"),
    ("shop ~ exact",                          AA,           "2",           "1",            {"lookup": "codes"},         "both changed apart; what the expression gives is \"21\", for which lookup \"codes\" has no row", "not in the value table"),
    ("'yes'",                                 (date(2026, 1, 1),) * 2, date(2026, 1, 3), date(2026, 1, 2), {"use": ("date",)}, "both changed apart; what the expression gives cannot be translated (format)", "a transform refuses it"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "base", "left", "right", "rules", "expected"), rows(DECIDED))
def test_an_expression_decides_a_conflict(text, base, left, right, rules, expected) -> None:
    assert outcome(decide(text, base, left, right, **rules)) == expected


@pytest.mark.parametrize(("text", "base", "left", "right", "rules", "why"), rows(ASKED))
def test_an_expression_that_gives_no_fitting_value_asks_and_says_why(text, base, left, right, rules, why) -> None:
    decision = decide(text, base, left, right, **rules)
    assert (outcome(decision), decision.rule, decision.why) == (Waiting.CONFLICT, "conflict:expression", why)
    assert outcome(decide(text, base, left, right, answer="keep", **rules)) == "settled", "a person decides then"


@pytest.mark.parametrize(("text", "base", "left", "right", "rules", "expected"), rows(DECIDED))
def test_swapping_the_sides_mirrors_the_decision(text, base, left, right, rules, expected) -> None:
    turned = dict(rules) | {"fixed": tuple(side.other for side in rules.get("fixed", ()))}
    found = outcome(decide(text, base[::-1], right, left, systems=("exact", "shop"), **turned))
    mirrored = {side.other: value for side, value in expected.items()} if isinstance(expected, dict) else expected
    assert found == mirrored


def test_the_decision_carries_its_rule_its_reason_and_the_line_of_the_rule() -> None:
    one = decide("shop", AA, "b", "c")
    assert (one.rule, one.why, one.line) == (
        *("conflict:expression", "both changed apart; the expression gives what shop shows"),
        9,
    )
    own = decide("shop ~ exact", AA, "b", "c", fixed=(R,))
    assert (own.rule, own.why, own.line) == (
        *("conflict:expression", "both changed apart; the expression gives a value of its own"),
        9,
    )
    assert own.note == "exact takes no change of F; the difference stays"
    assert decide("1/0", AA, "b", "c").line == 9
    assert decide("1/0", AA, "b", "c", answer="left").rule == "answer:left"


FIRST = [
    ("shop",          "b",  "c",  {R: "b"},             "a side"),
    ("shop ~ exact",  "b",  "c",  {L: "bc", R: "bc"},   "a value of its own"),
    ("shop",          "b",  None, {R: "b"},             "an empty side is filled, whatever the rule"),
    ("''",            "b",  "c",  Waiting.FIRST_LINK,   "an empty result asks"),
    ("shop|int",      "b",  "c",  Waiting.FIRST_LINK,   "what cannot be computed asks"),
    ("shop",          "b",  ABSENT, {R: "b"},           "silence is not asked about"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "left", "right", "expected"), rows(FIRST))
def test_an_expression_decides_a_first_link(text, left, right, expected) -> None:
    assert outcome(decide(text, None, left, right)) == expected


def test_a_first_link_knows_no_base() -> None:
    with pytest.raises(UserError, match=r'F\.first_link: .*there is no "base\.shop" here; there are: shop, exact\.$'):
        decide("base.shop", None, "b", "c")
    assert decide("shop", None, "b", "c").why == "first link, and the two differ; the expression gives what shop shows"


UNTOUCHED = [
    (AA,   "b",  "a",    {},                     {R: "b"},   "one side changed: no rule is asked"),
    (AA,   "b",  "b",    {},                     "settled",  "both changed to the same"),
    (AA,   None, "b",    {"empty": Empty.KEEP},  {L: "b"},   "an emptied field that keeps its value"),
    (AA,   "b",  "c",    {"owner": R},           {L: "c"},   "an owner decides alone"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "left", "right", "rules", "expected"), rows(UNTOUCHED))
def test_where_nothing_is_to_be_decided_no_expression_is_asked(base, left, right, rules, expected) -> None:
    assert outcome(decide("1 / 0", base, left, right, **rules)) == expected


def test_a_result_is_read_as_the_right_side_s_value_by_the_record_s_country() -> None:
    decision = decide("'09-267 20 00'", ("1", "1"), "2", "3", use=("phone",), country="BE")
    assert outcome(decision) == {L: "+3292672000", R: "+3292672000"}
    assert outcome(decide("shop ~ 'xyz'", AA, "bb", "cc", max_length=3, overflow="truncate")) == {L: "bbx", R: "bbx"}


REFUSED = [
    ("shp",                 'there is no "shp" here; there are: shop, exact, base.shop, base.exact', "a name that is none"),
    ("value",               'there is no "value" here',                    "the word of the other expressions"),
    ("record['id']",        'there is no "id" here',                       "another field of the record"),
    ("shop.upper",          'there is no "shop.upper" here',               "a way into a value"),
    ("base",                'there is no "base" here',                     "both bases at once"),
    ("{{ shop }}",          "template marks",                              "a template"),
    ("shop.__class__",      "begins with an underscore",                   "the well-known way out"),
    ("shop|upper(*exact)",  "* and ** are not allowed",                    "unpacking"),
    ("[shop, exact]|max",   'there is no filter "max"',                    "a filter that is not listed"),
    ("shop if",             "it does not parse",                           "half a choice"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), rows(REFUSED))
def test_a_rule_is_refused_with_its_place_when_the_mapping_is_read(text, message) -> None:
    with pytest.raises(UserError) as caught:
        decide(text, AA, "b", "c")
    assert str(caught.value).startswith("sync.yaml:9:30  items.fields.F.conflict: the expression ")
    assert message in str(caught.value)


def test_a_system_whose_name_is_no_word_of_an_expression_stands_in_brackets() -> None:
    both = decide(
        "record['web-shop'] ~ record['base.web-shop'] ~ base.exact", AA, "b", "c", systems=("web-shop", "exact")
    )
    assert outcome(both) == {L: "baa", R: "baa"}
    with pytest.raises(
        UserError, match=r"there are: record\[\"web-shop\"\], exact, record\[\"base\.web-shop\"\], base\.exact"
    ):
        decide("webshop ~ exact", AA, "b", "c", systems=("web-shop", "exact"))


TEXTS = st.one_of(st.none(), st.sampled_from(["a", "b", "ab", "12", "7", "a b"]))
SOURCES = st.sampled_from(
    [
        *("shop", "exact", "shop ~ exact", "base.shop", "shop|number + exact|number", "shop[:1]", "exact[5]", "1 / 0"),
        *("shop if shop|length > exact|length else exact", "'' if shop == 'a' else exact|upper", "base.exact ~ shop"),
    ]
)


@given(SOURCES, st.tuples(TEXTS, TEXTS), TEXTS, TEXTS, st.sampled_from(["exact", "case", "digits"]))
def test_whatever_it_computes_it_mirrors_and_never_erases(text, base, left, right, compare) -> None:
    decision = decide(text, base, left, right, compare=compare)
    other = decide(text, base[::-1], right, left, compare=compare, systems=("exact", "shop"))
    assert {side.other: value for side, value in other.writes.items()} == dict(decision.writes)
    assert (other.waits, other.settled, other.rule, other.why) == (
        *(decision.waits, decision.settled, decision.rule),
        decision.why,
    )
    if decision.rule == "conflict:expression":
        assert None not in decision.writes.values()
        assert decision.waits or all(
            not same_as(compare)({L: left, R: right}[s], v) for s, v in decision.writes.items()
        )
