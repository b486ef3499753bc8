"""Real input, which is not part of the repository: every row must come out as expected. Skipped where it is absent."""

from __future__ import annotations

import csv
import json
from decimal import Decimal

import pytest

from syncengine.decide.keys import KINDS, normalise
from syncengine.decide.keys.parties import relation
from syncengine.decide.transforms import compile_use

ELSEWHERE = {"exact_code", "exact_field", "exact_date", "exact_envelope", "exact_contact", "csv", "item"}
"""Fields of the input that a connector reads, not a key."""


@pytest.fixture(scope="module")
def phenomena(shared_data):
    with (shared_data / "phenomena.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_dirty_value_comes_out_as_expected(phenomena):
    wrong, seen = [], 0
    for row in phenomena:
        if row["field"] not in KINDS or row["expected"] == "one key":
            continue
        for raw in row["raw"] if isinstance(row["raw"], list) else [row["raw"]]:
            key = normalise(row["field"], raw, country=row.get("country"))
            seen += 1
            if (key.outcome, key.status) != (row["expected"], row["status"]):
                wrong.append((row["id"], key))
    assert seen > 80
    assert wrong == []


def test_every_field_of_the_input_is_read_by_somebody(phenomena):
    assert {row["field"] for row in phenomena} - set(KINDS) == ELSEWHERE | {"group", "date", "decimal"}


def test_spellings_said_to_be_one_key_are_one_key(phenomena):
    for row in (row for row in phenomena if row["expected"] == "one key"):
        assert len({normalise(row["field"], raw).value for raw in row["raw"]}) == 1


def test_records_that_look_alike_are_told_apart_as_expected(phenomena):
    for row in (row for row in phenomena if row["field"] == "group"):
        a, b = ({"name": side} if isinstance(side, str) else side for side in row["raw"].values())
        assert relation(a, b).verdict == row["expected"], row["id"]


def test_dates_and_decimals_are_read_as_expected(phenomena):
    layouts = {"2-01-12": "date(d-mm-yy)", "23-05-2016": "date(dd-mm-yyyy)"}
    for row in phenomena:
        if row["field"] == "date":
            assert str(compile_use(layouts[row["raw"]]).parse(row["raw"])) == row["expected"]
        if row["field"] == "decimal":
            assert compile_use("money").parse(row["raw"]) == Decimal(row["expected"])


REASONS = {
    "InvalidChecksum": {"check digit"},
    "InvalidLength": {"length"},
    "InvalidFormat": {"format", "suffix 00 is never given out"},
}


def test_every_vat_number_as_people_wrote_it(shared_data):
    wrong = []
    for row in table(shared_data / "identifiers" / "vat_numbers_as_written.csv"):
        key = normalise("vat", row["as_written"])
        if row["expected_status"] == "ok":
            good = key.usable and key.value == row["expected_canonical"]
        else:
            good = key.value is None and key.reason in REASONS[row["expected_status"]]
        if not good:
            wrong.append((row, key))
    assert wrong == []


def test_every_kvk_number_that_lost_its_zero(shared_data):
    rows = table(shared_data / "nl-register" / "public_sector_kvk_lost_zero.csv")
    keys = [(row, normalise("kvk", row["kvk_as_found"])) for row in rows]
    assert [(row, key) for row, key in keys if not key.usable or key.value != row["kvk_expected"]] == []


def test_every_establishment_number_that_lost_its_zeros(shared_data):
    rows = table(shared_data / "nl-register" / "childcare_locations.csv")
    keys = [(row, normalise("establishment", row["establishment_as_found"])) for row in rows]
    assert [(row, key) for row, key in keys if (key.value or "") != row["establishment_expected"]] == []


def test_every_belgian_public_body_has_a_valid_number(shared_data):
    rows = table(shared_data / "be-register" / "flemish_public_bodies.csv")
    wrong = [row for row in rows if normalise("kbo", row["enterprise_number"]).value != row["enterprise_number"]]
    assert wrong == []


def test_a_lost_ampersand_changes_no_comparison_key(shared_data):
    rows = table(shared_data / "nl-register" / "sponsors_changed_names.csv")
    wrong = [
        row
        for row in rows
        if row["kind"] == "ampersand_lost"
        and normalise("name_key", row["name_first"]).value != normalise("name_key", row["name_second"]).value
    ]
    assert wrong == []


def test_the_keys_of_the_made_pair_are_usable_exactly_where_the_truth_says_so(shared_data):
    crm = {row["Record ID"]: row for row in table(shared_data / "pairs" / "crm_companies.csv")}
    answer = json.loads((shared_data / "pairs" / "exact_accounts.json").read_text(encoding="utf-8-sig"))
    exact = {row["ID"]: row for row in answer["d"]["results"]}
    names = {
        "crm": (crm, "BTW-nummer", "KvK-nummer", "Country/Region"),
        "exact": (exact, "VATNumber", "ChamberOfCommerce", "Country"),
    }
    wrong, seen = [], 0
    for truth in table(shared_data / "pairs" / "truth_records.csv"):
        records, vat, kvk, country = names[truth["source"]]
        record = records[truth["record_id"]]
        for kind, field in (("vat", vat), ("kvk", kvk)):
            key = normalise(kind, record[field] or "", country=record[country])
            seen += 1
            if (key.usable and key.value == truth[f"{kind}_clean"]) != (truth[f"{kind}_usable"] == "1"):
                wrong.append((truth["record_id"], kind, record[field], key))
    assert seen > 8000
    assert wrong == []
