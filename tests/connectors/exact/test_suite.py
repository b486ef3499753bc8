"""Exact held to the suite of all connectors, for the resources that a first mapping uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest

from syncengine.connector import Connector
from syncengine.model.record import Value
from syncengine.testing.connector_suite import ConnectorSuite
from syncengine_connectors.exact import PLUGIN
from tests.connectors.exact.world import SECRET, World


class ExactSuite(ConnectorSuite):
    """What all resources share."""

    plugin = PLUGIN
    secrets: ClassVar[tuple[str, ...]] = (SECRET,)

    @pytest.fixture
    def connector(self, world: World) -> Connector:
        self.world = world
        self.prepare()
        return world.connect(client_secret=SECRET)

    def prepare(self) -> None:
        """Put there what samples refer to."""

    def edit(self, id: str, values: Mapping[str, Value]) -> bool:
        self.world.emulator.edit(self.resource, id, values)
        return True

    def lose_answer(self, *, done: bool) -> bool:
        self.world.emulator.faults.clear()
        for method in ("POST", "PUT"):
            self.world.fault("timeout_done" if done else "timeout", method=method, path="/api/v1/*")
        return True

    def settle(self) -> None:
        self.world.clock.advance(1)

    def test_fetch_shows_what_a_pull_shows_and_not_what_is_not_there(self, connector: Connector) -> None:
        """As in the suite, but without the row version: only ``sync/`` shows it, and it cannot be asked by id."""
        ids = self.made(connector, 2)
        seen = self.pulled(connector)
        found = connector.fetch(self.query(connector), [ids[0], self.unknown_id])
        assert set(found) == {ids[0]}
        assert dict(found[ids[0]].fields) == dict(seen.values(ids[0]))
        assert found[ids[0]].modified == seen.records[ids[0]].modified


class TestAccounts(ExactSuite):
    resource = "Accounts"

    def sample(self, number: int) -> Mapping[str, Value]:
        return {
            "Name": f"O'Brien & Zn {number} #+%",
            "City": "Gent",
            "Country": "BE",
            "Email": f"info{number}@zn.example",
        }

    def change(self, number: int) -> Mapping[str, Value]:
        return {"Phone": f"0{number}9 123 45 67"}

    def emptied(self) -> str:
        return "City"


class TestAccountsWithoutOwnCodes(TestAccounts):
    """A create is then found by what identifies it."""

    @pytest.fixture
    def connector(self, world: World) -> Connector:
        self.world = world
        return world.connect(client_secret=SECRET, own_codes=False)

    def identify(self, values: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"Email": values["Email"]} if "Email" in values else values


class TestItems(ExactSuite):
    resource = "Items"

    def sample(self, number: int) -> Mapping[str, Value]:
        return {"Code": f"ART {number:03}", "Description": f"Stoel № {number}", "SearchCode": "STOEL"}

    def change(self, number: int) -> Mapping[str, Value]:
        return {"ExtraDescription": f"Eiken, {number} kg"}

    def emptied(self) -> str:
        return "SearchCode"

    def identify(self, values: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"Code": values["Code"]} if "Code" in values else values


class TestContacts(ExactSuite):
    resource = "Contacts"

    def prepare(self) -> None:
        self.account = self.world.emulator.create("Accounts", {"Name": "Bakkerij Peeters"})

    def sample(self, number: int) -> Mapping[str, Value]:
        return {
            "Account": self.account,
            "FirstName": "Jan",
            "LastName": f"de Vries {number}",
            "JobTitleDescription": "chef",
        }

    def change(self, number: int) -> Mapping[str, Value]:
        return {"Mobile": f"06 1234567{number}"}

    def emptied(self) -> str:
        return "JobTitleDescription"
