"""CSV files as a side: the suite, and the file's own quirks."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import pytest

from syncengine.connector import Connector, Query
from syncengine.errors import Unreadable
from syncengine.model.operation import Action, Operation
from syncengine.model.record import Record, Side, Value
from syncengine.ports import Ports
from syncengine.testing.connector_suite import ConnectorSuite
from syncengine.testing.fakes import FakeClock, FakeIds
from syncengine_connectors.csv import PLUGIN, files
from syncengine_connectors.csv.connector import CsvConnector

CUSTOMERS = 'id;naam;plaats\r\n1;Bakkerij Jansen;Gent\r\n2;"Smit; Zonen";Utrecht\r\n'


def side(root: Path, clock: FakeClock | None = None, **options) -> CsvConnector:
    ports = Ports(root=root, state=root, credentials=root, clock=clock or FakeClock(), ids=FakeIds())
    made = PLUGIN.connect(options or {"path": "customers.csv"}, ports)
    assert isinstance(made, CsvConnector)
    return made


def put(root: Path, text: str | bytes = CUSTOMERS, name: str = "customers.csv") -> Path:
    file = root / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def read(connector: CsvConnector, resource: str = "customers") -> tuple[dict[str, Record], list[Unreadable]]:
    """Everything a full pull brings."""
    query = Query(resource=resource, fields=tuple(connector.resources()[resource].fields))
    records: dict[str, Record] = {}
    errors: list[Unreadable] = []
    for page in connector.pull(query, None):
        for row in page.rows:
            try:
                record = connector.parse(query, row)
            except Unreadable as error:
                errors.append(error)
            else:
                records[record.id] = record
    return records, errors


def values(connector: CsvConnector, resource: str = "customers") -> dict[str, dict[str, Value]]:
    return {id: dict(record.fields) for id, record in read(connector, resource)[0].items()}


def operation(
    action: Action, id: str = "", resource: str = "customers", version: str | None = None, **fields
) -> Operation:
    return Operation(
        key=f"{action}{id}",
        entity="e",
        side=Side.LEFT,
        resource=resource,
        action=action,
        id=id,
        values=fields,
        version=version,
    )


def write(connector: CsvConnector, *operations: Operation):
    outcomes = connector.write(operations)
    return outcomes[0] if len(outcomes) == 1 else outcomes


class TestCsv(ConnectorSuite):
    plugin = PLUGIN

    @pytest.fixture
    def connector(self, tmp_path, monkeypatch) -> Connector:
        self.file, self.monkeypatch = put(tmp_path), monkeypatch
        return side(tmp_path)

    def sample(self, number: int) -> Mapping[str, Value]:
        return {"id": f"K{number}", "naam": f'Bakker "{number}";\nen zoon', "plaats": "Gent"}

    def change(self, number: int) -> Mapping[str, Value]:
        return {"plaats": f"'s-Gravenhage {number}"}

    def emptied(self) -> str:
        return "plaats"

    def identify(self, values: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"id": values["id"]}

    def edit(self, id: str, values: Mapping[str, Value]) -> bool:
        """As a spreadsheet does: the file is read and written anew."""
        table = list(csv.DictReader(io.StringIO(self.file.read_bytes().decode(), newline=""), delimiter=";"))
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, ["id", "naam", "plaats"], delimiter=";")
        writer.writeheader()
        writer.writerows([{**row, **(values if row["id"] == id else {})} for row in table])
        self.file.write_bytes(out.getvalue().encode())
        return True

    def lose_answer(self, *, done: bool) -> bool | None:
        """Only a disk that does not confirm a rename leaves doubt; what fails before it has surely done nothing."""
        if not done:
            return None

        def broken(folder: Path) -> None:
            self.monkeypatch.undo()
            raise OSError(5, "Input/output error")

        self.monkeypatch.setattr(files, "sync_folder", broken)
        return True
