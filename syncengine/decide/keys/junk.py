"""Values that say nothing: fillers of mandatory fields, placeholders, spreadsheet damage."""

from __future__ import annotations

import re

from syncengine.decide.keys.text import fold

_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
_EXCEL_ERROR = re.compile(
    r"^#(N/?A|N/?B|NB|REF|VALUE|WAARDE|NAME|NAAM|DIV/0|DEEL/0|NUM|GETAL|NULL|LEEG|VERW)[!?]?$", re.I
)
_SCIENTIFIC = re.compile(r"^[0-9](?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})$")
_FLOAT = re.compile(r"^([0-9]+)[.,]0{1,2}$")

EDGES = " .-:'\""
"""What may stand around an identifier without meaning: separators, quotation marks, the apostrophe by which a spreadsheet marks text."""

FILLERS = frozenset(
    # Dutch
    "nvt niettoepassing niettoepasselijk nietvantoepassing onbekend nogonbekend nietbekend nognietbekend isonbekend geen geenidee "
    "geennummer geenbtw geenbtwnr geenbtwnummer geenkvk geenkvknr geenkvknummer geenemail geenmail geenemailadres geentelefoon "
    "geentel heeftgeen nihil ntb nadertebepalen nogtebepalen nogintevullen invullen volgt volgtnog nnb aanvraagloopt nogopvragen opvragen nogaanvragen "
    "aanvragen inaanvraag aangevraagd leeg ontbreekt nietingevuld nietopgegeven nietaanwezig nietbeschikbaar nb prive particulier "
    "privepersoon particulierpersoon vrijgesteld btwvrijgesteld nietbtwplichtig nietplichtig "
    # English
    "unknown notknown none null nil nan na notapplicable notavailable notset tbd tba tbc empty undefined missing blank todo "
    "dummy placeholder pending private "
    # French, German
    "inconnu inconnue aucun aucune neant sansobjet nonapplicable nonconnu nondisponible nc unbekannt keine keiner kein entfallt "
    "entfaellt keineangabe keineangaben nichtbekannt nichtvorhanden".split()
)


SURE_FILLERS = frozenset(
    "nvt niettoepassing nietvantoepassing onbekend nogonbekend nietbekend unknown geen none null nan inconnu unbekannt".split()
)
"""Those that are nobody's name, town or item code either."""


def filler(text: str, words: frozenset[str] = FILLERS) -> str:
    """Name the filler that the (clean) text is; "" if it says something.

    Letters only decide after punctuation is dropped, so ``n.v.t.``, ``N V T`` and ``(nvt)`` are one.
    """
    if not text:
        return "empty"
    if text[0] == "#" and _EXCEL_ERROR.match(text):
        return "spreadsheet error"
    bare = _NOT_ALNUM.sub("", fold(text))
    if not bare:
        # Letters of another script are no filler; punctuation alone is.
        return "" if any(ch.isalnum() for ch in text) else "placeholder"
    if bare in words or (len(bare) > 1 and bare == "x" * len(bare)) or (bare == "x" and words is FILLERS):
        return "placeholder"
    return ""


def zeros(digits: str) -> bool:
    """True for one or more zeros and nothing else."""
    return bool(digits) and digits.strip("0") == ""


def made_up(digits: str, *, run: int = 7) -> bool:
    """True for a well-known invention: one digit repeated, or counting up or down for ``run`` digits from the first non-zero one."""
    if len(digits) < 5:
        return False
    if digits == digits[0] * len(digits):
        return True
    head = digits.lstrip("0")[:run]
    return len(head) == run and (head in "12345678901234567890" or head in "98765432109876543210")


def scientific(text: str) -> tuple[bool, str]:
    """Tell whether a spreadsheet turned a number into ``8,16E+07``; and the number, if all its digits survived ("" if not)."""
    match = _SCIENTIFIC.match(text.replace(" ", ""))
    if match is None:
        return False, ""
    decimals, power = match.group(1) or "", int(match.group(2))
    # Fewer digits than the power says: the rest was rounded away and cannot be had back.
    return True, text.replace(" ", "")[0] + decimals if len(decimals) == power and power else ""


def unfloated(text: str) -> str:
    """``24376124.0`` as ``24376124``: a number column read as floating point; "" if the text is nothing of the kind."""
    match = _FLOAT.match(text)
    return match.group(1) if match else ""
