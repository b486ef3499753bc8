"""`sync emulator`: a server on this machine that behaves as Exact Online does."""

from __future__ import annotations

import click

from syncengine.errors import End


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS]...")
def emulator(arguments: tuple[str, ...]) -> End:
    """Run a server that behaves as Exact Online does.

    Prints its address, client id and secret as one JSON line when it is ready, and serves until it is stopped. All its options are its
    own; see them with --help.
    """
    from exact_emulator.serve import main

    return End(main(list(arguments)))
