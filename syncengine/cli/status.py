"""`sync status`: how the project stands, without asking the sides anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.errors import End, worst
from syncengine.report.shown import waits

if TYPE_CHECKING:
    from syncengine.workspace import Workspace

LATE = 3.0
"""A run is overdue when this many of the usual intervals went by without one."""
REGULAR = 0.75
"""Share of the intervals that must be about the usual one, for there to be a rhythm at all."""


@click.command()
@click.option(
    "--exit-code", is_flag=True, help="End 3 if something waits, 5 if something is unsettled or a run is overdue."
)
@common_options
def status(exit_code: bool, project: Path, output: Output) -> End:
    """Say how the project stands and what waits.

    Tells from the local state only, without asking the sides: the last runs and how they ended, links and records per entity, how old
    what is known is, what waits for a person and what is not settled yet.
    """
    from syncengine.report.json import document
    from syncengine.workspace import open_workspace

    with open_workspace(project) as workspace:
        standing = _standing(workspace)
    if output.json:
        output.document(document("status", **standing))
    else:
        output.result(
            "\n".join(_text(standing)), news=bool(standing["waiting"] or standing["unsettled"] or standing["overdue"])
        )
    if not exit_code:
        return End.DONE
    late = standing["unsettled"] or standing["overdue"]
    return worst([End.WAITING if standing["waiting"] else End.DONE, End.LATER if late else End.DONE])


def _standing(workspace: Workspace) -> dict[str, Any]:
    from syncengine.model.record import Side

    store, now = workspace.store, workspace.setting.clock.now()
    waiting = Counter(item.entity for item in store.reviews.open())
    runs = store.meta.runs(20)
    entities = []
    for entity in workspace.entities:
        sides = {}
        for side in Side:
            checkpoint = store.checkpoint(entity.name, side)
            sides[side.value] = {
                "resource": str(entity.end(side)),
                "records": store.mirror.count(entity.name, side),
                "read": _stamp(checkpoint.taken),
                "read_whole": _stamp(checkpoint.full),
                "age_s": None if checkpoint.taken is None else int((now - checkpoint.taken).total_seconds()),
            }
        entities.append(
            {
                "name": entity.name,
                **sides,
                "linked": store.links.count(entity.name),
                "waiting": waiting[entity.name],
                "approved": store.meta.get(f"approved:{entity.name}") is not None,
            }
        )
    return {
        "project": str(workspace.root.resolve()),
        "environment": workspace.project.environment,
        "entities": entities,
        "waiting": sum(waiting.values()),
        "unsettled": Counter(noted.state.value for noted in store.journal.open() if noted.state.value != "parked"),
        "overdue": overdue(runs, now),
        "runs": [run_line(run, now) for run in runs[:5]],
    }


def run_line(run: Any, now: datetime) -> dict[str, Any]:
    """One ``Run`` of the state as data."""
    return {
        "run": run.number,
        "command": run.command,
        "started": _stamp(run.started),
        "age_s": int((now - run.started).total_seconds()),
        "seconds": None if run.ended is None else round((run.ended - run.started).total_seconds(), 1),
        "end": run.end,
        "end_name": "" if run.end is None else End(run.end).name.lower(),
        "plan": run.plan[:12],
        "counts": dict(run.counts),
    }


def describe_run(line: dict[str, Any]) -> str:
    """The same for people."""
    counts = ", ".join(f"{number:,} {what}" for what, number in line["counts"].items()) or "nothing written"
    ended = f"ended {line['end']} {line['end_name']}" if line["end"] is not None else "did not end"
    return f"{line['run']:>5}  {line['started']}  {line['command']:<12}  {ended}; {counts}"


def overdue(runs: Sequence[Any], now: datetime) -> str:
    """Why a run is overdue, by the rhythm of those before; "" if it is not, or if there is no rhythm: a person runs it now and then."""
    starts = sorted(run.started for run in runs if run.command == "run")
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(starts)]
    if len(gaps) < 4:
        return ""
    usual, silent = max(median(gaps), 60.0), (now - starts[-1]).total_seconds()
    regular = sum(usual / 2 <= gap <= usual * 1.5 for gap in gaps)
    if regular < len(gaps) * REGULAR or silent <= usual * LATE:
        return ""
    return f"usually every {span(usual)}, the last one {span(silent)} ago"


def span(seconds: float | None) -> str:
    """A length of time for people; "never" for None."""
    if seconds is None:
        return "never"
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {word}"
    return f"{max(seconds, 0):.0f} s"


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else f"{at - timedelta(microseconds=at.microsecond):%Y-%m-%dT%H:%M:%SZ}"


def _text(standing: dict[str, Any]) -> list[str]:
    out = [f"{standing['project']}{' (' + standing['environment'] + ')' if standing['environment'] else ''}", ""]
    widest = max((len(entity["name"]) for entity in standing["entities"]), default=0)
    for entity in standing["entities"]:
        left, right = entity["left"], entity["right"]
        line = f"{entity['name']:<{widest}}  {left['resource']} {left['records']:,} = {right['resource']} {right['records']:,}"
        ages = f"read {span(left['age_s'])} and {span(right['age_s'])} ago"
        told = "never read" if left["age_s"] is None and right["age_s"] is None else ages
        inbox = f", {waits(entity['waiting'])}" if entity["waiting"] else ""
        new = "" if entity["approved"] else "; its first run is not approved yet"
        out.append(f"{line}   {entity['linked']:,} linked{inbox}; {told}{new}")
    out += ["", *(["Last runs (UTC):", *map(describe_run, standing["runs"])] if standing["runs"] else ["No run yet."])]
    for state, number in standing["unsettled"].items():
        out.append(f"{number:,} {state}: not settled; the next run goes on with them: sync run")
    if standing["overdue"]:
        out.append(f"A run is overdue: {standing['overdue']}.")
    if standing["waiting"]:
        out.append(f"{waits(standing['waiting'])} for you: sync review list")
    return out
