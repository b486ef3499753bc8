"""`sync schema`: what may stand in sync.yaml, for editors and for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.errors import End, UserError

if TYPE_CHECKING:
    from syncengine.model.resource import FieldFacts, Resource


@click.command()
@click.option(
    "--list", "wanted", metavar="SYSTEM[.RESOURCE]", help="List a system's resources, or one resource's fields."
)
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the schema to this file.")
@common_options
def schema(wanted: str | None, out: Path | None, project: Path, output: Output) -> End:
    """Print the JSON Schema of sync.yaml, for editors.

    It knows this project's systems, resources and fields, so that an editor completes them. `sync init` puts one where the first line
    of sync.yaml looks for it.
    """
    import json

    if wanted is not None:
        return _list(wanted, project, output)
    from syncengine.cli.files import write_text
    from syncengine.workspace import project_schema

    made = project_schema(project)
    if out is None:
        output.document(made)
    else:
        write_text(out, json.dumps(made, ensure_ascii=False, indent=1) + "\n")
        output.note(f"Schema written to {out}.")
    return End.DONE


def _list(wanted: str, project: Path, output: Output) -> End:
    from syncengine.report.json import document
    from syncengine.workspace import open_workspace

    system, _, name = wanted.partition(".")
    with open_workspace(project) as workspace:
        known = workspace.setting.resources
        if system not in known:
            raise UserError(f'There is no system "{system}" in the mapping. It has: {", ".join(known)}.')
        resources = workspace.resources(system)
    if name and name not in resources:
        raise UserError(_no_resource(system, name, list(resources)))
    if name:
        fields = [_field(field) for field in _fields(resources[name])]
        if output.json:
            output.document(document("fields", system=system, resource=name, fields=fields))
        else:
            output.result("\n".join(_table([[f["name"], f["kind"], f["about"]] for f in fields])))
    elif output.json:
        output.document(document("resources", system=system, resources=[_resource(r) for r in resources.values()]))
    else:
        output.result(
            "\n".join(_table([[r.name, ", ".join(_can(r)), f"{len(r.fields)} fields"] for r in resources.values()]))
        )
    return End.DONE


def _no_resource(system: str, name: str, names: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=3)
    hint = f"Did you mean: {', '.join(near)}?" if near else f"List them: sync schema --list {system}"
    return f'{system} has no resource "{name}". {hint}'


def _fields(resource: Resource) -> list[FieldFacts]:
    return [resource.fields[name] for name in sorted(resource.fields)]


def _field(facts: FieldFacts) -> dict[str, str]:
    about = [
        *(["required"] if facts.required else []),
        *(["unique"] if facts.unique else []),
        *([f"at most {facts.max_length} characters"] if facts.max_length else []),
        *([f"refers to {facts.refers_to}"] if facts.refers_to else []),
        *(["read only"] if not facts.creatable and not facts.updatable else []),
        *(["on create only"] if facts.creatable and not facts.updatable else []),
        *(["personal"] if facts.personal else []),
        *([f"wants a ground: {facts.restricted}"] if facts.restricted else []),
    ]
    return {"name": facts.name, "kind": facts.kind.value, "about": ", ".join(about)}


def _resource(resource: Resource) -> dict[str, object]:
    return {"name": resource.name, "can": _can(resource), "fields": len(resource.fields), "key": list(resource.key)}


def _can(resource: Resource) -> list[str]:
    verbs = {"create": resource.create, "update": resource.update, "delete": resource.delete}
    return ["read", *(verb for verb, able in verbs.items() if able)]


def _table(rows: list[list[str]]) -> list[str]:
    from syncengine.report.shown import disarm

    cells = [[disarm(text) for text in row] for row in rows]
    widths = [max((len(row[place]) for row in cells), default=0) for place in range(len(cells[0]) if cells else 0)]
    return ["  ".join(f"{text:<{size}}" for text, size in zip(row, widths, strict=True)).rstrip() for row in cells]
