"""A loaded ``sync.yaml``: what it says, and where it says it. Offline: no connector is needed, no secret is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path as FilePath
from typing import Any

from syncengine.config.faults import Faults
from syncengine.config.tree import Map, Node, at, place, plain_data
from syncengine.model.entity import Limit, Position
from syncengine.model.mapping import EntitySpec, MappingFile, ReportSpec

_DECIDES = set(EntitySpec.model_fields) - {"guards"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemConfig:
    """One system as the file names it.

    Attributes:
        connector: Name of the connector.
        options: The connector's own options, as written: text (``Written``), lists and maps. ``config.options`` judges and types them.
        at: Where its connector is named.
    """

    name: str
    connector: str
    options: Mapping[str, Any] = field(repr=False)
    at: Position


@dataclass(frozen=True, kw_only=True)
class Document:
    """A whole mapping file that keeps to the language and to itself.

    Attributes:
        path: The file.
        mapping: What it says, as written.
        root: Where it says so.
    """

    path: FilePath
    # Not shown: somebody may have written a secret where a reference belongs.
    mapping: MappingFile = field(repr=False)
    root: Node = field(repr=False)

    @property
    def file(self) -> str:
        """The file's name, as messages call it."""
        return self.path.name

    @cached_property
    def systems(self) -> Mapping[str, SystemConfig]:
        """The systems by name, in the order of the file."""
        return {name: self._system(name) for name in self.mapping.systems}

    @property
    def state(self) -> str:
        """The folder of the local state, as a path from the project's."""
        return self.mapping.state

    @property
    def environment(self) -> str:
        """The label pinned in the state; "" if there is none."""
        return self.mapping.environment or ""

    @property
    def guards(self) -> Mapping[str, Limit]:
        """Limits that the file sets for all entities; a guard without entry keeps its own default."""
        return {str(name): limit for name, limit in self.mapping.guards.items()}

    @property
    def report(self) -> ReportSpec:
        """Formats, place and masking of reports."""
        return self.mapping.report

    @cached_property
    def mapping_digest(self) -> str:
        """64 hex digits over all that decides: entities, lookups and defaults.

        Comments, notes, the order of keys, quotes, short or long forms, guards and the systems' options make no difference.
        """
        kept: dict[str, Any] = {"version": True, "lookups": True, "defaults": True, "entities": {"__all__": _DECIDES}}
        said = self.mapping.model_dump(mode="json", include=kept)
        for name, entity in self.mapping.entities.items():
            for target, rule in entity.fields.items():
                # A constant null is not the same as no constant.
                said["entities"][name]["fields"][target] |= {"note": "", "is_constant": rule.is_constant}
        text = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return sha256(text.encode("ascii")).hexdigest()

    def at(self, *path: str | int, key: bool = False) -> Position:
        """Tell where something stands; its key, if ``key``."""
        line, column = place(self.root, path, key=key)
        return Position(file=self.file, line=line, column=column)

    def faults(self) -> Faults:
        """An empty collection of faults of this file."""
        return Faults(self.file)

    def _system(self, name: str) -> SystemConfig:
        node = at(self.root, ("systems", name))
        assert isinstance(node, Map)
        options = {key: plain_data(value) for key, (_, value) in node.entries.items() if key != "connector"}
        return SystemConfig(
            name=name,
            connector=self.mapping.systems[name].connector,
            options=options,
            at=self.at("systems", name, "connector"),
        )
