"""`sync check`: whether the project's files make sense, and with --online whether its systems can be reached."""

from __future__ import annotations

from pathlib import Path

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.errors import End


@click.command()
@click.option(
    "--online", is_flag=True, help="Ask the systems too: login, rights, the right administration. Changes nothing."
)
@common_options
def check(online: bool, project: Path, output: Output) -> End:
    """Check the project's files, offline unless asked.

    Every fault is shown with its line and column. Nothing is changed anywhere.
    """
    from syncengine.workspace import check as judge

    notes = judge(project, online=online)
    wrong = [note for note in notes if not note.ok]
    if output.json:
        from syncengine.report.json import document

        output.document(document("check", ok=not wrong, notes=[{"ok": note.ok, "text": note.text} for note in notes]))
    else:
        from syncengine.report.shown import lines

        shown = []
        for note in notes:
            mark = output.style("ok", fg="green") if note.ok else output.style("!!", fg="red", bold=True)
            first, *rest = lines(note.text)
            shown += [f"{mark}  {first}", *(f"    {line}" for line in rest)]
        output.result("\n".join(shown), news=bool(wrong))
    return End.LOGIN if wrong else End.DONE
