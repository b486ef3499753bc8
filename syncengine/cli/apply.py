"""`sync apply`: a plan, exactly as it was reviewed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncengine.cli.files import read_text
from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.cli.show import Manner, Ticker, report_options, show_result
from syncengine.cli.who import as_option, name
from syncengine.errors import End

if TYPE_CHECKING:
    from syncengine.workspace import Workspace


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="[FILE]")
@click.option(
    "--allow", multiple=True, metavar="GUARD", help="Override one guard, for this plan only. May be repeated."
)
@click.option("--yes", is_flag=True, help="Without FILE: approve without being asked.")
@as_option
@common_options
@report_options
def apply(
    file: Path | None,
    allow: tuple[str, ...],
    yes: bool,
    who: str | None,
    project: Path,
    output: Output,
    manner: Manner,
) -> End:
    """Apply a plan as it was reviewed.

    FILE is what `sync plan -o FILE` kept; it is applied once, and only while it still shows what would be done. Without FILE the plan
    is made now, shown, and applied if you say yes.
    """
    from syncengine.workspace import open_workspace

    approver = name(who)
    text = read_text(file, "saved plan") if file is not None else None
    with open_workspace(project, lock=True, interactive=output.interactive) as workspace:
        if text is None:
            text, end = _reviewed(workspace, output, manner, allow, yes=yes)
            if text is None:
                return end
        with Ticker(output) as tell:
            result = workspace.apply(text, approved=approver, allow=allow, tell=tell)
        show_result(workspace, result, output, manner, allow=allow, brief=not manner.all)
    return result.end


def _reviewed(
    workspace: Workspace, output: Output, manner: Manner, allow: tuple[str, ...], *, yes: bool
) -> tuple[str | None, End]:
    """Make a plan, show it and ask; the plan's text, or None and the end if it is not to be applied."""
    with Ticker(output) as tell:
        result = workspace.plan(tell=tell)
    stopped = any(breach.guard not in allow for breach in result.plan.breaches)
    changes = bool(result.plan.operations or result.plan.links)
    if manner.format == "text" or stopped or not changes:
        show_result(workspace, result, output, manner, allow=allow)
    if stopped or not changes:
        return None, result.end
    if not yes and not output.confirm(
        "Apply this plan?", instead="sync apply --yes, or sync plan -o plan.json and sync apply plan.json"
    ):
        output.note("Nothing was written.")
        return None, result.end
    return workspace.save_plan(result), result.end
