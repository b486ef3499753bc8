"""Packed links read like the plain list of them."""

from __future__ import annotations

import pytest

from syncengine.model.adopted import Adopted, LinkChanges, pack, packed

FOUND = [(f"l{number}", f"r{number}", "VAT" if number % 3 else "Code") for number in range(2_345)]


def cut(*sizes: int) -> Adopted:
    """The same links in chunks of these sizes, and the rest."""
    ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
    begins = [0, *ends]
    chunks = [packed(*zip(*FOUND[begin:end], strict=True)) for begin, end in zip(begins, [*ends, None], strict=True)]
    return Adopted("customers", chunks)


@pytest.mark.parametrize("links", [pack("customers", FOUND), cut(1, 2_000), cut(777)], ids=["even", "uneven", "two"])
def test_links_come_out_by_number_and_in_order(links: Adopted) -> None:
    assert len(links) == len(FOUND)
    assert list(links.found()) == FOUND
    for place in (0, 1, 2, 776, 777, 999, 1_000, 2_000, 2_001, 2_344, -1):
        change = links[place]
        assert (change.left_id, change.right_id, change.matched_by) == FOUND[place]
    assert [change.left_id for change in links[998:1_002]] == [left for left, _, _ in FOUND[998:1_002]]
    with pytest.raises(IndexError):
        links[len(FOUND)]


def test_an_id_may_hold_anything() -> None:
    found = [("a\0b", "c", "Code"), ("", "\0", "Code"), ("d\x1f", 'e"\n', "VAT")]
    assert list(pack("customers", found).found()) == found


def test_numbers_stay_with_their_links() -> None:
    (part,) = Adopted(
        "customers", [packed(("a", "b", "c"), ("x", "y", "z"), ("VAT", "Code", "VAT"), ((1, 2, 3), (7, 8, 9)))]
    ).parts()
    assert part.by("VAT") == (["a", "c"], ["x", "z"], ["VAT", "VAT"], ([1, 3], [7, 9]))
    assert part.where([False, True, False]).numbers == ([2], [8])


def test_there_may_be_none() -> None:
    links = pack("customers", [])
    assert (len(links), list(links), len(LinkChanges([links], []))) == (0, [], 0)
