"""Creates, updates and deletes: what the server fills in, pads, ignores and refuses."""

from __future__ import annotations

import pytest

from tests.builders import rows
from tests.exact_emulator.conftest import DIVISION, message

UNKNOWN = "71b961de-b9f3-49fe-883d-0f46c7e0e89b"


# -- create ---------------------------------------------------------------------------------------------------------


def test_a_new_account_gets_the_server_s_defaults(exact):
    account = exact.create("crm/Accounts", Name="A", Status="C", Country="NL")
    expected = {
        "Status": "C", "Type": "A", "ConsolidationScenario": 6, "InvoiceAttachmentType": 1, "InvoicingMethod": 0,
        "SecurityLevel": 10, "Blocked": False, "GlnNumber": "", "OINNumber": "", "SalesCurrency": "EUR", "Country": "NL ",
        "IsSales": True, "IsPurchase": True, "StartDate": "/Date(1782864000000)/", "CustomerSince": "/Date(1782864000000)/",
        "StatusSince": "/Date(1782864000000)/", "Created": "/Date(1782907200000)/", "Modified": "/Date(1782907200000)/",
        "CreatorFullName": "Ans Koppeling", "Division": DIVISION, "Code": " " * 17 + "1",
    }  # fmt: skip
    assert {name: account[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("held", "expected"),
    rows([
        ([], "1", "the first"),
        (["7", "12", "9"], "13", "one more than the highest"),
        (["0000099"], "100", "leading zeros do not count"),
        (["969322425320598583"], "969322425320598584", "eighteen digits"),
    ]),
)  # fmt: skip
def test_a_code_left_out_is_the_highest_and_one(exact, held, expected):
    exact.emulator.seed("Accounts", [{"Name": "x", "Code": code} for code in held])
    assert exact.create("crm/Accounts", Name="A")["Code"] == expected.rjust(18)


PADDED = [
    ("crm/Accounts", {"Name": "A", "Code": "0000011"}, "Code", "           0000011", "an account code, zeros kept"),
    ("crm/Accounts", {"Name": "A", "Code": "  11 "}, "Code", " " * 16 + "11", "an account code sent padded otherwise"),
    ("crm/Accounts", {"Name": "A", "Code": "353359132963905731"}, "Code", "353359132963905731", "a code of eighteen"),
    ("crm/Accounts", {"Name": "A", "Country": "NL"}, "Country", "NL ", "a country"),
    ("crm/Accounts", {"Name": "A", "Country": "NL", "State": "ZH"}, "State", "ZH ", "a state"),
    ("crm/Accounts", {"Name": "A", "Language": "NL-BE"}, "Language", "NL-BE     ", "a language"),
    ("crm/Accounts", {"Name": "A", "SearchCode": "BB"}, "SearchCode", "BB       ", "a search code of an account"),
    ("crm/Accounts", {"Name": "A", "SalesVATCode": "2"}, "SalesVATCode", "2  ", "a VAT code referred to"),
    ("logistics/Items", {"Code": "A1", "Description": "x", "Unit": "pc"}, "Unit", "pc      ", "a unit"),
    ("logistics/Items", {"Code": "A1", "Description": "x"}, "Code", "A1", "an item's code is not padded"),
    ("logistics/Items", {"Code": "A1", "Description": "x", "SearchCode": "BB"}, "SearchCode", "BB", "nor its search code"),
    ("vat/VATCodes", {"Code": "8", "Description": "x"}, "Code", "8  ", "a VAT code"),
    ("financial/GLAccounts", {"Code": "9000", "Description": "x"}, "Code", "9000", "a ledger code is not padded"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "fields", "name", "expected"), rows(PADDED))
def test_padding(exact, path, fields, name, expected):
    made = exact.create(path, **fields)
    assert made[name] == expected
    assert exact.one(path, made["ID"])[name] == expected
    assert [row["ID"] for row in exact.list(path, filter=f"{name} eq '{expected}'")][-1:] == [made["ID"]]


def test_without_prefer_only_key_and_defaults_come_back(exact):
    answer = exact.post("crm/Accounts", whole=False, Name="A", Email="a@b.example")
    assert answer.status_code == 201
    d = answer.json()["d"]
    assert d["ID"]
    assert (d["Name"], d["Email"], d["SecurityLevel"], d["GlnNumber"]) == (None, None, 10, "")
    assert exact.one("crm/Accounts", d["ID"])["Name"] == "A"


@pytest.mark.parametrize("name", ["UnknownField", "name"])
def test_an_unknown_property_is_refused(exact, name):
    answer = exact.post("crm/Accounts", Name="A", **{name: 1})
    assert answer.status_code == 400
    assert f"'{name}'" in message(answer)
    assert exact.emulator.records("Accounts") == []


def test_a_read_only_property_is_ignored(exact):
    account = exact.create("crm/Accounts", Name="A", Created="2001-01-01T00:00:00", CountryName="Utopia")
    assert (account["Created"], account["CountryName"]) == ("/Date(1782907200000)/", None)


WRONG_TYPES = [
    ("crm/Accounts", {"Name": 5}, "a number for a text"),
    ("crm/Accounts", {"Blocked": 1}, "a number for a flag"),
    ("crm/Accounts", {"IsMailing": True}, "a flag for a byte"),
    ("crm/Accounts", {"IsMailing": 256}, "a byte beyond its range"),
    ("crm/Accounts", {"MainContact": "me"}, "a text for a GUID"),
    ("crm/Accounts", {"StartDate": "soon"}, "a text for a date"),
    ("crm/Accounts", {"CreditLineSales": "much"}, "a text for a number"),
    ("crm/Quotations", {"QuotationLines": "two"}, "a text for a list"),
]


@pytest.mark.parametrize(("path", "fields"), rows(WRONG_TYPES))
def test_a_value_of_the_wrong_type_is_refused(exact, path, fields):
    answer = exact.post(path, **{"Name": "A"} | fields if path == "crm/Accounts" else fields)
    assert answer.status_code == 400
    assert next(iter(fields)) in message(answer)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_a_body_that_is_no_object_is_refused(exact, body):
    assert exact.http.post(f"/api/v1/{DIVISION}/crm/Accounts", content=body).status_code == 400


MANDATORY = [
    ("crm/Accounts", {}, ["Name"], "an account without a name"),
    ("crm/Accounts", {"Name": ""}, ["Name"], "an empty name"),
    ("crm/Contacts", {}, ["Account", "FirstName"], "a contact without anything"),
    ("crm/Contacts", {"FirstName": "Jan"}, ["Account"], "a contact without an account"),
    ("crm/BankAccounts", {}, ["Account", "BankAccount"], "a bank account without anything"),
    ("logistics/Items", {"Code": "1"}, ["Description"], "an item without a description"),
    ("vat/VATCodes", {"Description": "x"}, ["Code"], "a VAT code without a code"),
    (
        "logistics/SupplierItem",
        {},
        ["Item", "ItemUnit", "PurchasePrice", "PurchaseUnit", "Supplier"],
        "a supplier item",
    ),
    ("inventory/ItemWarehouses", {}, ["Item", "Warehouse"], "stock without an item"),
    ("webhooks/WebhookSubscriptions", {}, ["CallbackURL", "Topic"], "a subscription"),
]


@pytest.mark.parametrize(("path", "fields", "missing"), rows(MANDATORY))
@pytest.mark.parametrize(("language", "word"), [("NL", "Verplicht"), ("EN", "Mandatory")])
def test_mandatory_fields(make, language, word, path, fields, missing):
    answer = make(language=language).post(path, **fields)
    assert answer.status_code == 500
    assert message(answer) == "\r\n".join(f"{word}: {name}" for name in missing)
    assert answer.json()["error"]["code"] == ""


@pytest.mark.parametrize("path", ["crm/Addresses", "logistics/SalesItemPrices"])
def test_nothing_is_mandatory_there(exact, path):
    assert exact.post(path).status_code == 201


BREAKS = [
    ("crm/Accounts", {"Status": "V"}, "Ongeldig: Status []", "a status that does not exist"),
    ("crm/Accounts", {"Code": "A1"}, "Ongeldig: Code []", "a code that is no number"),
    ("crm/Accounts", {"Code": "1234567890123456789"}, "Ongeldig: Code []", "a code of nineteen"),
    (
        "crm/Accounts",
        {"InvoiceAccount": UNKNOWN},
        "Ongeldige referentie: InvoiceAccount",
        "an account that does not exist",
    ),
    ("crm/Accounts", {"GLAR": UNKNOWN}, "Ongeldige referentie: GLAR", "a ledger account that does not exist"),
    ("crm/Accounts", {"SalesVATCode": "X"}, "Ongeldige referentie: SalesVATCode", "a VAT code that does not exist"),
    (
        "crm/Accounts",
        {"PaymentConditionSales": "XX"},
        "Ongeldige referentie: PaymentConditionSales",
        "a payment condition",
    ),
    ("crm/Accounts", {"Country": "NL", "State": "ANT"}, "Ongeldige referentie: State", "a state of another country"),
    ("logistics/Items", {"Code": "1", "Description": "x" * 61}, "Ongeldig: Description []", "a description of 61"),
    ("logistics/Items", {"Code": "1", "Description": "x", "Unit": "mile"}, "Ongeldige referentie: Unit", "a unit"),
]


@pytest.mark.parametrize(("path", "fields", "text"), rows(BREAKS))
def test_a_rule_that_is_broken(exact, path, fields, text):
    answer = exact.post(path, **({"Name": "A"} if path == "crm/Accounts" else {}) | fields)
    assert (answer.status_code, message(answer)) == (500, text)


def test_several_complaints_come_in_one_text(make):
    answer = make(language="EN").post("crm/Accounts", Status="V", SalesVATCode="X")
    assert message(answer) == "Mandatory: Name\r\nInvalid reference: SalesVATCode\r\nInvalid: Status []"


@pytest.mark.parametrize("switch", ["seeded", "off"])
def test_references_can_go_unchecked(make, switch):
    client = make(check_references=switch, starter=False)
    assert client.post("crm/Accounts", Name="A", GLAR=UNKNOWN).status_code == 201


@pytest.mark.parametrize(
    ("switches", "expected"),
    rows([
        ({"long_text": "truncate"}, "x" * 60, "cut"),
        ({"long_text": "keep"}, "x" * 70, "kept"),
    ]),
)  # fmt: skip
def test_long_text_can_be_cut_or_kept(make, switches, expected):
    assert make(**switches).create("logistics/Items", Code="1", Description="x" * 70)["Description"] == expected


@pytest.mark.parametrize(("language", "text"), [("NL", "Gegeven bestaat reeds."), ("EN", "Data already exists")])
@pytest.mark.parametrize(
    ("path", "fields"),
    [("crm/Accounts", {"Name": "A", "Code": "7"}), ("logistics/Items", {"Code": "X", "Description": "x"}),
     ("vat/VATCodes", {"Code": "9", "Description": "x"})],
)  # fmt: skip
def test_a_code_is_unique(make, language, text, path, fields):
    client = make(language=language)
    client.create(path, **fields)
    again = client.post(path, **fields)
    assert (again.status_code, message(again)) == (500, text)


def test_names_and_vat_numbers_are_not_unique(exact):
    for _ in range(2):
        exact.create("crm/Accounts", Name="A", VATNumber="NL007225994B01", Email="a@b.example")
    assert len(exact.emulator.records("Accounts")) == 2


@pytest.mark.parametrize("name", ["IsSerialNumberItem", "IsBatchNumberItem"])
def test_an_obsolete_flag_sent_as_null_is_refused(exact, name):
    item = exact.create("logistics/Items", Code="1", Description="x")["ID"]
    refused = exact.put("logistics/Items", item, **{name: None})
    assert (refused.status_code, message(refused)) == (500, "Verplicht: Serie")


def test_only_a_customer_is_invoiced(exact):
    item = exact.create("logistics/Items", Code="1", Description="x")["ID"]
    accounts = [exact.create("crm/Accounts", Name="A", Status=status)["ID"] for status in "AC"]
    ledger = exact.list("financial/GLAccounts", filter="Code eq '8000'")[0]["ID"]
    fields = {"Journal": "70", "SalesInvoiceLines": [{"Item": item, "GLAccount": ledger}]}
    refused, made = (exact.post("salesinvoice/SalesInvoices", OrderedBy=a, InvoiceTo=a, **fields) for a in accounts)
    assert (refused.status_code, message(refused)) == (500, "Ongeldig: Factuur voor (Type)")
    assert made.status_code == 201


def test_a_currency_that_is_not_active_is_emptied(exact):
    account = exact.create("crm/Accounts", Name="A", SalesCurrency="USD", PurchaseCurrency="EUR")
    assert (account["SalesCurrency"], account["PurchaseCurrency"]) == (None, "EUR")


def test_a_reference_to_another_administration_is_dropped(make):
    client = make(divisions=(DIVISION, 22))
    foreign = client.emulator.create("Accounts", {"Name": "there"}, division=22)
    assert client.create("crm/Accounts", Name="here", InvoiceAccount=foreign)["InvoiceAccount"] is None


def test_contacts_mirror_and_compose(exact):
    account = exact.create("crm/Accounts", Name="A")["ID"]
    contact = exact.create("crm/Contacts", Account=account, LastName="Wit", Email="a@b.example")
    assert (contact["BusinessEmail"], contact["Gender"], contact["FullName"]) == ("a@b.example", "O", "Wit")
    other = exact.create("crm/Accounts", Name="B")["ID"]
    exact.put("crm/Contacts", contact["ID"], BusinessEmail="c@d.example", Account=other, BirthName="Zwart")
    after = exact.one("crm/Contacts", contact["ID"])
    assert (after["Email"], after["Account"]) == ("c@d.example", account)
    assert after["LastName"] == "Zwart", "the obsolete birth name overwrites the last name"


def test_an_item_gets_the_main_unit_and_the_default_group(exact):
    item = exact.create("logistics/Items", Code="1", Description="x", StandardSalesPrice=5.0)
    assert (item["Unit"], item["ItemGroupCode"], item["StandardSalesPrice"]) == ("pc      ", "ALG", None)
    assert item["UnitDescription"] == "Piece"


def test_an_address_that_exists_already_is_given_back(exact):
    account = exact.create("crm/Accounts", Name="A")["ID"]
    address = {"Account": account, "Type": 2, "AddressLine1": "Straat 1", "City": "Delft"}
    first = exact.create("crm/Addresses", **address)
    assert exact.create("crm/Addresses", **address)["ID"] == first["ID"]
    assert exact.create("crm/Addresses", **address | {"Type": 3})["ID"] != first["ID"]
    assert len(exact.emulator.records("Addresses")) == 2


def test_lines_are_made_with_their_parent(exact):
    account = exact.create("crm/Accounts", Name="A")["ID"]
    item = exact.create("logistics/Items", Code="1", Description="x")["ID"]
    lines = [{"Item": item, "Quantity": 1}, {"Item": item, "Quantity": 2}]
    order = exact.create("salesorder/SalesOrders", OrderedBy=account, SalesOrderLines=lines)
    got = exact.list("salesorder/SalesOrderLines", filter=f"OrderID eq guid'{order['OrderID']}'")
    assert sorted(line["Quantity"] for line in got) == [1, 2]
    assert got[0]["ItemCode"] == "1"
    refused = exact.post("salesorder/SalesOrders", OrderedBy=account, SalesOrderLines=[*lines, {"Item": UNKNOWN}])
    assert refused.status_code == 500
    assert len(exact.emulator.records("SalesOrders")) == 1
    assert len(exact.emulator.records("SalesOrderLines")) == 2


# -- dates ----------------------------------------------------------------------------------------------------------

DATES = [
    ("2026-04-07T00:00:00", "/Date(1775520000000)/", "ISO without a zone is local"),
    ("2026-04-07", "/Date(1775520000000)/", "a date only"),
    ("/Date(1775520000000)/", "/Date(1775520000000)/", "the server's own form"),
    ("2026-04-07T00:00:00Z", "/Date(1775527200000)/", "Z shifts by the summer offset"),
    ("2026-01-07T00:00:00Z", "/Date(1767747600000)/", "and by the winter offset"),
    ("2026-04-07T02:00:00+02:00", "/Date(1775527200000)/", "so does an offset"),
    ("2026-03-29T02:30:00", "/Date(1774751400000)/", "an hour that does not exist is kept as written"),
    ("2026-10-25T02:30:00", "/Date(1792895400000)/", "an hour that comes twice too"),
    ("2026-10-25T00:30:00Z", "/Date(1792895400000)/", "the first of the two"),
    ("2026-10-25T01:30:00Z", "/Date(1792895400000)/", "the second looks the same"),
]


@pytest.mark.parametrize(("sent", "stored"), rows(DATES))
def test_dates_are_on_the_local_scale(exact, sent, stored):
    account = exact.create("crm/Accounts", Name="A", EndDate=sent)
    assert account["EndDate"] == stored


def test_z_can_be_taken_by_its_digits(make):
    account = make(z_shifts=False).create("crm/Accounts", Name="A", EndDate="2026-04-07T00:00:00Z")
    assert account["EndDate"] == "/Date(1775520000000)/"


# -- update ---------------------------------------------------------------------------------------------------------


def test_an_update_merges_and_answers_nothing(exact):
    account = exact.create("crm/Accounts", Name="A", City="Delft", Email="a@b.example")
    exact.emulator.clock.advance(90)
    answer = exact.put("crm/Accounts", account["ID"], City="Gouda", Email=None)
    assert (answer.status_code, answer.content) == (204, b"")
    after = exact.one("crm/Accounts", account["ID"])
    assert (after["Name"], after["City"], after["Email"]) == ("A", "Gouda", None)
    assert (after["Created"], after["Modified"]) == ("/Date(1782907200000)/", "/Date(1782907290000)/")


def test_an_update_moves_the_row_version(exact):
    one, two = (exact.create("crm/Accounts", Name=name)["ID"] for name in "AB")
    exact.put("crm/Accounts", one, City="Gouda")
    assert [row["ID"] for row in exact.list("sync/CRM/Accounts")] == [two, one]


def test_the_own_code_in_an_update_fails_for_accounts(exact, make):
    account = exact.create("crm/Accounts", Name="A", Code="7")
    refused = exact.put("crm/Accounts", account["ID"], Code="7", City="Delft")
    assert (refused.status_code, message(refused)) == (500, "Gegeven bestaat reeds.")
    assert exact.one("crm/Accounts", account["ID"])["City"] is None
    item = exact.create("logistics/Items", Code="X", Description="x")
    assert exact.put("logistics/Items", item["ID"], Code="X", Description="y").status_code == 204
    lenient = make(own_code_refused=())
    account = lenient.create("crm/Accounts", Name="A", Code="7")
    assert lenient.put("crm/Accounts", account["ID"], Code="7").status_code == 204


UPDATES = [
    ({"Name": None}, 500, "Verplicht: Name", "a mandatory field emptied"),
    ({"Nope": 1}, 400, "Error processing request stream.", "an unknown property"),
    ({"GLAR": UNKNOWN}, 500, "Ongeldige referentie: GLAR", "a reference that leads nowhere"),
]


@pytest.mark.parametrize(("fields", "status", "text"), rows(UPDATES))
def test_an_update_is_refused_and_changes_nothing(exact, fields, status, text):
    account = exact.create("crm/Accounts", Name="A")
    answer = exact.put("crm/Accounts", account["ID"], **{"City": "Delft"} | fields)
    assert answer.status_code == status
    assert message(answer).startswith(text)
    assert exact.one("crm/Accounts", account["ID"])["City"] is None


@pytest.mark.parametrize(
    ("method", "path", "status"),
    rows([
        ("PUT", "crm/Accounts", 400, "an update without a key"),
        ("DELETE", "crm/Accounts", 400, "a delete without a key"),
        ("PUT", f"crm/Accounts(guid'{UNKNOWN}')", 404, "an update of an unknown record"),
        ("DELETE", f"crm/Accounts(guid'{UNKNOWN}')", 403, "a delete of an unknown record"),
        ("PUT", f"cashflow/PaymentConditions(guid'{UNKNOWN}')", 405, "a method the endpoint does not have"),
        ("DELETE", f"cashflow/PaymentConditions(guid'{UNKNOWN}')", 405, "nor this one"),
        ("POST", "logistics/Units", 405, "a resource that is read only"),
        ("POST", "bulk/CRM/Accounts", 405, "bulk is read only"),
        ("POST", f"crm/Accounts(guid'{UNKNOWN}')", 405, "a create with a key"),
        ("PATCH", f"crm/Accounts(guid'{UNKNOWN}')", 405, "a method nobody has"),
    ]),
)  # fmt: skip
def test_methods_and_keys(exact, method, path, status):
    assert exact.http.request(method, f"/api/v1/{DIVISION}/{path}", json={"Name": "x"}).status_code == status


# -- delete ---------------------------------------------------------------------------------------------------------


def test_a_deleted_record_is_gone(exact):
    account = exact.create("crm/Accounts", Name="A")["ID"]
    answer = exact.delete("crm/Accounts", account)
    assert (answer.status_code, answer.content) == (204, b"")
    assert exact.get(f"crm/Accounts(guid'{account}')").status_code == 404
    assert exact.list("crm/Accounts", filter=f"ID eq guid'{account}'") == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("EN", "Can't delete: Account 58 - Used in: Contacts"),
        ("NL", "Kan niet verwijderen: Account 58 - In gebruik: Contacts"),
    ],
)
def test_a_record_in_use_is_not_deleted(make, language, text):
    client = make(language=language)
    account = client.create("crm/Accounts", Name="A", Code="58")["ID"]
    contact = client.create("crm/Contacts", Account=account, LastName="X")["ID"]
    client.put("crm/Accounts", account, MainContact=contact)
    refused = client.delete("crm/Accounts", account)
    assert (refused.status_code, message(refused)) == (500, text)
    assert client.delete("crm/Contacts", contact).status_code == 204
    assert client.delete("crm/Accounts", account).status_code == 204


def test_a_code_in_use_keeps_its_record(exact):
    exact.create("crm/Accounts", Name="A", SalesVATCode="2")
    code = exact.list("vat/VATCodes", filter="Code eq '2'")[0]["ID"]
    assert exact.delete("vat/VATCodes", code).status_code == 500


def test_children_can_go_with_their_parent(make):
    client = make(delete_with_children="cascade")
    account = client.create("crm/Accounts", Name="A")["ID"]
    client.create("crm/Contacts", Account=account, LastName="X")
    assert client.delete("crm/Accounts", account).status_code == 204
    assert client.emulator.records("Contacts") == []
    assert sorted(row["EntityType"] for row in client.list("sync/Deleted")) == [2, 5]


# -- who did it -----------------------------------------------------------------------------------------------------


def test_who_made_and_wrote_a_record_is_known(exact):
    exact.emulator.seed("Accounts", [{"Name": "seeded", "Code": "1"}])
    made = exact.create("crm/Accounts", Name="by the app")["ID"]
    exact.put("crm/Accounts", made, City="Delft")
    exact.emulator.edit("Accounts", made, {"City": "Gouda"})
    shown = exact.http.get("/_admin/records/Accounts").json()
    by_name = {record["fields"]["Name"]: record for record in shown["records"]}
    assert shown["count"] == 2
    assert (by_name["seeded"]["created_by"], by_name["seeded"]["writes"]) == ("seed", 0)
    record = by_name["by the app"]
    assert record["created_by"] == f"client:{exact.emulator.settings.client_id}"
    assert (record["writes"], record["by_client"], record["by_person"]) == (3, 2, 1)
    assert record["fields"]["ModifierFullName"] == "Piet Boekhouder"
