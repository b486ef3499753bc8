"""Components → links, and what waits: one and one are linked, anything larger waits unless the rules say how to pick."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from syncengine.decide.match.joining import Joined
from syncengine.decide.match.places import split
from syncengine.decide.match.table import STRONG, Table
from syncengine.decide.match.told import Told
from syncengine.model.entity import Entity, MatchRule
from syncengine.model.record import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A pair that is linked now."""

    left: int
    right: int
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Records of which a person must say who is who.

    Attributes:
        nodes: All that is to be looked at, sorted; those that have a partner already, too.
        open: Those of them that have none.
    """

    nodes: tuple[int, ...]
    open: tuple[int, ...]
    rule: str
    reason: str
    line: int = 0
    score: float | None = None


@dataclass(slots=True, kw_only=True)
class Settled:
    """What the components came to.

    Attributes:
        parties: Records recognised as one, by groups of two or more.
        loose: Records that no strong rule connects with another one, and no link names.
    """

    picks: list[Pick] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    parties: list[tuple[int, ...]] = field(default_factory=list)
    loose: list[int] = field(default_factory=list)


class Settling:
    """Goes through the components of one entity."""

    def __init__(self, entity: Entity, table: Table, told: Told, joined: Joined) -> None:
        self._entity = entity
        self._table = table
        self._told = told
        self._joined = joined
        self._rank = {rule: rank for rank, rule in enumerate(entity.match)}
        self._said = {frozenset(pair) for pair in told.same}
        self.settled = Settled()

    def settle(self) -> Settled:
        """Settle all components."""
        told = self._told
        for nodes in self._joined.forest.components(range(len(self._table))):
            if len(nodes) == 1:
                if nodes[0] not in told.linked:
                    self.settled.loose.append(nodes[0])
            else:
                self._component(nodes)
        return self.settled

    def _component(self, nodes: list[int]) -> None:
        rules = sorted(self._joined.by.get(self._joined.forest.root(nodes[0]), ()), key=self._rank.__getitem__)
        free = set(nodes) - self._told.linked
        tie_break = list(dict.fromkeys(name for rule in rules for name in rule.tie_break))
        parties = [nodes] if len(free) == 0 else split(self._table, nodes, tie_break)
        unsettled: list[list[int]] = []
        for party in parties:
            if len(party) > 1:
                self.settled.parties.append(tuple(party))
            if open_ := set(party) & free:
                open_ -= self._pick(party, open_, rules, tie_break)
            if open_:
                unsettled.append(party)
                free_now = open_
                free = (free - set(party)) | free_now
            else:
                free -= set(party)
        if unsettled:
            self._wait(nodes, unsettled, free, rules, several=len(parties) > 1)

    def _pick(
        self, party: Sequence[int], free: set[int], rules: Sequence[MatchRule], tie_break: Sequence[str]
    ) -> set[int]:
        """Link what is beyond doubt inside one party; the records that got a partner."""
        done = self._picked_by_people(party, free)
        rest = free - done
        many = self._entity.many
        if many is not None:
            return done | self._pick_many(party, rest, rules, many)
        if done or len(rest) < len(party):
            return done
        lefts, rights = self._sides(party)
        if len(lefts) == len(rights) == 1:
            self._link(lefts[0], rights[0], rules)
            return set(party)
        for name in tie_break:
            done |= self._pick_by(name, [node for node in party if node not in done], rules)
        return done

    def _picked_by_people(self, party: Sequence[int], free: set[int]) -> set[int]:
        """Pairs a person called one, unless one of them is to have two partners that way."""
        said = [pair for pair in self._told.same if pair[0] in party and pair[1] in party]
        done: set[int] = set()
        for left, right in said:
            others = [pair for pair in said if (pair[0] == left) != (pair[1] == right)]
            blocked = [node for node in (left, right) if node not in free]
            if self._entity.many is not None:
                one = right if self._entity.many is Side.LEFT else left
                mates = [pair for pair in others if one not in pair]
                blocked = [node for node in blocked if node != one or node in self._told.buried]
                others = mates
            if not others and not blocked:
                self.settled.picks.append(Pick(left=left, right=right, rule="person"))
                done |= {left, right} & free
        return done

    def _pick_many(self, party: Sequence[int], free: set[int], rules: Sequence[MatchRule], many: Side) -> set[int]:
        """One record on the one side, any number on the other."""
        lefts, rights = self._sides(party)
        few, more = (rights, lefts) if many is Side.LEFT else (lefts, rights)
        if len(few) != 1 or few[0] in self._told.buried or not more:
            return set()
        got = [node for node in more if node in free]
        for node in got:
            left, right = (node, few[0]) if many is Side.LEFT else (few[0], node)
            self._link(left, right, rules)
        return {*got, few[0]} & free if got else set()

    def _pick_by(self, name: str, party: Sequence[int], rules: Sequence[MatchRule]) -> set[int]:
        """Pairs of which exactly one record on each side shows the same."""
        column = self._table.column(name)
        groups: dict[str, list[int]] = {}
        for node in party:
            if (key := column.key(node, STRONG)) is not None:
                groups.setdefault(key, []).append(node)
        done: set[int] = set()
        for group in groups.values():
            lefts, rights = self._sides(group)
            if len(lefts) == len(rights) == 1:
                self._link(lefts[0], rights[0], rules)
                done.update(group)
        return done

    def _link(self, left: int, right: int, rules: Sequence[MatchRule]) -> None:
        self.settled.picks.append(Pick(left=left, right=right, rule=rules[0].id if rules else "match"))

    def _sides(self, nodes: Iterable[int]) -> tuple[list[int], list[int]]:
        lefts = [node for node in nodes if node < self._table.lefts]
        return lefts, [node for node in nodes if node >= self._table.lefts]

    def _wait(
        self,
        nodes: Sequence[int],
        unsettled: Sequence[Sequence[int]],
        free: set[int],
        rules: Sequence[MatchRule],
        *,
        several: bool,
    ) -> None:
        shown = sorted({node for party in unsettled for node in party})
        lefts, rights = self._sides(shown)
        if several and not (lefts and rights):
            shown = list(nodes)
        rule = rules[0].id if rules else "person"
        self.settled.waits.append(
            Wait(
                nodes=tuple(shown),
                open=tuple(sorted(free)),
                rule=rule,
                reason=self._reason(shown, rule, several=several),
                line=rules[0].at.line if rules else 0,
            )
        )

    def _reason(self, shown: Sequence[int], rule: str, *, several: bool) -> str:
        lefts, rights = self._sides(shown)
        counts = f"{_count(len(lefts), 'left')} and {_count(len(rights), 'right')}"
        if several:
            return f"{counts}: one {rule} seen at several places. Say which are the same"
        if any(node in self._told.buried for node in shown):
            return f"{counts} share a key ({rule}), and the partner of one was deleted. Say which are the same"
        if not lefts or not rights:
            side = Side.LEFT if lefts else Side.RIGHT
            return f"{len(shown)} records of the {side} side share a key ({rule}): duplicates? Merge them there, or say that they are not the same"
        if any(node in self._told.linked for node in shown):
            return f"{counts} share a key ({rule}), and one has a partner already: a duplicate? Say which are the same"
        return f"{counts} share a key ({rule}). Say which are the same"


def _count(number: int, side: str) -> str:
    return f"{number} {side} record{'' if number == 1 else 's'}"
