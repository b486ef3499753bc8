"""Who is who: what goes wrong when a synchroniser guesses, skips, or takes the first hit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncengine.errors import End
from syncengine.model.entity import Birth, MatchRule
from syncengine.model.record import Side
from syncengine.model.review import Waiting
from tests.run.world import World, accounts

Make = Callable[..., World]

SPELLINGS = ["NL 0012.41.643.B01", "nl001241643b01", "NL001241643B01 ", "BTW NL-001241643-B01"]


@pytest.mark.parametrize("written", SPELLINGS)
def test_vat_spellings_match(world: World, written: str) -> None:
    world.customer("s1", company="ACME", vat=written)
    world.account("b1", Name="ACME", VATNumber="NL001241643B01")
    result = world.run(approved="somebody")
    assert [(link.left_id, link.right_id, link.matched_by) for link in world.store.links.all()] == [
        ("s1", "b1", "VATNumber")
    ]
    assert len(world.rows(Side.RIGHT)) == 1
    assert not [item for item in result.applied if "VATNumber" in item.operation.values], "a spelling is no change"


def test_match_sees_inactive_accounts(make: Make) -> None:
    world = make(entity=accounts(inactive={Side.RIGHT: {"Blocked": True}}))
    world.customer("s1", company="ACME", code="C1")
    world.account("b1", Name="ACME", Code="C1", Blocked=True)
    world.begin()
    assert len(world.rows(Side.RIGHT)) == 1
    assert world.store.links.count("accounts") == 1


def test_two_candidates_hold_component(world: World) -> None:
    world.customer("s1", company="ACME", vat="NL001241643B01")
    world.account("b1", Name="ACME", VATNumber="NL001241643B01")
    world.account("b2", Name="ACME oud", VATNumber="NL 001241643 B01")
    result = world.run(approved="somebody")
    assert (result.end, result.applied) == (End.WAITING, ())
    (item,) = result.reviews
    assert (item.kind, item.left_ids, item.right_ids) == (Waiting.MATCH, ("s1",), ("b1", "b2"))
    assert world.store.links.count("accounts") == 0
    assert len(world.rows(Side.RIGHT)) == 2
    assert len(world.rows(Side.LEFT)) == 1


def test_repeat_contact_reuses_link(world: World) -> None:
    world.customer("s1", company="ACME", code="C1", email="a@acme.example")
    world.begin()
    for number in range(4):
        world.shop.edit("customers", "s1", {"city": f"Stad {number}", "email": f"a{number}@acme.example"})
        world.run()
    assert len(world.rows(Side.RIGHT)) == 1
    assert world.rows(Side.RIGHT)[0]["Email"] == "a3@acme.example"


def test_dangling_link_reported_and_repairable(make: Make) -> None:
    """A link whose account no longer exists, and which the side never reported as deleted."""
    from syncengine.model.link import LinkState
    from syncengine.model.plan import LinkChange

    world = make()
    world.customer("s1", company="ACME", code="C1")
    world.begin()
    with world.store.transaction():
        world.store.links.apply(
            [LinkChange(entity="accounts", left_id="s9", right_id="b9", state=LinkState.LINKED, matched_by="import")],
            1,
        )
    result = world.run()
    assert [(item.left_ids, item.right_ids) for item in result.reviews] == [(("s9",), ("b9",))]
    with world.store.transaction():
        world.store.links.apply([LinkChange(entity="accounts", left_id="s9", right_id="b9", state=None)], 1)
    assert world.run().end is End.DONE


def test_links_are_injective(world: World) -> None:
    from syncengine.errors import StateError
    from syncengine.model.plan import LinkChange

    world.customer("s1", company="ACME", code="C1")
    world.account("b1", Name="ACME", Code="C1")
    world.account("b2", Name="Anders", Code="C2")
    world.begin()
    with pytest.raises(StateError), world.store.transaction():
        world.store.links.apply([LinkChange(entity="accounts", left_id="s1", right_id="b2", matched_by="import")], 1)


def test_mass_duplicates_reported_once(make: Make) -> None:
    world = make(entity=accounts(create=dict.fromkeys(Side, Birth.NEVER)))
    for number in range(300):
        world.account(f"b{number:03}", Name="Kopie", VATNumber="NL001241643B01")
    world.customer("s1", company="Kopie", vat="NL001241643B01")
    result = world.run(approved="somebody")
    matches = [item for item in result.reviews if item.kind is Waiting.MATCH]
    assert len(matches) == 1
    assert len(matches[0].right_ids) == 300


def test_an_answer_given_once_is_remembered(world: World) -> None:
    from syncengine.model.review import Answer

    world.customer("s1", company="ACME", vat="NL001241643B01")
    world.account("b1", Name="ACME", VATNumber="NL001241643B01")
    world.account("b2", Name="ACME oud", VATNumber="NL001241643B01")
    world.run(approved="somebody")
    with world.store.transaction():
        for right, decision in (("b1", "same"), ("b2", "not_same")):
            answer = Answer(
                kind=Waiting.MATCH, entity="accounts", left_id="s1", right_id=right, decision=decision, who="somebody"
            )
            world.store.reviews.answer(answer, world.clock.now())
    world.run(approved="somebody")
    assert ("s1", "b1") in {(link.left_id, link.right_id) for link in world.store.links.all()}
    assert ("s1", "b2") not in {(link.left_id, link.right_id) for link in world.store.links.all()}


def test_a_contradicting_key_vetoes_the_link(make: Make) -> None:
    rules = (MatchRule(fields=("VATNumber",), veto=("ChamberOfCommerce",)),)
    world = make(entity=accounts(match=rules))
    world.customer("s1", company="ACME", vat="NL001241643B01", kvk="69599084")
    world.account("b1", Name="ACME", VATNumber="NL001241643B01", ChamberOfCommerce="90004760")
    result = world.run(approved="somebody")
    assert world.store.links.count("accounts") == 0
    assert [item.kind for item in result.reviews] == [Waiting.MATCH]
    assert len(world.rows(Side.RIGHT)) == 1, "no twin is created while it waits"
