"""Queries and bodies, read back by the emulator's own parser."""

from __future__ import annotations

import json
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exact_emulator.odata.parse import Compare, Constant, Logic, parse_filter
from syncengine_connectors.exact import odata, values
from syncengine_connectors.exact.catalogue import Catalogue
from tests.builders import rows

CATALOGUE = Catalogue.shipped()
ACCOUNTS = CATALOGUE.endpoint("crm/Accounts")
ZONE = ZoneInfo("Europe/Amsterdam")
GUID = "8b3c1f0a-1111-4222-8333-444455556666"


TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


def through_the_wire(condition: str) -> str:
    """What a server reads of a filter after the query string was decoded."""
    target = odata.target("/api/v1/1/crm/Accounts", [("$select", "ID"), ("$filter", condition)])
    assert target.isascii()
    return dict(parse_qsl(urlsplit(target).query))["$filter"]


@given(TEXT)
def test_any_text_arrives_as_it_was(text):
    read = parse_filter(through_the_wire(f"Name eq {values.quote(text)}"), ZONE)
    assert isinstance(read, Compare)
    assert read.right == Constant("String", text)


@given(st.lists(TEXT, min_size=2, max_size=5))
def test_no_text_escapes_into_the_expression(texts):
    condition = odata.one_of([odata.equals(ACCOUNTS, "Name", f"'{text}") for text in texts])
    read = parse_filter(through_the_wire(condition), ZONE)
    assert isinstance(read, Logic)
    found = [term.right for term in read.terms if isinstance(term, Compare)]
    assert found == [Constant("String", f"'{text}") for text in texts]


@pytest.mark.parametrize("text", ["O'Brien", "a & b", "1+1", "#1", "100%", "a?b=c", "x/y", "é€漢", "a\nb", "'"])
def test_awkward_values_arrive(text):
    read = parse_filter(through_the_wire(f"Name eq {values.quote(text)}"), ZONE)
    assert isinstance(read, Compare)
    assert read.right == Constant("String", text)


def test_spaces_are_no_plus_signs():
    assert "+" not in odata.target("/x", [("$filter", "Name eq 'a b'")])
    assert "%2B" in odata.target("/x", [("$filter", "Name eq 'a+b'")])


ADDRESSES = [
    ("crm/Accounts", GUID, f"(guid'{GUID}')", "a GUID"),
    ("crm/Accounts", GUID.upper(), f"(guid'{GUID}')", "a GUID in capitals"),
    ("system/Divisions", "123456", "(123456)", "a number"),
    ("openingbalance/CurrentYear/AfterEntry", f"1|{GUID}|2026", f"(Division=1,GLAccount=guid'{GUID}',ReportingYear=2026)", "a key of three"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "id", "expected"), rows(ADDRESSES))
def test_the_address_of_a_record_is(path, id, expected):
    assert odata.address(CATALOGUE.endpoint(path), id) == expected


@pytest.mark.parametrize("id", ["", "1042", f"{GUID}|2", "x') or (1 eq 1", f"{GUID}')"])
def test_what_is_no_id_makes_no_address(id):
    with pytest.raises(ValueError):  # noqa: PT011  # the message is for people
        odata.address(ACCOUNTS, id)
    with pytest.raises(ValueError):  # noqa: PT011
        odata.by_id(ACCOUNTS, id)


def test_a_body_is_json_with_exact_amounts():
    body = odata.encode(
        {"Name": 'O"Brien\n', "Price": Decimal("0.10"), "Big": Decimal("123456789012345678.123"), "Gone": None}
    )
    assert json.loads(body, parse_float=Decimal) == {
        "Name": 'O"Brien\n',
        "Price": Decimal("0.1"),
        "Big": Decimal("123456789012345678.123"),
        "Gone": None,
    }
