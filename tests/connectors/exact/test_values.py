"""Exact's values both ways, row by row, and around both clock changes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.model.resource import Kind
from syncengine_connectors.exact import odata, values
from syncengine_connectors.exact.catalogue import Catalogue, Property
from tests.builders import rows

CATALOGUE = Catalogue.shipped()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def prop(path: str, name: str) -> Property:
    return CATALOGUE.endpoint(path).properties[name]


CODE = prop("crm/Accounts", "Code")
CREATED = prop("crm/Accounts", "Created")
START = prop("crm/Accounts", "StartDate")
MAILING = prop("crm/Accounts", "IsMailing")
ACCOUNTANT = prop("crm/Accounts", "IsAccountant")
BLOCKED = prop("crm/Accounts", "Blocked")
DISCOUNT = prop("crm/Accounts", "DiscountSales")
PARENT = prop("crm/Accounts", "Parent")
NAME = prop("crm/Accounts", "Name")
LEAD = prop("crm/Accounts", "PurchaseLeadDays")
HID = prop("system/Divisions", "Hid")
GUID = "8b3c1f0a-1111-4222-8333-444455556666"

READ = [
    (CODE, "           0000011", "0000011", "padding goes, leading zeros stay"),
    (CODE, "999999999999999999", "999999999999999999", "eighteen digits, beyond a double"),
    (prop("crm/Accounts", "Country"), "NL ", "NL", "padded on the right"),
    (prop("logistics/Items", "Unit"), "pc      ", "pc", "a unit"),
    (NAME, "Cafe\u0301", "Caf\u00e9", "text is composed"),
    (NAME, "", None, "empty text is empty"),
    (NAME, "   ", None, "only padding is empty"),
    (NAME, None, None, "null is empty"),
    (HID, "9007199254740993", "9007199254740993", "Int64 stays text"),
    (PARENT, GUID.upper(), GUID, "a GUID in capitals"),
    (MAILING, 0, False, "a byte that says no"),
    (MAILING, 1, True, "a byte that says yes"),
    (ACCOUNTANT, 2, 2, "a byte with three meanings"),
    (BLOCKED, True, True, "a boolean"),
    (LEAD, 14, 14, "a number"),
    (DISCOUNT, Decimal("0.055"), Decimal("0.055"), "a share"),
    (DISCOUNT, 0, Decimal(0), "a share without fraction"),
    (DISCOUNT, "0.055", Decimal("0.055"), "a share as text"),
    (CREATED, "/Date(1712413264000)/", datetime(2024, 4, 6, 12, 21, 4, tzinfo=UTC), "14:21 of the summer clock is 12:21 UTC"),
    (CREATED, "/Date(1704550864000)/", datetime(2024, 1, 6, 13, 21, 4, tzinfo=UTC), "14:21 of the winter clock is 13:21 UTC"),
    (START, "/Date(1775520000000)/", date(2026, 4, 7), "a day"),
    (START, "/Date(-2208988800000)/", date(1900, 1, 1), "before 1970"),
    (START, "/Date(1641034800000)/", date(2022, 1, 1), "a day that carries a time"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "raw", "expected"), rows(READ))
def test_a_value_is_read(field, raw, expected):
    got = values.read(field, raw)
    assert got == expected
    assert type(got) is type(expected)


UNREADABLE = [
    (CREATED, "2024-04-06", "no stamp"),
    (CREATED, "/Date(999999999999999)/", "beyond the calendar"),
    (CREATED, 5, "a number for a date"),
    (LEAD, "many", "words for a number"),
    (LEAD, Decimal("1.5"), "a fraction for a whole number"),
    (BLOCKED, "yes", "words for a flag"),
    (DISCOUNT, "1e99999", "a number out of bounds"),
    (NAME, {"results": []}, "an object for text"),
    (NAME, True, "a flag for text"),
    (prop("crm/Accounts", "BankAccounts"), [], "a collection"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "raw"), rows(UNREADABLE))
def test_a_value_that_is_not_of_its_type_is_refused(field, raw):
    with pytest.raises(ValueError):  # noqa: PT011  # the message is for people
        values.read(field, raw)


WRITE = [
    (NAME, "O'Brien", "O'Brien", "text as it is"),
    (NAME, None, None, "emptied"),
    (CODE, "123", "123", "no padding is needed"),
    (MAILING, True, 1, "a byte flag"),
    (MAILING, "false", 0, "a byte flag as text"),
    (BLOCKED, 1, True, "a boolean from a number"),
    (LEAD, "14", 14, "a number as text"),
    (LEAD, Decimal("14.0"), 14, "a whole decimal"),
    (DISCOUNT, "0.055", Decimal("0.055"), "a share as text"),
    (START, date(2026, 4, 7), "2026-04-07T00:00:00", "a day, without zone"),
    (START, datetime(2026, 4, 6, 22, 30, tzinfo=UTC), "2026-04-07T00:00:00", "a moment as the day it is there"),
    (START, "2026-04-07", "2026-04-07T00:00:00", "a day as text"),
    (CREATED, datetime(2026, 7, 1, 12, tzinfo=UTC), "2026-07-01T14:00:00", "a moment on the summer clock"),
    (CREATED, datetime(2026, 1, 1, 12, 0, 0, 500000, tzinfo=UTC), "2026-01-01T13:00:00.500", "with a fraction"),
    (PARENT, GUID.upper(), GUID, "a reference"),
    (HID, "9007199254740993", "9007199254740993", "Int64 as text"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "expected"), rows(WRITE))
def test_a_value_is_written(field, value, expected):
    got = values.write(field, value)
    assert got == expected
    assert type(got) is type(expected)


UNWRITABLE = [
    (CODE, "1" * 19, "longer than documented"),
    (MAILING, 2, "a flag with a third meaning"),
    (MAILING, "perhaps", "no flag"),
    (ACCOUNTANT, 300, "beyond a byte"),
    (LEAD, 2**31, "beyond 32 bits"),
    (LEAD, Decimal("1.5"), "a fraction"),
    (DISCOUNT, "NaN", "no number"),
    (DISCOUNT, True, "a flag for a number"),
    (PARENT, "1042", "no GUID"),
    (START, "soon", "no day"),
    (CREATED, "soon", "no moment"),
    (NAME, ("a", "b"), "a list"),
    (NAME, True, "a flag for text, written"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), rows(UNWRITABLE))
def test_a_value_the_field_cannot_hold_is_refused_without_showing_it(field, value):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # below
        values.write(field, value)
    assert "1042" not in str(caught.value)


LITERALS = [
    (CODE, "123", "'               123'", "an account's code is padded to 18"),
    (CODE, "0000011", "'           0000011'", "leading zeros stay"),
    (CODE, "999999999999999999", "'999999999999999999'", "full width"),
    (NAME, "O'Brien & 'Zn'", "'O''Brien & ''Zn'''", "quotation marks doubled"),
    (prop("crm/Accounts", "Country"), "NL", "'NL'", "padding on the right does not matter"),
    (PARENT, GUID, f"guid'{GUID}'", "a GUID"),
    (LEAD, 14, "14", "a number"),
    (HID, "12", "12L", "Int64"),
    (BLOCKED, False, "false", "a boolean"),
    (MAILING, True, "1", "a byte flag"),
    (DISCOUNT, Decimal("0.055"), "0.055", "a decimal"),
    (START, date(2026, 4, 7), "datetime'2026-04-07T00:00:00'", "a day"),
    (NAME, None, "null", "empty"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "expected"), rows(LITERALS))
def test_a_literal_is(field, value, expected):
    assert values.literal(field, value) == expected


CHANGES = [
    # the server's wall clock, UTC, why
    ("2026-03-29T01:59:00", datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "just before summer time"),
    ("2026-03-29T03:00:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "just after it began"),
    ("2026-10-25T01:59:00", datetime(2026, 10, 24, 23, 59, tzinfo=UTC), "before the hour that comes twice"),
    ("2026-10-25T02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "the hour that comes twice: the first is meant"),
    ("2026-10-25T03:00:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "after it"),
]  # fmt: skip


@pytest.mark.parametrize(("wall", "utc"), rows(CHANGES))
def test_around_the_clock_changes(wall, utc):
    assert values.read(CREATED, stamp(wall)) == utc
    assert values.write(CREATED, utc) == wall


def stamp(wall: str) -> str:
    """A time of the server's clock as it answers it: milliseconds as if it were UTC."""
    return f"/Date({(datetime.fromisoformat(wall).replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)})/"


@given(st.integers(-20 * 365 * 86_400_000, 129 * 365 * 86_400_000))
def test_a_moment_survives_the_way_there_and_back_but_for_the_hour_that_comes_twice(milliseconds):
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    back = values.read(CREATED, stamp(values.write(CREATED, moment)))
    twice = moment.astimezone(values.ZONE).fold == 1
    assert back == (moment - timedelta(hours=1) if twice else moment)


@given(st.dates())
def test_a_day_survives_the_way_there_and_back(day):
    assert values.read(START, stamp(values.write(START, day))) == day


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_an_amount_is_sent_digit_for_digit(amount):
    body = odata.encode({"Price": values.write(DISCOUNT, amount)})
    assert json.loads(body, parse_float=Decimal, parse_int=Decimal)["Price"] == amount


def test_every_property_has_a_kind_or_is_nested():
    nested = set()
    for name in CATALOGUE.listed():
        for p in CATALOGUE.endpoint(CATALOGUE.path(name)).properties.values():
            if values.kind_of(p) is None:
                nested.add(p.type.partition("(")[0])
    assert nested <= {"Collection", "Complex"}


def test_a_key_is_text_and_another_guid_a_reference():
    assert values.kind_of(prop("crm/Accounts", "ID")) is Kind.TEXT
    assert values.kind_of(PARENT) is Kind.REFERENCE
