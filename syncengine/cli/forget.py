"""`sync state forget`: erase people, and decide about those who are still there or return."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.errors import End

if TYPE_CHECKING:
    from syncengine.care.erase import Erased


@click.command()
@click.argument("entity", required=False)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--side", type=click.Choice(["left", "right"]), help="Whose ids they are, where both sides know one.")
@click.option("--backups", is_flag=True, help="Delete the backups that still tell of them, too.")
@click.option("--leave", type=int, metavar="N", help="Ask no more about number N, who is still there.")
@click.option("--take-back", type=int, metavar="N", help="Number N may be synced again.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def forget(
    entity: str | None,
    ids: tuple[str, ...],
    side: str | None,
    backups: bool,
    leave: int | None,
    take_back: int | None,
    yes: bool,
    project: Path,
    output: Output,
) -> End:
    """Erase people from the state; without arguments, list by number who was.

    Gone are the record, its partners, their bases, what waited about them, and what the journal held; its entries stay, empty, so that
    its chain holds. Salted digests stay too: whoever returns, or is still on a side, waits in the inbox and is not kept, created or
    filled. Nothing is deleted on the sides: do that there.
    """
    if leave is not None or take_back is not None:
        return _settle(leave, take_back, entity, project, output)
    if entity is None:
        return _people(project, output)
    if not ids:
        raise click.UsageError("Name the records: sync state forget ENTITY ID...")
    return _forget(entity, ids, side, project, output, backups=backups, yes=yes)


def _forget(
    entity: str, ids: tuple[str, ...], side: str | None, project: Path, output: Output, *, backups: bool, yes: bool
) -> End:
    from syncengine.care import erase, tend
    from syncengine.care.place import state_folder
    from syncengine.model.record import Side
    from syncengine.workspace import open_workspace

    with open_workspace(project) as workspace:
        rules = next((one for one in workspace.entities if one.name == entity), None)
        refers = [
            f"{other.name} ({rule.name})" for other in workspace.entities for rule in other.fields if rule.ref == entity
        ]
    folder = state_folder(project)
    again = f"sync state forget {entity} {' '.join(ids)} --yes"
    if not yes and not output.confirm(f"Erase {len(ids)} of {entity} for good?", instead=again):
        output.note("Nobody was erased.")
        return End.DONE
    erased = erase.forget(folder, entity, ids, rules, None if side is None else Side(side))
    files = sorted({file for one in erased for file in one.backups})
    made = tend.delete_backups(folder, files) if backups and files else None
    if output.json:
        people = [{"number": one.number, "records": one.records, "entries": one.entries, **_ids(one)} for one in erased]
        left = [] if backups else [str(file) for file in files]
        output.document(_document("forget", erased=people, backups=left, referring=refers))
        return End.DONE
    lines = [_told(entity, one) for one in erased]
    if backups:
        lines += [f"Deleted: {file}" for file in files] + ([f"Made anew: {made.file}"] if made else [])
    elif files:
        lines += ["These backups still tell of them:", *(f"  {file}" for file in files)]
        lines.append(f"  Delete them, then: sync state backup. Or do both at once: {again} --backups")
    if refers:
        lines.append(f"Records that refer to them are left as they are: {', '.join(refers)}.")
    lines.append("Plans and reports kept as files are not looked through, and on the sides nothing was deleted.")
    output.result("\n".join(lines))
    return End.DONE


def _told(entity: str, one: Erased) -> str:
    from syncengine.report.shown import disarm

    ids = " and ".join(f"{side} {disarm(id)}" for side, names in _ids(one).items() for id in names)
    return f"Erased from {entity}: {ids}; {one.entries:,} journal entries emptied. If they return they are number {one.number}."


def _ids(one: Erased) -> dict[str, list[str]]:
    return {side.value: list(names) for side, names in one.ids.items()}


def _settle(leave: int | None, take_back: int | None, entity: str | None, project: Path, output: Output) -> End:
    from syncengine.care.erase import settle
    from syncengine.care.place import state_folder

    if entity is not None or (leave is not None and take_back is not None):
        raise click.UsageError("Give one of ENTITY ID..., --leave N and --take-back N.")
    number = leave if leave is not None else take_back
    assert number is not None
    settle(state_folder(project), number, take_back=take_back is not None)
    if output.json:
        output.document(_document("forget", number=number, taken_back=take_back is not None))
    elif take_back is not None:
        output.result(f"Number {number} is synced again: sync plan")
    else:
        output.result(f"Nothing is asked about number {number} any more. The next run closes what waits.")
    return End.DONE


def _people(project: Path, output: Output) -> End:
    from syncengine.care.erase import people
    from syncengine.care.place import state_folder

    found = people(state_folder(project))
    if output.json:
        listed = [{"number": p.number, "on": p.on, "entity": p.entity, "left_alone": p.left_alone} for p in found]
        output.document(_document("forgotten", forgotten=listed))
        return End.DONE
    lines = [f"{p.number:>5}  {p.on}  {p.entity}{'  left alone' if p.left_alone else ''}" for p in found]
    output.result("\n".join(lines) or "Nobody was forgotten.", news=bool(lines))
    return End.DONE


def _document(kind: str, **content: Any) -> dict[str, Any]:
    from syncengine.report.json import document

    return document(f"state-{kind}", **content)
