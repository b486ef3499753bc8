"""The laws of a lens: put-get, get-put, and spelling done once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.decide.keys.countries import ALPHA2
from syncengine.decide.transforms import REGISTRY, Context, TransformError, compile_use

ANY_TEXT = st.text(max_size=20)
WRITTEN = st.text(alphabet=st.sampled_from("0123456789.,-+ €()NLBE%jane@x;'\u00a0"), max_size=16)
WORD = st.text(alphabet="abcXYZ019é -", min_size=1, max_size=8).map(str.strip).filter(bool)
CENTS = st.integers(-(10**12), 10**12).map(lambda cents: Decimal(cents) / 100)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9)
DAYS = st.dates()
SHORT_DAYS = st.dates(min_value=date(1969, 1, 1), max_value=date(2068, 12, 31))
COUNTRY = st.sampled_from([None, "NL", "BE", "DE"]).map(lambda code: Context(country=code))

USES = {
    # use: canonical common values
    "trim": WORD,
    "upper": WORD.map(str.upper),
    "code": WORD,
    "vat": st.sampled_from(["NL852468131B01", "BE0412398765", "EL123987453"]),
    "kvk": st.integers(10_000_000, 98_999_999).map(str),
    "kbo": st.sampled_from(["0412398765", "1002345738"]),
    "rsin": st.sampled_from(["852468131", "003172648"]),
    "iban": st.just("NL17RABO0312645978"),
    "email": st.from_regex(r"[a-z]{3,8}@[a-z]{4,8}\.example", fullmatch=True),
    "phone": st.from_regex(r"\+31[1-57][1-9][0-9]{7}", fullmatch=True),
    "postcode": st.from_regex(r"[1-9][0-9]{3} [A-RT-Z][A-Z]", fullmatch=True),
    "country": st.sampled_from(sorted(ALPHA2)),
    "country(nl)": st.sampled_from(sorted(ALPHA2)),
    "country(alpha3)": st.sampled_from(sorted(ALPHA2)),
    "language": st.sampled_from(["NL", "FR", "NL-BE"]),
    "language(tag)": st.sampled_from(["NL", "FR", "NL-BE"]),
    "language(de)": st.sampled_from(["NL", "FR", "NL-BE"]),
    "money": DECIMALS,
    "money(2)": CENTS,
    "money(2, nl)": CENTS,
    "money(2, en)": CENTS,
    "number": DECIMALS,
    "number(6, nl)": DECIMALS,
    "fraction": DECIMALS,
    "fraction(1000, nl)": DECIMALS,
    "date": DAYS,
    "date(dd-mm-yyyy)": DAYS,
    "date(yyyymmdd)": DAYS,
    "date(m/d/yyyy)": DAYS,
    "date(d-mm-yy)": SHORT_DAYS,
    "bool": st.booleans(),
    "bool(ja, nee)": st.booleans(),
    "bool(1, 0)": st.booleans(),
    "map(standard=2, reduced=1, zero=0)": st.sampled_from(["2", "1", "0"]),
    "split(;)": st.lists(WORD, min_size=1, max_size=4).map(tuple),
    "join(, )": st.lists(WORD, min_size=1, max_size=4).map(", ".join),
    ("map(v=ja, n=nee)", "bool(ja, nee)"): st.booleans(),
    ("trim", "upper", "split(|)"): st.lists(WORD.map(str.upper), min_size=1, max_size=3).map(tuple),
}  # fmt: skip


def test_every_transform_is_held_to_the_laws():
    names = {(use if isinstance(use, str) else use[0]).split("(")[0] for use in USES}
    assert names == set(REGISTRY)


@pytest.mark.parametrize("use", USES, ids=str)
@given(data=st.data(), context=COUNTRY)
def test_what_is_written_reads_back_as_itself(use, data, context):
    lens = compile_use(use)
    value = data.draw(USES[use])
    native = lens.write(value, context=context)
    assert lens.parse(native, context=context) == value
    assert lens.canonical(value, context=context) == value
    assert lens.write(lens.parse(native, context=context), context=context) == native


@pytest.mark.parametrize("use", USES, ids=str)
@given(
    native=st.one_of(
        ANY_TEXT,
        WRITTEN,
        st.integers(-(10**9), 10**9),
        DECIMALS,
        st.booleans(),
        DAYS,
        st.lists(ANY_TEXT, max_size=3).map(tuple),
    ),
    context=COUNTRY,
)
def test_what_is_read_is_written_as_the_same_again(use, native, context):
    lens = compile_use(use)
    try:
        value = lens.parse(native, context=context)
        again = lens.write(value, context=context)
    except TransformError:
        return
    back = lens.parse(again, context=context)
    assert lens.same(back, value, context=context)
    assert type(back) is type(value)


@pytest.mark.parametrize("use", USES, ids=str)
@given(
    shown=st.one_of(ANY_TEXT, WRITTEN, DECIMALS, DAYS, st.booleans(), st.lists(ANY_TEXT, max_size=3).map(tuple)),
    context=COUNTRY,
)
def test_a_canonical_spelling_is_found_once(use, shown, context):
    lens = compile_use(use)
    try:
        value = lens.canonical(shown, context=context)
    except TransformError:
        return
    assert lens.canonical(value, context=context) == value


@pytest.mark.parametrize(
    "use",
    [
        "trim",
        "upper",
        "code",
        "vat",
        "kvk",
        "kbo",
        "rsin",
        "iban",
        "email",
        "phone",
        "postcode",
        "country",
        "language",
        "bool",
    ],
)
@given(native=st.one_of(ANY_TEXT, WRITTEN), context=COUNTRY)
def test_reading_twice_changes_nothing_more(use, native, context):
    lens = compile_use(use)
    try:
        value = lens.parse(native, context=context)
    except TransformError:
        return
    assert lens.parse(value, context=context) == value


@given(DECIMALS, st.sampled_from(["nl", "en"]))
def test_a_number_is_found_in_its_notation(number, notation):
    marks = {"nl": str.maketrans(",.", ".,"), "en": {}}
    text = f"{number:,.6f}".translate(marks[notation])
    assert compile_use(f"number({notation})").parse(text) == number
