"""Names of companies, mended for showing and reduced for comparing; records that look alike."""

from __future__ import annotations

import pytest

from syncengine.decide.keys import normalise
from syncengine.decide.keys.names import parse_name
from syncengine.decide.keys.parties import relation
from tests.builders import rows

SHOWN = [
    # raw                              value                          status      why
    ("Vos & Zn. V.O.F.",               "Vos & Zn. V.O.F.",            "ok",       "punctuation is part of the name"),
    ("Vos  Transport\u00a0B.V. ",      "Vos Transport B.V.",          "ok",       "odd spaces"),
    ("CoÃ¶peratie De Brug",            "Coöperatie De Brug",          "repaired", "UTF-8 read as cp1252"),
    ("CafÃƒÂ© De Brug",                "Café De Brug",                "repaired", "twice"),
    ("VosÂ\u00a0Transport",            "Vos Transport",               "repaired", "a no-break space read so"),
    ("Vos &amp; Zonen",                "Vos & Zonen",                 "repaired", "HTML"),
    ("Vos & Zonen; Transport",         "Vos & Zonen; Transport",      "ok",       "an ampersand is no entity"),
    (",s Heeren Loo",                  "'s Heeren Loo",               "review",   "comma for an apostrophe"),
    ("Delta RD B.V.",                  "Delta R&D B.V.",              "review",   "ampersand lost, only likely"),
    ("Åse Bjørnsen AS",                "Åse Bjørnsen AS",             "ok",       "real accents stay"),
    ("onbekend",                       None,                          "empty",    "filler"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "value", "status"), rows(SHOWN))
def test_a_name_for_showing(raw, value, status):
    key = normalise("name", raw)
    assert (key.value, key.status) == (value, status)


COMPARED = [
    ("Vos Transport B.V.", "VOS TRANSPORT b. v.", True, "legal form, dotted and spaced"),
    ("Vos Transport BV", "Vos Transport", True, "legal form left out"),
    ("Vos Transport Besloten Vennootschap", "Vos Transport B.V", True, "legal form spelled out"),
    ("Stichting De Brug", "St. De Brug", True, "foundation shortened"),
    ("Coöperatie De Brug U.A.", "Cooperatie De Brug ua", True, "accent and form"),
    ("Vos & Zonen", "Vos en Zonen", True, "ampersand as a word"),
    ("Vos + Zonen", "Vos  Zonen", True, "ampersand lost between words"),
    ("V&Z Advies", "VZ Advies", True, "ampersand lost inside a word"),
    ("V & Z Advies", "V&Z Advies", True, "ampersand spaced"),
    ("J.P. Vos", "JP Vos", True, "initials"),
    ("Coca-Vos", "Coca Vos", True, "hyphen"),
    ("'t Hoefijzer", "t Hoefijzer", True, "apostrophe"),
    ("The Vos Company", "Vos Company", True, "article"),
    ("Vos GmbH & Co. KG", "Vos GmbH  Co KG", True, "German double form"),
    ("Vos S.P.R.L.", "Vos sprl", True, "Belgian form in French"),
    ("Vos Holding B.V.", "Vos B.V.", False, "a group word is part of the name"),
    ("Vos Nederland B.V.", "Vos Europe B.V.", False, "two companies of one group"),
    ("Vos", "Bos", False, "two names"),
    ("B.V.", "N.V.", False, "a form alone is all there is"),
]


@pytest.mark.parametrize(("a", "b", "same"), rows(COMPARED))
def test_names_compare(a, b, same):
    assert (normalise("name_key", a).value == normalise("name_key", b).value) is same


def test_the_parts_that_tell_companies_of_a_group_apart_are_named():
    name = parse_name("Vos Holding Nederland B.V.")
    assert (name.legal, name.group) == ("bv", frozenset({"holding", "nederland"}))


def test_public_bodies_of_one_town_are_told_apart():
    assert [parse_name(text).body for text in ("Gemeente Lo", "OCMW Lo", "CPAS de Lo", "Lo")] == [
        "gemeente",
        "ocmw",
        "ocmw",
        "",
    ]


RELATIONS = [
    # a                                                    b                                                    verdict  why
    ({"kvk": "31264597", "vat": "NL852468131B01"},         {"kvk": "31264598", "vat": "NL852468131B01"},        "no automatic match", "a VAT group"),
    ({"kvk": "31264597", "establishment": "000031264597"}, {"kvk": "31264597", "establishment": "31264599"},    "same legal entity, two locations", "two establishments"),
    ({"kvk": "31264597"},                                  {"kvk": "KvK 31264597"},                             "same", "one KvK number"),
    ({"name": "Lo", "kbo": "0412398765"},                  {"name": "Lo", "kbo": "1002345738"},                 "two legal entities", "one name, two enterprise numbers"),
    ({"name": "Vos B.V."},                                 {"name": "Vos Holding B.V."},                        "two legal entities", "a group word"),
    ({"name": "Vos B.V."},                                 {"name": "Stichting Vos"},                           "two legal entities", "two legal forms"),
    ({"name": "Vos"},                                      {"name": "Vos B.V."},                                "unknown", "a name proves nothing"),
    ({"vat": "NL852468131B01"},                            {"vat": "nl 8524.68.131 b01"},                       "same", "one VAT number"),
    ({"vat": "NL852468131B01"},                            {"vat": "NL003172648B01"},                           "two legal entities", "two VAT numbers"),
    ({"kvk": "12345678"},                                  {"kvk": "12345678"},                                 "unknown", "a placeholder is no key"),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b", "verdict"), rows(RELATIONS))
def test_what_keys_say_of_two_records(a, b, verdict):
    assert relation(a, b).verdict == verdict
    assert relation(b, a).verdict == verdict
