"""Written values judged: one table per kind. All numbers are made up in the image of real ones."""

from __future__ import annotations

import pytest

from syncengine.decide.keys import KINDS, normalise
from tests.builders import rows

VAT = [
    # raw                        country  outcome                          status         reason                why
    ("NL852468131B01",           None,    "NL852468131B01",                "ok",          "",                   "as the tax office writes it"),
    ("nl 8524.68.131 b01",       None,    "NL852468131B01",                "ok",          "",                   "case, dots and spaces mean nothing"),
    ("NL-852468131.B.01",        None,    "NL852468131B01",                "ok",          "",                   "dashes and dots anywhere"),
    ("NL: 852468131B01",         None,    "NL852468131B01",                "ok",          "",                   "colon behind the country"),
    ("NL\u00a08524 68131\u200bB01", None, "NL852468131B01",                "ok",          "",                   "no-break and zero-width space"),
    ("ＮＬ８５２４６８１３１Ｂ０１", None,    "NL852468131B01",                "repaired",    "full-width characters", "full-width characters"),
    ("NL3172648B01",             None,    "NL003172648B01",                "repaired",    "lost leading zero",  "two zeros lost, the check holds again"),
    ("852468131B01",             "NL",    "NL852468131B01",                "repaired",    "country prefix missing", "prefix from the record's country"),
    ("852468131B01",             None,    "NL852468131B01",                "repaired",    "country prefix missing", "the form is Dutch and no other"),
    ("852468131B01",             "BE",    None,                            "rejected",    "format",             "a Dutch form in a Belgian record is a guess"),
    ("BTW-nummer: NL852468131B01", None,  "NL852468131B01",                "repaired",    "label",              "label in the field"),
    ("TVA BE 0412.398.765",      None,    "BE0412398765",                  "repaired",    "label",              "French label before a Belgian number"),
    ("BTW BE0412398765",         None,    "BE0412398765",                  "repaired",    "label",              "Dutch label before a Belgian number"),
    ("BTW: onbekend",            None,    None,                            "empty",       "label without a number", "label and filler"),
    ("NL852468131",              None,    None,                            "rejected",    "suffix missing",     "B01 would be a guess"),
    ("NL852468131B00",           None,    None,                            "rejected",    "suffix 00 is never given out", "suffix 00"),
    ("NL852468131B012",          None,    None,                            "rejected",    "length",             "three digits behind the B"),
    ("NL85246813IB01",           None,    None,                            "rejected",    "format",             "capital I for a one is not repaired"),
    ("NL8524681З1B01",           None,    None,                            "rejected",    "format",             "a Cyrillic look-alike is not repaired"),
    ("NLO03172648B01",           None,    None,                            "rejected",    "format",             "capital O for a zero is not repaired"),
    ("NL852468132B01",           None,    None,                            "rejected",    "check digit",        "a digit wrong"),
    ("NL347152685B01",           None,    None,                            "rejected",    "contains a BSN",     "a sole trader's id from before 2020"),
    ("347152685B01",             "NL",    None,                            "rejected",    "contains a BSN",     "the same without prefix"),
    ("NL347152685",              None,    None,                            "rejected",    "contains a BSN",     "the citizen number itself behind NL"),
    ("347152685",                "NL",    None,                            "rejected",    "contains a BSN",     "the citizen number itself"),
    ("NL347152680B27",           None,    "NL347152680B27",                "ok",          "",                   "mod 97 holds: an id since 2020"),
    ("NL000000000B01",           None,    None,                            "rejected",    "placeholder",        "zeros pass the eleven test and are nothing"),
    ("NL888888880B01",           None,    None,                            "rejected",    "placeholder",        "one digit repeated"),
    ("852468131",                "NL",    {"rsin": "852468131"},           "wrong_field", "RSIN",               "an RSIN in the VAT field"),
    ("31264597",                 "NL",    {"kvk": "31264597"},             "wrong_field", "KvK number",         "a KvK number in the VAT field"),
    ("KvK 31264597",             "NL",    {"kvk": "31264597"},             "wrong_field", "KvK number",         "and it says so"),
    ("000031264597",             "NL",    {"establishment": "000031264597"}, "wrong_field", "establishment number", "an establishment in the VAT field"),
    ("312645970000",             "NL",    {"kvk": "31264597"},             "wrong_field", "KvK number",         "an old file number in the VAT field"),
    ("NL17RABO0312645978",       None,    {"iban": "NL17RABO0312645978"},  "wrong_field", "IBAN",               "an IBAN in the VAT field"),
    ("8,52E+08",                 "NL",    None,                            "rejected",    "scientific notation", "a spreadsheet rounded it"),
    ("BE0412398765",             None,    "BE0412398765",                  "ok",          "",                   "Belgian, ten digits"),
    ("BE 412.398.765",           None,    "BE0412398765",                  "repaired",    "lost leading zero",  "Belgian, nine digits as before 2005"),
    ("BE (0)412.398.765",        None,    "BE0412398765",                  "ok",          "",                   "the zero in brackets"),
    ("BE1002345738",             None,    "BE1002345738",                  "ok",          "",                   "Belgian numbers may begin with 1"),
    ("0412.398.765",             "BE",    "BE0412398765",                  "repaired",    "country prefix missing", "Belgian without BE"),
    ("412398765.0",              "BE",    "BE0412398765",                  "repaired",    "number read as floating point, country prefix missing, lost leading zero", "three repairs, no guess"),
    ("0412398765",               None,    None,                            "rejected",    "no country prefix",  "ten digits belong to several countries"),
    ("BE 0412,398.765",          None,    None,                            "rejected",    "format",             "a comma is not repaired"),
    ("BE BE 0412398765",         None,    None,                            "rejected",    "format",             "prefix twice"),
    ("BE0000000097",             None,    None,                            "rejected",    "placeholder",        "zeros with a right check"),
    ("BE0123456749",             None,    "BE0123456749",                  "review",      "placeholder",        "counting digits with a right check"),
    ("EL123987453",              None,    "EL123987453",                   "ok",          "",                   "Greece is EL"),
    ("GR 123987453",             None,    "EL123987453",                   "repaired",    "GR for EL",          "GR is EL"),
    ("123987453",                "GR",    "EL123987453",                   "repaired",    "country prefix missing", "a Greek record without prefix"),
    ("EU372019876",              None,    "EU372019876",                   "review",      "one-stop-shop number", "a seller outside the EU"),
    ("IM5280001234",             None,    "IM5280001234",                  "review",      "one-stop-shop number", "import one-stop shop"),
    ("EU3720198",                None,    None,                            "rejected",    "length",             "a scheme number too short"),
    ("US123456789",              None,    None,                            "rejected",    "unknown country prefix", "no VAT country"),
    ("N L 8524 68131 B 01",      None,    "NL852468131B01",                "ok",          "",                   "spaces inside the prefix"),
    ("n.v.t.",                   None,    None,                            "empty",       "placeholder",        "not applicable"),
    ("N V T",                    None,    None,                            "empty",       "placeholder",        "not applicable, spaced"),
    ("(nog niet bekend)",        None,    None,                            "empty",       "placeholder",        "not known yet"),
    ("vrijgesteld",              None,    None,                            "empty",       "placeholder",        "exempt"),
    ("#N/B",                     None,    None,                            "empty",       "spreadsheet error",  "a Dutch spreadsheet's error"),
    ("000000000",                "NL",    None,                            "empty",       "placeholder",        "zeros only"),
    ("--",                       None,    None,                            "empty",       "placeholder",        "dashes"),
    ("",                         None,    None,                            "empty",       "empty",              "nothing"),
]  # fmt: skip


def judged(kind, raw, country):
    key = normalise(kind, raw, country=country)
    return key.outcome, key.status, key.reason


@pytest.mark.parametrize(("raw", "country", "outcome", "status", "reason"), rows(VAT))
def test_vat(raw, country, outcome, status, reason):
    assert judged("vat", raw, country) == (outcome, status, reason)


REGISTERS = [
    # kind            raw                     country outcome                            status         reason                 why
    ("kvk",           "31264597",             None, "31264597",                          "ok",          "",                    "eight digits"),
    ("kvk",           "31.26.45.97",          None, "31264597",                          "ok",          "",                    "dots"),
    ("kvk",           "1264597",              None, "01264597",                          "repaired",    "lost leading zero",   "seven digits"),
    ("kvk",           "1264597.0",            None, "01264597",                          "repaired",    "number read as floating point, lost leading zero", "a number column, twice hurt"),
    ("kvk",           "312645970000",         None, "31264597",                          "repaired",    "old file number with sub-file 0000", "old file number"),
    ("kvk",           "12645970000",          None, "01264597",                          "repaired",    "lost leading zero, old file number with sub-file 0000", "old file number that lost its zero"),
    ("kvk",           "312645970001",         None, "31264597",                          "review",      "sub-file of a branch", "a branch of the file"),
    ("kvk",           "000031264597",         None, {"establishment": "000031264597"},   "wrong_field", "establishment number", "an establishment"),
    ("kvk",           "852468131",            None, {"rsin": "852468131"},               "wrong_field", "RSIN",                "an RSIN"),
    ("kvk",           "347152685",            None, None,                                "rejected",    "contains a BSN",      "a citizen number"),
    ("kvk",           "347152686",            None, None,                                "rejected",    "length",              "nine digits of nothing"),
    ("kvk",           "264597",               None, None,                                "rejected",    "length",              "six digits: two zeros is more than any number has"),
    ("kvk",           "00264597",             None, None,                                "rejected",    "format",              "no chamber 00"),
    ("kvk",           "0412398765",           None, {"kbo": "0412398765"},               "wrong_field", "Belgian enterprise number", "a Belgian number"),
    ("kvk",           "412.398.765",          "BE", {"kbo": "0412398765"},               "wrong_field", "Belgian enterprise number", "a Belgian number of nine digits"),
    ("kvk",           "NL852468131B01",       None, {"vat": "NL852468131B01"},           "wrong_field", "VAT number",          "a VAT number"),
    ("kvk",           "NL347152685B01",       None, None,                                "rejected",    "contains a BSN",      "an old VAT id of a person"),
    ("kvk",           "3,13E+07",             None, None,                                "rejected",    "scientific notation", "a spreadsheet rounded it"),
    ("kvk",           "3,1264597E+07",        None, "31264597",                          "repaired",    "number read as floating point", "every digit survived"),
    ("kvk",           "KvK-nr.: 31264597",    None, "31264597",                          "repaired",    "label",               "label"),
    ("kvk",           "HR Utrecht 31264597",  None, "31264597",                          "repaired",    "label",               "register and town"),
    ("kvk",           "３１２６４５９７",       None, "31264597",                          "repaired",    "full-width characters", "full-width digits"),
    ("kvk",           "٣١٢٦٤٥٩٧",             None, None,                                "rejected",    "format",              "digits of another script"),
    ("kvk",           "3126459O",             None, None,                                "rejected",    "format",              "capital O for a zero"),
    ("kvk",           "12345678",             None, "12345678",                          "review",      "placeholder",         "counting"),
    ("kvk",           "01234567",             None, "01234567",                          "review",      "placeholder",         "counting behind a zero"),
    ("kvk",           "99999999",             None, "99999999",                          "review",      "placeholder",         "one digit repeated"),
    ("kvk",           "87654321",             None, "87654321",                          "review",      "placeholder",         "counting down"),
    ("kvk",           "0",                    None, None,                                "empty",       "placeholder",         "zero"),
    ("kvk",           "00000000",             None, None,                                "empty",       "placeholder",         "zeros"),
    ("kvk",           "'01264597",            None, "01264597",                          "ok",          "",                    "a spreadsheet's text mark"),
    ("kvk",           "geen",                 None, None,                                "empty",       "placeholder",         "none"),
    ("establishment", "31264597",             None, "000031264597",                      "repaired",    "lost leading zero",   "four zeros lost"),
    ("establishment", "000031264597",         None, "000031264597",                      "ok",          "",                    "establishment as given out"),
    ("establishment", "31842",                None, "000000031842",                      "repaired",    "lost leading zero",   "an early establishment"),
    ("establishment", "312645970000",         None, {"kvk": "31264597"},                 "wrong_field", "KvK number",          "file number in the establishment field"),
    ("establishment", "1234567890123",        None, None,                                "rejected",    "length",              "thirteen digits"),
    ("kbo",           "0412.398.765",         None, "0412398765",                        "ok",          "",                    "enterprise number with dots"),
    ("kbo",           "412398765",            None, "0412398765",                        "repaired",    "nine digits",         "nine-digit enterprise number"),
    ("kbo",           "BE 0412.398.765",      None, "0412398765",                        "repaired",    "country prefix",      "its VAT spelling"),
    ("kbo",           "0412398766",           None, None,                                "rejected",    "check digit",         "enterprise number, a digit wrong"),
    ("kbo",           "2112398791",           None, {"establishment_unit": "2112398791"}, "wrong_field", "establishment unit", "a Belgian place of business"),
    ("kbo",           "2112398792",           None, None,                                "rejected",    "check digit",         "no Belgian place of business"),
    ("kbo",           "31264597",             "NL", {"kvk": "31264597"},                 "wrong_field", "KvK number",          "a Dutch number"),
    ("kbo",           "0000000097",           None, None,                                "rejected",    "placeholder",         "Belgian zeros with a right check"),
    ("kbo",           "0123456749",           None, "0123456749",                        "review",      "placeholder",         "Belgian counting with a right check"),
    ("rsin",          "852468131",            None, "852468131",                         "ok",          "",                    "RSIN"),
    ("rsin",          "3172648",              None, "003172648",                         "repaired",    "lost leading zero",   "RSIN that lost two zeros"),
    ("rsin",          "347152685",            None, None,                                "rejected",    "contains a BSN",      "a citizen number in the RSIN field"),
    ("rsin",          "852468132",            None, None,                                "rejected",    "check digit",         "RSIN, a digit wrong"),
    ("rsin",          "NL852468131B01",       None, {"vat": "NL852468131B01"},           "wrong_field", "VAT number",          "a VAT number in the RSIN field"),
    ("rsin",          "31264597",             None, {"kvk": "31264597"},                 "wrong_field", "KvK number",          "a KvK number in the RSIN field"),
    ("oin",           "00000001852468131000", None, {"rsin": "852468131"},               "ok",          "",                    "government number around an RSIN"),
    ("oin",           "00000003312645970000", None, {"kvk": "31264597"},                 "ok",          "",                    "government number around a KvK number"),
    ("oin",           "00000001852468132000", None, None,                                "rejected",    "check digit",         "government number around a wrong RSIN"),
    ("oin",           "00000004000000012000", None, "00000004000000012000",              "review",      "no register number inside", "government number of its own"),
    ("iban",          "nl17 rabo 0312 6459 78", None, "NL17RABO0312645978",              "ok",          "",                    "IBAN in groups"),
    ("iban",          "IBAN: NL17RABO0312645978", None, "NL17RABO0312645978",            "repaired",    "label",               "IBAN with its name"),
    ("iban",          "NL18RABO0312645978",   None, None,                                "rejected",    "check digit",         "IBAN, a digit wrong"),
    ("iban",          "NL91ABNA0417164300",   None, "NL91ABNA0417164300",                "review",      "example number",      "the IBAN every manual shows"),
    ("iban",          "312645978",            "NL", None,                                "rejected",    "no country prefix",   "an account number of old"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "raw", "country", "outcome", "status", "reason"), rows(REGISTERS))
def test_registers(kind, raw, country, outcome, status, reason):
    assert judged(kind, raw, country) == (outcome, status, reason)


CONTACT = [
    # kind     raw                                country outcome                  status      reason                why
    ("email",  " Jan@Bedrijf.EXAMPLE ",           None, "jan@bedrijf.example",     "ok",       "",                   "case and spaces"),
    ("email",  "mailto:jan@bedrijf.example?subject=x", None, "jan@bedrijf.example", "repaired", "mailto",            "a link's target"),
    ("email",  '"Jan" <jan@bedrijf.example>',     None, {"email": "jan@bedrijf.example", "name": "Jan"}, "repaired", "display name", "with a name"),
    ("email",  "jan@bedrijf.example;",            None, "jan@bedrijf.example",     "repaired", "punctuation",        "a separator left behind"),
    ("email",  "jan@a.example; piet@a.example",   None, "jan@a.example",           "review",   "several addresses",  "two addresses"),
    ("email",  "jan@bücher.example",              None, "jan@xn--bcher-kva.example", "ok",     "",                   "an international domain"),
    ("email",  "jan@bedrijf",                     None, None,                      "rejected", "format",             "no domain"),
    ("email",  "jan..p@bedrijf.example",          None, None,                      "rejected", "format",             "two dots"),
    ("email",  "bedrijf.example",                 None, None,                      "rejected", "no address",         "no at sign"),
    ("email",  "jan@gmail.com",                   None, "jan@gmail.com",           "review",   "free-mail domain",   "anybody's provider"),
    ("email",  "jan@hotmail.co.uk",               None, "jan@hotmail.co.uk",       "review",   "free-mail domain",   "a family of providers"),
    ("email",  "jan@mijnoutlook.example",         None, "jan@mijnoutlook.example", "ok",       "",                   "only looks like a provider"),
    ("email",  "test@bedrijf.example",            None, "test@bedrijf.example",    "review",   "placeholder",        "test"),
    ("email",  "no-reply@bedrijf.example",        None, "no-reply@bedrijf.example", "review",  "no-reply address",   "nobody reads it"),
    ("email",  "onbekend@onbekend.nl",            None, None,                      "rejected", "placeholder",        "unknown at unknown"),
    ("email",  "nb@bedrijf.example",              None, "nb@bedrijf.example",      "ok",       "",                   "initials are a person"),
    ("email",  "geen email",                      None, None,                      "empty",    "placeholder",        "says there is none"),
    ("domain", "https://www.Bedrijf.example/over?x", None, "bedrijf.example",      "ok",       "",                   "web address"),
    ("domain", "jan@bedrijf.example",             None, "bedrijf.example",         "ok",       "",                   "domain of an address"),
    ("domain", "www.facebook.com/bedrijf",        None, "facebook.com",            "review",   "platform domain",    "a page on a platform"),
    ("domain", "bedrijf",                         None, None,                      "rejected", "format",             "no top-level domain"),
    ("phone",  "(0512) 345 068",                  "NL", "+31512345068",            "ok",       "",                   "area code in brackets"),
    ("phone",  "0512-345068",                     "Nederland", "+31512345068",     "ok",       "",                   "country by name"),
    ("phone",  "+31 (0)512 345068",               None, "+31512345068",            "ok",       "",                   "trunk zero in brackets"),
    ("phone",  "+31 0512 345068",                 None, "+31512345068",            "ok",       "",                   "trunk zero kept"),
    ("phone",  "0031512345068",                   None, "+31512345068",            "ok",       "",                   "00 for +"),
    ("phone",  "31512345068",                     "NL", "+31512345068",            "repaired", "country code without +", "no plus"),
    ("phone",  "512345068",                       "NL", "+31512345068",            "repaired", "lost leading zero",  "zero lost in a spreadsheet"),
    ("phone",  "512345068.0",                     "NL", "+31512345068",            "repaired", "number read as floating point, lost leading zero", "a phone number as a number"),
    ("phone",  "tel. 0512-345068",                "NL", "+31512345068",            "repaired", "label",              "phone with its name"),
    ("phone",  "0512-345068 tst. 12",             "NL", {"phone": "+31512345068", "extension": "12"}, "repaired", "extension", "an extension is kept apart"),
    ("phone",  "0512-345068 / 06-52034068",       "NL", "+31512345068",            "review",   "several numbers",    "two phone numbers"),
    ("phone",  "06 52034068",                     "NL", "+31652034068",            "ok",       "",                   "mobile"),
    ("phone",  "06 520340688",                    "NL", None,                      "rejected", "length",             "a digit too many"),
    ("phone",  "0512-34506",                      "NL", None,                      "rejected", "length",             "a digit too few"),
    ("phone",  "02 537 42 16",                    "BE", "+3225374216",             "ok",       "",                   "Belgian, nine digits"),
    ("phone",  "04 237 42 16",                    "BE", "+3242374216",             "ok",       "",                   "Liège is no mobile"),
    ("phone",  "0476 53 74 21",                   "BE", "+32476537421",            "ok",       "",                   "Belgian mobile"),
    ("phone",  "+32 476 53 74 2",                 None, None,                      "rejected", "length",             "Belgian mobile, a digit short"),
    ("phone",  "030 537421",                      "DE", "+4930537421",             "ok",       "",                   "German"),
    ("phone",  "14 0513",                         "NL", "14 0513",                 "review",   "municipal short number", "municipality"),
    ("phone",  "14030",                           "NL", "14 030",                  "review",   "municipal short number", "municipality, glued"),
    ("phone",  "0900-2035",                       "NL", "0900 2035",               "review",   "service number",     "service number"),
    ("phone",  "0512345068",                      None, "0512345068",              "review",   "no country",         "a number of no country"),
    ("phone",  "06-12345678",                     "NL", "+31612345678",            "review",   "placeholder",        "the number everybody types"),
    ("phone",  "1234567890",                      "NL", None,                      "rejected", "placeholder",        "counting digits"),
    ("phone",  "0000000000",                      "NL", None,                      "empty",    "placeholder",        "zeros for a phone"),
    ("phone",  "6,52E+08",                        "NL", None,                      "rejected", "scientific notation", "rounded phone"),
    ("phone",  "bel mij",                         "NL", None,                      "rejected", "format",             "words"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "raw", "country", "outcome", "status", "reason"), rows(CONTACT))
def test_contact(kind, raw, country, outcome, status, reason):
    assert judged(kind, raw, country) == (outcome, status, reason)


PLACES = [
    # kind      raw                   country outcome                                     status      reason                  why
    ("postcode", "8401bk",            "NL", "8401 BK",                                    "ok",       "",                     "glued and lower case"),
    ("postcode", "8401-BK",           None, "8401 BK",                                    "ok",       "",                     "the form says the country"),
    ("postcode", "NL-8401 BK",        "NL", "8401 BK",                                    "repaired", "country prefix",       "Dutch with prefix"),
    ("postcode", "8401",              "NL", "8401",                                       "review",   "digits only",          "digits only"),
    ("postcode", "8401BK Gorredijk",  "NL", {"postcode": "8401 BK", "city": "Gorredijk"}, "repaired", "town behind the postcode", "town behind it"),
    ("postcode", "8401 SS",           "NL", None,                                         "rejected", "letters never given out", "letters never given out"),
    ("postcode", "0401 BK",           "NL", None,                                         "rejected", "format",               "no postcode begins with 0"),
    ("postcode", "84O1 BK",           "NL", None,                                         "rejected", "format",               "capital O in a postcode"),
    ("postcode", "1234 AB",           "NL", "1234 AB",                                    "review",   "placeholder",          "the example of every form"),
    ("postcode", "0000",              "NL", None,                                         "empty",    "placeholder",          "zeros for a postcode"),
    ("postcode", "B-8540",            "BE", "8540",                                       "repaired", "country prefix",       "Belgian with prefix"),
    ("postcode", "8540 Deerlijk",     "BE", {"postcode": "8540", "city": "Deerlijk"},     "repaired", "town behind the postcode", "Belgian with town"),
    ("postcode", "8401 BK",           "BE", "8401 BK",                                    "review",   "form of another country", "a Dutch code in Belgium"),
    ("postcode", "4103",              "DE", "04103",                                      "repaired", "lost leading zero",    "German that lost its zero"),
    ("postcode", "ec1a1bb",           "GB", "EC1A 1BB",                                   "ok",       "",                     "British, glued"),
    ("country",  "NL ",               None, "NL",                                         "ok",       "",                     "padded"),
    ("country",  "bel",               None, "BE",                                         "ok",       "",                     "three letters"),
    ("country",  "België",            None, "BE",                                         "ok",       "",                     "Dutch name"),
    ("country",  "ALLEMAGNE",         None, "DE",                                         "ok",       "",                     "French name"),
    ("country",  "Vereinigtes Königreich", None, "GB",                                    "ok",       "",                     "German name"),
    ("country",  "UK",                None, "GB",                                         "repaired", "UK for GB",            "nickname"),
    ("country",  "EL",                None, "GR",                                         "repaired", "EL for GR",            "the VAT prefix"),
    ("country",  "NA",                None, "NA",                                         "ok",       "",                     "Namibia, not 'n/a'"),
    ("country",  "onbekend",          None, None,                                         "empty",    "placeholder",          "unknown country"),
    ("country",  "Duitslnad",         None, None,                                         "rejected", "unknown country",      "a typo is not guessed"),
    ("language", "NL        ",        None, "NL",                                         "ok",       "",                     "language padded to ten"),
    ("language", "fr_be",             None, "FR-BE",                                      "ok",       "",                     "language of a country"),
    ("language", "Deutsch",           None, "DE",                                         "ok",       "",                     "language by its own name"),
    ("language", "qq",                None, None,                                         "rejected", "unknown language",     "no such language"),
    ("city",     "'s-hertogenbosch",  None, "Den Bosch",                                  "ok",       "",                     "official name"),
    ("city",     "Liège",             None, "Luik",                                       "ok",       "",                     "French name of a Belgian town"),
    ("city",     "KRIMPEN A/D IJSSEL", None, "Krimpen aan den IJssel",                    "ok",       "",                     "shortened"),
    ("city",     "IJMUIDEN",          None, "IJmuiden",                                   "ok",       "",                     "IJ is one letter"),
    ("city",     "SINT-OEDENRODE",    None, "Sint-Oedenrode",                             "ok",       "",                     "hyphen"),
    ("city",     "ã¶rebro",           None, "Örebro",                                     "ok",       "",                     "the wrong table, in lower case"),
    ("city",     ".",                 None, None,                                         "empty",    "placeholder",          "filler of a mandatory town"),
    ("code",     "  000420 ",         None, "000420",                                     "ok",       "",                     "zeros belong to a code"),
    ("code",     "\u3000AB-1\u3000",  None, "AB-1",                                       "ok",       "",                     "ideographic spaces"),
    ("code",     "NB",                None, "NB",                                         "ok",       "",                     "two letters are a code"),
    ("code",     "n.v.t.",            None, None,                                         "empty",    "placeholder",          "no code"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "raw", "country", "outcome", "status", "reason"), rows(PLACES))
def test_places(kind, raw, country, outcome, status, reason):
    assert judged(kind, raw, country) == (outcome, status, reason)


ADDRESSES = [
    # raw                             parts                                                                    why
    ("Hoofdstraat 12",                {"street": "Hoofdstraat", "number": "12"},                               "plain"),
    ("Hoofdstraat12",                 {"street": "Hoofdstraat", "number": "12"},                               "no space"),
    ("Hoofdstraat 12a",               {"street": "Hoofdstraat", "number": "12", "addition": "A"},              "letter"),
    ("Hoofdstraat 12 b 3",            {"street": "Hoofdstraat", "number": "12", "addition": "B 3"},            "letter and number"),
    ("Hoofdstraat 12-2hoog",          {"street": "Hoofdstraat", "number": "12", "addition": "2hoog"},          "storey"),
    ("Hoofdstraat 12 (achter)",       {"street": "Hoofdstraat", "number": "12", "addition": "(achter)"},       "brackets"),
    ("Kerkstraat 7 bus 3",            {"street": "Kerkstraat", "number": "7", "addition": "bus 3"},            "Belgian box"),
    ("Kerkstraat 7/3",                {"street": "Kerkstraat", "number": "7", "addition": "3"},                "Belgian box, short"),
    ("Plein 1945 8",                  {"street": "Plein 1945", "number": "8"},                                 "a year in the name"),
    ("Rue du 8 mai 5",                {"street": "Rue du 8 mai", "number": "5"},                               "a date in the name"),
    ("2e Dorpsstraat 8",              {"street": "2e Dorpsstraat", "number": "8"},                             "an ordinal in the name"),
    ("14 rue des Lilas",              {"street": "rue des Lilas", "number": "14"},                             "number first"),
    ("14bis, rue des Lilas",          {"street": "rue des Lilas", "number": "14", "addition": "bis"},          "number first, with bis"),
    ("'t Hoefijzer 3",                {"street": "'t Hoefijzer", "number": "3"},                               "apostrophe"),
    ("p/a Hoofdstraat 12",            {"care_of": True, "street": "Hoofdstraat", "number": "12"},              "care of"),
    ("Postbus 1 234",                 {"po_box": "1234"},                                                      "post box with a space"),
    ("P.O. Box 77",                   {"po_box": "77"},                                                        "post box in English"),
    ("Antwoordnummer 77",             {"reply_number": "77"},                                                  "reply number"),
    ("De Hoeve",                      {"street": "De Hoeve"},                                                  "no number"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "parts"), rows(ADDRESSES))
def test_an_address_line_is_taken_apart(raw, parts):
    assert normalise("address", raw).outcome == parts


SAME_ADDRESS = [
    ("Burg. Jansenstr. 4", "Burgemeester Jansenstraat 4", True, "abbreviations"),
    ("HOOFDSTRAAT 12 A", "Hoofdstraat 12a", True, "case and space"),
    ("Kerkstraat 7 bus 3", "Kerkstraat 7/3", True, "Belgian box two ways"),
    ("Kerkstraat 7", "Kerkstraat 9", False, "two numbers"),
    ("Kerkstraat 7", "Kerkstraat 7 A", False, "an addition"),
    ("Postbus 7", "Kerkstraat 7", False, "post box and visiting address"),
]


@pytest.mark.parametrize(("a", "b", "same"), rows(SAME_ADDRESS))
def test_addresses_compare(a, b, same):
    assert (normalise("address", a).value == normalise("address", b).value) is same


def test_an_invalid_key_is_never_usable():
    for raw, country, outcome, status, _, why in VAT:
        usable = normalise("vat", raw, country=country).usable
        assert usable is (status in ("ok", "repaired")), why
        assert not usable or isinstance(outcome, str), why


def test_a_citizen_number_appears_in_nothing_that_is_handed_on():
    for raw in ("NL347152685B01", "347152685B01", "347152685"):
        for kind in ("vat", "kvk", "rsin"):
            assert "347152685" not in repr(normalise(kind, raw, country="NL"))


def test_every_kind_has_its_judge():
    for kind in KINDS:
        assert normalise(kind, "-").value is None


def test_a_text_without_end_is_no_key():
    for kind in KINDS:
        assert normalise(kind, "1" * 100_000).reason == "too long"


def test_an_unknown_kind_is_an_error():
    with pytest.raises(KeyError):
        normalise("passport", "x")
