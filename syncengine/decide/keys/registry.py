"""The one door: a kind's name and a written value in, a ``Key`` out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from syncengine.decide.keys import address, bank, chamber, contact, names, phone, places, vat
from syncengine.decide.keys.junk import SURE_FILLERS, filler
from syncengine.decide.keys.key import Key, empty, ok, rejected
from syncengine.decide.keys.text import plain

Judge = Callable[[str, str | None], Key]


MAX_LENGTH: Final = 500
"""Longer text is no key of any kind; the bound keeps patterns quick and the memory of answers small."""


def is_bare_code(raw: str) -> bool:
    """Tell whether a text is surely its own key as a code: it holds a digit, so it is no filler, and nothing that is to be cleaned."""
    return raw.isascii() and raw.isalnum() and not raw.isalpha() and len(raw) <= MAX_LENGTH


def code(raw: str, country: str | None = None) -> Key:
    """An item, account or other code: text, its case and zeros kept, the ends stripped."""
    if is_bare_code(raw):
        return ok(raw)
    text, _ = plain(raw)
    junk = filler(text, SURE_FILLERS)
    return empty(junk) if junk else ok(text)


KINDS: Final[Mapping[str, Judge]] = MappingProxyType(
    {
        "vat": vat.vat,
        "kvk": chamber.kvk,
        "establishment": chamber.establishment,
        "kbo": chamber.kbo,
        "rsin": chamber.rsin,
        "oin": chamber.oin,
        "iban": bank.iban,
        "email": contact.email,
        "domain": contact.domain,
        "phone": phone.phone,
        "postcode": places.postcode,
        "country": places.country,
        "language": places.language,
        "city": places.city,
        "address": address.address,
        "name": names.name,
        "name_key": names.name_key,
        "code": code,
        "sku": code,
    }
)
"""Kind → the function that judges it. Closed: a mapping can name no other."""


def normalise(kind: str, raw: str, *, country: str | None = None) -> Key:
    """Judge one written value and give its canonical form, for matching and comparing. Pure; remembers recent answers.

    Args:
        kind: A name of ``KINDS``.
        raw: The text as written.
        country: The record's country as written or as ISO code; used where a value does not say itself.

    Raises:
        KeyError: No such kind.
    """
    if len(raw) > MAX_LENGTH:
        return rejected("too long")
    return _normalised(kind, raw, _home(country) if country else None)


@lru_cache(maxsize=512)
def _home(country: str) -> str | None:
    return places.country(country).value


@lru_cache(maxsize=1 << 16)
def _normalised(kind: str, raw: str, country: str | None) -> Key:
    return KINDS[kind](raw, country)
