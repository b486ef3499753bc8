"""`sync run`: plan and apply in one go, as from cron; never asks."""

from __future__ import annotations

from pathlib import Path

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.cli.show import Manner, Ticker, report_options, show_result
from syncengine.errors import End


@click.command()
@click.argument("entities", nargs=-1, metavar="[ENTITY]...")
@click.option("--full", is_flag=True, help="Read both sides whole, not only what changed.")
@common_options
@report_options
def run(entities: tuple[str, ...], full: bool, project: Path, output: Output, manner: Manner) -> End:
    """Plan and apply what needs nobody's approval.

    Made for cron: it never asks. The creates and overwrites of a first run, and whatever a guard stops, stay undone until a plan is
    approved; what waits for a person is counted, and the rest is done.
    """
    from syncengine.workspace import open_workspace

    with open_workspace(project, lock=True) as workspace:
        with Ticker(output) as tell:
            result = workspace.run(only=entities, full=full, tell=tell)
        show_result(workspace, result, output, manner)
    return result.end
