"""The command `sync`: a table of commands, each loaded when it is named, and one place that turns errors into ends.

A command is a function in a module of its own. It returns an ``End`` (None is DONE), raises ``SyncError`` for whatever it
cannot do, prints through ``cli.output`` and takes the shared options from ``cli.options``. To add one, write the
module and give it a line in ``COMMANDS``. This module imports click and the errors and nothing else: `sync --help`
must cost little more than the interpreter.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NoReturn

import click

from syncengine import __version__
from syncengine.cli.output import plain
from syncengine.errors import End, SyncError

COMMANDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Begin": {
        "init": ("syncengine.cli.init:init", "Make a project from a template."),
        "demo": ("syncengine.cli.demo:demo", "Watch a CSV export and an emulated Exact become one."),
        "login": ("syncengine.cli.login:login", "Log in to Exact Online, or see how long the login lasts."),
        "check": ("syncengine.cli.check:check", "Check the project's files, offline unless asked."),
        "schema": ("syncengine.cli.schema:schema", "Print the JSON Schema of sync.yaml, for editors."),
    },
    "Sync": {
        "plan": ("syncengine.cli.plan:plan", "Show what would be written, and why. Writes nothing."),
        "apply": ("syncengine.cli.apply:apply", "Apply a plan as it was reviewed."),
        "run": ("syncengine.cli.run:run", "Plan and apply what needs nobody's approval."),
        "undo": ("syncengine.cli.undo:undo", "Plan to put back what a run changed. Writes nothing."),
    },
    "Look and decide": {
        "status": ("syncengine.cli.status:status", "Say how the project stands and what waits."),
        "review": ("syncengine.cli.review:review", "The inbox: conflicts, matches, held and refused records."),
        "links": ("syncengine.cli.links:links", "Which left record is which right record."),
        "explain": ("syncengine.cli.explain:explain", "Tell all that is known of one record."),
        "webhooks": ("syncengine.cli.webhooks:webhooks", "Let Exact tell of changes: list, subscribe, remove."),
        "history": ("syncengine.cli.history:history", "List the runs, or the writes they made."),
    },
    "Look after it": {
        "doctor": ("syncengine.cli.doctor:doctor", "Check everything around a project, and say what to do."),
        "state": (
            "syncengine.cli.state:state",
            "Look after what the project remembers: check, copy, restore, prune, forget.",
        ),
        "privacy": (
            "syncengine.cli.privacy:privacy",
            "Tell what of people is processed, why, where it lies and for how long.",
        ),
    },
    "Develop": {
        "emulator": ("syncengine.cli.emulator:emulator", "Run a server that behaves as Exact Online does."),
    },
}
"""Section of the help → command → (module:function, short help). The short help is the first line of the command's own."""

_TARGETS = {name: entry for section in COMMANDS.values() for name, entry in section.items()}


_OURS = ("syncengine", "exact_emulator")

_OBJECTS = 100_000
"""New objects after which garbage is looked for."""


class SyncGroup(click.Group):
    """A click group that imports a command only when it is run, completed or asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of the table."""
        return list(_TARGETS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None if there is no such name."""
        if cmd_name not in _TARGETS:
            return None
        module, _, function = _TARGETS[cmd_name][0].partition(":")
        command = getattr(import_module(module), function)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}:{function} is no click command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one may have been meant."""
        name = args[0]
        if name not in _TARGETS and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(_no_such_command(name), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, so that help imports none of them."""
        widest = max(map(len, _TARGETS))
        for title, commands in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), short) for name, (_, short) in commands.items()])

    def main(  # type: ignore[override]  # click's own is overloaded on standalone_mode, which has no meaning here
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run one command line and leave the interpreter with its end."""
        arguments = list(sys.argv[1:] if args is None else args)
        sys.exit(_end_of(self, arguments, prog_name or _called_as(), extra))


@click.group(
    cls=SyncGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, message="syncengine %(version)s")
@click.option("--traceback", is_flag=True, help="Show where an unexpected error came from.")
@click.pass_context
def cli(ctx: click.Context, traceback: bool) -> None:
    """Keep master data equal in Exact Online and another system, in both directions.

    The first steps: `sync demo` to see it, `sync init` to begin. `sync COMMAND --help` tells more.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        # Where PATH puts us before coreutils, a script's bare `sync` means: flush the disks. So do that too.
        os.sync()


def main() -> NoReturn:
    """Be the program `sync`, also known as `syncengine`."""
    # Loading modules makes objects by the ten thousand, a big run by the million, and hardly any are garbage that holds itself: to look
    # for it is a tenth of a start and a fifth of such a run.
    gc.set_threshold(_OBJECTS, 50, 100)
    # Nobody reads along what a mapping says; and to look for such a plugin opens a file of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks must not end a run.
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        cli.main()
    finally:
        # An interpreter that ends looks through all objects several times over, for garbage that ends with it: a sixth of a short run.
        gc.freeze()


def call(arguments: Sequence[str]) -> int:
    """Run one command line inside this process, as if it had been typed; give its end."""
    return _end_of(cli, [*arguments], _called_as(), {})


def _end_of(group: SyncGroup, arguments: list[str], program: str, extra: Mapping[str, Any]) -> int:
    """Run the command line and translate whatever leaves it into an exit status."""
    try:
        if completion := os.environ.get(f"_{program.upper()}_COMPLETE"):
            return _complete(group, program, completion)
        with group.make_context(program, [*arguments], **extra) as ctx:
            end = End(group.invoke(ctx) or End.DONE)
        _flush()
        return end
    except click.exceptions.Exit as done:
        return done.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("\nStopped. What was begun is noted; run the same command again to go on.")
        return End.INTERRUPTED
    except SystemExit as stop:
        if stop.code == End.TERMINATED:
            _say("Stopped by SIGTERM. What was begun is noted; run the same command again to go on.")
        raise
    except click.ClickException as wrong:
        wrong.show()
        return End.CONFIG
    except SyncError as error:
        _show_traceback(arguments)
        _say(str(error))
        return error.end
    except Exception as error:
        return _unexpected(error, arguments)


def _unexpected(error: Exception, arguments: Sequence[str]) -> int:
    """Report a fault of ours, or that stdout cannot be written, which is none."""
    if isinstance(error, OSError) and _came_from_printing(error):
        _abandon_stdout()
        if isinstance(error, BrokenPipeError):
            return 128 + signal.SIGPIPE  # what the shell reports of any program that `head` cut off
        _say(f"The result could not be printed: {error.strerror}.")
    elif not _show_traceback(arguments):
        _say(f"Unexpected error: {_brief(error)}.")
        _say("  This is a fault in syncengine. Set SYNCENGINE_DEBUG=1 to see where it came from.")
    return End.UNEXPECTED


def _brief(error: Exception) -> str:
    """Name an unforeseen error and its place; its own words may hold a secret or a person, so only the system's are kept."""
    words = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    ours = [
        f"{module}, line {place.tb_lineno}"
        for place in _places(error)
        if (module := str(place.tb_frame.f_globals.get("__name__", ""))).startswith(_OURS)
    ]
    return f"{type(error).__name__}{words} in {ours[-1]}"


def _came_from_printing(error: BaseException) -> bool:
    """Tell whether the innermost call was one that prints."""
    place = _places(error)[-1]
    return (place.tb_frame.f_globals.get("__name__"), place.tb_frame.f_code.co_name) in (
        ("click.utils", "echo"),
        (__name__, "_flush"),
    )


def _places(error: BaseException) -> list[TracebackType]:
    """List the calls an error passed through, outermost first."""
    places, place = [], error.__traceback__
    while place is not None:
        places.append(place)
        place = place.tb_next
    return places


def _show_traceback(arguments: Sequence[str]) -> bool:
    """Print the traceback of the error being handled, if it was asked for; say whether it was."""
    wanted = os.environ.get("SYNCENGINE_DEBUG", "") not in ("", "0") or arguments[:1] == ["--traceback"]
    if wanted:
        import traceback

        traceback.print_exc()
    return wanted


def _no_such_command(name: str) -> str:
    """Word the refusal of a command that does not exist."""
    from difflib import get_close_matches

    close = get_close_matches(name, _TARGETS, n=1)
    meant = f' Did you mean "{close[0]}"?' if close else f" There are: {', '.join(_TARGETS)}."
    return f'There is no command "{name}".{meant}'


def _complete(group: SyncGroup, program: str, instruction: str) -> int:
    """Answer the shell that completes a command line."""
    from click.shell_completion import shell_complete

    return shell_complete(group, {}, program, f"_{program.upper()}_COMPLETE", instruction)


def _called_as() -> str:
    """Tell by which of our two names we were called."""
    return "syncengine" if Path(sys.argv[0]).name == "syncengine" else "sync"


def _flush() -> None:
    """Bring what was printed to its reader now, while a failure can still be told."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _abandon_stdout() -> None:
    """Send what is still buffered nowhere, so that the interpreter's exit stays quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(text: str) -> None:
    """Print a line for the person, to stderr."""
    click.echo(plain(text), err=True)


def _terminate(signal_number: int, frame: FrameType | None) -> NoReturn:
    """Leave through every `finally`, as Ctrl-C does."""
    raise SystemExit(int(End.TERMINATED))
