"""`sync login`: a person consents in the browser, and the project may go in from then on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.errors import End, UserError

_MOST = 128 * 1024
"""More of stdin is no secret."""


@click.command()
@click.option("--system", metavar="NAME", help="Which system of sync.yaml, where several need a login.")
@click.option(
    "--status", is_flag=True, help="Say whether the login stands and how long; asks nobody. Ends 6 if it does not."
)
@click.option("--divisions", is_flag=True, help="List the administrations this login can reach.")
@click.option("--paste", is_flag=True, help="Open no browser here: show the address, and paste back where it ended.")
@click.option("--keep", metavar="NAME", help="Keep a secret instead: ask for it, or read it from stdin.")
@common_options
def login(
    system: str | None,
    status: bool,
    divisions: bool,
    paste: bool,
    keep: str | None,
    project: Path,
    output: Output,
) -> End:
    """Log in to Exact Online, or see how long the login lasts.

    Opens the consent page in your browser. On a machine without one, --paste shows the address to open elsewhere. What is kept of the
    login lies encrypted in your own data folder, outside the project. So does a secret kept with --keep NAME, which sync.yaml then
    names as cred:NAME.
    """
    from syncengine.workspace import login as log_in

    if status and divisions:
        raise click.UsageError("Give one of --status and --divisions.")
    if keep is not None:
        if system or status or divisions or paste:
            raise click.UsageError("--keep stands alone.")
        return _keep(keep, output)
    said: list[str] = []
    action = "status" if status else "divisions" if divisions else "login"
    told: list[Mapping[str, object]] = []
    asked: dict[str, object] = {"action": action, "say": said.append, "found": told.append}
    if output.interactive and action == "login":
        asked |= {"show_url": _show_url(output, paste=paste), "read_answer": _read_answer}
    log_in(project, system, asked)
    if output.json:
        from syncengine.report.json import document

        output.document(document("login", action=action, lines=said))
    else:
        from syncengine.report.shown import disarm

        output.result("\n".join(map(disarm, said)))
    return End.DONE if all(status.get("logged_in", True) for status in told) else End.LOGIN


def _keep(name: str, output: Output) -> End:
    """Keep a secret that a person types unseen, or that comes in on stdin; it is never an argument, which others could read."""
    from syncengine.workspace import keep_secret

    if output.interactive:
        text: str = click.prompt(f"Secret {name}", err=True, hide_input=True)
    elif sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        # What is typed at a terminal that is merely read would stand on the screen.
        raise UserError(
            f"The secret {name} cannot be asked for here; nothing was kept. Instead: sync login --keep {name} < FILE"
        )
    else:
        try:
            text = sys.stdin.buffer.read(_MOST).decode()
        except UnicodeDecodeError:
            raise UserError("What came in on stdin is not UTF-8 text; nothing was kept.") from None
        text = text.removesuffix("\n").removesuffix("\r")
    path = keep_secret(name, text)
    if output.json:
        from syncengine.report.json import document

        output.document(document("login", action="secret", lines=[f"kept in {path}"]))
    else:
        output.result(f"Kept, encrypted, in {path}. In sync.yaml: cred:{name}")
    return End.DONE


def _show_url(output: Output, *, paste: bool) -> Callable[[str], None]:
    def show(url: str) -> None:
        opened = not paste and bool(click.launch(url) == 0)
        output.warn(
            "The consent page opens in your browser. If it does not, open:"
            if opened
            else "Open this page in a browser:"
        )
        output.warn(f"  {url}")

    return show


def _read_answer(prompt: str) -> str:
    # Not echoed: the address holds a code that is as good as a password for some minutes.
    answer: str = click.prompt(prompt, err=True, hide_input=True)
    return answer
