"""Union-find over record numbers."""

from __future__ import annotations

from collections.abc import Iterable


class Forest:
    """Records joined into components. Which record stands for a component depends on the joins only, and nobody may show it."""

    def __init__(self, nodes: Iterable[int]) -> None:
        """Each of these by itself at first."""
        # A list where it can be one: it takes a tenth of the memory.
        self._parent: list[int] | dict[int, int]
        self._parent = list(nodes) if isinstance(nodes, range) else {node: node for node in nodes}

    def root(self, node: int) -> int:
        """The record that stands for this one's component."""
        parent = self._parent
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    def join(self, one: int, other: int) -> None:
        """Make two components one; the smaller number stands for it."""
        one, other = self.root(one), self.root(other)
        self._parent[max(one, other)] = min(one, other)

    def join_all(self, nodes: Iterable[int]) -> int:
        """Make the components of all these records one; returns the record that stands for it."""
        first, *others = nodes
        for node in others:
            self.join(first, node)
        return self.root(first)

    def components(self, nodes: Iterable[int]) -> dict[int, list[int]]:
        """Standing record → those of these records that are of its component, in the order given."""
        found: dict[int, list[int]] = {}
        for node in nodes:
            found.setdefault(self.root(node), []).append(node)
        return found
