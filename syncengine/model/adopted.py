"""Links that a first run finds by the million: pairs whose records show equal values, so that there is nothing to decide but that they are one."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, compress, islice
from typing import Final, NamedTuple, overload

from syncengine.model.plan import LinkChange

Found = tuple[str, str, str]
"""``(left id, right id, match rule)``."""

Numbers = tuple[Sequence[int], Sequence[int]]
"""What a store calls records of both sides."""

_CHUNK: Final = 5_000
_BETWEEN: Final = "\0"


class Part(NamedTuple):
    """Some links, column by column.

    Attributes:
        lefts, rights: Ids.
        rules: The match rule of each.
        numbers: What the store that found them calls their records; None if it did not say.
    """

    lefts: Sequence[str]
    rights: Sequence[str]
    rules: Sequence[str]
    numbers: Numbers | None

    def by(self, rule: str) -> Part:
        """Those of one rule."""
        return self if self.rules.count(rule) == len(self.rules) else self.where([own == rule for own in self.rules])

    def where(self, chosen: Sequence[bool]) -> Part:
        """Those that are chosen."""
        lefts, rights, rules = (list(compress(column, chosen)) for column in self[:3])
        numbers = self.numbers and (list(compress(self.numbers[0], chosen)), list(compress(self.numbers[1], chosen)))
        return Part(lefts, rights, rules, numbers)


class Packed(NamedTuple):
    """A part in little memory, as ``packed`` makes it.

    Attributes:
        lefts, rights: One text, or the ids themselves where they cannot be told apart in it.
        rules: One text if it is the rule of all.
    """

    size: int
    lefts: str | Sequence[str]
    rights: str | Sequence[str]
    rules: str | Sequence[str]
    numbers: Numbers | None

    def under(self, rules: Sequence[str]) -> Packed:
        """The same links by these rules, one for each."""
        return self._replace(rules=_one_or_each(rules))

    def part(self) -> Part:
        """What was packed."""
        rules = (self.rules,) * self.size if isinstance(self.rules, str) else self.rules
        return Part(_apart(self.lefts), _apart(self.rights), rules, self.numbers)


class Adopted(Sequence[LinkChange]):
    """Links of one entity to be made with what both sides show as their base; packed, for a million of them are in memory at once.

    Each stands for ``LinkChange(adopts=True)``. Made by ``pack``, or of parts that ``packed`` made.
    """

    def __init__(self, entity: str, chunks: Sequence[Packed]) -> None:
        self.entity = entity
        self._chunks = chunks
        self._ends = list(accumulate(chunk.size for chunk in chunks))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[LinkChange]:
        for found in self.found():
            yield self._change(found)

    @overload
    def __getitem__(self, at: int) -> LinkChange: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[LinkChange]: ...
    def __getitem__(self, at: int | slice) -> LinkChange | Sequence[LinkChange]:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        place = range(len(self))[at]
        chunk = bisect_right(self._ends, place)
        lefts, rights, rules, _ = self._chunks[chunk].part()
        place -= self._ends[chunk]
        return self._change((lefts[place], rights[place], rules[place]))

    def found(self) -> Iterator[Found]:
        """What was found, in order."""
        for lefts, rights, rules, _ in self.parts():
            yield from zip(lefts, rights, rules, strict=True)

    def parts(self) -> Iterator[Part]:
        """The same, many at a time."""
        return (chunk.part() for chunk in self._chunks)

    def _change(self, found: Found) -> LinkChange:
        left_id, right_id, rule = found
        return LinkChange(
            entity=self.entity,
            left_id=left_id,
            right_id=right_id,
            matched_by=rule,
            why=f"matched by {rule}",
            adopts=True,
        )


class LinkChanges(Sequence[LinkChange]):
    """The links of a plan, where some are adopted: these first, then the others."""

    def __init__(self, adopted: Sequence[Adopted], others: Sequence[LinkChange]) -> None:
        self.adopted = tuple(adopted)
        self.others = tuple(others)
        self._parts: tuple[Sequence[LinkChange], ...] = (*self.adopted, self.others)

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[LinkChange]:
        for part in self._parts:
            yield from part

    @overload
    def __getitem__(self, at: int) -> LinkChange: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[LinkChange]: ...
    def __getitem__(self, at: int | slice) -> LinkChange | Sequence[LinkChange]:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        place = range(len(self))[at]
        for part in self._parts:
            if place < len(part):
                return part[place]
            place -= len(part)
        raise IndexError(at)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # equal by content, as a list


def pack(entity: str, found: Iterable[Found]) -> Adopted:
    """Keep links that are to be adopted, in the order given."""
    chunks: list[Packed] = []
    rest = iter(found)
    while part := list(islice(rest, _CHUNK)):
        chunks.append(packed(*zip(*part, strict=True)))
    return Adopted(entity, chunks)


def packed(
    lefts: Sequence[str], rights: Sequence[str], rules: str | Sequence[str], numbers: Numbers | None = None
) -> Packed:
    """Keep some links in little memory.

    Args:
        rules: The rule of each; one text for all.
        numbers: As in ``Part``.
    """
    if not isinstance(rules, str):
        rules = _one_or_each(rules)
    if numbers is not None:
        numbers = array("q", numbers[0]), array("q", numbers[1])
    return Packed(len(lefts), _together(lefts), _together(rights), rules, numbers)


def _one_or_each(rules: Sequence[str]) -> str | Sequence[str]:
    return rules[0] if len(set(rules)) == 1 else rules


def _together(ids: Sequence[str]) -> str | Sequence[str]:
    whole = _BETWEEN.join(ids)
    return whole if whole.count(_BETWEEN) == len(ids) - 1 else tuple(ids)


def _apart(ids: str | Sequence[str]) -> Sequence[str]:
    return ids.split(_BETWEEN) if isinstance(ids, str) else ids


def adopted(links: Sequence[LinkChange]) -> Iterator[Adopted]:
    """The links of a plan to be adopted, by entity; in the plan's order."""
    if isinstance(links, LinkChanges):
        yield from links.adopted
        links = links.others
    found: dict[str, list[Found]] = {}
    for change in links:
        if change.adopts:
            found.setdefault(change.entity, []).append((change.left_id, change.right_id, change.matched_by))
    yield from (pack(entity, some) for entity, some in found.items())


def others(links: Sequence[LinkChange]) -> Iterator[LinkChange]:
    """The changes of links that are not adopted."""
    rest = links.others if isinstance(links, LinkChanges) else links
    return (change for change in rest if not change.adopts)


def made_by(links: Sequence[LinkChange]) -> Mapping[tuple[str, str], int]:
    """``(entity, match rule)`` → how many links it makes. A link that stays as it is and only moves its base is none."""
    counts: Counter[tuple[str, str]] = Counter(
        (change.entity, change.matched_by)
        for change in others(links)
        if change.state and change.matched_by not in ("", "agreed")
    )
    for item in adopted(links):
        for part in item.parts():
            for rule, count in Counter(part.rules).items():
                counts[item.entity, rule] += count
    return counts
