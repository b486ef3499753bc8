"""A side's record into the common shape, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncengine.decide.fields import FAILS
from syncengine.decide.translate import LookupTable, compile_lens
from syncengine.errors import UserError
from syncengine.model.entity import End, Entity, FieldRule, Group, Lookup, Position, Test, Write
from syncengine.model.operation import Pending
from syncengine.model.record import ABSENT, Record, Side, Value
from syncengine.model.resource import FieldFacts, Kind, Resource
from syncengine.model.values import row_fingerprint
from tests.builders import rows

L, R = Side.LEFT, Side.RIGHT


def lens(
    *rules: FieldRule, kinds: dict[str, Kind] | None = None, own: dict[str, Kind] | None = None, lookups=(), **more
):
    """A lens over a left side without types and a right one with these kinds."""
    today = more.pop("today", None)
    lengths = more.pop("lengths", {})
    entity = Entity(
        name="items",
        left=End(system="shop", resource="articles"),
        right=End(system="exact", resource="Items"),
        fields=rules,
        **more,
    )
    left = Resource(name="articles", fields={n: FieldFacts(name=n, kind=k) for n, k in (own or {}).items()}, open=True)
    facts = {
        r.name: FieldFacts(name=r.name, kind=(kinds or {}).get(r.name, Kind.TEXT), max_length=lengths.get(r.name))
        for r in rules
    }
    right = Resource(name="Items", fields=facts)
    return compile_lens(entity, left, right, {t.lookup.name: t for t in lookups}, today=today)


def field(**rule) -> FieldRule:
    return FieldRule(name="F", source="f", at=Position(line=7, column=3), **rule)


def seen(lens, side: Side, value: Value):
    return lens.observe(side, Record(resource="x", id="1", fields={"f": value} if side is L else {"F": value}))


def common(value: Value, kind: Kind = Kind.TEXT, side: Side = L, **rule) -> object:
    """The common value, or the problem."""
    observed = seen(lens(field(**rule), kinds={"F": kind}), side, value)
    return observed.problem or observed.values[0]


READ = [
    ("  Jan ", Kind.TEXT, "Jan", "text is stripped"),
    ("Cafe\u0301", Kind.TEXT, "Café", "text is NFC"),
    ("\u00a0 \t", Kind.TEXT, None, "nothing but space is empty"),
    ("", Kind.TEXT, None, "no text is empty"),
    (None, Kind.TEXT, None, "empty stays empty"),
    (ABSENT, Kind.TEXT, ABSENT, "silence stays silence"),
    (5, Kind.TEXT, "5", "a number in a text field is text"),
    ("007", Kind.TEXT, "007", "zeros of a text stay"),
    ("5", Kind.INTEGER, 5, "a whole number written as text"),
    (5, Kind.INTEGER, 5, "a whole number"),
    (True, Kind.INTEGER, 1, "a flag in a field of 0 and 1"),
    ("5.5", Kind.INTEGER, "F is not a whole number", "no whole number"),
    ("NO", Kind.INTEGER, "F is not a whole number", "no number at all"),
    ("5", Kind.NUMBER, Decimal(5), "a number written as text"),
    (5, Kind.NUMBER, Decimal(5), "a whole number in a field of decimals"),
    ("1.50", Kind.NUMBER, Decimal("1.50"), "a decimal"),
    ("-.5", Kind.NUMBER, Decimal("-0.5"), "a sign and no zero"),
    ("1e5", Kind.NUMBER, 'F is not a plain number such as 1234.5 (for other spellings: "use: number" or "use: money")', "no exponent"),
    ("1,50", Kind.NUMBER, 'F is not a plain number such as 1234.5 (for other spellings: "use: number" or "use: money")', "no guess about commas"),
    ("true", Kind.FLAG, True, "a flag as a word"),
    ("0", Kind.FLAG, False, "a flag as a digit"),
    ("ja", Kind.FLAG, 'F is neither true nor false (for other words: "use: bool")', "no guess about words"),
    ("2026-11-20", Kind.DATE, date(2026, 11, 20), "a date"),
    ("2026-11-20T00:00:00", Kind.DATE, date(2026, 11, 20), "a date with a midnight"),
    ("2026-02-30", Kind.DATE, 'F is not a date such as 2026-11-20 (for other spellings: "use: date")', "no such day"),
    ("20-11-2026", Kind.DATE, 'F is not a date such as 2026-11-20 (for other spellings: "use: date")', "no guess about order"),
    ("2026-11-20T13:00:00+01:00", Kind.INSTANT, datetime(2026, 11, 20, 12, tzinfo=UTC), "an instant in UTC"),
    ("2026-11-20T13:00:00", Kind.INSTANT, "F is a moment without time zone", "an instant without zone"),
    ("a, b,", Kind.LIST, ("a", "b"), "a list as text"),
    (" 5 ", Kind.ANY, "5", "a field without type is text"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "kind", "expected"), rows(READ))
def test_a_value_is_read_strictly_by_the_right_sides_kind(value, kind, expected) -> None:
    found = common(value, kind)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("kind", [Kind.INTEGER, Kind.NUMBER, Kind.TEXT])
def test_text_and_number_agree_on_both_sides(kind) -> None:
    compiled = lens(field(), kinds={"F": kind})
    one, two = seen(compiled, L, "5"), seen(compiled, R, 5)
    assert one.values == two.values
    assert one.fingerprint == two.fingerprint == row_fingerprint(one.values)


def test_a_typed_left_side_gives_the_kind_where_the_right_has_none() -> None:
    compiled = lens(field(), kinds={"F": Kind.ANY}, own={"f": Kind.NUMBER})
    assert seen(compiled, R, "5").values == (Decimal(5),)


PATHS = [
    ({"billing.zip": "a"}, "billing.zip", "a", "a column that is called so"),
    ({"billing.zip": "a", "billing": {"zip": "b"}}, "billing.zip", "a", "the exact name first"),
    ({"billing": {"zip": "b"}}, "billing.zip", "b", "a nested value"),
    ({"lines": [{"sku": "x"}, {"sku": "y"}]}, "lines[1].sku", "y", "a place in a list"),
    ({"lines": []}, "lines[0].sku", None, "beyond the end of a list is empty"),
    ({"billing": None}, "billing.zip", None, "inside an empty value all is empty"),
    ({"billing": {}}, "billing.zip", ABSENT, "what a value does not name is silence"),
    ({}, "billing.zip", ABSENT, "what nobody names is silence"),
    ({"billing": "text"}, "billing.zip", ABSENT, "text has no inside"),
]


@pytest.mark.parametrize(("fields", "path", "expected"), rows(PATHS))
def test_paths(fields, path, expected) -> None:
    compiled = lens(FieldRule(name="F", source=path))
    assert compiled.observe(L, Record(resource="x", id="1", fields=fields)).values == (expected,)


LENGTHS = [
    ("abcdef", {}, "F has 6 characters; the field takes 5", "too long: held"),
    ("abcde", {}, "abcde", "just fits"),
    ("abcd fg", {"overflow": "truncate"}, "abcd", "cut, without a space at the end"),
    ("abcdef", {"owner": R}, "abcdef", "the right side decides: nothing flows there"),
    ("abcdef", {"readonly": R}, "abcdef", "the right side is not written"),
    ("abcdef", {"max_length": 6}, "abcdef", "the mapping's own limit comes first"),
]


@pytest.mark.parametrize(("value", "rule", "expected"), rows(LENGTHS))
def test_max_length(value, rule, expected) -> None:
    observed = seen(lens(field(**rule), lengths={"F": 5}), L, value)
    assert (observed.problem or observed.values[0]) == expected


VAT = Lookup(name="vat", map={"standard": "2", "reduced": "1"}, system="exact", table="VATCodes", key="Code")


def looked(value: Value, side: Side = L, *, known=None, **lookup) -> object:
    from dataclasses import replace

    table = LookupTable(lookup=replace(VAT, **lookup), known=known)
    observed = seen(lens(field(lookup="vat"), lookups=[table]), side, value)
    return observed.problem or observed.values[0]


LOOKUPS = [
    ("standard", L, {}, "2", "left value to right value"),
    ("2", R, {}, "2", "a right value is the common one"),
    ("zero", L, {}, 'F is "zero", for which lookup "vat" has no row', "unmapped: held"),
    ("9", R, {}, 'F is "9", for which lookup "vat" has no row', "unmapped on the right: held"),
    ("9", R, {"one_way": True}, "9", "one way: the right side is not looked up"),
    ("zero", L, {"default": "2"}, "2", "unmapped, with a default"),
    ("zero", L, {"unmapped": "skip_field"}, ABSENT, "unmapped: the field is left out"),
    ("zero", L, {"unmapped": "fail"}, f'F is "zero", for which lookup "vat" has no row; {FAILS}', "unmapped: the run must not go on"),
    (None, L, {}, None, "empty stays empty"),
    ("standard", L, {"known": {"2"}}, "2", "the value exists live"),
    ("standard", L, {"known": {"1"}}, 'F would be "2" by lookup "vat", and exact.VATCodes has no such Code', "the value does not exist live"),
    ("5", L, {"map": {}, "known": {"5"}}, "5", "a table without map only checks"),
    ("6", L, {"map": {}, "known": {"5"}}, 'F would be "6" by lookup "vat", and exact.VATCodes has no such Code', "a table without map refuses"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "side", "more", "expected"), rows(LOOKUPS))
def test_lookup(value, side, more, expected) -> None:
    assert looked(value, side, **more) == expected


WRITTEN = [
    ("2", L, {"lookup": "vat"}, Kind.TEXT, "standard", "a lookup goes back"),
    ("2", R, {"lookup": "vat"}, Kind.TEXT, "2", "the right side takes the right value"),
    (Decimal("1.5"), R, {}, Kind.NUMBER, Decimal("1.5"), "a number"),
    (True, R, {"use": ("bool",)}, Kind.INTEGER, 1, "a flag in a field of 0 and 1"),
    (True, L, {"use": ("bool(ja, nee)",)}, Kind.FLAG, "ja", "a transform goes back"),
    (date(2026, 11, 20), L, {"use": ("date(dd-mm-yyyy)",)}, Kind.DATE, "20-11-2026", "a date in the left side's spelling"),
    (None, R, {}, Kind.NUMBER, None, "empty"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "side", "rule", "kind", "expected"), rows(WRITTEN))
def test_native(value, side, rule, kind, expected) -> None:
    compiled = lens(field(**rule), kinds={"F": kind}, lookups=[LookupTable(lookup=VAT)])
    assert compiled.native(side, {"F": value}, create=False) == {"f" if side is L else "F": expected}


REFUSED = [
    ("9", L, {"lookup": "vat"}, 'F has no row in lookup "vat"', "no row to go back by"),
    ("abcdef", R, {}, "F has 6 characters; the field takes 5", "too long for the right side"),
]


@pytest.mark.parametrize(("value", "side", "rule", "message"), rows(REFUSED))
def test_native_refuses_what_the_side_cannot_take(value, side, rule, message) -> None:
    compiled = lens(field(**rule), lengths={"F": 5}, lookups=[LookupTable(lookup=VAT)])
    with pytest.raises(UserError, match=message):
        compiled.native(side, {"F": value}, create=False)


def test_constants_are_given_on_a_create_only_and_compared_only_if_written_always() -> None:
    born = FieldRule(name="Status", is_constant=True, constant="C", write=Write.ON_CREATE)
    always = FieldRule(name="IsSales", is_constant=True, constant="true")
    compiled = lens(field(), born, always, kinds={"IsSales": Kind.FLAG})
    assert compiled.layout == ("F", "IsSales")
    assert compiled.native(R, {"F": "a"}, create=True) == {"F": "a", "Status": "C", "IsSales": True}
    assert compiled.native(R, {"F": "a"}, create=False) == {"F": "a"}
    assert compiled.native(L, {"F": "a"}, create=True) == {"f": "a"}
    assert compiled.observe(L, Record(resource="x", id="1", fields={"f": "a"})).values == ("a", True)


def test_a_reference_keeps_the_sides_own_id_and_a_pending_one_passes() -> None:
    compiled = lens(field(ref="accounts"), kinds={"F": Kind.REFERENCE})
    assert seen(compiled, L, 17).values == ("17",)
    pending = Pending(entity="accounts", side=L, id="17")
    assert compiled.native(R, {"F": pending}, create=True) == {"F": pending}


def test_expressions_read_the_whole_record_and_write_back_by_their_inverse() -> None:
    compiled = lens(
        FieldRule(name="Name", source="first", to_right="first ~ ' ' ~ last", to_left="Name|split(' ')|first"),
        FieldRule(name="City", source="town", to_right="value|upper"),
    )
    record = Record(resource="x", id="1", fields={"first": "Jan", "last": "Smit", "town": "Gent"})
    assert compiled.observe(L, record).values == ("Jan Smit", "GENT")
    assert compiled.observe(R, Record(resource="x", id="1", fields={"Name": "Jan Smit", "City": "GENT"})).values == (
        "Jan Smit",
        "GENT",
    )
    assert compiled.native(L, {"Name": "Piet Bos"}, create=False) == {"first": "Piet"}
    assert compiled.asks(L) == ("first", "town", "last")


def test_an_expression_that_fails_holds_the_record_and_silence_passes_through_it() -> None:
    compiled = lens(FieldRule(name="F", source="f", to_right="value|number * 2"))
    assert "given by an expression" in seen(compiled, L, "two").problem
    assert seen(compiled, L, ABSENT).values == (ABSENT,)


def test_a_transform_is_judged_by_the_records_own_country() -> None:
    compiled = lens(
        FieldRule(name="Postcode", source="zip", use=("postcode",)),
        FieldRule(name="Country", source="country", use=("country",)),
    )
    observed = compiled.observe(L, Record(resource="x", id="1", fields={"zip": "2511cv", "country": "Nederland"}))
    assert observed.values == ("2511 CV", "NL")


def test_what_is_odd_but_not_wrong_is_a_note_and_a_masked_value_is_never_shown() -> None:
    assert "vat" in " ".join(seen(lens(field(use=("vat",))), L, "NL000000001B01").notes)
    plain = seen(lens(field(use=("number",))), L, "secret")
    masked = seen(lens(field(use=("number",), mask=True)), L, "secret")
    assert "secret" in plain.problem
    assert masked.problem
    assert "secret" not in masked.problem


SCOPES = [
    (Test(field="s", op="eq", value="C"), {"s": "C"}, True, "equal"),
    (Test(field="s", op="eq", value="C"), {"s": "c"}, False, "case counts"),
    (Test(field="s", op="eq", value="C"), {}, False, "silence is not equal"),
    (Test(field="s", op="in", value=("C", "P")), {"s": "P"}, True, "one of several"),
    (Test(field="s", op="not", value="C"), {"s": "P"}, True, "not"),
    (Test(field="s", op="not", value=("C", "P")), {"s": "P"}, False, "none of several"),
    (Test(field="s", op="not", value="C"), {}, True, "silence is not that value"),
    (Test(field="s", op="eq", value="true"), {"s": True}, True, "a flag written as text"),
    (Test(field="s", op="eq", value="true"), {"s": 1}, False, "one is not true"),
    (Test(field="s", op="eq", value="5"), {"s": 5}, True, "a number written as text"),
    (Test(field="s", op="eq", value=""), {"s": None}, True, "empty"),
    (Test(field="s", op="empty", value=True), {"s": " "}, True, "blank is empty"),
    (Test(field="s", op="empty", value="false"), {"s": "x"}, True, "not empty"),
    (Test(field="s", op="empty", value=True), {}, True, "silence is empty here"),
    (Test(field="s", op="prefix", value="AB"), {"s": "ABC"}, True, "a prefix"),
    (Test(field="s", op="prefix", value="AB"), {"s": None}, False, "nothing has no prefix"),
    (Test(field="s", op="gt", value="9"), {"s": "10"}, True, "numbers as text are ordered as numbers"),
    (Test(field="s", op="ge", value="10"), {"s": 10}, True, "at least"),
    (Test(field="s", op="lt", value="2026-02-01"), {"s": date(2026, 1, 31)}, True, "a date before"),
    (Test(field="s", op="le", value="b"), {"s": "a"}, True, "words by the alphabet"),
    (Test(field="s", op="gt", value="5"), {"s": None}, False, "nothing has no order"),
    (Test(field="s", op="gt", value="5"), {"s": "many"}, True, "a word is compared as a word"),
    (Group(kind="all", parts=(Test(field="s", op="eq", value="C"), Test(field="t", op="eq", value="x"))), {"s": "C"}, False, "all of them"),
    (Group(kind="any", parts=(Test(field="s", op="eq", value="C"), Test(field="t", op="eq", value="x"))), {"s": "C"}, True, "any of them"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "fields", "expected"), rows(SCOPES))
def test_scope(condition, fields, expected) -> None:
    compiled = lens(field(), where={R: condition}, protect={R: condition})
    observed = compiled.observe(R, Record(resource="x", id="1", fields=fields))
    assert (observed.in_scope, observed.protected) == (expected, expected)
    assert compiled.observe(L, Record(resource="x", id="1", fields={})).in_scope, "the other side has no scope"


INACTIVE = [
    ({"Blocked": "true"}, {"Blocked": True}, True, "a flag"),
    ({"Blocked": "true"}, {"Blocked": False}, False, "the flag is off"),
    ({"Blocked": "true"}, {}, False, "silence is not inactive"),
    ({"EndDate": "today"}, {"EndDate": date(2026, 11, 20)}, True, "ends today"),
    ({"EndDate": "today"}, {"EndDate": "2026-11-19"}, True, "ended yesterday"),
    ({"EndDate": "today"}, {"EndDate": date(2026, 11, 21)}, False, "ends tomorrow"),
    ({"EndDate": "today"}, {"EndDate": None}, False, "never ends"),
]


@pytest.mark.parametrize(("means", "fields", "expected"), rows(INACTIVE))
def test_inactive(means, fields, expected) -> None:
    compiled = lens(field(), inactive={R: means}, today=date(2026, 11, 20))
    assert compiled.observe(R, Record(resource="x", id="1", fields=fields)).inactive is expected
    assert set(compiled.asks(R)) == {"F", *means}


SAME = [
    ("exact", "a", "a", True, "equal"),
    ("exact", "a", "A", False, "case counts"),
    ("exact", None, None, True, "both empty"),
    ("exact", ABSENT, ABSENT, False, "silence is the same as nothing"),
    ("exact", ABSENT, None, False, "silence is not empty"),
    ("exact", 5, Decimal(5), True, "the same number"),
    ("exact", 1, True, False, "a flag is not a count"),
    ("case", "Straße", "STRASSE", True, "case folded"),
    ("digits", "+31 6-12", "+31612", True, "digits only"),
    ("digits", "12", "13", False, "other digits"),
    ("number(2)", Decimal("1.004"), Decimal("1.00"), True, "rounded"),
    ("number(2)", "1.00", Decimal(1), True, "a number as text"),
    ("number(2)", Decimal("1.01"), Decimal("1.00"), False, "not rounded away"),
    ("number", "1.0", "1.00", True, "numbers as they are"),
    ("set", ("a", "b"), ("b", "a"), True, "any order"),
    ("set", "a;b", "b, a", True, "lists as text"),
    ("date", datetime(2026, 11, 20, 13, tzinfo=UTC), date(2026, 11, 20), True, "the day only"),
    ("date", "2026-11-20", date(2026, 11, 21), False, "another day"),
]


@pytest.mark.parametrize(("compare", "left", "right", "expected"), rows(SAME))
def test_same(compare, left, right, expected) -> None:
    compiled = lens(field(compare=compare), kinds={"F": Kind.ANY})
    assert compiled.same("F", left, right) is expected
    assert compiled.same("F", right, left) is expected


def test_same_knows_the_fields_transform() -> None:
    compiled = lens(field(use=("vat",)))
    assert compiled.same("F", "NL001241643B01", "nl 0012.41.643.b01")


FAULTS = [
    ({"use": ("uper",)}, "unknown transform 'uper'. Did you mean 'upper'", "a transform that does not exist"),
    ({"compare": "roughly"}, 'no comparison "roughly"', "a comparison that does not exist"),
    ({"lookup": "nowhere"}, 'no lookup "nowhere"', "a lookup that does not exist"),
    ({"to_right": "value|uper"}, 'no filter "uper"', "a filter that does not exist"),
    ({"is_constant": True, "constant": "many"}, "is not a whole number", "a constant that does not fit"),
]


@pytest.mark.parametrize(("rule", "message"), rows(FAULTS))
def test_a_fault_in_the_mapping_is_told_before_anything_is_read(rule, message) -> None:
    with pytest.raises(UserError, match=message):
        lens(field(**rule), kinds={"F": Kind.INTEGER})


KINDS = {
    Kind.TEXT: st.text(max_size=12),
    Kind.INTEGER: st.integers(-(10**9), 10**9),
    Kind.NUMBER: st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    Kind.FLAG: st.booleans(),
    Kind.DATE: st.dates(),
    Kind.INSTANT: st.datetimes(timezones=st.just(UTC)),
}


@settings(max_examples=200)
@given(st.data(), st.sampled_from(sorted(KINDS)))
def test_lens_round_trip_what_is_written_to_a_side_is_read_as_the_same(data, kind) -> None:
    compiled = lens(field(), kinds={"F": kind})
    value = seen(compiled, R, data.draw(KINDS[kind])).values[0]
    for side in Side:
        sent = compiled.native(side, {"F": value}, create=False)
        back = compiled.observe(side, Record(resource="x", id="1", fields=sent))
        assert back.problem == ""
        assert back.values == (value,)
