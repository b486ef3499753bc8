"""`sync state`: look after what a project remembers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.errors import End, StateError

if TYPE_CHECKING:
    from syncengine.care.tend import Copy, Erased


@click.group()
def state() -> None:
    """Look after what the project remembers: check, copy, restore, prune, forget.

    A state that is damaged ends 8, and nothing more is written to any side until it is restored.
    """


@state.command()
@common_options
def check(project: Path, output: Output) -> End:
    """Read everything the state holds and compare it with its sums.

    Every record, link, base, operation and checkpoint is compared with the sum it was stored with, and the journal is followed from its
    first entry to its last. Changes nothing.
    """
    from syncengine.care.tend import look, state_folder

    folder = state_folder(project)
    try:
        health = look(folder)
    except StateError as error:
        if output.json:
            output.document(_document("check", ok=False, problem=str(error)))
        raise
    if output.json:
        output.document(_document("check", ok=True, **_health(health)))
    else:
        output.result(
            f"{folder}: nothing is wrong.\n"
            f"  {health.records:,} records, {health.links:,} links, {health.operations:,} operations, {health.entries:,} journal entries, "
            f"{_size(health.bytes)}\n"
            f"  version {health.version}, serial {health.serial}, lineage {health.lineage[:8]}, last used on {health.host or 'no host'}",
            news=False,
        )
    return End.DONE


@state.command()
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="[FILE]")
@common_options
def backup(file: Path | None, project: Path, output: Output) -> End:
    """Copy the state into a new file, also while a run is at work.

    Without FILE the copy goes to the folder `backups` beside the state. The first run of each day makes one there by itself, and the
    last 7 of those are kept.
    """
    from syncengine.care.tend import back_up, state_folder

    made = back_up(state_folder(project), file)
    if output.json:
        output.document(_document("backup", **_copy(made)))
    else:
        output.result(f"{made.file}: {_size(made.bytes)}.")
    return End.DONE


@state.command()
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="[FILE]")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def restore(file: Path | None, yes: bool, project: Path, output: Output) -> End:
    """Put a backup in the state's place; without FILE, list the backups.

    All of the backup is looked at first, and what it replaces is kept beside it. The next run then only reads, looks up and links: what
    was written since the backup is not known, so anything else waits for an approved plan.
    """
    from syncengine.care.tend import backups, put_back, state_folder

    folder = state_folder(project)
    if file is None:
        found = backups(folder)
        if output.json:
            output.document(_document("backups", backups=[_copy(item) for item in found]))
        else:
            lines = [f"{item.file}  {_size(item.bytes)}" for item in found]
            output.result("\n".join(lines) or "There is no backup yet.", news=bool(lines))
        return End.DONE
    if not yes and not output.confirm(
        f"Put {file} in the place of the state in {folder}?", instead=f"sync state restore {file} --yes"
    ):
        output.note("Nothing was changed.")
        return End.DONE
    done = put_back(folder, file)
    if output.json:
        output.document(_document("restore", **_health(done.health), forgotten_again=done.again, untold=done.untold))
        return End.DONE
    lines = [f"{folder}: restored, {done.health.links:,} links and {done.health.records:,} records."]
    if done.again:
        lines.append(f"  {done.again:,} records of people who were forgotten since were erased again.")
    if done.untold:
        lines.append(f"  Look out: {done.untold}. Forget them again: sync state forget")
    output.result("\n".join([*lines, "  The next run only links. Look first: sync plan"]))
    return End.DONE


@state.command()
@click.option("--days", type=int, default=400, show_default=True, help="Keep this many days; at least 30.")
@common_options
def prune(days: int, project: Path, output: Output) -> End:
    """Drop history that is older; the first run of each day does it by itself.

    Journal entries, settled operations, runs, and records that are gone from their side. The journal's chain goes on from where it was
    cut.
    """
    from dataclasses import asdict

    from syncengine.care.tend import prune as drop
    from syncengine.care.tend import state_folder

    gone = drop(state_folder(project), days)
    if output.json:
        output.document(_document("prune", **asdict(gone)))
    else:
        output.result(
            f"Dropped: {gone.entries:,} journal entries, {gone.operations:,} operations, {gone.records:,} gone records, {gone.runs:,} runs.",
            news=any(asdict(gone).values()),
        )
    return End.DONE


@state.command()
@common_options
def unlock(project: Path, output: Output) -> End:
    """Say whether a run holds the lock, and which.

    The kernel keeps the lock and lets go of it when the process ends, however it ends: there is never a stale lock to remove. A run that
    hangs is ended by ending its process; what it had begun is noted, and the next run settles it.
    """
    from syncengine.care.tend import holder, state_folder

    who = holder(state_folder(project))
    if output.json:
        output.document(_document("unlock", free=who is None, holder=None if who is None else str(who)))
    elif who is None:
        output.result("Nobody holds the lock; the next run can begin.", news=False)
    else:
        output.result(
            f"A run is at work: {who}.\n  Wait for it. If it hangs, end its process there: kill {who.pid} (then kill -9 {who.pid}). The lock ends "
            "with it, and the next run settles what it had begun."
        )
    return End.DONE if who is None else End.LOCKED


@state.command()
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
    from syncengine.care import tend
    from syncengine.model.record import Side
    from syncengine.workspace import open_workspace

    with open_workspace(project) as workspace:
        rules = next((one for one in workspace.entities if one.name == entity), None)
        refers = [
            f"{other.name} ({rule.name})" for other in workspace.entities for rule in other.fields if rule.ref == entity
        ]
    folder = tend.state_folder(project)
    again = f"sync state forget {entity} {' '.join(ids)} --yes"
    if not yes and not output.confirm(f"Erase {len(ids)} of {entity} for good?", instead=again):
        output.note("Nobody was erased.")
        return End.DONE
    erased = tend.forget(folder, entity, ids, rules, None if side is None else Side(side))
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
    from syncengine.care.tend import settle, state_folder

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
    from syncengine.care.tend import people, state_folder

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


def _health(health: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(health)


def _copy(copy: Copy) -> dict[str, Any]:
    return {"file": str(copy.file), "bytes": copy.bytes}


def _size(number: int) -> str:
    return f"{number / 2**20:,.1f} MB" if number >= 2**20 else f"{number / 2**10:,.0f} kB"
