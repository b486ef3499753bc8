"""Any request gets an answer; many at once do not disturb each other."""

from __future__ import annotations

import json
import string
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exact_emulator import Emulator, Settings
from exact_emulator.call import Call
from tests.exact_emulator.conftest import DIVISION, NOON, Client

WORDS = ["ID", "Name", "Code", "Modified", "Blocked", "CreditLineSales", "BankAccounts", "Timestamp", "eq", "gt", "and", "or", "not",
         "(", ")", ",", "'", "''", "'x'", "guid'", "null", "true", "1", "1L", "9" * 30, "datetime'0001-01-01T00:00:00Z'",
         "datetime'9999-12-31T23:59:59'", "startswith(", "desc", "\x00", "\ud800", "%", "é"]  # fmt: skip
PIECES = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join) | st.text(max_size=30)
PATHS = st.sampled_from([
    "crm/Accounts", "sync/CRM/Accounts", "bulk/CRM/Accounts", "crm/Contacts", "sync/Deleted", "current/Me", "crm/Accounts/$count",
    "read/sync/Sync/SyncTimestamp", "openingbalance/CurrentYear/AfterEntry", "general/Currencies", "system/Divisions", "logistics/Items",
])  # fmt: skip
KEYS = (
    st.sampled_from(["", "(", "()", "(1)", "('EUR')", "(guid'x')", "(Division=1,GLAccount=2)", "(a=1,b=2,c=3)"])
    | PIECES
)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | PIECES | st.lists(st.integers(), max_size=2)


@pytest.fixture(scope="module")
def crowd():
    emulator = Emulator(Settings(start=NOON, limits=False, needs_select=False))
    emulator.seed("Accounts", [
        {"Name": "A", "Code": "1", "Modified": "/Date(99999999999999999)/", "CreditLineSales": "much", "Blocked": "maybe"},
        {"ID": "not a guid", "Name": 5, "Blocked": 1, "IsMailing": True, "StartDate": "soon"},
        {"Name": None},
    ])  # fmt: skip
    return Client(emulator)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]), path=PATHS, key=KEYS, tail=st.sampled_from(["", "/", "/BankAccounts"]),
    query=st.dictionaries(st.sampled_from(["$filter", "$select", "$orderby", "$top", "$skip", "$expand", "$skiptoken", "$inlinecount",
                                           "modified", "endPoint"]), PIECES | st.sampled_from(["1", "allpages", "Name"]), max_size=4),
    body=st.binary(max_size=20) | st.dictionaries(st.sampled_from(["Name", "Code", "Account", "StartDate", "BankAccounts", "ID"]), VALUES),
    accept=st.sampled_from(["application/json", "*/*"]),
)  # fmt: skip
@example(method="GET", path="crm/Accounts", key="", tail="", query={}, body=b"", accept="*/*").via(
    "a seeded date that is none, as Atom"
)
@settings(max_examples=400)
def test_any_request_gets_an_answer(crowd, method, path, key, tail, query, body, accept):
    token = crowd.http.headers["Authorization"]
    prefix = "/api/v1/" if path == "current/Me" else f"/api/v1/{DIVISION}/"
    call = Call(
        method=method, host="https://exact.test", path=prefix + path + key + tail, parameters=tuple(query.items()),
        headers={"authorization": token, "accept": accept},
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )  # fmt: skip
    answer = crowd.emulator.handle(call)
    assert answer.status in {200, 201, 204, 400, 403, 404, 405, 500}
    if answer.status == 500:
        assert "error" in (answer.payload or {}) or "<error" in (answer.text or "")


def test_many_at_once_do_not_disturb_each_other(make):
    client = make(per_minute=10**6)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: client.post("crm/Accounts", Name=string.ascii_letters[n % 52]), range(80)))
    assert {answer.status_code for answer in answers} == {201}
    codes = sorted(int(row["Code"]) for row in client.emulator.records("Accounts"))
    assert codes == list(range(1, 81))
    stamps = [row["Timestamp"] for row in client.list("sync/CRM/Accounts", select="Timestamp")]
    assert len(set(stamps)) == 80


def test_a_seed_that_mixes_up_types_can_be_read(crowd):
    rows_ = crowd.list("crm/Accounts", orderby="CreditLineSales,Modified desc")
    assert len(rows_) >= 3
    mended = next(row for row in rows_ if row["ID"] == "not a guid")
    assert (mended["Name"], mended["Blocked"], mended["IsMailing"], mended["StartDate"]) == ("5", True, 1, "soon")
