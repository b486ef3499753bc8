"""Every resource of the catalogue is read, and all writable master data written, by its name and by its qualified name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from syncengine.connector import Query
from syncengine.model.operation import Written
from syncengine.model.record import ABSENT, Value
from syncengine.model.resource import FieldFacts, Kind
from syncengine_connectors.exact.catalogue import Catalogue, Endpoint, Property
from syncengine_connectors.exact.connector import Exact
from syncengine_connectors.exact.resources import Resources
from tests.connectors.exact.world import World, create, delete, records, update

CATALOGUE = Catalogue.shipped()
RESOURCES = Resources(CATALOGUE)
GUID = "0f8fad5b-d9cd-469f-a165-70867728950e"


def shown(prop: Property) -> Any:
    """A value of a property as Exact writes it in an answer."""
    samples = {
        "Guid": GUID, "Int16": 7, "Int32": 7, "Int64": "9007199254740993", "Byte": 1, "Double": 0.055, "Boolean": True,
        "DateTime": "/Date(1731320070000)/", "Binary": None,
    }  # fmt: skip
    if prop.type != "String":
        return samples.get(prop.type)
    text = "7" if prop.pad_left else "ab"
    return text.rjust(prop.pad_left) if prop.pad_left else text.ljust(prop.pad_right)


def row_of(endpoint: Endpoint) -> dict[str, Any]:
    return {name: shown(prop) for name, prop in endpoint.properties.items() if not prop.type.startswith("Collection")}


THERE = {"system/Divisions", "system/AllDivisions", "hrm/Divisions", "current/Me", "sync/Deleted"}
"""What the server itself fills."""


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    made = World(tmp_path_factory.mktemp("all"), check_references="off", starter=False)
    made.emulator.delete("Accounts", made.emulator.create("Accounts", {"Name": "Weg"}))
    return made


@pytest.fixture(scope="module")
def side(world: World) -> Exact:
    return world.connect()


@pytest.mark.parametrize("name", list(RESOURCES))
def test_a_resource_is_read_with_all_its_fields(world: World, side: Exact, name: str) -> None:
    path = CATALOGUE.path(name)
    endpoint = CATALOGUE.endpoint(path)
    resource = side.resources()[name]
    own = path not in THERE
    if own:
        world.emulator.seed(path, [row_of(endpoint)])
    fields = tuple(facts.name for facts in resource.fields.values() if facts.readable)
    found, pages = records(side, Query(resource=name, fields=fields))
    assert pages[-1].end is not None
    assert pages[-1].end.complete, pages[-1].end.why
    assert len(found) == 1
    (record,) = found.values()
    kinds = {Kind.TEXT: str, Kind.INTEGER: int, Kind.NUMBER: Decimal, Kind.FLAG: bool, Kind.REFERENCE: str}
    for field in fields:
        value = record.get(field)
        assert value is not ABSENT, field
        if own and resource.fields[field].kind in kinds:
            assert isinstance(value, kinds[resource.fields[field].kind]), field
    qualified = path.replace("/", ".")
    again, _ = records(side, Query(resource=qualified, fields=fields[:1]))
    assert set(again) == set(found), "the qualified name is the same resource"
    assert set(side.fetch(Query(resource=name, fields=fields[:3]), list(found))) == set(found)


def test_there_are_resources_enough_and_a_name_that_is_not_unique_wants_its_service():
    assert len(RESOURCES) > 300
    assert "crm.Addresses" in RESOURCES
    assert "Divisions" not in RESOURCES
    assert "system.Divisions" in RESOURCES


def given(facts: FieldFacts, n: int) -> Value:
    """A value that a field of a mapping might be given."""
    text = f"{n}{facts.name}"[: facts.max_length or 20][:8]
    samples: dict[Kind, Value] = {
        Kind.TEXT: text, Kind.INTEGER: 1, Kind.NUMBER: Decimal("2.5"), Kind.FLAG: True, Kind.REFERENCE: GUID,
        Kind.DATE: date(2026, 3, 29), Kind.INSTANT: datetime(2026, 3, 29, 12, tzinfo=UTC),
    }  # fmt: skip
    return samples[facts.kind]


CODED = {"Country", "State", "Language", "Currency", "Status", "Code", "CreatorFullName", "ModifierFullName"}
"""Fields whose values the server judges by lists of its own, or gives itself."""

BESIDES: dict[str, dict[str, Value]] = {"Contacts": {"LastName": "de Vries"}}
"""What a create needs though it is not marked so."""

WRITABLE = [name for name in RESOURCES if RESOURCES[name].create and name != "WebhookSubscriptions"]
"""A webhook is a handshake with a third party; see test_webhooks.py."""


@pytest.mark.parametrize("name", WRITABLE)
def test_a_writable_resource_is_created_read_changed_and_deleted(world: World, side: Exact, name: str) -> None:
    resource = side.resources()[name]
    free = [f for f in resource.fields.values() if f.creatable and f.readable and f.name not in CODED]
    chosen = [f for f in resource.fields.values() if f.required and f.creatable]
    chosen += [f for f in free if not f.required and f.kind in (Kind.TEXT, Kind.NUMBER)][:6]
    made = {facts.name: given(facts, 1) for facts in chosen if facts.readable} | BESIDES.get(name, {})
    hidden = {facts.name: "aGFsbG8=" for facts in chosen if not facts.readable}
    (outcome,) = side.write([create({**made, **hidden}, resource=name)])
    assert isinstance(outcome, Written), outcome
    query = Query(resource=name, fields=tuple(made))
    found, _ = records(side, query)
    assert {field: found[outcome.id].get(field) for field in made} == made
    later = [f for f in chosen if f.updatable and f.name not in CODED and f.kind in (Kind.TEXT, Kind.NUMBER)][:1]
    if resource.update and later:
        change = {later[0].name: given(later[0], 2) if later[0].kind is Kind.TEXT else Decimal("3.75")}
        (outcome,) = side.write([update(outcome.id, change, resource=name)])
        assert isinstance(outcome, Written), outcome
        now = side.fetch(query, [outcome.id])[outcome.id]
        assert {field: now.get(field) for field in made} == {**made, **change}, "and nothing else moved"
    if resource.delete:
        (outcome,) = side.write([delete(outcome.id, resource=name)])
        assert isinstance(outcome, Written), outcome
        assert side.fetch(query, [outcome.id]) == {}


READ_ONLY = ("ItemGroups", "Units", "Employees")
WRITTEN = (
    "Accounts", "Contacts", "crm.Addresses", "BankAccounts", "Items", "SalesItemPrices", "SupplierItem", "VATCodes", "GLAccounts",
    "PaymentConditions", "Journals", "Costcenters", "Costunits", "Warehouses", "ItemWarehouses", "Projects", "DirectDebitMandates",
)  # fmt: skip


def test_the_master_data_is_among_them():
    paths = {CATALOGUE.path(name) for name in WRITABLE}
    assert all(CATALOGUE.path(name) in paths for name in WRITTEN)
    assert all(name in RESOURCES and not RESOURCES[name].create and not RESOURCES[name].update for name in READ_ONLY)
    assert RESOURCES["PaymentConditions"].update is False, "payment conditions are made, never changed"


def test_what_cannot_be_without_lines_is_read_only_made_by_others():
    orders = RESOURCES["SalesOrders"]
    assert (orders.create, orders.update) == (False, True)
