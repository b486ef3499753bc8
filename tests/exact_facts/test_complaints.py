"""The cases that others complained about, one test each, in the order of the facts: our connector, and the server it is tested on."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from exact_emulator.webhooks import RecordingSender
from syncengine.connector import Query
from syncengine.errors import End, LoginError, Rejected, Stale, Transient, Uncertain, UserError
from syncengine.model.operation import OperationState, Written
from syncengine.ports import Ports
from syncengine_connectors.exact import log_in, webhooks
from syncengine_connectors.exact.events import Forged, verify
from syncengine_connectors.exact.options import read_settings
from syncengine_connectors.exact.wiring import wire
from tests.connectors.exact.test_over_http import Server
from tests.connectors.exact.test_tokens import Desk as Login
from tests.connectors.exact.test_tokens import Killed
from tests.connectors.exact.world import DIVISION, World, create, cursor, delete, records, update
from tests.exact_facts.desk import Desk

ACCOUNTS = Query(resource="Accounts", fields=("Name", "Code", "City"))
NOBODY = "00000000-0000-4000-8000-000000000000"
DAY = 86_400

REFRESHER = """
import json, sys, threading
from pathlib import Path
from syncengine.ports import Ports
from syncengine_connectors.exact.options import read_settings
from syncengine_connectors.exact.wiring import wire
folder = Path(sys.argv[1])
wires = wire(read_settings(json.loads(sys.argv[2])), Ports(root=folder, state=folder, credentials=folder / "credentials"))
chain = wires.profile.load()
got = []
threads = [threading.Thread(target=lambda: got.append(wires.keeper.refused(chain.current).access)) for _ in range(10)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps(got))
wires.http.close()
"""


def raw(world: World, token: str = "") -> httpx.Client:
    """A client without any of our knowledge."""
    token = token or world.emulator.issue_tokens()["access_token"]
    return httpx.Client(
        transport=httpx.WSGITransport(app=world.app),
        base_url=f"https://exact.test/api/v1/{DIVISION}/",
        headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
    )


def message(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["message"]["value"])


def sender(world: World) -> RecordingSender:
    """What stands for the subscribers."""
    made = world.emulator.webhooks.sender
    assert isinstance(made, RecordingSender)
    return made


def only(side: Any, operation: Any) -> Any:
    (outcome,) = side.write([operation])
    return outcome


def test_01_ten_threads_and_two_processes_that_refresh_at_once_make_one_call(repository, tmp_path):
    server = Server(repository)
    try:
        ports = Ports(root=tmp_path, state=tmp_path, credentials=tmp_path / "credentials")
        log_in(server.options, ports, {})
        before = server.calls("oauth2/token")
        server.admin("clock", {"advance_s": 580})
        age(tmp_path, server.options, ports)
        path = f"{repository}:{repository / 'connectors'}"
        command = [sys.executable, "-c", REFRESHER, str(tmp_path), json.dumps(server.options)]
        running = [
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": path}) for _ in range(2)
        ]
        got = [token for process in running for token in json.loads(process.communicate(timeout=60)[0])]
        assert len(got) == 20
        assert len(set(got)) == 1
        assert server.calls("oauth2/token") == before + 1
        headers = {"Authorization": f"Bearer {got[0]}", "Accept": "application/json"}
        alive = httpx.get(f"{server.told['address']}/api/v1/current/Me", headers=headers, trust_env=False)
        assert alive.status_code == 200, "no dead connection"
    finally:
        server.stop()


def age(folder: Any, options: Any, ports: Any) -> None:
    """Let the stored tokens be 580 seconds old, as the server's are."""
    wires = wire(read_settings(options), ports)
    current = wires.profile.load().current
    assert current is not None
    older = replace(current, asked=current.asked - 580, answered=current.answered - 580)
    wires.profile.save(replace(wires.profile.load(), current=older))
    wires.http.close()


def test_02_a_refresh_refused_as_not_expired_keeps_the_current_token(world):
    login = Login(world)
    keeper = login.process()
    token = keeper.token()
    world.clock.advance(575)
    world.emulator.clock.advance(-100)
    assert keeper.token() == token
    assert login.works(keeper.token())
    assert login.asked == 1, "and it is not asked again at once"


def test_03_a_crash_between_token_answer_and_save_asks_clearly_for_a_new_login(world):
    login = Login(world)
    world.clock.advance(580)

    def die(request: httpx.Request) -> None:
        raise Killed

    login.wire.after = die
    with pytest.raises(Killed):
        login.process().token()
    login.wire.after = lambda request: None
    with pytest.raises(LoginError, match="Log in again: sync login"):
        login.process().token()
    asked = login.asked
    with pytest.raises(LoginError):
        login.process().token()
    assert login.asked == asked, "no more token calls"


def test_04_a_login_unused_for_23_days_works_and_for_31_days_asks_for_a_person(tmp_path):
    for days, works in ((23, True), (31, False)):
        world = World(tmp_path / str(days))
        login = Login(world)
        world.clock.advance(days * DAY)
        if works:
            assert login.works(login.process().token())
        else:
            with pytest.raises(LoginError, match="30 days"):
                login.process().token()


def test_05_a_token_that_expires_during_paging_is_renewed_and_nothing_is_lost(world):
    world.emulator.seed("Accounts", [{"Name": f"Klant {n}"} for n in range(150)])
    side = world.connect(full_by="rest")
    rows = []
    for page in side.pull(ACCOUNTS, None):
        rows += page.rows
        world.clock.advance(601)
    assert len({row["ID"] for row in rows}) == 150
    assert len(world.calls("oauth2/token")) > 1


def test_06_every_429_stops_what_it_must_and_only_that(tmp_path):
    for kind in ("rate_minute", "rate_bare", "rate_absurd"):
        world = World(tmp_path / kind)
        world.emulator.create("Accounts", {"Name": "x"})
        side = world.connect()
        world.fault(kind, path="*/sync/CRM/Accounts")
        found, _ = records(side, ACCOUNTS)
        assert len(found) == 1, "a read waits for the minute and goes on"
        assert 1 <= sum(world.clock.slept) <= 130, "429 with calls remaining or without headers: a minute, no more"
        world.fault(kind, method="POST", path="*/crm/Accounts")
        outcome = only(side, create({"Name": "y"}))
        assert isinstance(outcome, Transient), "a write is surely unsent, and the engine's to repeat"
        assert len(world.emulator.records("Accounts")) == 1
    world = World(tmp_path / "day")
    world.fault("rate_day", path="*/sync/CRM/Accounts")
    with pytest.raises(Transient) as told:
        records(world.connect(), ACCOUNTS)
    assert told.value.retry_after is not None
    assert told.value.retry_after > 3600, "until the day is over"
    assert world.clock.slept == []


def test_07_bare_lists_reduced_tops_borders_of_60_and_1000_and_the_empty_list(tmp_path):
    for count in (0, 1, 59, 60, 61, 120, 121):
        world = World(tmp_path / str(count))
        world.emulator.seed("Accounts", [{"Name": f"Klant {n}"} for n in range(count)])
        found, pages = records(world.connect(full_by="rest"), ACCOUNTS)
        end = pages[-1].end
        assert end is not None
        assert (len(found), end.complete) == (count, True)
    client = raw(world)
    assert isinstance(client.get("crm/Accounts?$top=5").json()["d"], list)
    first = client.get("crm/Accounts?$top=100").json()["d"]
    asked = parse_qs(urlsplit(first["__next"]).query)
    assert (len(first["results"]), asked["$top"]) == (60, ["40"])
    rest = client.get(first["__next"]).json()["d"]
    assert len(rest if isinstance(rest, list) else rest["results"]) == 40
    for count in (999, 1000, 1001):
        world = World(tmp_path / f"sync{count}")
        world.emulator.seed("Accounts", [{"Name": f"Klant {n}"} for n in range(count)])
        assert len(records(world.connect(), ACCOUNTS)[0]) == count


def test_08_equal_stamps_double_rows_a_moved_division_and_a_feed_too_old(tmp_path):
    world = World(tmp_path / "stamps")
    world.emulator.seed(
        "BankAccounts", [{"BankAccount": f"NL{n}", "Modified": "/Date(1700000000000)/"} for n in range(125)]
    )
    banks = Query(resource="BankAccounts", fields=("BankAccount",))
    side = world.connect()
    found, pages = records(side, banks)
    assert len(found) == 125, "equal Modified on a page border"
    assert len(records(side, banks, cursor(pages))[0]) == 125, "and ge, never gt"

    world = World(tmp_path / "double")
    key = world.emulator.create("Accounts", {"Name": "oud"})
    world.fault("row_twice", path="*/sync/CRM/Accounts")
    found, pages = records(world.connect(), ACCOUNTS)
    assert [r.id for r in found.values()] == [key]
    assert len(pages[0].rows) == 1

    table = world.emulator.administration(DIVISION).table("system/Divisions")
    for code in list(table.keys()):
        table.put(code, {**(table.get(code) or {}), "DivisionMoveDate": "/Date(1760000000000)/"}, 1)
    _, again = records(world.connect(), ACCOUNTS, cursor(pages))
    assert again[-1].end is not None
    assert again[-1].end.scope == "full", "a moved division is read again from the beginning"

    world.clock.advance(62 * DAY)
    _, late = records(world.connect(), ACCOUNTS, cursor(again))
    assert late[-1].end is not None
    assert late[-1].end.horizon, "deletions may have been missed: a full compare is due"


def test_09_account_codes_are_looked_up_with_padding_zeros_and_all_18_digits(world):
    for name, code in (("short", "11"), ("zeros", "0000011"), ("long", "123456789012345678")):
        world.emulator.create("Accounts", {"Name": name, "Code": code})
        side = world.connect()
        (found,) = side.find(create({"Name": name, "Code": code}, identify={"Code": code}))
        assert (found.fields["Name"], found.fields["Code"]) == (name, code)
    client = raw(world)
    assert client.get("crm/Accounts?$filter=Code eq '11'").json()["d"]["results"] == [], (
        "an unpadded code: an empty list"
    )
    shown = client.get("crm/Accounts?$select=Code&$filter=Name eq 'zeros'").json()["d"]["results"][0]["Code"]
    assert shown == "           0000011"


def test_10_an_own_code_an_obsolete_flag_and_a_sketchy_answer_do_no_harm(world):
    key = world.emulator.create("Accounts", {"Name": "A", "Code": "7"})
    client, side = raw(world), world.connect()
    refused = client.put(f"crm/Accounts(guid'{key}')", json={"Code": "7", "City": "Gent"})
    assert (refused.status_code, message(refused)) == (500, "Gegeven bestaat reeds.")
    outcome = only(side, update(key, {"Code": "7", "City": "Gent"}, expected={"Code": "7"}))
    assert isinstance(outcome, Written)
    assert world.sent("PUT")[-1] == {"City": "Gent"}

    item = world.emulator.create("Items", {"Code": "ART", "Description": "Stoel"})
    harmful = client.put(f"logistics/Items(guid'{item}')", json={"IsSerialNumberItem": None})
    assert harmful.status_code == 500
    assert isinstance(only(side, update(item, {"IsSerialNumberItem": None}, resource="Items")), Rejected)

    sketch = client.post("crm/Accounts", json={"Name": "B", "City": "Gent"}).json()["d"]
    assert sketch["City"] is None, "not asked for: not shown, though it was taken"
    whole = only(side, create({"Name": "C", "City": "Gent"}))
    assert whole.record.fields["City"] == "Gent"


def test_11_a_validation_500_is_never_repeated_in_dutch_or_english_one_text_or_two(tmp_path):
    texts = {"NL": "Ongeldige referentie: ", "EN": "Invalid reference: "}
    for language, text in texts.items():
        world = World(tmp_path / language, language=language)
        side = world.connect()
        outcome = only(side, create({"Name": "x", "Parent": NOBODY, "Reseller": NOBODY}))
        assert isinstance(outcome, Uncertain)
        assert outcome.structured
        assert [line.startswith(text) for line in outcome.answer.split("\r\n")] == [True, True]
        assert len(world.calls("crm/Accounts", "POST")) == 1
    desk = Desk(tmp_path / "run")
    desk.customers(1)
    desk.world.fault("exists", method="POST", path="*/crm/Accounts", every=1)
    (item,) = desk.run().applied
    assert item.state is OperationState.PARKED, "looked for, not there: refused, and not tried again"
    desk.run()
    assert len(desk.world.calls("crm/Accounts", "POST")) == 1


def test_12_select_filter_unknown_property_and_hard_characters_in_values(tmp_path):
    world = World(tmp_path, mandatory_filter=True, language="EN")
    client, side = raw(world), world.connect(own_codes=False)
    wide = client.get("logistics/SalesItemPrices")
    assert (wide.status_code, message(wide)) == (400, "Please add a $select or a $top=1 statement to the query string.")
    unfiltered = client.get("crm/Accounts?$select=ID")
    assert unfiltered.status_code == 400
    assert "mandatory filtering" in message(unfiltered)
    assert client.get("crm/Contacts?$select=Foo").status_code == 400
    with pytest.raises(UserError, match="no field Foo"):
        records(side, Query(resource="Accounts", fields=("Foo",)))
    for name in ("O'Brien", "Jansen & Zn", "A+B", "Nr #1", "100% zeker", "''", "Ünïcode 😀"):
        assert isinstance(only(side, create({"Name": name}, key=name)), Written)
        assert [r.fields["Name"] for r in side.find(create({"Name": name}))] == [name]
    assert len(records(side, ACCOUNTS)[0]) == 7, "an app that must filter can still list everything"


def test_13_a_403_of_scope_licence_or_user_stops_and_errors_are_never_spent(tmp_path):
    for reason in ("LicenseExpired", "BlockedUser", "NoDivisionAccess"):
        world = World(tmp_path / reason)
        world.fault("forbidden", path="*/sync/CRM/Accounts", reason=reason, every=1)
        with pytest.raises(LoginError, match=reason):
            records(world.connect(), ACCOUNTS)
        assert len(world.calls("sync/CRM/Accounts")) == 1
    world = World(tmp_path / "scope")
    world.fault("forbidden", path="*/sync/CRM/Accounts", every=1)
    with pytest.raises(Rejected):
        records(world.connect(), ACCOUNTS)
    blocked = World(tmp_path / "errors", limits=True, per_minute=1000)
    client = raw(blocked)
    statuses = [client.get("crm/Accounts?$select=Foo").status_code for _ in range(12)]
    assert statuses == [400] * 11 + [429], "more than ten: the endpoint is blocked for an hour"
    world = World(tmp_path / "careful", limits=True, per_minute=1000)
    side = world.connect()
    key = world.emulator.create("Accounts", {"Name": "x"})
    world.fault("bad_request", method="PUT", every=1)
    for _ in range(12):
        only(side, update(key, {"City": "Gent"}))
    assert len(world.calls("crm/Accounts", "PUT")) == 7, "we stop before the side must"


def test_14_html_at_503_xml_without_accept_and_an_empty_401_are_no_surprise(world):
    key = world.emulator.create("Accounts", {"Name": "x"})
    side = world.connect()
    world.fault("maintenance", path="*/sync/CRM/Accounts")
    assert set(records(side, ACCOUNTS)[0]) == {key}, "a read is repeated"
    world.fault("maintenance", method="PUT", path="*/crm/Accounts*")
    assert isinstance(only(side, update(key, {"City": "Gent"})), Uncertain)
    client = raw(world)
    del client.headers["Accept"]
    plain = client.get(f"crm/Accounts(guid'{key}')", headers={"Accept": "*/*"})
    assert plain.headers["content-type"].startswith("application/atom+xml")
    world.fault("unauthorized", path="*/crm/Accounts*")
    assert set(side.fetch(ACCOUNTS, [key])) == {key}, "one 401 is repeated"
    world.fault("unauthorized", path="*/crm/Accounts*", every=1)
    with pytest.raises(LoginError):
        side.fetch(ACCOUNTS, [key])


MOMENTS = (
    datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC), datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC),
)  # fmt: skip


def test_15_dates_around_both_clock_changes_with_a_z_and_without_a_time(tmp_path):
    for moment in MOMENTS:
        world = World(tmp_path / moment.strftime("%m%d%H%M"))
        gap = (moment - world.clock.now()).total_seconds()
        world.clock.advance(gap)
        key = world.emulator.create("Accounts", {"Name": "x", "StartDate": "2026-03-29T00:00:00"})
        (found,) = world.connect().fetch(Query(resource="Accounts", fields=("Created", "StartDate")), [key]).values()
        created = found.fields["Created"]
        assert isinstance(created, datetime)
        doubled = moment == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        assert created == (moment - timedelta(hours=1) if doubled else moment), "of the doubled hour the first is meant"
        assert found.fields["StartDate"] == date(2026, 3, 29)
    side = world.connect()
    for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31)):
        made = only(side, create({"Name": f"d{day}", "StartDate": day}, key=str(day)))
        assert made.record.fields["StartDate"] == day, "a day stays that day"
    client = raw(world)
    client.post("crm/Accounts", json={"Name": "zulu", "EndDate": "2026-07-01T23:30:00Z"})
    (zulu,) = client.get("crm/Accounts?$filter=Name eq 'zulu'&$select=EndDate").json()["d"]["results"]
    assert zulu["EndDate"] == "/Date(1782955800000)/", "a Z shifts to local time: it is the next day there"
    assert not any("Z" in str(body) for body in world.sent("POST") if "zulu" not in str(body)), "so we never send one"


def test_16_a_refused_delete_an_unknown_one_and_a_deleted_record(world):
    account = world.emulator.create("Accounts", {"Name": "A"})
    world.emulator.create("Contacts", {"Account": account, "LastName": "x"})
    side, client = world.connect(), raw(world)
    refused = only(side, delete(account))
    assert isinstance(refused, Uncertain)
    assert refused.structured, "in use: the side's own words"
    assert account in side.fetch(ACCOUNTS, [account])
    assert isinstance(only(side, delete(NOBODY)), Written), "what is gone is gone"
    assert client.delete(f"crm/Accounts(guid'{NOBODY}')").status_code == 403
    free = world.emulator.create("Accounts", {"Name": "B"})
    assert isinstance(only(side, delete(free)), Written)
    assert client.get(f"crm/Accounts(guid'{free}')").status_code == 404
    assert side.fetch(ACCOUNTS, [free]) == {}
    assert isinstance(only(side, update(free, {"City": "x"})), Stale)


def test_17_a_failed_handshake_a_space_too_many_and_events_twice_or_out_of_order(tmp_path):
    desk = Desk(tmp_path)
    world = desk.world
    ask = {"action": "subscribe", "url": "https://app.example/hook", "topics": ("Accounts",)}
    sender(world).status = 500
    with pytest.raises(UserError, match="did not subscribe Accounts"):
        webhooks({"division": DIVISION, "url": "emulator"}, world.ports(), ask)
    sender(world).status = 200
    webhooks({"division": DIVISION, "url": "emulator"}, world.ports(), ask)
    sender(world).posts.clear()
    desk.customers(3)
    assert desk.run().end is End.DONE
    first = world.emulator.records("Accounts")[0]["ID"]
    world.emulator.edit("Accounts", first, {"City": "Delft"})
    world.emulator.webhooks.flush()
    bodies = [body for _, body in sender(world).posts]
    secret = world.emulator.settings.webhook_secret
    assert [verify(body, secret).action for body in bodies] == ["Create"] * 3 + ["Update"]
    with pytest.raises(Forged):
        verify(bodies[0].replace(b",", b", ", 1), secret)
    # Twice and backwards: each only says "read sooner", so the end is the same.
    for body in [*reversed(bodies), *bodies]:
        assert verify(body, secret).division == DIVISION
        assert desk.run().end is End.DONE
    cities = [row.fields["city"] for row in desk.shop._shelves["customers"].rows.values()]
    assert sorted(map(str, cities)) == ["Delft", "Gent", "Gent"]


def test_18_the_browser_changes_its_administration_while_a_run_is_at_work(tmp_path):
    desk = Desk(tmp_path, server={"divisions": (DIVISION, 22)})
    desk.customers(2)
    desk.world.emulator.current_division = 22
    assert desk.run().end is End.DONE
    assert len(desk.world.emulator.records("Accounts")) == 2
    assert list(desk.world.emulator.administration(22).table("crm/Accounts").keys()) == []
    assert not any("/22/" in call for call in desk.world.calls())
