"""Who is who: one and one are linked, everything larger or contradictory waits, and nobody is forgotten."""

from __future__ import annotations

import pytest

from syncengine.model.entity import MatchRule
from syncengine.model.record import Side
from syncengine.model.review import Waiting
from tests.builders import rows
from tests.decide.matching import KVK, VAT, Case, entity, linked, rule, told, unmatched, waiting

V1, V2, V3 = "NL001241643B01", "NL861152670B01", "NL869423927B01"
BE1, BE2 = "BE0207447861", "BE0212237483"
K1, K2, K3 = "69599084", "24376124", "33297748"
STRONG = (VAT, KVK)
PLACES = ("AddressLine1", "Phone", "Email", "Name")


def vat(number=None, kvk=None, name=None, **more):
    """A record by its numbers and name."""
    shown = {"VATNumber": number, "ChamberOfCommerce": kvk, "Name": name}
    return {**{key: value for key, value in shown.items() if value is not None}, **more}


ONE = [
    # left                    right                   links           waits                  unmatched      why
    ({"a": vat(V1)}, {"x": vat(V1)}, [("a", "x")], [], ((), ()), "one and one with the same number"),
    ({"a": vat(V1)}, {"x": vat("NL 0012.41.643.B01")}, [("a", "x")], [], ((), ()), "two spellings of one number"),
    ({"a": vat(V1)}, {"x": vat(V2)}, [], [], (("a",), ("x",)), "two numbers"),
    ({"a": vat("onbekend")}, {"x": vat("onbekend")}, [], [], (("a",), ("x",)), "a placeholder is no key"),
    ({"a": vat("NL000000000B00")}, {"x": vat("NL000000000B00")}, [], [], (("a",), ("x",)), "zeros are no key"),
    ({"a": vat("NL001241644B01")}, {"x": vat("NL001241644B01")}, [], [], (("a",), ("x",)), "a wrong check digit is no key"),
    ({"a": {}}, {"x": {}}, [], [], (("a",), ("x",)), "silence on both sides is nothing in common"),
    ({"a": vat("")}, {"x": vat("")}, [], [], (("a",), ("x",)), "emptiness on both sides is nothing in common"),
    ({"a": vat(V1)}, {"x": vat(V1), "y": vat(V1)}, [], [(("a",), ("x", "y"))], ((), ()), "two candidates wait"),
    ({"a": vat(V1), "b": vat(V1)}, {}, [], [(("a", "b"), ())], ((), ()), "duplicates on one side wait"),
    ({"a": vat(V1), "b": vat(V1)}, {"x": vat(V1), "y": vat(V1)}, [], [(("a", "b"), ("x", "y"))], ((), ()), "two and two wait"),
    ({"a": vat(V1)}, {"x": vat(None, K1), "y": vat(V1, K1)}, [], [(("a",), ("x", "y"))], ((), ()), "a chain over two keys"),
    ({"a": vat(V1), "b": vat(None, K1)}, {"x": vat(V1, K1)}, [], [(("a", "b"), ("x",))], ((), ()), "a chain through the other side"),
    ({"a": vat(V1, K1)}, {"x": vat(V1, K1)}, [("a", "x")], [], ((), ()), "two keys that agree"),
    ({"a": vat(V2, K1)}, {"x": vat(V1, K1)}, [("a", "x")], [], ((), ()), "one register number, a group's VAT number on one side"),
    ({"a": vat(V1, K1)}, {"x": vat(V1, K2)}, [], [(("a",), ("x",))], ((), ()), "one VAT number, two register numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "links", "waits", "lonely"), rows(ONE))
def test_strong_keys(left, right, links, waits, lonely):
    assert told(Case(entity(*STRONG), left, right).matches()) == (links, waits, lonely)


def test_a_group_s_vat_number_links_nobody_and_its_members_are_linked_by_their_own():
    left = {id: vat(V1, kvk) for id, kvk in (("a", K1), ("b", K2), ("c", K3))}
    right = {"x": vat(V1, K1), "y": vat(V1, K2)}
    found = Case(entity(*STRONG), left, right).matches()
    assert linked(found) == [("a", "x"), ("b", "y")]
    assert unmatched(found) == (("c",), ()), "surely another company than those with partners"


def test_a_record_that_shows_only_the_group_s_number_waits_with_those_it_may_be():
    left = {"a": vat(V1, K1), "d": vat(V1)}
    right = {"x": vat(V1, K1), "y": vat(V1, K2)}
    found = Case(entity(*STRONG), left, right).matches()
    assert linked(found) == [("a", "x")]
    assert waiting(found) == [(("a", "d"), ("x", "y"))]


def test_a_contradiction_at_the_end_of_a_chain_undoes_the_weaker_rule():
    rules = (VAT, KVK, rule("Name", "Postcode"))
    left = {"a": vat(None, K1, "Bakker", Postcode="5411 EA", Country="NL")}
    right = {
        "x": vat(V2, None, "Bakker", Postcode="5411 EA", Country="NL"),
        "y": vat(V2, K2, "Bakker Twee", Postcode="9999 ZZ", Country="NL"),
    }
    found = Case(entity(*rules), left, right).matches()
    assert linked(found) == []
    assert ("a",) in [item.left_ids for item in found.reviews]


def test_a_key_set_aside_leaves_the_other_keys_of_its_records_alone():
    left = {"a": vat(V1, K1), "b": vat(V1, K2)}
    right = {"x": vat(V2, K1), "y": vat(None, K2), "z": vat(V2)}
    found = Case(entity(KVK, VAT), left, right).matches()
    assert linked(found) == [("b", "y")]
    assert waiting(found) == [(("a",), ("x", "z"))]
    assert found.reviews[0].rule == "ChamberOfCommerce"


def test_a_group_of_hundreds_is_one_item_of_those_without_partner():
    kvk = [f"{10_000_000 + 7 * number}" for number in range(100)]
    left = {f"a{number:02}": vat(V1, kvk[number]) for number in range(70)}
    right = {f"x{number:02}": vat(V1, kvk[number]) for number in range(1, 60)} | {"z": vat(V1)}
    found = Case(entity(*STRONG), left, right).matches()
    assert len(found.links) == 59
    [item] = found.reviews
    assert item.left_ids == ("a00", *(f"a{number}" for number in range(60, 70)))
    assert item.right_ids == ("z",)


VETO = [
    # veto                  left                              right                             links          why
    ((), vat(V1, None, "A BV", City="Ede"), vat(V1, None, "A BV", City="Best"), [("a", "x")], "no veto, no harm"),
    (("City",), vat(V1, None, "A BV", City="Ede"), vat(V1, None, "A BV", City="Best"), [], "two towns"),
    (("City",), vat(V1, None, "A BV", City="Ede"), vat(V1, None, "A BV", City="EDE "), [("a", "x")], "one town, two spellings"),
    (("City",), vat(V1, None, "A BV", City="Ede"), vat(V1, None, "A BV"), [("a", "x")], "one side is silent"),
    (("City",), vat(V1, None, "A BV", City="Ede"), vat(V1, None, "A BV", City="onbekend"), [("a", "x")], "a placeholder vetoes nothing"),
    (("Name",), vat(V1, None, "Viking Europe BV"), vat(V1, None, "Viking International BV"), [], "a group word"),
    (("Name",), vat(V1, None, "Viking"), vat(V1, None, "Viking Holding"), [], "the holding"),
    (("Name",), vat(V1, None, "Viking BV"), vat(V1, None, "Stichting Viking"), [], "a foundation is no company"),
    (("Name",), vat(V1, None, "Intel Finance"), vat(V1, None, "Intel Trading"), [], "names that begin alike and go on differently"),
    (("Name",), vat(V1, None, "Viking B.V."), vat(V1, None, "VIKING"), [("a", "x")], "one name"),
    (("Name",), vat(V1, None, "Viking Office"), vat(V1, None, "Vikign Office BV"), [("a", "x")], "a slip of the pen"),
    (("Name",), vat(V1, None, "Delft Imp"), vat(V1, None, "Powall"), [("a", "x")], "another trade name proves nothing"),
    (("Name",), vat(V1, K1, "Viking"), vat(V1, K1, "Viking Holding"), [("a", "x")], "the register knows them by one number"),
    (("Name",), vat(BE1, None, "Gent"), vat(BE1, None, "Gent Holding"), [("a", "x")], "a Belgian VAT number is the register's"),
]  # fmt: skip


@pytest.mark.parametrize(("veto", "left", "right", "links"), rows(VETO))
def test_a_veto_lets_a_person_say(veto, left, right, links):
    found = Case(entity(rule("VATNumber", veto=veto)), {"a": left}, {"x": right}).matches()
    assert linked(found) == links
    assert waiting(found) == ([] if links else [(("a",), ("x",))])
    assert unmatched(found) == ((), ()), "no twin is created while it waits"


def test_a_company_and_its_public_namesake_are_two():
    found = Case(
        entity(rule("Name", "Postcode", veto=("Name",))),
        {"a": {"Name": "Gemeente Gent", "Postcode": "9000", "Country": "BE"}},
        {"x": {"Name": "OCMW Gent", "Postcode": "9000", "Country": "BE"}},
    ).matches()
    assert linked(found) == []


def shop(name, street, number=V1, **more):
    return vat(number, None, name, AddressLine1=street, **more)


def test_one_key_at_several_places_links_place_by_place():
    rules = (rule("VATNumber", tie_break=PLACES),)
    left = {"a": shop("Spelen de Kraai", "Dorpsstraat 1"), "b": shop("Platanen", "Kerkstraat 2")}
    right = {"x": shop("De Kraai", "Dorpsstr. 1"), "y": shop("BSO Platanen", "Kerkstraat 2")}
    found = Case(entity(*rules), left, right).matches()
    assert linked(found) == [("a", "x"), ("b", "y")]
    assert found.parties == (((Side.LEFT, "a"), (Side.RIGHT, "x")), ((Side.LEFT, "b"), (Side.RIGHT, "y")))


def test_one_key_two_places_and_two_names_waits_even_for_one_and_one():
    found = Case(
        entity(rule("VATNumber", tie_break=PLACES)),
        {"a": shop("De Kraai", "Dorpsstraat 1")},
        {"x": shop("Platanen", "Kerkstraat 2")},
    ).matches()
    assert told(found) == ([], [(("a",), ("x",))], ((), ()))
    assert found.parties == ()


@pytest.mark.parametrize(
    ("left", "right"),
    rows(
        [
            (shop("De Kraai", "Dorpsstraat 1"), shop("De Kraai BV", "Kerkstraat 2"), "it moved, and kept its name"),
            (shop("De Kraai", "Dorpsstraat 1"), shop("Platanen", "Dorpsstr. 1"), "it was renamed, and stayed"),
            (shop("De Kraai", "Dorpsstraat 1"), vat(V1, None, "Platanen"), "one says nothing of its place"),
            (shop("De Kraai", "Weg 1", Phone="0201347589", Country="NL"), shop("Nest", "Pad 2", Phone="+31 20 1347589", Country="NL"), "one telephone"),
        ]
    ),
)  # fmt: skip
def test_one_and_one_are_linked_where_only_one_thing_changed(left, right):
    found = Case(entity(rule("VATNumber", tie_break=PLACES)), {"a": left}, {"x": right}).matches()
    assert linked(found) == [("a", "x")]


def test_a_tie_is_broken_if_exactly_one_agrees():
    rules = (rule("VATNumber", tie_break=("City",)),)
    left = {"a": vat(V1, City="Ede")}
    right = {"x": vat(V1, City="Ede"), "y": vat(V1)}
    found = Case(entity(*rules), left, right).matches()
    assert linked(found) == [("a", "x")]
    assert waiting(found) == [(("a",), ("x", "y"))], "the other one may be a duplicate"


def test_a_tie_is_not_broken_if_two_agree():
    rules = (rule("VATNumber", tie_break=("City",)),)
    right = {"x": vat(V1, City="Ede"), "y": vat(V1, City="Ede")}
    assert linked(Case(entity(*rules), {"a": vat(V1, City="Ede")}, right).matches()) == []


MANY = [
    # many          left                                right                           links                        waits   why
    (None, {"a": vat(V1), "b": vat(V1)}, {"x": vat(V1)}, [], [(("a", "b"), ("x",))], "links are one to one"),
    (Side.LEFT, {"a": vat(V1), "b": vat(V1)}, {"x": vat(V1)}, [("a", "x"), ("b", "x")], [], "left may have several"),
    (Side.RIGHT, {"a": vat(V1), "b": vat(V1)}, {"x": vat(V1)}, [], [(("a", "b"), ("x",))], "but right may not"),
    (Side.RIGHT, {"a": vat(V1)}, {"x": vat(V1), "y": vat(V1)}, [("a", "x"), ("a", "y")], [], "right may have several"),
    (Side.LEFT, {"a": vat(V1), "b": vat(V1)}, {"x": vat(V1), "y": vat(V1)}, [], [(("a", "b"), ("x", "y"))], "two of the few wait"),
    (Side.LEFT, {"a": vat(V1), "b": vat(V1)}, {}, [], [(("a", "b"), ())], "several without the one they belong to"),
]  # fmt: skip


@pytest.mark.parametrize(("many", "left", "right", "links", "waits"), rows(MANY))
def test_a_side_may_have_several_records_per_record_of_the_other(many, left, right, links, waits):
    found = Case(entity(VAT, many=many), left, right).matches()
    assert (linked(found), waiting(found)) == (links, waits)


def test_where_several_are_allowed_a_new_one_joins_the_linked_ones():
    left, right = {"a": vat(V1), "b": vat(V1)}, {"x": vat(V1)}
    found = Case(entity(VAT, many=Side.LEFT), left, right, links=[("a", "x")]).matches()
    assert told(found) == ([("b", "x")], [], ((), ()))


LINKED = [
    # links            left                          right                        waits                      why
    ([("a", "x")], {"a": vat(V1)}, {"x": vat(V1)}, [], "linked already"),
    ([("a", "x")], {"a": vat(V1), "b": vat(V1)}, {"x": vat(V1)}, [(("a", "b"), ("x",))], "a duplicate of a linked record"),
    ([("a", "x")], {"a": vat(V1)}, {"x": vat(V2), "y": vat(V1)}, [(("a",), ("y",))], "the key moved on: a person knows"),
    ([("a", "x")], {"a": vat(V1)}, {"x": vat(V2)}, [], "a link stands whatever the keys say"),
]  # fmt: skip


@pytest.mark.parametrize(("links", "left", "right", "waits"), rows(LINKED))
def test_linked_records_are_candidates_and_stay_linked(links, left, right, waits):
    assert told(Case(entity(*STRONG), left, right, links=links).matches()) == ([], waits, ((), ()))


def test_a_tombstoned_record_is_not_given_a_partner_by_itself():
    case = Case(entity(VAT), {"b": vat(V1)}, {"x": vat(V1)}, tombstones=[("a", "x")])
    found = case.matches()
    assert told(found) == ([], [(("b",), ("x",))], ((), ()))
    assert "deleted" in found.reviews[0].reason


ANSWERS = [
    # answers                                                      links          waits                     unmatched      why
    ([("a", "x", "same")], [("a", "x")], [(("a",), ("x", "y"))], ((), ()), "one is picked, the other may be its duplicate"),
    ([("a", "x", "same"), ("a", "y", "not_same")], [("a", "x")], [], ((), ("y",)), "the other one is somebody else"),
    ([("a", "x", "not_same"), ("a", "y", "not_same")], [], [((), ("x", "y"))], (("a",), ()), "none of them: the two are left"),
    ([("a", "x", "same"), ("a", "y", "same")], [], [(("a",), ("x", "y"))], ((), ()), "two partners cannot be"),
    ([("a", "x", "not_same"), ("a", "x", "same"), ("a", "y", "not_same")], [("a", "x")], [], ((), ("y",)), "the last answer counts"),
    ([("", "x", "not_same"), ("", "y", "not_same")], [], [(("a",), ("x", "y"))], ((), ()), "no duplicates, so which is it?"),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "links", "waits", "lonely"), rows(ANSWERS))
def test_what_people_said_is_remembered(answers, links, waits, lonely):
    case = Case(entity(VAT), {"a": vat(V1)}, {"x": vat(V1), "y": vat(V1)}, answers=answers)
    assert told(case.matches()) == (links, waits, lonely)


def test_same_links_what_no_rule_would_and_what_a_veto_forbids():
    case = Case(entity(*STRONG), {"a": vat(V1, K1)}, {"x": vat(V1, K2)}, answers=[("a", "x", "same")])
    found = case.matches()
    assert told(found) == ([("a", "x")], [], ((), ()))
    assert found.links[0].rule == "person"


def test_duplicates_that_are_none_are_free_again():
    case = Case(entity(VAT), {}, {"x": vat(V1), "y": vat(V1)}, answers=[("", "x", "not_same"), ("", "y", "not_same")])
    assert told(case.matches()) == ([], [], ((), ("x", "y")))


def test_not_the_same_frees_both():
    case = Case(entity(VAT), {"a": vat(V1)}, {"x": vat(V1)}, answers=[("a", "x", "not_same")])
    assert told(case.matches()) == ([], [], (("a",), ("x",)))


def test_three_hundred_copies_are_one_item():
    right = {f"x{number:03}": vat(V1, None, "Kopie") for number in range(300)}
    found = Case(
        entity(rule("VATNumber", veto=("Name",), tie_break=PLACES)), {"a": vat(V1, None, "Kopie")}, right
    ).matches()
    assert len(found.reviews) == 1
    assert len(found.reviews[0].right_ids) == 300


COMPOUND = [
    # fields                    left                                          right                                       linked  why
    (("Email",), {"Email": "a@gmail.com"}, {"Email": "A@gmail.com"}, False, "a free-mail address alone is no key"),
    (("Email", "Name"), {"Email": "a@gmail.com", "Name": "Jan"}, {"Email": "A@gmail.com", "Name": "JAN"}, True, "with a name it counts"),
    (("Email",), {"Email": "a@acme.example"}, {"Email": "A@ACME.example"}, True, "a company's own address"),
    (("Email", "Name"), {"Email": "a@acme.example"}, {"Email": "a@acme.example"}, False, "one part is missing"),
    (("Name", "Postcode"), {"Name": "A", "Postcode": "5411", "Country": "NL"}, {"Name": "A", "Postcode": "5411", "Country": "NL"}, False, "half a postcode is no key"),
    (("Code",), {"Code": "a1"}, {"Code": "A1"}, False, "a code keeps its case"),
    (("Code",), {"Code": "007"}, {"Code": "7"}, False, "a code keeps its zeros"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "left", "right", "expected"), rows(COMPOUND))
def test_what_counts_as_a_key(fields, left, right, expected):
    found = Case(entity(rule(*fields)), {"a": left}, {"x": right}).matches()
    assert linked(found) == ([("a", "x")] if expected else [])


def test_a_code_compared_without_case_is_matched_without_case():
    wanted = entity(rule("Code"), Code={"compare": "case"})
    assert linked(Case(wanted, {"a": {"Code": "a1"}}, {"x": {"Code": "A1"}}).matches()) == [("a", "x")]


def test_a_reference_is_compared_in_the_space_both_sides_share():
    wanted = entity(rule("Account", "Name"), fields=("Account", "Name"), Account={"ref": "accounts"})
    left, right = {"a": {"Account": "17", "Name": "Jan"}}, {"x": {"Account": "guid", "Name": "Jan"}}
    refs = {(Side.LEFT, "17"): "p", (Side.RIGHT, "guid"): "p"}
    assert linked(Case(wanted, left, right, refs=refs).matches()) == [("a", "x")]
    assert linked(Case(wanted, left, right, refs={(Side.LEFT, "17"): "p"}).matches()) == []


def test_the_record_s_country_reads_its_numbers():
    left, right = vat("0207447861", Country="BE"), vat(BE1)
    assert linked(Case(entity(VAT), {"a": left}, {"x": right}).matches()) == [("a", "x")]


SUGGEST = rule("Name", "Postcode", then="suggest")


def test_a_weak_rule_only_suggests_with_score_and_reasons():
    left = {"a": {"Name": "Bakkerij Jansen BV", "Postcode": "5411 EA", "Country": "NL"}}
    right = {"x": {"Name": "Bakkerij Janssen", "Postcode": "5411EA", "Country": "NL"}}
    found = Case(entity(SUGGEST), left, right).matches()
    assert told(found) == ([], [(("a",), ("x",))], ((), ()))
    [item] = found.reviews
    assert (item.kind, item.rule, item.line) == (Waiting.MATCH, "Name+Postcode", 7)
    assert item.score is not None
    assert 0.5 <= item.score <= 1
    assert "Postcode" in item.reason
    assert item.title == "Bakkerij Jansen BV"


WEAK = [
    # left                             right                              why
    ("Bakkerij Jansen", "Slagerij Vos", "names that have nothing in common"),
    ("Jansen Beheer", "Jansen Vastgoed", "two companies of one group"),
    ("Jansen BV", "Stichting Jansen", "two legal forms"),
]


@pytest.mark.parametrize(("one", "other"), rows(WEAK))
def test_nothing_is_suggested_against_the_names(one, other):
    left = {"a": {"Name": one, "Postcode": "5411 EA", "Country": "NL"}}
    right = {"x": {"Name": other, "Postcode": "5411 EA", "Country": "NL"}}
    assert told(Case(entity(SUGGEST), left, right).matches()) == ([], [], (("a",), ("x",)))


def test_nothing_is_suggested_against_the_law_s_numbers_to_one_that_has_its_partner():
    same = {"Postcode": "5411 EA", "Country": "NL", "Name": "Jansen"}
    found = Case(
        entity(KVK, SUGGEST), {"a": vat(None, K1, **same), "b": vat(None, K2, **same)}, {"x": vat(None, K1, **same)}
    )
    assert told(found.matches()) == ([("a", "x")], [], (("b",), ()))


def test_a_record_without_numbers_is_suggested_to_a_linked_pair():
    same = {"Postcode": "5411 EA", "Country": "NL", "Name": "Jansen"}
    case = Case(entity(KVK, SUGGEST), {"a": vat(None, K1, **same), "b": same}, {"x": vat(None, K1, **same)})
    found = case.matches()
    assert linked(found) == [("a", "x")]
    assert waiting(found) == [(("a", "b"), ("x",))]


def test_the_likeliest_candidates_are_shown_and_not_all_of_them():
    near = {"Postcode": "5411 EA", "Country": "NL"}
    one, other = {"Name": "Jansen Bouw", "Phone": "0201347589"}, {"Name": "Jansen Bouuw", "Phone": "0207856429"}
    side = {"1": {**near, **one}, "2": {**near, **other}}
    found = Case(
        entity(SUGGEST), {f"a{n}": item for n, item in side.items()}, {f"x{n}": item for n, item in side.items()}
    )
    assert waiting(found.matches()) == [(("a1",), ("x1",)), (("a2",), ("x2",))]


def test_a_record_that_may_be_either_is_shown_with_both():
    same = {"Name": "Jansen Bouw", "Postcode": "5411 EA", "Country": "NL"}
    found = Case(entity(SUGGEST), {"a": same}, {"x": same, "y": same}).matches()
    assert waiting(found) == [(("a",), ("x", "y"))]


def test_a_suggestion_that_was_refused_is_not_made_again():
    same = {"Name": "Jansen", "Postcode": "5411 EA", "Country": "NL"}
    case = Case(entity(SUGGEST), {"a": same}, {"x": same}, answers=[("a", "x", "not_same")])
    assert told(case.matches()) == ([], [], (("a",), ("x",)))


def test_without_rules_nobody_is_anybody():
    assert told(Case(entity(), {"a": vat(V1)}, {"x": vat(V1)}).matches()) == ([], [], (("a",), ("x",)))


def test_a_rule_on_a_field_that_is_not_kept_is_passed_over():
    wanted = entity(MatchRule(fields=("Code",)), VAT, Code={"is_constant": True, "write": "on_create"})
    assert linked(Case(wanted, {"a": vat(V1)}, {"x": vat(V1)}).matches()) == [("a", "x")]


def test_the_rule_named_is_the_first_that_joins_them():
    found = Case(entity(*STRONG), {"a": vat(V1, K1)}, {"x": vat(V1, K1)}).matches()
    assert [item.rule for item in found.links] == ["VATNumber"]


def test_an_answer_about_another_entity_does_not_count():
    from dataclasses import replace

    case = Case(entity(VAT), {"a": vat(V1)}, {"x": vat(V1)}, answers=[("a", "x", "not_same")])
    assert linked(case.matches()) == []
    case.entity = replace(case.entity, name="contacts")
    assert linked(case.matches()) == [("a", "x")]


MAIL, CODE = rule("Email"), rule("Code")


def mail(name, **more):
    return {"Email": f"{name}@acme.example", **more}


def test_what_is_linked_hangs_together_whatever_its_keys_say():
    """The key of one side reaches the partner of the other: all of them are one item, not two."""
    left, right = {"a": mail("one"), "b": mail("one")}, {"x": mail("two"), "y": mail("two")}
    found = Case(entity(MAIL), left, right, links=[("a", "x")]).matches()
    assert told(found) == ([], [(("a", "b"), ("x", "y"))], ((), ()))


def test_keys_that_meet_in_an_earlier_component_are_weighed_together():
    """One by one, the first would win and the second be set aside, so that the order of the records decided."""
    left = {"p": {"Code": "A1", **mail("one")}, "r": mail("one", **vat(V1, K1))}
    right = {"q": {"Code": "A1", **mail("two")}, "s": mail("two", **vat(V2, K2))}
    found = Case(entity(CODE, MAIL), left, right).matches()
    assert linked(found) == [("p", "q")]
    assert sorted(waiting(found)) == [((), ("q", "s")), (("p", "r"), ())], "both keys were set aside"


def test_a_rule_that_confirms_what_people_said_is_named():
    said = [("a", "x", "same"), ("a", "y", "same")]
    case = Case(entity(rule("VATNumber")), {"a": vat(V1)}, {"x": vat(V1), "y": vat(V1)}, answers=said)
    [item] = case.matches().reviews
    assert (item.rule, item.line) == ("VATNumber", 7)


def test_a_rule_that_confirms_a_contradiction_of_people_is_named_all_the_same():
    said = [("a", "x", "same"), ("a", "y", "same")]
    left, right = {"a": {"Code": "A1", **vat(None, K1)}}, {"x": {"Code": "A1"}, "y": vat(None, K2)}
    found = Case(entity(rule("Code")), left, right, answers=said).matches()
    assert waiting(found) == [(("a",), ("x", "y"))]
    assert (found.reviews[0].rule, found.reviews[0].line) == ("Code", 7)


def test_a_record_without_the_key_does_not_hide_those_after_it():
    rules = (rule("Email", "Name"),)
    left = {"a": {"Name": "Jan"}, "b": mail("one"), "c": mail("one", Name="Jan")}
    assert linked(Case(entity(*rules), left, {"x": mail("one", Name="Jan")}).matches()) == [("c", "x")]


def test_what_only_people_hold_together_names_no_rule():
    case = Case(entity(VAT), {"a": {}}, {"x": {}, "y": {}}, answers=[("a", "x", "same"), ("a", "y", "same")])
    [item] = case.matches().reviews
    assert (item.rule, item.line) == ("person", 0)


def test_an_answer_about_one_pair_touches_no_other_component():
    left, right = {"a": vat(V1), "b": vat(V2)}, {"x": vat(V1), "y": vat(V2)}
    found = Case(entity(VAT), left, right, answers=[("a", "x", "same")]).matches()
    assert {(item.left_id, item.right_id, item.rule) for item in found.links} == {
        ("a", "x", "person"),
        ("b", "y", "VATNumber"),
    }


def test_a_buried_record_gets_no_partner_by_an_answer_alone():
    case = Case(entity(VAT), {"b": vat(V1)}, {"x": vat(V1)}, tombstones=[("a", "x")], answers=[("b", "x", "same")])
    assert linked(case.matches()) == []


def test_answers_about_pairs_that_are_gone_hide_none_of_the_others():
    said = [("", "zz", "not_same"), ("a", "gone", "same"), ("b", "x", "not_same")]
    case = Case(entity(VAT), {"b": vat(V1)}, {"x": vat(V1)}, answers=said)
    assert told(case.matches()) == ([], [], (("b",), ("x",)))


def test_a_refusal_stands_though_the_refused_one_has_its_partner():
    same = {"Name": "Jansen", "Postcode": "5411 EA", "Country": "NL"}
    case = Case(
        entity(SUGGEST), {"a": {}, "b": same}, {"x": same}, links=[("a", "x")], answers=[("b", "x", "not_same")]
    )
    assert told(case.matches()) == ([], [], (("b",), ()))


def test_a_refusal_keeps_nobody_else_apart():
    left, right = {"a": vat(V1), "b": vat(V2)}, {"x": vat(V1), "y": vat(V2)}
    found = Case(entity(VAT), left, right, answers=[("a", "y", "not_same")]).matches()
    assert linked(found) == [("a", "x"), ("b", "y")]
