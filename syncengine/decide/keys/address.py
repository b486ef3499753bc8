"""Address lines: street, house number and addition; post boxes; care-of lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from syncengine.decide.keys.junk import SURE_FILLERS, filler
from syncengine.decide.keys.key import Key, Part, empty, rejected
from syncengine.decide.keys.places import street_fold
from syncengine.decide.keys.text import fold, plain, readable

_CARE_OF = re.compile(r"^(?:p/a|p\.a\.|c/o|c\.o\.|per adres|chez|z\.? ?h\.? ?d\.?)[ .:]+(?=\S)", re.I)
_PO_BOX = re.compile(
    r"^(?:postbus|post box|p\.? ?o\.? ?box|po-box|pobox|postfach|bo[iî]te postale|b\.?p\.?|pb)\.?(?: ?(?:nr|no|nummer)\.?)?[ :]*"
    r"([0-9][0-9 ]{0,8})$",
    re.I,
)
_REPLY = re.compile(r"^(?:antwoordnummer|antw\.? ?nr\.?|freepost)[ :]*([0-9]{1,6})$", re.I)
_CANDIDATE = re.compile(r"(?<![0-9])[0-9]{1,5}(?![0-9])")
_ADDITION_PART = (
    r"(?:(?:bus|bte|bo[iî]te|box|app|appt|unit|kamer|lokaal|etage|verdieping|gebouw|hal|poort|toren|blok)\.? ?[0-9a-z.\-]{1,6}"
    r"|[0-9]{0,4} ?(?:hoog|hg|huis|hs|links|rechts|achter|voor|boven|beneden|onder|bis|ter|quater|rood|zwart|vert|ond|sous)"
    r"|[0-9]{1,5}[a-z]{0,2}|[a-z]{1,2}[0-9]{0,4}|[ivx]{3,4}|bsm|hrs|\([^)]{1,12}\))"
)
_ADDITION = re.compile(rf"(?:[ \-/,.]*{_ADDITION_PART}(?:[ \-/,.]+{_ADDITION_PART}){{0,3}}\.?)?", re.I)
_NUMBER_FIRST = re.compile(
    r"^(?P<number>[0-9]{1,5})(?P<addition>[a-z]|bis|ter|quater)?(?:,| )\s*(?P<street>[^\W\d][^0-9]+)$", re.I
)
_ORDINAL = re.compile(r"^[0-9]{1,3}(?:e|ste|de|er|eme|ème|st|nd|rd|th|\.)[ -]", re.I)
_YEAR_NAME = re.compile(
    r"^(?P<street>.*(?:plein|laan|straat|weg|markt|park|place|rue du .*|kade|['’]?mei|mei|juin|septembre|novembre|november|september)"
    r" (?:1[0-9]{3}(?:-[0-9]{2,4})?)) (?P<number>[0-9]{1,5})(?P<addition>[ \-/]*.*)$",
    re.I,
)
_LETTER = re.compile(r"(?<![A-Za-z0-9])([a-z])(?![A-Za-z0-9])")
_BOX = re.compile(r"^(?:bus|bte|boite|b|app|ap|appt|unit)\.? ?(?=[0-9a-z])")
_SHORT = (
    (re.compile(r"(?<=[a-z])(?:str|strt)(?=\s|$)|(?<=\s)(?:str|strt)(?=\s|$)"), "straat"),
    (re.compile(r"(?<=[a-z])(?:ln)(?=\s|$)|(?<=\s)ln(?=\s|$)"), "laan"),
    (re.compile(r"(?<=[a-z])(?:pln)(?=\s|$)|(?<=\s)pln(?=\s|$)"), "plein"),
    (re.compile(r"(?<=[a-z])(?:wg)(?=\s|$)|(?<=\s)wg(?=\s|$)"), "weg"),
    (re.compile(r"(?<=[a-z])(?:stwg|steenwg)(?=\s|$)|(?<=\s)stwg(?=\s|$)"), "steenweg"),
    (re.compile(r"(?<=[a-z])(?:dk)(?=\s|$)"), "dijk"),
    (re.compile(r"^(?:burg|burgem|bgm)(?=\s)"), "burgemeester"),
    (re.compile(r"^prof(?=\s)"), "professor"),
    (re.compile(r"^dr(?=\s)"), "doctor"),
    (re.compile(r"^ir(?=\s)"), "ingenieur"),
    (re.compile(r"^(?:st|sint)(?=\s)"), "sint"),
    (re.compile(r"^(?:kon)(?=\s)"), "koningin"),
    (re.compile(r"^(?:pres)(?=\s)"), "president"),
    (re.compile(r"^(?:gen)(?=\s)"), "generaal"),
    (re.compile(r"^1e(?=\s)|^1ste(?=\s)"), "eerste"),
    (re.compile(r"^2e(?=\s)|^2de(?=\s)"), "tweede"),
    (re.compile(r"^3e(?=\s)|^3de(?=\s)"), "derde"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address line, taken apart; "" where it has no such part.

    Attributes:
        street, number, addition: As written, but for a single letter of the addition, which is a capital.
        po_box: The number of a post box; such an address cannot be compared with a visiting one.
        care_of: True if the line names somebody else's address.
        glued: True if the number stood against the street (``Kerkstraat4``).
    """

    street: str = ""
    number: str = ""
    addition: str = ""
    po_box: str = ""
    reply_number: str = ""
    care_of: bool = False
    glued: bool = False

    @property
    def key(self) -> str:
        """The line for comparing: abbreviations spelled out, no case, accents or punctuation."""
        if self.po_box or self.reply_number:
            return f"postbus|{self.po_box}" if self.po_box else f"antwoordnummer|{self.reply_number}"
        street = street_fold(self.street)
        for pattern, word in _SHORT:
            street = pattern.sub(word, street)
        addition = _BOX.sub("", fold(self.addition))
        return f"{street.replace(' ', '')}|{self.number}|{re.sub(r'[^a-z0-9]', '', addition)}"


def parse_address(raw: str) -> Address:
    """Take one address line apart. A line without a number is all street."""
    text, _ = plain(readable(raw))
    care_of = False
    if match := _CARE_OF.match(text):
        text, care_of = text[match.end() :], True
    if box := _PO_BOX.match(text):
        return Address(po_box=box.group(1).replace(" ", ""), care_of=care_of)
    if reply := _REPLY.match(text):
        return Address(reply_number=reply.group(1), care_of=care_of)
    match = _YEAR_NAME.match(text)
    if match is None and text[:1].isdigit() and not _ORDINAL.match(text):
        match = _NUMBER_FIRST.match(text)
    found = match.groupdict() if match else _street_first(text)
    if not found["number"]:
        return Address(street=text.strip(" ,"), care_of=care_of)
    return Address(
        street=found["street"].strip(" ,"),
        number=found["number"].lstrip("0") or "0",
        addition=_addition(found["addition"] or ""),
        care_of=care_of,
        glued="glued" in found,
    )


def _street_first(text: str) -> dict[str, str]:
    """Street, number, addition: the first number behind a word from which on everything reads as an addition."""
    for found in _CANDIDATE.finditer(text):
        street, rest = text[: found.start()], text[found.end() :]
        if any(ch.isalpha() for ch in street) and _ADDITION.fullmatch(rest):
            glued = {} if street.endswith((" ", ",", ".", "-")) else {"glued": "yes"}
            return {"street": street, "number": found.group(), "addition": rest, **glued}
    return {"number": ""}


def _addition(text: str) -> str:
    return _LETTER.sub(lambda match: match.group(1).upper(), text.strip(" -/,."))


def address(raw: str, country: str | None = None) -> Key:
    """Judge one address line; the value is the comparison key, the parts are what a person reads."""
    text, _ = plain(raw)
    if junk := filler(text, SURE_FILLERS):
        return empty(junk)
    if not any(ch.isalpha() for ch in text):
        return rejected("no street")
    found = parse_address(text)
    named: tuple[tuple[str, Part], ...] = (
        ("care_of", found.care_of),
        ("street", found.street),
        ("number", found.number),
        ("addition", found.addition),
        ("po_box", found.po_box),
        ("reply_number", found.reply_number),
    )
    parts = tuple((name, part) for name, part in named if part)
    if not found.number and not found.po_box and not found.reply_number:
        return Key(value=found.key, status="review", reason="no house number", parts=parts)
    return Key(
        value=found.key,
        status="repaired" if found.glued else "ok",
        reason="number against the street" if found.glued else "",
        parts=parts,
    )
