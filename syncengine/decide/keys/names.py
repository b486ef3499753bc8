"""Company names: the name mended for showing, and the form by which two spellings of it are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass

from syncengine.decide.keys.junk import SURE_FILLERS, filler
from syncengine.decide.keys.key import Key, empty, review, valid
from syncengine.decide.keys.text import clean, fold, mended, readable, unescape

_DOTTED = re.compile(r"\b(?:[a-z]\.\s?)+[a-z]\b\.?|\b[a-z]\.")
_NOT_WORD = re.compile(r"[^\w]+|_")
_AND = frozenset({"en", "and", "und", "et"})
_LOST_APOSTROPHE = re.compile(r"^,(?=[stkn] \S)", re.I)
_LOST_AMPERSAND = re.compile(r"\b(RD|PI|PO|MA|QA|FB|HR|TT|ATT)\b")
_WELL_KNOWN = {"RD": "R&D", "PI": "P&I", "PO": "P&O", "FB": "F&B", "ATT": "AT&T"}

_FORMS = {
    "bv": "bv|b v|besloten vennootschap|besloten vennootschap met beperkte aansprakelijkheid|bv i o|bv io|bvio",
    "nv": "nv|n v|naamloze vennootschap",
    "vof": "vof|v o f|vennootschap onder firma|ven onder firma",
    "cv": "cv|c v|commanditaire vennootschap",
    "ua": "ua|u a|cooperatie ua|cooperatief ua|coop ua|cooperatie|cooperatief|cooperatieve|cooperatie u a|cooperatie ba|cooperatie wa",
    "stichting": "stichting|sticht|sting",
    "vereniging": "vereniging",
    "maatschap": "maatschap",
    "eenmanszaak": "eenmanszaak",
    "bvba": "bvba|b v b a|sprl|s p r l|srl",
    "cvba": "cvba|scrl|sc",
    "vzw": "vzw|asbl|ivzw|aisbl|v z w",
    "sa": "sa|s a|societe anonyme|sociedad anonima",
    "sarl": "sarl|s a r l|societe a responsabilite limitee|eurl",
    "sas": "sas|sasu",
    "gmbh": "gmbh|mbh|gesellschaft mit beschrankter haftung|g m b h|gesmbh",
    "gmbh co kg": "gmbh co kg|gmbh cie kg|se co kg|ag co kg|gmbh co kgaa",
    "kg": "kg|kommanditgesellschaft",
    "ohg": "ohg|offene handelsgesellschaft",
    "ag": "ag|akg|aktiengesellschaft",
    "ug": "ug haftungsbeschrankt|ug",
    "ev": "ev|eingetragener verein",
    "se": "se|societas europaea",
    "ltd": "ltd|limited|pty ltd|pvt ltd|private limited|co ltd|ltd co",
    "llc": "llc|limited liability company|l l c",
    "llp": "llp|limited liability partnership",
    "lp": "lp|limited partnership",
    "plc": "plc|public limited company|p l c",
    "inc": "inc|incorporated",
    "corp": "corp|corporation",
    "dac": "dac|designated activity company",
    "spa": "spa|societa per azioni",
    "sl": "sl|slu",
    "ab": "ab|aktiebolag",
    "as": "a s|aktieselskab",
    "aps": "aps",
    "oy": "oy|oyj",
    "sro": "sro|s r o",
    "spzoo": "sp z o o|sp zoo|spolka z ograniczona odpowiedzialnoscia",
    "kft": "kft",
    "uab": "uab",
    "sia": "sia",
    "jsc": "jsc|ojsc|oao|joint stock company|open joint stock company",
    "ooo": "ooo",
}
_LEADING = frozenset({"stichting", "vereniging", "maatschap", "vof", "bv", "nv", "vzw", "ua", "jsc", "ooo"})
_GROUP = {
    "holding": "holding", "holdings": "holding", "groep": "group", "group": "group", "groupe": "group", "gruppe": "group",
    "beheer": "beheer", "management": "management", "participaties": "participations", "participatie": "participations",
    "participations": "participations", "investments": "investments", "beleggingen": "investments", "international": "international",
    "internationaal": "international", "internationale": "international", "nederland": "nederland", "netherlands": "nederland",
    "holland": "nederland", "nl": "nederland", "belgie": "belgie", "belgium": "belgie", "belgique": "belgie", "europe": "europe",
    "europa": "europe", "benelux": "benelux", "vastgoed": "vastgoed", "onroerend": "vastgoed", "services": "services",
}  # fmt: skip
_MUNICIPAL = {"gemeente": "gemeente", "municipality": "gemeente", "commune": "gemeente", "ocmw": "ocmw", "cpas": "ocmw"}

_BY_FORM = {spelling: form for form, spellings in _FORMS.items() for spelling in spellings.split("|")}
_LONGEST = max(spelling.count(" ") + 1 for spelling in _BY_FORM)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyName:
    """A company's name as it is compared.

    Attributes:
        tokens: Words of the name without legal form, folded, single letters joined (``p & o`` → ``po``); never empty unless the text is.
        legal: The legal form in one spelling (``bv``, ``stichting``); "" if none was written.
        group: Words that tell companies of one group apart (``holding``, ``nederland``), in one spelling; also among ``tokens``.
        body: ``gemeente`` or ``ocmw`` for the public bodies that share a town's name; "" for others.
    """

    tokens: tuple[str, ...]
    legal: str = ""
    group: frozenset[str] = frozenset()
    body: str = ""

    @property
    def key(self) -> str:
        """The comparison key: the tokens without spaces, so that ``Good Will`` and ``Goodwill`` are one."""
        return "".join(self.tokens)


def mend(raw: str) -> str:
    """The name for showing: encoding and HTML mended, spaces single; everything a person typed stays."""
    return readable(raw)


def parse_name(raw: str) -> CompanyName:
    """Take a company's name apart for comparing."""
    words = _words(fold(mend(raw)))
    rest, legal = _without_form(words)
    joined = _join_letters(rest)
    return CompanyName(
        tokens=tuple(joined),
        legal=legal,
        group=frozenset(_GROUP[word] for word in joined[1:] if word in _GROUP),
        body=next((_MUNICIPAL[word] for word in joined if word in _MUNICIPAL), ""),
    )


def _words(text: str) -> list[str]:
    text = re.sub(r"[’'`\"]", "", text)
    text = re.sub(r"(?<=\w)&(?=\w)", "", text)
    text = _DOTTED.sub(lambda match: re.sub(r"[.\s]", "", match.group()) + " ", text)
    words = [word for word in _NOT_WORD.sub(" ", text).split() if word]
    kept = [word for index, word in enumerate(words) if word not in _AND or index in (0, len(words) - 1)]
    if len(kept) > 1 and kept[0] == "the":
        kept = kept[1:]
    if len(kept) > 1 and kept[0] in ("st", "sticht"):
        # "St. B Lab": the foundation; a saint's name begins with St. too, and is the same word on both sides then.
        kept = ["stichting", *kept[1:]]
    return kept


def _without_form(words: list[str]) -> tuple[list[str], str]:
    """The words without legal forms at the end and (some) at the start; and the first form met, from the end."""
    legal = ""
    while len(words) > 1 and (length := _form_length(words)):
        legal = legal or _BY_FORM[" ".join(words[-length:])]
        words = words[:-length]
    if len(words) > 1 and _BY_FORM.get(words[0]) in _LEADING:
        legal = legal or _BY_FORM[words[0]]
        words = words[1:]
    return words, legal


def _form_length(words: list[str]) -> int:
    """How many words at the end are one legal form, leaving at least one; 0 if none."""
    for length in range(min(_LONGEST, len(words) - 1), 0, -1):
        if " ".join(words[-length:]) in _BY_FORM:
            return length
    return 0


def _join_letters(words: list[str]) -> list[str]:
    joined: list[str] = []
    run = False
    for word in words:
        if len(word) == 1 and word.isalpha():
            if run:
                joined[-1] += word
            else:
                joined.append(word)
            run = True
        else:
            joined.append(word)
            run = False
    return joined


def name(raw: str, country: str | None = None) -> Key:
    """Judge a name for showing: what is certainly damage is mended, what is only likely is proposed for review."""
    shown = mend(raw)
    # Damage may hide that nothing was written, and mending may leave nothing.
    if junk := filler(clean(raw), SURE_FILLERS) or filler(clean(shown), SURE_FILLERS):
        return empty(junk)
    repairs = []
    if mended(raw) != raw:
        repairs.append("encoding")
    if unescape(mended(raw)) != mended(raw):
        repairs.append("HTML")
    if _LOST_APOSTROPHE.match(shown):
        return review(_LOST_APOSTROPHE.sub("'", shown), "comma for an apostrophe")
    proposed = _LOST_AMPERSAND.sub(lambda match: _WELL_KNOWN.get(match.group(), match.group()), shown)
    if proposed != shown:
        return review(proposed, "ampersand lost")
    return valid(shown, repairs)


def name_key(raw: str, country: str | None = None) -> Key:
    """The comparison key of a name: no case, accents, punctuation, ampersands or legal form. Never proof by itself."""
    if junk := filler(clean(raw), SURE_FILLERS):
        return empty(junk)
    key = parse_name(raw).key
    return valid(key, []) if key else empty("placeholder")
