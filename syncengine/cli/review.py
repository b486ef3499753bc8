"""`sync review`: the inbox. Lists what waits for a person, shows it closely, takes decisions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.cli.show import is_masked, mask_option, painter, width
from syncengine.cli.who import as_option, name
from syncengine.errors import End, UserError

if TYPE_CHECKING:
    from syncengine.model.review import Review
    from syncengine.workspace import Workspace


@click.group()
def review() -> None:
    """The inbox: conflicts, matches, held and refused records.

    What the rules of sync.yaml cannot decide waits here until a person does, while everything else goes on. A decision is remembered
    and takes effect with the next run.
    """


@review.command(name="list")
@click.argument("entities", nargs=-1, metavar="[ENTITY]...")
@mask_option
@common_options
def list_items(entities: tuple[str, ...], mask: bool | None, project: Path, output: Output) -> End:
    """List what waits, with both ids and the reason."""
    from syncengine.report.inbox import make_inbox
    from syncengine.workspace import open_workspace

    with open_workspace(project) as workspace:
        items = _open(workspace, entities)
        masked = is_masked(workspace, mask)
        if output.json:
            from syncengine.report.json import document
            from syncengine.report.json import review as as_json

            known = {entity.name: entity for entity in workspace.entities}
            shown = [as_json(item, known.get(item.entity), masked=masked) for item in items]
            output.document(document("reviews", reviews=shown))
        else:
            text = make_inbox(items, workspace.entities, width=width(), paint=painter(output), masked=masked)
            output.result(text, news=bool(items))
    return End.DONE


@review.command()
@click.argument("number", type=int)
@mask_option
@common_options
def show(number: int, mask: bool | None, project: Path, output: Output) -> End:
    """Show one item: the records it is about side by side, and what can be decided."""
    from syncengine.model.record import Side
    from syncengine.report.inbox import make_item
    from syncengine.workspace import open_workspace

    with open_workspace(project) as workspace:
        item = _item(workspace, number)
        masked = is_masked(workspace, mask)
        entity = next((entity for entity in workspace.entities if entity.name == item.entity), None)
        if output.json:
            from syncengine.report.json import document
            from syncengine.report.json import review as as_json

            output.document(document("review", **as_json(item, entity, masked=masked)))
            return End.DONE
        mirror = workspace.store.mirror
        records = {}
        for side, ids in ((Side.LEFT, item.left_ids), (Side.RIGHT, item.right_ids)):
            found = mirror.get(item.entity, side, ids)
            records[side] = [found[id] for id in ids if id in found]
        layout = workspace.store.links.layout(item.entity)
        output.result(make_item(item, entity, layout, records, width=width(), paint=painter(output), masked=masked))
    return End.DONE


@review.command()
@click.argument("number", type=int, required=False)
@click.argument("decision", required=False)
@click.option("--left", metavar="ID", help="Of a match with several records: the one on the left.")
@click.option("--right", metavar="ID", help="Of a match with several records: the one on the right.")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Take many decisions from a file; - is stdin.",
)
@as_option
@common_options
def decide(
    number: int | None,
    decision: str | None,
    left: str | None,
    right: str | None,
    file: Path | None,
    who: str | None,
    project: Path,
    output: Output,
) -> End:
    """Decide one item, or many from a file.

    The decisions of an item are named by `sync review show NUMBER`; a system's name may stand for left or right. FILE is CSV with the
    columns number, decision and, for matches of several, left_id and right_id; or what `sync review list --json` printed, with a
    "decision" added to the items decided.
    """
    from syncengine.cli.decisions import Decided, read_decisions, take
    from syncengine.cli.files import read_text
    from syncengine.workspace import open_workspace

    if (file is None) == (number is None) or (number is not None and not decision):
        raise click.UsageError("Give NUMBER and DECISION, or --file FILE.")
    decided = (
        read_decisions(read_text(file, "list of decisions"))
        if file is not None
        else [Decided(number=number or 0, decision=decision or "", left_id=left or "", right_id=right or "")]
    )
    person = name(who)
    with open_workspace(project, lock=True) as workspace:
        take(workspace, decided, person)
    if output.json:
        from syncengine.report.json import document

        output.document(document("decisions", decided=[item.number for item in decided]))
    else:
        many = len(decided)
        output.result(
            f"{many:,} decided. {'It takes' if many == 1 else 'They take'} effect with the next run: sync plan",
            news=bool(many),
        )
    return End.DONE


def _open(workspace: Workspace, entities: tuple[str, ...]) -> list[Review]:
    known = [entity.name for entity in workspace.entities]
    for entity in entities:
        if entity not in known:
            raise UserError(f'There is no entity "{entity}" in the mapping. It has: {", ".join(known)}.')
    return [item for item in workspace.store.reviews.open() if not entities or item.entity in entities]


def _item(workspace: Workspace, number: int) -> Review:
    item = workspace.store.reviews.get(number)
    if item is None:
        raise UserError(f"There is no review {number}. What waits: sync review list")
    return item
