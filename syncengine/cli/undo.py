"""`sync undo`: a plan that puts back what a run changed."""

from __future__ import annotations

from pathlib import Path

import click

from syncengine.cli.files import write_text
from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.cli.show import Manner, report_options, show_result
from syncengine.errors import End


@click.command()
@click.argument("run", type=int, required=False)
@click.option("--entry", "entries", type=int, multiple=True, metavar="N", help="One write instead. May be repeated.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the plan is kept.  [default: undo-RUN.json or undo-entry-N.json]",
)
@common_options
@report_options
def undo(
    run: int | None,
    entries: tuple[int, ...],
    out: Path | None,
    project: Path,
    output: Output,
    manner: Manner,
) -> End:
    """Plan to put back what a run changed. Writes nothing.

    RUN is the number of a run, as `sync history` lists them; the numbers of entries are in `sync history --run RUN`. Each field is put
    back only where its side still shows what was written then. Creates and deletes are not undone. The plan is kept as a file, and takes
    effect with `sync apply FILE`.
    """
    from syncengine.workspace import open_workspace

    if (run is None) is (not entries):
        raise click.UsageError("Say what is to be undone: sync undo RUN, or sync undo --entry N")
    with open_workspace(project, lock=True, interactive=output.interactive) as workspace:
        result = workspace.undo(run=run, entries=entries)
        file = out or Path(f"undo-{run}.json" if run is not None else f"undo-entry-{'-'.join(map(str, entries))}.json")
        if result.plan.operations:
            write_text(file, workspace.save_plan(result))
        show_result(workspace, result, output, manner, saved=str(file) if result.plan.operations else "")
    return End.DONE
