"""`sync links`: which left record is which right record; to look at, to keep elsewhere, to bring along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.errors import ConfigError, End, UserError

if TYPE_CHECKING:
    from syncengine.model.link import Link
    from syncengine.model.plan import LinkChange
    from syncengine.workspace import Workspace

COLUMNS = ("entity", "left_id", "right_id", "matched_by", "state")


@click.group()
def links() -> None:
    """Which left record is which right record.

    A link is the stored fact that two records are one entity. Links made elsewhere, such as by an older integration, can be imported
    before the first run; nothing is then guessed.
    """


@links.command(name="list")
@click.argument("entities", nargs=-1, metavar="[ENTITY]...")
@common_options
def list_links(entities: tuple[str, ...], project: Path, output: Output) -> End:
    """List the links."""
    from syncengine.report.shown import disarm
    from syncengine.workspace import open_workspace

    with open_workspace(project) as workspace:
        found = _links(workspace, entities)
    if output.json:
        _print_json(found, output)
        return End.DONE
    table = [[disarm(part) for part in _row(link)] for link in found]
    widths = [max((len(row[place]) for row in [list(COLUMNS), *table]), default=0) for place in range(len(COLUMNS))]
    shown = [
        "  ".join(f"{part:<{size}}" for part, size in zip(row, widths, strict=True)).rstrip()
        for row in [list(COLUMNS), *table]
    ]
    output.result("\n".join([*shown, "", f"{len(found):,} links."]) if found else "No links yet.", news=bool(found))
    return End.DONE


@links.command()
@click.argument("entities", nargs=-1, metavar="[ENTITY]...")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write to this file instead of stdout."
)
@common_options
def export(entities: tuple[str, ...], out: Path | None, project: Path, output: Output) -> End:
    """Print the links as CSV: entity,left_id,right_id,matched_by,state."""
    import csv
    import io

    from syncengine.cli.files import write_text
    from syncengine.report.shown import cell
    from syncengine.workspace import open_workspace

    with open_workspace(project) as workspace:
        found = _links(workspace, entities)
    if output.json:
        _print_json(found, output)
        return End.DONE
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell(part) for part in _row(link)] for link in found)
    if out is not None:
        write_text(out, text.getvalue())
        output.note(f"{len(found):,} links written to {out}.")
    else:
        output.result(text.getvalue().rstrip("\n"))
    return End.DONE


@links.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@common_options
def import_links(file: Path, project: Path, output: Output) -> End:
    """Bring links from a CSV file, as `sync links export` prints it.

    Needed are the columns entity, left_id and right_id; matched_by is "import" if it is not given. All links are taken or none; one
    that is there already is left as it is.
    """
    from syncengine.cli.files import read_text
    from syncengine.workspace import open_workspace

    text = read_text(file, "CSV file of links")
    with open_workspace(project, lock=True) as workspace:
        changes = _changes(text, file.name, workspace)
        store, clock = workspace.store, workspace.setting.clock
        with store.transaction():
            run = store.meta.begin_run("links import", clock.now())
            made = store.links.apply(changes, run)
            store.meta.end_run(run, at=clock.now(), end=int(End.DONE), counts={"links": made})
    if output.json:
        from syncengine.report.json import document

        output.document(document("links-import", read=len(changes), made=made))
    else:
        output.result(
            f"{made:,} links made, {len(changes) - made:,} were there already. What they bring: sync plan",
            news=bool(made),
        )
    return End.DONE


def _links(workspace: Workspace, entities: tuple[str, ...]) -> list[Link]:
    known = [entity.name for entity in workspace.entities]
    for entity in entities:
        if entity not in known:
            raise UserError(f'There is no entity "{entity}" in the mapping. It has: {", ".join(known)}.')
    return [link for link in workspace.store.links.all() if not entities or link.entity in entities]


def _row(link: Link) -> list[str]:
    return [link.entity, link.left_id, link.right_id, link.matched_by, link.state.value]


def _print_json(found: list[Link], output: Output) -> None:
    from syncengine.report.json import document

    output.document(document("links", links=[dict(zip(COLUMNS, _row(link), strict=True)) for link in found]))


def _changes(text: str, name: str, workspace: Workspace) -> list[LinkChange]:
    """Read the file; every fault with its line.

    Raises:
        ConfigError: A column is missing, or a line is no link of this mapping; nothing was imported.
    """
    import csv
    import io

    rows = csv.DictReader(io.StringIO(text, newline=""))
    missing = [column for column in COLUMNS[:3] if column not in (rows.fieldnames or ())]
    if missing:
        raise ConfigError(f"{name}:1: the columns {', '.join(missing)} are missing. Nothing was imported.")
    faults: list[str] = []
    changes: list[LinkChange] = []
    taken = _Taken(workspace)
    for row in rows:
        try:
            change = _change(row, set(taken.entities))
            taken.take(change)
            changes.append(change)
        except ValueError as error:
            faults.append(f"{name}:{rows.line_num}: {error}")
    if faults:
        more = [f"… and {len(faults) - 20:,} more"] if len(faults) > 20 else []
        raise ConfigError("\n".join([*faults[:20], *more, "Nothing was imported."]))
    return changes


def _change(row: dict[str, Any], entities: set[str]) -> LinkChange:
    from syncengine.model.link import LinkState
    from syncengine.model.plan import LinkChange
    from syncengine.report.shown import uncell

    entity, left, right, matched_by, state = (uncell((row.get(column) or "").strip()) for column in COLUMNS)
    if entity not in entities:
        raise ValueError(f'there is no entity "{entity}" in the mapping; it has: {", ".join(sorted(entities))}')
    try:
        known = LinkState(state or "linked")
    except ValueError:
        raise ValueError(f'there is no state "{state}"; there are: {", ".join(LinkState)}') from None
    if known is LinkState.LINKED and not (left and right):
        raise ValueError("left_id and right_id must both be given")
    return LinkChange(
        entity=entity, left_id=left, right_id=right, state=known, matched_by=matched_by or "import", why="imported"
    )


class _Taken:
    """Which records the store, and the file so far, link to which."""

    def __init__(self, workspace: Workspace) -> None:
        self.entities = {entity.name: entity for entity in workspace.entities}
        self._links = workspace.store.links
        self._file: dict[tuple[str, str, str], str] = {}

    def take(self, change: LinkChange) -> None:
        """Note a link; ValueError if it would give a record two partners where the mapping allows one."""
        from syncengine.model.link import LinkState
        from syncengine.model.record import Side

        if change.state is not LinkState.LINKED:
            return
        ids = {Side.LEFT: change.left_id, Side.RIGHT: change.right_id}
        for side in Side:
            if self.entities[change.entity].many is side.other:
                continue
            partner = self._file.setdefault((change.entity, side, ids[side]), ids[side.other])
            stored = [
                link for link in self._links.get(change.entity, side, ids[side]) if link.state is LinkState.LINKED
            ]
            others = {partner, *(link.right_id if side is Side.LEFT else link.left_id for link in stored)} - {
                ids[side.other]
            }
            if others:
                raise ValueError(f'{side} record "{ids[side]}" is linked to "{min(others)}" already')
