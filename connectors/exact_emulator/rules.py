"""What the server knows about single resources beyond the reference: references, defaults, unique codes, lengths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from exact_emulator.clock import Clock
from exact_emulator.reference import Endpoint, Property, Reference
from exact_emulator.settings import Settings
from exact_emulator.store import Row
from exact_emulator.values import json_date

UNIQUE_CODE = frozenset({
    "crm/Accounts", "logistics/Items", "vat/VATCodes", "cashflow/PaymentConditions", "financial/GLAccounts",
    "financial/Journals", "hrm/Costcenters", "hrm/Costunits", "inventory/Warehouses", "project/Projects",
})  # fmt: skip

_ACCOUNT = "crm/Accounts"
_CONTACT = "crm/Contacts"
_GUIDS: Mapping[str, str] = {
    **dict.fromkeys(("Account", "InvoiceAccount", "Reseller", "Accountant", "Supplier", "DeliveryAccount",
                     "OrderAccount", "OrderedBy", "InvoiceTo", "DeliverTo"), _ACCOUNT),
    **dict.fromkeys(("Contact", "MainContact", "AccountMainContact", "OrderedByContactPerson",
                     "InvoiceToContactPerson", "DeliverToContactPerson"), _CONTACT),
    "Item": "logistics/Items",
    "ItemGroup": "logistics/ItemGroups",
    "ItemUnit": "logistics/Units",
    "Warehouse": "inventory/Warehouses",
    "BankAccount": "crm/BankAccounts",
}  # fmt: skip
_CODES: Mapping[str, str] = {
    **dict.fromkeys(("PaymentConditionSales", "PaymentConditionPurchase", "PaymentCondition"),
                    "cashflow/PaymentConditions"),
    **dict.fromkeys(("SalesVATCode", "PurchaseVATCode", "SalesVatCode", "VATCode"), "vat/VATCodes"),
    **dict.fromkeys(("Unit", "PurchaseUnit", "SalesUnit"), "logistics/Units"),
    **dict.fromkeys(("Costcenter", "CostCenter"), "hrm/Costcenters"),
    **dict.fromkeys(("Costunit", "CostUnit"), "hrm/Costunits"),
}  # fmt: skip
CURRENCIES = frozenset({"SalesCurrency", "PurchaseCurrency"})

# Only the provinces of the Netherlands: "State must belong to Country" cannot be judged elsewhere.
STATES: Mapping[str, frozenset[str]] = {
    "NL": frozenset("DR FL FR GE GD GR LB LI NB NH OV UT ZE ZL ZH".split()),
}


def reference_target(endpoint: Endpoint, prop: Property) -> str | None:
    """Name the endpoint whose key a GUID property refers to, None if it refers to nothing known."""
    if prop.type != "Guid" or prop.key:
        return None
    if prop.name == "Parent":
        return _ACCOUNT if endpoint.table == _ACCOUNT else None
    if prop.name.startswith("GL"):
        return "financial/GLAccounts"
    return _GUIDS.get(prop.name)


def code_target(endpoint: Endpoint, prop: Property) -> str | None:
    """Name the endpoint whose Code a text property refers to, None if it refers to nothing known."""
    return _CODES.get(prop.name) if prop.type == "String" and not endpoint.table.startswith("logistics/Units") else None


def owner_property(parent: Endpoint, child: Endpoint) -> str | None:
    """Name the property of a child record that refers to its parent: Account of BankAccounts, OrderID of order lines."""
    for name in (*parent.key, parent.model, parent.model + "ID", parent.model + "Id"):
        prop = child.properties.get(name)
        if prop is not None and prop.type == "Guid" and not prop.key:
            return name
    return None


@lru_cache(maxsize=512)
def _borrowed(reference: Reference, name: str) -> dict[str, tuple[str, str, str, bool]]:
    endpoint = reference.endpoints[name]
    found: dict[str, tuple[str, str, str, bool]] = {}
    for prop in endpoint.properties.values():
        guid, code = reference_target(endpoint, prop), code_target(endpoint, prop)
        target = guid or code
        if not target:
            continue
        theirs = reference.endpoints[target].properties
        for other in endpoint.properties.values():
            rest = other.name.removeprefix(prop.name)
            if rest == other.name or not rest or other.post or other.put:
                continue
            source = "FullName" if rest == "Name" and target == _CONTACT else rest
            if source in theirs and theirs[source].type == other.type:
                found[other.name] = (prop.name, target, source, guid is not None)
    if endpoint.table == _CONTACT:
        found["AccountIsCustomer"] = ("Account", _ACCOUNT, "Status", True)
        found["IsMainContact"] = ("Account", _ACCOUNT, "MainContact", True)
    return found


def borrowed(reference: Reference, endpoint: Endpoint) -> Mapping[str, tuple[str, str, str, bool]]:
    """List the properties a record only repeats from another one.

    Returns:
        Property -> (referring property, endpoint referred to, property there, whether the reference is a GUID and not a code).
    """
    return _borrowed(reference, endpoint.name)


def _account(row: Row, clock: Clock, settings: Settings) -> Row:
    today = json_date(clock.wall_day_ms())
    defaults: Row = {
        "Status": "A", "Type": "A", "Blocked": False, "ConsolidationScenario": 6, "InvoiceAttachmentType": 1,
        "InvoicingMethod": 0, "SecurityLevel": 10, "GlnNumber": "", "OINNumber": "", "IsSales": False,
        "IsPurchase": False, "IsSupplier": False, "SalesCurrency": settings.currency,
        "PurchaseCurrency": settings.currency, "CanDropShip": False, "IsReseller": False, "IsPilot": False,
        "IsAccountant": 0, "IsAgency": 0, "IsCompetitor": 0, "IsMailing": 0, "IsAnonymised": 0,
        "CreditLineSales": 0, "CreditLinePurchase": 0, "DiscountSales": 0, "DiscountPurchase": 0,
        "PurchaseLeadDays": 0, "ShippingLeadDays": 0, "SeparateInvPerSubscription": 0, "StartDate": today,
    }  # fmt: skip
    if row.get("Status") == "C":
        defaults |= {"IsSales": True, "IsPurchase": True, "CustomerSince": today, "StatusSince": today}
    return defaults


def _contact(row: Row, clock: Clock, settings: Settings) -> Row:
    return {"Gender": "O", "IsMailingExcluded": False, "IsAnonymised": 0, "StartDate": json_date(clock.wall_day_ms())}


def _item(row: Row, clock: Clock, settings: Settings) -> Row:
    return {
        "IsFractionAllowedItem": False, "IsMakeItem": 0, "IsNewContract": 0, "IsOnDemandItem": 0,
        "IsPackageItem": False, "IsPurchaseItem": False, "IsSalesItem": False, "IsSerialItem": False,
        "IsBatchItem": 0, "IsStockItem": False, "IsSubcontractedItem": False, "IsTaxableItem": 0, "IsTime": 0,
        "IsWebshopItem": 0, "CopyRemarks": 0, "SecurityLevel": 10, "CostPriceCurrency": settings.currency,
        "StartDate": json_date(clock.wall_day_ms()),
    }  # fmt: skip


def _address(row: Row, clock: Clock, settings: Settings) -> Row:
    return {"Type": 1, "Main": False}


def _bank_account(row: Row, clock: Clock, settings: Settings) -> Row:
    return {"Type": "A", "Main": False, "Blocked": False, "IBAN": row.get("BankAccount")}


def _vat_code(row: Row, clock: Clock, settings: Settings) -> Row:
    return {"Type": "E", "VATTransactionType": "B", "IsBlocked": False, "Charged": False, "Percentage": 0}


def _subscription(row: Row, clock: Clock, settings: Settings) -> Row:
    return {"ClientID": settings.client_id, "UserID": settings.user.id, "Description": row.get("Topic")}


DEFAULTS: Mapping[str, Callable[[Row, Clock, Settings], Row]] = {
    "crm/Accounts": _account,
    "crm/Contacts": _contact,
    "crm/Addresses": _address,
    "crm/BankAccounts": _bank_account,
    "logistics/Items": _item,
    "vat/VATCodes": _vat_code,
    "webhooks/WebhookSubscriptions": _subscription,
}
"""Values the server fills in on create where nothing was sent."""
