"""The pages for tests: clock, log, records, a person's changes."""

from __future__ import annotations

import pytest

from exact_emulator import Emulator, Settings, create_app
from tests.builders import rows


def test_the_clock_is_moved(exact):
    moved = exact.http.post("/_admin/clock", json={"advance_s": 90}).json()
    assert moved == {"now": "2026-07-01T10:01:30+00:00", "wall_ms": 1782907290000}
    assert exact.http.get("/_admin/clock").json() == moved


def test_the_log_shows_calls_and_what_came_of_them(exact):
    exact.create("crm/Accounts", Name="A")
    exact.get("crm/Accounts", filter="Nope eq 1")
    create, refused = exact.http.get("/_admin/requests").json()["requests"]
    assert (create["method"], create["status"], create["body"]) == ("POST", 201, {"Name": "A"})
    assert (refused["path"], refused["query"]) == ("/api/v1/123456/crm/Accounts", {"$filter": "Nope eq 1"})
    assert refused["status"] == 400
    assert [entry.status for entry in exact.emulator.requests.changing()] == [201]
    assert exact.http.delete("/_admin/requests").json()["requests"] == []


def test_a_person_makes_changes_and_deletes(exact):
    made = exact.http.post("/_admin/create/Accounts", json={"Name": "A"}).json()["id"]
    exact.emulator.clock.advance(60)
    assert exact.http.post(f"/_admin/edit/Accounts/{made}", json={"City": "Delft"}).json() == {"id": made}
    row = exact.one("crm/Accounts", made)
    assert (row["City"], row["ModifierFullName"]) == ("Delft", "Piet Boekhouder")
    assert row["Modified"] != row["Created"]
    shown = exact.http.get("/_admin/records/crm/Accounts").json()["records"][0]
    assert (shown["created_by"], shown["by_person"], shown["id"]) == ("person", 2, made)
    assert exact.http.post(f"/_admin/delete/Accounts/{made}").status_code == 200
    after = exact.http.get("/_admin/records/Accounts").json()
    assert (after["count"], [row["EntityKey"] for row in after["deleted"]]) == (0, [made])


UNKNOWN = "71b961de-b9f3-49fe-883d-0f46c7e0e89b"
WRONG = [
    ("POST", "clock", {"advance_s": "soon"}, 422, "a word for seconds"),
    ("POST", "clock", [], 422, "no object"),
    ("GET", "records/Nothing", None, 422, "an unknown resource"),
    ("POST", f"edit/Accounts/{UNKNOWN}", {"City": "x"}, 404, "an unknown record"),
    ("POST", f"delete/Accounts/{UNKNOWN}", None, 404, "nothing to delete"),
    ("POST", "create/Accounts", {"Nope": 1}, 422, "an unknown property"),
    ("POST", "create/Accounts", {}, 422, "a rule broken"),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), rows(WRONG))
def test_what_cannot_be_done_is_explained(exact, method, path, body, status):
    answer = exact.http.request(method, f"/_admin/{path}", json=body)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_the_pages_are_closed_by_default_and_to_other_machines():
    closed = create_app(Settings()).test_client()
    assert closed.get("/_admin/clock").status_code == 404
    app = create_app(Settings(admin=True)).test_client()
    assert app.get("/_admin/clock", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
    assert app.get("/_admin/clock", environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == 200


def test_an_emulator_can_be_looked_into_in_process():
    emulator = Emulator(Settings())
    key = emulator.create("Accounts", {"Name": "A"})
    assert [row["ID"] for row in emulator.records("Accounts")] == [key]
    emulator.delete("Accounts", key)
    assert emulator.records("Accounts") == []
