"""Countries and languages: ISO codes, and their names in the four languages our sides are written in."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from syncengine.decide.keys.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = ("nl", "en", "fr", "de")

ALPHA2: Final = frozenset(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH "
    "CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN "
    "GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI "
    "LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM "
    "PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD "
    "TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW".split()
)

# code alpha-3 | Dutch | English | French | German; further spellings after a slash. Countries our sides trade with most;
# the others come from babel where it is installed.
_TABLE: Final = """
AT AUT|Oostenrijk|Austria|Autriche|Österreich
BE BEL|België/Belgie|Belgium|Belgique|Belgien
BG BGR|Bulgarije|Bulgaria|Bulgarie|Bulgarien
CY CYP|Cyprus|Cyprus|Chypre|Zypern
CZ CZE|Tsjechië/Tsjechische Republiek|Czechia/Czech Republic|Tchéquie/République tchèque|Tschechien/Tschechische Republik
DE DEU|Duitsland/Bondsrepubliek Duitsland|Germany|Allemagne|Deutschland
DK DNK|Denemarken|Denmark|Danemark|Dänemark
EE EST|Estland|Estonia|Estonie|Estland
ES ESP|Spanje|Spain/España|Espagne|Spanien
FI FIN|Finland|Finland/Suomi|Finlande|Finnland
FR FRA|Frankrijk|France|France|Frankreich
GR GRC|Griekenland|Greece/Hellas|Grèce|Griechenland
HR HRV|Kroatië|Croatia/Hrvatska|Croatie|Kroatien
HU HUN|Hongarije|Hungary|Hongrie|Ungarn
IE IRL|Ierland|Ireland/Republic of Ireland|Irlande|Irland
IT ITA|Italië|Italy/Italia|Italie|Italien
LT LTU|Litouwen|Lithuania|Lituanie|Litauen
LU LUX|Luxemburg|Luxembourg|Luxembourg/Grand-Duché de Luxembourg|Luxemburg
LV LVA|Letland|Latvia|Lettonie|Lettland
MT MLT|Malta|Malta|Malte|Malta
NL NLD|Nederland/Holland/Koninkrijk der Nederlanden|Netherlands/The Netherlands|Pays-Bas/Les Pays-Bas|Niederlande/Die Niederlande
PL POL|Polen|Poland/Polska|Pologne|Polen
PT PRT|Portugal|Portugal|Portugal|Portugal
RO ROU|Roemenië|Romania|Roumanie|Rumänien
SE SWE|Zweden|Sweden/Sverige|Suède|Schweden
SI SVN|Slovenië|Slovenia|Slovénie|Slowenien
SK SVK|Slowakije|Slovakia|Slovaquie|Slowakei
GB GBR|Verenigd Koninkrijk/Groot-Brittannië/Engeland|United Kingdom/Great Britain/U.K.|Royaume-Uni|Vereinigtes Königreich/Großbritannien
CH CHE|Zwitserland|Switzerland|Suisse|Schweiz/Die Schweiz
NO NOR|Noorwegen|Norway/Norge|Norvège|Norwegen
IS ISL|IJsland|Iceland|Islande|Island
LI LIE|Liechtenstein|Liechtenstein|Liechtenstein|Liechtenstein
MC MCO|Monaco|Monaco|Monaco|Monaco
TR TUR|Turkije|Turkey/Türkiye|Turquie|Türkei
UA UKR|Oekraïne|Ukraine|Ukraine|Ukraine
RU RUS|Rusland/Russische Federatie|Russia/Russian Federation|Russie|Russland
RS SRB|Servië|Serbia|Serbie|Serbien
MA MAR|Marokko|Morocco|Maroc|Marokko
US USA|Verenigde Staten/Verenigde Staten van Amerika/Amerika|United States/United States of America/U.S.A./U.S.|États-Unis|Vereinigte Staaten/USA
CA CAN|Canada|Canada|Canada|Kanada
CN CHN|China/Volksrepubliek China|China|Chine|China
HK HKG|Hongkong|Hong Kong|Hong Kong|Hongkong
TW TWN|Taiwan|Taiwan|Taïwan|Taiwan
JP JPN|Japan|Japan|Japon|Japan
KR KOR|Zuid-Korea|South Korea/Korea|Corée du Sud|Südkorea
IN IND|India|India|Inde|Indien
ID IDN|Indonesië|Indonesia|Indonésie|Indonesien
SG SGP|Singapore|Singapore|Singapour|Singapur
AU AUS|Australië|Australia|Australie|Australien
NZ NZL|Nieuw-Zeeland|New Zealand|Nouvelle-Zélande|Neuseeland
ZA ZAF|Zuid-Afrika|South Africa|Afrique du Sud|Südafrika
BR BRA|Brazilië|Brazil|Brésil|Brasilien
AR ARG|Argentinië|Argentina|Argentine|Argentinien
MX MEX|Mexico|Mexico|Mexique|Mexiko
AE ARE|Verenigde Arabische Emiraten|United Arab Emirates|Émirats arabes unis|Vereinigte Arabische Emirate
IL ISR|Israël|Israel|Israël|Israel
SR SUR|Suriname|Suriname|Suriname|Suriname
CW CUW|Curaçao|Curaçao|Curaçao|Curaçao
AW ABW|Aruba|Aruba|Aruba|Aruba
"""

_LANGUAGE_TABLE: Final = """
nl|Nederlands/Vlaams|Dutch|Néerlandais|Niederländisch
en|Engels|English|Anglais|Englisch
fr|Frans|French|Français|Französisch
de|Duits|German|Allemand|Deutsch
es|Spaans|Spanish/Español|Espagnol|Spanisch
it|Italiaans|Italian/Italiano|Italien|Italienisch
pt|Portugees|Portuguese|Portugais|Portugiesisch
pl|Pools|Polish/Polski|Polonais|Polnisch
da|Deens|Danish/Dansk|Danois|Dänisch
sv|Zweeds|Swedish/Svenska|Suédois|Schwedisch
fi|Fins|Finnish/Suomi|Finnois|Finnisch
cs|Tsjechisch|Czech|Tchèque|Tschechisch
sk|Slowaaks|Slovak|Slovaque|Slowakisch
sl|Sloveens|Slovenian/Slovene|Slovène|Slowenisch
hu|Hongaars|Hungarian|Hongrois|Ungarisch
ro|Roemeens|Romanian|Roumain|Rumänisch
bg|Bulgaars|Bulgarian|Bulgare|Bulgarisch
hr|Kroatisch|Croatian|Croate|Kroatisch
el|Grieks|Greek|Grec|Griechisch
et|Ests/Estisch|Estonian|Estonien|Estnisch
lv|Lets|Latvian|Letton|Lettisch
lt|Litouws|Lithuanian|Lituanien|Litauisch
mt|Maltees|Maltese|Maltais|Maltesisch
ga|Iers|Irish|Irlandais|Irisch
lb|Luxemburgs|Luxembourgish|Luxembourgeois|Luxemburgisch
fy|Fries|Frisian|Frison|Friesisch
no|Noors|Norwegian|Norvégien|Norwegisch
ru|Russisch|Russian|Russe|Russisch
tr|Turks|Turkish|Turc|Türkisch
zh|Chinees|Chinese|Chinois|Chinesisch
ja|Japans|Japanese|Japonais|Japanisch
ar|Arabisch|Arabic|Arabe|Arabisch
"""


def _rows(table: str) -> list[list[str]]:
    return [line.split("|") for line in table.strip().splitlines()]


def spelled(name: str) -> str:
    """A name as it is looked up: folded, letters and digits only."""
    return "".join(ch for ch in fold(name) if ch.isalnum())


def country_code(name: str) -> str:
    """The alpha-2 code of a name, alpha-3 code or nickname in one of ``LANGUAGES``; "" if it is none."""
    key = spelled(name)
    return _country_names().get(key) or _names_of_babel("territories").get(key, "")


def language_code(name: str) -> str:
    """The ISO 639-1 code of a language's name in one of ``LANGUAGES``; "" if it is none."""
    key = spelled(name)
    return _language_names().get(key) or _names_of_babel("languages").get(key, "")


def is_language(code: str) -> bool:
    """True for an ISO 639-1 code that has a name here."""
    return code in _language_names().values() or code in _names_of_babel("languages").values()


@cache
def _country_names() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for head, *spellings in _rows(_TABLE):
        code, alpha3 = head.split()
        names[spelled(alpha3)] = code
        for name in "/".join(spellings).split("/"):
            names[spelled(name)] = code
    return MappingProxyType(names)


@cache
def _language_names() -> Mapping[str, str]:
    return MappingProxyType(
        {spelled(name): code for code, *rest in _rows(_LANGUAGE_TABLE) for name in "/".join(rest).split("/")}
    )


@cache
def _names_of_babel(what: str) -> Mapping[str, str]:
    """The whole world's names, where babel is installed; asked only when ours do not know, for loading them takes a while."""
    names: dict[str, str] = {}
    if find_spec("babel") is None:
        return MappingProxyType(names)
    from babel import Locale

    for language in LANGUAGES:
        for code, name in dict(getattr(Locale(language), what)).items():
            if len(code) == 2 and (what == "languages" or code in ALPHA2):
                names.setdefault(spelled(name), code)
    return MappingProxyType(names)


@cache
def country_name(code: str, language: str) -> str:
    """The country's name in a language of ``LANGUAGES``; "" if it has none here."""
    return _name(_TABLE, "territories", code, language)


@cache
def language_name(code: str, language: str) -> str:
    """The language's name in a language of ``LANGUAGES``; "" if it has none here."""
    return _name(_LANGUAGE_TABLE, "languages", code, language)


def _name(table: str, what: str, code: str, language: str) -> str:
    for head, *spellings in _rows(table):
        if head.split()[0] == code:
            return spellings[LANGUAGES.index(language)].split("/")[0]
    if find_spec("babel") is None:
        return ""
    from babel import Locale

    return str(dict(getattr(Locale(language), what)).get(code, ""))


@cache
def alpha3(code: str) -> str:
    """The alpha-3 code of an alpha-2 one; "" if it is not in the table."""
    return next((head.split()[1] for head, *_ in _rows(_TABLE) if head.split()[0] == code), "")
