"""A small world to resolve mappings in: what a shop and an Exact administration would declare, and short ways to read a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent, indent

from syncengine.config.document import Document
from syncengine.config.load import read
from syncengine.config.project import Project, resolve
from syncengine.errors import ConfigError
from syncengine.model.entity import Entity
from syncengine.model.resource import FieldFacts, Kind, Resource

HERE = Path(__file__).parent
FULL = HERE / "full.yaml"
SIMPLE = HERE / "simple.yaml"


def facts(name: str, kind: Kind = Kind.TEXT, **said: object) -> FieldFacts:
    """One field."""
    return FieldFacts(name=name, kind=kind, **said)  # type: ignore[arg-type]


def resource(name: str, *fields: FieldFacts | str, **said: object) -> Resource:
    """One resource; a field given by its name alone holds text."""
    known = [field if isinstance(field, FieldFacts) else facts(field) for field in fields]
    return Resource(name=name, fields={field.name: field for field in known}, **said)  # type: ignore[arg-type]


SHOP = {
    "customers": resource("customers", open=True),
    "contacts": resource("contacts", open=True),
    "products": resource("products", open=True),
    "articles": resource(
        "articles",
        *(facts(name, Kind.ANY) for name in ("sku", "name", "ean", "stock", "active", "group", "E-mail (work)")),
        facts("made", Kind.ANY, creatable=False, updatable=False),
        delete=True,
    ),
}
EXACT = {
    "Accounts": resource(
        "Accounts",
        *("Name", "VATNumber", "ChamberOfCommerce", "AddressLine1", "Postcode", "City", "Country", "Fax", "Status"),
        facts("Email", personal=True),
        facts("Phone", personal=True),
        facts("PaymentConditionSales"),
        facts("Blocked", Kind.FLAG),
        facts("EndDate", Kind.DATE),
        facts("Created", Kind.INSTANT, creatable=False, updatable=False),
        facts("BSN", restricted="a citizen service number needs a legal ground"),
    ),
    "Contacts": resource(
        "Contacts", facts("Account", Kind.REFERENCE, refers_to="Accounts"), "FirstName", "LastName", "Email"
    ),
    "Items": resource(
        "Items",
        facts("Code", unique=True, required=True, max_length=30),
        facts("Description", required=True, max_length=60),
        "Barcode",
        "SalesVatCode",
        facts("IsSalesItem", Kind.FLAG),
        facts("Stock", Kind.NUMBER, creatable=False, updatable=False),
        facts("NetWeight", Kind.NUMBER),
        facts("Class", Kind.INTEGER),
        facts("EndDate", Kind.DATE),
        facts("Tags", Kind.LIST),
        delete=True,
    ),
    "SalesItemPrices": resource(
        "SalesItemPrices",
        facts("Item", Kind.REFERENCE, refers_to="Items"),
        facts("Price", Kind.NUMBER),
        "Currency",
        facts("Quantity", Kind.NUMBER),
    ),
    "VATCodes": resource("VATCodes", "Code", "Description"),
    "Units": resource("Units", "Code", "Description", create=False, update=False),
}
RESOURCES = {"shop": SHOP, "exact": EXACT}

HEAD = """\
version: 1
systems:
  shop: {connector: csv, path: articles.csv}
  exact: {connector: exact, division: 1}
"""
ITEMS = """\
entities:
  items:
    pair: [shop.articles, exact.Items]
    match: [Code]
    fields:
      Code: sku
"""


def document(text: str) -> Document:
    """A mapping out of a text."""
    return read(dedent(text).encode(), Path("sync.yaml"))


def items(more: str, *, fields: str = "", head: str = HEAD) -> str:
    """The mapping of articles with more keys in its entity, and more fields."""
    return (
        head
        + ITEMS
        + indent(dedent(fields).strip("\n"), "      ")
        + "\n"
        + indent(dedent(more).strip("\n"), "    ")
        + "\n"
    )


def resolved(text: str, resources: Mapping[str, Mapping[str, Resource]] = RESOURCES) -> Project:
    """A mapping, resolved."""
    return resolve(document(text), resources)


def entity(text: str) -> Entity:
    """The only entity of a mapping, resolved."""
    [only] = resolved(text).entities
    return only


def said(text: str, resources: Mapping[str, Mapping[str, Resource]] = RESOURCES) -> str:
    """What is said of a mapping that is wrong; "" if it is right."""
    try:
        resolved(text, resources)
    except ConfigError as error:
        return str(error)
    return ""
