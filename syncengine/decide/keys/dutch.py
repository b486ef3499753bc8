"""The nine digits that the Dutch tax office gives out: which check they pass, and whether they belong to a person.

Two checks exist. The *eleven test* holds for every RSIN (legal persons and partnerships) and every BSN (people). Since 1 January
2020 the VAT id of a sole trader is a number without meaning that passes *mod 97* over the whole id instead; until then it was the
trader's BSN + ``B01``, and such an id still stands in many files though it is no VAT id any more.

Source: Belastingdienst, "btw-identificatienummer" (example NL000099998B57); RSIN blocks: 00 and 8 as first digits.
"""

from __future__ import annotations

from stdnum.iso7064 import mod_97_10
from stdnum.nl import bsn

CONTAINS_BSN = "contains a BSN"
"""The reason for digits that pass the eleven test outside the blocks of legal persons. The digits are never passed on."""


def eleven(digits: str) -> bool:
    """True if nine digits pass the eleven test; zeros alone do not count."""
    return len(digits) == 9 and digits != "000000000" and bool(bsn.is_valid(digits))


def is_rsin(digits: str) -> bool:
    """True if nine digits can be the number of a legal person: the eleven test, and one of its blocks."""
    return eleven(digits) and digits.startswith(("8", "00"))


def is_bsn(digits: str) -> bool:
    """True if nine digits can be the number of a person."""
    return eleven(digits) and not digits.startswith(("8", "00"))


def is_new_vat_id(digits: str, suffix: str) -> bool:
    """True if the whole id passes mod 97, as ids of sole traders do since 2020."""
    return bool(mod_97_10.is_valid(f"NL{digits}B{suffix}"))
