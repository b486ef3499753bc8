"""Components → links and items: what people said, places, ties, and sides that may have several."""

from __future__ import annotations

import pytest

from syncengine.model.record import Side
from tests.builders import rows
from tests.decide.matching import KVK, VAT, Case, entity, linked, rule, told, waiting

V1, V2 = "NL001241643B01", "NL861152670B01"
K1 = "69599084"


def vat(number=V1, **more):
    """A record by its number."""
    return {"VATNumber": number, **more}


def at(street, name, **more):
    """A shop of the owner with this number."""
    return vat(AddressLine1=street, Name=name, **more)


SINGLE = [
    ([("a", "gone")], [], "its partner is not there"),
    ([], [("a", "gone")], "its partner was deleted"),
]


@pytest.mark.parametrize(("links", "tombstones"), rows(SINGLE))
def test_a_record_with_a_link_is_not_without_partner(links, tombstones):
    case = Case(entity(VAT), {"a": vat(), "b": vat(V2)}, {}, links=links, tombstones=tombstones)
    assert told(case.matches()) == ([], [], (("b",), ()))


def test_a_record_at_a_place_of_its_own_waits_and_the_others_are_linked():
    left = {"a": at("Weg 1", "Nest"), "b": at("Dorpsstraat 1", "De Kraai")}
    right = {"x": at("Dorpsstr. 1", "De Kraai"), "y": at("Kerkstraat 2", "Platanen")}
    tie_break = ("AddressLine1", "Name")
    found = Case(
        entity(rule("VATNumber", tie_break=tie_break), rule("Code", tie_break=tie_break)), left, right
    ).matches()
    assert linked(found) == [("b", "x")]
    assert waiting(found) == [(("a", "b"), ("x", "y"))]
    [item] = found.reviews
    assert item.rule == "VATNumber"
    assert item.reason.startswith("they share VATNumber, which links nothing here: it is seen at several places. ")


BARE = [
    # nothing is known of the place of one: its name says where it belongs
    ({"Name": "Nest"}, [("a", "x"), ("b", "y")], "its name is one place's"),
    ({"Name": "Powall"}, [("a", "x")], "its name is nobody's"),
]


@pytest.mark.parametrize(("bare", "links"), rows(BARE))
def test_a_record_without_place_belongs_where_its_name_says(bare, links):
    wanted = entity(rule("VATNumber", tie_break=("AddressLine1", "City", "Name")))
    left = {"a": at("Dorpsstraat 1", "De Kraai"), "b": at("Weg 7", "Nest")}
    for sides in ((left, {"x": at("Dorpsstr. 1", "De Kraai"), "y": vat(**bare)}),):
        assert linked(Case(wanted, *sides).matches()) == links
        [here, there] = sides
        assert linked(Case(wanted, there, here).matches()) == [(y, x) for x, y in links]


def test_records_with_places_are_not_joined_by_their_names():
    """Two shops of one name: by name alone the four would be one party, and wait."""
    left = {"a": at("Weg 1", "Nest"), "b": at("Pad 2", "Nest"), "c": at("Laan 3", "De Kraai")}
    right = {"x": at("Weg 1", "Nest"), "y": at("Pad 2", "Nest"), "z": at("Laan 3", "De Kraai")}
    wanted = entity(rule("VATNumber", tie_break=("AddressLine1", "Name")))
    found = Case(wanted, left, right).matches()
    assert linked(found) == [("a", "x"), ("b", "y"), ("c", "z")]
    assert len(found.parties) == 3


def test_a_name_that_is_just_alike_enough_is_one_name():
    """Three slips in twenty-five letters: a firm that moved."""
    one, other = at("Weg 1", "Abcdefghijklmnopqrstuvwxy"), at("Pad 2", "Abcdezghijkzmnopqzstuvwxy")
    wanted = entity(rule("VATNumber", tie_break=("AddressLine1", "Name")))
    assert linked(Case(wanted, {"a": one}, {"x": other}).matches()) == [("a", "x")]


def test_what_a_person_called_one_is_at_one_place():
    left, right = {"a": at("Weg 1", "Nest")}, {"x": at("Pad 2", "De Kraai"), "y": at("Laan 3", "Powall")}
    wanted = entity(rule("VATNumber", tie_break=("AddressLine1", "Name")))
    found = Case(wanted, left, right, answers=[("a", "x", "same")]).matches()
    assert [(item.left_id, item.right_id, item.rule) for item in found.links] == [("a", "x", "person")]


PLACES = [(100, 100, "as many as are told apart"), (101, 1, "too many to tell apart")]


@pytest.mark.parametrize(("size", "parties"), rows(PLACES))
def test_one_key_at_so_many_places(size, parties):
    shops = {f"{n:03}": at(f"Laan {n + 1}", f"{chr(97 + n // 26)}{chr(97 + n % 26)}winkel") for n in range(size)}
    wanted = entity(rule("VATNumber", tie_break=("AddressLine1", "Name")))
    found = Case(wanted, shops, {id: shops[id] for id in [*shops][:100]}).matches()
    assert len(linked(found)) == 100, "the address tells who is who all the same"
    assert len(found.parties) == parties


def test_without_a_field_that_tells_places_apart_there_is_one():
    wanted = entity(rule("VATNumber", tie_break=("Name",)))
    found = Case(wanted, {"a": vat(Name="Nest")}, {"x": vat(Name="De Kraai")}).matches()
    assert linked(found) == [("a", "x")]


def test_the_rule_of_records_at_several_places_is_the_first_that_joins_them():
    rules = (rule("VATNumber", tie_break=("AddressLine1", "Name")), rule("ChamberOfCommerce"))
    left, right = at("Weg 1", "Nest", ChamberOfCommerce=K1), at("Kerkstraat 2", "Platanen", ChamberOfCommerce=K1)
    [item] = Case(entity(*rules), {"a": left}, {"x": right}).matches().reviews
    assert item.rule == "VATNumber"


def test_two_ties_of_one_pair_link_it_once():
    wanted = entity(rule("VATNumber", tie_break=("Email", "Code", "City")))
    one, other = vat(Email="a@acme.example", Code="1", City="Ede"), vat(Email="b@acme.example", Code="2", City="Ede")
    found = Case(wanted, {"a": one, "b": other}, {"x": one, "y": other}).matches()
    assert told(found) == ([("a", "x"), ("b", "y")], [], ((), ()))


SAID = [
    # many, links, tombstones, answers, links made with their rule, waits, why
    (None, [("a", "x")], [], [("a", "y", "same")], [], [(("a", "b"), ("x", "y"))], "it has its partner, whatever is said"),
    (None, [], [("a", "z")], [("a", "y", "same")], [], [(("a", "b"), ("x", "y"))], "its partner was deleted"),
    (Side.RIGHT, [], [], [("a", "x", "same"), ("a", "y", "same"), ("b", "x", "not_same"), ("b", "y", "not_same")],
     [("a", "x", "person"), ("a", "y", "person")], [], "right may have several, and a person names two"),
    (Side.RIGHT, [("a", "x")], [], [("a", "y", "same")], [("a", "y", "person")], [(("a", "b"), ("x", "y"))], "one more of several"),
    (Side.RIGHT, [], [("a", "z")], [("a", "y", "same")], [], [(("a", "b"), ("x", "y"))], "one more of several, and one was deleted"),
]  # fmt: skip


@pytest.mark.parametrize(("many", "links", "tombstones", "answers", "picked", "waits"), rows(SAID))
def test_what_a_person_said_of_two_and_two(many, links, tombstones, answers, picked, waits):
    case = Case(
        entity(VAT, many=many),
        {"a": vat(), "b": vat()},
        {"x": vat(), "y": vat()},
        links=links,
        tombstones=tombstones,
        answers=answers,
    )
    found = case.matches()
    assert [(item.left_id, item.right_id, item.rule) for item in found.links] == picked
    assert waiting(found) == waits


def test_several_left_ones_that_a_person_names():
    said = [("a", "x", "same"), ("b", "x", "same")]
    found = Case(entity(VAT, many=Side.LEFT), {"a": vat(), "b": vat()}, {"x": vat()}, answers=said).matches()
    assert [(item.left_id, item.right_id, item.rule) for item in found.links] == [
        ("a", "x", "person"),
        ("b", "x", "person"),
    ]


def test_one_more_of_several_joins_one_that_was_not_deleted_only():
    case = Case(entity(VAT, many=Side.LEFT), {"b": vat()}, {"x": vat()}, tombstones=[("a", "x")])
    assert told(case.matches()) == ([], [(("b",), ("x",))], ((), ()))


LINES = [
    ((rule("VATNumber"), KVK), 7, "the first rule has a line"),
    ((VAT, rule("ChamberOfCommerce")), 0, "the second rule has a line"),
]


@pytest.mark.parametrize(("rules", "line"), rows(LINES))
def test_an_item_names_the_line_of_the_first_rule(rules, line):
    record = vat(ChamberOfCommerce=K1)
    [item] = Case(entity(*rules), {"a": record, "b": record}, {}).matches().reviews
    assert (item.rule, item.line) == ("VATNumber", line)


TITLES = [
    ([{"Name": "Nest", "Code": "A1"}, {"Name": "De Kraai"}], "Nest", "the first name"),
    ([{"Code": "A1"}, {"Name": "De Kraai"}], "A1", "a code where there is no name"),
    ([{"Description": "Nest", "Code": "A1"}, {}], "Nest", "a description before a code"),
    ([{}, {"Name": "De Kraai"}], "De Kraai", "the second record's"),
    ([{}, {}], "", "none at all"),
]


@pytest.mark.parametrize(("records", "title"), rows(TITLES))
def test_an_item_is_called_after_what_it_shows(records, title):
    wanted = entity(VAT, rule("Description", "Code"), fields=("VATNumber", "Name", "Description", "Code"))
    [item] = Case(wanted, {str(n): vat(**more) for n, more in enumerate(records)}, {}).matches().reviews
    assert item.title == title


REASONS = [
    # left, right, links, tombstones, reason, why
    ("ab", "", [], [], "2 left records share a key (VATNumber): duplicates? Merge them, or say that they are not the same", "duplicates on the left"),
    ("", "xyz", [], [], "3 right records share a key (VATNumber): duplicates? Merge them, or say that they are not the same", "duplicates on the right"),
    ("a", "xy", [], [], "1 left record and 2 right records share a key (VATNumber). Say which are the same", "one too many"),
    ("ab", "x", [("a", "x")], [], "2 left records and 1 right record share a key (VATNumber), and some have their partner: is the rest a duplicate? Say which are the same", "one has its partner"),
    ("b", "x", [], [("a", "x")], "1 left record and 1 right record share a key (VATNumber), and the partner of one was deleted. Say which are the same", "a tombstone"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "links", "tombstones", "reason"), rows(REASONS))
def test_an_item_says_why_it_waits(left, right, links, tombstones, reason):
    here, there = ({id: vat() for id in ids} for ids in (left, right))
    [item] = Case(entity(VAT), here, there, links=links, tombstones=tombstones).matches().reviews
    assert item.reason == reason
