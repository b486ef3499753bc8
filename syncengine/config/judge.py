"""What judges a document: where it stands, and one short way to say what is wrong with it there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from syncengine.config.document import Document
from syncengine.config.faults import Faults, Hint
from syncengine.config.tree import written
from syncengine.model.entity import End
from syncengine.model.mapping import EntitySpec
from syncengine.model.record import Side
from syncengine.model.written import describe

_WORD = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_QUOTED = re.compile(r"""(["'])[^"']*\1""")
_BRACKETED = re.compile(r"""\[\s*["'](?:base\.)?([^"']*)["']\s*\]""")


@dataclass(frozen=True, slots=True)
class Judge:
    """A document and the faults found in it so far."""

    document: Document
    faults: Faults

    def fault(
        self,
        path: tuple[str | int, ...],
        what: str,
        *,
        key: bool = False,
        own: bool = False,
        hint: Hint | None = None,
        see: str = "",
    ) -> None:
        """Note what is wrong with the value at a path.

        Args:
            key: It is the key that is wrong, and the map around it that is named; with ``own``, what it leads to is named all the same.
        """
        if self.faults.skip():
            return
        at = self.document.at(*path, key=key)
        about = written(self.document.root, path[:-1] if key and not own else path)
        self.faults.add(at.line, at.column, about, what, hint=hint, see=see)

    def known(
        self, path: tuple[str | int, ...], what: str, word: str, names: Iterable[str], *, key: bool = False
    ) -> bool:
        """Tell whether a word is one of the names; note "unknown ``what``" if it is not."""
        names = list(names)
        if word in names:
            return True
        self.fault(path, f"unknown {what} {describe(word)}", key=key, hint=Hint(word=word, known=names))
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One entity under judgement.

    Attributes:
        sides: System name → side. One entry if both ends are of one system, which then has no side of its own.
    """

    judge: Judge
    name: str
    spec: EntitySpec
    left: End
    right: End
    sides: Mapping[str, Side]

    def path(self, *steps: str | int) -> tuple[str | int, ...]:
        """A path inside the entity."""
        return ("entities", self.name, *steps)

    def field_path(self, field: str, *steps: str | int) -> tuple[str | int, ...]:
        """A path inside one of its fields."""
        return self.path("fields", field, *steps)

    def end(self, side: Side) -> End:
        """The system and resource of one side."""
        return self.left if side is Side.LEFT else self.right


def ends(spec: EntitySpec) -> tuple[End, End]:
    """The two ends of an entity as its pair names them; a resource may have dots, a system has none."""
    left, right = (End(system=text.partition(".")[0], resource=text.partition(".")[2]) for text in spec.pair)
    return left, right


def scope(judge: Judge, name: str, spec: EntitySpec) -> Scope:
    """Put an entity under judgement."""
    left, right = ends(spec)
    sides = {left.system: Side.LEFT, right.system: Side.RIGHT}
    return Scope(judge=judge, name=name, spec=spec, left=left, right=right, sides=sides)


def match_fields(spec: EntitySpec) -> set[str]:
    """The fields by which partners are recognised."""
    return {field for rule in spec.match or () for field in rule.all}


def is_expression(text: str) -> bool:
    """Tell whether a rule is an expression: it is no single word, such as ``newest`` or a system's name."""
    return not _WORD.fullmatch(text)


def strangers(rule: str, systems: Iterable[str], own: Iterable[str]) -> set[str]:
    """The systems a rule names that are not an entity's own, be it a system's name or an expression."""
    named = {*_BRACKETED.findall(rule), *re.findall(r"\w+", _QUOTED.sub(" ", rule))} if is_expression(rule) else {rule}
    return named & (set(systems) - set(own))
