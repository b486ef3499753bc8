"""The one door: a kind's name and a written value in, a ``Key`` out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import Final, cast

from syncengine.decide.keys.key import Key, rejected

Judge = Callable[[str, str | None], Key]


MAX_LENGTH: Final = 500
"""Longer text is no key of any kind; the bound keeps patterns quick and the memory of answers small."""


def is_bare_code(raw: str) -> bool:
    """Tell whether a text is surely its own key as a code: it holds a digit, so it is no filler, and nothing that is to be cleaned."""
    return raw.isascii() and raw.isalnum() and not raw.isalpha() and len(raw) <= MAX_LENGTH


def are_bare_codes(column: Sequence[object]) -> bool:
    """Tell whether each of these values is text, and ``is_bare_code`` of it."""
    if set(map(type, column)) != {str}:
        return False
    texts = cast(Sequence[str], column)
    # No look at one after the other in Python: a column may have a million.
    return (
        "".join(texts).isascii()
        and all(map(str.isalnum, texts))
        and not any(map(str.isalpha, texts))
        and max(map(len, texts)) <= MAX_LENGTH
    )


KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "vat": "vat:vat",
        "kvk": "chamber:kvk",
        "establishment": "chamber:establishment",
        "kbo": "chamber:kbo",
        "rsin": "chamber:rsin",
        "oin": "chamber:oin",
        "iban": "bank:iban",
        "email": "contact:email",
        "domain": "contact:domain",
        "phone": "phone:phone",
        "postcode": "places:postcode",
        "country": "places:country",
        "language": "places:language",
        "city": "places:city",
        "address": "address:address",
        "name": "names:name",
        "name_key": "names:name_key",
        "code": "codes:code",
        "sku": "codes:code",
    }
)
"""Kind → module and function that judge it, loaded with the first value of that kind: a run that finds nothing to do loads none.
Closed: a mapping can name no other."""


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
    return _judge("country")(country, None).value


@lru_cache(maxsize=1 << 16)
def _normalised(kind: str, raw: str, country: str | None) -> Key:
    return _judge(kind)(raw, country)


@cache
def _judge(kind: str) -> Judge:
    module, _, function = KINDS[kind].partition(":")
    return cast(Judge, getattr(import_module(f"{__package__}.{module}"), function))
