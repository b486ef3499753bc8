"""In which order entities are done: what others refer to comes first, and otherwise the order of the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def ordered(needs: Mapping[str, Iterable[str]]) -> Sequence[str]:
    """Sort names so that each comes after those it needs; inside a circle the order of the mapping stays.

    Args:
        needs: Name → the names it needs, itself and unknown ones of no account.
    """
    names = list(needs)
    rank = {name: index for index, name in enumerate(names)}
    groups = _groups(needs)
    group_of = {name: number for number, group in enumerate(groups) for name in group}
    needed = [
        {group_of[other] for name in group for other in needs[name] if other in group_of} - {number}
        for number, group in enumerate(groups)
    ]
    first = [min(rank[name] for name in group) for group in groups]
    done: list[str] = []
    placed: set[int] = set()
    while len(placed) < len(groups):
        ready = (n for n in range(len(groups)) if n not in placed and needed[n] <= placed)
        chosen = min(ready, key=lambda n: first[n])
        placed.add(chosen)
        done += sorted(groups[chosen], key=lambda name: rank[name])
    return done


def circle(needs: Mapping[str, Iterable[str]]) -> Sequence[str]:
    """The names that need each other in a circle, in their order; none if there is no circle."""
    caught = {name for group in _groups(needs) if len(group) > 1 for name in group}
    return [name for name in needs if name in caught or name in needs[name]]


def _groups(needs: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Names that need each other, together (strongly connected components, Tarjan's way, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    groups: list[list[str]] = []
    for root in needs:
        if root in index:
            continue
        work = [(root, iter([other for other in needs[root] if other in needs]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            name, others = work[-1]
            other = next(others, None)
            if other is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    groups.append(_pop_until(name, stack, on_stack))
            elif other not in index:
                index[other] = low[other] = len(index)
                stack.append(other)
                on_stack.add(other)
                work.append((other, iter([further for further in needs[other] if further in needs])))
            elif other in on_stack:
                low[name] = min(low[name], index[other])
    return groups


def _pop_until(name: str, stack: list[str], on_stack: set[str]) -> list[str]:
    group = []
    while True:
        top = stack.pop()
        on_stack.discard(top)
        group.append(top)
        if top == name:
            return group
