"""What holds for every written value, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from stdnum.nl import bsn

from syncengine.decide.keys import KINDS, normalise
from syncengine.decide.keys.registry import are_bare_codes, is_bare_code
from syncengine.decide.keys.text import clean, fold, mended, stripped

KIND = st.sampled_from(sorted(KINDS))
COUNTRY = st.sampled_from([None, "NL", "BE", "DE", "FR", "Nederland", "GB"])
ALPHABET = st.sampled_from("0123456789NLBE OIGRU.-/(),:+@B01xn\u00a0\u200b８é")
WRITTEN = st.one_of(st.text(max_size=30), st.text(alphabet=ALPHABET, max_size=24))


def with_check(digits: str) -> str:
    """Nine digits that pass the eleven test, or "" if these eight cannot."""
    return next((digits + last for last in "0123456789" if bsn.is_valid(digits + last)), "")


EIGHT = st.from_regex(r"(?:8|00)[0-9]{6,7}", fullmatch=True).map(lambda text: text[:8].ljust(8, "1"))
RSIN = EIGHT.map(with_check).filter(lambda text: text and normalise("rsin", text).usable)
PERSON = st.from_regex(r"[1-79][0-9]{7}", fullmatch=True).map(with_check).filter(bool)
KVK = (
    st.integers(1_000_000, 98_999_999)
    .map(lambda number: f"{number:08}")
    .filter(lambda text: normalise("kvk", text).usable)
)
KBO = (
    st.integers(1_000_000, 19_999_999)
    .map(lambda number: f"{number:08}{97 - number % 97:02}")
    .filter(lambda text: normalise("kbo", text).usable)
)
NOISE = st.lists(st.sampled_from(["", "", " ", ".", "-", "\u00a0", "\u200b", "\u3000"]), min_size=20, max_size=20)


def sprinkled(text: str, noise: list[str]) -> str:
    return "".join(mark + ch for ch, mark in zip(text, noise, strict=False))


@given(KIND, WRITTEN, COUNTRY)
def test_any_text_is_judged(kind, raw, country):
    key = normalise(kind, raw, country=country)
    assert key.status != "ok" or key.value
    assert not key.usable or key.value
    assert key.status not in ("rejected", "empty", "wrong_field") or key.value is None
    assert key.status in ("ok",) or key.reason
    assert key.status != "wrong_field" or len(key.parts) == 1


@example(kind="city", raw="â¡", country=None)
@example(kind="phone", raw="01", country="DE")
@given(KIND, WRITTEN, COUNTRY)
def test_a_canonical_value_is_its_own_canonical_form(kind, raw, country):
    key = normalise(kind, raw, country=country)
    if key.usable and key.value and not key.parts:
        assert normalise(kind, key.value, country=country).value == key.value


@given(RSIN, st.integers(1, 99), NOISE)
def test_a_dutch_vat_number_is_found_through_separators(rsin, suffix, noise):
    number = f"NL{rsin}B{suffix:02}"
    assert normalise("vat", sprinkled(number, noise)).value == number


@given(RSIN, st.integers(1, 99))
def test_an_rsin_that_lost_its_zeros_is_found(rsin, suffix):
    assert normalise("vat", f"NL{rsin.lstrip('0')}B{suffix:02}").value in (f"NL{rsin}B{suffix:02}", None)
    assert normalise("kvk", rsin).parts == (("rsin", rsin),)


@given(PERSON)
def test_a_number_of_a_person_is_never_a_key_in_any_field(digits):
    for kind, raw in (("kvk", digits), ("rsin", digits), ("vat", digits), ("vat", f"NL{digits}")):
        key = normalise(kind, raw, country="NL")
        assert not key.usable
        assert digits not in repr(key)


@given(KVK, NOISE)
def test_a_kvk_number_is_found_through_separators_and_repairs(kvk, noise):
    spelt = sprinkled(kvk, noise)
    # That is how a spreadsheet writes a number of seven digits, and it is read so.
    assume(not spelt.endswith(".0"))
    for raw in (spelt, kvk.lstrip("0"), f"{kvk}0000", f"{kvk}.0", f"KvK {kvk}"):
        if len(raw) >= 7:
            assert normalise("kvk", raw).value == kvk


@pytest.mark.parametrize(("raw", "value"), [("1234567.0", "01234567"), ("0123456.0", None)])
def test_a_kvk_number_that_a_spreadsheet_made_a_decimal_of_is_not_read_with_its_zero(raw, value):
    assert normalise("kvk", raw).value == value


@given(KVK)
def test_a_kvk_number_is_no_establishment_and_the_other_way_round(kvk):
    padded = f"0000{kvk}"
    assert normalise("kvk", padded).parts == (("establishment", padded),)
    assert normalise("establishment", f"{kvk}0000").parts == (("kvk", kvk),)


@given(KBO, NOISE)
def test_a_belgian_number_is_one_key_in_all_its_spellings(kbo, noise):
    spellings = [f"BE{kbo}", f"BE {kbo[:4]}.{kbo[4:7]}.{kbo[7:]}", sprinkled(f"BE{kbo}", noise)]
    if kbo[0] == "0":
        spellings += [f"BE{kbo[1:]}", f"BE(0){kbo[1:]}"]
    assert {normalise("vat", raw).value for raw in spellings} == {f"BE{kbo}"}
    assert {normalise("kbo", raw).value for raw in spellings} == {kbo}


@given(st.from_regex(r"0[1-57][0-9]{8}", fullmatch=True).filter(lambda text: text[2] != "0"))
def test_a_dutch_phone_number_is_one_key_in_all_its_spellings(national):
    rest = national[1:]
    spellings = [
        national,
        f"({national[:3]}) {national[3:]}",
        f"+31 (0){rest}",
        f"0031{rest}",
        f"+31{rest}",
        f"{national[:4]}-{national[4:]}",
    ]
    assert len({normalise("phone", raw, country="NL").value for raw in spellings}) == 1


@given(st.text(max_size=60))
def test_cleaning_is_done_once(text):
    assert clean(clean(text)) == clean(text)
    assert stripped(stripped(text)) == stripped(text)
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.sampled_from("abc éëïöüçñåøßÉÖ'’–€"), max_size=30))
def test_text_read_with_the_wrong_table_is_mended_up_to_twice(text):
    def garbled(good: str) -> str:
        return b"".join(bytes([byte]) for byte in good.encode()).decode("cp1252", errors="strict")

    try:
        once = garbled(text)
        twice = garbled(once)
    except UnicodeDecodeError:
        return
    if mended(text) == text:
        assert mended(once) == text
        assert mended(twice) == text


@given(st.lists(st.one_of(st.text("aA1é²- ", max_size=4), st.none(), st.just("7" * 501)), min_size=1, max_size=4))
def test_a_column_is_of_bare_codes_if_each_of_its_values_is_one(column: list[str | None]) -> None:
    assert are_bare_codes(column) == all(value is not None and is_bare_code(value) for value in column)
