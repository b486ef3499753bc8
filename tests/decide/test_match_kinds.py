"""Which kind of key a field holds: its transform says, else its name."""

from __future__ import annotations

import pytest

from syncengine.decide.match.kinds import FUZZY, IDENTITY, REGISTERS, kind_of
from syncengine.model.entity import FieldRule
from tests.builders import rows

KINDS = [
    # name, use, kind, why
    ("Name", (), "name_key", "a name"),
    ("City", (), "city", "a town"),
    ("AddressLine1", (), "address", "an address"),
    ("Postcode", (), "postcode", "a postcode"),
    ("Email", (), "email", "an e-mail address"),
    ("BusinessEmail", (), "email", "an e-mail address at work"),
    ("Phone", (), "phone", "a telephone"),
    ("Mobile", (), "phone", "a mobile"),
    ("BusinessPhone", (), "phone", "a telephone at work"),
    ("BusinessMobile", (), "phone", "a mobile at work"),
    ("VATNumber", (), "vat", "a VAT number"),
    ("ChamberOfCommerce", (), "kvk", "a number of the Dutch register"),
    ("RSIN", (), "rsin", "a Dutch tax number"),
    ("Website", (), "domain", "a domain"),
    ("Country", (), "country", "a country"),
    ("Language", (), "language", "a language"),
    ("Remarks", (), "code", "anything else"),
    ("Remarks", ("kbo",), "kbo", "the transform says"),
    ("Remarks", ("trim", "vat", "upper"), "vat", "one of the transforms says"),
    ("ChamberOfCommerce", ("kbo",), "kbo", "the transform goes before the name"),
    ("Email", ("trim",), "email", "a transform of text says nothing"),
    ("Email", ("code",), "email", "a plain code says nothing"),
    ("Remarks", ("code",), "code", "a plain code is one"),
]


@pytest.mark.parametrize(("name", "use", "kind"), rows(KINDS))
def test_the_kind_of_a_field(name, use, kind) -> None:
    assert kind_of(FieldRule(name=name, source="x", use=use)) == kind


def test_a_reference_is_of_no_kind() -> None:
    assert kind_of(FieldRule(name="Name", source="x", ref="accounts")) == ""


def test_what_kinds_prove() -> None:
    assert REGISTERS == ("kvk", "kbo", "rsin")
    assert {"vat", "kvk", "kbo", "rsin"} == IDENTITY
    assert {"name_key", "address"} == FUZZY
