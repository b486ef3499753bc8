"""Numbers of the registers: KvK and its establishments, RSIN and OIN in the Netherlands, the enterprise number in Belgium.

A KvK number has eight digits and no check digit; ours, because no library knows it.
"""

from __future__ import annotations

import re

from stdnum.be import vat as stdnum_be

from syncengine.decide.keys import dutch
from syncengine.decide.keys.junk import EDGES, filler, made_up, scientific, unfloated, zeros
from syncengine.decide.keys.key import Key, Part, empty, rejected, review, valid, wrong_field
from syncengine.decide.keys.text import plain

_LABEL = re.compile(
    r"^(?:K\.?V\.?K\.?|HANDELSREGISTER|HR|KAMER VAN KOOPHANDEL|CHAMBER OF COMMERCE|COC|DOSSIER|INSCHRIJVING|VESTIGING|"
    r"K\.?B\.?O\.?|B\.?C\.?E\.?|ONDERNEMING|NUMERO D'ENTREPRISE|N° D'ENTREPRISE|RSIN|FI|OIN|BTW|VAT|TVA)"
    r"[ .-]?S?(?:(?:DOSSIER|INSCHRIJF)?(?:NUMMER|NUMMERS|NUMBER|NR|NO|#))?(?=[^A-Z]|BE|NL)[ .:#=-]*(?:(?:TE )?[A-Z'-]{4,} (?=[0-9]))?"
)
_SEPARATORS = re.compile(r"[ .\-/]")
_BE_ZERO = re.compile(r"^(BE)?\(0\)")


def _digits(raw: str) -> tuple[str, list[str], Key | None]:
    """The compact upper-case text, the repairs made on the way, and the verdict if there is one already."""
    text, wide = plain(raw)
    if junk := filler(text):
        return "", [], empty(junk)
    repairs = ["full-width characters"] if wide else []
    text = text.upper().strip(EDGES)
    if label := _LABEL.match(text):
        text, repairs = text[label.end() :], [*repairs, "label"]
        if filler(text):
            return "", [], empty("label without a number")
    damaged, digits = scientific(text)
    if damaged or (digits := unfloated(text)):
        if not digits:
            return "", [], rejected("scientific notation")
        text, repairs = digits, [*repairs, "number read as floating point"]
    compact = _SEPARATORS.sub("", text)
    if zeros(compact):
        return "", [], empty("placeholder")
    return compact, repairs, None


def _plain_digits(compact: str) -> bool:
    return compact.isascii() and compact.isdigit()


def kvk(raw: str, country: str | None = None) -> Key:
    """Judge a KvK number (Dutch chamber of commerce); canonical is eight digits."""
    compact, repairs, done = _digits(raw)
    if done is not None:
        return done
    if not _plain_digits(compact):
        return _vat_in_register_field(compact) or rejected("format")
    if len(compact) == 7:
        # No number begins with two zeros (the first two digits are the chamber's, from 01), so exactly one can have been lost.
        compact, repairs = "0" + compact, [*repairs, "lost leading zero"]
    if len(compact) == 8:
        if made_up(compact):
            return review(compact, "placeholder")
        return rejected("format") if compact.startswith("00") else valid(compact, repairs)
    if len(compact) in (11, 12):
        return _twelve(compact, repairs)
    return _other_number(compact, country)


def _twelve(compact: str, repairs: list[str]) -> Key:
    """Twelve digits: an establishment, or an old file number with its sub-file."""
    if len(compact) == 12 and compact.startswith("0000"):
        return wrong_field("establishment", compact, "establishment number")
    if len(compact) == 11:
        compact, repairs = "0" + compact, [*repairs, "lost leading zero"]
    if compact.startswith("00"):
        return rejected("length")
    if not compact.endswith("0000"):
        # Sub-file 0001 and up was a branch of the same file; whether the main firm is meant, the number does not say.
        return review(compact[:8], "sub-file of a branch") if compact[8:10] == "00" else rejected("length")
    if made_up(compact[:8]):
        return review(compact[:8], "placeholder")
    return valid(compact[:8], [*repairs, "old file number with sub-file 0000"])


def _other_number(compact: str, country: str | None) -> Key:
    """Nine or ten digits in the KvK field: a Dutch tax number, a Belgian enterprise number, or nothing."""
    if made_up(compact):
        return rejected(dutch.CONTAINS_BSN if dutch.is_bsn(compact) else "placeholder")
    belgian = stdnum_be.is_valid(compact)
    if len(compact) == 10 and belgian:
        return wrong_field("kbo", compact, "Belgian enterprise number")
    if len(compact) == 9:
        if country == "BE" and belgian:
            return wrong_field("kbo", "0" + compact, "Belgian enterprise number")
        if dutch.is_rsin(compact):
            return wrong_field("rsin", compact, "RSIN")
        if dutch.is_bsn(compact):
            return rejected(dutch.CONTAINS_BSN)
    return rejected("length")


def _vat_in_register_field(compact: str) -> Key | None:
    """A VAT number typed into a register field, if it is one."""
    if re.fullmatch(r"BE\(?0?\)?[0-9]{9,10}", compact) and stdnum_be.is_valid(compact):
        return wrong_field("vat", "BE" + str(stdnum_be.validate(compact)), "VAT number")
    match = re.fullmatch(r"(?:NL)?([0-9]{9})B([0-9]{2})", compact)
    if match is None:
        return None
    digits, suffix = match.groups()
    if dutch.is_new_vat_id(digits, suffix) or dutch.is_rsin(digits):
        return wrong_field("vat", f"NL{digits}B{suffix}", "VAT number")
    return rejected(dutch.CONTAINS_BSN) if dutch.is_bsn(digits) else None


def establishment(raw: str, country: str | None = None) -> Key:
    """Judge a Dutch establishment number; canonical is twelve digits, the first four zero."""
    compact, repairs, done = _digits(raw)
    if done is not None:
        return done
    if not _plain_digits(compact):
        return rejected("format")
    if len(compact) == 12 and not compact.startswith("0000"):
        return wrong_field("kvk", compact[:8], "KvK number") if compact.endswith("0000") else rejected("format")
    if len(compact) > 12 or len(compact.lstrip("0")) > 8:
        return rejected("length")
    if made_up(compact.lstrip("0")):
        return review(compact.zfill(12), "placeholder")
    return valid(compact.zfill(12), repairs if len(compact) == 12 else [*repairs, "lost leading zero"])


def kbo(raw: str, country: str | None = None) -> Key:
    """Judge a Belgian enterprise number; canonical is ten digits. ``BE`` before it is the VAT spelling of the same number."""
    compact, repairs, done = _digits(raw)
    if done is not None:
        return done
    compact = _BE_ZERO.sub(r"\g<1>0", compact)
    if compact.startswith("BE"):
        compact, repairs = compact[2:], [*repairs, "country prefix"]
    if not _plain_digits(compact):
        return _vat_in_register_field(compact) or rejected("format")
    if len(compact) == 8 and country == "NL":
        return wrong_field("kvk", compact, "KvK number")
    if len(compact) == 9:
        compact, repairs = "0" + compact, [*repairs, "nine digits"]
    if len(compact) != 10:
        return rejected("length")
    if zeros(compact[:8]) or made_up(compact):
        return (
            review(compact, "placeholder")
            if stdnum_be.is_valid(compact) and compact[2:8] != "000000"
            else rejected("placeholder")
        )
    if compact[0] in "2345678":
        # Units (places of business) have numbers of their own, with the same check.
        return (
            wrong_field("establishment_unit", compact, "establishment unit")
            if _mod97(compact)
            else rejected("check digit")
        )
    return valid(compact, repairs) if stdnum_be.is_valid(compact) else rejected("check digit")


def _mod97(compact: str) -> bool:
    return 97 - int(compact[:-2]) % 97 == int(compact[-2:])


def rsin(raw: str, country: str | None = None) -> Key:
    """Judge an RSIN (Dutch number of legal persons and partnerships); canonical is nine digits."""
    compact, repairs, done = _digits(raw)
    if done is not None:
        return done
    if not _plain_digits(compact):
        return _vat_in_register_field(compact) or rejected("format")
    if len(compact) == 12:
        return _twelve(compact, repairs) if compact.startswith("0000") else rejected("length")
    if len(compact) == 8 and not dutch.is_rsin("0" + compact):
        return (
            rejected(dutch.CONTAINS_BSN) if dutch.is_bsn("0" + compact) else wrong_field("kvk", compact, "KvK number")
        )
    if len(compact) in (7, 8):
        compact, repairs = compact.zfill(9), [*repairs, "lost leading zero"]
    if len(compact) != 9:
        return rejected("length")
    if dutch.is_bsn(compact):
        return rejected(dutch.CONTAINS_BSN)
    if made_up(compact) or made_up(compact[:8]):
        return rejected("placeholder")
    return valid(compact, repairs) if dutch.is_rsin(compact) else rejected("check digit")


def oin(raw: str, country: str | None = None) -> Key:
    """Judge a Dutch government number of twenty digits: the register it comes from, and the number there.

    Source: Logius, OIN-stelsel: 00000001 RSIN + 000, 00000003 KvK + 0000; other prefixes carry a number of their own.
    """
    compact, repairs, done = _digits(raw)
    if done is not None:
        return done
    if not _plain_digits(compact) or len(compact) != 20:
        return rejected("length" if _plain_digits(compact) else "format")
    parts: tuple[tuple[str, Part], ...]
    if compact.startswith("00000001") and compact.endswith("000"):
        inner = rsin(compact[8:17])
        parts = (("rsin", compact[8:17]),)
    elif compact.startswith("00000003") and compact.endswith("0000"):
        inner = kvk(compact[8:16])
        parts = (("kvk", compact[8:16]),)
    else:
        return review(compact, "no register number inside")
    if inner.value is None:
        return rejected(inner.reason)
    return Key(value=compact, status="repaired" if repairs else "ok", reason=", ".join(repairs), parts=parts)
