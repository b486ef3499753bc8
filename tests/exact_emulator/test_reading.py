"""Lists, pages, envelopes, single records and counts."""

from __future__ import annotations

import json
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exact_emulator import Emulator, Settings
from exact_emulator.values import guid_order
from tests.builders import rows
from tests.exact_emulator.conftest import DIVISION, NOON, Client, message


def accounts(number):
    """Accounts with few different values, so that an order has equals."""
    return [
        {"Code": str(n), "Name": f"Name {n % 7}", "City": None if n % 5 == 0 else f"City {n % 3}", "CreditLineSales": n % 4,
         "Modified": f"/Date({1_700_000_000_000 + (n % 11) * 1000})/"}
        for n in range(1, number + 1)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def crowd():
    """A client of an emulator with 150 accounts; nobody changes them."""
    emulator = Emulator(Settings(start=NOON, limits=False))
    emulator.seed("Accounts", accounts(150))
    return Client(emulator)


# -- paging laws ----------------------------------------------------------------------------------------------------

ORDERS = ["", "Code", "Name desc", "City,Name desc", "Modified", "CreditLineSales desc,City", "ID desc"]


@given(
    number=st.integers(0, 130), top=st.none() | st.integers(0, 140), skip=st.integers(0, 20),
    order=st.sampled_from(ORDERS), filter=st.sampled_from(["", "City ne null", "CreditLineSales gt 0 and startswith(Name,'name')"]),
)  # fmt: skip
@settings(max_examples=60)
def test_every_row_comes_exactly_once_and_in_order(number, top, skip, order, filter):  # noqa: A002
    emulator = Emulator(Settings(start=NOON, limits=False))
    emulator.seed("Accounts", accounts(number))
    client = Client(emulator)
    query = {"select": "ID", "orderby": order, "filter": filter, "skip": skip} | ({} if top is None else {"top": top})
    got, pages = client.walk("crm/Accounts", **{name: value for name, value in query.items() if value != ""})
    everything = emulator.records("Accounts")
    if "City" in filter:
        everything = [row for row in everything if row.get("City") is not None]
    if "CreditLine" in filter:
        everything = [row for row in everything if row["CreditLineSales"] > 0]
    whole, _ = client.walk(
        "crm/Accounts", **{n: v for n, v in query.items() if n in {"orderby", "filter", "select"} and v != ""}
    )
    assert sorted(row["ID"] for row in whole) == sorted(row["ID"] for row in everything)
    expected = whole[skip:] if top is None else whole[skip : skip + top]
    assert [row["ID"] for row in got] == [row["ID"] for row in expected]
    assert pages == max(1, -(-len(expected) // 60))


@pytest.mark.parametrize(
    ("order", "key"),
    rows([
        ("", lambda r: guid_order(r["ID"]), "the order of SQL Server's GUIDs by default"),
        ("Name,City desc", None, "two fields, nulls last in descending order"),
        ("City", None, "nulls come first"),
    ]),
)  # fmt: skip
def test_the_order_of_a_list(crowd, order, key):
    got, _ = crowd.walk("crm/Accounts", **({"orderby": order} if order else {}))
    if key:
        assert got == sorted(got, key=key)
    elif order == "City":
        assert [row["City"] for row in got] == sorted(
            (row["City"] for row in got), key=lambda c: (c is not None, c or "")
        )
    else:
        ranks = [(row["Name"], [-ord(c) for c in row["City"] or ""] or [0]) for row in got]
        assert ranks == sorted(ranks)


@pytest.mark.parametrize(
    ("number", "pages"),
    rows(
        [
            (0, 1, "none"),
            (59, 1, "one less than a page"),
            (60, 1, "exactly a page"),
            (61, 2, "one more"),
            (120, 2, "exactly two"),
        ]
    ),
)
def test_the_borders_of_a_page_of_60(make, number, pages):
    client = make()
    client.emulator.seed("Accounts", accounts(number))
    assert client.walk("crm/Accounts")[1] == pages


@pytest.mark.parametrize(("number", "pages"), rows([(1000, 1, "exactly a page"), (1001, 2, "one more")]))
@pytest.mark.parametrize("path", ["bulk/CRM/Accounts", "sync/CRM/Accounts"])
def test_the_borders_of_a_page_of_1000(make, path, number, pages):
    client = make()
    client.emulator.seed("Accounts", accounts(number))
    got, seen = client.walk(path, select="ID")
    assert (len({row["ID"] for row in got}), seen) == (number, pages)


def test_top_cannot_raise_the_page_and_the_next_link_asks_for_the_rest(crowd):
    d = crowd.get("crm/Accounts", top=100, select="Code", filter="CreditLineSales ge 0", skip=3, orderby="Code").json()[
        "d"
    ]
    link = d["__next"]
    assert len(d["results"]) == 60
    assert link.startswith(f"https://exact.test/api/v1/{DIVISION}/crm/Accounts?")
    assert "$top=40" in link
    assert "$select=Code" in link
    assert "$filter=CreditLineSales%20ge%200" in link
    assert "$orderby=Code" in link
    assert "$skip=" not in link
    assert link.split("&")[-1].startswith("$skiptoken='")


def test_a_row_deleted_between_pages_shifts_nothing(make):
    client = make()
    client.emulator.seed("Accounts", accounts(130))
    first = client.get("crm/Accounts", select="ID").json()["d"]
    client.emulator.delete("Accounts", first["results"][0]["ID"])
    second = client.get(first["__next"]).json()["d"]
    third = client.get(second["__next"]).json()["d"]
    assert [len(d["results"]) for d in (first, second, third)] == [60, 60, 10]


# -- envelopes ------------------------------------------------------------------------------------------------------

ENVELOPES = [
    ({}, dict, "a list is in results"),
    ({"top": "60"}, list, "a top of a page or less is a bare list"),
    ({"top": "5"}, list, "a small top too"),
    ({"top": "61"}, dict, "a top beyond the page is not"),
    ({"top": "5", "inlinecount": "allpages"}, dict, "a count needs its place"),
]


@pytest.mark.parametrize(("query", "form"), rows(ENVELOPES))
def test_the_envelope_of_a_list(crowd, query, form):
    assert isinstance(crowd.get("crm/Accounts", **query).json()["d"], form)


def test_an_empty_list_is_an_answer(crowd):
    answer = crowd.get("crm/Accounts", filter="Name eq 'nobody'")
    assert (answer.status_code, answer.json()) == (200, {"d": {"results": []}})


def test_the_count_is_text_inline_and_bare_at_its_own_address(crowd):
    query = {"filter": "CreditLineSales eq 1"}
    expected = len([row for row in accounts(150) if row["CreditLineSales"] == 1])
    inline = crowd.get("crm/Accounts", inlinecount="allpages", top=1, **query).json()["d"]["__count"]
    bare = crowd.http.get(
        f"/api/v1/{DIVISION}/crm/Accounts/$count", params={"$filter": query["filter"]}, headers={"Accept": "*/*"}
    )
    assert (inline, bare.text) == (str(expected), str(expected))
    assert bare.headers["content-type"].startswith("text/plain")


def test_a_row_shows_metadata_then_the_key_then_the_rest(crowd):
    row = crowd.list("crm/Accounts", top=1)[0]
    assert list(row)[:2] == ["__metadata", "ID"]
    assert row["__metadata"] == {
        "uri": f"https://exact.test/api/v1/{DIVISION}/crm/Accounts(guid'{row['ID']}')",
        "type": "Exact.Web.Api.Models.Account",
    }
    assert crowd.get(row["__metadata"]["uri"], select="Code").json()["d"]["Code"] == row["Code"]
    assert list(crowd.list("crm/Accounts", top=1, select="Name,Code")[0]) == ["__metadata", "Code", "Name"]


def test_dates_are_escaped_in_the_text(crowd):
    assert '"Modified":"\\/Date(17' in crowd.get("crm/Accounts", top=1, select="Modified").text


@pytest.mark.parametrize("path", ["crm/Accounts", "crm/Contacts", "logistics/Items", "vat/VATCodes", "sync/CRM/Contacts",
                                  "bulk/CRM/Accounts", "system/Divisions", "general/Currencies"])  # fmt: skip
@pytest.mark.parametrize("query", [{}, {"$select": "%"}], ids=["whole", "some"])
def test_the_fast_page_says_what_the_slow_one_says(make, path, query):
    client = make(needs_select=False)
    emulator = client.emulator
    account = emulator.create("Accounts", {"Name": '100 % "quoted"\\ / é \x1f )/" x', "SalesVATCode": "2"})
    contact = emulator.create("Contacts", {"Account": account, "LastName": "%s"})
    emulator.edit("Accounts", account, {"MainContact": contact, "InvoiceAccount": account})
    emulator.create("Items", {"Code": "%d", "Description": "x", "Unit": "pc"})
    emulator.seed("Accounts", [{"Name": "seed", "SomethingNew": "kept", "Int": 3}])
    names = list(emulator.reference.path(path, exact_case=True).properties)[1::7]
    parameters = {"$select": ",".join(names)} if query else {}
    fast = client.http.get(f"/api/v1/{DIVISION}/{path}", params=parameters).json()
    emulator.faults.add({"kind": "row_twice", "times": 1})
    slow = client.http.get(f"/api/v1/{DIVISION}/{path}", params=parameters).json()
    slow["d"]["results"] = slow["d"]["results"][1:]
    assert fast["d"]["results"]
    assert [list(row) for row in fast["d"]["results"]] == [list(row) for row in slow["d"]["results"]]
    assert fast == slow


# -- single records and what belongs to them ------------------------------------------------------------------------


def test_a_single_record_is_d_itself(exact):
    account = exact.create("crm/Accounts", Name="A")
    assert exact.one("crm/Accounts", account["ID"], select="Name")["Name"] == "A"


@pytest.mark.parametrize(
    ("path", "status"),
    rows([
        ("crm/Accounts(guid'71b961de-b9f3-49fe-883d-0f46c7e0e89b')", 404, "an unknown key"),
        ("crm/Accounts('71b961de-b9f3-49fe-883d-0f46c7e0e89b')", 400, "a key of another type"),
        ("crm/Accounts(7)", 400, "a number for a GUID"),
        ("system/Divisions(123456)", 200, "a number where one belongs"),
        ("general/Currencies('EUR')", 200, "a text where one belongs"),
        ("crm/Nothing", 404, "an unknown endpoint"),
        ("crm/accounts", 404, "another case"),
        ("crm/Accounts/", 200, "a slash at the end"),
    ]),
)  # fmt: skip
def test_where_a_path_leads(exact, path, status):
    assert exact.get(path).status_code == status


def test_another_case_can_be_allowed(make):
    assert make(exact_case=False).get("crm/accounts").status_code == 200


def test_a_collection_is_deferred_until_expanded(exact):
    account = exact.create("crm/Accounts", Name="A")["ID"]
    exact.create("crm/BankAccounts", Account=account, BankAccount="NL91ABNA0417164300")
    deferred = exact.one("crm/Accounts", account)["BankAccounts"]["__deferred"]["uri"]
    assert deferred == f"https://exact.test/api/v1/{DIVISION}/crm/Accounts(guid'{account}')/BankAccounts"
    for found in (exact.get(deferred).json()["d"]["results"],
                  exact.one("crm/Accounts", account, expand="BankAccounts")["BankAccounts"]["results"],
                  exact.list("crm/Accounts", expand="BankAccounts", select="ID")[0]["BankAccounts"]["results"]):  # fmt: skip
        assert [row["IBAN"] for row in found] == ["NL91ABNA0417164300"]


def test_a_record_repeats_what_it_refers_to(exact):
    account = exact.create("crm/Accounts", Name="Before", Status="C")
    contact = exact.create("crm/Contacts", Account=account["ID"], FirstName="Jan", MiddleName="de", LastName="Wit")
    assert (contact["AccountName"], contact["FullName"], contact["AccountIsCustomer"]) == ("Before", "Jan de Wit", True)
    assert contact["IsMainContact"] is False
    exact.put("crm/Accounts", account["ID"], Name="After", MainContact=contact["ID"])
    after = exact.one("crm/Contacts", contact["ID"])
    assert (after["AccountName"], after["IsMainContact"]) == ("After", True)
    assert [c["ID"] for c in exact.list("crm/Contacts", filter="AccountName eq 'after'")] == [contact["ID"]]


# -- refusals -------------------------------------------------------------------------------------------------------

SELECT = "Please add a $select or a $top=1 statement to the query string."
REFUSED = [
    ("crm/Accounts", {"select": "Nope"}, "Could not find a property named 'Nope'", "an unknown property in select"),
    ("crm/Accounts", {"filter": "Nope eq 1"}, "No property 'Nope'", "an unknown property in a filter"),
    ("crm/Accounts", {"orderby": "Nope"}, "Could not find a property named 'Nope'", "an unknown property in an order"),
    ("crm/Accounts", {"expand": "Name"}, "Error in query syntax", "a property that cannot be expanded"),
    ("crm/Accounts", {"orderby": "Name sideways"}, "Error in query syntax", "a direction that is none"),
    ("crm/Accounts", {"top": "-1"}, "Error in query syntax", "a negative top"),
    ("crm/Accounts", {"top": "x"}, "Error in query syntax", "a top that is no number"),
    ("crm/Accounts", {"skiptoken": "what"}, "Error in query syntax", "a token that is none"),
    ("logistics/SalesItemPrices", {}, SELECT, "a wide endpoint without select"),
    ("logistics/SalesItemPrices", {"top": "2"}, SELECT, "a wide endpoint with a top of two"),
    ("cashflow/DirectDebitMandates", {}, SELECT, "another wide endpoint"),
    ("bulk/CRM/Accounts", {}, SELECT, "bulk without select"),
    ("sync/CRM/Accounts", {"filter": "Name eq 'x'"}, "Filtering on these fields is not supported: Name", "sync by name"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "query", "text"), rows(REFUSED))
def test_a_list_is_refused(exact, path, query, text):
    answer = exact.get(path, **query)
    assert answer.status_code == 400
    assert text in message(answer)


@pytest.mark.parametrize("query", [{"select": "ID"}, {"top": "1"}])
def test_a_wide_endpoint_answers_a_narrow_question(exact, query):
    assert exact.get("logistics/SalesItemPrices", **query).status_code == 200


def test_a_mandatory_filter_where_switched_on(make):
    client = make(mandatory_filter=True)
    refused = client.get("crm/Accounts", select="ID")
    assert refused.status_code == 400
    assert message(refused).startswith("This endpoint has mandatory filtering applied.")
    assert client.get("crm/Accounts", filter="Website eq 'x'").status_code == 400
    assert client.get("crm/Accounts", filter="Modified ge datetime'2026-01-01T00:00:00'").status_code == 200


@pytest.mark.parametrize("value", ["O'Brien", "A & B", "C++", "#1", "50 %", "a=b", "ü", "x?y", "'", "''"])
def test_a_name_with_any_sign_is_found(exact, value):
    made = exact.create("crm/Accounts", Name=value)
    exact.create("crm/Accounts", Name="another")
    quoted = value.replace("'", "''")
    assert [row["ID"] for row in exact.list("crm/Accounts", filter=f"Name eq '{quoted}'")] == [made["ID"]]


# -- sync -----------------------------------------------------------------------------------------------------------


def test_sync_gives_what_changed_since_a_row_version(exact):
    first = exact.create("crm/Accounts", Name="first")["ID"]
    second = exact.create("crm/Accounts", Name="second")["ID"]
    got = exact.list("sync/CRM/Accounts", filter="Timestamp gt 1", select="ID,Timestamp,Name")
    assert [row["ID"] for row in got] == [first, second]
    assert all(isinstance(row["Timestamp"], str) for row in got)
    last = int(got[-1]["Timestamp"])
    assert exact.list("sync/CRM/Accounts", filter=f"Timestamp gt {last}L") == []
    exact.put("crm/Accounts", first, City="Delft")
    after = exact.list("sync/CRM/Accounts", filter=f"Timestamp gt {last}L", select="ID,City,Timestamp")
    assert [(row["ID"], row["City"]) for row in after] == [(first, "Delft")]
    assert [row["ID"] for row in exact.list("sync/CRM/Accounts", filter=f"Timestamp ge {last}L")] == [second, first]
    assert [row["ID"] for row in exact.list("sync/CRM/Accounts", filter=f"{last}L lt Timestamp")] == [first]


def test_a_record_that_changes_while_paging_is_not_lost(make):
    client = make()
    client.emulator.seed("Accounts", accounts(2500))
    page = client.get("sync/CRM/Accounts", select="ID,Timestamp", filter="Timestamp gt 1").json()["d"]
    seen = [row["ID"] for row in page["results"]]
    late = client.emulator.records("Accounts")[7]["ID"]
    client.emulator.edit("Accounts", late, {"City": "Delft"})
    rest, _ = client.walk(page["__next"])
    seen += [row["ID"] for row in rest]
    assert rest[-1]["ID"] == late
    assert len(set(seen)) == 2500


def test_deleted_records_leave_a_tombstone_for_two_months(exact):
    account = exact.create("crm/Accounts", Name="A")["ID"]
    code = exact.create("vat/VATCodes", Code="9", Description="no feed")["ID"]
    before = exact.emulator.administration().stamp
    assert exact.delete("crm/Accounts", account).status_code == 204
    assert exact.delete("vat/VATCodes", code).status_code == 204
    rows_ = exact.list("sync/Deleted", filter=f"Timestamp gt {before}L and EntityType eq 2")
    assert [(row["EntityKey"], row["EntityType"], row["Division"]) for row in rows_] == [(account, 2, DIVISION)]
    assert exact.list("sync/Deleted", filter="Timestamp gt 1L") == rows_
    exact.emulator.clock.advance(60 * 86400)
    exact.login()
    assert exact.list("sync/Deleted", filter="Timestamp gt 1L") == rows_
    exact.emulator.clock.advance(3 * 86400)
    exact.login()
    assert exact.list("sync/Deleted", filter="Timestamp gt 1L") == []


def test_the_row_version_of_a_moment(exact):
    exact.create("crm/Accounts", Name="before")
    exact.emulator.clock.advance(60)
    later = exact.create("crm/Accounts", Name="after")["ID"]
    path = f"/api/v1/{DIVISION}/read/sync/Sync/SyncTimestamp"
    ask = {"modified": "datetime'2026-07-01T12:01:00'", "endPoint": "'Accounts'"}
    stamp = exact.http.get(path, params=ask).json()["d"]["TimeStampAsBigInt"]
    assert [row["ID"] for row in exact.list("sync/CRM/Accounts", filter=f"Timestamp gt {stamp}L")] == [later]


# -- Atom -----------------------------------------------------------------------------------------------------------


def test_without_an_accept_header_the_answer_is_atom(exact):
    exact.create("crm/Accounts", Name="A & B <C>")
    for accept in ("", "*/*", "application/atom+xml"):
        answer = exact.http.get(f"/api/v1/{DIVISION}/crm/Accounts", headers={"Accept": accept})
        assert answer.headers["content-type"].startswith("application/atom+xml")
        assert "<d:Name>A &amp; B &lt;C&gt;</d:Name>" in answer.text
        assert '<d:Modified m:type="Edm.DateTime">2026-07-01T12:00:00.000</d:Modified>' in answer.text
    refused = exact.http.get(f"/api/v1/{DIVISION}/crm/Accounts?$filter=Nope", headers={"Accept": "*/*"})
    assert refused.text.startswith("<?xml")
    assert "<message" in refused.text


# -- all resources --------------------------------------------------------------------------------------------------


def test_every_endpoint_can_be_read(make):
    client = make()
    reference = client.emulator.reference
    for endpoint in reference.endpoints.values():
        if "GET" not in endpoint.methods or endpoint.name == "read/sync/Sync/SyncTimestamp":
            continue
        some = next(iter(endpoint.properties), None)
        path = endpoint.uri.replace("{division}", str(DIVISION))
        answer = client.http.get(path, params={"$select": some} if some else {})
        assert answer.status_code == 200, (endpoint.name, answer.text)
        assert json.loads(answer.text)["d"]["results"] is not None


def test_every_resource_can_be_seeded_and_read_back(make):
    client = make(starter=False)
    for endpoint in client.emulator.reference.endpoints.values():
        texts = [p.name for p in endpoint.properties.values() if p.type == "String" and not p.key and not p.pad]
        if (
            endpoint.kind != "rest"
            or not texts
            or endpoint.name in {"current/Me", "system/Divisions", "hrm/Divisions", "system/AllDivisions"}
        ):
            continue  # fmt: skip
        client.emulator.seed(endpoint.name, [{texts[0]: "seeded"}])
        if "GET" in endpoint.methods:
            path = endpoint.uri.replace("{division}", str(DIVISION))
            got = client.http.get(path, params={"$select": texts[0]}).json()["d"]["results"]
            assert [row[texts[0]] for row in got] == ["seeded"], endpoint.name


def test_me_and_divisions(make):
    client = make(divisions=(11, 22))
    me = client.http.get("/api/v1/current/Me").json()["d"]["results"][0]
    assert (me["CurrentDivision"], me["UserID"]) == (11, client.emulator.settings.user.id)
    client.emulator.current_division = 22
    assert client.http.get("/api/v1/current/Me").json()["d"]["results"][0]["CurrentDivision"] == 22
    for path in ("system/Divisions", "hrm/Divisions"):
        found = client.http.get(f"/api/v1/11/{path}", params={"$select": "Code"}).json()["d"]["results"]
        assert [row["Code"] for row in found] == [11, 22]


def test_an_administration_out_of_reach_is_forbidden(exact):
    answer = exact.get("crm/Accounts", division=999)
    assert answer.status_code == 403
    assert message(answer) == "Forbidden - User division is not within division scope."
    assert answer.headers["Reason"] == "NoDivisionAccess"


def test_the_order_of_guids_is_that_of_sql_server():
    # Documented example: the last six bytes count first, then the fourth group, then the others byte by byte.
    ordered = ["01000000-0000-0000-0000-000000000000", "00010000-0000-0000-0000-000000000000",
               "00000100-0000-0000-0000-000000000000", "00000001-0000-0000-0000-000000000000",
               "00000000-0100-0000-0000-000000000000", "00000000-0001-0000-0000-000000000000",
               "00000000-0000-0100-0000-000000000000", "00000000-0000-0001-0000-000000000000",
               "00000000-0000-0000-0001-000000000000", "00000000-0000-0000-0100-000000000000",
               "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000100",
               "00000000-0000-0000-0000-000000010000", "00000000-0000-0000-0000-000001000000",
               "00000000-0000-0000-0000-000100000000", "00000000-0000-0000-0000-010000000000"]  # fmt: skip
    assert all(uuid.UUID(text) for text in ordered)
    assert sorted(ordered, key=guid_order) == ordered
