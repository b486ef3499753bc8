"""Fill an administration from files in the form of Exact answers, and with what a new administration comes with."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from exact_emulator.administration import Administration
from exact_emulator.reading import child_endpoint
from exact_emulator.reference import Endpoint
from exact_emulator.rules import owner_property
from exact_emulator.settings import Settings
from exact_emulator.store import Row, Touch
from exact_emulator.values import RANGES, coerce, json_date, pad

CHUNK = 1 << 20


class SeedError(ValueError):
    """A seed file cannot be used; the text says why."""


def read_answer(path: Path) -> Iterator[Row]:
    """Yield the rows of an Exact answer, without holding the whole file.

    ``{"d":{"results":[...]}}``, ``{"d":[...]}``, ``{"d":{...}}``, a bare list and a bare record are taken; a byte-order mark too.

    Raises:
        SeedError: The file is none of these.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            yield from _rows(file, path)
    except OSError as error:
        raise SeedError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SeedError(f"{path}: not UTF-8") from None


def _rows(file: TextIO, path: Path) -> Iterator[Row]:
    text = file.read(CHUNK)
    start = _list_start(text)
    if start is None:
        yield from _small(text + file.read(), path)
        return
    decoder, at = json.JSONDecoder(), start
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if at < len(text) and text[at] == "]":
            return
        try:
            row, at = decoder.raw_decode(text, at)
        except ValueError:
            more = file.read(CHUNK)
            if not more:
                raise SeedError(f"{path}: the list of records is cut off or not JSON") from None
            text, at = text[at:] + more, 0
            continue
        if not isinstance(row, dict):
            raise SeedError(f"{path}: a record is {type(row).__name__}, an object was expected")
        yield row


def _list_start(text: str) -> int | None:
    """Find where the list of records begins: right at the start, or behind "d" or "results"."""
    skim = "".join(text[:4096].split())
    heads = ('{"d":{"results":[', '{"d":[', "[")
    if not skim.startswith(heads):
        return None
    return text.index("[") + 1


def _small(text: str, path: Path) -> Iterator[Row]:
    try:
        data: Any = json.loads(text)
    except ValueError as error:
        raise SeedError(f"{path}: not JSON ({error})") from None
    data = data.get("d", data) if isinstance(data, dict) else data
    data = data.get("results", data) if isinstance(data, dict) else data
    rows = data if isinstance(data, list) else [data]
    for row in rows:
        if not isinstance(row, dict):
            raise SeedError(f"{path}: a record is {type(row).__name__}, an object was expected")
        yield row


def seed(administration: Administration, resource: str, rows: Iterable[Row], *, made_by: str = "seed") -> int:
    """Put rows into an administration as they are; gives how many.

    ID, Created, Modified and Code stay as given; a missing key or row version is assigned; padding is put in place.

    Raises:
        LookupError: No such resource.
    """
    endpoint = administration.reference.resource(resource)
    table = administration.table(endpoint.table)
    base = table.endpoint
    number = 0
    for given in rows:
        number += 1
        row, lists = _stored(administration, base, given)
        for name in base.key:
            if row.get(name) is None and name in base.properties:
                row[name] = _seed_key(administration, base, name, len(table) + 1)
        if base.name == "sync/Deleted" and row.get("Timestamp") is None:
            row["Timestamp"] = str(administration.stamp + 1)
        key = table.key_of(row)
        stamp = _seed_stamp(administration, row)
        table.load(key, row, stamp)
        table.touches.pop(key, None)
        if made_by != "seed":
            table.touches[key] = Touch(created_by=made_by)
        administration.persist(base, key)
        for name, children in lists.items():
            _seed_children(administration, base, name, key, children)
    return number


def _seed_stamp(administration: Administration, row: Row) -> int:
    given = row.pop("Timestamp", None) if "EntityKey" not in row else row.get("Timestamp")
    if given is not None and str(given).isdecimal():
        administration.stamp = max(administration.stamp, int(given))
        return int(given)
    return administration.next_stamp()


def _seed_key(administration: Administration, endpoint: Endpoint, name: str, number: int) -> Any:
    if endpoint.properties[name].type == "Guid":
        # The same seed gives the same ids, so that two starts agree.
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{administration.division}/{endpoint.name}/{number}"))
    return str(number) if endpoint.properties[name].type in {"String", "Int64"} else number


def _stored(administration: Administration, endpoint: Endpoint, given: Row) -> tuple[Row, dict[str, list[Row]]]:
    """Give the stored form of a seed row, and the lists inside it."""
    row: Row = {}
    lists: dict[str, list[Row]] = {}
    for name, value in given.items():
        prop = endpoint.properties.get(name)
        if name == "__metadata" or value is None:
            continue
        if isinstance(value, dict | list):
            inner = value.get("results") if isinstance(value, dict) else value
            if isinstance(inner, list) and inner:
                lists[name] = inner
            continue
        if prop is None or prop.type.endswith(")") or prop.type == "Binary":
            row[name] = value
            continue
        try:
            value = coerce(prop.type, _near(prop.type, value), administration.clock.zone)
        except (ValueError, TypeError):
            row[name] = value
            continue
        row[name] = pad(value, *prop.pad) if prop.pad and isinstance(value, str) and value.strip() else value
    return row, lists


def _near(kind: str, value: Any) -> Any:
    """Mend what a hand-made seed often mixes up: flags as numbers and the other way round, numbers as text."""
    if kind == "Boolean" and value in (0, 1):
        return bool(value)
    if isinstance(value, bool) and kind in RANGES:
        return int(value)
    return str(value) if kind == "String" and isinstance(value, int | float) else value


def _seed_children(administration: Administration, endpoint: Endpoint, name: str, key: str, rows: list[Row]) -> None:
    prop = endpoint.properties.get(name)
    child = child_endpoint(administration, endpoint, prop) if prop else None
    owner = owner_property(endpoint, child) if child else None
    if child and owner:
        seed(administration, child.name, ({owner: key, **row} for row in rows))
    elif prop:
        table = administration.table(endpoint.table)
        table.load(key, (table.get(key) or {}) | {name: rows}, table.stamp(key))
        administration.persist(endpoint, key)


# -- a new administration ------------------------------------------------------------------------------------------

STARTER: dict[str, list[Row]] = {
    "logistics/Units": [
        {"Code": "pc", "Description": "Piece", "Active": True, "Main": 1, "Type": "O"},
        {"Code": "hour", "Description": "Hour", "Active": True, "Main": 0, "Type": "T", "TimeUnit": "hh"},
        {"Code": "kg", "Description": "Kilogram", "Active": True, "Main": 0, "Type": "W"},
        {"Code": "stuk", "Description": "Stuk", "Active": True, "Main": 0, "Type": "O"},
    ],
    "logistics/ItemGroups": [{"Code": "ALG", "Description": "Algemeen", "IsDefault": 1}],
    "vat/VATCodes": [
        {"Code": "0", "Description": "Geen btw", "Percentage": 0, "Type": "N", "VATTransactionType": "B"},
        {"Code": "1", "Description": "Btw laag, inclusief", "Percentage": 0.09, "Type": "I", "VATTransactionType": "S"},
        {"Code": "2", "Description": "Btw hoog, exclusief", "Percentage": 0.21, "Type": "E", "VATTransactionType": "S"},
        {"Code": "3", "Description": "Btw hoog, inclusief", "Percentage": 0.21, "Type": "I", "VATTransactionType": "S"},
        {"Code": "4", "Description": "Btw hoog, inkoop", "Percentage": 0.21, "Type": "E", "VATTransactionType": "P"},
        {"Code": "5", "Description": "Btw laag, exclusief", "Percentage": 0.09, "Type": "E", "VATTransactionType": "S"},
        {"Code": "7", "Description": "Intracommunautair", "Percentage": 0, "Type": "E", "VATTransactionType": "B",
         "EUSalesListing": "L"},
    ],
    "cashflow/PaymentConditions": [
        {"Code": "00", "Description": "Direct", "PaymentDays": 0, "PaymentMethod": "B", "Percentage": 1},
        {"Code": "08", "Description": "8 dagen", "PaymentDays": 8, "PaymentMethod": "B", "Percentage": 1},
        {"Code": "14", "Description": "14 dagen", "PaymentDays": 14, "PaymentMethod": "B", "Percentage": 1},
        {"Code": "30", "Description": "30 dagen", "PaymentDays": 30, "PaymentMethod": "B", "Percentage": 1},
        {"Code": "60", "Description": "60 dagen", "PaymentDays": 60, "PaymentMethod": "B", "Percentage": 1},
        {"Code": "IN", "Description": "Incasso", "PaymentDays": 14, "PaymentMethod": "I", "Percentage": 1},
    ],
    "inventory/Warehouses": [{"Code": "1", "Description": "Hoofdmagazijn", "Main": 1}],
    "financial/GLAccounts": [
        {"Code": "1100", "Description": "Bank", "BalanceSide": "D", "BalanceType": "B", "Type": 12},
        {"Code": "1300", "Description": "Debiteuren", "BalanceSide": "D", "BalanceType": "B", "Type": 20},
        {"Code": "1600", "Description": "Crediteuren", "BalanceSide": "C", "BalanceType": "B", "Type": 22},
        {"Code": "8000", "Description": "Omzet", "BalanceSide": "C", "BalanceType": "W", "Type": 110},
    ],
    "general/Currencies": [{"Code": "EUR", "Description": "Euro", "AmountPrecision": 0.01, "PricePrecision": 0.0001}],
}  # fmt: skip
"""Invented, in the image of a new administration: enough that defaults and references have something to point to."""


def start_up(administration: Administration, settings: Settings, seeded: set[str]) -> None:
    """Fill what a new administration has and no seed brought.

    Args:
        seeded: Endpoints that a seed fills; they get nothing.
    """
    now = json_date(administration.clock.wall_ms())
    for name, rows in (STARTER if settings.starter else {}).items():
        if name not in seeded and not len(administration.table(name)):
            common = {"Division": administration.division, "Created": now, "Modified": now}
            properties = administration.table(name).endpoint.properties
            whole = [row | {n: v for n, v in common.items() if n in properties} for row in rows]
            seed(administration, name, whole, made_by="starter")
    for name in ("system/Divisions", "hrm/Divisions", "system/AllDivisions"):
        if not len(administration.table(name)):
            seed(administration, name, _divisions(administration, settings), made_by="starter")


def _divisions(administration: Administration, settings: Settings) -> list[Row]:
    return [
        {
            "Code": code, "Description": f"Emulator {code}", "HID": str(number), "Hid": str(number),
            "Country": settings.country, "Currency": settings.currency, "Current": code == settings.divisions[0],
            "IsMainDivision": number == 1, "Main": number == 1, "Status": 0, "BlockingStatus": 0,
            "Created": json_date(1_262_304_000_000), "Modified": json_date(1_262_304_000_000),
            "StartDate": json_date(1_262_304_000_000),
        }
        for number, code in enumerate(settings.divisions, 1)
    ]  # fmt: skip
