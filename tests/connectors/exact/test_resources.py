"""The catalogue as resources: every name, every permission, every limit."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import syncengine_connectors.exact as package
from syncengine.model.resource import Deletions, Kind
from syncengine_connectors.exact.catalogue import Catalogue
from syncengine_connectors.exact.resources import _REFERS, NEVER_SENT, Resources
from tests.builders import rows

CATALOGUE = Catalogue.shipped()
RESOURCES = Resources(CATALOGUE)

MASTER = (
    "Accounts Contacts Addresses BankAccounts Items ItemGroups SalesItemPrices SupplierItem Units VATCodes GLAccounts "
    "PaymentConditions Journals Costcenters Costunits Warehouses ItemWarehouses Employees Projects DirectDebitMandates"
).split()


@pytest.mark.parametrize("name", MASTER)
def test_master_data_goes_by_its_bare_name(name):
    resource = RESOURCES[name]
    assert resource.name == name
    assert resource.key
    assert set(resource.key) <= set(resource.fields)
    assert resource.settle == 300
    assert resource.fetch_size == 20


CAN = [
    # name, create, update, delete, why
    ("Accounts", True, True, True, "relations"),
    ("ItemGroups", False, False, False, "read-only groups"),
    ("Units", False, False, False, "read-only units"),
    ("PaymentConditions", True, False, False, "conditions cannot be changed"),
    ("VATCodes", True, True, True, "VAT codes"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "create", "update", "delete"), rows(CAN))
def test_what_can_be_written(name, create, update, delete):
    resource = RESOURCES[name]
    assert (resource.create, resource.update, resource.delete) == (create, update, delete)


READING = [
    ("Accounts", True, Deletions.FEED, 1000, "sync and feed"),
    ("Items", True, Deletions.FEED, 1000, "sync and feed, items"),
    ("BankAccounts", True, Deletions.LISTING, 60, "by Modified"),
    ("VATCodes", True, Deletions.LISTING, 60, "by Modified, small"),
    ("Employees", True, Deletions.LISTING, 1000, "sync without a feed"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "incremental", "deletions", "page_size"), rows(READING))
def test_how_it_is_read(name, incremental, deletions, page_size):
    resource = RESOURCES[name]
    assert (resource.incremental, resource.deletions, resource.page_size) == (incremental, deletions, page_size)


FIELDS = [
    ("Accounts", "Code", {"unique": True, "max_length": 18, "kind": Kind.TEXT}, "a unique key"),
    ("Items", "Code", {"unique": True, "required": True}, "another"),
    ("Contacts", "Code", {"unique": False, "creatable": False}, "read-only, and not unique"),
    ("Accounts", "Name", {"required": True, "personal": True}, "mandatory and personal"),
    ("Accounts", "BSN", {"restricted": "a citizen service number", "personal": True}, "wants a ground"),
    ("Employees", "SocialSecurityNumber", {"restricted": "a citizen service number"}, "wants a ground too"),
    ("Contacts", "Account", {"creatable": True, "updatable": False, "refers_to": "Accounts", "kind": Kind.REFERENCE}, "on create only"),
    ("Contacts", "BirthName", {"creatable": False, "updatable": False, "readable": True}, "never sent"),
    ("Items", "IsSerialNumberItem", {"creatable": False, "updatable": False}, "never sent, obsolete"),
    ("Items", "CostPriceStandard", {"creatable": True, "updatable": False}, "a price on create only"),
    ("Items", "StandardSalesPrice", {"creatable": False, "kind": Kind.NUMBER}, "read-only price"),
    ("Items", "Picture", {"readable": False, "creatable": True}, "write-only"),
    ("Items", "IsWebshopItem", {"kind": Kind.FLAG}, "a byte that is a flag"),
    ("Accounts", "IsAccountant", {"kind": Kind.INTEGER}, "a byte that is none"),
    ("Accounts", "ID", {"creatable": False, "updatable": False, "kind": Kind.TEXT}, "the key"),
    ("Accounts", "Modified", {"kind": Kind.INSTANT, "creatable": False}, "a moment"),
    ("Accounts", "StartDate", {"kind": Kind.DATE}, "a day"),
    ("Accounts", "CustomerSince", {"creatable": False}, "obsolete"),
    ("Items", "Description", {"max_length": 60}, "a documented length"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "field", "expected"), rows(FIELDS))
def test_what_is_known_of_a_field(name, field, expected):
    facts = RESOURCES[name].fields[field]
    assert {key: getattr(facts, key) for key in expected} == expected


NAMES = [
    ("Accounts", "crm/Accounts", "a bare name"),
    ("crm.Accounts", "crm/Accounts", "a qualified one"),
    ("crm/Accounts", "crm/Accounts", "with a slash"),
    ("system.Divisions", "system/Divisions", "where the bare name is not unique"),
    ("hrm.Divisions", "hrm/Divisions", "the other one"),
    ("sync.Payroll.BankAccounts", "sync/Payroll/BankAccounts", "a sync endpoint of records of its own"),
    ("PaymentTerms", "sync/Cashflow/PaymentTerms", "one that only sync has"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path"), rows(NAMES))
def test_a_name_means(name, path):
    assert CATALOGUE.path(name) == path
    assert RESOURCES[name].name == name


@pytest.mark.parametrize(
    "name", ["Divisions", "accounts", "Foo", "sync.CRM.Accounts", "bulk.CRM.Accounts", "AcceptQuotation", ""]
)
def test_a_name_that_means_nothing_or_two_things_is_none(name):
    with pytest.raises(KeyError):
        RESOURCES[name]
    assert name not in RESOURCES


def test_every_readable_resource_is_listed_once_and_can_be_described():
    names = list(RESOURCES)
    assert len(names) == len(RESOURCES) == len(set(names)) > 300
    for name in names:
        resource = RESOURCES[name]
        assert resource.fields, name
        assert all(facts.name == key for key, facts in resource.fields.items()), name


def test_what_we_never_send_exists_and_references_lead_somewhere():
    for path, name in NEVER_SENT:
        assert name in CATALOGUE.endpoint(path).properties
    assert all(target in RESOURCES for target in _REFERS.values())


def test_the_table_holds_no_sentence_of_the_documentation():
    text = (Path(str(package.__file__)).parent / "catalogue.json").read_text("utf-8")
    assert "Indicates" not in text
    assert "Reference to" not in text


def test_no_module_names_a_single_resource_in_its_code_but_those_that_must():
    """One mechanism for all: endpoints are named where the facts about them are kept, and where the API has only one of a kind."""
    allowed = {"resources.py", "values.py", "administration.py", "reading.py", "deletions.py"}
    found = []
    for file in sorted(Path(str(package.__file__)).parent.glob("*.py")):
        strings = [
            n.value
            for n in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(n, ast.Constant) and isinstance(n.value, str)
        ]
        paths = {text for text in strings if text in CATALOGUE._table["endpoints"]}
        if paths and file.name not in allowed:
            found.append((file.name, sorted(paths)))
    assert not found
