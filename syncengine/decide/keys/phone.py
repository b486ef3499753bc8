"""Phone numbers: Dutch and Belgian by our own rules, others by phonenumbers where it is installed and by length where not.

Only the shape is judged, never whether a number was given out: a side may hold numbers newer than any table.
Source: Nummerplan telefoon- en ISDN-diensten (NL: nine digits after the 0); BIPT numbering plan (BE: eight, mobiles nine).
"""

from __future__ import annotations

import re
from functools import cache
from types import ModuleType

from syncengine.decide.keys.junk import filler, made_up, scientific, unfloated, zeros
from syncengine.decide.keys.key import Key, Part, empty, ok, rejected, review, valid
from syncengine.decide.keys.text import plain

_CANONICAL = re.compile(r"\+(?:31[1-9][0-9]{8}|32[1-9][0-9]{7,8})")
_LABEL = re.compile(r"^(?:TELEFOON|TELEPHONE|TEL|PHONE|MOBIEL|MOBILE|MOB|GSM|FAX|T|M)[ .:]+", re.I)
_EXTENSION = re.compile(r"\s*(?:\b(?:TOESTEL|TST|EXT|EXTENSION|INTERN|POSTE)|(?<=[0-9 ])X)[ .:]*([0-9]{1,6})$", re.I)
_TRUNK = re.compile(r"\(\s*0\s*\)")
_FORBIDDEN = re.compile(r"[^0-9+()\[\] ./\-–_]")
_MUNICIPAL = re.compile(r"14(0[1-9][0-9]{1,2})")
_SERVICE = re.compile(r"0(800|90[0-9])([0-9]{4}|[0-9]{7})")
_MIN, _MAX = 7, 15

_CODES = {
    "AT": ("43", "0"), "BE": ("32", "0"), "CA": ("1", "1"), "CH": ("41", "0"), "CZ": ("420", ""), "DE": ("49", "0"), "DK": ("45", ""),
    "ES": ("34", ""), "FI": ("358", "0"), "FR": ("33", "0"), "GB": ("44", "0"), "IE": ("353", "0"), "IT": ("39", ""), "LU": ("352", ""),
    "NL": ("31", "0"), "NO": ("47", ""), "PL": ("48", ""), "PT": ("351", ""), "SE": ("46", "0"), "US": ("1", "1"),
}  # fmt: skip
"""Country → calling code and the digit dialled before a national number, for use without phonenumbers."""


def phone(raw: str, country: str | None = None) -> Key:
    """Judge a phone number; canonical is E.164, such as ``+31299409409``.

    Args:
        raw: The text of the field.
        country: ISO 3166 code of the record; needed for numbers without ``+`` or ``00``.
    """
    if _CANONICAL.fullmatch(raw) and not made_up(raw[3:]):
        return _national(raw[1:3], raw[3:], [])
    text, wide = plain(raw)
    if junk := filler(text):
        return empty(junk)
    repairs = ["full-width characters"] if wide else []
    damaged, digits = scientific(text)
    if damaged or (digits := unfloated(text)):
        if not digits:
            return rejected("scientific notation")
        text, repairs = digits, [*repairs, "number read as floating point"]
    if (bare := _LABEL.sub("", text)) != text:
        text, repairs = bare, [*repairs, "label"]
    if extension := _EXTENSION.search(text):
        key = _number(text[: extension.start()], country, [*repairs, "extension"])
        parts: tuple[tuple[str, Part], ...] = (("phone", key.value or ""), ("extension", extension.group(1)))
        return Key(value=key.value, status=key.status, reason=key.reason, parts=parts if key.value else ())
    return _number(text, country, repairs)


def _number(text: str, country: str | None, repairs: list[str]) -> Key:
    if _FORBIDDEN.search(text):
        return _several(text, country) or rejected("format")
    text = _TRUNK.sub("", text) if _abroad(text) else text
    digits = re.sub(r"[^0-9]", "", text)
    if zeros(digits):
        return empty("placeholder")
    if text.lstrip("( ").startswith("+"):
        return _international(digits, repairs)
    if digits.startswith("00"):
        return _international(digits[2:], repairs)
    if country in ("NL", None) and (short := _dutch_short(digits)):
        return short
    several = _several(text, country)
    if several is not None:
        return several
    if made_up(digits):
        return rejected("placeholder")
    if country is None:
        return review(digits, "no country") if _MIN <= len(digits) <= _MAX else rejected("length")
    return _domestic(digits, country, repairs)


def _abroad(text: str) -> bool:
    stripped = text.lstrip("( ")
    return stripped.startswith(("+", "00")) or not stripped.startswith("0")


def _several(text: str, country: str | None) -> Key | None:
    """Two numbers in one field: the first, for a person to look at."""
    pieces = [piece for piece in re.split(r"\s*(?:[;,|]|\s/\s|\bof\b|\bor\b|\ben\b)\s*", text) if piece]
    if len(pieces) < 2 or any(len(re.sub(r"[^0-9]", "", piece)) < 8 for piece in pieces):
        return None
    first = _number(pieces[0], country, [])
    return review(first.value, "several numbers")


def _dutch_short(digits: str) -> Key | None:
    if municipal := _MUNICIPAL.fullmatch(digits):
        return review(f"14 {municipal.group(1)}", "municipal short number")
    if service := _SERVICE.fullmatch(digits):
        return review(f"0{service.group(1)} {service.group(2)}", "service number")
    return None


def _international(digits: str, repairs: list[str]) -> Key:
    """Digits after the ``+``."""
    for code in ("31", "32"):
        if digits.startswith(code):
            rest = digits[2:]
            # "+31 0299 …": the trunk zero kept without its brackets; no Dutch or Belgian number begins with it.
            return _national(code, rest.lstrip("0") if rest.startswith("0") else rest, repairs)
    if not _MIN < len(digits) <= _MAX or digits.startswith("0"):
        return rejected("length" if not digits.startswith("0") else "country code")
    if made_up(digits):
        return rejected("placeholder")
    checked = _by_library(f"+{digits}", None)
    if checked is not None:
        return valid(checked, repairs) if checked else rejected("length")
    return valid(f"+{digits}", repairs)


def _domestic(digits: str, country: str, repairs: list[str]) -> Key:
    """A number without country code, in a record of a known country."""
    code, trunk = _CODES.get(country, ("", ""))
    if country in ("NL", "BE"):
        if digits.startswith("0"):
            return _national(code, digits[1:], repairs)
        key = _national(code, digits, [*repairs, "lost leading zero"])
        if key.value is None and digits.startswith(code) and len(digits) > 9:
            key = _national(code, digits[2:].removeprefix("0"), [*repairs, "country code without +"])
        return key
    checked = _by_library(digits, country)
    if checked is not None:
        return valid(checked, repairs) if checked else rejected("length")
    if not code:
        return review(digits, "no rule for the country")
    national = digits.removeprefix(trunk) if trunk else digits
    return valid(f"+{code}{national}", repairs) if 6 <= len(national) <= 12 else rejected("length")


def _national(code: str, rest: str, repairs: list[str]) -> Key:
    """A Dutch or Belgian number without trunk zero: its length decides."""
    if code == "31":
        fits = len(rest) == 9
    else:
        # Belgian mobiles (045 to 049) have a digit more.
        mobile = rest[:2] in ("45", "46", "47", "48", "49")
        fits = len(rest) == (9 if mobile else 8) or (rest[:1] == "4" and not mobile and len(rest) == 8)
    if not fits or rest.startswith("0"):
        return rejected("length")
    subscriber = rest[1:]
    if len(set(subscriber)) == 1 or made_up(subscriber, run=8 if code == "31" else 7) or made_up(rest):
        return review(f"+{code}{rest}", "placeholder")
    return valid(f"+{code}{rest}", repairs) if repairs else ok(f"+{code}{rest}")


@cache
def library() -> ModuleType | None:
    """The phonenumbers package, if the ``quality`` extra is installed."""
    try:
        import phonenumbers
    except ImportError:
        return None
    return phonenumbers


def _by_library(text: str, country: str | None) -> str | None:
    """E.164 by phonenumbers, "" if the number is impossible or too short; None if the library is not installed."""
    phonenumbers = library()
    if phonenumbers is None:
        return None
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return ""
    found = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    # It holds that a German number may have two digits; so short a one is nobody's key.
    return found if phonenumbers.is_possible_number(number) and _MIN < len(found) - 1 <= _MAX else ""
