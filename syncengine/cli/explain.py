"""`sync explain`: one record: its link, both sides' values, what they last agreed on, and what was written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncengine.cli.options import common_options
from syncengine.cli.output import Output
from syncengine.cli.show import is_masked, mask_option
from syncengine.errors import End, UserError

if TYPE_CHECKING:
    from syncengine.model.entity import Entity
    from syncengine.model.link import Link
    from syncengine.model.record import Side, Value
    from syncengine.workspace import Workspace


@click.command()
@click.argument("entity")
@click.argument("id")
@mask_option
@common_options
def explain(entity: str, id: str, mask: bool | None, project: Path, output: Output) -> End:
    """Tell all that is known of one record.

    ID is that of either side, whole or its beginning. Shown are the link, each field as both sides showed it last and when they last
    agreed, what waits, and the last writes.
    """
    from syncengine.report.json import document
    from syncengine.workspace import open_workspace

    with open_workspace(project) as workspace:
        found = _entity(workspace, entity)
        side, whole = _record(workspace, found, id)
        story = _story(workspace, found, side, whole, masked=is_masked(workspace, mask))
    if output.json:
        output.document(document("explain", **story))
    else:
        output.result("\n".join(_text(story)))
    return End.DONE


def _entity(workspace: Workspace, name: str) -> Entity:
    for entity in workspace.entities:
        if entity.name == name:
            return entity
    raise UserError(
        f'There is no entity "{name}". There are: {", ".join(entity.name for entity in workspace.entities)}.'
    )


def _record(workspace: Workspace, entity: Entity, id: str) -> tuple[Side, str]:
    """The side and whole id of a record named by its id or the beginning of one."""
    from syncengine.model.record import Side

    mirror = workspace.store.mirror
    exact = [(side, id) for side in Side if mirror.get(entity.name, side, [id])]
    if exact:
        return exact[0]
    near = [
        (side, row.id)
        for side in Side
        for row in mirror.rows(entity.name, side)
        if row.id.lower().startswith(id.lower())
    ]
    if len(near) == 1:
        return near[0]
    if near:
        some = ", ".join(f"{entity.end(side).system} {whole}" for side, whole in near[:8])
        raise UserError(f'{len(near)} records of {entity.name} begin with "{id}": {some}. Give more of it.')
    raise UserError(f'No record of {entity.name} with id "{id}" was read so far. What is there is read by: sync plan')


def _story(workspace: Workspace, entity: Entity, side: Side, id: str, *, masked: bool) -> dict[str, Any]:
    from syncengine.cli.history import entry_document
    from syncengine.model.record import Side
    from syncengine.report.json import review

    store = workspace.store
    links = store.links.get(entity.name, side, id)
    link = links[0] if links else None
    ids = {side: id}
    if link is not None:
        ids = {Side.LEFT: link.left_id, Side.RIGHT: link.right_id}
    rows = {one: store.mirror.get(entity.name, one, [ids[one]]).get(ids[one]) if ids.get(one) else None for one in Side}
    hidden = {rule.name for rule in entity.fields if rule.mask}
    entries = [entry for one in ids for entry in store.journal.entries(entity=entity.name, id=ids[one]) if ids[one]]
    unique = {entry.number: entry for entry in entries}
    waiting = [
        item for item in store.reviews.open(entity.name) if any(ids.get(one, "\0") in _ids(item, one) for one in Side)
    ]
    return {
        "entity": entity.name,
        "left": _side(entity, Side.LEFT, ids, rows),
        "right": _side(entity, Side.RIGHT, ids, rows),
        "link": _link(link),
        "links": len(links),
        "fields": _fields(entity, store.links.layout(entity.name), link, rows, hidden if masked else set()),
        "reviews": [review(item, entity, masked=masked) for item in waiting],
        "entries": [entry_document(unique[number], hidden, masked) for number in sorted(unique)[-5:]],
    }


def _ids(item: Any, side: Side) -> Sequence[str]:
    return tuple(item.left_ids if side.value == "left" else item.right_ids)


def _side(entity: Entity, side: Side, ids: dict[Side, str], rows: dict[Side, Any]) -> dict[str, Any]:
    row = rows.get(side)
    return {
        "resource": str(entity.end(side)),
        "id": ids.get(side, ""),
        "presence": "" if row is None else row.presence.value,
        "in_scope": row is not None and row.in_scope,
        "inactive": row is not None and row.inactive,
        "problem": "" if row is None else row.problem,
        "notes": [] if row is None else list(row.notes),
        "modified": None if row is None or row.modified is None else f"{row.modified:%Y-%m-%dT%H:%M:%SZ}",
    }


def _link(link: Link | None) -> dict[str, Any] | None:
    if link is None:
        return None
    return {"state": link.state.value, "matched_by": link.matched_by, "run": link.run, "agreed": link.base is not None}


def _fields(
    entity: Entity, layout: Sequence[str], link: Link | None, rows: dict[Side, Any], hidden: set[str]
) -> list[dict[str, Any]]:
    from syncengine.model.record import ABSENT, Side
    from syncengine.report.json import value
    from syncengine.report.shown import MASK

    lines = {rule.name: rule.at.line for rule in entity.fields}
    base = link.base if link is not None else None
    fields = []
    for place, name in enumerate(layout):

        def at(values: Sequence[Value], place: int = place) -> Value:
            return values[place] if place < len(values) else ABSENT

        shown: dict[str, Value] = {}
        for side in Side:
            row = rows.get(side)
            shown[side.value] = ABSENT if row is None else at(row.values)
        if base is not None:
            shown |= {"base_left": at(base.left), "base_right": at(base.right)}
        told = {k: MASK if name in hidden and v is not None else value(v) for k, v in shown.items() if v is not ABSENT}
        fields.append({"field": name, "line": lines.get(name, 0), **told})
    return fields


def _text(story: dict[str, Any]) -> list[str]:
    from syncengine.cli.history import describe_entry
    from syncengine.report.shown import disarm

    link = story["link"]
    shown = [side for side in ("left", "right") if story[side]["id"]]
    out = [f"{story['entity']}   {' = '.join(_who(story[side]) for side in shown)}"]
    if link:
        agreed = "" if link["agreed"] else "; they never agreed on a value yet"
        by = {"create": "made by us", "person": "linked by a person", "import": "imported"}
        how = by.get(link["matched_by"], f"matched by {link['matched_by']}")
        more = f"; {story['links'] - 1} more records of the other side are linked to it" if story["links"] > 1 else ""
        out.append(f"    {link['state']}, {how} in run {link['run']}{agreed}{more}")
    else:
        out.append("    not linked")
    out += _table(story, shown, agreed=link is not None)
    for side in ("left", "right"):
        out += [
            f"    {story[side]['resource']}: {disarm(said)}"
            for said in (story[side]["problem"], *story[side]["notes"])
            if said
        ]
    out += [f"    review {item['number']}: {disarm(item['reason'])}" for item in story["reviews"]]
    if story["entries"]:
        out += ["", "Last writes:", *(line for entry in story["entries"] for line in describe_entry(entry))]
    return out


def _table(story: dict[str, Any], sides: Sequence[str], *, agreed: bool) -> list[str]:
    """Field by field: what each side shows, and what they agreed on where that is something else."""
    from syncengine.cli.show import width
    from syncengine.report.shown import clip_all, disarm

    table = [["", *(story[side]["resource"].partition(".")[0] for side in sides), *(["last agreed"] if agreed else [])]]
    for field in story["fields"]:
        now = [_value(field, side) for side in sides]
        bases = [_value(field, name) for name in ("base_left", "base_right")]
        base = bases[0] if bases[0] == bases[1] else " | ".join(bases)
        table.append([field["field"], *now, *(["=" if {*now, base} == {base} else base] if agreed else [])])
    room = max((width() - 4 - max(len(row[0]) for row in table)) // len(table[0][1:]) - 3, 14)
    cells = [[disarm(row[0]), *clip_all([disarm(text) for text in row[1:]], room)] for row in table]
    widths = [max(len(row[place]) for row in cells) for place in range(len(table[0]))]
    return [
        "    " + "   ".join(f"{text:<{size}}" for text, size in zip(row, widths, strict=True)).rstrip() for row in cells
    ]


def _who(side: dict[str, Any]) -> str:
    from syncengine.report.shown import disarm

    told = [side["presence"]] if side["presence"] not in ("", "present") else []
    told += ["inactive"] if side["inactive"] else []
    told += ["out of scope"] if side["presence"] and not side["in_scope"] else []
    return f"{side['resource']} {disarm(side['id']) or '(none)'}{' (' + ', '.join(told) + ')' if told else ''}"


def _value(field: dict[str, Any], name: str) -> str:
    if name not in field:
        return "(not shown)"
    given = field[name]
    return "(empty)" if given is None else str(given)
