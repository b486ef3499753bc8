"""Which named transforms exist and what stands between their parentheses: what a mapping's ``use`` is judged by.

``decide`` holds what they do; a test holds its table to this one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

_CALL = re.compile(r"\s*([a-z][a-z_]*)\s*(?:\((.*)\))?\s*", re.ASCII | re.DOTALL)
_DIGITS = re.compile(r"[0-9]{1,2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a transform takes.

    Attributes:
        least, most: How many arguments.
        takes: ``number``: whole numbers; ``pairs``: ``one=other``; ``text``: anything.
        about: What it does, for the reference.
    """

    least: int = 0
    most: int = 0
    takes: Literal["number", "pairs", "text"] = "text"
    about: str = ""


TRANSFORMS: Final[Mapping[str, Signature]] = {
    "trim": Signature(about="no space at either end, single spaces inside"),
    "upper": Signature(about="compared without regard to case, written in capitals"),
    "code": Signature(about="an article or customer code: trimmed, compared without padding"),
    "vat": Signature(about="a VAT number, with or without country, dots and spaces"),
    "kvk": Signature(about="a number of the Dutch chamber of commerce: eight digits"),
    "kbo": Signature(about="a Belgian enterprise number: ten digits"),
    "rsin": Signature(about="a Dutch RSIN: nine digits"),
    "iban": Signature(about="a bank account number"),
    "email": Signature(about="an e-mail address"),
    "phone": Signature(about="a telephone number"),
    "postcode": Signature(about="a postcode"),
    "country": Signature(about="a country, by code or name, as ISO 3166 alpha-2"),
    "language": Signature(about="a language, by code or name"),
    "money": Signature(most=1, takes="number", about="an amount with so many decimals; 2 if none is said"),
    "number": Signature(most=1, takes="number", about="a number with at most so many decimals"),
    "date": Signature(most=1, about="a date; the left side's way of writing it, if it is not ISO"),
    "bool": Signature(most=2, about="yes or no; the left side's two words for them"),
    "map": Signature(least=1, most=200, takes="pairs", about="a small table: left=right, …"),
    "join": Signature(most=1, about="a list on the left, one text on the right"),
    "split": Signature(most=1, about="one text on the left, a list on the right"),
    "fraction": Signature(about="percents on the left (21), a fraction on the right (0.21)"),
}
"""Name → what it takes."""


def arguments(text: str) -> tuple[str, ...]:
    """Split what stands between parentheses at its commas; quotes keep a comma or a space in a piece.

    Raises:
        ValueError: A quote is left open.
    """
    pieces: list[str] = []
    piece, quote, quoted = "", "", False
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
            piece += sign if quote else ""
        elif sign in "\"'":
            quote, quoted = sign, True
            piece = piece.lstrip()
        elif sign == ",":
            pieces.append(piece if quoted else piece.strip())
            piece, quoted = "", False
        elif not (quoted and sign == " "):
            piece += sign
    if quote:
        raise ValueError("a quote is left open")
    return (*pieces, piece if quoted else piece.strip())


def parse(text: str) -> tuple[str, tuple[str, ...]]:
    """Read one transform as written, ``money(2)``, into its name and arguments.

    Raises:
        ValueError: No such transform, or it does not take this.
    """
    found = _CALL.fullmatch(text)
    if not found:
        raise ValueError(f'"{text}" is no transform: write a name such as trim, or money(2)')
    name, inside = found[1], found[2]
    known = TRANSFORMS.get(name)
    if known is None:
        raise LookupError(name)
    given = arguments(inside) if inside else ()
    if not known.least <= len(given) <= known.most:
        wanted = f"{known.least} to {known.most}" if known.least != known.most else str(known.most)
        raise ValueError(f"{name} takes {wanted} arguments, and {len(given)} are given")
    for piece in given:
        if known.takes == "number" and not _DIGITS.fullmatch(piece):
            raise ValueError(f'{name} takes a whole number, and "{piece}" is none')
        if known.takes == "pairs" and "=" not in piece:
            raise ValueError(f'{name} takes pairs such as a=b, and "{piece}" is none')
    return name, given
