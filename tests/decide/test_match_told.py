"""What people and earlier runs said, by record number: three records on the left (0, 1, 2), three on the right (3, 4, 5)."""

from __future__ import annotations

import pytest

from syncengine.decide.match.told import Told
from syncengine.model.link import Link, LinkState
from syncengine.model.record import Side
from syncengine.model.review import Answer, Waiting
from tests.builders import rows
from tests.decide.matching import entity

NODES = [*((Side.LEFT, id) for id in "abc"), *((Side.RIGHT, id) for id in "xyz")]
LEFTS = 3


def told(*answers: tuple[str, str, str], links: str = "", buried: str = "", kind: Waiting = Waiting.MATCH) -> Told:
    """``links`` and ``buried``: pairs such as ``ax by``."""
    known = [(pair, LinkState.LINKED) for pair in links.split()]
    known += [(pair, LinkState.TOMBSTONE) for pair in buried.split()]

    def linked(side: Side, id: str) -> list[Link]:
        return [
            Link(entity="accounts", left_id=pair[0], right_id=pair[1], matched_by="", state=state)
            for pair, state in known
            if id == pair[0 if side is Side.LEFT else 1]
        ]

    said = [Answer(kind=kind, entity="accounts", left_id=a, right_id=b, decision=how) for a, b, how in answers]
    return Told(entity(), NODES, linked, said)


def test_links_pair_what_is_there() -> None:
    known = told(links="ax bq cy", buried="pz")
    assert (known.linked, known.buried) == ({0, 1, 2, 3, 4, 5}, {5})
    assert known.pairs == [(0, 3), (2, 4)], "q is not there"


def test_a_tombstone_beside_a_link_buries_nobody() -> None:
    known = told(links="ax", buried="ay")
    assert (known.linked, known.buried, known.pairs) == ({0, 3, 4}, {4}, [(0, 3)])


def test_answers_are_heard_past_those_about_records_that_are_gone() -> None:
    known = told(
        ("a", "q", "same"), ("q", "x", "same"), ("b", "q", "not_same"), ("b", "y", "same"), ("c", "z", "not_same")
    )
    assert known.same == [(1, 4)]
    assert known.not_same == {2: {5}, 5: {2}}
    assert known.alone == set()


def test_answers_about_one_record_alone() -> None:
    known = told(("a", "", "not_same"), ("", "x", "not_same"), ("q", "", "not_same"), ("b", "", "same"))
    assert (known.alone, known.same, known.not_same) == ({0, 3}, [], {})


def test_an_answer_that_is_neither_yes_nor_no_forbids_nothing() -> None:
    known = told(("a", "x", "later"))
    assert (known.same, known.not_same) == ([], {})


def test_only_answers_about_matches_count() -> None:
    assert told(("a", "x", "same"), kind=Waiting.CONFLICT).same == []


def test_pairs_among_some_records_are_each_given_once() -> None:
    known = told(("b", "y", "same"), links="ax")
    assert sorted(known.pairs_of([0, 1, 2, 3, 4, 5])) == [(0, 3), (1, 4)]
    assert list(known.pairs_of([3, 0])) == [(0, 3)]
    assert list(known.pairs_of([0, 4])) == []
    assert list(known.pairs_of([2, 5])) == []


ALONE = [("a", "", "not_same"), ("c", "", "not_same"), ("", "x", "not_same"), ("", "z", "not_same")]
PAIRS = [
    # answers, links, one, other, expected, why
    ((), "", 0, 3, False, "nobody said anything"),
    ((("a", "x", "not_same"),), "", 0, 3, True, "refused"),
    ((("a", "x", "not_same"),), "", 3, 0, True, "refused, asked the other way round"),
    ((("a", "x", "not_same"),), "", 0, 4, False, "another one was refused"),
    ((("a", "x", "not_same"),), "bx", 0, 1, True, "the partner of one was refused"),
    ((("a", "x", "not_same"),), "ay", 4, 3, True, "the one whose partner it is was refused"),
    ((("a", "x", "not_same"),), "by", 1, 4, False, "partners nobody refused"),
    (ALONE, "", 0, 2, True, "two on the left that are no duplicates"),
    (ALONE, "", 3, 5, True, "two on the right that are no duplicates"),
    (ALONE, "", 2, 3, False, "no duplicates, but perhaps partners"),
    (ALONE, "", 0, 1, False, "of one of the two nobody said so"),
    (ALONE, "", 4, 5, False, "of the first of the two nobody said so"),
]


@pytest.mark.parametrize(("answers", "links", "one", "other", "expected"), rows(PAIRS))
def test_what_forbids_a_pair(answers, links, one, other, expected) -> None:
    assert told(*answers, links=links).forbids_pair(one, other, LEFTS) is expected


GROUPS = [
    # answers, nodes, expected, why
    ((), [0, 1, 3, 4], False, "silence forbids no group"),
    ((("a", "x", "not_same"),), [0, 3, 4], True, "two of the group were refused"),
    ((("a", "x", "not_same"),), [0, 4, 5], False, "the refused one is not in the group"),
    (ALONE, [0, 3], False, "one lonely record per side"),
    (ALONE, [0, 1, 3, 4], False, "the others of the group may be duplicates"),
    (ALONE, [0, 2], True, "two lonely ones on the left"),
    (ALONE, [3, 5], True, "two lonely ones on the right"),
    (ALONE, [2, 3], False, "the last on the left and the first on the right"),
]


@pytest.mark.parametrize(("answers", "nodes", "expected"), rows(GROUPS))
def test_what_forbids_a_group(answers, nodes, expected) -> None:
    assert told(*answers).forbids(nodes, LEFTS) is expected
