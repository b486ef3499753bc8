"""FEBRL 1 and 2, made people with made mistakes: duplicates inside one side, and originals against their copies."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path

import pytest

from syncengine.config.load import read
from syncengine.config.project import resolve
from syncengine.decide.match.match import match
from syncengine.decide.match.outcome import Matches
from syncengine.model.entity import Entity
from syncengine.model.record import Observed
from syncengine.model.resource import FieldFacts, Resource

RULES = Path(__file__).with_name("febrl.yaml")
Pairs = set[frozenset[str]]


@pytest.fixture(scope="module", params=["febrl1.csv", "febrl2.csv"])
def people(request: pytest.FixtureRequest, shared_data: Path) -> list[dict[str, str]]:
    path = shared_data / "er" / request.param
    if not path.is_file():
        pytest.skip(f"no {request.param} among the real input")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, skipinitialspace=True))


def _matched(rows: Sequence[dict[str, str]], left: Iterable[str], right: Iterable[str]) -> tuple[Entity, Matches]:
    fields = {name: FieldFacts(name=name) for name in rows[0]}
    resource = {"people": Resource(name="people", fields=fields)}
    [entity] = resolve(read(RULES.read_bytes(), RULES), {"old": resource, "new": resource}).entities
    by_id = {row["rec_id"]: row for row in rows}

    def side(ids: Iterable[str]) -> list[Observed]:
        return [Observed(id=id, values=tuple(by_id[id][name].strip() or None for name in entity.layout)) for id in ids]

    found = match(
        entity,
        side(left),
        side(right),
        layout=entity.layout,
        linked=lambda side, id: (),
        translate_ref=lambda name, side, id: None,
        answers=(),
    )
    return entity, found


def _truth(ids: Iterable[str]) -> Pairs:
    people: dict[str, list[str]] = {}
    for id in ids:
        people.setdefault(id.split("-")[1], []).append(id)
    return {frozenset(pair) for group in people.values() for pair in combinations(group, 2)}


def _f1(found: Pairs, truth: Pairs) -> float:
    return 2 * len(found & truth) / (len(found) + len(truth))


def test_duplicates_of_one_side_are_recognised(people: list[dict[str, str]]) -> None:
    ids = [row["rec_id"] for row in people]
    _, found = _matched(people, ids, ())
    pairs = {frozenset(pair) for party in found.parties for pair in combinations([id for _, id in party], 2)}
    score = _f1(pairs, _truth(ids))
    print(f"\nFEBRL, {len(ids)} records: F1 {score:.4f}")
    assert score >= 0.99
    assert found.links == ()


def test_originals_are_linked_with_their_copies(people: list[dict[str, str]]) -> None:
    originals = [row["rec_id"] for row in people if row["rec_id"].endswith("-org")]
    copies = [row["rec_id"] for row in people if not row["rec_id"].endswith("-org")]
    _, found = _matched(people, originals, copies)
    truth = {pair for pair in _truth([*originals, *copies]) if sum(id.endswith("-org") for id in pair) == 1}
    score = _f1({frozenset((item.left_id, item.right_id)) for item in found.links}, truth)
    print(f"\nFEBRL, {len(originals)} originals, {len(copies)} copies: F1 {score:.4f}")
    assert score >= 0.985
