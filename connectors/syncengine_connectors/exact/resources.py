"""What each resource can do, in the engine's terms: made from the catalogue and from what is known beyond it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from syncengine.model.resource import Deletions, FieldFacts, Kind, Resource
from syncengine_connectors.exact import values
from syncengine_connectors.exact.catalogue import Catalogue, Endpoint, Property

SETTLE_SECONDS: Final = 300.0
"""A write that nobody answered has taken effect by then, or never will."""

FETCH_SIZE: Final = 20

UNIQUE: Final = frozenset({("crm/Accounts", "Code"), ("logistics/Items", "Code")})
"""Keys the server keeps unique, so that a second create with the same one is refused."""

OWN_CODES: Final = frozenset({("crm/Accounts", "Code")})
"""Where a record that comes without code gets one of ours. Not items: an item's code is what people type, so the mapping gives it."""

NEVER_SENT: Final[Mapping[tuple[str, str], str]] = {
    ("crm/Contacts", "BirthName"): "it overwrites LastName",
    ("crm/Contacts", "BirthNamePrefix"): "it overwrites MiddleName",
    ("logistics/Items", "IsSerialNumberItem"): "it is obsolete, and an empty one is answered with an error",
    ("logistics/Items", "IsBatchNumberItem"): "it is obsolete, and an empty one is answered with an error",
    ("crm/BankAccounts", "IBAN"): "it is obsolete; BankAccount carries the IBAN",
    ("crm/BankAccounts", "Bank"): "it is obsolete",
    ("crm/BankAccounts", "BankName"): "it is obsolete",
}
"""(endpoint, property) → why we never send it."""

_RESTRICTED: Final[Mapping[str, str]] = {
    "BSN": "a citizen service number",
    "SocialSecurityNumber": "a citizen service number",
    "IdentificationDocument": "an identity document",
    "IdentificationDate": "an identity document",
    "IdentificationUser": "an identity document",
    "Nationality": "a nationality",
    "MaritalStatus": "a marital status",
    "MaritalDate": "a marital status",
    "BirthPlace": "a place of birth",
}

_PERSONAL: Final = frozenset(
    "Name FirstName MiddleName LastName FullName Initials BirthName BirthNamePrefix BirthDate Email BusinessEmail "
    "Phone Mobile BusinessPhone BusinessMobile PhoneExtension BusinessPhoneExtension Fax BusinessFax AddressLine1 "
    "AddressLine2 AddressLine3 Postcode City ContactName AccountName Street StreetNumber VATNumber BankAccount IBAN "
    "BankAccountHolderName Website Notes Remarks ChamberOfCommerce RSIN SearchCode Gender PartnerName UserName".split()
) | frozenset(_RESTRICTED)

_REFERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("Account", "Accountant", "Customer", "Supplier", "Parent", "Reseller", "InvoiceAccount", "OrderedBy",
         "InvoiceTo", "DeliverTo", "DeliveryAccount", "MainAccount", "OrderAccount"), "Accounts"),
    **dict.fromkeys(("MainContact", "Contact", "DeliveryContact", "ContactPerson"), "Contacts"),
    **dict.fromkeys(("Item", "MaterialItem", "ParentItem"), "Items"),
    **dict.fromkeys(("Warehouse", "DefaultWarehouse"), "Warehouses"),
    **dict.fromkeys(("GLAccountSales", "GLAccountPurchase", "GLAccount", "GLAP", "GLAR", "GLCosts", "GLRevenue",
                     "GLStock"), "GLAccounts"),
    **dict.fromkeys(("Address", "DeliveryAddress", "InvoiceAddress"), "Addresses"),
    "ItemGroup": "ItemGroups",
    "Project": "Projects",
    "Employee": "Employees",
}  # fmt: skip


class Resources(Mapping[str, Resource]):
    """Every readable resource by every name it may be called by; each is made when it is first asked for."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Make nothing yet."""
        self._catalogue = catalogue
        self._made: dict[str, Resource] = {}

    def __getitem__(self, name: str) -> Resource:
        """One resource; its name is the one asked by."""
        if name not in self._made:
            self._made[name] = describe(name, self._catalogue.endpoint(self._catalogue.path(name)), self._catalogue)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """One name per resource."""
        return self._catalogue.listed()

    def __len__(self) -> int:
        """How many resources there are."""
        return sum(1 for _ in self._catalogue.listed())


def describe(name: str, endpoint: Endpoint, catalogue: Catalogue) -> Resource:
    """Make the resource that an endpoint stands for."""
    methods = endpoint.methods if endpoint.kind == "rest" else frozenset({"GET"})
    fields = {p.name: facts for p in endpoint.properties.values() if (facts := _facts(endpoint, p, methods))}
    # A record that cannot be without lines of its own (an order, an entry) cannot be made from fields alone.
    whole = not any(p.mandatory and values.kind_of(p) is None for p in endpoint.properties.values())
    twins = [catalogue.endpoint(path) for path in (endpoint.sync, endpoint.bulk) if path]
    return Resource(
        name=name,
        fields=fields,
        key=endpoint.key,
        create="POST" in methods and whole,
        update="PUT" in methods,
        delete="DELETE" in methods,
        incremental=bool(endpoint.sync) or "Modified" in endpoint.properties,
        deletions=Deletions.FEED if endpoint.sync and endpoint.entity_type else Deletions.LISTING,
        page_size=max([endpoint.page_size, *(twin.page_size for twin in twins)]),
        fetch_size=FETCH_SIZE,
        settle=SETTLE_SECONDS,
        confirm=True,
        shows_created=True,
        delta_calls=2 if endpoint.entity_type else 1,
    )


def _facts(endpoint: Endpoint, prop: Property, methods: frozenset[str]) -> FieldFacts | None:
    """What is known of one field; None for nested collections, which no mapping can reach."""
    kind = values.kind_of(prop)
    if kind is None:
        return None
    free = (endpoint.path, prop.name) not in NEVER_SENT and not prop.obsolete and not (prop.key and prop.type == "Guid")
    return FieldFacts(
        name=prop.name,
        kind=kind,
        readable=prop.type != "Binary",
        creatable=free and prop.post and "POST" in methods,
        updatable=free and prop.put and not prop.key and "PUT" in methods,
        required=prop.mandatory,
        unique=(endpoint.path, prop.name) in UNIQUE,
        max_length=prop.length or prop.hint,
        refers_to=_REFERS.get(prop.name, "") if kind is Kind.REFERENCE else "",
        personal=prop.name in _PERSONAL,
        restricted=_RESTRICTED.get(prop.name, ""),
    )
