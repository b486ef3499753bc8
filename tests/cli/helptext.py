"""What `--help` prints of every command, as docs/cli.md quotes it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from syncengine.cli.main import cli

WIDTH = 96


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every command by the words one types, groups included."""
    root = click.Context(cli, info_name="sync", terminal_width=WIDTH, **cli.context_settings)
    for name in cli.list_commands(root):
        command = cli.get_command(root, name)
        assert command is not None
        yield from _of(command, name, root)


def _of(command: click.Command, name: str, parent: click.Context) -> Iterator[tuple[str, click.Command, click.Context]]:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH)
    yield context.command_path.removeprefix("sync "), command, context
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from _of(found, inner, context)


def block(name: str, command: click.Command, context: click.Context) -> str:
    """The quoted help of one command, between its markers."""
    return f"<!-- help: {name} -->\n```text\n{command.get_help(context).strip()}\n```\n<!-- end -->"
