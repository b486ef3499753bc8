"""Writing: no more than what changes, once; and looking for what an unanswered write left behind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from syncengine.connector import Query
from syncengine.errors import ConfigError, Rejected, Stale, Transient, Uncertain
from syncengine.model.operation import Pending, Written
from syncengine.model.record import ABSENT, Side
from syncengine_connectors.exact.catalogue import Catalogue
from syncengine_connectors.exact.options import Codes
from syncengine_connectors.exact.writing import new_code, own_code
from tests.builders import rows
from tests.connectors.exact.world import World, create, delete, records, update

NOBODY = "00000000-0000-4000-8000-000000000000"


def only(side, operation) -> Any:
    (outcome,) = side.write([operation])
    return outcome


@pytest.fixture
def side(world):
    return world.connect()


@pytest.fixture
def account(world: World) -> str:
    return world.emulator.create("Accounts", {"Name": "Bakkerij Peeters", "Code": "1042", "City": "Gent"})


# What is sent


def test_an_update_sends_the_changed_fields_and_nothing_else(world, side, account):
    outcome = only(side, update(account, {"City": "Brugge", "Phone": None}))
    assert outcome == Written(id=account)
    assert world.sent("PUT") == [{"City": "Brugge", "Phone": None}]
    assert world.calls(method="PUT") == [f"PUT /api/v1/123456/crm/Accounts(guid'{account}')"]


def test_a_create_asks_for_the_whole_record_and_gets_it(world, side):
    outcome = only(side, create({"Name": "Nieuw", "Status": "C"}))
    assert isinstance(outcome, Written)
    assert outcome.record is not None
    assert outcome.record.fields["Name"] == "Nieuw"
    assert outcome.record.fields["City"] is None, "the side says: empty"
    assert outcome.record.id == outcome.id
    assert len(world.calls(method="POST")) == 2, "the token's, and one"


def test_values_nobody_set_are_not_sent(world, side):
    only(side, create({"Name": "Nieuw", "City": ABSENT}))
    assert "City" not in world.sent("POST")[0]


def test_an_amount_arrives_digit_for_digit(world, side):
    outcome = only(side, create({"Name": "Nieuw", "DiscountSales": Decimal("0.0550")}))
    assert isinstance(outcome, Written)
    assert outcome.record is not None
    assert outcome.record.fields["DiscountSales"] == Decimal("0.055")


def test_the_records_own_code_is_not_repeated(world, side, account):
    outcome = only(side, update(account, {"Code": "1042", "City": "Brugge"}, expected={"Code": "1042"}))
    assert isinstance(outcome, Written)
    assert world.sent("PUT") == [{"City": "Brugge"}]
    assert isinstance(only(side, update(account, {"Code": "1042"}, expected={"Code": "1042"})), Written)
    assert len(world.sent("PUT")) == 1, "nothing is left to send"


def test_a_new_code_is_sent(world, side, account):
    assert isinstance(only(side, update(account, {"Code": "2000"}, expected={"Code": "1042"})), Written)
    assert world.sent("PUT") == [{"Code": "2000"}]


REFUSED = [
    ("Contacts", {"BirthName": "x"}, "BirthName", "overwrites LastName", "a field that overwrites another"),
    ("Items", {"IsSerialNumberItem": None}, "IsSerialNumberItem", "never sent", "an obsolete flag, empty"),
    ("Accounts", {"Foo": "x"}, "Foo", "no such field", "unknown"),
    ("Accounts", {"CountryName": "x"}, "CountryName", "takes no value", "read-only"),
    ("Accounts", {"CustomerSince": "2026-01-01"}, "CustomerSince", "takes no value", "obsolete"),
    ("Accounts", {"ID": NOBODY}, "ID", "takes no value", "the key"),
    ("Contacts", {"Account": NOBODY}, "Account", "on an update", "only on a create"),
    ("Accounts", {"Parent": "1042"}, "Parent", "the GUID of a record", "a code where a reference belongs"),
    ("Accounts", {"PurchaseLeadDays": "many"}, "PurchaseLeadDays", "a whole number", "words for a number"),
    ("Accounts", {"Parent": Pending(entity="accounts", side=Side.LEFT, id="1")}, "Parent", "not there yet", "an unborn parent"),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "values", "field", "message"), rows(REFUSED))
def test_a_field_is_refused_before_anything_is_sent(world, side, account, resource, values, field, message):
    outcome = only(side, update(account, values, resource=resource))
    assert isinstance(outcome, Rejected)
    assert outcome.field == field
    assert message in str(outcome)
    assert "nothing was sent" in str(outcome)
    assert world.calls() == []


INCOMPLETE = [
    ("Accounts", {"City": "Gent"}, "Name", "an account without name"),
    ("Accounts", {"Name": None}, "Name", "an empty name"),
    ("Contacts", {"LastName": "x"}, "Account", "a contact of nobody"),
    ("BankAccounts", {"Account": NOBODY}, "BankAccount", "an account without number"),
    ("Items", {"Code": "A"}, "Description", "an item without description"),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "values", "field"), rows(INCOMPLETE))
def test_a_create_that_would_surely_be_refused_is_not_sent(world, side, resource, values, field):
    outcome = only(side, create(values, resource=resource))
    assert isinstance(outcome, Rejected)
    assert outcome.field == field
    assert world.calls() == []


CLOSED = [
    (create({"Code": "x"}, resource="ItemGroups"), "nobody create", "a create"),
    (update(NOBODY, {}, resource="Units"), "nobody update", "an update"),
    (delete(NOBODY, resource="Units"), "nobody delete", "a delete"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "message"), rows(CLOSED))
def test_what_the_side_does_not_do_is_refused(world, side, operation, message):
    outcome = only(side, operation)
    assert isinstance(outcome, Rejected)
    assert message in str(outcome)
    assert world.calls() == []


# Our own codes


def test_a_record_without_code_gets_one_of_ours_and_always_the_same(world, side):
    operation = create({"Name": "Nieuw"}, key="op-1")
    outcome = only(side, operation)
    assert isinstance(outcome, Written)
    assert outcome.record is not None
    assert outcome.record.fields["Code"] == new_code(operation, Codes())
    assert len(new_code(operation, Codes())) == 18
    assert new_code(operation, Codes()).isdigit()
    assert new_code(operation, Codes()) == "776903787954659120", (
        "an old operation is looked for by the code it was sent with"
    )
    again = only(side, operation)
    assert isinstance(again, Uncertain), "the side keeps it unique: the second one is refused"
    assert again.structured
    assert len(world.emulator.records("Accounts")) == 1


def test_a_code_that_the_mapping_gives_is_kept(world, side):
    only(side, create({"Name": "Nieuw", "Code": "77"}))
    only(side, create({"Code": "ART", "Description": "x"}, resource="Items"))
    assert [body["Code"] for body in world.sent("POST")] == ["77", "ART"]


def test_codes_of_ours_can_be_switched_off(world):
    only(world.connect(own_codes=False), create({"Name": "Nieuw"}))
    assert "Code" not in world.sent("POST")[0]


def test_codes_of_ours_come_from_the_range_that_was_agreed(world):
    side = world.connect(own_codes={"from": 50_000_000, "to": 59_999_999})
    for n in range(20):
        only(side, create({"Name": f"Klant {n}"}))
    codes = [int(body["Code"]) for body in world.sent("POST")]
    assert len(set(codes)) == 20
    assert all(50_000_000 <= code <= 59_999_999 for code in codes)


def test_a_range_in_which_codes_would_meet_is_refused(world):
    with pytest.raises(ConfigError, match="too small a range"):
        world.connect(own_codes={"from": 50_000, "to": 59_999})


def test_an_item_without_code_gets_none_of_ours(world, side):
    outcome = only(side, create({"Description": "Stoel"}, resource="Items"))
    assert isinstance(outcome, Rejected), "an item's code is what people type"
    assert outcome.field == "Code"


# Whose record it is


def test_a_record_with_our_code_is_ours_whatever_else_it_shows(world, side):
    operation = create({"Name": "Nieuw bv", "City": "Gent"})
    world.fault("timeout_done", method="POST", path="*/crm/Accounts")
    assert isinstance(only(side, operation), Uncertain)
    (made,) = world.emulator.records("Accounts")
    world.emulator.edit("Accounts", made["ID"], {"City": "Brugge", "Name": "Nieuw"})
    (found,) = side.find(operation)
    assert found.ours is True


def test_a_code_of_a_narrow_range_proves_nothing_by_itself(world):
    side = world.connect(own_codes={"from": 50_000_000, "to": 59_999_999})
    operation = create({"Name": "Nieuw"})
    only(side, operation)
    (found,) = side.find(operation)
    assert found.ours is None
    assert found.created == world.clock.now()


def test_a_create_sent_before_the_range_was_changed_is_still_found(world):
    operation = create({"Name": "Nieuw"}, identify={"Name": "Nieuw"})
    only(world.connect(), operation)
    (found,) = world.connect(own_codes={"from": 50_000_000, "to": 59_999_999}).find(operation)
    assert found.fields["Name"] == "Nieuw"


def test_a_record_that_a_person_made_is_not_ours(world):
    side = world.connect(own_codes=False)
    world.emulator.create("Accounts", {"Name": "Nieuw", "VATNumber": "NL807220982B01"})
    (found,) = side.find(create({"Name": "Nieuw"}, identify={"VATNumber": "NL807220982B01"}))
    assert found.ours is False


def test_only_new_accounts_without_code_get_one():
    catalogue = Catalogue.shipped()
    assert own_code(create({"LastName": "x"}), catalogue.endpoint("crm/Contacts"), Codes()) is None
    assert own_code(update(NOBODY, {}), catalogue.endpoint("crm/Accounts"), Codes()) is None
    assert own_code(create({"Code": ""}), catalogue.endpoint("crm/Accounts"), Codes()) is None


# What an answer means

ANSWERS = [
    # kind, action, expected, why
    ("timeout_done", "create", Uncertain, "done, no answer"),
    ("timeout", "create", Uncertain, "not done, no answer"),
    ("reset_done", "create", Uncertain, "done, reset"),
    ("half_body", "create", Uncertain, "half a body"),
    ("created_cut", "create", Uncertain, "201 cut off"),
    ("refused", "create", Transient, "never left"),
    ("rate_minute", "create", Transient, "429 of the minute"),
    ("rate_day", "create", Transient, "429 of the day"),
    ("rate_bare", "create", Transient, "429 without headers"),
    ("rate_absurd", "create", Transient, "429 with absurd headers"),
    ("bad_request", "create", Rejected, "400"),
    ("forbidden", "create", Rejected, "403"),
    ("request_timeout", "create", Uncertain, "408"),
    ("deadlock", "create", Uncertain, "500 with a message about a deadlock"),
    ("exists", "create", Uncertain, "500 that says it exists"),
    ("fault_done", "create", Uncertain, "500, yet done"),
    ("empty_500", "create", Uncertain, "a bare 500"),
    ("html_502", "create", Uncertain, "a gateway"),
    ("maintenance", "create", Uncertain, "503 in HTML"),
    ("ignored", "update", Written, "204 that was ignored: the next read tells"),
    ("timeout", "update", Uncertain, "an update without answer"),
    ("bad_request", "update", Rejected, "an update refused"),
    ("timeout", "delete", Uncertain, "a delete without answer"),
    ("ignored", "delete", Written, "a delete that was ignored"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "action", "expected"), rows(ANSWERS))
def test_an_answer_means(world, side, account, kind, action, expected):
    operation = {"create": create({"Name": "x"}), "update": update(account, {"City": "y"}), "delete": delete(account)}[
        action
    ]
    method = {"create": "POST", "update": "PUT", "delete": "DELETE"}[action]
    world.fault(kind, method=method, path="/api/v1/*")
    assert type(only(side, operation)) is expected
    assert len(world.calls("/api/v1/", method)) == 1, "nothing but the engine repeats it"


STRUCTURED = [
    ("exists", True, "the side's own words"),
    ("empty_500", False, "no words"),
    ("html_502", False, "a page"),
    ("timeout", False, "no answer at all"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "structured"), rows(STRUCTURED))
def test_only_words_of_the_side_count_as_validation(world, side, kind, structured):
    world.fault(kind, method="POST", path="/api/v1/*")
    outcome = only(side, create({"Name": "x"}))
    assert isinstance(outcome, Uncertain)
    assert outcome.structured is structured


@pytest.mark.parametrize(("language", "text"), [("NL", "Ongeldige referentie"), ("EN", "Invalid reference")])
def test_a_validation_text_is_kept_in_whatever_language(tmp_path, language, text):
    world = World(tmp_path, language=language)
    outcome = only(world.connect(), create({"LastName": "x", "Account": NOBODY}, resource="Contacts"))
    assert isinstance(outcome, Uncertain)
    assert outcome.structured
    assert text in outcome.answer


def test_an_update_of_what_is_gone_is_stale(world, side):
    outcome = only(side, update(NOBODY, {"City": "x"}))
    assert isinstance(outcome, Stale)
    assert "nothing was written" in str(outcome)


@pytest.mark.parametrize("status", [403, 404])
def test_deleting_what_is_gone_succeeds_whatever_the_side_says(tmp_path, status):
    world = World(tmp_path, unknown_delete_status=status)
    assert only(world.connect(), delete(NOBODY)) == Written(id=NOBODY)


def test_a_delete_that_is_forbidden_is_refused(world, side, account):
    world.fault("forbidden", method="DELETE", path="/api/v1/*")
    assert isinstance(only(side, delete(account)), Rejected)


def test_a_delete_of_what_is_in_use_is_told_with_the_sides_words(world, side, account):
    world.emulator.create("Contacts", {"Account": account, "LastName": "x"})
    outcome = only(side, delete(account))
    assert isinstance(outcome, Uncertain)
    assert outcome.structured
    assert side.find(delete(account)), "it is still there, so it was refused"


def test_a_sketch_of_a_record_is_not_taken_for_it(world, side, monkeypatch):
    """Without the preference Exact answers a create with nulls, even for what was sent."""
    change = type(side._wires.session).change

    def without(self, method, endpoint, path, body=None):
        real = self._call
        monkeypatch.setattr(
            self,
            "_call",
            lambda m, t, e, headers, *rest, **more: real(
                m, t, e, {k: v for k, v in headers.items() if k != "prefer"}, *rest, **more
            ),
        )
        return change(self, method, endpoint, path, body)

    monkeypatch.setattr(type(side._wires.session), "change", without)
    outcome = only(
        side,
        create({"LastName": "x", "Account": world.emulator.create("Accounts", {"Name": "y"})}, resource="Contacts"),
    )
    assert isinstance(outcome, Written)
    assert outcome.record is None


def test_seven_refusals_stop_before_the_side_blocks_the_endpoint(world, side, account):
    world.fault("bad_request", method="PUT", path="/api/v1/*", every=1, times=99)
    outcomes = [only(side, update(account, {"City": str(n)})) for n in range(12)]
    assert [type(outcome) for outcome in outcomes] == [Rejected] * 7 + [Transient] * 5
    assert len(world.calls(method="PUT")) == 7


# Looking


def test_a_lost_create_is_found_by_our_code_which_is_padded(world, side):
    world.emulator.create("Accounts", {"Name": "Ander", "Code": "5"})
    operation = create({"Name": "Nieuw"})
    world.fault("timeout_done", method="POST", path="/api/v1/*")
    assert isinstance(only(side, operation), Uncertain)
    (found,) = side.find(operation)
    assert found.fields["Name"] == "Nieuw"
    assert "Created" in found.fields


def test_a_short_code_of_the_mapping_is_found_with_its_padding(world, side):
    world.emulator.create("Accounts", {"Name": "Ander", "Code": "5"})
    world.emulator.create("Accounts", {"Name": "Nieuw", "Code": "42"})
    (found,) = side.find(create({"Name": "Nieuw", "Code": "42"}, identify={"Code": "42"}))
    assert found.fields["Code"] == "42"
    assert "eq '                42'" in world.queries("crm/Accounts")[-1]["$filter"]


def test_several_are_all_shown(world, side):
    for n in range(3):
        world.emulator.create("Accounts", {"Name": f"Klant {n}", "VATNumber": "NL807220982B01"})
    found = world.connect(own_codes=False).find(create({"Name": "x"}, identify={"VATNumber": "NL807220982B01"}))
    assert len(found) == 3


def test_absent_is_believed_only_if_the_same_question_finds_a_known_record(world):
    world.emulator.create("Accounts", {"Name": "Bekend", "VATNumber": "NL007225994B01"})
    side = world.connect(own_codes=False)
    operation = create({"Name": "x"}, identify={"VATNumber": "NL807220982B01"})
    assert side.find(operation) == []
    assert len(world.calls("crm/Accounts")) == 2, "one to know a record, one to ask for both"
    assert side.find(operation) == []
    assert len(world.calls("crm/Accounts")) == 3
    world.fault("empty", path="*/crm/Accounts")
    with pytest.raises(Transient, match="was not found by VATNumber"):
        side.find(operation)
    assert side.find(operation) == []


def test_in_an_empty_administration_absent_is_absent(world, side):
    assert side.find(create({"Name": "x"})) == []


def test_the_known_record_is_not_mistaken_for_the_one_looked_for(world):
    world.emulator.create("Accounts", {"Name": "Enige", "VATNumber": "NL807220982B01"})
    side = world.connect(own_codes=False)
    (found,) = side.find(create({"Name": "x"}, identify={"VATNumber": "NL807220982B01"}))
    assert found.fields["VATNumber"] == "NL807220982B01"
    assert side.find(create({"Name": "x"}, identify={"VATNumber": "BE0407186105"})) == []


def test_all_parts_of_a_natural_key_count(world, side, account):
    world.emulator.create(
        "Contacts", {"Account": account, "FirstName": "Jan", "LastName": "de Vries", "Email": "jan@x.example"}
    )
    for email, count in (("jan@x.example", 1), ("piet@x.example", 0)):
        operation = create(
            {"Account": account, "LastName": "de Vries"}, "Contacts", identify={"Account": account, "Email": email}
        )
        assert len(side.find(operation)) == count


def test_without_a_key_the_values_themselves_are_looked_for(world, side, account):
    world.emulator.create("Contacts", {"Account": account, "FirstName": "Jan", "LastName": "de Vries"})
    operation = create({"Account": account, "FirstName": "Jan", "LastName": "de Vries"}, "Contacts")
    assert len(side.find(operation)) == 1


FAILING = [
    ("bad_request", 1, "400"),
    ("maintenance", 9, "maintenance to the last"),
    ("cut_json", 9, "cut off to the last"),
    ("timeout", 9, "no answer to the last"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "times"), rows(FAILING))
def test_what_could_not_be_looked_at_is_never_absent(world, side, account, kind, times):
    world.fault(kind, path="*/crm/Accounts", every=1, times=times)
    for operation in (create({"Name": "x"}), update(account, {"City": "x"}), delete(account)):
        with pytest.raises(Transient):
            side.find(operation)
        world.emulator.faults.clear()
        world.fault(kind, path="*/crm/Accounts", every=1, times=times)


def test_a_key_that_cannot_be_asked_for_is_no_absence(world, side):
    with pytest.raises(Transient, match="could not look"):
        side.find(create({"LastName": "x"}, "Contacts", identify={"Account": "no guid"}))


def test_a_lookup_shows_what_the_operation_and_the_mapping_know_of(world, side, account):
    records(side, Query(resource="Accounts", fields=("Name", "City")))
    (found,) = side.find(update(account, {"Phone": "1"}, expected={"Email": None}))
    assert {"Name", "City", "Phone", "Email"} <= set(found.fields)


def test_a_record_of_every_writable_master_resource_is_created_changed_and_deleted(world, side, account):
    """Driven by the catalogue: no resource needs code of its own."""
    item = world.emulator.create("Items", {"Code": "ART", "Description": "Stoel"})
    samples: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "Addresses": ({"Account": account, "Type": 1, "AddressLine1": "Markt 1", "City": "Gent"}, {"City": "Brugge"}),
        "BankAccounts": ({"Account": account, "BankAccount": "NL91ABNA0417164300"}, {"Description": "x"}),
        "SalesItemPrices": (
            {"Item": item, "Price": Decimal("9.95"), "Currency": "EUR", "Quantity": 1},
            {"Price": Decimal("8.5")},
        ),
        "VATCodes": ({"Code": "77", "Description": "Laag"}, {"Description": "Hoog"}),
        "GLAccounts": ({"Code": "8001", "Description": "Omzet"}, {"Description": "Verkoop"}),
        "Costcenters": ({"Code": "KP1", "Description": "x"}, {"Description": "y"}),
        "Costunits": ({"Code": "KD1", "Description": "x"}, {"Description": "y"}),
        "Warehouses": ({"Code": "M2", "Description": "x"}, {"Description": "y"}),
    }
    for resource, (made, changed) in samples.items():
        outcome = only(side, create(made, resource=resource))
        assert isinstance(outcome, Written), f"{resource}: {outcome}"
        assert isinstance(only(side, update(outcome.id, changed, resource=resource)), Written), resource
        query = Query(resource=resource, fields=tuple(made))
        found, _ = records(side, query)
        shown = {name: value for name, value in (made | changed).items() if name in query.fields}
        assert {name: found[outcome.id].fields[name] for name in shown} == shown, resource
        if side.resources()[resource].delete:
            assert isinstance(only(side, delete(outcome.id, resource=resource)), Written), resource
            assert outcome.id not in side.fetch(query, [outcome.id])
