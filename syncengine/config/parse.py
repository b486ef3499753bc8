"""Bytes of a YAML file → a tree with places. Refuses what could be read two ways or could grow: it guesses nothing and expands nothing.

Built on ruamel.yaml's events (YAML 1.2), not on its constructors: no tag is resolved, no object made, no scalar converted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from syncengine.config.faults import Faults
from syncengine.config.tree import Map, Node, Scalar, Seq
from syncengine.model.written import shown

MAX_BYTES: Final = 512 * 1024
MAX_NODES: Final = 25_000
"""What a file may hold; pure Python reads that much in well under two seconds."""
MAX_DEPTH: Final = 20
MAX_ALIASES: Final = 20
MAX_ALIASED: Final = 200
"""Values that one alias may stand for."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\u2028\u2029]")
_TAB = re.compile("\t")
_KEY_SIZE = 200


def parse(data: bytes, faults: Faults) -> Node | None:
    """Read one document.

    Returns:
        Its tree; None if it cannot be read, with the reason among the faults. Faults that leave the rest readable (a duplicate key,
        a tag) are noted, and reading goes on.
    """
    text = _decode(data, faults)
    if text is None:
        return None
    builder = _Builder(faults)
    try:
        for event in _events(text):
            builder.take(event)
            if builder.stopped:
                return None
    except Exception as error:
        # Whatever the reader stumbles over, the file is no YAML.
        _note(error, faults)
        return None
    if builder.root is None:
        faults.add(1, 1, (), "the file is empty. A first mapping: sync init")
    return builder.root


def _decode(data: bytes, faults: Faults) -> str | None:
    """Bytes as text; None, with the reason noted, if they are not UTF-8 text without control characters and tabs."""
    if len(data) > MAX_BYTES:
        faults.add(0, 0, (), f"the file is larger than {MAX_BYTES // 1024} KiB, more than a mapping can be")
        return None
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        faults.add(line, column, (), f"byte 0x{data[error.start]:02x} is not UTF-8. Save the file as UTF-8")
        return None
    sound = True
    for found in [_FORBIDDEN.search(text), _TAB.search(text)]:
        if found:
            line = text.count("\n", 0, found.start()) + 1
            column = found.start() - (text.rfind("\n", 0, found.start()) + 1) + 1
            sign = (
                "a tab: indent and separate with spaces"
                if found[0] == "\t"
                else f"a control character, U+{ord(found[0]):04X}"
            )
            faults.add(line, column, (), sign)
            sound = False
    return text if sound else None


def _events(text: str) -> Iterator[Any]:
    from ruamel.yaml import YAML

    yield from YAML(typ="safe", pure=True).parse(text)


def _note(error: Exception, faults: Faults) -> None:
    """Note what ruamel says, at the place it names."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = str(getattr(error, "problem", None) or getattr(error, "context", None) or "this cannot be read")
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
    faults.add(line, column, (), f"no YAML: {shown(' '.join(said.split()), 120)}")


@dataclass(slots=True)
class _Open:
    """A list or map that is being read."""

    line: int
    column: int
    is_map: bool
    anchor: str | None
    first: int
    """How many nodes were read before it."""
    items: list[Node] = field(default_factory=list)
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    key: Scalar | None = None

    def done(self) -> Node:
        return Map(self.entries, self.line, self.column) if self.is_map else Seq(self.items, self.line, self.column)


@dataclass(frozen=True, slots=True)
class _Anchor:
    node: Node
    size: int
    home: tuple[str, ...]
    """The first two keys above it: an alias is understood within the same entity only."""


class _Builder:
    """Makes the tree from events, one at a time; without recursion, so that depth costs no stack."""

    def __init__(self, faults: Faults) -> None:
        self.root: Node | None = None
        self.stopped = False
        self._faults = faults
        self._open: list[_Open] = []
        self._anchors: dict[str, _Anchor] = {}
        self._nodes = 0
        self._aliases = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        """Go on by one event."""
        name = type(event).__name__
        if name == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                self._stop(event, "a second document begins here; a mapping is one")
            elif event.tags or (event.version and tuple(event.version) != (1, 2)):
                self._stop(event, "a % directive; the mapping language is plain YAML 1.2")
        elif name in ("MappingStartEvent", "SequenceStartEvent"):
            self._begin(event, is_map=name == "MappingStartEvent")
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            self._end()
        elif name == "ScalarEvent":
            self._scalar(event)
        elif name == "AliasEvent":
            self._alias(event)

    def _stop(self, event: Any, why: str) -> None:
        self._fault(event, why)
        self.stopped = True

    def _fault(self, event: Any, what: str) -> None:
        mark = event.start_mark
        self._faults.add(mark.line + 1, mark.column + 1, self._path(), what)

    def _path(self) -> tuple[str | int, ...]:
        steps = ((level.key.text if level.key else "") if level.is_map else len(level.items) for level in self._open)
        return tuple(step for step in steps if step != "")

    def _home(self) -> tuple[str, ...]:
        return tuple(str(step) for step in self._path()[:2])

    def _count(self, event: Any) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._stop(event, f"more than {MAX_NODES} values, more than a mapping can have")
        if event.ctag is not None:
            self._fault(event, f"the tag {shown(str(event.ctag), 40)}; values have no tags here")

    def _begin(self, event: Any, *, is_map: bool) -> None:
        self._count(event)
        parent = self._open[-1] if self._open else None
        if parent is not None and parent.is_map and parent.key is None:
            self._stop(event, "a list or map as a key; a key is a text")
        elif len(self._open) >= MAX_DEPTH:
            self._stop(event, f"nested more than {MAX_DEPTH} deep")
        mark = event.start_mark
        self._open.append(_Open(mark.line + 1, mark.column + 1, is_map, event.anchor, self._nodes - 1))

    def _end(self) -> None:
        level = self._open.pop()
        node = level.done()
        if level.anchor:
            self._anchors[level.anchor] = _Anchor(node, self._nodes - level.first, self._home())
        self._put(node)

    def _scalar(self, event: Any) -> None:
        self._count(event)
        mark = event.start_mark
        made = Scalar(event.value, event.style is None, mark.line + 1, mark.column + 1)
        if bad := _FORBIDDEN.search(made.text):
            self._fault(event, f"a control character, U+{ord(bad[0]):04X}")
        parent = self._open[-1] if self._open else None
        if parent is not None and parent.is_map and parent.key is None:
            self._key(event, parent, made)
            return
        if event.anchor:
            self._anchors[event.anchor] = _Anchor(made, 1, self._home())
        self._put(made)

    def _key(self, event: Any, parent: _Open, key: Scalar) -> None:
        if not key.text or len(key.text) > _KEY_SIZE:
            self._fault(event, "an empty key" if not key.text else f"a key of more than {_KEY_SIZE} characters")
        elif key.text == "<<" and key.plain:
            self._fault(event, 'the merge key "<<"; write the keys out, or use defaults')
        elif key.text in parent.entries:
            first = parent.entries[key.text][0]
            self._fault(event, f'duplicate key "{shown(key.text)}"; it stands at {first.line}:{first.column} already')
        parent.key = key

    def _alias(self, event: Any) -> None:
        anchor = self._anchors.get(event.anchor)
        parent = self._open[-1] if self._open else None
        self._aliases += 1
        if anchor is None:
            self._stop(event, f'the alias "*{shown(event.anchor)}" has no anchor before it')
        elif parent is not None and parent.is_map and parent.key is None:
            self._stop(event, "an alias as a key; a key is a text")
        elif self._aliases > MAX_ALIASES or anchor.size > MAX_ALIASED:
            self._stop(event, "too many aliases, or too large ones; write the values out, or use defaults")
        else:
            if anchor.home[:1] != ("entities",) or anchor.home != self._home():
                self._fault(
                    event,
                    f'the alias "*{shown(event.anchor)}" reaches out of its entity; write the values out, or use defaults',
                )
            self._nodes += anchor.size
            self._put(anchor.node)

    def _put(self, node: Node) -> None:
        """Hand a finished value to what it stands in."""
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if not parent.is_map:
            parent.items.append(node)
        elif parent.key is not None:
            # Of two equal keys the first stays: it is the one the fault points back to.
            parent.entries.setdefault(parent.key.text, (parent.key, node))
            parent.key = None
