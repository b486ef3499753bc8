#!/usr/bin/env python3
"""Compile the facts of Exact Online's reference into one compact table, written twice.

Usage: ``compile_catalogue.py METADATA.json [--check]``. Names, types, permissions, flags and sizes only; no description text.
The same input gives the same bytes. The copies are ``connectors/exact_emulator/reference.json`` (the emulator imports nothing
of ours) and ``connectors/syncengine_connectors/exact/catalogue.json``; each has its source notice beside it.

Shape::

    {"format": 1, "as_of": "...", "licence": "MIT; see the notice beside this file",
     "names": {"Accounts": "crm/Accounts", ...},        a bare resource name -> its endpoint, where only one endpoint claims it
     "ambiguous": {"Divisions": ["hrm/Divisions", "system/Divisions"], ...},
     "endpoints": {"crm/Accounts": {
        "service": "CRM", "uri": "/api/v1/{division}/crm/Accounts", "kind": "rest" | "bulk" | "sync" | "function",
        "methods": ["GET", ...], "page_size": 60 | 1000, "key": ["ID"], "scope": "crm accounts" | absent,
        "base": "crm/Accounts"         on bulk and sync: the endpoint whose records they repeat; absent when none is known
        "sync": "sync/CRM/Accounts"    on rest: absent when there is none; "bulk" likewise
        "entity_type": 2               on rest and sync: the number in sync/Deleted; absent when the record leaves no tombstone
        "webhook": "Accounts"          the topic; absent when there is none
        "needs_select": true           a GET of a list without $select is refused
        "filter_any": [...]            a mandatory filter, where switched on, is satisfied by any of these
        "mandatory_known": true        absent: a missing "mandatory" flag means unknown
        "unlisted": true               was not in the documentation index of 2025
        "properties": {"Name": ["String", flag, ...], ...}}}}

Types are EDM types without the prefix, ``Collection(X)`` or ``Complex(X)``. Flags, always in this order:
``key``, ``post`` and ``put`` (may be sent on create, on update), ``write-unknown``, ``mandatory`` or ``one-of:A|B``, ``hidden``,
``obsolete`` (dropped from the newer documentation), ``observed`` (seen only in answers), ``inferred`` (the type is a reading),
``pad-left:N`` or ``pad-right:N`` (how the server shows it), ``length:N`` (documented), ``length-hint:N`` (one source).

A bare name belongs to the rest endpoint that has it; failing that to a function, a sync and a bulk endpoint in turn. A name that
several endpoints of one kind claim is ambiguous; use ``crm/Addresses``-like names, which always work, for they are the endpoints.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGETS = (
    ROOT / "connectors/exact_emulator/reference.json",
    ROOT / "connectors/syncengine_connectors/exact/catalogue.json",
)

# Numbers of sync/Deleted, by the name of the sync endpoint; 42-49 are payroll entities of which the order is not known.
ENTITY_TYPES = {
    "TransactionLines": 1, "Accounts": 2, "Addresses": 3, "DocumentAttachments": 4, "Contacts": 5, "Documents": 6,
    "GLAccounts": 7, "SalesItemPrices": 8, "Items": 9, "PaymentTerms": 10, "SalesInvoices": 13,
    "TimeCostTransactions": 14, "StockPositions": 15, "GoodsDeliveries": 16, "GoodsDeliveryLines": 17,
    "GLClassifications": 18, "ItemWarehouses": 19, "StorageLocationStockPositions": 20, "Projects": 21,
    "PurchaseOrders": 22, "Subscriptions": 23, "SubscriptionLines": 24, "ProjectWBS": 25, "ProjectPlanning": 26,
    "LeaveAbsenceHoursByDay": 27, "SerialBatchNumbers": 28, "StockSerialBatchNumbers": 29, "SalesOrderHeaders": 32,
    "SalesOrderLines": 33, "QuotationHeaders": 34, "QuotationLines": 35, "ShopOrders": 36, "ShopOrderMaterialPlans": 37,
    "ShopOrderRoutingStepPlans": 38, "Schedules": 39, "ScheduleEntries": 40, "ItemStorageLocations": 41,
    "ShopOrderPurchasePlanning": 50, "ShopOrderSubOrders": 51, "BillOfMaterialMaterials": 54,
    "BillOfMaterialVersions": 55,
}  # fmt: skip

WEBHOOK_TOPICS = {
    "crm/Accounts": "Accounts", "crm/Contacts": "Contacts", "crm/BankAccounts": "BankAccounts",
    "logistics/Items": "Items", "sync/Inventory/StockPositions": "StockPositions",
    "financial/GLAccounts": "GLAccounts", "documents/Documents": "Documents",
    "documents/DocumentAttachments": "DocumentAttachments", "crm/Opportunities": "Opportunities",
    "crm/Quotations": "Quotations", "salesorder/SalesOrders": "SalesOrders",
    "salesinvoice/SalesInvoices": "SalesInvoices", "purchaseorder/PurchaseOrders": "PurchaseOrders",
    "salesorder/GoodsDeliveries": "GoodsDeliveries", "subscription/Subscriptions": "Subscriptions",
    "financialtransaction/BankEntries": "BankEntries", "financialtransaction/CashEntries": "CashEntries",
    "generaljournalentry/GeneralJournalEntries": "GeneralJournalEntries",
    "purchaseentry/PurchaseEntries": "PurchaseEntries", "salesentry/SalesEntries": "SalesEntries",
    "project/TimeTransactions": "TimeTransactions", "project/CostTransactions": "CostTransactions",
    "project/ProjectPlanning": "ProjectPlanning", "mailbox/MailMessages": "MailMessages",
}  # fmt: skip

WIDE = {
    "SalesItemPrices", "TransactionLines", "GeneralJournalEntries", "GoodsDeliveries", "DirectDebitMandates",
    "BankEntries", "PurchaseEntries",
}  # fmt: skip

FILTER_ANY = {
    "crm/Accounts": [
        "Accountant", "AccountManager", "AddressLine1", "AddressLine2", "AddressLine3", "Blocked", "BRIN", "BSN",
        "ChamberOfCommerce", "City", "Classification", *(f"Classification{n}" for n in range(1, 9)), "Code",
        "CodeAtSupplier", "Country", "Created", "Email", "EndDate", "EORINumber", "Fax", "ID", "InvoiceAccount",
        "IsAccountant", "IsReseller", "IsSales", "IsSupplier", "MainContact", "Modified", "Name", "Parent", "Phone",
        "Postcode", "PriceList", "Reseller", "RSIN", "SearchCode", "StartDate", "Status", "Type", "VATNumber",
    ],
    "logistics/Items": [
        "ID", "Barcode", *(f"Class_{n:02}" for n in range(1, 11)), "Code", "CostPriceNew", "Created", "Description",
        "EndDate", "ExtraDescription", *(f"FreeBoolField_{n:02}" for n in range(1, 6)),
        *(f"FreeDateField_{n:02}" for n in range(1, 6)), *(f"FreeNumberField_{n:02}" for n in range(1, 9)),
        *(f"FreeTextField_{n:02}" for n in range(1, 11)), "GLCosts", "GLRevenue", "GLStock", "GLCostsWorkInProgress",
        "GLRevenueWorkInProgress", "IsBatchItem", "IsSerialItem", "IsStockItem", "IsSalesItem", "IsPurchaseItem",
        "IsMakeItem", "IsTime", "IsWebshopItem", "IsFractionAllowedItem", "IsSubcontractedItem", "ItemGroup",
        "ItemGroupCode", "Modified", "NetWeightUnit", "SalesVatCode", "SearchCode", "StartDate", "Unit",
    ],
}  # fmt: skip

LENGTHS = {
    ("crm/Accounts", "Code"): "length:18",
    ("logistics/Items", "Description"): "length:60",
    ("logistics/Items", "ExtraDescription"): "length:255",
    ("crm/Accounts", "Name"): "length-hint:50",
    ("crm/Accounts", "AddressLine1"): "length-hint:80",
    ("crm/Accounts", "AddressLine2"): "length-hint:80",
    ("crm/Accounts", "AddressLine3"): "length-hint:80",
    ("crm/Accounts", "City"): "length-hint:30",
    ("crm/Accounts", "VATNumber"): "length-hint:35",
}

ACCOUNT_CODES = {
    "AccountCode", "CustomerCode", "InvoiceAccountCode", "DeliveryAccountCode", "OrderAccountCode", "ResellerCode",
    "ProjectAccountCode", "SubscriptionAccountCode", "OwnerAccountCode", "DivisionCustomerCode", "SupplierCode",
}  # fmt: skip
UNIT_CODES = {"Unit", "UnitCode", "Unitcode", "ItemUnit", "ItemUnitCode", "ItemUnitcode", "PurchaseUnit", "SalesUnit",
              "DefaultItemUnit"}  # fmt: skip


def padding(endpoint: str, name: str) -> str | None:
    """Tell how the server pads a text on reading, as a flag; None where it does not."""
    if name == "Code":
        return {
            "crm/Accounts": "pad-left:18",
            "crm/Contacts": "pad-left:18",
            "vat/VATCodes": "pad-right:3",
            "logistics/Units": "pad-right:8",
        }.get(endpoint)
    if name in ACCOUNT_CODES:
        return "pad-left:18"
    if name in {"Country", "State"} or name.endswith(("VATCode", "VatCode")):
        return "pad-right:3"
    if name == "Language" and endpoint != "current/Me":
        return "pad-right:10"
    if name == "SearchCode" and endpoint in {"crm/Accounts", "financial/GLAccounts"}:
        return "pad-right:9"
    return "pad-right:8" if name in UNIT_CODES else None


def flags(endpoint: str, p: dict[str, Any]) -> list[str]:
    """List the flags of one property in their fixed order; ``endpoint`` is that of the base record."""
    found = [flag for flag in ("key", "post", "put") if p.get(flag)]
    if p.get("write_unknown"):
        found.append("write-unknown")
    if mandatory := p.get("mandatory"):
        found.append("mandatory" if mandatory is True else str(mandatory))
    if p.get("hidden"):
        found.append("hidden")
    since = {"2022-only": "obsolete", "observed": "observed"}.get(p.get("since", ""))
    if since:
        found.append(since)
    if p.get("type_inferred"):
        found.append("inferred")
    if p["type"] == "Edm.String" and (pad := padding(endpoint, p["name"])):
        found.append(pad)
    if length := LENGTHS.get((endpoint, p["name"])):
        found.append(length)
    return found


def bare(endpoint: str) -> str:
    """Give the last part of an endpoint's path: the name people use."""
    return endpoint.rsplit("/", 1)[-1]


def bases(endpoints: list[dict[str, Any]]) -> dict[str, str]:
    """Map each bulk and sync endpoint to the rest endpoint whose records it repeats.

    The names must agree, and at least half of the rest endpoint's properties must occur: payroll's BankAccounts are not those
    of the relations.
    """
    by_name: dict[str, list[dict[str, Any]]] = {}
    for e in endpoints:
        if e["kind"] == "rest":
            by_name.setdefault(bare(e["endpoint"]), []).append(e)
    found = {}
    for e in endpoints:
        candidates = by_name.get(bare(e["endpoint"]), [])
        if e["kind"] not in {"bulk", "sync"} or len(candidates) != 1:
            continue
        theirs = {p["name"] for p in candidates[0]["properties"]}
        ours = {p["name"] for p in e["properties"]}
        if 2 * len(theirs & ours) >= len(theirs):
            found[e["endpoint"]] = candidates[0]["endpoint"]
    return found


def resource_names(endpoints: list[dict[str, Any]]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Give the bare names with their one endpoint, and those that several endpoints of one kind claim."""
    names: dict[str, str] = {}
    ambiguous: dict[str, list[str]] = {}
    for kind in ("rest", "function", "sync", "bulk"):
        claims: dict[str, list[str]] = {}
        for e in endpoints:
            if e["kind"] == kind:
                claims.setdefault(bare(e["endpoint"]), []).append(e["endpoint"])
        for name, claimants in claims.items():
            if name in names or name in ambiguous:
                continue
            if len(claimants) == 1:
                names[name] = claimants[0]
            else:
                ambiguous[name] = sorted(claimants)
    return dict(sorted(names.items())), dict(sorted(ambiguous.items()))


def compile_endpoint(e: dict[str, Any], base: str | None, relatives: dict[str, str]) -> dict[str, Any]:
    """Build the table entry of one endpoint; keys that say nothing are left out."""
    name, kind = e["endpoint"], e["kind"]
    entry: dict[str, Any] = {
        "service": e["service"],
        "uri": e["uri"],
        "kind": kind,
        "methods": e["methods"],
        "page_size": e["page_size"],
        "key": e["key"],
    }
    if e.get("scope"):
        entry["scope"] = e["scope"]
    if base:
        entry["base"] = base
    entry |= relatives
    sync = name if kind == "sync" else relatives.get("sync")
    if sync and bare(sync) in ENTITY_TYPES and not sync.startswith("sync/Payroll/"):
        entry["entity_type"] = ENTITY_TYPES[bare(sync)]
    if name in WEBHOOK_TOPICS:
        entry["webhook"] = WEBHOOK_TOPICS[name]
    if kind == "bulk" or (kind == "rest" and bare(name) in WIDE):
        entry["needs_select"] = True
    if name in FILTER_ANY:
        entry["filter_any"] = FILTER_ANY[name]
    if e.get("mandatory_known"):
        entry["mandatory_known"] = True
    if not e.get("listed_2025"):
        entry["unlisted"] = True
    entry["properties"] = {
        p["name"]: [p["type"].removeprefix("Edm."), *flags(base or name, p)] for p in e["properties"]
    }
    return entry


def compile_table(metadata: dict[str, Any]) -> dict[str, Any]:
    """Turn the metadata into the table described at the top of this file."""
    endpoints: list[dict[str, Any]] = metadata["endpoints"]
    base_of = bases(endpoints)
    relatives: dict[str, dict[str, str]] = {}
    for e in endpoints:
        if base := base_of.get(e["endpoint"]):
            relatives.setdefault(base, {})[e["kind"]] = e["endpoint"]
    names, ambiguous = resource_names(endpoints)
    return {
        "format": 1,
        "as_of": metadata["as_of"],
        "licence": "compiled from MIT-licensed data sets; see the notice beside this file",
        "names": names,
        "ambiguous": ambiguous,
        "endpoints": {
            e["endpoint"]: compile_endpoint(
                e, base_of.get(e["endpoint"]), dict(sorted(relatives.get(e["endpoint"], {}).items()))
            )
            for e in sorted(endpoints, key=lambda e: e["endpoint"])
        },
    }


def write_json(table: dict[str, Any]) -> str:
    """Write the table with one endpoint a line, so that differences stay readable and the file small."""

    def compact(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    head = [f"{compact(key)}:{compact(value)}" for key, value in table.items() if key != "endpoints"]
    rows = [f"{compact(name)}:{compact(entry)}" for name, entry in table["endpoints"].items()]
    return "{\n" + ",\n".join(head) + ',\n"endpoints":{\n' + ",\n".join(rows) + "\n}}\n"


def main(argv: list[str] | None = None) -> int:
    """Compile and write both copies; with ``--check`` only compare, and end 1 where a copy differs."""
    parser = argparse.ArgumentParser(description="Compile the reference of Exact Online into a compact table.")
    parser.add_argument("metadata", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing; end 1 if a copy differs")
    options = parser.parse_args(argv)
    text = write_json(compile_table(json.loads(options.metadata.read_text(encoding="utf-8"))))
    differs = [p for p in TARGETS if not p.exists() or p.read_text(encoding="utf-8") != text]
    if options.check:
        for path in differs:
            sys.stderr.write(f"{path.relative_to(ROOT)} differs from what {options.metadata} gives\n")
        return 1 if differs else 0
    for path in differs:
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
