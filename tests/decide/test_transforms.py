"""Named transforms: tables of what is read, what is written, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from syncengine.decide.keys import Key
from syncengine.decide.transforms import REGISTRY, Context, TransformError, UseError, compile_use
from syncengine.model.record import ABSENT
from tests.builders import rows

D = Decimal
DUTCH = Context(country="NL")

READ = [
    # use                 native                      common                        why
    ("trim",              "  Vos  BV \u00a0",         "Vos  BV",                    "ends only"),
    ("trim",              " \u200b ",                 None,                         "blank is empty"),
    ("trim",              (" a ", " ", "b"),          ("a", "b"),                   "each of a list"),
    ("trim",              7,                          7,                            "no text"),
    ("upper",             " ab1 ",                    "AB1",                        "capitals"),
    ("code",              "            000420",       "000420",                     "padding goes, zeros stay"),
    ("code",              24,                         "24",                         "a whole number is text"),
    ("code",              D("353359132963905731"),    "353359132963905731",         "eighteen digits survive"),
    ("vat",               "nl 8524.68.131 b01",       "NL852468131B01",             "valid: canonical"),
    ("vat",               "852468131B01",             "NL852468131B01",             "repaired: canonical"),
    ("vat",               " NL 852468132B01 ",        "NL 852468132B01",            "wrong check digit: as written"),
    ("vat",               "onbekend",                 "onbekend",                   "filler: as written"),
    ("vat",               "   ",                      None,                         "blank VAT number"),
    ("kvk",               1264597,                    "01264597",                   "a number that lost its zero"),
    ("kvk",               "312645970000",             "31264597",                   "old file number"),
    ("kvk",               "000031264597",             "000031264597",               "an establishment stays what it is"),
    ("kvk",               "12345678",                 "12345678",                   "placeholder stays"),
    ("kbo",               "BE 0412.398.765",          "0412398765",                 "enterprise number"),
    ("rsin",              "8524.68.131",              "852468131",                  "RSIN"),
    ("iban",              "nl17 rabo 0312 6459 78",   "NL17RABO0312645978",         "IBAN"),
    ("email",             "Jan@GMAIL.com ",           "jan@gmail.com",              "free mail is valid"),
    ("email",             "Jan <jan@a.example>",      "Jan <jan@a.example>",        "a name is not thrown away"),
    ("phone",             "(0512) 345 068",           "+31512345068",               "phone"),
    ("phone",             "0512-345068 tst 12",       "0512-345068 tst 12",         "an extension is not thrown away"),
    ("phone",             "bel mij",                  "bel mij",                    "no phone: as written"),
    ("postcode",          "8401bk",                   "8401 BK",                    "postcode"),
    ("postcode",          "8401BK Gorredijk",         "8401BK Gorredijk",           "a town is not thrown away"),
    ("country",           "NL ",                      "NL",                         "padded country"),
    ("country",           "Duitsland",                "DE",                         "country by name"),
    ("country",           "Duitslnad",                "Duitslnad",                  "no country: as written"),
    ("language",          "nl        ",               "NL",                         "padded language"),
    ("language",          "Frans",                    "FR",                         "language by name"),
    ("money",             "1.234,56",                 D("1234.56"),                 "Dutch"),
    ("money",             "1,234.56",                 D("1234.56"),                 "English"),
    ("money",             "€ 12,50",                  D("12.50"),                   "with its currency"),
    ("money",             "12,50 EUR",                D("12.50"),                   "currency behind"),
    ("money",             "€ 15.000",                 D("15000"),                   "an amount in euro has no three decimals"),
    ("money",             "12,-",                     D("12"),                      "no cents"),
    ("money",             "€ 1.500,--",               D("1500"),                    "no cents, longer"),
    ("money",             "-12,50",                   D("-12.50"),                  "minus before"),
    ("money",             "12,50-",                   D("-12.50"),                  "minus behind"),
    ("money",             "(12,50)",                  D("-12.50"),                  "book-keeper's brackets"),
    ("money",             "1 234 567,89",             D("1234567.89"),              "spaces for thousands"),
    ("money",             "1'234.50",                 D("1234.50"),                 "Swiss"),
    ("money",             "1.234.567",                D("1234567"),                 "two points can only be thousands"),
    ("money",             "0,125",                    D("0.125"),                   "no thousands behind a zero"),
    ("money",             D("12.345"),                D("12.345"),                  "nothing is rounded unasked"),
    ("money(2)",          D("12.345"),                D("12.35"),                   "rounded as asked, half up"),
    ("money(2)",          "-0,001",                   D("0"),                       "no minus zero"),
    ("money(2, nl)",      "1.234",                    D("1234.00"),                 "the column is Dutch"),
    ("money(2, en)",      "1,234",                    D("1234.00"),                 "the column is English"),
    ("money(nl)",         "1,859",                    D("1.859"),                   "three decimals in Dutch"),
    ("number(3)",         12,                         D("12.000"),                  "whole number"),
    ("number",            " ",                        None,                         "blank number"),
    ("fraction",          "21%",                      D("0.21"),                    "per cent"),
    ("fraction",          "5,5",                      D("0.055"),                   "per cent without sign"),
    ("fraction(1000)",    5,                          D("0.005"),                   "per mille"),
    ("date",              "2016-05-23",               date(2016, 5, 23),            "ISO"),
    ("date",              "2016-05-23T00:00:00Z",     date(2016, 5, 23),            "ISO at midnight"),
    ("date",              datetime(2016, 5, 23, tzinfo=UTC), date(2016, 5, 23),     "an instant at midnight"),
    ("date(dd-mm-yyyy)",  "3-5-2016",                 date(2016, 5, 3),             "Dutch date, short"),
    ("date(d-mm-yy)",     "2-01-12",                  date(2012, 1, 2),             "two-digit year"),
    ("date(d-mm-yy)",     "2-01-69",                  date(1969, 1, 2),             "two-digit year of the last century"),
    ("date(mm/dd/yyyy)",  "05/23/2016",               date(2016, 5, 23),            "American"),
    ("date(yyyymmdd)",    "20160523",                 date(2016, 5, 23),            "compact"),
    ("date(yyyymmdd)",    20160523,                   date(2016, 5, 23),            "compact, as a number"),
    ("bool",              "Ja",                       True,                         "Dutch yes"),
    ("bool",              "onwaar",                   False,                        "Dutch false"),
    ("bool",              0,                          False,                        "a byte for a flag"),
    ("bool",              D("1"),                     True,                         "a number for a flag"),
    ("bool(aan, uit)",    "UIT",                      False,                        "words of its own"),
    ("map(standard=2, reduced=1)", "reduced",         "1",                          "table"),
    ('map("a, b"="x=y")', "a, b",                     "x=y",                        "quoted row"),
    ("map(1=laag)",       D("1.0"),                   "laag",                       "a number is looked up as text"),
    ({"map": {"true": "A", "false": "B"}}, False,     "B",                          "a table written as YAML"),
    ("split(;)",          "a; b;;c ",                 ("a", "b", "c"),              "list out of text"),
    ("split",             " ; ",                      None,                         "a list of nothing"),
    ("join(, )",          ("a", "b"),                 "a, b",                       "text out of a list"),
    (["trim", "upper"],   " a ",                      "A",                          "two in order"),
    (("map(v=ja, n=nee)", "bool"), "v",               True,                         "a table, then a flag"),
]  # fmt: skip


@pytest.mark.parametrize(("use", "native", "common"), rows(READ))
def test_parse(use, native, common):
    result = compile_use(use).parse(native, context=DUTCH)
    assert result == common
    assert type(result) is type(common)


REFUSED = [
    # use               native                      code            why
    ("money",           "1.234",                    "ambiguous",    "one or a thousand"),
    ("money",           "€ 1,234",                  "ambiguous",    "a comma and three digits, with currency"),
    ("number(3)",       "12,500",                   "ambiguous",    "three decimals asked for do not decide"),
    ("money",           "1.23.456",                 "format",       "groups of two"),
    ("money",           "12,5.3",                   "format",       "group of one"),
    ("money(2, nl)",    "1234.56",                  "format",       "no Dutch number"),
    ("money(2, en)",    "1.234,56",                 "format",       "no English number"),
    ("money",           "1,2E+03",                  "scientific",   "rounded by a spreadsheet"),
    ("money",           "gratis",                   "format",       "a word"),
    ("money",           "--12",                     "format",       "two signs"),
    ("money",           "12-(3)",                   "format",       "a sum"),
    ("money",           True,                       "type",         "a flag"),
    ("number",          D("NaN"),                   "range",        "no number"),
    ("number",          D("1E+9999"),               "range",        "a number without end"),
    ("fraction",        "veel",                     "format",       "no per cent"),
    ("date",            "23-05-2016",               "format",       "the format is not guessed"),
    ("date(dd-mm-yyyy)", "31-02-2016",              "no_such_day",  "no such day"),
    ("date(dd-mm-yyyy)", "2016-05-23",              "format",       "another format in the column"),
    ("date",            "0000-00-00",               "no_such_day",  "a database's nothing"),
    ("date",            "42513",                    "excel_serial", "a spreadsheet's day number"),
    ("date(dd-mm-yyyy)", 42513,                     "excel_serial", "the same as a number"),
    ("date",            "2016-05-23T23:30:00Z",     "time_of_day",  "its day depends on the zone"),
    ("date",            datetime(2016, 5, 23, 22, tzinfo=UTC), "time_of_day", "midnight of somewhere else"),
    ("date",            True,                       "type",         "a flag is no date"),
    ("bool",            "misschien",                "format",       "maybe"),
    ("bool",            2,                          "format",       "two"),
    ("map(a=1)",        "b",                        "unmapped",     "no row"),
    ("join(, )",        ("a,b",),                   "separator",    "an item holds the separator"),
    ("code",            D("1.5"),                   "type",         "a fraction is no code"),
    ("vat",             True,                       "type",         "a flag is no VAT number"),
    ("phone",           ("1", "2"),                 "type",         "a list is no phone number"),
]  # fmt: skip


@pytest.mark.parametrize(("use", "native", "code"), rows(REFUSED))
def test_what_cannot_be_read_is_refused_by_name(use, native, code):
    with pytest.raises(TransformError) as caught:
        compile_use(use).parse(native, context=DUTCH)
    assert caught.value.code == code
    assert "found" in str(caught.value)


WRITTEN = [
    # use                 common                native                  why
    ("money(2)",          D("1234.5"),          D("1234.50"),           "a number stays a number"),
    ("money(2, nl)",      D("-1234.5"),         "-1234,50",             "a Dutch column gets Dutch text"),
    ("fraction",          D("0.21"),            D("21"),                "per cent again"),
    ("fraction(nl)",      D("0.055"),           "5,5",                  "per cent in Dutch"),
    ("fraction",          D("10"),              D("1000"),              "no exponent"),
    ("date",              date(2016, 5, 3),     date(2016, 5, 3),       "a date stays a date"),
    ("date(d-mm-yy)",     date(2012, 1, 2),     "2-01-12",              "as the column has it"),
    ("date(yyyymmdd)",    date(212, 1, 2),      "02120102",             "four digits of year"),
    ("bool",              True,                 True,                   "a flag stays a flag"),
    ("bool(ja, nee)",     False,                "nee",                  "its own word"),
    ("bool(1, 0)",        True,                 1,                      "a byte"),
    ("country(nl)",       "DE",                 "Duitsland",            "by name"),
    ("country(alpha3)",   "DE",                 "DEU",                  "three letters"),
    ("country(nl)",       "Duitslnad",          "Duitslnad",            "what is no country goes back as it came"),
    ("language(tag)",     "NL-BE",              "nl-BE",                "as the web writes it"),
    ("language(lower)",   "NL",                 "nl",                   "lower case"),
    ("language(fr)",      "NL",                 "Néerlandais",          "language in French"),
    ("language(fr)",      "NL-BE",              "NL-BE",                "a name would lose the country"),
    ("map(standard=2)",   2,                    "standard",             "back through the table"),
    ("split(;)",          ("a", "b"),           "a;b",                  "a list back to text"),
    ("join(, )",          "a, b",               ("a", "b"),             "a text back to a list"),
    (("map(v=ja, n=nee)", "bool(ja, nee)"), False, "n",                 "backwards through both"),
]  # fmt: skip


@pytest.mark.parametrize(("use", "common", "native"), rows(WRITTEN))
def test_write(use, common, native):
    result = compile_use(use).write(common, context=DUTCH)
    assert result == native
    assert type(result) is type(native)


def test_a_year_that_two_digits_cannot_say_is_refused():
    with pytest.raises(TransformError) as caught:
        compile_use("date(d-mm-yy)").write(date(1912, 1, 2))
    assert caught.value.code == "range"


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_nothing_and_silence_pass_through_untouched(name):
    lens = compile_use("map(a=1)" if name == "map" else name)
    for value in (None, ABSENT):
        assert lens.parse(value) is value
        assert lens.write(value) is value
        assert lens.canonical(value) is value
        assert lens.quality(value) == ()


CANONICAL = [
    # use              shown by Exact       canonical         why
    ("code",           "                24", "24",            "padding"),
    ("country",        "NL ",               "NL",             "padding of a country"),
    ("fraction",       D("0.21"),           D("0.21"),        "Exact's percentages are fractions already"),
    ("map(standard=2)", "2  ",              "2",              "Exact shows the common value, padded"),
    ("split(;)",       (" a", "b"),         ("a", "b"),       "a list"),
    ("bool(ja, nee)",  0,                   False,            "a byte of Exact"),
    ("money(2, nl)",   "1234.56",           D("1234.56"),     "the notation is the other side's"),
    ("date(d-mm-yy)",  "2012-01-02",        date(2012, 1, 2), "the format is the other side's"),
    ("vat",            "NL852468131B01 ",   "NL852468131B01", "a key"),
]  # fmt: skip


@pytest.mark.parametrize(("use", "shown", "canonical"), rows(CANONICAL))
def test_the_side_that_shows_the_common_shape_is_only_spelled_canonically(use, shown, canonical):
    lens = compile_use(use)
    assert lens.canonical(shown) == canonical
    assert lens.canonical(lens.canonical(shown)) == canonical


SAME = [
    ("vat", "NL852468131B01", "nl 8524.68.131.b01", True, "two spellings"),
    ("vat", "onbekend", "NL852468131B01", False, "filler and number"),
    ("money(2)", D("12.5"), D("12.50"), True, "trailing zero"),
    ("money(2)", D("12.501"), D("12.50"), True, "beyond the decimals asked for"),
    ("money", D("12.501"), D("12.50"), False, "no decimals asked for"),
    ("bool", True, 1, True, "byte and flag"),
    ("trim", True, 1, False, "a flag is no number where nobody says so"),
    ("date", "morgen", "morgen", True, "unreadable but equal"),
    ("date", "morgen", date(2016, 1, 1), False, "unreadable and not equal"),
]


@pytest.mark.parametrize(("use", "one", "other", "same"), rows(SAME))
def test_same(use, one, other, same):
    lens = compile_use(use)
    assert lens.same(one, other) is same
    assert lens.same(other, one) is same


def test_what_is_kept_as_written_is_noted_and_is_no_key():
    lens = compile_use("vat")
    for raw, note in [
        ("NL852468132B01", "vat: rejected, check digit"),
        ("onbekend", "vat: empty, placeholder"),
        ("31264597", "vat: wrong field, KvK number"),
        ("NL347152685B01", "vat: rejected, contains a BSN"),
    ]:
        value = lens.parse(raw, context=DUTCH)
        assert value == raw
        assert lens.quality(value, context=DUTCH) == (note,)
        key = lens.key(value, context=DUTCH)
        assert key is not None
        assert not key.usable
    assert lens.quality("NL852468131B01") == ()
    assert lens.key("NL852468131B01") == Key(value="NL852468131B01", status="ok")


def test_a_note_names_no_number():
    note = compile_use("vat").quality("NL347152685B01", context=DUTCH)
    assert "347152685" not in str(note)


def test_a_field_without_a_kind_of_its_own_has_no_key():
    assert compile_use("trim").key("x") is None
    assert compile_use(["trim", "kvk"]).key_kind == "kvk"


BAD_USES = [
    ("vta", "Did you mean 'vat'", "a typo"),
    ("__import__", "Known: trim", "no such thing"),
    ("trim(2)", "takes no options", "options where there are none"),
    ("vat(nl)", "takes no options", "options of a key"),
    ("money(2", "expected a transform", "a bracket not closed"),
    ("money(99)", "expected decimals", "too many decimals"),
    ("money(2, fr)", "expected decimals", "a notation we do not have"),
    ("fraction(3)", "expected a divisor", "thirds do not end"),
    ("date(dmyyyy)", "expected a format", "could be cut two ways"),
    ("date(dd-mm)", "expected a format", "no year"),
    ("bool(ja)", "two different words", "one word"),
    ("bool(nee, ja)", "yes first", "the wrong way round"),
    ("map", "expected rows", "no rows"),
    ("map(a)", "expected rows", "half a row"),
    ("map(a=1, b=1)", "no way back", "not unique on the way back"),
    ("map(a=1, a=2)", "twice", "not unique on the way there"),
    ("map('a=1)", "not closed", "a quotation mark not closed"),
    ("join()", "expected one separator", "no separator"),
    ("country(klingon)", "expected one of", "a language we do not have"),
    ("", "expected a transform", "nothing"),
    ({"money": 2, "trim": ""}, "one transform", "two in one"),
    ([3], "expected a transform", "a number"),
]


@pytest.mark.parametrize(("use", "message"), rows(BAD_USES))
def test_a_use_that_cannot_be_is_refused_with_what_was_expected(use, message):
    with pytest.raises(UseError, match=message.replace("(", r"\(")):
        compile_use(use)


def test_a_lens_is_named_as_the_mapping_has_it():
    assert compile_use(["trim", "money(2,nl)", "split(;)"]).name == "trim, money(2, nl), split(;)"


def test_without_the_quality_extra_dutch_and_belgian_values_come_out_the_same(monkeypatch):
    from syncengine.decide.keys import phone, places
    from syncengine.decide.keys.countries import _names_of_babel

    monkeypatch.setattr(phone, "library", lambda: None)
    assert phone.phone("030 537421", "DE").value == "+4930537421"
    assert phone.phone("0512 345068", "NL").value == "+31512345068"
    assert phone.phone("1 83 45 67 89", "ZZ").reason == "no rule for the country"
    monkeypatch.setattr("syncengine.decide.keys.countries.find_spec", lambda name: None)
    _names_of_babel.cache_clear()
    try:
        assert places.country("Allemagne").value == "DE"
        assert places.country("Tchad").value is None
    finally:
        _names_of_babel.cache_clear()
