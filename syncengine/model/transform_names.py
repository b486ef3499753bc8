"""Which named transforms exist and what stands between their parentheses: what a mapping's ``use`` is judged by.

``decide`` holds what they do; a test holds its table to this one. Nothing here is stricter than what they take.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from syncengine.model.written import shown

_CALL = re.compile(r"([a-z_]+)(?:\((.*)\))?", re.ASCII | re.DOTALL)
_NUMBERS = r"[0-9]|1[0-2]|nl|en"
_TONGUES = "nl|en|fr|de"
_DATE = r"(?i:iso|[ymd]{1,4}[-/. ]?[ymd]{1,4}[-/. ]?[ymd]{1,4})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a transform takes.

    Attributes:
        counts: How many options it may have.
        option: What each option looks like; "" for anything.
        whole: Its option is one text, commas and spaces included.
        example: The transform as one may write it with options; "" if it has none.
        about: What it does, for the reference.
    """

    counts: tuple[int, ...] = (0,)
    option: str = ""
    whole: bool = False
    example: str = ""
    about: str = ""


TRANSFORMS: Final[Mapping[str, Signature]] = {
    "trim": Signature(about="No space at either end."),
    "upper": Signature(about="Trimmed, in capitals."),
    "code": Signature(about="An article or customer code: text, whatever it looks like; zeros stay, padding goes."),
    "vat": Signature(about="A VAT number, with or without country, dots and spaces."),
    "kvk": Signature(about="A number of the Dutch chamber of commerce."),
    "kbo": Signature(about="A Belgian enterprise number."),
    "rsin": Signature(about="A Dutch RSIN."),
    "iban": Signature(about="A bank account number."),
    "email": Signature(about="An e-mail address."),
    "phone": Signature(about="A telephone number, read by the record's country."),
    "postcode": Signature(about="A postcode, read by the record's country."),
    "country": Signature(
        counts=(0, 1),
        option=f"alpha2|alpha3|{_TONGUES}",
        example="country(alpha3)",
        about="A country by code or name; the option says how the other side is written to.",
    ),
    "language": Signature(
        counts=(0, 1),
        option=f"upper|lower|tag|{_TONGUES}",
        example="language(lower)",
        about="A language by code or name; the option says how the other side is written to.",
    ),
    "money": Signature(
        counts=(0, 1, 2),
        option=_NUMBERS,
        example="money(2, nl)",
        about="An amount; rounded only if decimals are given; nl or en says how the column is written.",
    ),
    "number": Signature(counts=(0, 1, 2), option=_NUMBERS, example="number(3)", about="A number; options as of money."),
    "date": Signature(
        counts=(0, 1),
        option=_DATE,
        example="date(dd-mm-yyyy)",
        about="A date in one format; yyyy-mm-dd if none is given.",
    ),
    "bool": Signature(
        counts=(0, 2), example="bool(ja, nee)", about="Yes or no; the options are the other side's two words for them."
    ),
    "map": Signature(
        counts=tuple(range(1, 201)),
        option=r"(?s:[^=]*=.*|[\"'].*)",
        example="map(standard=2, reduced=1)",
        about="A small table: other side's value = Exact's; unique both ways.",
    ),
    "join": Signature(
        counts=(0, 1),
        option=r"(?s:.+)",
        whole=True,
        example="join(;)",
        about="A list on the other side, one text in Exact.",
    ),
    "split": Signature(
        counts=(0, 1),
        option=r"(?s:.+)",
        whole=True,
        example="split(;)",
        about="One text on the other side, a list in Exact.",
    ),
    "fraction": Signature(
        counts=(0, 1, 2),
        option=r"[0-9]{1,7}|nl|en",
        example="fraction(1000)",
        about="Percents on the other side (21), a fraction in Exact (0.21); the option is another divisor.",
    ),
}
"""Name → what it takes."""


def parse(text: str) -> tuple[str, tuple[str, ...]]:
    """Read one transform as written, ``money(2)``, into its name and options.

    Raises:
        LookupError: There is no such transform; its argument is the name.
        ValueError: It is none, or does not take this.
    """
    found = _CALL.fullmatch(text.strip())
    if not found:
        raise ValueError(f'"{shown(text)}" is no transform: write a name such as trim, or money(2)')
    name, inside = found[1], found[2]
    known = TRANSFORMS.get(name)
    if known is None:
        raise LookupError(name)
    given = () if inside is None or not (inside.strip() or known.whole) else (inside,)
    options = given if known.whole else tuple(piece for text in given for piece in _pieces(text))
    example = f", such as {known.example}" if known.example else ""
    if len(options) not in known.counts:
        most = max(known.counts)
        raise ValueError(f"{name} takes {most or 'no'} option{'' if most == 1 else 's'}{example}; found {len(options)}")
    for option in options:
        if known.option and not re.fullmatch(known.option, option):
            raise ValueError(
                f'{name} does not take "{shown(option)}"{f"; write it as in {known.example}" if example else ""}'
            )
    return name, options


def _pieces(text: str) -> list[str]:
    """Cut options at commas; quotation marks protect commas and spaces, and go where they enclose the whole.

    Raises:
        ValueError: A quotation mark is left open.
    """
    pieces, piece, quote = [], "", ""
    for sign in text:
        if sign == "," and not quote:
            pieces.append(piece)
            piece = ""
            continue
        if sign in "\"'" and quote in ("", sign):
            quote = "" if quote else sign
        piece += sign
    if quote:
        raise ValueError("a quotation mark is not closed")
    pieces += [piece] if piece.strip() else []
    return [_unquoted(each.strip()) for each in pieces]


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and text[0] not in text[1:-1]
    return text[1:-1] if quoted else text
