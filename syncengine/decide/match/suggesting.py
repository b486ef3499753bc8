"""What only a person can say: keys that prove nothing here, and what the weak rules find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from syncengine.decide.match.candidates import candidates
from syncengine.decide.match.evidence import Evidence, contradict
from syncengine.decide.match.forest import Forest
from syncengine.decide.match.joining import Contest, Joined
from syncengine.decide.match.scoring import Scoring, Weighed
from syncengine.decide.match.settling import Settled, Wait
from syncengine.decide.match.table import Table
from syncengine.decide.match.told import Told
from syncengine.model.entity import Entity, MatchRule

_MANY: Final = 60
"""Records that share a key which proves nothing, beyond which nobody looks at pairs: those without partner wait together."""

_NEAR: Final = 2.0
"""How many doublings of the odds below a record's best candidate another one is still shown with it."""

_LEAST: Final = 0.5
"""The score from which on a weak rule's find is worth a person's look."""


def suggest(
    entity: Entity, table: Table, told: Told, evidence: Evidence, joined: Joined, settled: Settled
) -> tuple[Sequence[Wait], Sequence[int]]:
    """All that waits, and the records of which nothing is known: ``(waits, unmatched)``."""
    open_ = frozenset((*settled.loose, *(node for wait in settled.waits for node in wait.open)))
    if not open_:
        return settled.waits, ()
    asking = _Asking(
        table=table, told=told, scoring=Scoring(entity, table, evidence), evidence=evidence, open=open_, joined=joined
    )
    crowds = [crowd for contest in (*joined.contests, *settled.strays) if (crowd := asking.crowd(contest)) is not None]
    asked = asking.contested((*settled.strays, *joined.contests)) + asking.weak(candidates(entity, table, open_))
    waits = [*settled.waits, *crowds, *asking.best(asked)]
    touched = {node for wait in waits for node in wait.open}
    return _merged(waits), sorted(node for node in settled.loose if node not in touched)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A pair that may be asked about.

    Attributes:
        contest: The key that the two share and that proves nothing; None if only a weak rule finds them.
    """

    pair: Weighed
    rule: MatchRule
    contest: Contest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    table: Table
    told: Told
    scoring: Scoring
    evidence: Evidence
    joined: Joined
    open: frozenset[int]

    def crowd(self, contest: Contest) -> Wait | None:
        """A key that too many share: those without partner wait together."""
        lone = tuple(node for node in contest.nodes if node in self.open)
        if len(contest.nodes) <= _MANY or not lone:
            return None
        reason = f"{len(contest.nodes)} records share {contest.rule.id}, which links nothing here: {contest.reason}"
        return Wait(nodes=lone, open=lone, rule=contest.rule.id, reason=reason, line=contest.rule.at.line)

    def contested(self, contests: Iterable[Contest]) -> list[_Question]:
        """Pairs with a common key that proves nothing."""
        found: dict[tuple[int, int], _Question] = {}
        for contest in contests:
            if len(contest.nodes) > _MANY:
                continue
            for one in (node for node in contest.nodes if node in self.open):
                for other in contest.nodes:
                    pair = (min(one, other), max(one, other))
                    if one != other and pair not in found and self._may_be(*pair):
                        found[pair] = _Question(pair=self.scoring.weigh(*pair), rule=contest.rule, contest=contest)
        return list(found.values())

    def _may_be(self, one: int, other: int) -> bool:
        if self.told.forbids_pair(one, other, self.table.lefts):
            return False
        # Two that are surely apart, one of them with a partner of its own: there is nothing to ask.
        both = one in self.open and other in self.open
        return both or not contradict((self.evidence.signature(one), self.evidence.signature(other)))

    def weak(self, found: Mapping[tuple[int, int], MatchRule]) -> list[_Question]:
        """What the weak rules find, and what is alike enough."""
        kept: list[_Question] = []
        for (one, other), rule in found.items():
            if self.joined.forest.root(one) == self.joined.forest.root(other) or not self._may_be(one, other):
                continue
            pair = self.scoring.weigh(one, other)
            if pair.score >= _LEAST and all(pair.shares.get(name, 1.0) >= _LEAST for name in rule.fields):
                kept.append(_Question(pair=pair, rule=rule))
        return kept

    def best(self, questions: Iterable[_Question]) -> Iterable[Wait]:
        """For each record without partner, its likeliest candidates."""
        questions = list(questions)
        best: dict[int, float] = {}
        for asked in questions:
            for node in (asked.pair.one, asked.pair.other):
                best[node] = max(best.get(node, asked.pair.weight), asked.pair.weight)
        for asked in questions:
            nodes = asked.pair.one, asked.pair.other
            if any(node in self.open and asked.pair.weight >= best[node] - _NEAR for node in nodes):
                yield self._wait(asked)

    def _wait(self, asked: _Question) -> Wait:
        nodes = asked.pair.one, asked.pair.other
        told = asked.pair.reason
        if asked.contest is not None:
            told = f"they share {asked.rule.id}, which links nothing here: {asked.contest.reason}. {told}"
        return Wait(
            nodes=nodes,
            open=tuple(node for node in nodes if node in self.open),
            rule=asked.rule.id,
            reason=f"{told}. The same?",
            line=asked.rule.at.line,
            score=asked.pair.score if asked.contest is None else None,
        )


def _merged(waits: Sequence[Wait]) -> list[Wait]:
    """One item for all that hangs together by records without partner: what keys say first, then the best suggestion."""
    forest = Forest(node for wait in waits for node in wait.open)
    for wait in waits:
        forest.join_all(wait.open)
    together: dict[int, list[Wait]] = {}
    for wait in waits:
        together.setdefault(forest.root(wait.open[0]), []).append(wait)
    return [_one(group) for group in together.values()]


def _one(group: Sequence[Wait]) -> Wait:
    by_keys = [wait for wait in group if wait.score is None]
    # By nothing that depends on a side or on ids: what is told of the item is the same however it is looked at.
    first = min(
        by_keys or group,
        key=lambda wait: (wait.score and -wait.score, wait.line, wait.rule, -len(wait.nodes), wait.reason),
    )
    return replace(
        first,
        nodes=tuple(sorted({node for wait in group for node in wait.nodes})),
        open=tuple(sorted({node for wait in group for node in wait.open})),
    )
