"""Countries, languages, postcodes and towns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from syncengine.decide.keys.countries import ALPHA2, country_code, is_language, language_code, spelled
from syncengine.decide.keys.junk import SURE_FILLERS, filler, zeros
from syncengine.decide.keys.key import Key, Part, empty, ok, rejected, review, valid
from syncengine.decide.keys.text import fold, plain, readable

_COUNTRY_SYNONYMS = {"EL": "GR", "UK": "GB"}
_DUTCH = re.compile(r"([1-9][0-9]{3}) ?-?([A-Z]{2})")
_NEVER_DUTCH = frozenset({"SA", "SD", "SS"})
_DUTCH_EXAMPLES = frozenset({"1234 AB", "1111 AA", "1000 AA", "9999 ZZ", "9999 XX", "1234 XX"})
_PREFIX = re.compile(
    r"^(?:NL|BE|B|DE|D|FR|F|LU|L|AT|A|CH|SE|S|NO|N|DK|FIN|FI|IT|I|ES|E|PL|PT|P|CZ|SK|HU|H|EE)[ -]+(?=[0-9])"
)
_TOWN = re.compile(r"^(\S+(?: ?[A-Z]{2})?)[ ,]+([^\d\W].*)$")
_OTHERS = {
    "BE": r"[1-9][0-9]{3}", "LU": r"[1-9][0-9]{3}", "AT": r"[1-9][0-9]{3}", "CH": r"[1-9][0-9]{3}", "DK": r"[0-9]{4}",
    "NO": r"[0-9]{4}", "HU": r"[1-9][0-9]{3}", "DE": r"[0-9]{5}", "FR": r"[0-9]{5}", "IT": r"[0-9]{5}", "ES": r"[0-9]{5}",
    "FI": r"[0-9]{5}", "EE": r"[0-9]{5}", "PL": r"[0-9]{2}-?[0-9]{3}", "PT": r"[0-9]{4}(?:-?[0-9]{3})?", "SE": r"[0-9]{3} ?[0-9]{2}",
    "CZ": r"[0-9]{3} ?[0-9]{2}", "SK": r"[0-9]{3} ?[0-9]{2}", "GR": r"[0-9]{3} ?[0-9]{2}", "US": r"[0-9]{5}(?:-[0-9]{4})?",
    "GB": r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}",
}  # fmt: skip
_CUT = {"PL": (2, "-"), "PT": (4, "-"), "SE": (3, " "), "CZ": (3, " "), "SK": (3, " "), "GR": (3, " "), "GB": (-3, " ")}


def country(raw: str, country: str | None = None) -> Key:
    """Judge a country; canonical is the ISO 3166 alpha-2 code. Codes, and names in Dutch, English, French and German."""
    text, _ = plain(raw)
    code = text.upper()
    if code in ALPHA2:
        return ok(code)
    if code in _COUNTRY_SYNONYMS:
        return valid(_COUNTRY_SYNONYMS[code], [f"{code} for {_COUNTRY_SYNONYMS[code]}"])
    if junk := filler(text):
        return empty(junk)
    if found := country_code(readable(text)):
        return ok(found)
    return rejected("unknown country")


def language(raw: str, country: str | None = None) -> Key:
    """Judge a language; canonical is as Exact writes it: ``NL``, or with a country ``NL-BE``."""
    text, _ = plain(raw)
    if junk := filler(text):
        return empty(junk)
    if match := re.fullmatch(r"([A-Za-z]{2})(?:[-_]([A-Za-z]{2}))?", text):
        tongue, region = match.group(1).lower(), (match.group(2) or "").upper()
        if is_language(tongue) and (not region or region in ALPHA2):
            return ok(f"{tongue}-{region}".rstrip("-").upper())
        return rejected("unknown language")
    found = language_code(text)
    return ok(found.upper()) if found else rejected("unknown language")


def postcode(raw: str, country: str | None = None) -> Key:
    """Judge a postcode; canonical is ``1066 JM`` in the Netherlands, else the country's usual spelling.

    A town behind the code becomes a part of its own.
    """
    text, wide = plain(raw)
    if (junk := filler(text)) or zeros(text):
        return empty(junk or "placeholder")
    repairs = ["full-width characters"] if wide else []
    upper = text.upper()
    if prefix := _PREFIX.match(upper):
        text, upper, repairs = text[prefix.end() :], upper[prefix.end() :], [*repairs, "country prefix"]
    key = _code(upper, country, repairs)
    if key.value is None and (town := _split_town(text, upper, country, repairs)):
        return town
    return key


def _split_town(text: str, upper: str, country: str | None, repairs: list[str]) -> Key | None:
    match = _TOWN.match(upper)
    if match is None:
        return None
    key = _code(match.group(1), country, [*repairs, "town behind the postcode"])
    if key.value is None or key.status != "repaired":
        return None
    parts: tuple[tuple[str, Part], ...] = (("postcode", key.value), ("city", text[match.start(2) :]))
    return Key(value=key.value, status=key.status, reason=key.reason, parts=parts)


def _code(text: str, country: str | None, repairs: list[str]) -> Key:
    if country in ("NL", None) and (match := _DUTCH.fullmatch(text)):
        return _dutch(f"{match.group(1)} {match.group(2)}", repairs)
    if country == "NL":
        if re.fullmatch(r"[1-9][0-9]{3}", text):
            return review(text, "digits only")
        return rejected("format")
    if country in _OTHERS:
        return _by_pattern(text, country, repairs)
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9 -]{1,9}", text) or not any(ch.isdigit() for ch in text):
        return rejected("format")
    return review(text, "no country") if country is None else valid(text, repairs)


def _dutch(code: str, repairs: list[str]) -> Key:
    if code[-2:] in _NEVER_DUTCH:
        return rejected("letters never given out")
    return review(code, "placeholder") if code in _DUTCH_EXAMPLES else valid(code, repairs)


def _by_pattern(text: str, country: str, repairs: list[str]) -> Key:
    pattern = _OTHERS[country]
    if pattern == "[0-9]{5}" and re.fullmatch(r"[0-9]{4}", text):
        text, repairs = "0" + text, [*repairs, "lost leading zero"]
    if re.fullmatch(pattern, text) is None:
        return review(text, "form of another country") if _DUTCH.fullmatch(text) else rejected("format")
    if country in _CUT:
        at, mark = _CUT[country]
        compact = re.sub(r"[ -]", "", text)
        text = compact[:at] + mark + compact[at:] if len(compact) > abs(at) + 1 else compact
    return valid(text, repairs)


_TOWNS = """
Den Haag: 's-Gravenhage, The Hague, La Haye, 's Gravenhage, Gravenhage, s-Gravenhage
Den Bosch: 's-Hertogenbosch, Hertogenbosch, Bois-le-Duc
Amsterdam: A'dam, Adam, Asd
Rotterdam: R'dam, Rdam
Haarlemmermeer: Hoofddorp Haarlemmermeer
Leeuwarden: Ljouwert
Sneek: Snits
Alphen aan den Rijn: Alphen a/d Rijn, Alphen a.d. Rijn, Alphen aan de Rijn, Alphen ad Rijn
Capelle aan den IJssel: Capelle a/d IJssel, Capelle a.d. IJssel, Capelle aan de IJssel, Capelle ad IJssel
Krimpen aan den IJssel: Krimpen a/d IJssel, Krimpen a.d. IJssel, Krimpen aan de IJssel, Krimpen ad IJssel
Nieuwerkerk aan den IJssel: Nieuwerkerk a/d IJssel, Nieuwerkerk a.d. IJssel, Nieuwerkerk aan de IJssel
Ouderkerk aan de Amstel: Ouderkerk a/d Amstel, Ouderkerk a.d. Amstel
Bergen op Zoom: Bergen o/z, Bergen o.z., BoZ
Wijk bij Duurstede: Wijk b/d Duurstede
Brussel: Bruxelles, Brussels, Brüssel
Antwerpen: Anvers, Antwerp
Gent: Gand, Ghent
Brugge: Bruges
Leuven: Louvain
Mechelen: Malines
Kortrijk: Courtrai
Oostende: Ostende, Ostend
Aalst: Alost
Ieper: Ypres
Luik: Liège, Lüttich
Namen: Namur
Bergen (BE): Mons
Doornik: Tournai
Hasselt: Hasselt
Dendermonde: Termonde
Sint-Niklaas: Saint-Nicolas, St-Niklaas, St. Niklaas, Sint Niklaas
Vilvoorde: Vilvorde
Aken: Aachen, Aix-la-Chapelle
Keulen: Köln, Cologne, Koeln
Parijs: Paris
Londen: London
Rijsel: Lille
"""

_SMALL = frozenset(
    "aan den de der des het op bij over en in van a/d ter ten te onder am an der im la le les sur sous aux en l".split()
)


@cache
def _town_aliases() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line in _TOWNS.strip().splitlines():
        name, others = line.split(": ")
        for other in (name, *others.split(", ")):
            found[spelled(other)] = name
    return MappingProxyType(found)


def city(raw: str, country: str | None = None) -> Key:
    """Judge a town; the value is for comparing only: one name per town, in one case. A field keeps the town as it was given."""
    text, _ = plain(readable(raw))
    if junk := filler(text, SURE_FILLERS):
        return empty(junk)
    if not any(ch.isalpha() for ch in text):
        return rejected("format")
    named = _town_aliases().get(spelled(text)) or _recased(text)
    # A town decoded with the wrong table and put into lower case shows it only in the usual case.
    return ok(named) if readable(named) == named else city(named, country)


def _recased(text: str) -> str:
    """A town in the usual case: ``ALPHEN AAN DEN RIJN`` → ``Alphen aan den Rijn``, ``IJSSELSTEIN`` → ``IJsselstein``."""
    words = re.split(r"([ -])", text.lower())
    return "".join(word if index and word in _SMALL else _capital(word) for index, word in enumerate(words))


def _capital(word: str) -> str:
    if word in ("'s", "'t", "s"):
        return word
    if word.startswith("ij"):
        return "IJ" + word[2:]
    if word[:1] == "(":
        return word.upper() if len(word) <= 5 else "(" + _capital(word[1:])
    return word.capitalize()


def town_key(text: str) -> str:
    """A town as a compact comparison key: aliases resolved, no case, accents or punctuation; "" if the text names none."""
    return spelled(city(text).value or "")


def street_fold(text: str) -> str:
    """A street's name folded for comparing, without punctuation."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", fold(text)).split())
