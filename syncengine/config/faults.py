"""Collects what is wrong with a file, to say all of it at once: ``sync.yaml:37:7   accounts.fields.Email: unknown key "onwer"``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from syncengine.config.tree import Path
from syncengine.errors import ConfigError
from syncengine.model.entity import Position
from syncengine.model.written import printable, shown

SHOWN = 50
"""Faults that are printed; a file that is wrong everywhere is not worth more lines."""

KEPT = 1_000
"""Faults that are kept; the rest are counted, so that a hostile file costs neither time nor memory."""

_ASKED = 2_000
"""Names among which the nearest is looked for."""

Manner = Literal["mean", "nearest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Names that could have been meant. Looked for only if the fault is printed: it costs time.

    Attributes:
        word: What was written.
        known: What could have been.
        manner: ``mean``: one that is surely close ("Did you mean …?"), else all if they are few; ``nearest``: the closest in any case.
    """

    word: str
    known: Sequence[str]
    manner: Manner = "mean"

    def text(self) -> str:
        """A sentence, with a space before it; "" if there is nothing to say."""
        known = sorted(set(self.known))
        if self.manner == "nearest":
            close = _nearest(self.word, known, 3, 0.2)
            return f" Nearest: {', '.join(shown(name) for name in close)}." if close else ""
        if close := _nearest(self.word, known, 1, 0.6):
            return f' Did you mean "{shown(close[0])}"?'
        return f" Known: {', '.join(shown(name) for name in known)}." if 0 < len(known) <= 30 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, told on one line. ``see``: a sentence that follows the hint."""

    at: Position
    where: str
    what: str
    hint: Hint | None = None
    see: str = ""

    def text(self) -> str:
        """The fault without its place."""
        what = f"{self.what}{'' if self.what.endswith(('.', '?')) else '.'}" if self.hint or self.see else self.what
        hint = self.hint.text() if self.hint else ""
        said = f"{what}{hint}{f' {self.see}' if self.see else ''}"
        # Names of the file stand in it as they were written.
        return printable(f"{self.where}: {said}" if self.where else said)


class Faults:
    """The faults of one file, in the order they were found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[Fault] = []
        self._more = 0

    def __len__(self) -> int:
        return len(self._found) + self._more

    def skip(self) -> bool:
        """Tell whether enough faults are kept; the one at hand is then counted only."""
        full = len(self._found) >= KEPT
        self._more += full
        return full

    def add(self, line: int, column: int, path: Path, what: str, *, hint: Hint | None = None, see: str = "") -> None:
        """Note a fault; line 0 if it has no place but the file."""
        if self.skip():
            return
        at = Position(file=self.file, line=line, column=column)
        self._found.append(Fault(at=at, where=where(path), what=what, hint=hint, see=see))

    def raise_any(self) -> None:
        """Do nothing if all is well.

        Raises:
            ConfigError: One line per fault, in the order of the file.
        """
        if self._found:
            raise ConfigError(render(self._found, self._more))


def render(faults: Iterable[Fault], more: int = 0) -> str:
    """Faults as text, one a line, places aligned, in the order of the file; ``more`` are counted only."""
    ordered = sorted(faults, key=lambda fault: (fault.at, fault.where, fault.what))
    places = [str(fault.at) if fault.at.line else fault.at.file for fault in ordered[:SHOWN]]
    width = max((len(place) for place in places), default=0)
    lines = [f"{place:<{width}}  {fault.text()}" for place, fault in zip(places, ordered[:SHOWN], strict=True)]
    unique = list(dict.fromkeys(lines))
    more += max(0, len(ordered) - SHOWN)
    if more:
        unique.append(f"and {more} more faults")
    return "\n".join(unique)


def where(path: Path) -> str:
    """A path as people write it: ``accounts.fields.Email``, ``items.match[1]``, ``systems.shop``."""
    steps = path[1:] if len(path) > 1 and path[0] == "entities" else path
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f"{'.' if text else ''}{shown(step)}"
    return text


def _nearest(word: str, known: Sequence[str], count: int, cutoff: float) -> list[str]:
    """The names most like a word, best first: what they share counts, a common beginning more, other lengths less; case does not."""
    from difflib import SequenceMatcher

    folded = word.casefold()[:100]
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(folded)
    found: list[tuple[float, str]] = []
    for name in known[:_ASKED]:
        other = name.casefold()[:100]
        favour = (0.1 if other[:1] == folded[:1] else 0.0) - 0.02 * abs(len(other) - len(folded))
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() + favour >= cutoff and matcher.quick_ratio() + favour >= cutoff:
            score = matcher.ratio() + favour
            if score >= cutoff:
                found.append((-score, name))
    found.sort()
    # Beside one that is surely meant, the far ones are noise.
    floor = 0.5 if found and -found[0][0] >= 0.7 else cutoff
    return [name for score, name in found[:count] if -score >= floor]
