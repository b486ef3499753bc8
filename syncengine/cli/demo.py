"""`sync demo`: the example project, played from the first plan to a settled conflict."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncengine.cli.output import Output
from syncengine.errors import End, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = "webshop-csv"


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Play it in this new folder and keep it, to go on by hand.",
)
@click.option("--no-input", is_flag=True, help="Never ask; the demo asks nothing anyway.")
def demo(folder: Path | None, no_input: bool) -> End:
    """Watch a CSV export and an emulated Exact become one.

    60 customers, 90 contacts and 120 articles of a web shop meet an administration that holds some of them already, spelled its own
    way. Every step shows what you would type and what comes back, and is checked: if anything goes otherwise than told, the end is 1.
    Nothing leaves this machine.
    """
    from syncengine.cli.story import tell

    output = Output.open(json=False, quiet=False, no_input=no_input)
    with _stage(folder) as place:
        told = tell(place, output)
    if folder is None:
        output.result("To keep the project and go on by hand: sync demo --dir webshop")
    else:
        output.result(f"The project is yours: cd {folder}")
    return End.DONE if told else End.UNEXPECTED


@contextmanager
def _stage(folder: Path | None) -> Iterator[Path]:
    """The example's files in a folder of their own, which is the current one meanwhile."""
    before = Path.cwd()
    if folder is not None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(f"{folder} is there already and not empty. Name a new folder: sync demo --dir DIR")
        place = folder
        place.mkdir(parents=True, exist_ok=True)
    else:
        place = Path(tempfile.mkdtemp(prefix="sync-demo-"))
    try:
        set_up(place)
        os.chdir(place)
        yield place.resolve() if place.is_absolute() else (before / place).resolve()
    finally:
        os.chdir(before)
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


def set_up(place: Path) -> None:
    """Copy the example, and lay its Exact answers where the embedded emulator begins with them."""
    from syncengine.cli.shipped import example

    source = example(EXAMPLE)
    for name in ("sync.yaml", "shop"):
        if (source / name).is_dir():
            shutil.copytree(source / name, place / name)
        else:
            shutil.copy(source / name, place / name)
    seed = place / ".sync" / "emulator" / "seed"
    seed.mkdir(parents=True)
    (place / ".sync").chmod(0o700)
    for answer in sorted((source / "exact").glob("*.json")):
        shutil.copy(answer, seed / answer.name)
