"""Resolving: a mapping held to what the connectors declare; sides, defaults, typed constants, order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from syncengine.config.load import load
from syncengine.config.project import resolve
from syncengine.errors import ConfigError
from syncengine.model.entity import (
    Birth,
    Condition,
    DeleteRule,
    Empty,
    Expression,
    FieldRule,
    Group,
    Lookup,
    MissingRef,
    OnDelete,
    OnLeave,
    Position,
    Test,
    Write,
)
from syncengine.model.record import Side
from tests.builders import rows
from tests.config.test_load import holds
from tests.config.world import (
    EXACT,
    FULL,
    HEAD,
    ITEMS,
    RESOURCES,
    SHOP,
    SIMPLE,
    entity,
    facts,
    items,
    resolved,
    resource,
    said,
)

LEFT, RIGHT = Side.LEFT, Side.RIGHT


def rule(field: str, *, more: str = "", head: str = HEAD) -> FieldRule:
    """One more field of the articles, resolved."""
    return entity(items(more, fields=field, head=head)).fields[-1]


@pytest.mark.parametrize("file", [SIMPLE, FULL])
def test_the_examples_of_the_language_resolve(file: Path) -> None:
    project = resolve(load(file), RESOURCES)
    assert [each.name for each in project.entities] == (
        ["items"] if file == SIMPLE else ["accounts", "contacts", "items", "prices"]
    )


def test_the_simple_case_gets_every_default() -> None:
    [simple] = resolve(load(SIMPLE), RESOURCES).entities
    assert (str(simple.left), str(simple.right)) == ("shop.articles", "exact.Items")
    assert simple.layout == ("Code", "Description", "Barcode")
    assert simple.create == {LEFT: Birth.ASK, RIGHT: Birth.AUTO}
    keep = DeleteRule(then=OnDelete.KEEP, edited=OnDelete.ASK)
    assert simple.on_delete == {LEFT: keep, RIGHT: keep}
    assert simple.on_leave is OnLeave.FREEZE
    assert (simple.where, simple.protect, simple.inactive, simple.many, simple.after) == ({}, {}, {}, None, ())
    assert simple.field("Code") == FieldRule(
        name="Code", source="sku", empty=Empty.KEEP, max_length=30, at=Position(file="simple.yaml", line=11, column=7)
    )
    assert simple.field("Description") == FieldRule(
        name="Description", source="name", max_length=60, at=Position(file="simple.yaml", line=12, column=7)
    )


def test_the_full_case_says_what_it_says() -> None:
    project = resolve(load(FULL), RESOURCES)
    accounts, contacts, articles, prices = project.entities
    assert accounts.where == {
        LEFT: Test(field="type", op="eq", value="business"),
        RIGHT: Test(field="Status", op="in", value=("C", "P")),
    }
    assert [(match.id, match.then) for match in accounts.match] == [
        ("VATNumber", "link"),
        ("ChamberOfCommerce", "link"),
        ("Name+Postcode", "suggest"),
    ]
    assert accounts.on_delete[LEFT] == DeleteRule(then=OnDelete.DEACTIVATE, edited=OnDelete.ASK)
    assert accounts.field("Email").conflict == "newest"
    assert accounts.field("Email").mask
    assert not accounts.field("City").mask
    assert accounts.field("PaymentConditionSales").owner is RIGHT
    assert accounts.field("Status").write is Write.ON_CREATE
    assert contacts.field("Account").ref == "accounts"
    assert articles.field("IsSalesItem").constant is True
    assert prices.field("Quantity").constant == Decimal(1)
    assert prices.layout == ("Item", "Price", "Currency", "Quantity"), "partners are recognised by the constants"
    assert articles.layout == ("Code", "Description", "SalesVatCode"), "a constant of creates is not compared"
    assert project.lookups["vat_code"] == Lookup(
        name="vat_code",
        map={"standard": "2", "reduced": "1", "zero": "0"},
        system="exact",
        table="VATCodes",
        key="Code",
        at=Position(file="full.yaml", line=19, column=3),
    )
    assert accounts.guards == project.guards == load(FULL).guards
    assert project.environment == "production"
    assert project.digest == load(FULL).mapping_digest


def test_a_rule_that_can_only_ask_is_told_at_check() -> None:
    notes = resolve(load(FULL), RESOURCES).notes
    assert [note.split()[0] for note in notes] == ["full.yaml:48:23", "full.yaml:69:23", "full.yaml:69:42"]
    assert "accounts.on_delete.shop: how exact.Accounts says inactive is not given" in notes[0]
    known = items("on_delete: {shop: deactivate}\ninactive: {exact: {EndDate: today}}", fields="Description: name")
    assert resolved(known).notes == ()


def test_a_create_that_will_be_refused_is_told_at_check() -> None:
    said = "items.fields: exact.Items needs Description in a new record, which is not mapped"
    assert resolved(HEAD + ITEMS).notes == (f"sync.yaml:9:5  {said}. Map it, or say create: {{exact: never}}",)
    assert resolved(items("create: {exact: never}")).notes == ()


# In what is written, ^ stands where the fault is to be found.
FIELDS = [
    # field, what is said, why
    ("^Foo: ean", 'items.fields.Foo: exact.Items has no field "Foo". Nearest: Code', "an unknown field of Exact"),
    ("Barcode: ^eaan", 'items.fields.Barcode: shop.articles has no field "eaan". Nearest: ean', "an unknown column"),
    ("Barcode: {from: ^eaan, use: trim}", 'items.fields.Barcode.from: shop.articles has no field "eaan"', "an unknown column in the long form"),
    ("^Stock: stock", "items.fields.Stock: exact.Items.Stock is read-only. Say owner: exact", "a field nobody can write"),
    ("^Stock: {from: stock, owner: shop}", "items.fields.Stock: exact.Items.Stock is read-only; shop cannot decide it. Say owner: exact", "the wrong owner of a read-only field"),
    ("^Stock: {value: 3}", "items.fields.Stock: exact.Items.Stock is read-only, so it cannot be given a value", "a constant for a read-only field"),
    ("Stock: {from: stock, owner: exact}", "", "the right owner of a read-only field"),
    ("^Barcode: made", "items.fields.Barcode: shop.articles.made is read-only. Say owner: shop", "a column nobody can write"),
    ("^Stock: {from: made, owner: exact}", "items.fields.Stock: shop.articles.made is read-only; exact cannot decide it. Say owner: shop", "two fields nobody can write"),
    ("IsSalesItem: {value: ^ja}", 'items.fields.IsSalesItem.value: wants true or false; found "ja"', "a word for a flag"),
    ("Class: {value: ^1.5}", 'items.fields.Class.value: wants a whole number such as 12; found "1.5"', "a fraction for a whole number"),
    ("NetWeight: {value: ^1_000}", 'items.fields.NetWeight.value: wants a number such as 12.50; found "1_000"', "a number with an underscore"),
    ("NetWeight: {value: ^.inf}", 'items.fields.NetWeight.value: wants a number such as 12.50; found ".inf"', "infinity"),
    ("EndDate: {value: ^31-12-2026}", 'items.fields.EndDate.value: wants a date such as 2026-11-20; found "31-12-2026"', "a date in another order"),
    ("EndDate: {value: ^2026-02-30}", 'items.fields.EndDate.value: wants a date such as 2026-11-20; found "2026-02-30"', "a day that does not exist"),
    ("Description: {from: name, max_length: ^80}", "items.fields.Description.max_length: exact.Items.Description takes at most 60 characters", "longer than the field"),
    ("Barcode: {from: ^sku, use: trim}", "items.fields.Barcode.from: shop.articles.sku is written from Code already; let shop own one of the two", "two fields would write one column"),
    ("Barcode: {from: sku, owner: shop}", "", "two fields read one column, one writes it"),
    ("Barcode: {from: sku, to_exact: value}", "", "two fields read one column, one without a way back"),
    ("Barcode: E-mail (work)", "", "a column with spaces and brackets in its name"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "what"), rows(FIELDS))
def test_a_field_is_held_to_what_the_resources_declare(field: str, what: str) -> None:
    holds(items("", fields=field), what)


def test_the_unknown_field_of_the_language_page_reads_as_it_says_there() -> None:
    text = load(FULL).path.read_text("utf-8").replace("      Name: company\n", "      Name: company\n      Foo: bar\n")
    assert said(text) == (
        'sync.yaml:37:7  accounts.fields.Foo: exact.Accounts has no field "Foo". Nearest: Fax, Postcode, Phone.'
        " See: sync schema --list exact.Accounts"
    )


@pytest.mark.parametrize(
    "more", ["    match: []\n    where: {exact: {Picture: {empty: false}}}\n", "    match: [Picture]\n"]
)
def test_nothing_is_decided_by_a_field_that_is_never_shown(more: str) -> None:
    text = (
        f"{HEAD}entities:\n  items:\n    pair: [shop.articles, exact.Items]\n{more}"
        "    fields: {Code: sku, Picture: name}\n"
    )
    shown = {**RESOURCES, "exact": {"Items": resource("Items", "Code", facts("Picture", readable=False))}}
    with pytest.raises(ConfigError, match=r"exact\.Items\.Picture can be written only"):
        resolved(text, shown)


GROUNDS = [
    ("      BSN: bsn\n", True, "without a ground"),
    ('      BSN: {from: bsn, ground: ""}\n', True, "with an empty one"),
    ("      BSN: {from: bsn, ground: Wages Tax Act art. 28}\n", False, "with a named one"),
]


@pytest.mark.parametrize(("line", "refused"), rows(GROUNDS))
def test_a_citizen_number_wants_a_named_legal_ground(line, refused) -> None:
    text = load(FULL).path.read_text("utf-8").replace("      Name: company\n", f"      Name: company\n{line}")
    if refused:
        assert "accounts.fields.BSN" in said(text)
        assert "ground" in said(text)
    else:
        (rule,) = [rule for entity in resolved(text).entities for rule in entity.fields if rule.name == "BSN"]
        assert rule.ground == "Wages Tax Act art. 28"


def test_a_citizen_number_in_a_scope_wants_the_ground_of_its_field() -> None:
    text = (
        load(FULL)
        .path.read_text("utf-8")
        .replace("exact: {Status: [C, P]}", "exact: {Status: [C, P], BSN: {empty: true}}")
    )
    assert "without a legal ground" in said(text)
    mapped = "      Name: company\n      BSN: {from: bsn, ground: Wages Tax Act}\n"
    assert resolved(text.replace("      Name: company\n", mapped)).entities


PATHS = [
    ("billing.zip", "", "a path"),
    ("lines[0].sku", "", "a path with a position"),
    ("a b.c d", "", "names with spaces"),
    ("^billing..zip", 'items.fields.Barcode: "billing..zip" is no path', "an empty step"),
    ("^lines[x]", 'items.fields.Barcode: "lines[x]" is no path', "a position that is no number"),
    ("^.zip", 'items.fields.Barcode: ".zip" is no path', "a step from nowhere"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "what"), rows(PATHS))
def test_a_resource_with_free_fields_takes_any_path(path: str, what: str) -> None:
    text = items("", fields=f"Barcode: {path}").replace("shop.articles", "shop.products")
    holds(text, what)


CONSTANTS = [
    ("Barcode: {value: 0123}", "0123", "text stays text"),
    ("Barcode: {value: NO}", "NO", "a word of YAML 1.1 is text"),
    ("Barcode: {value: ' cafe\u0301 '}", "café", "text is stripped and composed"),
    ("Barcode: {value: null}", None, "null is nothing"),
    ("Barcode: {value: 'null'}", "null", "a quoted null is a word"),
    ("Barcode: {value: ''}", None, "empty text is nothing"),
    ("IsSalesItem: {value: false}", False, "a flag"),
    ("IsSalesItem: {value: 'true'}", True, "a flag in quotes"),
    ("Class: {value: 7}", 7, "a whole number"),
    ("NetWeight: {value: 1.50}", Decimal("1.50"), "a number is a decimal"),
    ("EndDate: {value: 2026-11-20}", date(2026, 11, 20), "a date"),
    ("Tags: {value: new}", ("new",), "one entry of a list"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), rows(CONSTANTS))
def test_a_constant_is_typed_by_its_field(field: str, value: Any) -> None:
    made = rule(field)
    assert made.is_constant
    assert made.constant == value
    assert type(made.constant) is type(value)


def test_a_system_s_name_becomes_its_side() -> None:
    both = rule("Barcode: {from: ean, conflict: shop, first_link: exact}")
    assert (both.owner, both.conflict, both.first_link) == (None, "left", "right")
    owned = rule("Barcode: {from: ean, owner: shop, write: if_empty}")
    assert (owned.owner, owned.write) == (LEFT, Write.IF_EMPTY)
    assert entity(items("many: exact")).many is RIGHT


def test_the_nearest_word_about_a_field_counts() -> None:
    head = (
        HEAD + "defaults: {conflict: newest, owner: shop, empty: keep, overflow: truncate, mask: true, missing: hold}\n"
    )
    far = rule("Description: name", head=head)
    assert (far.conflict, far.owner, far.empty, far.overflow, far.mask, far.missing) == (
        *("newest", LEFT, Empty.KEEP, "truncate", True),
        MissingRef.HOLD,
    )
    near = rule("Description: name", head=head, more="conflict: shop\nowner: both")
    assert (near.conflict, near.owner) == ("left", None)
    own = rule(
        "Description: {from: name, conflict: max, mask: false, empty: ask, owner: exact}",
        head=head,
        more="conflict: shop",
    )
    assert (own.conflict, own.mask, own.empty, own.owner) == ("max", False, Empty.ASK, RIGHT)


def test_a_default_of_a_system_that_an_entity_lacks_counts_for_nothing_there() -> None:
    head = HEAD + "  crm: {connector: csv}\ndefaults: {conflict: crm, owner: crm, create: {crm: never}}\n"
    assert (rule("Description: name", head=head).conflict, rule("Description: name", head=head).owner) == ("ask", None)


def test_a_rule_of_several_words_is_an_expression_with_its_own_place() -> None:
    own = rule("Barcode: {from: ean, conflict: shop ~ exact, first_link: base.shop}")
    assert (own.conflict, own.first_link) == (
        Expression(text="shop ~ exact", at=Position(line=11, column=38)),
        Expression(text="base.shop", at=Position(line=11, column=64)),
    )
    far = rule("Barcode: ean", head=HEAD + "defaults: {conflict: shop|trim}\n", more="first_link: 'exact|trim'")
    assert (far.conflict, far.first_link) == (
        Expression(text="shop|trim", at=Position(line=5, column=22)),
        Expression(text="exact|trim", at=Position(line=13, column=17)),
    )


def test_a_default_expression_counts_only_where_its_systems_take_part() -> None:
    head = HEAD + "  crm: {connector: csv}\n"
    for text in ("crm ~ exact", "base.crm|upper", "exact -crm", "record['crm'] ~ exact"):
        assert rule("Barcode: ean", head=head + f'defaults: {{conflict: "{text}"}}\n').conflict == "ask", text
    for text in ("shop ~ 'crm' ~ exact", "shop ~ exact"):
        found = rule("Barcode: ean", head=head + f'defaults: {{conflict: "{text}"}}\n').conflict
        assert isinstance(found, Expression)
        assert found.text == text


def test_a_reference_is_not_computed() -> None:
    account = "Account: {from: customer_id, ref: accounts%s}"
    text = CONTACTS % (account % ', conflict: "shop ~ exact"', "")
    assert "contacts.fields.Account.conflict: a reference cannot be computed. Say ask, newest or a system" in said(text)
    contacts = resolved(CONTACTS % (account % "", 'conflict: "shop ~ exact"')).entities[1]
    assert contacts.field("Account").conflict == "ask", "a default is not meant for it"
    assert isinstance(contacts.field("Email").conflict, Expression)


CONTACTS = (
    HEAD
    + """\
entities:
  accounts: {pair: [shop.customers, exact.Accounts], match: [Name], fields: {Name: name}}
  contacts:
    pair: [shop.contacts, exact.Contacts]
    match: [Email]
    fields:
      %s
      Email: email
    %s
"""
)


def test_a_match_field_keeps_its_value_when_the_other_side_empties_it() -> None:
    assert rule("Barcode: ean").empty is Empty.CLEAR
    text = items("", fields="Barcode: ean").replace("[Code]", "[{all: [Code, Barcode]}]")
    assert entity(text).field("Barcode").empty is Empty.KEEP
    assert (
        entity(text.replace("Barcode: ean", "Barcode: {from: ean, empty: clear}")).field("Barcode").empty is Empty.CLEAR
    )


ONE_WAY = [
    ("Barcode: {from: ean, to_exact: value, to_shop: value}", None, "both expressions"),
    ("Barcode: {from: ean, to_exact: value}", LEFT, "no way back"),
    ("Barcode: {to_exact: ean ~ sku}", LEFT, "an expression alone"),
    ("Barcode: {from: ean, to_shop: value}", RIGHT, "no way there"),
    ("Stock: {from: stock, owner: exact}", RIGHT, "a field that Exact does not let be written"),
    ("Barcode: {from: made, owner: shop}", LEFT, "a column that cannot be written"),
    ("Barcode: ean", None, "a plain field"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "side"), rows(ONE_WAY))
def test_a_side_without_a_way_to_it_is_not_written(field: str, side: Side | None) -> None:
    assert rule(field).readonly is side


def test_a_one_way_lookup_is_not_written_back() -> None:
    head = HEAD + "lookups:\n  vat: {map: {high: 2, old: 2}, one_way: true}\n"
    assert rule("SalesVatCode: {from: group, lookup: vat}", head=head).readonly is LEFT
    owned = items("", fields="SalesVatCode: {from: group, lookup: vat, owner: exact}", head=head)
    assert 'lookup "vat" is one way, toward exact, so exact cannot decide' in said(owned)


def test_a_reference_leads_to_the_resource_whose_ids_the_field_takes() -> None:
    text = load(FULL).path.read_text("utf-8").replace("ref: accounts", "ref: items")
    assert 'contacts.fields.Account.ref: exact.Contacts.Account holds ids of Accounts, and items links "Items"' in said(
        text
    )


CONDITIONS: list[tuple[str, Condition, str]] = [
    ("{Code: A}", Test(field="Code", op="eq", value="A"), "a value"),
    ("{Code: [A, 'B']}", Test(field="Code", op="in", value=("A", "B")), "a list"),
    ("{Code: null}", Test(field="Code", op="empty", value=True), "nothing"),
    ("{Code: {not: null}}", Test(field="Code", op="empty", value=False), "something"),
    ("{Code: {empty: false}}", Test(field="Code", op="empty", value=False), "not empty"),
    ("{Code: {not: A}}", Test(field="Code", op="not", value="A"), "another value"),
    ("{Code: {not: [A, B]}}", Test(field="Code", op="not", value=("A", "B")), "none of a list"),
    ("{Code: {prefix: 0}}", Test(field="Code", op="prefix", value="0"), "a beginning"),
    ("{IsSalesItem: true}", Test(field="IsSalesItem", op="eq", value=True), "a flag"),
    ("{NetWeight: {ge: 1.5}}", Test(field="NetWeight", op="ge", value=Decimal("1.5")), "a bound on a number"),
    ("{EndDate: {lt: 2026-01-01}}", Test(field="EndDate", op="lt", value=date(2026, 1, 1)), "a bound on a date"),
    ("{Tags: new}", Test(field="Tags", op="eq", value="new"), "one entry of a list"),
    ("{Class: {gt: 1, le: 9}}", Group(kind="all", parts=(Test(field="Class", op="gt", value=1), Test(field="Class", op="le", value=9))), "two bounds"),
    ("{Code: A, Class: 1}", Group(kind="all", parts=(Test(field="Code", op="eq", value="A"), Test(field="Class", op="eq", value=1))), "two fields"),
    ("{any: [{Code: A}, {Class: 1}]}", Group(kind="any", parts=(Test(field="Code", op="eq", value="A"), Test(field="Class", op="eq", value=1))), "one of two"),
    ("{Code: A, any: [{Class: 1}, {all: [{Class: 2}, {Barcode: x}]}]}", Group(kind="all", parts=(Test(field="Code", op="eq", value="A"), Group(kind="any", parts=(Test(field="Class", op="eq", value=1), Group(kind="all", parts=(Test(field="Class", op="eq", value=2), Test(field="Barcode", op="eq", value="x"))))))), "groups within groups"),
]  # fmt: skip


@pytest.mark.parametrize(("clause", "condition"), rows(CONDITIONS))
def test_a_clause_becomes_a_condition_typed_by_its_fields(clause: str, condition: Condition) -> None:
    made = entity(items(f"where: {{exact: {clause}}}\nprotect: {{exact: {clause}}}"))
    assert made.where == {RIGHT: condition}
    assert made.protect == {RIGHT: condition}


CLAUSES = [
    ("where: {exact: {^Colour: red}}", 'items.where.exact.Colour: exact.Items has no field "Colour"', "a field that is not there"),
    ("where: {shop: {^Code: A}}", 'items.where.shop.Code: shop.articles has no field "Code". Nearest: ', "a name of the other side"),
    ("where: {exact: {IsSalesItem: ^1}}", 'items.where.exact.IsSalesItem: wants true or false; found "1"', "no flag"),
    ("where: {exact: {Class: [1, ^x]}}", 'items.where.exact.Class[1]: wants a whole number such as 12; found "x"', "no number in a list"),
    ("where: {exact: {IsSalesItem: {^gt: false}}}", "items.where.exact.IsSalesItem: IsSalesItem holds a flag, which has no order", "flags have no order"),
    ("where: {exact: {EndDate: {ge: ^soon}}}", 'items.where.exact.EndDate.ge: wants a date such as 2026-11-20; found "soon"', "no date"),
    ("where: {exact: {Code: ^{}}}", "items.where.exact.Code: says nothing; give a value", "a comparison of nothing"),
    ("where: {exact: ^{}}", "items.where.exact: says nothing; name a field", "a clause of nothing"),
    ("where: {exact: {any: ^[]}}", "items.where.exact.any: wants at least one entry", "one of none"),
    ("where: {exact: {Code: {^gtt: 1}}}", 'items.where.exact.Code: unknown key "gtt". Did you mean "gt"?', "no such operator"),
    ("where: {exact: {Code: ^[]}}", "items.where.exact.Code: wants at least one entry", "an empty list"),
    ("inactive: {exact: {^Blockd: true}}", 'items.inactive.exact.Blockd: exact.Items has no field "Blockd"', "inactive by an unknown field"),
    ("inactive: {exact: {IsSalesItem: ^today}}", 'items.inactive.exact.IsSalesItem: wants true or false; found "today"', "today for a flag"),
]  # fmt: skip


@pytest.mark.parametrize(("clause", "what"), rows(CLAUSES))
def test_a_clause_that_cannot_hold_is_said_with_its_place(clause: str, what: str) -> None:
    holds(items(clause), what)


def test_inactive_is_typed_and_today_stays_a_word_where_dates_are() -> None:
    made = entity(items("inactive: {exact: {IsSalesItem: false, EndDate: today}, shop: {active: '0'}}"))
    assert made.inactive == {RIGHT: {"IsSalesItem": False, "EndDate": "today"}, LEFT: {"active": "0"}}


def test_an_instant_carries_its_zone() -> None:
    text = load(FULL).path.read_text("utf-8")
    clause = "exact: {Status: [C, P], Created: {ge: 2026-01-01T01:00:00+01:00}}"
    accounts = resolved(text.replace("exact: {Status: [C, P]}", clause)).entities[0]
    condition = accounts.where[RIGHT]
    assert isinstance(condition, Group)
    assert condition.parts[1] == Test(field="Created", op="ge", value=datetime(2026, 1, 1, tzinfo=UTC))
    assert "wants a date, or a time with its zone" in said(
        text.replace("exact: {Status: [C, P]}", clause.replace("+01:00", ""))
    )


CAPABILITIES = [
    ("create: {exact: ^ask}", "items.create.exact: nothing can be created in exact.Items. Say never", "a create where none is possible"),
    ("create: {exact: never}", "", "never, where none is possible"),
    ("on_delete: {shop: ^delete}", "items.on_delete.shop: nothing can be deleted in exact.Items. Say keep, ask, or deactivate", "a delete where none is possible"),
    ("on_delete: {exact: ^restore}", "items.on_delete.exact: nothing can be created in exact.Items, so nothing restored", "a restore where none is possible"),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "what"), rows(CAPABILITIES))
def test_what_a_resource_cannot_do_is_not_asked_of_it(keys: str, what: str) -> None:
    limited = resource("Items", *EXACT["Items"].fields.values(), create=False, delete=False)
    before, mark, after = items(keys).partition("^")
    message = said(before + after, {"shop": SHOP, "exact": {**EXACT, "Items": limited}})
    assert (what in message) if mark else (message == "")


def test_what_cannot_be_created_is_never_created_by_default() -> None:
    limited = resource("Items", *EXACT["Items"].fields.values(), create=False)
    [made] = resolved(HEAD + ITEMS, {"shop": SHOP, "exact": {**EXACT, "Items": limited}}).entities
    assert made.create == {LEFT: Birth.ASK, RIGHT: Birth.NEVER}


def test_a_resource_that_only_reads_must_own_its_fields() -> None:
    text = (HEAD + ITEMS).replace("exact.Items", "exact.Units")
    assert "items.fields.Code: exact.Units.Code is read-only. Say owner: exact" in said(text)
    assert said(text + "    owner: exact\n") == ""


def test_an_unknown_resource_names_the_nearest() -> None:
    holds(
        (HEAD + ITEMS).replace("exact.Items", "^exact.Item"),
        'items.pair[1]: exact has no resource "Item". Nearest: Items. See: sync schema --list exact',
    )


def test_a_lookup_s_table_and_key_are_there() -> None:
    head = HEAD + "lookups:\n  vat: {table: exact.VatCodes, key: Code, map: {a: 1}}\n"
    assert 'lookups.vat.table: exact has no resource "VatCodes". Nearest: VATCodes' in said(items("", head=head))
    head = HEAD + "lookups:\n  vat: {table: exact.VATCodes, key: Cod, map: {a: 1}}\n"
    assert 'lookups.vat.key: exact.VATCodes has no field "Cod". Nearest: Code' in said(items("", head=head))


def test_entities_come_after_those_they_refer_to() -> None:
    text = load(FULL).path.read_text("utf-8")
    head, _, rest = text.partition("entities:\n")
    blocks = rest.split("\n\n")
    backwards = head + "entities:\n" + "\n".join(reversed(blocks))
    assert [each.name for each in resolved(backwards).entities] == ["items", "prices", "accounts", "contacts"]


def test_an_entity_s_own_limit_comes_before_the_common_one() -> None:
    made = entity(
        items("guards: {creates: '[5%, 9]', updates: 3}", head=HEAD + "guards: {deletes: 0, updates: 50%}\n").replace(
            "'[5%, 9]'", "[5%, 9]"
        )
    )
    assert {name: (limit.count, limit.share) for name, limit in made.guards.items()} == {
        "deletes": (0, None),
        "updates": (3, None),
        "creates": (9, 0.05),
    }


def test_resolving_finds_the_faults_of_all_entities_at_once() -> None:
    text = items("", fields="Foo: ean\nBarcode: eaan") + ITEMS.replace("entities:\n", "").replace(
        "items:", "more:"
    ).replace("Items", "Itms")
    message = said(text)
    assert [line.split()[1].rstrip(":") for line in message.splitlines()] == [
        "items.fields.Foo",
        "items.fields.Barcode",
        "more.pair[1]",
    ]


@pytest.mark.parametrize(
    ("side", "then"), list(product(["shop", "exact"], ["keep", "ask", "delete", "restore", "deactivate"]))
)
def test_a_deletion_s_rule_is_kept_under_the_side_where_it_happens(side: str, then: str) -> None:
    made = entity(
        items(
            f"on_delete: {{{side}: {then}, edited: keep}}\ninactive: {{exact: {{EndDate: today}}, shop: {{active: '0'}}}}"
        )
    )
    here = LEFT if side == "shop" else RIGHT
    assert made.on_delete[here] == DeleteRule(then=OnDelete(then), edited=OnDelete.KEEP)
    assert made.on_delete[here.other] == DeleteRule(then=OnDelete.KEEP, edited=OnDelete.KEEP)
