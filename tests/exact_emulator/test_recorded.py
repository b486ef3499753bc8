"""Recorded answers, served again: the shape must be that of the record."""

from __future__ import annotations

import json

import pytest

from exact_emulator.seeds import read_answer

FILES = [("Accounts", "accounts_51.json"), ("Accounts", "accounts_with_linked_entities.json"),
         ("Accounts", "account_single_no_envelope.json"), ("Items", "item_bare_d_list.json")]  # fmt: skip


@pytest.mark.parametrize(("resource", "name"), FILES, ids=[name for _, name in FILES])
def test_a_recorded_row_is_served_as_it_was_recorded(make, shared_data, resource, name):
    path = shared_data / "exact" / name
    recorded = {row["ID"].lower(): row for row in read_answer(path)}
    client = make()
    client.emulator.seed(resource, path)
    endpoint = "crm/Accounts" if resource == "Accounts" else "logistics/Items"
    served, _ = client.walk(endpoint)
    assert {row["ID"] for row in served} == set(recorded)
    for row in served:
        was = recorded[row["ID"]]
        for field, value in was.items():
            if field in {"__metadata", "BankAccounts"}:
                continue
            assert row[field] == value, (field, row[field], value)
        if was.get("BankAccounts"):
            assert set(row["BankAccounts"]) == set(was["BankAccounts"])
        if "__metadata" in was:
            assert row["__metadata"]["type"] == was["__metadata"]["type"]
            ends = [r["__metadata"]["uri"].split("/")[-2:] for r in (row, was)]
            assert ends[0] == ends[1]


def test_a_whole_administration_is_served_in_pages(make, shared_data):
    client = make()
    for resource, name, number in (("Accounts", "exact_accounts.json", 2086), ("Contacts", "exact_contacts.json", 972)):
        path = shared_data / "pairs" / name
        client.emulator.seed(resource, path)
        served, pages = client.walk(f"crm/{resource}", select="ID,Name" if resource == "Accounts" else "ID,FullName")
        assert (len({row["ID"] for row in served}), pages) == (number, -(-number // 60))
        assert len(json.loads(path.read_text(encoding="utf-8-sig"))["d"]["results"]) == number
