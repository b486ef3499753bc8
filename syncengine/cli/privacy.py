"""`sync privacy`: what of people is processed, why, where and for how long."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.errors import End

if TYPE_CHECKING:
    from syncengine.care.privacy import Account, Processing


@click.command()
@common_options
def privacy(project: Path, output: Output) -> End:
    """Tell what of people is processed, why, where it lies and for how long.

    For whoever keeps the record of processing, and for people who ask. Told from sync.yaml and the state; no side is asked and nobody's
    data is shown. The reasons are the `note` and `ground` of each field.
    """
    from syncengine.care.privacy import account
    from syncengine.workspace import open_workspace

    with open_workspace(project) as workspace:
        told = account(workspace)
    if output.json:
        from syncengine.report.json import document

        output.document(document("privacy", **asdict(told)))
    else:
        from syncengine.report.shown import disarm

        output.result("\n".join(map(disarm, _text(told))))
    return End.DONE


def _text(told: Account) -> list[str]:
    out = ["Systems"]
    out += [f"  {one.name}: {one.connector} ({one.summary}); {one.identity}" for one in told.systems]
    for one in told.processing:
        out += ["", *_entity(one)]
    out += ["", "Kept"]
    for item in told.kept:
        out += [f"  {item.what}", f"    {item.where}; {item.how_long}"]
    out += ["", "Seen by", *(f"  {line}" for line in told.seen_by)]
    if told.forgotten:
        out += ["", f"{told.forgotten:,} forgotten: known by salted digests only."]
    if told.unexplained:
        out += ["", f"No reason is written for: {', '.join(told.unexplained)}. Write one as `note` of the field."]
    return out


def _entity(one: Processing) -> list[str]:
    by = f"; recognised by {', '.join(one.recognised_by)}" if one.recognised_by else ""
    out = [f"{one.entity}: {one.left} and {one.right}, {one.records:,} records known{by}"]
    widest = max((len(item.field) for item in one.fields), default=0)
    for item in one.fields:
        mark = "restricted" if item.restricted else "personal" if item.personal else ""
        why = "; ".join(
            filter(None, (item.why, item.restricted, item.ground and f"ground: {item.ground}")),
        )
        from_ = f" = {item.left}" if item.left and item.left != item.field else ""
        out.append(f"  {item.field:<{widest}}  {mark:<10}  {item.goes}{from_}{f'; {why}' if why else ''}")
    return out
