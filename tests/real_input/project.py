"""A project in a folder, run as its user runs it: files on one side, the embedded emulator on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncengine.model.result import RunResult
from syncengine.workspace import open_workspace

HEAD = """\
version: 1
systems:
  files: {{connector: csv, {files}}}
  exact: {{connector: exact, country: nl, division: 123456, url: emulator}}
entities:
"""


@dataclass(frozen=True)
class Project:
    """A folder with ``sync.yaml``."""

    folder: Path

    def write(self, entities: str, *, files: str = "folder: data") -> None:
        """Write the mapping: ``entities`` as YAML, indented by two."""
        (self.folder / "sync.yaml").write_text(HEAD.format(files=files) + entities, encoding="utf-8")

    def put(self, name: str, content: bytes) -> None:
        """Put a file among the project's data."""
        path = self.folder / "data" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)

    def seed(self, resource: str, answer: bytes) -> None:
        """Let the administration begin with an Exact answer."""
        path = self.folder / ".sync" / "emulator" / "seed" / f"{resource}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(answer)

    def run(self, approved: str = "", allow: tuple[str, ...] = ()) -> RunResult:
        """One run as from cron, or an approved one."""
        with open_workspace(self.folder, lock=True) as workspace:
            return workspace.run(approved=approved, allow=allow)

    def records(self, resource: str) -> list[Mapping[str, Any]]:
        """Everything the administration holds of a resource, by the emulator's own account."""
        from exact_emulator import emulator_of
        from exact_emulator.embedded import embed

        app = embed({"division": 123456}, str(self.folder / ".sync" / "emulator"))
        return list(emulator_of(app).administrations[123456].records(resource))
