"""`sync state`: look after what a project remembers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncengine.cli.forget import forget
from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.errors import End, StateError

if TYPE_CHECKING:
    from syncengine.care.tend import Copy


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
    from syncengine.care.place import state_folder
    from syncengine.care.tend import look

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
    from syncengine.care.place import state_folder
    from syncengine.care.tend import back_up

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
    from syncengine.care.place import state_folder
    from syncengine.care.tend import backups, put_back

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

    Journal entries, settled operations, runs, records that are gone from their side, and items of the inbox that were closed. The
    journal's chain goes on from where it was cut; what people decided stays.
    """
    from dataclasses import asdict

    from syncengine.care.place import state_folder
    from syncengine.care.tend import prune as drop

    gone = drop(state_folder(project), days)
    if output.json:
        output.document(_document("prune", **asdict(gone)))
    else:
        output.result(
            f"Dropped: {gone.entries:,} journal entries, {gone.operations:,} operations, {gone.records:,} gone records, {gone.runs:,} runs, "
            f"{gone.reviews:,} closed items of the inbox.",
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
    from syncengine.care.place import state_folder
    from syncengine.care.tend import holder

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


state.add_command(forget)
