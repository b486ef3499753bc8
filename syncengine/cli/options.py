"""The options that commands share, each as a decorator.

@click.command()
@common_options
def status(project: Path, output: Output) -> End: ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from pathlib import Path
from typing import Any

import click

from syncengine.cli.output import Output

Function = Callable[..., Any]


def project_option(function: Function) -> Function:
    """Add ``-C/--project DIR``; the command gets ``project: Path``. Whether a project is there, the workspace says."""
    return click.option(
        "-C",
        "--project",
        type=click.Path(path_type=Path),
        default=Path(),
        envvar="SYNCENGINE_PROJECT",
        metavar="DIR",
        help="The project's folder; else $SYNCENGINE_PROJECT, else the current folder.",
    )(function)


def output_options(function: Function) -> Function:
    """Add ``--json``, ``-q``, ``-v`` and ``--no-input``; the command gets ``output: Output``."""

    @click.option("--json", "json", is_flag=True, help="Print one JSON document instead of text.")
    @click.option("-q", "--quiet", is_flag=True, help="Print nothing when nothing changed.")
    @click.option("-v", "--verbose", count=True, help="Log to stderr what is done; twice for more.")
    @click.option("--no-input", is_flag=True, help="Never ask; end instead, saying what to type.")
    @wraps(function)
    def command(*args: object, json: bool, quiet: bool, verbose: int, no_input: bool, **options: object) -> object:
        with _log_to_stderr(verbose) if verbose else nullcontext():
            return function(*args, output=Output.open(json=json, quiet=quiet, no_input=no_input), **options)

    return command


def common_options(function: Function) -> Function:
    """Add what every command on a project takes: ``project: Path`` and ``output: Output``."""
    return project_option(output_options(function))


@contextmanager
def _log_to_stderr(verbose: int) -> Iterator[None]:
    """Show the log: ids, counts and durations. Other libraries' loggers stay silent, for they print addresses."""
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s", "%H:%M:%S"))
    loggers = [logging.getLogger(name) for name in ("syncengine", "syncengine_connectors", "exact_emulator")]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG if verbose > 1 else logging.INFO)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
            logger.setLevel(logging.NOTSET)
