"""Reading: by row version, by Modified, whole; nothing skipped, nothing concluded from silence."""

from __future__ import annotations

from typing import Any

import pytest

from syncengine.connector import Query
from syncengine.errors import End as Ends
from syncengine.errors import LoginError, Rejected, StateError, Transient, UserError
from tests.builders import rows
from tests.connectors.exact.world import World, create, cursor, records

NAMES = Query(resource="Accounts", fields=("Name",))
OLD = "/Date(1577836800000)/"


def day(number: int) -> str:
    """A stamp so many days after the old one."""
    return f"/Date({1577836800000 + number * 86_400_000})/"


def seeded(world: World, count: int, resource: str = "Accounts", **fields: Any) -> None:
    """Records that were there long before."""
    made = [
        {
            "ID": f"00000000-0000-4000-8000-{n:012}",
            "Name": f"Klant {n}",
            "Code": str(n),
            "Created": OLD,
            "Modified": OLD,
            **fields,
        }
        for n in range(1, count + 1)
    ]
    world.emulator.seed(resource, made)


@pytest.mark.parametrize("count", [0, 1, 60, 61, 999, 1000, 1001, 2000])
def test_everything_is_listed_whatever_the_number(world, count):
    seeded(world, count)
    found, pages = records(world.connect(), NAMES)
    assert len(found) == count
    assert pages[-1].end is not None
    assert pages[-1].end.scope == "full"
    assert pages[-1].end.complete, pages[-1].end.why


@pytest.mark.parametrize("count", [0, 1, 60, 61, 120, 121])
def test_a_resource_without_sync_is_listed_sixty_at_a_time(world, count):
    world.emulator.seed(
        "Journals",
        [{"ID": f"00000000-0000-4000-9000-{n:012}", "Code": f"J{n}", "Description": "x"} for n in range(count)],
    )
    query = Query(resource="Journals", fields=("Code",))
    found, pages = records(world.connect(), query)
    assert len(found) == len(world.emulator.records("Journals"))
    assert len(world.calls("Journals")) == max(1, -(-len(found) // 60))
    assert pages[-1].end is not None
    assert pages[-1].end.complete


def test_only_what_is_mapped_is_asked_for(world):
    records(world.connect(), NAMES)
    asked = [query["$select"] for query in world.queries("sync/CRM/Accounts")]
    assert asked == ["ID,Modified,Timestamp,Name"]


def test_a_change_comes_and_what_is_old_does_not(world):
    seeded(world, 100)
    side = world.connect()
    _, pages = records(side, NAMES)
    world.clock.advance(3600)
    world.emulator.edit("Accounts", "00000000-0000-4000-8000-000000000007", {"Name": "Nieuw"})
    found, pages = records(side, NAMES, cursor(pages))
    assert {r.fields["Name"] for r in found.values()} == {"Nieuw"}
    assert pages[-1].end is not None
    assert pages[-1].end.scope == "delta"


def test_what_was_written_shortly_before_a_cursor_is_read_again(world):
    """A transaction may commit after its neighbours: its row version is lower than one already seen."""
    seeded(world, 10)
    side = world.connect()
    world.emulator.edit("Accounts", "00000000-0000-4000-8000-000000000003", {"Name": "Vlak voor de eerste"})
    _, pages = records(side, NAMES)
    for wait in (60, 60, 600):
        world.clock.advance(wait)
        found, pages = records(side, NAMES, cursor(pages))
        assert [r.fields["Name"] for r in found.values()] == ["Vlak voor de eerste"]
    world.clock.advance(900)
    found, pages = records(side, NAMES, cursor(pages))
    found, pages = records(side, NAMES, cursor(pages))
    assert found == {}


def test_a_late_commit_is_not_missed(world):
    seeded(world, 10)
    side = world.connect()
    _, pages = records(side, NAMES)
    world.clock.advance(3600)
    _, pages = records(side, NAMES, cursor(pages))
    world.clock.advance(120)
    # Somebody's change gets its row version now and is committed only after our next pull.
    stamp = world.emulator.administration().next_stamp()
    world.emulator.edit("Accounts", "00000000-0000-4000-8000-000000000006", {"Name": "Op tijd"})
    found, pages = records(side, NAMES, cursor(pages))
    assert [r.fields["Name"] for r in found.values()] == ["Op tijd"]
    with world.emulator.person() as writing:
        endpoint = world.emulator._endpoint("Accounts")
        writing.update(endpoint, "00000000-0000-4000-8000-000000000005", {"Name": "Laat"}, stamp=stamp)
    world.clock.advance(120)
    found, pages = records(side, NAMES, cursor(pages))
    assert "Laat" in {r.fields["Name"] for r in found.values()}


def test_a_row_that_comes_twice_on_a_page_counts_with_its_newest_version(world):
    seeded(world, 5)
    world.fault("row_twice", path="*/sync/CRM/Accounts")
    found, pages = records(world.connect(), NAMES)
    assert len(found) == 5
    assert sum(len(page.rows) for page in pages) == 5


def test_edits_between_pages_lose_nothing(world):
    seeded(world, 2500)
    for n in range(3):
        world.fault(
            "edit", path="*/sync/CRM/Accounts", nth=n + 1, resource="Accounts",
            id=f"00000000-0000-4000-8000-{n * 700 + 5:012}", fields={"Name": f"Onderweg {n}"},
        )  # fmt: skip
    side = world.connect()
    found, pages = records(side, NAMES)
    assert len(found) == 2500
    later, _ = records(side, NAMES, cursor(pages))
    merged = found | later
    assert {f"Onderweg {n}" for n in range(3)} <= {r.fields["Name"] for r in merged.values()}


BROKEN = [
    ("foreign_next", {"times": 9}, "outside this server", "a link to another server"),
    ("loop_next", {"every": 1, "times": 99}, "in a circle", "a link to the same page"),
    ("cut_json", {"every": 1, "times": 99}, "broken JSON", "a page cut off"),
    ("half_body", {"every": 1, "times": 99}, "connection broke", "a page that breaks off"),
    ("maintenance", {"every": 1, "times": 99}, "answered 503", "HTML"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "rule", "message"), rows(BROKEN))
def test_a_listing_that_breaks_off_is_no_listing(world, kind, rule, message):
    seeded(world, 2500)
    world.fault(kind, path="*/sync/CRM/Accounts", **rule)
    with pytest.raises(Transient, match=message) as caught:
        records(world.connect(), NAMES)
    assert caught.value.end is Ends.LATER


PASSING = [
    ("maintenance", "an hour of maintenance, shorter"),
    ("html_502", "a gateway"),
    ("fault", "a fault of the server"),
    ("timeout", "no answer"),
    ("refused", "nobody there"),
    ("cut_json", "a page cut off once"),
    ("request_timeout", "408"),
    ("rate_bare", "429 without headers"),
    ("rate_absurd", "429 with absurd headers"),
]  # fmt: skip


@pytest.mark.parametrize("kind", rows(PASSING))
def test_a_fault_that_passes_is_read_over(world, kind):
    seeded(world, 1500)
    world.fault(kind, path="*/sync/CRM/Accounts", nth=2)
    found, _ = records(world.connect(), NAMES)
    assert len(found) == 1500


SHORT = [
    ("lost_rows", {"nth": 1, "rows": 3}, "rows lost from a page"),
    ("no_next", {"nth": 1}, "the next link is missing"),
    ("shrunk", {"nth": 1}, "half of it"),
    ("empty", {"nth": 1}, "nothing at all"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "rule"), rows(SHORT))
@pytest.mark.parametrize(
    ("resource", "path"), [("Accounts", "*/sync/CRM/Accounts"), ("BankAccounts", "*/crm/BankAccounts")]
)
def test_a_listing_with_less_than_the_side_counts_is_not_complete(world, resource, path, kind, rule):
    seeded(world, 1500)
    account = "00000000-0000-4000-8000-000000000001"
    world.emulator.seed(
        "BankAccounts",
        [{"ID": f"00000000-0000-4000-9000-{n:012}", "Account": account, "BankAccount": f"NL{n}"} for n in range(130)],
    )
    world.fault(kind, path=path, **rule)
    query = Query(resource=resource, fields=("ID",))
    _, pages = records(world.connect(), query)
    end = pages[-1].end
    assert end is not None
    assert not end.complete
    assert "where Exact counts" in end.why


def test_a_short_page_with_a_next_link_is_no_loss(world):
    seeded(world, 1500)
    world.fault("short_page", path="*/sync/CRM/Accounts", rows=10)
    found, pages = records(world.connect(), NAMES)
    assert len(found) == 1500
    assert pages[-1].end is not None
    assert pages[-1].end.complete


def test_deletions_come_from_the_feed_with_evidence(world):
    seeded(world, 10)
    side = world.connect()
    _, pages = records(side, NAMES)
    world.clock.advance(3600)
    world.emulator.delete("Accounts", "00000000-0000-4000-8000-000000000004")
    found, pages = records(side, NAMES, cursor(pages))
    assert found == {}
    (gone,) = pages[-1].deleted
    assert gone.id == "00000000-0000-4000-8000-000000000004"
    assert gone.version is not None
    assert gone.at == world.clock.now()
    world.clock.advance(3600)
    _, pages = records(side, NAMES, cursor(pages))
    _, pages = records(side, NAMES, cursor(pages))
    assert not pages[-1].deleted


def test_deletions_of_other_kinds_are_not_ours(world):
    world.emulator.seed("Items", [{"ID": "00000000-0000-4000-9000-000000000001", "Code": "A", "Description": "x"}])
    side = world.connect()
    _, pages = records(side, NAMES)
    world.emulator.delete("Items", "00000000-0000-4000-9000-000000000001")
    _, pages = records(side, NAMES, cursor(pages))
    assert not pages[-1].deleted


def test_a_deletion_feed_that_may_not_be_read_is_no_news(world):
    side = world.connect()
    _, pages = records(side, NAMES)
    for _ in range(2):
        world.fault("forbidden", path="*/sync/Deleted", reason="Forbidden - Application Scope Violated.")
        _, pages = records(side, NAMES, cursor(pages))
    end = pages[-1].end
    assert end is not None
    assert not end.complete
    assert "deletions cannot be read" in end.why
    assert not pages[-1].deleted


def test_a_feed_older_than_two_months_calls_for_a_full_compare(world):
    seeded(world, 3)
    _, pages = records(world.connect(), NAMES)
    for days, expected in ((58, False), (60, True)):
        world.clock.advance(days * 86_400)
        _, pages = records(world.connect(), NAMES, cursor(pages))
        assert pages[-1].end is not None
        assert pages[-1].end.horizon is expected


def test_a_moved_division_is_read_again_from_the_beginning(world):
    seeded(world, 70)
    _, pages = records(world.connect(), NAMES)
    world.clock.advance(86_400)
    table = world.emulator.administration().table("system/Divisions")
    key = next(iter(table.keys()))
    row = dict(table.get(key) or {}) | {"DivisionMoveDate": "/Date(1795132800000)/"}
    table.put(key, row, world.emulator.administration().next_stamp())
    found, pages = records(world.connect(), NAMES, cursor(pages))
    assert pages[-1].end is not None
    assert pages[-1].end.scope == "full"
    assert len(found) == 70
    _, pages = records(world.connect(), NAMES, cursor(pages))
    assert pages[-1].end is not None
    assert pages[-1].end.scope == "delta", "once is enough"


def test_a_run_without_change_costs_seven_calls_for_three_resources(world):
    ends = {}
    queries = [NAMES, Query(resource="Contacts", fields=("LastName",)), Query(resource="Items", fields=("Code",))]
    side = world.connect()
    for query in queries:
        ends[query.resource] = cursor(records(side, query)[1])
    world.clock.advance(3600)
    world.emulator.requests.clear()
    side = world.connect()
    for query in queries:
        records(side, query, ends[query.resource])
    assert len(world.calls("/api/v1/")) == 7


def test_a_field_that_sync_does_not_carry_is_read_by_modified(world):
    world.emulator.seed("Items", [
        {"ID": f"00000000-0000-4000-9000-{n:012}", "Code": f"A{n}", "Description": "x", "Modified": OLD, "StandardSalesPrice": 9.95}
        for n in range(70)
    ])  # fmt: skip
    query = Query(resource="Items", fields=("Code", "StandardSalesPrice"))
    side = world.connect()
    found, pages = records(side, query)
    assert len(found) == 70
    assert len(world.calls("bulk/Logistics/Items")) == 1, "a thousand a page"
    world.emulator.edit("Items", "00000000-0000-4000-9000-000000000001", {"Description": "x"})
    world.clock.advance(5 * 3600)
    _, pages = records(side, query, cursor(pages))
    world.emulator.edit("Items", "00000000-0000-4000-9000-000000000003", {"Description": "y"})
    for shown in ({"1", "3"}, {"3"}):
        # The newest of the last pull comes once more: its stamp is not unique.
        found, pages = records(side, query, cursor(pages))
        assert pages[-1].end is not None
        assert pages[-1].end.scope == "delta"
        assert {id[-1] for id in found} == shown
        world.clock.advance(5 * 3600)


@pytest.mark.parametrize("full_by", ["sync", "bulk", "rest"])
def test_every_way_of_full_reading_gives_the_same_and_a_cursor_that_skips_nothing(world, full_by):
    seeded(world, 130)
    side = world.connect(full_by=full_by)
    found, pages = records(side, NAMES)
    assert len(found) == 130
    assert pages[-1].end is not None
    assert pages[-1].end.complete, pages[-1].end.why
    world.clock.advance(5)
    world.emulator.edit("Accounts", "00000000-0000-4000-8000-000000000009", {"Name": "Daarna"})
    later, pages = records(side, NAMES, cursor(pages))
    assert "Daarna" in {r.fields["Name"] for r in later.values()}


def test_a_small_list_without_feed_is_read_whole_each_time_so_that_deletions_show(world):
    query = Query(resource="VATCodes", fields=("Code", "Percentage"))
    side = world.connect()
    _, pages = records(side, query)
    _, pages = records(side, query, cursor(pages))
    end = pages[-1].end
    assert end is not None
    assert (end.scope, end.complete) == ("full", True)


def test_a_large_list_without_feed_is_read_by_modified(world):
    account = world.emulator.create("Accounts", {"Name": "x"})
    world.emulator.seed(
        "BankAccounts",
        [
            {"ID": f"00000000-0000-4000-9000-{n:012}", "Account": account, "BankAccount": f"NL{n}", "Modified": day(n)}
            for n in range(130)
        ],
    )
    query = Query(resource="BankAccounts", fields=("BankAccount",))
    side = world.connect()
    _, pages = records(side, query)
    world.clock.advance(5 * 3600)
    world.emulator.edit("BankAccounts", "00000000-0000-4000-9000-000000000100", {"BankAccount": "BE1"})
    found, pages = records(side, query, cursor(pages))
    assert sorted(str(r.fields["BankAccount"]) for r in found.values()) == ["BE1", "NL129"]
    assert pages[-1].end is not None
    assert pages[-1].end.scope == "delta"


def test_equal_stamps_on_a_page_border_skip_nothing(world):
    account = world.emulator.create("Accounts", {"Name": "x"})
    same = "/Date(1795161600000)/"
    made = [
        {"ID": f"00000000-0000-4000-9000-{n:012}", "Account": account, "BankAccount": f"NL{n}", "Modified": same}
        for n in range(180)
    ]
    world.emulator.seed("BankAccounts", made)
    query = Query(resource="BankAccounts", fields=("BankAccount",))
    side = world.connect()
    _, pages = records(side, query)
    found, _ = records(side, query, cursor(pages))
    assert len(found) == 180


def test_an_app_that_may_only_list_with_a_filter_can_list(tmp_path):
    world = World(tmp_path, mandatory_filter=True)
    seeded(world, 70)
    for full_by in ("sync", "rest"):
        found, pages = records(world.connect(full_by=full_by), NAMES)
        assert len(found) == 70
        assert pages[-1].end is not None
        assert pages[-1].end.complete, pages[-1].end.why


def test_wide_resources_are_asked_with_a_selection(world):
    found, _ = records(world.connect(full_by="rest"), Query(resource="DirectDebitMandates", fields=("Account",)))
    assert found == {}


def test_missing_and_empty_are_told_apart(world):
    seeded(world, 3, Email="info@x.example")
    query = Query(resource="Accounts", fields=("Name", "Email"))
    side = world.connect()
    world.fault("field_missing", path="*/sync/CRM/Accounts", field="Email")
    found, _ = records(side, query)
    assert all("Email" not in record.fields for record in found.values())
    world.fault("field_empty", path="*/sync/CRM/Accounts", field="Email")
    found, _ = records(side, query)
    assert all(record.fields["Email"] is None for record in found.values())


def test_a_row_without_key_or_with_a_strange_value_is_told_with_its_place(world):
    side = world.connect()
    query = Query(resource="Accounts", fields=("Created",))
    for row, message, id in (
        ({"Name": "x"}, "without key", None),
        ("text", "without key", None),
        ({"ID": "A1", "Created": "soon"}, "no date", "a1"),
        ({"ID": "A1", "Created": "/Date(1)/", "Modified": "soon"}, "no date", "a1"),
    ):
        with pytest.raises(Exception, match=message) as caught:
            side.parse(query, row)
        assert getattr(caught.value, "id", "?") == id


def test_properties_nobody_knows_are_ignored(world):
    record = world.connect().parse(NAMES, {"ID": "A1", "Name": "x", "Unheard": {"of": 1}, "__metadata": {}})
    assert dict(record.fields) == {"Name": "x"}


def test_a_resource_without_the_right_to_read_is_refused_by_name(world):
    world.fault("forbidden", path="*/sync/CRM/Accounts", reason="Forbidden - Application Scope Violated.")
    with pytest.raises(Rejected, match="sync/CRM/Accounts"):
        records(world.connect(), NAMES)


@pytest.mark.parametrize("reason", ["BlockedUser", "LicenseExpired", "NoDivisionAccess"])
def test_a_closed_administration_asks_for_a_person(world, reason):
    world.fault("forbidden", path="*/sync/CRM/Accounts", reason=reason)
    with pytest.raises(LoginError, match=reason):
        records(world.connect(), NAMES)


def test_a_token_that_expires_while_paging_is_renewed(world):
    seeded(world, 3500)
    side = world.connect()
    count = 0
    for page in side.pull(NAMES, None):
        count += len(page.rows)
        world.clock.advance(400)
    assert count == 3500
    assert len(world.calls("oauth2/token")) >= 2


def test_one_401_is_repeated_and_a_second_asks_for_a_person(world):
    seeded(world, 3)
    side = world.connect()
    world.fault("unauthorized", path="*/sync/CRM/Accounts")
    assert len(records(side, NAMES)[0]) == 3
    world.fault("unauthorized", path="*/sync/CRM/Accounts", every=1, times=2)
    with pytest.raises(LoginError, match="does not accept the access token"):
        records(side, NAMES)
    assert len(world.calls("oauth2/token")) == 1, "a young token is not renewed"


def test_the_minute_is_used_and_no_429_comes(tmp_path):
    world = World(tmp_path, limits=True)
    account = world.emulator.create("Accounts", {"Name": "x"})
    made = [
        {"ID": f"00000000-0000-4000-9000-{n:012}", "Account": account, "BankAccount": f"NL{n}"} for n in range(9000)
    ]
    world.emulator.seed("BankAccounts", made)
    begun = world.clock.now()
    found, _ = records(world.connect(), Query(resource="BankAccounts", fields=("BankAccount",)))
    assert len(found) == 9000
    assert not [entry for entry in world.emulator.requests if entry.status == 429]
    assert len(world.calls("/api/v1/")) == 151
    assert (world.clock.now() - begun).total_seconds() <= 2 * 60 * 1.02


def test_a_day_without_calls_left_ends_and_says_when_it_goes_on(tmp_path):
    world = World(tmp_path, limits=True, per_day=20)
    seeded(world, 3)
    side = world.connect()
    for _ in range(6):
        records(side, NAMES)
    with pytest.raises(Transient, match="the day's calls are spent") as caught:
        records(side, NAMES)
    assert caught.value.end is Ends.LATER
    assert len(world.calls("/api/v1/")) == 19, "a twentieth is kept back"
    assert not [entry for entry in world.emulator.requests if entry.status == 429]


def test_a_field_or_resource_that_does_not_exist_is_said_before_a_call(world):
    side = world.connect()
    with pytest.raises(UserError, match="no field Foo"):
        list(side.pull(Query(resource="Accounts", fields=("Foo",)), None))
    with pytest.raises(UserError, match='no resource "Foo"'):
        side.pull(Query(resource="Foo", fields=()), None)
    assert world.calls() == []


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"v": 2}', '{"v":1,"taken":"x"}', "null"])
def test_a_cursor_that_is_none_is_no_cursor(world, text):
    with pytest.raises(StateError, match="read everything again"):
        list(world.connect().pull(NAMES, text))


def test_fetch_asks_for_twenty_at_a_time_and_for_no_page_more(world):
    seeded(world, 100)
    side = world.connect()
    ids = [f"00000000-0000-4000-8000-{n:012}" for n in range(1, 101)]
    found = side.fetch(NAMES, [*ids[:45], "no id", ids[0].upper()])
    assert set(found) == {*ids[:45]} | {ids[0].upper()}
    assert len(world.calls("crm/Accounts")) == 3
    assert max(len(str(query)) for query in world.queries("crm/Accounts")) < 2000


def test_fetch_that_could_not_look_says_nothing_about_absence(world):
    world.fault("bad_request", path="*/crm/Accounts")
    with pytest.raises(Transient, match="could not look"):
        world.connect().fetch(NAMES, ["00000000-0000-4000-8000-000000000001"])


def test_created_records_and_their_fields_are_read_as_they_were_sent(world):
    side = world.connect()
    (written,) = side.write([create({"Name": "Café ‘De Zon’", "Country": "BE", "Language": "NL"})])
    found, _ = records(side, Query(resource="Accounts", fields=("Name", "Country", "Language", "Code")))
    (record,) = found.values()
    assert record.id == getattr(written, "id", "")
    assert {k: record.fields[k] for k in ("Name", "Country", "Language")} == {
        "Name": "Café ‘De Zon’",
        "Country": "BE",
        "Language": "NL",
    }
