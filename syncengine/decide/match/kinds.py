"""Which kind of key a field holds, and what that kind can prove."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from syncengine.decide.transforms import compile_use
from syncengine.model.entity import FieldRule

BY_NAME: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Name": "name_key",
        "City": "city",
        "AddressLine1": "address",
        "Postcode": "postcode",
        "Email": "email",
        "Phone": "phone",
        "Mobile": "phone",
        "BusinessEmail": "email",
        "BusinessPhone": "phone",
        "BusinessMobile": "phone",
        "VATNumber": "vat",
        "ChamberOfCommerce": "kvk",
        "RSIN": "rsin",
        "Website": "domain",
        "Country": "country",
        "Language": "language",
    }
)
"""Exact field → the kind of its key, where the mapping names no transform that says so. Anything else is a plain code."""

REGISTERS: Final = ("kvk", "kbo", "rsin")
"""Numbers of a register of legal entities: one entity has one of each, and shares it with no other."""

IDENTITY: Final = frozenset({"vat", *REGISTERS})
"""Numbers by which the law tells entities apart. Both shown and different: two entities."""

FUZZY: Final = frozenset({"name_key", "address"})
"""Kinds that people spell in several ways: compared by likeness where a rule only suggests."""


def kind_of(rule: FieldRule) -> str:
    """The kind of key a field holds: its transform's, else its name's, else ``code``; "" for a reference."""
    if rule.ref:
        return ""
    kind = compile_use(rule.use).key_kind
    return kind if kind not in ("", "code") else BY_NAME.get(rule.name, "code")
