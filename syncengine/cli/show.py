"""Prints the outcome of a run in the form that was asked for, and follows a run while it goes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from syncengine.cli.output import Output

if TYPE_CHECKING:
    from syncengine.model.result import RunResult
    from syncengine.report.view import View
    from syncengine.workspace import Workspace

FORMATS = ("text", "json", "markdown", "html", "junit")
_STYLES: dict[str, dict[str, Any]] = {
    "+": {"fg": "green"},
    "~": {"fg": "yellow"},
    "-": {"fg": "red"},
    "!": {"fg": "magenta", "bold": True},
    "dim": {"dim": True},
    "strong": {"bold": True},
    "bad": {"fg": "red", "bold": True},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a result is to be shown.

    Attributes:
        mask: Hide personal data; None: as the mapping says, and if it says nothing, where output goes to CI.
        all: Every row, not the first of each kind only.
    """

    format: str = "text"
    mask: bool | None = None
    all: bool = False


def report_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--format``, ``--all`` and ``--mask/--no-mask``; the command gets ``manner: Manner``. Stands under ``common_options``."""

    @click.option("--format", "form", type=click.Choice(FORMATS), help="Form of the report.  [default: text]")
    @click.option("--all", "all_rows", is_flag=True, help="Show every record, not the first of each kind only.")
    @mask_option
    @wraps(function)
    def command(
        *args: object, output: Output, form: str | None, all_rows: bool, mask: bool | None, **options: object
    ) -> object:
        if form and output.json and form != "json":
            raise click.UsageError("--json and --format say different things; give one of them.")
        manner = Manner(format=form or ("json" if output.json else "text"), mask=mask, all=all_rows)
        return function(*args, output=output, manner=manner, **options)

    return command


def mask_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--mask/--no-mask``; the command gets ``mask: bool | None``."""
    return click.option(
        "--mask/--no-mask", default=None, help="Hide personal data, or show it.  [default: hidden where CI is set]"
    )(function)


def show_result(
    workspace: Workspace,
    result: RunResult,
    output: Output,
    manner: Manner,
    *,
    saved: str = "",
    allow: Sequence[str] = (),
    brief: bool = False,
) -> None:
    """Print a run's report.

    Args:
        saved: Name of the file the plan went to.
        allow: Guards that were overridden.
        brief: The plan was just reviewed: of its rows only those that failed are shown again.
    """
    from syncengine.report.view import make_view

    masked = is_masked(workspace, manner.mask)
    view = make_view(result, workspace.entities, masked=masked, saved=saved, allow=allow)
    if manner.format == "json":
        from syncengine.report.json import make_json

        output.document(make_json(view, workspace.entities, masked=masked))
    elif manner.format == "text":
        from syncengine.report.text import MOST, make_text

        most = None if manner.all else MOST
        output.result(make_text(view, width=width(), paint=painter(output), most=most, brief=brief), news=view.news)
    else:
        output.result(_page(view, manner.format))


def _page(view: View, form: str) -> str:
    if form == "markdown":
        from syncengine.report.markdown import make_markdown

        return make_markdown(view)
    if form == "html":
        from syncengine.report.html import make_html

        return make_html(view)
    from syncengine.report.junit import make_junit

    return make_junit(view)


def is_masked(workspace: Workspace, mask: bool | None) -> bool:
    """Tell whether personal data is hidden: as asked, else as the mapping says, else where output goes to CI."""
    if mask is not None:
        return mask
    told = str(workspace.document.mapping.report.mask)
    if told in ("always", "never"):
        return told == "always"
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def width() -> int:
    """Columns of the terminal, or of $COLUMNS; 100 where nobody says."""
    return shutil.get_terminal_size((100, 24)).columns


def painter(output: Output) -> Callable[[str, str], str]:
    """Colour for the roles of a text report; none where colour is not wanted."""
    return lambda text, role: output.style(text, **_STYLES.get(role, {}))


class Ticker:
    """Follows a run on one line of stderr, where that is a terminal; otherwise silent."""

    def __init__(self, output: Output) -> None:
        self._draws = output.progress
        self._read = 0
        self._written = 0

    def __call__(self, item: object) -> None:
        """Take a ``Reading`` or an ``Applied``."""
        if not self._draws:
            return
        if hasattr(item, "rows"):
            self._read += item.rows
            self._draw(f"read {self._read:,} records ({getattr(item, 'entity', '')})")
        else:
            self._written += 1
            self._draw(f"written {self._written:,}")

    def __enter__(self) -> Ticker:
        return self

    def __exit__(self, *_: object) -> None:
        if self._draws and (self._read or self._written):
            click.echo("\r\x1b[K", nl=False, err=True)

    def _draw(self, text: str) -> None:
        click.echo(f"\r\x1b[K{text[: max(width() - 1, 20)]}", nl=False, err=True)
