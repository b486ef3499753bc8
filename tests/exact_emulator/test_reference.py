"""The compiled reference: both copies, and what it must say."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from exact_emulator.reference import load, singular
from tests.builders import rows


def test_the_connector_ships_the_same_facts(repository):
    ours = (repository / "connectors/exact_emulator/reference.json").read_bytes()
    assert (repository / "connectors/syncengine_connectors/exact/catalogue.json").read_bytes() == ours


@pytest.mark.parametrize(
    "path", ["exact_emulator/reference.NOTICE.md", "syncengine_connectors/exact/catalogue.NOTICE.md"]
)
def test_a_notice_names_the_sources(repository, path):
    text = (repository / "connectors" / path).read_text(encoding="utf-8")
    for holder in ("Danny van der Sluijs", "Picqer", "(c) 2014 Exact", "MIT licence", "Permission is hereby granted"):
        assert holder in text


def test_no_description_is_shipped(repository):
    table = json.loads((repository / "connectors/exact_emulator/reference.json").read_text(encoding="utf-8"))
    for name, endpoint in table["endpoints"].items():
        for prop, entry in endpoint["properties"].items():
            assert all(" " not in word for word in entry), (name, prop, entry)


def test_it_is_made_from_the_metadata(repository, shared_data):
    metadata = shared_data.parent / "exact" / "metadata.json"
    if not metadata.is_file():
        pytest.skip("no metadata beside the real input")
    script = [sys.executable, str(repository / "scripts/compile_catalogue.py"), str(metadata), "--check"]
    done = subprocess.run(script, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


FACTS = [
    ("Accounts", "sync", "sync/CRM/Accounts", "sync of accounts"),
    ("Accounts", "bulk", "bulk/CRM/Accounts", "bulk of accounts"),
    ("Accounts", "entity_type", 2, "the number of accounts"),
    ("Items", "entity_type", 9, "the number of items"),
    ("VATCodes", "entity_type", None, "no deletion feed of VAT codes"),
    ("VATCodes", "sync", None, "no sync of VAT codes"),
    ("VATCodes", "webhook", None, "no webhook of VAT codes"),
    ("Contacts", "webhook", "Contacts", "the webhook of contacts"),
    ("SalesItemPrices", "needs_select", True, "a wide endpoint"),
    ("crm/Addresses", "name", "crm/Addresses", "a qualified name"),
    ("PaymentTerms", "name", "sync/Cashflow/PaymentTerms", "a resource that only sync has"),
]


@pytest.mark.parametrize(("resource", "fact", "expected"), rows(FACTS))
def test_facts_of_endpoints(resource, fact, expected):
    assert getattr(load().resource(resource), fact) == expected


PROPERTIES = [
    ("Accounts", "Name", "mandatory", True, "a mandatory field"),
    ("Accounts", "Code", "pad", ("left", 18), "a padded code"),
    ("Accounts", "Code", "length", 18, "a documented length"),
    ("Accounts", "Name", "length_hint", 50, "a reported length"),
    ("Accounts", "Created", "post", False, "a read-only field"),
    ("sync/CRM/Accounts", "Code", "pad", ("left", 18), "padding on sync too"),
    ("GLAccounts", "Code", "pad", None, "a code that is not padded"),
    ("Items", "GLCostsCode", "pad", None, "a ledger code elsewhere"),
    ("Contacts", "FirstName", "one_of", ("FirstName", "LastName"), "one of two"),
    ("PaymentConditions", "Code", "put", False, "a resource without update"),
    ("Accounts", "BankAccounts", "collection", True, "a list"),
]


@pytest.mark.parametrize(("resource", "name", "fact", "expected"), rows(PROPERTIES))
def test_facts_of_properties(resource, name, fact, expected):
    assert getattr(load().resource(resource).properties[name], fact) == expected


@pytest.mark.parametrize(
    ("name", "one"),
    [("Accounts", "Account"), ("Addresses", "Address"), ("VATCodes", "VATCode"), ("Opportunities", "Opportunity"),
     ("SupplierItem", "SupplierItem"), ("Warehouses", "Warehouse"), ("ItemWarehouses", "ItemWarehouse"), ("Me", "Me"),
     ("Journals", "Journal"), ("SalesItemPrices", "SalesItemPrice"), ("Employees", "Employee"), ("Batches", "Batch")],
)  # fmt: skip
def test_the_name_of_one_record(name, one):
    assert singular(name) == one
