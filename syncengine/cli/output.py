"""Where a command prints: the result on stdout, everything else on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any, Self

import click

from syncengine.errors import UserError

_UNPRINTABLE = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "\N{REPLACEMENT CHARACTER}") | {
    ord("\n"): "\n",
    ord("\t"): "\t",
    # Direction marks can make a line read as something it is not.
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\N{REPLACEMENT CHARACTER}"),
}


def plain(text: str) -> str:
    """Replace what could steer a terminal: a side's own words may hold anything."""
    return text.translate(_UNPRINTABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What the person and the terminal asked for, and the ways to print.

    Attributes:
        json: The result is one JSON document.
        quiet: Nothing is printed when nothing changed, and no notes.
        interactive: A question may be asked: input is wanted and a person sits at both ends.
        colour: stdout is a terminal that shows colour, and NO_COLOR is not set.
        progress: stderr is a terminal, and progress may be drawn on it.
    """

    json: bool = False
    quiet: bool = False
    interactive: bool = False
    colour: bool = False
    progress: bool = False

    @classmethod
    def open(cls, *, json: bool, quiet: bool, no_input: bool) -> Self:
        """Look at the terminal and the environment once, at the start of a command."""
        smart = os.environ.get("TERM") != "dumb"
        return cls(
            json=json,
            quiet=quiet,
            interactive=not no_input and _is_terminal(sys.stdin) and _is_terminal(sys.stderr),
            colour=smart and not os.environ.get("NO_COLOR") and _is_terminal(sys.stdout),
            progress=smart and not quiet and _is_terminal(sys.stderr),
        )

    def result(self, text: str, *, news: bool = True) -> None:
        """Print the result. It is already safe to show: reports disarm what they quote.

        Args:
            news: False if nothing changed and nothing waits; then `-q` prints nothing.
        """
        if news or not self.quiet:
            click.echo(text, color=self.colour)

    def document(self, data: Mapping[str, object]) -> None:
        """Print the result as one JSON document; also with `-q`, for a program reads it."""
        import json

        click.echo(json.dumps(data, ensure_ascii=False, indent=2))

    def note(self, text: str) -> None:
        """Tell the person something that is not the result; silent with `-q`."""
        if not self.quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """Tell the person something they should know even with `-q`."""
        click.echo(plain(text), err=True)

    def style(self, text: str, **styles: Any) -> str:
        """Colour a piece of the result as ``click.style`` does; unchanged where colour is not wanted."""
        return click.style(text, **styles) if self.colour else text

    def confirm(self, question: str, *, instead: str) -> bool:
        """Ask yes or no, on stderr; no is the default.

        Args:
            instead: What to type where nobody can be asked, such as ``sync apply plan.json --yes``.

        Raises:
            UserError: Nobody can be asked.
        """
        if not self.interactive:
            raise UserError(f"{question} Nobody can be asked here. Instead: {instead}")
        return click.confirm(plain(question), err=True)


def _is_terminal(stream: IO[str] | None) -> bool:
    """Tell whether a person sits at this stream; a closed one has nobody."""
    return stream is not None and not stream.closed and stream.isatty()
