"""Links that a first run finds by the million: pairs whose records show equal values, so that there is nothing to decide but that they are one."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, overload

from syncengine.model.plan import LinkChange

Found = tuple[str, str, str]
"""``(left id, right id, match rule)``."""

_CHUNK: Final = 1_000


class Adopted(Sequence[LinkChange]):
    """Links of one entity to be made with what both sides show as their base; packed, for a million of them are in memory at once.

    Each stands for ``LinkChange(adopts=True)``. Made by ``pack``, or of chunks that ``packed`` made.

    Args:
        ends: Where each chunk ends.
    """

    def __init__(self, entity: str, chunks: Sequence[str], ends: Sequence[int]) -> None:
        self.entity = entity
        self._chunks = chunks
        self._ends = ends

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
        return self._change(self._unpacked(self._chunks[chunk])[place - self._ends[chunk]])

    def found(self) -> Iterator[Found]:
        """What was found, in order."""
        for part in self.parts():
            yield from part

    def parts(self) -> Iterator[Sequence[Found]]:
        """The same, many at a time."""
        for chunk in self._chunks:
            yield self._unpacked(chunk)

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

    @staticmethod
    def _unpacked(chunk: str) -> list[Found]:
        lefts, rights, rules, names = json.loads(chunk)
        if len(rules) == 1:
            return [(left, right, rules[0]) for left, right in zip(lefts, rights, strict=True)]
        return [(left, right, rules[name]) for left, right, name in zip(lefts, rights, names, strict=True)]


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
    chunks: list[str] = []
    ends: list[int] = []
    rest = iter(found)
    while part := list(islice(rest, _CHUNK)):
        chunks.append(packed(*zip(*part, strict=True)))
        ends.append((ends[-1] if ends else 0) + len(part))
    return Adopted(entity, chunks, ends)


def packed(lefts: Sequence[str], rights: Sequence[str], by: Sequence[str]) -> str:
    """One chunk of ``Adopted``: ids and rules of some links."""
    rules = sorted(set(by))
    names = [] if len(rules) == 1 else [rules.index(rule) for rule in by]
    return json.dumps([lefts, rights, rules, names], separators=(",", ":"))


def adopted(links: Sequence[LinkChange]) -> Iterator[tuple[str, Iterable[Found]]]:
    """Entity → the links of a plan to be adopted; in the plan's order."""
    if isinstance(links, LinkChanges):
        yield from ((item.entity, item.found()) for item in links.adopted)
        links = links.others
    found: dict[str, list[Found]] = {}
    for change in links:
        if change.adopts:
            found.setdefault(change.entity, []).append((change.left_id, change.right_id, change.matched_by))
    yield from found.items()


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
    for entity, found in adopted(links):
        counts.update(Counter((entity, rule) for _, _, rule in found))
    return counts
