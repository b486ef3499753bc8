"""Components → links, and what waits: one and one are linked, anything larger waits unless the rules say how to pick."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from syncengine.decide.match.joining import Contest, Joined
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
        open: Those of them that have none, sorted.
        score: 0 to 1 where a weak rule suggests it; None where a key says so.
    """

    nodes: tuple[int, ...]
    open: tuple[int, ...]
    rule: str
    reason: str
    line: int
    score: float | None = None


@dataclass(slots=True, kw_only=True)
class Settled:
    """What the components came to.

    Attributes:
        waits: One per party that holds more than one and one.
        parties: Records recognised as one, by groups of two or more.
        loose: Records that no strong rule connects with another one, and no link names.
        strays: Records that only share a key with others at other places: the contest they are in.
    """

    picks: list[Pick] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    parties: list[tuple[int, ...]] = field(default_factory=list)
    loose: list[int] = field(default_factory=list)
    strays: list[Contest] = field(default_factory=list)


def settle(entity: Entity, table: Table, told: Told, joined: Joined) -> Settled:
    """Go through all components."""
    settling = _Settling(entity, table, told, joined)
    for root, nodes in joined.forest.components(range(len(table))).items():
        if len(nodes) > 1:
            settling.component(root, nodes)
        else:
            settling.settled.loose.extend(node for node in nodes if node not in told.linked)
    return settling.settled


class _Settling:
    def __init__(self, entity: Entity, table: Table, told: Told, joined: Joined) -> None:
        self._entity = entity
        self._table = table
        self._told = told
        self._joined = joined
        self._rank = {rule: rank for rank, rule in enumerate(entity.match)}
        self.settled = Settled()

    def component(self, root: int, nodes: list[int]) -> None:
        """Settle the parties of one component, each by itself."""
        rules = sorted(self._joined.by.get(root, ()), key=self._rank.__getitem__)
        tie_break = list(dict.fromkeys(name for rule in rules for name in rule.tie_break))
        parties = split(self._table, nodes, tie_break, self._told.pairs_of(nodes))
        strays: list[int] = []
        for party in parties:
            free = {node for node in party if node not in self._told.linked}
            if len(party) == 1:
                strays.extend(free)
                continue
            self.settled.parties.append(tuple(party))
            if free and (rest := free - self._pick(party, free, rules, tie_break)):
                self._wait(party, rest, rules)
        if strays:
            why = "it is seen at several places"
            self.settled.strays.append(Contest(nodes=tuple(nodes), rule=rules[0], reason=why))
            self.settled.loose.extend(strays)

    def _pick(
        self, party: Sequence[int], free: set[int], rules: Sequence[MatchRule], tie_break: Sequence[str]
    ) -> set[int]:
        """Link what is beyond doubt inside one party.

        Returns:
            The records that got a partner.
        """
        done = self._said(party, free)
        many = self._entity.many
        if many is not None:
            return done | self._one_and_many(party, free - done, rules, many)
        if done or len(free) < len(party):
            return done
        if pair := self._one_and_one(party):
            self._link(pair, rules)
            return set(party)
        for name in tie_break:
            for group in self._agreeing(name, [node for node in party if node not in done]):
                if pair := self._one_and_one(group):
                    self._link(pair, rules)
                    done.update(pair)
        return done

    def _said(self, party: Sequence[int], free: set[int]) -> set[int]:
        """Pairs a person called one, unless a record would have two partners that way and may have only one."""
        said = [(left, right) for left, right in self._told.same if left in party]
        done: set[int] = set()
        for left, right in said:
            single = [
                (place, node)
                for place, node, several in ((0, left, Side.RIGHT), (1, right, Side.LEFT))
                if self._entity.many is not several
            ]
            taken = any(node not in free for _, node in single) or {left, right} & self._told.buried
            if not taken and all(sum(pair[place] == node for pair in said) == 1 for place, node in single):
                self.settled.picks.append(Pick(left=left, right=right, rule="person"))
                done |= {left, right} & free
        return done

    def _one_and_many(self, party: Sequence[int], free: set[int], rules: Sequence[MatchRule], many: Side) -> set[int]:
        """One record on one side, any number on the other."""
        lefts, rights = self._sides(party)
        few, more = (rights, lefts) if many is Side.LEFT else (lefts, rights)
        got = [node for node in more if node in free]
        if len(few) != 1 or not got or not self._told.buried.isdisjoint(few):
            return set()
        [one] = few
        for node in got:
            self._link((node, one) if many is Side.LEFT else (one, node), rules)
        return {*got, one}

    def _agreeing(self, name: str, party: Sequence[int]) -> Iterable[list[int]]:
        column = self._table.column(name)
        groups: dict[str, list[int]] = {}
        for node in party:
            if (key := column.key(node, STRONG)) is not None:
                groups.setdefault(key, []).append(node)
        return groups.values()

    def _one_and_one(self, nodes: Sequence[int]) -> tuple[int, int] | None:
        match self._sides(nodes):
            case [left], [right]:
                return left, right
        return None

    def _link(self, pair: tuple[int, int], rules: Sequence[MatchRule]) -> None:
        self.settled.picks.append(Pick(left=pair[0], right=pair[1], rule=rules[0].id))

    def _sides(self, nodes: Iterable[int]) -> tuple[list[int], list[int]]:
        nodes = list(nodes)
        return [n for n in nodes if n < self._table.lefts], [n for n in nodes if n >= self._table.lefts]

    def _wait(self, party: Sequence[int], open_: set[int], rules: Sequence[MatchRule]) -> None:
        rule = rules[0].id if rules else "person"
        self.settled.waits.append(
            Wait(
                nodes=tuple(party),
                open=tuple(sorted(open_)),
                rule=rule,
                reason=self._reason(party, open_, rule),
                line=rules[0].at.line if rules else 0,
            )
        )

    def _reason(self, party: Sequence[int], open_: set[int], rule: str) -> str:
        lefts, rights = self._sides(party)
        if not lefts or not rights:
            side = Side.LEFT if lefts else Side.RIGHT
            return f"{len(party)} {side} records share a key ({rule}): duplicates? Merge them, or say that they are not the same"
        counts = f"{_count(lefts, Side.LEFT)} and {_count(rights, Side.RIGHT)} share a key ({rule})"
        if any(node in self._told.buried for node in party):
            return f"{counts}, and the partner of one was deleted. Say which are the same"
        if len(open_) < len(party):
            return f"{counts}, and some have their partner: is the rest a duplicate? Say which are the same"
        return f"{counts}. Say which are the same"


def _count(nodes: Sequence[int], side: Side) -> str:
    return f"{len(nodes)} {side} record{'' if len(nodes) == 1 else 's'}"
