"""The columns of keys: what counts as a key and how good it is, what a neighbouring field adds, what is kept at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from syncengine.decide.match.table import COMPOUND, NONE, STRONG, WEAK, Table, TranslateRef
from syncengine.model.record import ABSENT, Observed, Side
from tests.builders import rows
from tests.decide.matching import FIELDS, entity, rule

MORE = (*FIELDS, "AddressLine2", "Enterprise", "RSIN", "Grade", "Account", "Website")
CHANGES: Mapping[str, Any] = {
    "Enterprise": {"use": ("kbo",)},
    "RSIN": {"use": ("rsin",)},
    "Account": {"ref": "accounts"},
}
ALL = rule(*MORE)


def table(*left: Mapping[str, Any], right: tuple[Mapping[str, Any], ...] = (), rules=(ALL,), **changes: Any) -> Table:
    """These records, called 1, 2 … on either side."""
    wanted = entity(*rules, fields=MORE, **{**CHANGES, **changes})
    layout = wanted.layout

    def observed(side: Iterable[Mapping[str, Any]]) -> list[Observed]:
        return [
            Observed(id=str(n), values=tuple(values.get(name, ABSENT) for name in layout))
            for n, values in enumerate(side, 1)
        ]

    parents = {(Side.LEFT, "17"): "p", (Side.RIGHT, "guid"): "p"}
    parents |= {(Side.LEFT, str(nobody)): "nobody" for nobody in (None, ABSENT)}
    translated: TranslateRef = lambda name, side, id: parents.get((side, id))  # noqa: E731
    return Table(wanted, observed(left), observed(right), layout, translated)


def level(of: Table, name: str, node: int = 0) -> tuple[str | None, int]:
    """A record's key and how good it is."""
    column = of.column(name)
    best = next((least for least in (STRONG, COMPOUND, WEAK) if column.key(node, least) is not None), NONE)
    return column.key(node, WEAK), best


KEYS = [
    # field, written, country, key, how good, why
    ("Code", "A1", None, "A1", STRONG, "a code"),
    ("Code", "", None, None, NONE, "nothing"),
    ("Code", None, None, None, NONE, "empty"),
    ("Code", ABSENT, None, None, NONE, "silent"),
    ("Code", "onbekend", None, None, NONE, "a filler"),
    ("Code", 7, None, "7", STRONG, "a number"),
    ("Code", ("a", "b"), None, "a b", STRONG, "a list"),
    ("Email", "a@gmail.com", None, "a@gmail.com", COMPOUND, "free mail is a key with others only"),
    ("Email", "no-reply@acme.example", None, None, NONE, "a no-reply address"),
    ("Email", "test@acme.example", None, None, NONE, "a placeholder"),
    ("Email", "a@acme.example; b@acme.example", None, "a@acme.example", WEAK, "two addresses are no key"),
    ("Phone", "0201347589", "NL", "+31201347589", STRONG, "a telephone of the country"),
    ("Phone", "0201347589", None, "0201347589", WEAK, "a telephone without a country"),
    ("Postcode", "5411 EA", "NL", "5411 EA", STRONG, "a postcode"),
    ("Postcode", "5411", "NL", "5411", WEAK, "half a postcode"),
    ("Postcode", "9000", "BE", "9000", STRONG, "the country's own form of postcode"),
    ("Postcode", "9000", " BE ", "9000", STRONG, "a country with spaces around it"),
    ("Postcode", "9000", 7, "9000", WEAK, "a country that is no text"),
    ("Postcode", "9000", "  ", "9000", WEAK, "an empty country"),
    ("Postcode", "1234 AB", "NL", None, NONE, "an example of a postcode"),
    ("VATNumber", "0207447861", "BE", "BE0207447861", STRONG, "a VAT number of the country"),
    ("VATNumber", "0207447861", None, None, NONE, "a VAT number without its country"),
    ("AddressLine1", "Kerkstraat", None, "kerkstraat||", WEAK, "a street without number"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "written", "country", "key", "good"), rows(KEYS))
def test_what_is_a_key_and_how_good(name, written, country, key, good) -> None:
    shown = {name: written} if country is None else {name: written, "Country": country}
    assert level(table(shown), name) == (key, good)


def test_an_example_number_supports_nothing() -> None:
    of = table({"Grade": "NL91ABNA0417164300"}, Grade={"use": ("iban",)})
    assert level(of, "Grade") == (None, NONE)


FOLDED = [
    ({"use": ("upper",)}, "a1", "a field in capitals"),
    ({"compare": "case"}, "a1", "a field compared without case"),
    ({}, "A1", "a field with its case"),
]


@pytest.mark.parametrize(("changes", "key"), rows(FOLDED))
def test_case_is_dropped_where_the_field_drops_it(changes, key) -> None:
    assert level(table({"Code": "A1"}, Code=changes), "Code") == (key, STRONG)
    assert level(table({"Code": "nvt"}, Code=changes), "Code") == (None, NONE)


def test_the_levels_are_in_order() -> None:
    assert NONE < WEAK < COMPOUND < STRONG


COLUMNS = [
    ("Code", {}, "codes"),
    ("Code", {"use": ("upper",)}, "codes in capitals"),
    ("Code", {"compare": "case"}, "codes without case"),
    ("Postcode", {}, "postcodes"),
    ("Phone", {}, "telephones"),
    ("Email", {}, "e-mail addresses"),
]


@pytest.mark.parametrize(("name", "changes"), rows(COLUMNS))
def test_a_whole_column_is_what_each_record_is(name, changes) -> None:
    written = (
        "A1",
        "a1",
        "5411EA",
        "0201347589",
        "a@gmail.com",
        " B2 ",
        "onbekend",
        "nvt",
        "",
        None,
        ABSENT,
        7,
        ("a", "b"),
        "C3" * 300,
    )
    records = [{name: value, "Country": "NL"} for value in written]
    of, again = (table(*records, **{name: changes}) for _ in range(2))
    for least in (WEAK, COMPOUND, STRONG):
        assert of.keys(name, least) == [again.column(name).key(node, least) for node in range(len(written))]


def test_records_in_columns_are_the_same_records() -> None:
    of = table({"Code": "A1"}, {"Code": "B2"})
    wanted = entity(ALL, fields=MORE, **CHANGES)
    columns = {name: [value, value] for name, value in zip(MORE, (None,) * len(MORE), strict=True)} | {
        "Code": ["A1", "B2"]
    }
    same = Table.of_columns(wanted, columns, 2, lambda name, side, id: None)
    assert (same.lefts, len(same)) == (of.lefts, len(of))
    assert same.keys("Code", STRONG) == of.keys("Code", STRONG) == ["A1", "B2"]


PARENTS = [
    ("17", ("p", STRONG), "a parent with a partner"),
    ("18", (None, NONE), "a parent without"),
    (None, (None, NONE), "no parent"),
    (ABSENT, (None, NONE), "a silent field"),
]


@pytest.mark.parametrize(("parent", "expected"), rows(PARENTS))
def test_a_reference_is_the_parent_in_the_space_both_sides_share(parent, expected) -> None:
    of = table({"Account": parent}, right=({"Account": "guid"},))
    assert level(of, "Account", 0) == expected
    assert level(of, "Account", 1) == ("p", STRONG)


LINES = [
    ("Kerkstraat", "2", "kerkstraat|2|", "the number stands on the second line"),
    ("Kerkstraat", "2 hs", "kerkstraat|2|hs", "the number and its addition stand there"),
    ("Kerkstraat", "12", "kerkstraat|12|", "a number of two digits"),
    ("Kerkstraat 4", "2", "kerkstraat|4|", "the first line has its own"),
    ("Postbus 12", "2", "postbus|12", "a box needs none"),
    ("Kerkstraat", "gebouw 2", "kerkstraat||", "the second line is no number"),
    ("Kerkstraat", None, "kerkstraat||", "there is no second line"),
]


@pytest.mark.parametrize(("one", "second", "key"), rows(LINES))
def test_the_number_on_the_second_line(one, second, key) -> None:
    of = table({"AddressLine1": one, "AddressLine2": second, "Name": one})
    assert of.column("AddressLine1").key(0, WEAK) == key
    assert of.column("Name").key(0, WEAK) == one.replace(" ", "").lower(), "a name has no second line"


TOWNS = [
    # name, its town, key, bare, why
    ("De Kraai - Ede", "Ede", "dekraai", "De Kraai", "its own town"),
    ("De Kraai - EDE", "Ede", "dekraai", "De Kraai", "its own town in capitals"),
    ("De Kraai - Best", "Ede", "dekraaibest", "De Kraai", "a town of another record"),
    ("De Kraai - Lent", "Ede", "dekraailent", "De Kraai - Lent", "a town that nobody shows"),
    (f"De Kraai - {ABSENT}", "Ede", "dekraaiabsentabsent", f"De Kraai - {ABSENT}", "what is silent shows no town"),
    ("De Kraai - Ede", None, "dekraaiede", "De Kraai - Ede", "a record without town"),
    ("De Kraai", "Ede", "dekraai", "De Kraai", "no town behind it"),
    (" - Ede", "Ede", "ede", " - Ede", "nothing but the town"),
    ("Ede", "Ede", "ede", "Ede", "a town for a name"),
    ("De Kraai - onbekend", "onbekend", "dekraai", "De Kraai - onbekend", "no town at all, and none is shown"),
]


@pytest.mark.parametrize(("name", "town", "key", "bare"), rows(TOWNS))
def test_the_town_behind_a_name(name, town, key, bare) -> None:
    of = table({"Name": name, "City": town}, {"City": "Best"}, {}, {"City": None})
    assert of.column("Name").key(0, WEAK) == key
    assert of.bare("Name", 0) == bare


def test_the_town_behind_another_field_is_part_of_it() -> None:
    of = table({"Code": "A - Ede", "City": "Ede"})
    assert level(of, "Code") == ("A - Ede", STRONG)


WRITTEN = [("Jansen", "Jansen", "text"), (None, "", "empty"), (ABSENT, "", "silent"), (7, "7", "a number")]


@pytest.mark.parametrize(("value", "expected"), rows(WRITTEN))
def test_a_field_as_written(value, expected) -> None:
    assert table({"Name": value}).written("Name", 0) == expected


def test_a_field_that_is_not_kept_is_written_as_nothing() -> None:
    assert table({"Grade": "gold"}, rules=(rule("Code"),)).written("Grade", 0) == ""


def test_only_what_keys_are_made_of_is_kept() -> None:
    """A million records need not be in memory for it."""
    of = table({}, rules=(rule("Code", veto=("Grade",), tie_break=("Website",)),))
    assert {name for name in MORE if of.has(name)} == {*MORE} - {"Account"}
    assert {name for name in MORE if table({}, rules=()).has(name)} == {*MORE} - {"Account", "Code", "Grade", "Website"}


def test_records_are_numbered_by_side_and_id() -> None:
    of = table({}, {}, right=({},))
    assert of.nodes == [(Side.LEFT, "1"), (Side.LEFT, "2"), (Side.RIGHT, "1")]
    assert (len(of), of.lefts) == (3, 2)
