"""The fault schedule: when a rule strikes, and what each kind does."""

from __future__ import annotations

import json

import httpx
import pytest

from exact_emulator import ConnectionDropped, Refused, Reset, TimedOut
from exact_emulator.call import Call
from exact_emulator.fault_kinds import KINDS
from exact_emulator.faults import read_rule
from tests.builders import rows
from tests.exact_emulator.conftest import DIVISION, message

ACCOUNTS = f"/api/v1/{DIVISION}/crm/Accounts"


def call(method="GET", path=ACCOUNTS, parameters=()):
    return Call(method=method, host="https://exact.test", path=path, parameters=parameters)


def hits(given, calls):
    rule = read_rule({"kind": "timeout"} | given)
    return [rule.matches(c) and rule.strikes() for c in calls]


T, F = True, False
WHEN = [
    ({}, [T, F, F, F], "once, the first, by default"),
    ({"nth": 3}, [F, F, T, F], "the third"),
    ({"every": 2}, [F, T, F, T], "every second"),
    ({"every": 1}, [T, T, T, T], "every one"),
    ({"times": 2}, [T, T, F, F], "the first two"),
    ({"every": 2, "times": 1}, [F, T, F, F], "every second, but once"),
    ({"probability": 1.0}, [T, T, T, T], "surely"),
    ({"probability": 0.0}, [F, F, F, F], "never"),
]


@pytest.mark.parametrize(("given", "expected"), rows(WHEN))
def test_when_a_rule_strikes(given, expected):
    assert hits(given, [call()] * 4) == expected


def test_chance_is_repeatable():
    given = {"probability": 0.5, "seed": 7}
    assert hits(given, [call()] * 50) == hits(given, [call()] * 50)
    assert len(set(hits(given, [call()] * 50))) == 2


MATCHES = [
    ({"method": "post"}, call("POST"), True, "the method in any case"),
    ({"method": "POST"}, call("GET"), False, "another method"),
    ({"path": "crm/Accounts"}, call(), True, "the end of the path"),
    ({"path": "*/Accounts(*"}, call(path=ACCOUNTS + "(guid'x')"), True, "a pattern"),
    ({"path": "crm/Accounts"}, call(path=ACCOUNTS + "(guid'x')"), False, "the end is not the middle"),
    ({"path": "oauth2/token"}, call("POST", "/api/oauth2/token"), True, "the token endpoint"),
    ({"query": "skiptoken"}, call(parameters=(("$skiptoken", "1"),)), True, "a part of the query"),
    ({"query": "skiptoken"}, call(), False, "a query without it"),
]


@pytest.mark.parametrize(("given", "asked", "expected"), rows(MATCHES))
def test_which_calls_a_rule_speaks_of(given, asked, expected):
    assert read_rule({"kind": "timeout"} | given).matches(asked) is expected


@pytest.mark.parametrize(
    "given",
    rows([
        ({"kind": "explode"}, "an unknown kind"),
        ({}, "no kind"),
        ({"kind": "timeout", "nth": 0}, "a zeroth call"),
        ({"kind": "timeout", "every": "two"}, "a word for a number"),
        ({"kind": "timeout", "probability": "often"}, "a word for a chance"),
        ({"kind": "field_empty"}, "an argument missing"),
    ]),
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(given):
    with pytest.raises(ValueError, match="fault"):
        read_rule(given)


# -- writes ---------------------------------------------------------------------------------------------------------

WRITES = [
    ("timeout_done", TimedOut, 1, "10 timeout, done"),
    ("timeout", TimedOut, 0, "11 timeout, not done"),
    ("refused", Refused, 0, "14 connection refused"),
    ("reset", Reset, 0, "14 connection reset, not done"),
    ("reset_done", Reset, 1, "15 connection reset, done"),
    ("half_body", Reset, 1, "15 half a body"),
    ("rate_minute", 429, 0, "16 429 minute"),
    ("rate_day", 429, 0, "17 429 day"),
    ("rate_bare", 429, 0, "18 429 without headers"),
    ("rate_absurd", 429, 0, "18 429 with absurd headers"),
    ("deadlock", 500, 0, "20 500 deadlock"),
    ("exists", 500, 0, "21 500 exists"),
    ("fault", 500, 0, "22 500 and not done"),
    ("fault_done", 500, 1, "22 500 yet done"),
    ("empty_500", 500, 0, "22 500 without a body"),
    ("html_502", 502, 0, "23 HTML 502"),
    ("html_502_done", 502, 1, "23 HTML 502 yet done"),
    ("maintenance", 503, 0, "23 HTML 503"),
    ("bad_request", 400, 0, "24 one 400"),
    ("unauthorized", 401, 0, "26 401"),
    ("forbidden", 403, 0, "27 403"),
    ("request_timeout", 408, 0, "408"),
    ("created_cut", 201, 1, "28 201 cut off"),
]


@pytest.mark.parametrize(("kind", "expected", "made"), rows(WRITES))
def test_a_create_that_goes_wrong(exact, kind, expected, made):
    exact.emulator.faults.add({"kind": kind, "method": "POST", "path": "crm/Accounts"})
    if isinstance(expected, int):
        answer = exact.post("crm/Accounts", Name="A")
        assert answer.status_code == expected
        if kind == "created_cut":
            with pytest.raises(json.JSONDecodeError):
                answer.json()
        if kind.startswith("html") or kind == "maintenance":
            assert answer.headers["content-type"].startswith("text/html")
    else:
        with pytest.raises(expected) as dropped:
            exact.post("crm/Accounts", Name="A")
        assert isinstance(dropped.value, ConnectionDropped)
        assert isinstance(dropped.value, OSError), "a transport may catch it as the system's own"
    assert len(exact.emulator.records("Accounts")) == made
    entry = list(exact.emulator.requests)[-1]
    assert (entry.fault, entry.done) == (kind, bool(made))
    assert exact.post("crm/Accounts", Name="A").status_code == 201, "the next call goes well"


@pytest.mark.parametrize(
    ("kind", "names"),
    rows([
        ("rate_minute", {"X-RateLimit-Minutely-Limit", "X-RateLimit-Minutely-Remaining", "X-RateLimit-Minutely-Reset"}, "minute"),
        ("rate_day", {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}, "day"),
        ("rate_bare", set(), "none"),
        ("rate_absurd", {"X-RateLimit-Minutely-Limit", "X-RateLimit-Minutely-Remaining", "X-RateLimit-Minutely-Reset"}, "absurd"),
    ]),
)  # fmt: skip
def test_the_headers_of_a_429(exact, kind, names):
    exact.emulator.faults.add({"kind": kind})
    headers = exact.get("crm/Accounts").headers
    assert {name for name in headers if name.startswith("x-ratelimit")} == {name.lower() for name in names}


@pytest.mark.parametrize(
    ("arguments", "after"),
    rows(
        [
            ({"after_s": 900}, "clock", "by the clock, later than the token lives"),
            ({"after_requests": 2}, "requests", "by further requests"),
        ]
    ),
)
def test_a_create_that_is_done_later(exact, arguments, after):
    exact.emulator.faults.add({"kind": "timeout_late", "method": "POST"} | arguments)
    with pytest.raises(TimedOut):
        exact.post("crm/Accounts", Name="late")
    assert exact.list("crm/Accounts") == []
    assert exact.list("crm/Accounts") == []
    if after == "clock":
        exact.emulator.clock.advance(900)
        exact.login()
    assert [row["Name"] for row in exact.list("crm/Accounts")] == ["late"]


def test_an_update_that_is_ignored(exact):
    account = exact.create("crm/Accounts", Name="A")["ID"]
    exact.emulator.faults.add({"kind": "ignored", "times": 2})
    assert exact.put("crm/Accounts", account, Name="B").status_code == 204
    assert exact.delete("crm/Accounts", account).status_code == 204
    assert exact.one("crm/Accounts", account)["Name"] == "A"


@pytest.mark.parametrize(
    ("how", "expected"),
    rows([("upper", "ACME B.V. ", "upper case"), ("strip", "Acme B.V.", "stripped"), ("truncate:4", "Acme", "cut"),
          ("empty", None, "emptied")]),
)  # fmt: skip
def test_a_side_that_normalises(exact, how, expected):
    exact.emulator.faults.add({"kind": "normalise", "method": "PUT", "field": "City", "how": how, "every": 1})
    account = exact.create("crm/Accounts", Name="A", City="x")["ID"]
    exact.put("crm/Accounts", account, City="Acme B.V. ")
    assert exact.one("crm/Accounts", account)["City"] == expected


def test_an_endpoint_that_is_blocked(make):
    client = make(limits=True)
    client.emulator.faults.add({"kind": "endpoint_blocked", "path": "crm/Accounts"})
    assert [client.get("crm/Accounts").status_code for _ in range(2)] == [429, 429]
    assert client.get("crm/Contacts").status_code == 200
    client.emulator.clock.advance(3601)
    client.login()
    assert client.get("crm/Accounts").status_code == 200


# -- reads ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(make):
    client = make()
    client.emulator.seed(
        "Accounts", [{"Name": f"N{n}", "Code": str(n), "Modified": "/Date(1700000000000)/"} for n in range(150)]
    )
    return client


def page(client, url="crm/Accounts", **query):
    return client.get(url, **query).json()["d"]


def test_a_short_page_loses_nothing(crowd):
    crowd.emulator.faults.add({"kind": "short_page", "rows": 7, "nth": 2})
    got, pages = crowd.walk("crm/Accounts")
    assert (len(got), len({row["ID"] for row in got}), pages) == (150, 150, 4)


@pytest.mark.parametrize(
    ("given", "number"),
    rows([
        ({"kind": "lost_rows", "rows": 5}, 145, "31 rows of a page lost"),
        ({"kind": "no_next"}, 60, "31 the next link missing"),
        ({"kind": "row_twice"}, 151, "33 a row twice"),
        ({"kind": "empty"}, 0, "36 an empty side"),
        ({"kind": "shrunk", "share": 0.2}, 12, "37 a side that shrank"),
    ]),
)  # fmt: skip
def test_a_list_of_another_length(crowd, given, number):
    crowd.emulator.faults.add(given)
    assert len(crowd.walk("crm/Accounts")[0]) == number


def test_a_body_that_is_cut_is_no_json(crowd):
    crowd.emulator.faults.add({"kind": "cut_json"})
    with pytest.raises(json.JSONDecodeError):
        page(crowd)


def test_a_401_in_the_middle_of_paging(crowd):
    crowd.emulator.faults.add({"kind": "unauthorized", "query": "skiptoken"})
    link = page(crowd)["__next"]
    assert [crowd.get(link).status_code for _ in range(2)] == [401, 200]


def test_next_links_that_lead_astray(crowd):
    crowd.emulator.faults.add({"kind": "loop_next", "nth": 2})
    crowd.emulator.faults.add({"kind": "foreign_next", "nth": 3, "host": "https://evil.example"})
    second = page(crowd)["__next"]
    assert page(crowd, second)["__next"] == httpx.URL(second)
    assert page(crowd, second)["__next"].startswith("https://evil.example/api/v1/")


def test_fields_empty_missing_and_stamps_back(crowd):
    for kind in ("field_empty", "field_missing"):
        crowd.emulator.faults.add({"kind": kind, "field": "Name"})
        names = [row.get("Name", "missing") for row in page(crowd)["results"]]
        assert set(names) == {None if kind == "field_empty" else "missing"}
    crowd.emulator.faults.add({"kind": "stamps_back", "by": 10, "path": "sync/CRM/Accounts"})
    before = page(crowd, "sync/CRM/Accounts")["results"][0]
    after = page(crowd, "sync/CRM/Accounts")["results"][0]
    assert before["Modified"] == "/Date(1699999990000)/"
    assert int(after["Timestamp"]) - int(before["Timestamp"]) == 10


def test_keys_rewritten_and_swapped(crowd):
    right = [row["ID"] for row in page(crowd)["results"]]
    crowd.emulator.faults.add({"kind": "keys_rewritten"})
    assert not set(right) & {row["ID"] for row in page(crowd)["results"]}
    crowd.emulator.faults.add({"kind": "keys_swapped"})
    swapped = [row["ID"] for row in page(crowd)["results"]]
    assert swapped[:4] == [right[1], right[0], right[3], right[2]]


def test_a_person_edits_while_paging(crowd):
    last = crowd.list("sync/CRM/Accounts", select="ID")[0]["ID"]
    crowd.emulator.faults.add({"kind": "edit", "resource": "Accounts", "id": last, "fields": {"City": "Delft"}})
    crowd.emulator.faults.add({"kind": "edit", "resource": "Accounts", "fields": {"Name": "new"}, "nth": 2})
    page(crowd)
    assert crowd.one("crm/Accounts", last)["City"] == "Delft"
    assert len(crowd.emulator.records("Accounts")) == 151


def test_a_change_that_commits_late_shows_below_what_was_read(crowd):
    key = crowd.emulator.records("Accounts")[0]["ID"]
    edit = f"/_admin/edit/Accounts/{key}?commit_after_requests=1"
    assert crowd.http.post(edit, json={"City": "late"}).status_code == 200
    crowd.emulator.create("Accounts", {"Name": "meanwhile"})
    highest = int(crowd.list("sync/CRM/Accounts", filter="Timestamp gt 1", select="Timestamp")[-1]["Timestamp"])
    assert crowd.list("sync/CRM/Accounts", filter=f"Timestamp gt {highest}L") == []
    got = crowd.list("crm/Accounts", filter="City eq 'late'")
    assert [row["ID"] for row in got] == [key]
    late = next(row for row in crowd.list("sync/CRM/Accounts", select="ID,Timestamp") if row["ID"] == key)
    assert int(late["Timestamp"]) < highest


def test_a_deletion_feed_that_forgets(exact):
    exact.delete("crm/Accounts", exact.create("crm/Accounts", Name="A")["ID"])
    assert len(exact.list("sync/Deleted")) == 1
    exact.emulator.faults.add({"kind": "purge_deleted"})
    assert exact.list("sync/Deleted") == []
    assert exact.list("sync/Deleted") == []


def test_the_token_call_can_go_wrong_too(exact):
    exact.emulator.faults.add({"kind": "reset_done", "path": "oauth2/token"})
    settings, tokens = exact.emulator.settings, exact.emulator.issue_tokens()
    exact.emulator.clock.advance(580)
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": settings.client_id,
            "client_secret": settings.client_secret}  # fmt: skip
    with pytest.raises(Reset):
        exact.http.post("/api/oauth2/token", data=form)
    assert exact.http.post("/api/oauth2/token", data=form).json()["error_description"] == "Old refresh token used."


# -- the schedule over HTTP -----------------------------------------------------------------------------------------


def test_rules_are_posted_shown_and_dropped(exact):
    posted = exact.http.post("/_admin/faults", json={"faults": [{"kind": "timeout", "nth": 2}, {"kind": "empty"}]})
    assert [rule["kind"] for rule in posted.json()["faults"]] == ["timeout", "empty"]
    exact.get("crm/Accounts")
    assert [rule["struck"] for rule in exact.http.get("/_admin/faults").json()["faults"]] == [0, 1]
    assert exact.http.delete("/_admin/faults").json() == {"faults": []}


def test_a_bad_rule_is_explained(exact):
    refused = exact.http.post("/_admin/faults", json={"kind": "explode"})
    assert refused.status_code == 422
    assert "explode" in refused.json()["error"]


def test_the_docs_list_every_kind(repository):
    text = (repository / "docs" / "emulator.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"| `{kind}` |" not in text] == []


def test_every_kind_of_the_list_of_answers_and_readings_is_there():
    numbers = {about.number for about in KINDS.values()}
    # 13 is 12 with a longer time, 25 is 24 with `every`.
    assert set(range(10, 43)) - numbers == {13, 25}


def test_the_message_of_a_refusal_is_in_the_user_s_language(make):
    client = make(language="EN")
    client.emulator.faults.add({"kind": "exists"})
    assert message(client.post("crm/Accounts", Name="A")) == "Data already exists"
