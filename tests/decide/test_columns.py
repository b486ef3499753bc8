"""Many records observed at once are what each of them is alone."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from syncengine.decide.translate import LookupTable
from syncengine.model.columns import Columns
from syncengine.model.entity import FieldRule, Lookup, Test
from syncengine.model.record import ABSENT, Record, Side
from syncengine.model.resource import Kind
from tests.decide.test_translate import lens

L, R = Side.LEFT, Side.RIGHT
RULES = (
    FieldRule(name="Code", source="sku", use=("code",)),
    FieldRule(name="Name", source="name", use=("trim",)),
    FieldRule(name="Upper", source="upper", use=("upper",)),
    FieldRule(name="Any", source="any"),
    FieldRule(name="Price", source="price"),
    FieldRule(name="Day", source="day"),
    FieldRule(name="Short", source="short", max_length=3, overflow="truncate"),
    FieldRule(name="Long", source="long", max_length=3),
    FieldRule(name="Fixed", constant="x", is_constant=True),
    FieldRule(name="Rate", source="rate", lookup="rates"),
    FieldRule(name="Vat", source="vat", use=("vat",)),
    FieldRule(name="Country", source="land", use=("country",)),
    FieldRule(name="Phone", source="tel", use=("phone",)),
    FieldRule(name="Silent", source=""),
    FieldRule(name="Nested", source="a.b"),
)
KINDS = {"Any": Kind.ANY, "Price": Kind.NUMBER, "Day": Kind.DATE, "Country": Kind.TEXT}
TABLE = LookupTable(lookup=Lookup(name="rates", map={"std": "2"}, unmapped="skip_field"))
GIVEN: dict[str, list[str | None]] = {
    "sku": ["007", "a-1", None],
    "name": ["Jan", "Caf\u00e9\u200b", None],
    "upper": ["ab", None],
    "any": ["x", None],
    "price": ["1.50", "12", None, "x"],
    "day": ["2026-11-20", None],
    "short": ["abcdef", "ab"],
    "long": ["ab", None, "abcdef"],
    "rate": ["std", None, "none"],
    "vat": ["NL123456782B90", None, "NL1"],
    "land": ["NL", "BE", None],
    "tel": ["0201234567", None],
    "a.b": ["n"],
}
LENS = lens(*RULES, kinds=KINDS, lookups=(TABLE,))


def columns(cells: dict[str, list[str | None]], size: int) -> Columns:
    return Columns(
        ids=[str(n) for n in range(size)],
        versions=[f"v{n}" for n in range(size)],
        fields={name: [values[n % len(values)] for n in range(size)] for name, values in cells.items()},
    )


def alone(found: Columns, side: Side, used=LENS):
    return [
        used.observe(
            side,
            Record(
                resource="x", id=id, fields={name: column[n] for name, column in found.fields.items()}, version=version
            ),
            n + 1,
        )
        for n, (id, version) in enumerate(zip(found.ids, found.versions, strict=True))
    ]


def compare(found: Columns, side: Side, used=LENS) -> bool:
    """Hold the sheet to the records; True if there is a sheet."""
    sheet = used.sheet(side, found, list(range(1, len(found.ids) + 1)))
    one_by_one = alone(found, side, used)
    if sheet is None:
        return False
    assert [replace(item, fingerprint=0) for item in one_by_one] == list(sheet.records())
    assert [[type(value) for value in item.values] for item in one_by_one] == [
        [type(value) for value in item.values] for item in sheet.records()
    ]
    return True


def plain(side: Side) -> dict[str, list[str | None]]:
    """Columns of a side with nothing wrong in them."""
    left: dict[str, list[str | None]] = {
        "sku": ["007", None],
        "name": ["Jan", None],
        "upper": ["ab", None],
        "any": ["x", None],
        "price": ["1.50", None],
        "day": ["2026-11-20"],
        "short": ["abcdef", "ab"],
        "long": ["ab", None],
        "rate": ["std"],
        "vat": [None],
        "land": ["NL", "BE"],
        "tel": ["+31 20 794 2468"],
        "a.b": ["n"],
    }
    if side is L:
        return left
    names = {rule.source: rule.name for rule in RULES}
    return {names[name]: (["2"] if name == "rate" else values) for name, values in left.items()}


def test_plain_records_of_either_side_are_read_at_once() -> None:
    for side in Side:
        assert compare(columns(plain(side), 6), side)


def test_a_column_the_side_lacks_is_silence() -> None:
    cells = plain(L)
    del cells["name"]
    sheet = LENS.sheet(L, columns(cells, 2), [1, 2])
    assert sheet is not None
    assert list(sheet.values[1]) == [ABSENT, ABSENT]


def test_what_must_be_told_or_judged_is_looked_at_alone() -> None:
    wrong: dict[str, list[str | None]] = {
        "price": ["x"],  # a problem
        "rate": ["none"],  # a note
        "long": ["abcdef"],  # too long
        "vat": ["NL123456789B01"],  # a wrong check digit, worth a note
    }
    for name, values in wrong.items():
        assert LENS.sheet(L, columns({**plain(L), name: values}, 2), [1, 2]) is None, name
    judged = lens(*RULES[:1], where={L: Test(field="sku", op="eq", value="1")})
    assert judged.sheet(L, columns({"sku": ["1"]}, 1), [1]) is None
    computed = lens(FieldRule(name="Code", source="sku", to_right="sku ~ 'x'"))
    assert computed.sheet(L, columns({"sku": ["1"]}, 1), [1]) is None


@given(
    st.fixed_dictionaries(
        {name: st.lists(st.sampled_from(values), min_size=3, max_size=3) for name, values in GIVEN.items()}
    )
)
def test_whatever_is_read_at_once_is_what_it_is_alone(cells) -> None:
    compare(columns(cells, 3), L)
    names = {rule.source: rule.name for rule in RULES}
    compare(columns({names[name]: values for name, values in cells.items()}, 3), R)
