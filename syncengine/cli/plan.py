"""`sync plan`: what a run would write, and why; nothing is written."""

from __future__ import annotations

from pathlib import Path

import click

from syncengine.cli.files import write_text
from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.cli.show import Manner, Ticker, report_options, show_result
from syncengine.errors import End, worst


@click.command()
@click.argument("entities", nargs=-1, metavar="[ENTITY]...")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Keep the plan, for `sync apply FILE`."
)
@click.option("--full", is_flag=True, help="Read both sides whole, not only what changed.")
@click.option("--exit-code", is_flag=True, help="End 10 if there are changes.")
@common_options
@report_options
def plan(
    entities: tuple[str, ...],
    out: Path | None,
    full: bool,
    exit_code: bool,
    project: Path,
    output: Output,
    manner: Manner,
) -> End:
    """Show what would be written, and why. Writes nothing.

    Both sides are read; then every record that would be created, updated or deleted is shown, field by field, with what decided and
    where in sync.yaml that stands. A plan kept with -o is applied exactly as it was reviewed, or not at all.
    """
    from syncengine.workspace import open_workspace

    # Reading moves the mirror and the inbox, so it keeps out of another run's way.
    with open_workspace(project, lock=True, interactive=output.interactive) as workspace:
        with Ticker(output) as tell:
            result = workspace.plan(only=entities, full=full, tell=tell)
        if out is not None:
            write_text(out, workspace.save_plan(result))
        show_result(workspace, result, output, manner, saved=str(out) if out else "")
    return worst([result.end, End.CHANGES]) if exit_code and result.plan.operations else result.end
