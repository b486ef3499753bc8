"""A YAML document as a tree that keeps its places: every scalar is text, with the line and column where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncengine.model.written import Written

Path = tuple[str | int, ...]
"""Keys and indexes from the root, such as ``("entities", "items", "match", 0)``."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value; ``plain`` if it stood without quotes. Lines and columns count from 1, here and below."""

    text: str
    plain: bool
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Seq:
    """A list."""

    items: Sequence[Node]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Map:
    """A map: key → where the key stands, and its value."""

    entries: Mapping[str, tuple[Scalar, Node]]
    line: int
    column: int


Node = Scalar | Seq | Map


def plain_data(node: Node) -> Any:
    """Turn a tree into dictionaries, lists and ``Written`` text, as the model takes them."""
    if isinstance(node, Scalar):
        return Written(node.text, plain=node.plain)
    if isinstance(node, Seq):
        return [plain_data(item) for item in node.items]
    return {key: plain_data(value) for key, (_, value) in node.entries.items()}


def at(root: Node, path: Path) -> Node:
    """What stands at a path that is written.

    Raises:
        KeyError: It is not.
    """
    node = root
    for step in path:
        if isinstance(node, Map) and isinstance(step, str):
            node = node.entries[step][1]
        elif isinstance(node, Seq) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            raise KeyError(step)
    return node


def place(root: Node, path: Path, *, key: bool = False) -> tuple[int, int]:
    """Tell line and column of what stands at a path; of its key, if ``key``.

    Where the path leads beyond what is written (a missing key, a short form), the deepest thing that is there answers: the key of a
    missing key's parent, the value of a short form.
    """
    node, spot = root, (root.line, root.column)
    for depth, step in enumerate(path):
        last = depth == len(path) - 1
        if isinstance(node, Map) and isinstance(step, str) and step in node.entries:
            name, node = node.entries[step]
            # An empty value has no place of its own that a person would look at.
            wants_key = (key and last) or (isinstance(node, Scalar) and not node.text and node.plain)
            spot = (name.line, name.column) if wants_key or not last else (node.line, node.column)
        elif isinstance(node, Seq) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            spot = (node.line, node.column)
        else:
            written_here = bool(node.text) if isinstance(node, Scalar) else isinstance(node, Seq)
            return (node.line, node.column) if written_here else spot
    return spot


def written(root: Node, path: Path) -> Path:
    """Leave out the steps that are not written, because the value stands in its short form."""
    node = root
    for depth, step in enumerate(path):
        if isinstance(node, Map):
            if step not in node.entries:
                return path
            node = node.entries[str(step)][1]
        elif isinstance(node, Seq) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return path[:depth]
    return path
