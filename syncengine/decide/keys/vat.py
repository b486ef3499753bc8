"""VAT numbers: every European country by python-stdnum, the Dutch one by our own rules, missing prefixes by the record's country."""

from __future__ import annotations

import re
from types import ModuleType

from stdnum import iban as stdnum_iban
from stdnum.eu import oss
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidLength, ValidationError
from stdnum.util import get_cc_module

from syncengine.decide.keys import chamber, dutch
from syncengine.decide.keys.junk import EDGES, filler, made_up, scientific, unfloated, zeros
from syncengine.decide.keys.key import Key, empty, ok, rejected, review, valid, wrong_field
from syncengine.decide.keys.text import plain

_LABEL = re.compile(
    r"^(?:(?:BTW|VAT|T\.?V\.?A\.?|M[WE]ST|UST|USTID|TAX|IVA|P\.? ?IVA|PARTITA IVA)"
    r"(?:[ -]?(?:IDENTIFICATIENUMMER|IDENTIFICATIE|ID|IDNR|REG|REGISTRATION))?"
    r"(?:[ -]?(?:NUMMER|NUMBER|NUMERO|NR|NO|NUM|N°|Nº|#))?)(?=[^A-Z]|NL|BE)[ .:#=-]*(?:IS )?"
)
_REGISTER = re.compile(r"^(?:K\.?V\.?K|HR\b|HANDELSREG)")
_NOT_WORD = re.compile(r"[^A-Z0-9]")
_DUTCH = re.compile(r"^([0-9]{5,9})B([0-9]{2})$")
_CANONICAL = re.compile(r"NL[0-9]{9}B[0-9]{2}")
_SEPARATORS = re.compile(r"[ .\-/]")
_PREFIX = re.compile(r"^([A-Z])[ .\-]?([A-Z])(?: ?:|[ .\-]*(?=[0-9(]))")
_MEMBERS = frozenset("AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI GB".split())
_ELSEWHERE = frozenset({"CH", "NO"})
_SCHEMES = frozenset({"EU", "IM", "IN"})


def vat(raw: str, country: str | None = None) -> Key:
    """Judge a VAT number as written; canonical is the country prefix and the number without separators.

    Args:
        raw: The text of the field.
        country: ISO 3166 code of the record's own country. Used only where the prefix is missing, and only if the check digit agrees.
    """
    if _CANONICAL.fullmatch(raw):
        return _dutch(raw[2:], [])
    text, wide = plain(raw)
    if (junk := filler(text)) or zeros(_SEPARATORS.sub("", text)):
        return empty(junk or "placeholder")
    repairs = ["full-width characters"] if wide else []
    text = text.upper().strip(EDGES)
    if label := _LABEL.match(text):
        text = text[label.end() :]
        repairs.append("label")
        if filler(text):
            return empty("label without a number")
    damaged, digits = scientific(text)
    if damaged or (digits := unfloated(text)):
        if not digits:
            return rejected("scientific notation")
        text, repairs = digits, [*repairs, "number read as floating point"]
    text = _PREFIX.sub(r"\1\2 ", text)
    if text[:2].isalpha() and text[:2].isascii():
        return _prefixed(text, repairs)
    return _bare(text, country, repairs)


def _prefixed(text: str, repairs: list[str]) -> Key:
    prefix = text[:2]
    if prefix == "NL":
        return _foreign_kind(text) or _dutch(_SEPARATORS.sub("", text[2:]), repairs)
    if prefix == "GR":
        return _checked("EL", text[2:], [*repairs, "GR for EL"])
    if prefix in _SCHEMES:
        return _one_stop_shop(text)
    if prefix in _MEMBERS or prefix in _ELSEWHERE:
        key = _checked(prefix, text[2:], repairs)
        return key if key.value else (_foreign_kind(text) or key)
    if _REGISTER.match(text) and (number := chamber.kvk(text)).value:
        return wrong_field("kvk", number.value, "KvK number")
    return _foreign_kind(text) or rejected("unknown country prefix")


def _bare(text: str, country: str | None, repairs: list[str]) -> Key:
    """A number without country prefix."""
    compact = _SEPARATORS.sub("", text)
    repairs = [*repairs, "country prefix missing"]
    # Nine digits, B, two digits is written in the Netherlands only.
    if country in ("NL", None) and _DUTCH.match(compact):
        return _dutch(compact, repairs)
    if country is None:
        return rejected("no country prefix")
    if country == "NL":
        return _dutch_look_alike(compact)
    home = "EL" if country == "GR" else country
    if home in _MEMBERS or home in _ELSEWHERE:
        return _checked(home, text, repairs)
    return rejected("no country prefix")


def _dutch(compact: str, repairs: list[str]) -> Key:
    """What follows ``NL``, separators dropped."""
    match = _DUTCH.match(compact)
    if match is None:
        if re.fullmatch(r"[0-9]{9}", compact):
            return rejected(dutch.CONTAINS_BSN if dutch.is_bsn(compact) else "suffix missing")
        return rejected("length" if re.fullmatch(r"[0-9]+B[0-9]*", compact) else "format")
    digits, suffix = match.group(1).zfill(9), match.group(2)
    if zeros(digits) or (made_up(digits[:8]) and digits[0] != "0"):
        return rejected(dutch.CONTAINS_BSN if dutch.is_bsn(digits) else "placeholder")
    if suffix == "00":
        return rejected("suffix 00 is never given out")
    if not (dutch.is_new_vat_id(digits, suffix) or dutch.eleven(digits)):
        return rejected("check digit")
    if dutch.is_bsn(digits) and not dutch.is_new_vat_id(digits, suffix):
        return rejected(dutch.CONTAINS_BSN)
    if len(match.group(1)) < 9:
        repairs = [*repairs, "lost leading zero"]
    return valid(f"NL{digits}B{suffix}", repairs)


def _dutch_look_alike(compact: str) -> Key:
    """Digits in the VAT field of a Dutch record: which other number they are."""
    if not compact.isascii() or not compact.isdigit():
        return rejected("format")
    if made_up(compact):
        return rejected("placeholder")
    if len(compact) == 8:
        return wrong_field("kvk", compact, "KvK number")
    if len(compact) == 12 and compact.startswith("0000"):
        return wrong_field("establishment", compact, "establishment number")
    if len(compact) == 12 and compact.endswith("0000"):
        return wrong_field("kvk", compact[:8], "KvK number")
    if dutch.is_rsin(compact):
        return wrong_field("rsin", compact, "RSIN")
    if dutch.is_bsn(compact):
        return rejected(dutch.CONTAINS_BSN)
    return rejected("check digit" if len(compact) == 9 else "length")


def _checked(prefix: str, rest: str, repairs: list[str]) -> Key:
    """Let python-stdnum judge the number of one country."""
    module = _module(prefix)
    try:
        body = str(module.validate(prefix + rest))
    except InvalidLength:
        return rejected("length")
    except InvalidChecksum:
        return rejected("placeholder" if made_up(_NOT_WORD.sub("", rest)) else "check digit")
    except (InvalidComponent, ValidationError):
        return rejected("format")
    # Some modules keep the prefix, some drop it; Greece keeps whichever it was given.
    body = body.removeprefix("GR" if prefix == "EL" else prefix)
    digits = "".join(ch for ch in body if ch.isdigit())
    if zeros(digits[:-2]):
        return rejected("placeholder")
    if made_up(digits):
        return review(prefix + body, "placeholder")
    if body != _NOT_WORD.sub("", rest):
        repairs = [*repairs, "lost leading zero" if body[:1] == "0" else "written otherwise"]
    return (
        ok(prefix + body, "no EU number any more") if prefix == "GB" and not repairs else valid(prefix + body, repairs)
    )


def _module(prefix: str) -> ModuleType:
    code = {"EL": "gr", "XI": "gb"}.get(prefix, prefix.lower())
    # python-stdnum's registry of numbers per country; a country of our two sets always has a "vat".
    module = get_cc_module(code, "vat")
    assert module is not None, prefix
    return module  # type: ignore[return-value]  # stdnum is untyped


def _one_stop_shop(text: str) -> Key:
    """A scheme number of a seller outside the EU: valid, but it names no company of ours."""
    compact = re.sub(r"[ -]", "", text)
    if compact.startswith("IN") and re.fullmatch(r"IN[0-9]{10}", compact):
        return review(compact, "one-stop-shop number")
    try:
        return review(str(oss.validate(compact)), "one-stop-shop number")
    except InvalidLength:
        return rejected("length")
    except ValidationError:
        return rejected("format")


def _foreign_kind(text: str) -> Key | None:
    """An IBAN typed into the VAT field, if it is one."""
    compact = _SEPARATORS.sub("", text)
    if re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", compact) and stdnum_iban.is_valid(compact):
        return wrong_field("iban", compact, "IBAN")
    return None
