"""Tells what of people a project processes: which fields, why, where it lies, for how long, and who may see it. Nothing of a person is shown."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from syncengine import forgotten
from syncengine.care.tend import backups
from syncengine.model.entity import Entity, FieldRule
from syncengine.model.record import Side
from syncengine.registry import plugin
from syncengine.state.backup import KEEP_DAILY
from syncengine.state.care import DEFAULT_DAYS, LEAST_DAYS
from syncengine.workspace import Workspace, credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One outside system that data comes from and goes to."""

    name: str
    connector: str
    summary: str
    identity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """One field that is read, kept and written.

    Attributes:
        left, right: The sides' own names; "" where a side has none.
        goes: Which way values go: ``both ways``, or to which system.
        personal: True if the mapping or a connector calls it personal data.
        restricted: Why the law protects it; "" if it is free.
        ground: The legal ground named for a restricted field.
        why: The field's note in the mapping; "" if nobody wrote one.
        at: Where it stands.
    """

    field: str
    left: str
    right: str
    goes: str
    personal: bool
    restricted: str
    ground: str
    why: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """One entity: whose records, how many are known, which fields."""

    entity: str
    left: str
    right: str
    records: int
    recognised_by: tuple[str, ...]
    fields: tuple[Processed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One place where something of people lies."""

    what: str
    where: str
    how_long: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All of it.

    Attributes:
        seen_by: Who may see what is kept; one line each.
        unexplained: Personal fields without a note: ``entity.field``.
        forgotten: How many people were erased and are known by digests only.
    """

    systems: tuple[System, ...]
    processing: tuple[Processing, ...]
    kept: tuple[Kept, ...]
    seen_by: tuple[str, ...]
    unexplained: tuple[str, ...]
    forgotten: int


def account(workspace: Workspace) -> Account:
    """Say what an open project processes; reads the mapping and the state only."""
    processing = tuple(_processing(workspace, entity) for entity in workspace.entities)
    return Account(
        systems=tuple(_system(workspace, name) for name in workspace.document.systems),
        processing=processing,
        kept=tuple(_kept(workspace)),
        seen_by=tuple(_seen_by(workspace)),
        unexplained=tuple(
            f"{one.entity}.{item.field}" for one in processing for item in one.fields if item.personal and not item.why
        ),
        forgotten=len(forgotten.load(workspace.store.meta).people),
    )


def _system(workspace: Workspace, name: str) -> System:
    connector = workspace.document.systems[name].connector
    return System(
        name=name,
        connector=connector,
        summary=plugin(connector).summary,
        identity=workspace.setting.connectors[name].identity(),
    )


def _processing(workspace: Workspace, entity: Entity) -> Processing:
    mirror = workspace.store.mirror
    return Processing(
        entity=entity.name,
        left=str(entity.left),
        right=str(entity.right),
        records=sum(mirror.count(entity.name, side) for side in Side),
        recognised_by=tuple(rule.id for rule in entity.match),
        fields=tuple(_field(workspace, entity, rule) for rule in entity.fields),
    )


def _field(workspace: Workspace, entity: Entity, rule: FieldRule) -> Processed:
    names = {Side.LEFT: "" if rule.is_constant else rule.source, Side.RIGHT: rule.name}
    facts = [
        found
        for side, name in names.items()
        if (found := workspace.setting.resource(entity, side).fields.get(name)) is not None
    ]
    restricted = next((item.restricted for item in facts if item.restricted), "")
    return Processed(
        field=rule.name,
        left=names[Side.LEFT],
        right=names[Side.RIGHT],
        goes=_goes(entity, rule),
        personal=rule.mask or bool(restricted) or any(item.personal for item in facts),
        restricted=restricted,
        ground=rule.ground,
        why=rule.note,
        at=str(rule.at),
    )


def _goes(entity: Entity, rule: FieldRule) -> str:
    if rule.is_constant:
        return f"a constant to {entity.right.system}"
    to = rule.owner.other if rule.owner is not None else rule.readonly.other if rule.readonly is not None else None
    return "both ways" if to is None else f"to {entity.end(to).system}"


def _kept(workspace: Workspace) -> list[Kept]:
    folder = (workspace.root / workspace.document.state).resolve()
    others = [copy for copy in backups(folder) if not copy.file.name.startswith("daily-")]
    kept = [
        Kept(
            what="what both sides showed last, and what they last agreed on: mapped fields only",
            where=str(folder / "state.db"),
            how_long=f"while the record is on its side, then {DEFAULT_DAYS} days",
        ),
        Kept(
            what="the journal: every write with values before and after, the rule, who approved it, the side's answer",
            where=str(folder / "state.db"),
            how_long=f"{DEFAULT_DAYS} days; at least {LEAST_DAYS} (sync state prune --days N)",
        ),
        Kept(
            what="the inbox: what waits for a person",
            where=str(folder / "state.db"),
            how_long=f"while it waits, then {DEFAULT_DAYS} days",
        ),
        Kept(
            what="what people decided",
            where=str(folder / "state.db"),
            how_long="until the person it is about is forgotten",
        ),
        Kept(
            what="daily copies of all that",
            where=str(folder / "backups"),
            how_long=f"the last {KEEP_DAILY} days with a run",
        ),
        Kept(
            what="salted digests of forgotten people's ids and keys",
            where=str(folder / "state.db"),
            how_long="until sync state forget --take-back",
        ),
        Kept(what="logins, encrypted; nothing of the records", where=str(credentials()), how_long="until they expire"),
    ]
    if others:
        names = ", ".join(copy.file.name for copy in others)
        kept.insert(
            4, Kept(what=f"other copies: {names}", where=str(folder / "backups"), how_long="until you delete them")
        )
    return kept


def _seen_by(workspace: Workspace) -> list[str]:
    folder = workspace.root / workspace.document.state
    mask = {
        "always": "masked in every report and list",
        "never": "shown in every report and list",
    }.get(str(workspace.document.report.mask), "shown on a terminal, masked where CI is set or with --mask")
    return [
        f"the state and its copies: {_owner(folder)}",
        f"reports, lists and history: personal fields are {mask}",
        "logs (-v): nobody is named in them: ids, counts and durations only",
        "plans and reports kept as files: whoever can read the file; they are made readable by their owner only",
    ]


def _owner(folder: Path) -> str:
    about = folder.stat()
    try:
        name = pwd.getpwuid(about.st_uid).pw_name
    except KeyError:
        name = str(about.st_uid)
    mode = stat.S_IMODE(about.st_mode)
    others = "" if mode & 0o077 == 0 else f"; LOOK OUT: others may read it too (mode {mode:o})"
    return f"{name} on {os.uname().nodename}, and whoever administers that machine{others}"
