"""`sync webhooks`: which changes a system tells of, and to which address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.errors import End

_COLUMNS = ("topic", "url", "id")


@click.group()
def webhooks() -> None:
    """Let Exact tell of changes: list, subscribe, remove.

    A webhook is a hint that something changed; it carries no data, may come twice, late or never, and what it announces is read as in any run.
    """


def _system(function: click.decorators.FC) -> click.decorators.FC:
    return click.option("--system", metavar="NAME", help="Which system of sync.yaml, where several have webhooks.")(
        function
    )


@webhooks.command(name="list")
@_system
@common_options
def list_webhooks(system: str | None, project: Path, output: Output) -> End:
    """List the subscriptions of this app in the pinned administration."""
    return _show(_ask(project, system, action="list"), "list", "No subscriptions.", output)


@webhooks.command()
@click.argument("url")
@click.argument("topics", nargs=-1, required=True, metavar="TOPIC...")
@_system
@common_options
def subscribe(url: str, topics: tuple[str, ...], system: str | None, project: Path, output: Output) -> End:
    """Let changes of these topics be posted to URL.

    The address must be https and public: Exact tries it at once with an empty request, which it must answer with 200. A topic is subscribed once
    per app and administration; to change its address, remove it first.
    """
    return _show(_ask(project, system, action="subscribe", url=url, topics=topics), "subscribe", "", output)


@webhooks.command()
@click.argument("which", nargs=-1, metavar="[TOPIC | ID]...")
@click.option("--all", "everything", is_flag=True, help="Remove every subscription of this app.")
@_system
@common_options
def remove(which: tuple[str, ...], everything: bool, system: str | None, project: Path, output: Output) -> End:
    """Remove subscriptions, by topic or id."""
    if bool(which) is everything:
        raise click.UsageError("Name topics or ids, or give --all.")
    return _show(_ask(project, system, action="remove", topics=which), "remove", "Nothing to remove.", output)


def _ask(project: Path, system: str | None, **ask: object) -> Sequence[Mapping[str, str]]:
    from syncengine.workspace import webhooks as run

    return run(project, system, ask)


def _show(rows: Sequence[Mapping[str, str]], action: str, none: str, output: Output) -> End:
    if output.json:
        from syncengine.report.json import document

        output.document(document("webhooks", action=action, subscriptions=[dict(row) for row in rows]))
        return End.DONE
    from syncengine.report.shown import disarm

    table = [[disarm(row[name]) for name in _COLUMNS] for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    mark = {"subscribe": "+ ", "remove": "- "}.get(action, "")
    lines = [
        mark + "  ".join(f"{text:<{size}}" for text, size in zip(row, widths, strict=True)).rstrip() for row in table
    ]
    output.result("\n".join(lines) or none, news=bool(rows))
    return End.DONE
