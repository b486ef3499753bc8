"""Seeds: files in the form of Exact answers, and what a new administration has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exact_emulator import Emulator, Settings, seeds
from exact_emulator.seeds import SeedError, read_answer
from tests.builders import rows

ROW: dict[str, Any] = {"__metadata": {"uri": "x"}, "ID": "71B961DE-b9f3-49fe-883d-0f46c7e0e89b", "Code": "8", "Name": "Albex", "City": None,
       "Created": "/Date(1382667872203)/", "BankAccounts": {"__deferred": {"uri": "x"}}}  # fmt: skip
TWO = [ROW, {"Name": "B"}]

FORMS = [
    (json.dumps({"d": {"results": TWO}}), 2, "d.results"),
    (json.dumps({"d": TWO}, indent=4), 2, "d as a list"),
    (json.dumps(TWO), 2, "a bare list"),
    (json.dumps({"d": ROW}), 1, "a single record"),
    (json.dumps(ROW), 1, "a record without envelope"),
    (json.dumps({"d": {"__count": "2", "results": TWO}}), 2, "results not first"),
    (json.dumps({"d": {"results": []}}), 0, "an empty list"),
    ("\ufeff" + json.dumps({"d": {"results": TWO}}), 2, "a byte-order mark"),
    ('{ "d" :\n { "results" : [ {"Name":"A"} , {"Name":"B"} ]}}', 2, "white space"),
]

BROKEN = [
    ('{"d":{"results":[{"Name":"A"},', "cut off", "cut off in a list"),
    ('{"d":{"results":[1]}}', "int", "a record that is a number"),
    ('{"d": ', "not JSON", "cut off at once"),
    ('{"d": 5}', "int", "a number"),
    ("", "not JSON", "an empty file"),
]


@pytest.mark.parametrize(("text", "number"), rows(FORMS))
@pytest.mark.parametrize("chunk", [16, 1 << 20])
def test_an_answer_is_read(tmp_path, monkeypatch, text, number, chunk):
    # A small chunk cuts records in pieces; the head of the file must fit into the first.
    monkeypatch.setattr(seeds, "CHUNK", max(chunk, 40))
    path = tmp_path / "seed.json"
    path.write_text(text, encoding="utf-8")
    assert len(list(read_answer(path))) == number


@pytest.mark.parametrize(("text", "says"), rows(BROKEN))
def test_a_broken_answer_is_refused(tmp_path, text, says):
    path = tmp_path / "seed.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SeedError, match=says):
        list(read_answer(path))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(SeedError, match="No such file"):
        list(read_answer(tmp_path / "nothing.json"))


def test_a_seeded_row_stays_as_it_is(make):
    emulator = make().emulator
    emulator.seed("Accounts", [ROW | {"Timestamp": "77", "SomethingNew": 5}])
    assert emulator.records("Accounts") == [
        {"ID": ROW["ID"].lower(), "Code": "8".rjust(18), "Name": "Albex", "Created": ROW["Created"], "SomethingNew": 5}
    ]
    assert emulator.administration().table("Accounts").stamp(ROW["ID"].lower()) == 77
    row = make().emulator
    assert row.seed("Accounts", [{"Name": "A", "StartDate": "2026-01-01", "Country": "BE"}]) == 1
    assert row.records("Accounts")[0]["StartDate"] == "/Date(1767225600000)/"
    assert row.records("Accounts")[0]["Country"] == "BE "


def test_missing_keys_and_row_versions_are_assigned_the_same_way_each_time(make):
    one, other = make().emulator, make(random_seed=2).emulator
    for emulator in (one, other):
        emulator.seed("Accounts", [{"Name": "A"}, {"Name": "B"}])
    assert one.records("Accounts") == other.records("Accounts")
    table = one.administration().table("Accounts")
    assert [table.get(key)["Name"] for _, key in table.since(0)] == ["A", "B"]


def test_lists_inside_a_row_become_records_of_their_own(make):
    client = make()
    client.emulator.seed(
        "Accounts", [{"Name": "A", "BankAccounts": {"results": [{"BankAccount": "NL91ABNA0417164300"}]}}]
    )
    account = client.emulator.records("Accounts")[0]["ID"]
    assert [row["Account"] for row in client.emulator.records("BankAccounts")] == [account]


@pytest.mark.parametrize(
    ("resource", "says"),
    rows([("Nothing", "unknown", "unknown"), ("Users", "one of system/Users, users/Users", "ambiguous")]),
)
def test_a_resource_that_cannot_be_seeded(make, resource, says):
    with pytest.raises(LookupError, match=says):
        make().emulator.seed(resource, [])


def test_a_new_administration_has_what_defaults_point_to(make):
    emulator = make().emulator
    for resource in ("Units", "ItemGroups", "VATCodes", "PaymentConditions", "Warehouses", "GLAccounts", "Currencies"):
        assert emulator.records(resource), resource
    bare = make(starter=False).emulator
    assert bare.records("Units") == []
    assert [row["Code"] for row in bare.records("system/Divisions")] == [123456]


def test_a_seed_takes_the_place_of_what_a_new_administration_has(tmp_path):
    path = tmp_path / "codes.json"
    path.write_text('{"d":[{"Code":"21","Description":"x"}]}')
    emulator = Emulator(Settings(), seeds=[("VATCodes", path)])
    assert [row["Code"] for row in emulator.records("VATCodes")] == ["21 "]


def test_the_state_outlasts_a_restart(tmp_path):
    seed = tmp_path / "accounts.json"
    seed.write_text('{"d":{"results":[{"Name":"seeded"},{"Name":"to go"}]}}')
    first = Emulator(Settings(data=tmp_path / "data"), seeds=[("Accounts", seed)])
    first.clock.advance(3600)
    made = first.create("Accounts", {"Name": "made", "Code": "5"})
    gone = next(row["ID"] for row in first.records("Accounts") if row["Name"] == "to go")
    first.delete("Accounts", gone)
    before = {name: first.records(name) for name in ("Accounts", "sync/Deleted", "Units")}
    stamp, offset = first.administration().stamp, first.clock.offset
    first.close()
    second = Emulator(Settings(data=tmp_path / "data"), seeds=[("Accounts", seed)])
    assert {name: second.records(name) for name in before} == before, "the seed does not bring back what was deleted"
    assert (second.administration().stamp, second.clock.offset) == (stamp, offset)
    assert second.administration().table("Accounts").touches[made].created_by == "person"
    assert second.administration().next_stamp() > stamp
    second.close()
