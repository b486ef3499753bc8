"""IBANs, by python-stdnum."""

from __future__ import annotations

import re

from stdnum import iban as stdnum_iban
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from syncengine.decide.keys.junk import EDGES, filler, zeros
from syncengine.decide.keys.key import Key, empty, rejected, review, valid
from syncengine.decide.keys.text import plain

_LABEL = re.compile(r"^IBAN(?:[ -]?(?:NUMMER|NUMBER|NR|NO))?(?=[^A-Z]|[A-Z]{2}[0-9])[ .:#=-]*")
_SEPARATORS = re.compile(r"[ .\-/]")
_EXAMPLES = frozenset(
    "NL91ABNA0417164300 NL20INGB0001234567 NL02ABNA0123456789 BE68539007547034 BE71096123456769 DE89370400440532013000 "
    "FR1420041010050500013M02606 GB29NWBK60161331926819 GB82WEST12345698765432 LU280019400644750000".split()
)
"""The numbers that documentation and form placeholders show; valid, and nobody's."""


def iban(raw: str, country: str | None = None) -> Key:
    """Judge an IBAN; canonical is upper case without separators."""
    text, wide = plain(raw)
    if (junk := filler(text)) or zeros(_SEPARATORS.sub("", text)):
        return empty(junk or "placeholder")
    text, repairs = text.upper().strip(EDGES), ["full-width characters"] if wide else []
    if label := _LABEL.match(text):
        text, repairs = text[label.end() :], [*repairs, "label"]
    compact = _SEPARATORS.sub("", text)
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}", compact):
        return rejected("no country prefix" if compact.isdigit() else "format")
    try:
        stdnum_iban.validate(compact)
    except InvalidChecksum:
        return rejected("check digit")
    except InvalidLength:
        return rejected("length")
    except ValidationError:
        return rejected("format")
    return review(compact, "example number") if compact in _EXAMPLES else valid(compact, repairs)
