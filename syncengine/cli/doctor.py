"""`sync doctor`: one page of checks, each with what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.errors import End

_STYLES: dict[str, dict[str, Any]] = {
    "ok": {"fg": "green"},
    "warn": {"fg": "yellow"},
    "fail": {"fg": "red", "bold": True},
}


@click.command()
@common_options
def doctor(project: Path, output: Output) -> End:
    """Check everything around a project, and say what to do.

    Versions, mapping, state, disk, backups, lock, clock, logins and whether a run is overdue. No side is asked, nothing is changed and no
    secret is shown. Ends as a run would that meets the worst of it; warnings alone end 0. To ask the systems too: sync check --online
    """
    from syncengine.care.doctor import end_of, examine
    from syncengine.report.shown import disarm

    findings = examine(project, _overdue)
    end = end_of(findings)
    if output.json:
        from syncengine.report.json import document

        listed = [
            {"what": one.what, "level": one.level, "text": one.text, "do": one.do, "end": int(one.end)}
            for one in findings
        ]
        output.document(document("doctor", end=int(end), findings=listed))
        return end
    widest = max(len(one.what) for one in findings)
    out = []
    for one in findings:
        out.append(f"{output.style(f'{one.level:<4}', **_STYLES[one.level])}  {one.what:<{widest}}  {disarm(one.text)}")
        if one.do:
            out.append(f"{'':<{widest + 6}}  {disarm(one.do)}")
    output.result("\n".join(out), news=any(one.level != "ok" for one in findings))
    return end


def _overdue(project: Path) -> str:
    """Why a run is overdue, by the rhythm of those before; "" if it is not."""
    from syncengine.cli.status import overdue
    from syncengine.workspace import open_workspace

    with open_workspace(project) as workspace:
        return overdue(workspace.store.meta.runs(20), workspace.setting.clock.now())
