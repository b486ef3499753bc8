"""The memory connector: the suite, and what people do at such a side."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from syncengine.connector import Connector, Query
from syncengine.model.operation import Action, Operation
from syncengine.model.record import Side, Value
from syncengine.ports import Ports
from syncengine.testing.connector_suite import ConnectorSuite
from syncengine.testing.fakes import FakeClock, Fault, FaultyConnector, Kind
from syncengine_connectors.memory import PLUGIN, Memory


def memory(tmp_path, **options) -> Memory:
    ports = Ports(root=tmp_path, state=tmp_path, credentials=tmp_path, clock=FakeClock())
    side = PLUGIN.connect(
        {"fields": {"customers": ["name", "city"]}, "unique": {"customers": ["name"]}, **options}, ports
    )
    assert isinstance(side, Memory)
    return side


class TestMemory(ConnectorSuite):
    plugin = PLUGIN

    @pytest.fixture
    def connector(self, tmp_path) -> Connector:
        self.side = memory(tmp_path)
        return self.side

    def sample(self, number: int) -> Mapping[str, Value]:
        return {"name": f"Bakkerij {number}", "city": "Gent"}

    def change(self, number: int) -> Mapping[str, Value]:
        return {"city": f"Utrecht {number}"}

    def emptied(self) -> str:
        return "city"

    def edit(self, id: str, values: Mapping[str, Value]) -> bool:
        self.side.edit("customers", id, values)
        return True


def test_a_unique_value_is_refused_a_second_time(tmp_path) -> None:
    side = memory(tmp_path, records={"customers": [{"id": "7", "name": "Bakkerij Jansen"}]})
    again = Operation(
        key="k",
        entity="e",
        side=Side.LEFT,
        resource="customers",
        action=Action.CREATE,
        values={"name": "Bakkerij Jansen"},
    )
    (outcome,) = side.write([again])
    assert "another record has this value" in str(outcome)
    assert len(side.fetch(Query(resource="customers", fields=("name",)), ["7"])) == 1


def test_a_cursor_of_an_earlier_process_lists_everything(tmp_path) -> None:
    side = memory(tmp_path, records={"customers": [{"id": "7", "name": "Bakkerij Jansen"}]})
    *_, last = side.pull(Query(resource="customers", fields=("name",)), "1000")
    assert last.end is not None
    assert last.end.scope == "full"


def test_a_record_born_again_is_no_longer_reported_deleted(tmp_path) -> None:
    side = memory(tmp_path, records={"customers": [{"id": "7", "name": "Bakkerij Jansen"}]})
    side.remove("customers", "7")
    side.add("customers", {"name": "Bakkerij Jansen"}, "7")
    *_, last = side.pull(Query(resource="customers", fields=("name",)), "0")
    assert [deletion.id for deletion in last.deleted] == []


class TestFaultyConnector(TestMemory):
    """The fault-injecting variant is a connector like any other, and one that can lose an answer."""

    @pytest.fixture
    def connector(self, tmp_path) -> Connector:
        self.side = memory(tmp_path)
        self.faulty = FaultyConnector(self.side, FakeClock())
        return self.faulty

    def lose_answer(self, *, done: bool) -> bool:
        self.faulty.schedule(Fault(kind=Kind.LOST_DONE if done else Kind.LOST_NOT_DONE))
        return True
