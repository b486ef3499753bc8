"""What only a person can say: keys that were set aside, and what the weak rules find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from syncengine.decide.match.candidates import candidates
from syncengine.decide.match.evidence import Evidence, contradict
from syncengine.decide.match.forest import Forest
from syncengine.decide.match.joining import Contest, Joined
from syncengine.decide.match.scoring import Scoring, Suggestion
from syncengine.decide.match.settling import Settled, Wait
from syncengine.decide.match.table import Table
from syncengine.decide.match.told import Told
from syncengine.model.entity import Entity

_MANY: Final = 60
"""Records that share a set-aside key, beyond which only those without partner are shown."""

_NEAR: Final = 0.1
"""How far below a record's best suggestion another one may be and still be shown with it."""


def suggest(
    entity: Entity, table: Table, told: Told, evidence: Evidence, joined: Joined, settled: Settled
) -> tuple[Sequence[Wait], Sequence[int]]:
    """All that waits, and the records of which nothing is known: ``(waits, unmatched)``."""
    waiting = {node for wait in settled.waits for node in wait.open}
    open_ = {*settled.loose, *waiting}
    if not open_:
        return settled.waits, ()
    found = Forest(len(table))
    for wait in settled.waits:
        found.join_all(wait.nodes)
    waits = list(settled.waits)
    for contest in joined.contests:
        waits.extend(_contested(contest, table, evidence, told, open_, found))
    waits.extend(_suggested(entity, table, told, evidence, joined, settled, open_, found))
    touched = {node for wait in waits for node in wait.open}
    return _merged(waits, found), sorted(node for node in settled.loose if node not in touched)


def _contested(
    contest: Contest, table: Table, evidence: Evidence, told: Told, open_: set[int], found: Forest
) -> Iterable[Wait]:
    """Records whose common key proves nothing: those without partner wait, with those that they may be."""
    lone = [node for node in contest.nodes if node in open_]
    others = contest.nodes if len(contest.nodes) <= _MANY else lone
    kept: list[tuple[int, int]] = []
    for one in lone:
        for other in others:
            if other == one or (other in open_ and other < one) or told.forbids_pair(one, other, table.lefts):
                continue
            apart = contradict((evidence.signature(one), evidence.signature(other)))
            # Two that are surely apart, one of them with a partner of its own: nothing to ask.
            if not apart or other in open_:
                kept.append((one, other))
    if not kept:
        return
    for one, other in kept:
        found.join(one, other)
    nodes = sorted({node for pair in kept for node in pair})
    yield Wait(
        nodes=tuple(nodes),
        open=tuple(node for node in nodes if node in open_),
        rule=contest.rule.id,
        reason=f"{len(nodes)} records share {contest.rule.id}, and {contest.reason}: not linked by it. Say which are the same",
        line=contest.rule.at.line,
    )


def _suggested(
    entity: Entity,
    table: Table,
    told: Told,
    evidence: Evidence,
    joined: Joined,
    settled: Settled,
    open_: set[int],
    found: Forest,
) -> Iterable[Wait]:
    """The weak rules' best finds for every record without partner."""
    scoring = Scoring(table)
    scored: list[Suggestion] = []
    for (one, other), rule in candidates(entity, table, open_).items():
        if found.root(one) == found.root(other) or joined.forest.root(one) == joined.forest.root(other):
            continue
        if told.forbids_pair(one, other, table.lefts) or contradict(
            (evidence.signature(one), evidence.signature(other))
        ):
            continue
        if (item := scoring.score(one, other, rule)) is not None:
            scored.append(item)
    best: dict[int, float] = {}
    for item in scored:
        for node in (item.one, item.other):
            best[node] = max(best.get(node, 0.0), item.score)
    kept = [
        item
        for item in scored
        if any(node in open_ and item.score >= best[node] - _NEAR for node in (item.one, item.other))
    ]
    for item in kept:
        found.join(item.one, item.other)
        yield Wait(
            nodes=tuple(sorted((item.one, item.other))),
            open=tuple(sorted({item.one, item.other} & open_)),
            rule=item.rule.id,
            reason=item.reason,
            line=item.rule.at.line,
            score=item.score,
        )


def _merged(waits: Iterable[Wait], found: Forest) -> list[Wait]:
    """One item for all that hangs together: what strong keys say first, then the best suggestion."""
    together: dict[int, list[Wait]] = {}
    for wait in waits:
        together.setdefault(found.root(wait.nodes[0]), []).append(wait)
    return [_one(group) for group in together.values()]


def _one(group: Sequence[Wait]) -> Wait:
    first = min(group, key=lambda wait: (wait.score is not None, -(wait.score or 0.0), wait.nodes))
    return replace(
        first,
        nodes=tuple(sorted({node for wait in group for node in wait.nodes})),
        open=tuple(sorted({node for wait in group for node in wait.open})),
    )
