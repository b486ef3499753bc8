"""`sync history`: the runs there were, and every write they made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.cli.show import is_masked, mask_option
from syncengine.errors import End


@click.command()
@click.option("--run", "number", type=int, metavar="N", help="The writes of one run.")
@click.option("--entity", metavar="NAME", help="The writes to one entity.")
@click.option("--id", "id", metavar="ID", help="The writes to one record, by its id on either side, whole.")
@click.option("--writes", is_flag=True, help="The writes of all runs, not the runs themselves.")
@click.option("-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="The last so many.")
@mask_option
@common_options
def history(
    number: int | None,
    entity: str | None,
    id: str | None,
    writes: bool,
    limit: int,
    mask: bool | None,
    project: Path,
    output: Output,
) -> End:
    """List the runs, or the writes they made.

    Every write to a side has one entry: what stood there, what was written, by which rule, who approved it and what the side answered.
    """
    from collections import deque

    from syncengine.cli.status import describe_run, run_line
    from syncengine.report.json import document
    from syncengine.workspace import open_workspace

    with open_workspace(project) as workspace:
        if not writes and number is None and entity is None and id is None:
            now = workspace.setting.clock.now()
            runs = [run_line(run, now) for run in workspace.store.meta.runs(limit)]
            if output.json:
                output.document(document("history", runs=runs))
            else:
                output.result("\n".join(map(describe_run, runs)) or "No run yet.", news=bool(runs))
            return End.DONE
        masked = is_masked(workspace, mask)
        hidden = {entity.name: {rule.name for rule in entity.fields if rule.mask} for entity in workspace.entities}
        entries = deque(workspace.store.journal.entries(run=number, entity=entity, id=id), maxlen=limit)
    shown = [entry_document(entry, hidden.get(entry.entity), masked) for entry in entries]
    if output.json:
        output.document(document("history", entries=shown))
    else:
        lines = [line for entry in shown for line in describe_entry(entry)]
        output.result("\n".join(lines) or "Nothing was written.", news=bool(lines))
    return End.DONE


def entry_document(entry: Any, hidden: set[str] | None, masked: bool) -> dict[str, Any]:
    """One write as data.

    Args:
        entry: An ``Entry`` of the journal.
        hidden: Fields that are personal; None, which is all of them, if the mapping no longer has the entity.
    """
    from syncengine.model.values import from_json
    from syncengine.report.json import value
    from syncengine.report.shown import MASK, blind

    changes = []
    for change in entry.changes:
        hide = masked and (hidden is None or change["name"] in hidden)
        shown: dict[str, Any] = {"field": change["name"]}
        for name in ("before", "after"):
            stored = change[name]
            if stored == {}:
                continue
            pending = isinstance(stored, dict) and "p" in stored
            shown[name] = MASK if hide else stored["p"][2] if pending else value(from_json(stored))
        changes.append(shown | {"rule": change["rule"], "why": blind(change["why"]) if masked else change["why"]})
    return {
        "number": entry.number,
        "at": f"{entry.at:%Y-%m-%dT%H:%M:%SZ}",
        "run": entry.run,
        "plan": entry.plan,
        "entity": entry.entity,
        "side": entry.side.value,
        "action": entry.action,
        "id": entry.id,
        "partner": entry.partner,
        "changes": changes,
        "outcome": entry.outcome,
        "answer": blind(entry.answer) if masked else entry.answer,
        "approved": entry.approved,
    }


def describe_entry(entry: dict[str, Any]) -> list[str]:
    """One write for people."""
    from syncengine.report.shown import disarm, short_id

    by = f"   approved by {entry['approved']}" if entry["approved"] else ""
    answer = f": {entry['answer']}" if entry["answer"] else ""
    head = (
        f"{entry['number']:>5}  {entry['at']}  run {entry['run']}  {entry['entity']}  {entry['action']} on the {entry['side']}  "
        f"{short_id(entry['id'])}  {entry['outcome']}{answer}{by}"
    )
    told = []
    for change in entry["changes"]:
        before = f"{_shown(change['before'])} → " if "before" in change else ""
        told.append(f"         {change['field']}  {before}{_shown(change.get('after'))}   {change['rule']}")
    return [disarm(line) for line in (head, *told)]


def _shown(given: object) -> str:
    return "(empty)" if given is None else str(given)
