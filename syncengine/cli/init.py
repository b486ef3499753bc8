"""`sync init`: a new project from a template."""

from __future__ import annotations

import json
from pathlib import Path

import click

from syncengine.cli.options import output_options
from syncengine.cli.output import Output
from syncengine.errors import End, SyncError, UserError

FIRST = "csv-accounts-contacts"
"""The template taken where none is named."""

IGNORED = """# What syncengine keeps beside the mapping: local state with personal data, and plans.
.sync/
plan.json
"""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path(), metavar="[DIR]")
@click.option("--template", metavar="NAME", help=f"Which mapping to begin with.  [default: {FIRST}]")
@click.option("--list", "only_list", is_flag=True, help="List the templates instead.")
@output_options
def init(folder: Path, template: str | None, only_list: bool, output: Output) -> End:
    """Make a project from a template.

    Writes sync.yaml, a .gitignore for what must not be kept in git, and the schema by which an editor completes and checks sync.yaml.
    Nothing that is there is overwritten.
    """
    from syncengine.report.json import document

    known = _templates()
    if only_list:
        if output.json:
            output.document(document("templates", templates={name: _about(path) for name, path in known.items()}))
            return End.DONE
        widest = max(map(len, known))
        output.result("\n".join(f"{name:<{widest}}  {_about(path)}" for name, path in known.items()))
        return End.DONE
    name = template or (FIRST if FIRST in known else next(iter(known)))
    if name not in known:
        from difflib import get_close_matches

        near = get_close_matches(name, known, n=1)
        hint = f' Did you mean "{near[0]}"?' if near else ""
        raise UserError(f'There is no template "{name}".{hint} There are: {", ".join(known)}.')
    mapping = folder / "sync.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with mapping.open("x", encoding="utf-8") as file:
            file.write(known[name].read_text("utf-8"))
        ignored = _ignore(folder / ".gitignore")
        schema = _schema(folder)
    except FileExistsError:
        raise UserError(f"{mapping} is there already; nothing was written. Another project: sync init DIR") from None
    except OSError as error:
        raise UserError(f"{folder} cannot be written to: {error.strerror}.") from None
    if output.json:
        made = [mapping, folder / ".gitignore", schema] if ignored else [mapping, schema]
        output.document(document("init", template=name, written=[str(path) for path in made]))
        return End.DONE
    where = "" if folder == Path() else f" -C {folder}"
    output.result(
        "\n".join(
            [
                f"{mapping}   from template {name}: fill in your systems and fields",
                *([f"{folder / '.gitignore'}   keeps .sync/ out of git"] if ignored else []),
                f"{schema}   lets your editor complete and check sync.yaml",
                "",
                f"Then: sync check{where}",
            ]
        ),
        news=False,
    )
    return End.DONE


def _templates() -> dict[str, Path]:
    """Template name → file, sorted.

    Raises:
        SyncError: There are none: the installation is damaged.
    """
    from syncengine.cli.shipped import templates

    found = {path.stem: path for path in sorted(templates().glob("*.yaml"))}
    if not found:
        raise SyncError("There are no templates: the installation is damaged. Nothing was touched.")
    return found


def _about(path: Path) -> str:
    """The first comment of a template that is no instruction to an editor."""
    for line in path.read_text("utf-8").splitlines():
        text = line.strip("# ").strip()
        if line.startswith("#") and text and not text.startswith("yaml-language-server"):
            return text
    return ""


def _ignore(path: Path) -> bool:
    """Keep the state out of git, unless somebody said so already; True if anything was written."""
    there = path.read_text("utf-8", "replace") if path.exists() else ""
    if any(line.strip().rstrip("/") in (".sync", "/.sync") for line in there.splitlines()):
        return False
    with path.open("a", encoding="utf-8") as file:
        file.write(("\n" if there and not there.endswith("\n") else "") + IGNORED)
    return True


def _schema(folder: Path) -> Path:
    """Write the editor's schema where the mapping's first lines look for it: the project's own, if all it names is there already."""
    from syncengine.cli.shipped import language_schema
    from syncengine.workspace import project_schema

    target = folder / ".sync" / "sync.schema.json"
    target.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        text = json.dumps(project_schema(folder), ensure_ascii=False, indent=1) + "\n"
    except SyncError:
        # The template names files and secrets that are not there yet; `sync schema` makes the better one later.
        text = language_schema()
    target.write_text(text, encoding="utf-8")
    return target
