"""An emulated Exact Online, a clock that it shares with the connector, and connectors to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exact_emulator import Emulator, Settings, create_app
from syncengine.connector import Page, Query
from syncengine.model.operation import Action, Operation
from syncengine.model.record import Record, Side, Value
from syncengine.ports import Ports
from syncengine.testing.fakes import START, FakeClock, FakeIds
from syncengine_connectors.exact import PLUGIN
from syncengine_connectors.exact.connector import Exact

DIVISION = 123456
SECRET = "emulator-secret"
URL = "http://127.0.0.1:8123"


class SharedClock(FakeClock):
    """Time that passes for the connector and the server at once; ``apart`` moves the server's alone."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__()
        self._emulator = emulator

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self._emulator.clock.advance(seconds)


class World:
    """One server, one clock, one credential folder.

    Attributes:
        app: The server as a WSGI application.
    """

    def __init__(self, folder: Path, **settings: Any) -> None:
        chosen = {"auto_login": True, "limits": False, "start": START, "random_seed": 7, **settings}
        self.emulator = Emulator(Settings(**chosen))
        self.app = create_app(emulator=self.emulator)
        self.clock = SharedClock(self.emulator)
        self.folder = folder
        self.ids = FakeIds()

    def ports(self, transport: Any = None) -> Ports:
        return Ports(
            root=self.folder,
            state=self.folder / "state",
            credentials=self.folder / "credentials",
            clock=self.clock,
            ids=self.ids,
            transport=transport or self.app,
        )

    def options(self, **options: Any) -> dict[str, Any]:
        return {
            "division": DIVISION,
            "url": URL,
            "client_id": self.emulator.settings.client_id,
            "client_secret": SECRET,
            **options,
        }

    def connect(self, *, transport: Any = None, **options: Any) -> Exact:
        """A connector to the embedded server, unless ``url`` says otherwise: it logs in by itself."""
        made = PLUGIN.connect({"division": DIVISION, "url": "emulator", **options}, self.ports(transport))
        assert isinstance(made, Exact)
        return made

    def fault(self, kind: str, **rule: Any) -> None:
        self.emulator.faults.add({"kind": kind, **rule})

    def calls(self, part: str = "", method: str = "") -> list[str]:
        """Method and path of every API call so far that holds this part."""
        return [
            f"{entry.method} {entry.path}"
            for entry in self.emulator.requests
            if part in entry.path and method in ("", entry.method)
        ]

    def queries(self, part: str) -> list[dict[str, str]]:
        return [entry.query for entry in self.emulator.requests if part in entry.path]

    def sent(self, method: str) -> list[Any]:
        """Bodies of the changing requests."""
        return [entry.body for entry in self.emulator.requests if entry.method == method and entry.body is not None]


def create(values: Mapping[str, Value], resource: str = "Accounts", **more: Any) -> Operation:
    return Operation(
        key=more.pop("key", f"create {sorted(values.items(), key=str)}"), entity="accounts", side=Side.RIGHT, resource=resource,
        action=Action.CREATE, values=values, **more,
    )  # fmt: skip


def update(id: str, values: Mapping[str, Value], resource: str = "Accounts", **more: Any) -> Operation:
    return Operation(
        key="update", entity="accounts", side=Side.RIGHT, resource=resource, action=Action.UPDATE, id=id, values=values, **more
    )  # fmt: skip


def delete(id: str, resource: str = "Accounts") -> Operation:
    return Operation(key="delete", entity="accounts", side=Side.RIGHT, resource=resource, action=Action.DELETE, id=id)


def records(side: Exact, query: Query, since: str | None = None) -> tuple[dict[str, Record], list[Page]]:
    """Everything a pull brings, by id; and its pages."""
    pages = list(side.pull(query, since))
    return {r.id: r for page in pages for row in page.rows for r in [side.parse(query, row)]}, pages


def cursor(pages: list[Page]) -> str:
    end = pages[-1].end
    assert end is not None
    assert end.cursor is not None
    return end.cursor
