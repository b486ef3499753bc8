"""A CRM export against an Exact administration, with truth: the recommended rules measured at location level, over all links.

*Automatic* are pairs of records that the rules recognise as one (``Matches.parties``); the pair is linked, or, where a side holds it twice,
only waits for a person to say which of them. *Queued* are all other pairs that stand together in an item of the inbox.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pytest

from syncengine.config.load import read
from syncengine.config.project import resolve
from syncengine.decide.match.match import match
from syncengine.decide.match.outcome import Matches
from syncengine.decide.translate import compile_lens
from syncengine.model.entity import Entity
from syncengine.model.record import Observed, Record, Side
from syncengine.model.resource import FieldFacts, Resource

Node = tuple[str, str]
Pair = frozenset[Node]
NAMES = {Side.LEFT: "crm", Side.RIGHT: "exact"}


@dataclass(frozen=True)
class Input:
    """Both sides in the common shape, and the truth.

    Attributes:
        links: Pair of one location → what is expected of it.
        traps: Pair that looks alike and is not one → whether the records can tell.
        legal: Record → its legal entity.
    """

    entity: Entity
    left: Sequence[Observed]
    right: Sequence[Observed]
    links: Mapping[Pair, str]
    traps: Mapping[Pair, bool]
    legal: Mapping[Node, str]


@pytest.fixture(scope="module")
def pairs(shared_data: Path, repository: Path) -> Input:
    folder = shared_data / "pairs"
    if not folder.is_dir():
        pytest.skip("no pairs among the real input")
    companies = list(_table(folder / "crm_companies.csv"))
    accounts = json.loads((folder / "exact_accounts.json").read_text(encoding="utf-8-sig"))["d"]["results"]
    crm = _resource("companies", companies[0])
    exact = _resource("Accounts", accounts[0])
    mapping = repository / "mappings" / "rules-accounts.yaml"
    [entity] = resolve(
        read(mapping.read_bytes(), mapping), {"crm": {"companies": crm}, "exact": {"Accounts": exact}}
    ).entities
    lens = compile_lens(entity, crm, exact, {})
    return Input(
        entity=entity,
        left=[lens.observe(Side.LEFT, _record("companies", row["Record ID"], row)) for row in companies],
        right=[lens.observe(Side.RIGHT, _record("Accounts", row["ID"], row)) for row in accounts],
        links={_pair(row): row["expected"] for row in _table(folder / "truth_links.csv")},
        traps={_pair(row): row["decidable"] == "1" for row in _table(folder / "truth_traps.csv")},
        legal={(row["source"], row["record_id"]): row["legal_entity"] for row in _table(folder / "truth_records.csv")},
    )


def _table(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _resource(name: str, sample: Mapping[str, object]) -> Resource:
    return Resource(name=name, fields={key: FieldFacts(name=key) for key in sample if key != "__metadata"})


def _record(resource: str, id: str, row: Mapping[str, object]) -> Record:
    plain = {key: (value.strip() or None) if isinstance(value, str) else value for key, value in row.items()}
    return Record(resource=resource, id=id, fields={k: v for k, v in plain.items() if k != "__metadata"})  # type: ignore[misc]


def _pair(row: Mapping[str, str]) -> Pair:
    return frozenset(((row["source_a"], row["id_a"]), (row["source_b"], row["id_b"])))


def _matched(pairs: Input, left: Sequence[Observed] = (), right: Sequence[Observed] = ()) -> Matches:
    return match(
        pairs.entity,
        left or pairs.left,
        right or pairs.right,
        layout=pairs.entity.layout,
        linked=lambda side, id: (),
        translate_ref=lambda name, side, id: None,
        answers=(),
    )


@dataclass(frozen=True)
class Figures:
    """What the matching of the pairs comes to."""

    precision: float
    must_link: float
    found: float
    queued: int
    items: int
    other_locations: int
    undecidable: int
    decidable: int
    links: int
    link_precision: float
    seconds: float


def _together(nodes: Iterable[Node]) -> set[Pair]:
    return {frozenset(pair) for pair in combinations(sorted(set(nodes)), 2)}


@pytest.fixture(scope="module")
def figures(pairs: Input) -> Figures:
    begin = time.perf_counter()
    found = _matched(pairs)
    seconds = time.perf_counter() - begin
    automatic = {p for party in found.parties for p in _together((NAMES[side], id) for side, id in party)}
    linked = {frozenset((("crm", item.left_id), ("exact", item.right_id))) for item in found.links}
    queued: set[Pair] = set()
    for item in found.reviews:
        queued |= _together([*(("crm", id) for id in item.left_ids), *(("exact", id) for id in item.right_ids)])
    queued -= automatic
    truth = set(pairs.links)
    must = {pair for pair, expected in pairs.links.items() if expected == "auto"}
    wrong = automatic - truth
    legal = [len({pairs.legal[node] for node in pair}) for pair in wrong]
    decidable = sum(pairs.traps.get(pair, False) for pair in wrong)
    shown = Figures(
        precision=len(automatic & truth) / len(automatic),
        must_link=len(must & automatic) / len(must),
        found=len((automatic | queued) & truth) / len(truth),
        queued=len(queued),
        items=len(found.reviews),
        other_locations=legal.count(1),
        undecidable=legal.count(2) - decidable,
        decidable=decidable,
        links=len(linked),
        link_precision=len(linked & truth) / len(linked),
        seconds=seconds,
    )
    print(f"\npairs: {shown}")
    return shown


def test_what_is_merged_automatically_is_one_location(figures: Figures) -> None:
    assert figures.precision >= 0.95
    assert figures.link_precision >= 0.99
    assert figures.other_locations <= 40
    assert figures.undecidable <= 40


def test_nothing_that_the_records_can_tell_apart_is_merged(figures: Figures) -> None:
    assert figures.decidable == 0


def test_what_must_be_found_without_a_person_is_found(figures: Figures) -> None:
    assert figures.must_link >= 0.95
    assert figures.links >= 1200


def test_what_is_not_found_is_shown_to_a_person_who_need_not_read_for_days(figures: Figures) -> None:
    assert figures.found >= 0.95
    assert figures.queued <= 900
    assert figures.items <= 600


def test_no_link_through_a_placeholder(pairs: Input) -> None:
    """Without any usable number, and without name and place, nobody is linked: what is left are fillers and mistakes."""
    layout = pairs.entity.layout
    numbers = layout.index("VATNumber"), layout.index("ChamberOfCommerce")
    fillers = {"nvt", "n.v.t.", "onbekend", "-", "0", "00000000", "NL000000000B00"}

    def only_fillers(rows: Sequence[Observed]) -> list[Observed]:
        kept = [row for row in rows if any(str(row.values[place]) in fillers for place in numbers)]
        bare = [
            tuple(
                value if place in numbers and str(value) in fillers else None for place, value in enumerate(row.values)
            )
            for row in kept
        ]
        return [Observed(id=row.id, values=values) for row, values in zip(kept, bare, strict=True)]

    left, right = only_fillers(pairs.left), only_fillers(pairs.right)
    assert len(left) > 50
    assert len(right) > 50
    found = _matched(pairs, left, right)
    assert (found.links, found.reviews, found.parties) == ((), (), ())


def test_neither_order_nor_side_matters(pairs: Input) -> None:
    straight = _matched(pairs)
    assert _matched(pairs, pairs.left[::-1], pairs.right[::-1]) == straight
    mirrored = _matched(pairs, pairs.right, pairs.left)
    assert sorted((item.right_id, item.left_id) for item in mirrored.links) == [
        (item.left_id, item.right_id) for item in straight.links
    ]
    assert {(item.right_ids, item.left_ids) for item in mirrored.reviews} == {
        (item.left_ids, item.right_ids) for item in straight.reviews
    }
