"""Laws of matching over random records: neither order nor side matters, nobody is lost, nobody gets two partners, and rest is rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncengine.model.entity import Entity
from syncengine.model.record import Side
from tests.decide.matching import KVK, Case, entity, linked, rule

FIELDS = ("Name", "VATNumber", "ChamberOfCommerce", "AddressLine1", "City", "Phone", "Country")
RULES = (
    rule("VATNumber", veto=("Name",), tie_break=("AddressLine1", "Name")),
    KVK,
    rule("Name", "AddressLine1", veto=("Phone",)),
    rule("Name", "City", then="suggest"),
    rule("AddressLine1", then="suggest"),
)
VALUES: dict[str, list[str | None]] = {
    "Name": ["Jansen", "Jansen Holding", "Jansne BV", "De Kraai", "Stichting Jansen", None],
    "VATNumber": ["NL001241643B01", "NL 8611.52.670.B01", "NL861152670B01", "BE0207447861", "onbekend", None],
    "ChamberOfCommerce": ["69599084", "24376124", "0", None],
    "AddressLine1": ["Dorpsstraat 1", "Dorpsstr. 1", "Kerkstraat 2", "Postbus 12", None],
    "City": ["Ede", "EDE", "Best", None],
    "Phone": ["0201347589", "+31 20 1347589", "0207856429", None],
    "Country": ["NL"],
}
record = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})
side = st.lists(record, max_size=5)
answers = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from(["same", "not_same"])), max_size=3)


def wanted(many: Side | None = None) -> Entity:
    return entity(*RULES, many=many, fields=FIELDS)


def case(left, right, said=(), many=None, links=()) -> Case:
    return Case(
        wanted(many),
        {f"r{number}": values for number, values in enumerate(left)},
        {f"r{number}": values for number, values in enumerate(right)},
        answers=[(f"r{one}", f"r{other}", decision) for one, other, decision in said],
        links=links,
    )


@given(side, side, answers, st.sampled_from([None, *Side]))
def test_swapping_the_sides_mirrors_it(left, right, said, many):
    here = case(left, right, said, many).matches()
    there = case(right, left, [(b, a, d) for a, b, d in said], many and many.other).matches()
    assert sorted((b, a) for a, b in linked(there)) == linked(here)
    assert {(i.right_ids, i.left_ids, i.score, i.rule) for i in there.reviews} == {
        (i.left_ids, i.right_ids, i.score, i.rule) for i in here.reviews
    }
    assert here.unmatched[Side.LEFT] == there.unmatched[Side.RIGHT]


@given(side, side, answers, st.randoms())
def test_the_order_of_the_records_does_not_matter(left, right, said, random):
    ordered = case(left, right, said)
    shuffled = case(left, right, said)
    shuffled.left = dict(random.sample(list(shuffled.left.items()), len(left)))
    shuffled.right = dict(random.sample(list(shuffled.right.items()), len(right)))
    assert shuffled.matches() == ordered.matches()


@given(side, side, answers, st.sampled_from([None, *Side]))
def test_nobody_is_lost_and_nobody_is_in_two_places(left, right, said, many):
    found = case(left, right, said, many).matches()
    for at, count, ids in ((Side.LEFT, len(left), 0), (Side.RIGHT, len(right), 1)):
        partnered = [pair[ids] for pair in linked(found)]
        waits = {id for item in found.reviews for id in (item.left_ids, item.right_ids)[ids]}
        alone = set(found.unmatched[at])
        assert set(partnered) | waits | alone == {f"r{number}" for number in range(count)}
        assert not alone & (waits | set(partnered))
        if many is not at.other:
            assert len(set(partnered)) == len(partnered), "a record has one partner"


@given(side, side)
def test_what_was_linked_stays_settled(left, right):
    first = case(left, right).matches()
    again = case(left, right, links=linked(first)).matches()
    assert linked(again) == []
    assert {(i.left_ids, i.right_ids) for i in again.reviews} == {(i.left_ids, i.right_ids) for i in first.reviews}
    assert again.unmatched == first.unmatched


@given(side, side, answers)
def test_what_a_person_ruled_out_is_never_linked(left, right, said):
    last = {(f"r{one}", f"r{other}"): decision for one, other, decision in said}
    found = case(left, right, said).matches()
    assert not [pair for pair in linked(found) if last.get(pair) == "not_same"]


@given(side, side)
def test_two_register_numbers_are_never_linked(left, right):
    numbers = {"69599084", "24376124"}
    for one, other in linked(case(left, right).matches()):
        shown = {left[int(one[1:])]["ChamberOfCommerce"], right[int(other[1:])]["ChamberOfCommerce"]} & numbers
        assert len(shown) < 2
