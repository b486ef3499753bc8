"""Loading a mapping: everything that is wrong is said at once, each fault with its place and what was meant."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from syncengine.config.load import load, read
from syncengine.errors import ConfigError, End
from tests.builders import rows
from tests.config.world import FULL, HEAD, ITEMS, SIMPLE, document, items, said


def holds(marked: str, what: str) -> None:
    """Hold a mapping to what is to be said of it, at the place of its mark; to nothing if there is none."""
    before, mark, after = marked.partition("^")
    message = said(before + after)
    if not mark:
        assert message == what
        return
    at = f"sync.yaml:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    assert any(
        line.split(None, 1)[0] == at and line.split(None, 1)[1].startswith(what) for line in message.splitlines()
    ), message


@pytest.mark.parametrize("file", [SIMPLE, FULL])
def test_the_examples_of_the_language_load(file: Path) -> None:
    loaded = load(file)
    assert list(loaded.systems) == ["shop", "exact"]
    assert loaded.systems["exact"].connector == "exact"
    assert loaded.systems["exact"].options["division"] == "123456"


def test_a_document_says_what_stands_beside_the_entities() -> None:
    loaded = load(FULL)
    assert loaded.environment == "production"
    assert loaded.state == ".sync/"
    assert {name: (limit.count, limit.share) for name, limit in loaded.guards.items()} == {
        "creates": (100, None),
        "updates": (None, 0.2),
        "deletes": (0, None),
    }
    assert str(loaded.systems["shop"].at) == "full.yaml:5:16"
    assert str(loaded.at("entities", "items", "fields", "SalesVatCode", "lookup")) == "full.yaml:67:47"
    assert load(SIMPLE).environment == ""


# In what is written, ^ stands where the fault is to be found.
FAULTS = [
    # instead of, this is written, what is said, why
    ("version: 1", "version: ^2", "version: version 2 is newer than this program, which reads version 1. Install a newer syncengine", "a newer language"),
    ("version: 1", "version: '1'", "", "the version may stand in quotes"),
    ("version: 1\n", "^", '"version" is missing', "no version"),
    ("version: 1", "version: ^one", "version: wants 1, the version of the mapping language", "no number"),
    ("entities:", "^entites:", 'unknown key "entites". Did you mean "entities"?', "a typo at the top"),
    ("pair:", "^piar:", 'items: unknown key "piar". Did you mean "pair"?', "a typo in an entity"),
    ("sku", "{from: sku, ^onwer: exact}", 'items.fields.Code: unknown key "onwer". Did you mean "owner"?', "a typo in a field"),
    ("sku", "{from: sku, ^zzz: 1}", 'items.fields.Code: unknown key "zzz". Known: ', "no typo of anything"),
    ("Code: sku", "^Code:", "items.fields.Code: has no value", "a field without value"),
    ("sku", "^[sku]", "items.fields.Code: wants a map; found a list", "a list for a field"),
    ("sku", "{from: ^[sku]}", "items.fields.Code.from: wants text; found a list", "a list for a path"),
    ("sku", "{from: sku, required: ^yes}", 'items.fields.Code.required: wants true or false, without quotes; found "yes"', "a word of YAML 1.1"),
    ("sku", "{from: sku, required: ^'true'}", 'items.fields.Code.required: wants true or false, without quotes; found "true"', "a quoted flag"),
    ("sku", "{from: sku, max_length: ^1_000}", 'items.fields.Code.max_length: wants a whole number, without quotes; found "1_000"', "an underscore in a number"),
    ("sku", "{from: sku, max_length: ^0}", "items.fields.Code.max_length: wants at least 1", "a length of nothing"),
    ("sku", "{from: sku, empty: ^keeep}", 'items.fields.Code.empty: unknown value "keeep". Did you mean "keep"?', "a typo in a word"),
    ("sku", "{from: sku, compare: ^numbers}", "items.fields.Code.compare: wants one of: exact, case, digits", "no such comparison"),
    ("sku", "{from: price, use: money(2, ^nl)}", 'items.fields.Code: unknown key "nl)": a value with a comma stands in quotes here', "a comma inside braces"),
    ("[Code]", "^Code", 'items.match: wants a list; found "Code"', "match is a list"),
    ("[Code]", "[{all: [Code], ^thn: link}]", 'items.match[0]: unknown key "thn". Did you mean "then"?', "a typo in a match rule"),
    ("[Code]", "[{all: ^[]}]", "items.match[0].all: wants at least one entry", "a match rule without fields"),
    ("[shop.articles, exact.Items]", "^[shop.articles]", "items.pair: wants two resources: [system.resource, system.resource]", "half a pair"),
    ("[shop.articles, exact.Items]", "[shop.articles, ^exakt.Items]", 'items.pair[1]: unknown system "exakt". Did you mean "exact"?', "a typo in a system"),
    ("[shop.articles, exact.Items]", "[shop.articles, ^exact]", 'items.pair[1]: wants system.resource; found "exact"', "a system without resource"),
    ("[shop.articles, exact.Items]", "^[shop.a, shop.b]", 'items.pair: both ends are of system "shop"; a pair is of two systems', "one system on both ends"),
    ("shop: {connector", "^shop: {conector", 'systems.shop: "connector" is missing', "no connector"),
    ("shop: {connector", "^newest: {connector", 'systems: "newest" is a word of the language; choose another name', "a system called like a rule"),
    ("shop: {connector", "^my shop: {connector", 'systems: "my shop" is no name', "a space in a name"),
    ("entities:\n", "guards: {^delets: 3}\nentities:\n", 'guards: unknown guard "delets". Did you mean "deletes"?', "a typo in a guard"),
    ("entities:\n", "guards: {deletes: ^-3}\nentities:\n", "guards.deletes: wants a count such as 25, a percentage such as 10%, or both: [10%, 25]", "a limit below nothing"),
    ("entities:\n", "guards: {deletes: ^120%}\nentities:\n", "guards.deletes: wants a count", "more than all"),
    ("entities:\n", "guards: {clock: ^10%}\nentities:\n", "guards.clock: wants a number of seconds, and no share", "a share of a clock"),
    ("entities:\n", "state: ^../else\nentities:\n", 'state: "../else" is no folder inside the project', "a state folder outside"),
    ("entities:\n", "state: ^/var/lib/x\nentities:\n", 'state: "/var/lib/x" is no folder inside the project', "an absolute state folder"),
    ("entities:\n", "report: {formats: [^pdf]}\nentities:\n", 'report.formats[0]: unknown value "pdf". Known: ', "no such format"),
    ("entities:\n", "defaults: {conflict: ^shpo}\nentities:\n", 'defaults.conflict: unknown rule or system "shpo". Did you mean "shop"?', "a typo in a default"),
    ("entities:\n", "defaults: {create: {^shp: ask}}\nentities:\n", 'defaults.create: unknown system "shp". Did you mean "shop"?', "a default for no system"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "what"), rows(FAULTS))
def test_a_fault_is_said_with_its_place_and_what_was_meant(old: str, new: str, what: str) -> None:
    assert old in HEAD + ITEMS
    holds((HEAD + ITEMS).replace(old, new, 1), what)


NAMES = [
    # keys of the entity, more fields, what is said, why
    ("where: {^shpo: {name: x}}", "", 'items.where: unknown system "shpo". Did you mean "shop"?', "a condition of no system"),
    ("create: {^exakt: auto}", "", 'items.create: unknown system "exakt". Did you mean "exact"?', "creates in no system"),
    ("on_delete: {^shp: keep}", "", 'items.on_delete: unknown system "shp". Did you mean "shop"?', "deletions of no system"),
    ("inactive: {^exakt: {EndDate: today}}", "", 'items.inactive: unknown system "exakt"', "inactive in no system"),
    ("many: ^crm", "", 'items.many: unknown system "crm". Known: exact, shop.', "many of no system"),
    ("owner: ^exat", "", 'items.owner: unknown system "exat". Did you mean "exact"?', "an owner that is no system"),
    ("conflict: ^newst", "", 'items.conflict: unknown rule or system "newst". Did you mean "newest"?', "a typo in a rule"),
    ("first_link: ^longest", "", 'items.first_link: unknown rule or system "longest"', "a rule that first links do not have"),
    ("after: [^itms]", "", 'items.after[0]: unknown entity "itms". Did you mean "items"?', "after no entity"),
    ("guards: {^clock: 60}", "", 'items.guards: "clock" judges the whole run; set it beside entities', "a limit of the run in an entity"),
    ("after: ^items", "", "items.after: these entities come after each other in a circle", "after itself"),
    ("", "Barcode: {from: ean, lookup: ^vat}", 'items.fields.Barcode.lookup: unknown lookup "vat"', "no such lookup"),
    ("", "Barcode: {from: ean, ref: ^itmes}", 'items.fields.Barcode.ref: unknown entity "itmes". Did you mean "items"?', "a reference to no entity"),
    ("", "Barcode: {from: ean, owner: ^bot}", 'items.fields.Barcode.owner: unknown system "bot". Did you mean "both"?', "a typo in an owner"),
    ("", "Barcode: {from: ean, use: ^trm}", 'items.fields.Barcode.use: unknown transform "trm". Did you mean "trim"?', "a typo in a transform"),
    ("", "Barcode: {from: ean, use: [trim, ^vat(3)]}", "items.fields.Barcode.use[1]: vat takes no options; found 1", "options where there are none"),
    ("", "Barcode: {from: ean, ^to_exat: value}", 'items.fields.Barcode: unknown system "exat". Did you mean "exact"?', "an expression for no system"),
    ("", "Barcode: {from: ean, to_exact: value, ^use: trim}", 'items.fields.Barcode: expressions take the place of "use"', "an expression and a transform"),
    ("", "Barcode: {to_exact: ean, ^to_shop: Barcode}", 'items.fields.Barcode: "from" is missing', "an expression that gives a field nobody named"),
    ("", "Barcode: {from: ean, to_exact: value, owner: ^exact}", "items.fields.Barcode.owner: exact decides, but there is no to_shop", "an owner whose value cannot get across"),
    ("", "Barcode: {from: ean, to_shop: value, owner: ^shop}", "items.fields.Barcode.owner: shop decides, but only to_shop is given", "the other owner whose value cannot get across"),
    ("", "Barcode: ^{note: x}", 'items.fields.Barcode: no value: say "from"', "neither path nor constant"),
    ("", "Barcode: {^from: ean, value: 3}", 'items.fields.Barcode: "value" gives a constant, so "from" has no meaning', "both path and constant"),
    ("", "Barcode: {value: 3, ^owner: exact}", 'items.fields.Barcode: "value" gives a constant, so "owner" has no meaning', "an owner of a constant"),
    ("", "Barcode: {from: ean, ^write: if_empty}", 'items.fields.Barcode: "write" is for constants and for fields with an owner', "a way of writing without owner"),
    ("", "Barcode: {from: ean, ^missing: hold}", 'items.fields.Barcode: "missing" is for references', "a missing reference that is none"),
    ("^match: [{all: [Code], veto: Cod}]", "", 'items: duplicate key "match"', "match twice"),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "fields", "what"), rows(NAMES))
def test_a_name_that_leads_nowhere_is_said_with_its_place(keys: str, fields: str, what: str) -> None:
    holds(items(keys, fields=fields), what)


MATCHES = [
    # match, what is said, why
    ("[^Cod]",                           'items.match[0]: unknown field "Cod". Did you mean "Code"?', "a match by no field of the mapping"),
    ("[{all: [^Cod]}]",                  'items.match[0].all[0]: unknown field "Cod"',       "a match by no field, in the long form"),
    ("[{all: [Code], veto: [^Ean]}]",    'items.match[0].veto[0]: unknown field "Ean"',      "a veto by no field"),
    ("[{all: [Code], tie_break: ^Ean}]", 'items.match[0].tie_break: unknown field "Ean"',    "a tie-breaker by no field"),
    ("[^{all: [Code, Code]}]",           "items.match[0]: names a field twice",              "a field twice"),
]  # fmt: skip


@pytest.mark.parametrize(("match", "what"), rows(MATCHES))
def test_a_match_rule_names_fields_of_the_mapping(match: str, what: str) -> None:
    holds((HEAD + ITEMS).replace("[Code]", match), what)


def test_no_match_rule_at_all_is_refused_unless_it_is_said_or_harmless() -> None:
    without = (HEAD + ITEMS).replace("    match: [Code]\n", "")
    assert 'items: "match" is missing: without it every record is taken for a new one' in said(without)
    assert said(without + "    create: {exact: never, shop: never}\n") == ""
    assert said((HEAD + ITEMS).replace("[Code]", "[]")) == ""


def test_a_lookup_is_unique_both_ways_or_says_that_it_is_one_way() -> None:
    table = "lookups:\n  vat: {map: {high: 2, low: 1, old: 2}}\n"
    text = (HEAD + ITEMS).replace("entities:\n", table + "entities:\n")
    holds(text.replace("old: 2", "old: ^2"), 'lookups.vat.map.old: "high" and "old" both become "2"')
    assert said(text.replace("old: 2}}", "old: 2}, one_way: true}")) == ""


def test_a_lookup_table_names_its_key() -> None:
    text = (HEAD + ITEMS).replace("entities:\n", "lookups:\n  vat: {table: exact.VATCodes, map: {a: 1}}\nentities:\n")
    assert 'lookups.vat: "table" and "key" belong together' in said(text)


def test_a_reference_stays_within_the_two_systems() -> None:
    text = items("", fields="Barcode: {from: ean, ref: others}") + (
        "  others:\n    pair: [crm.x, exact.Items]\n    match: [Code]\n    fields: {Code: sku}\n"
    )
    text = text.replace("entities:", "  crm: {connector: csv}\nentities:")
    assert "others links crm with exact, so it cannot translate between shop and exact" in said(text)


def test_every_fault_of_a_file_is_said_in_its_order() -> None:
    text = (HEAD + ITEMS).replace("sku", "{from: sku, onwer: x, empty: y}").replace("pair", "piar")
    with pytest.raises(ConfigError) as caught:
        document(text)
    places = [line.split()[0] for line in str(caught.value).splitlines()]
    assert places == ["sync.yaml:6:3", "sync.yaml:7:5", "sync.yaml:10:25", "sync.yaml:10:42"]
    assert caught.value.end is End.CONFIG


def test_places_stand_in_a_column() -> None:
    text = (HEAD + ITEMS).replace("sku", "{onwer: x}").replace("version: 1", "version: 3")
    with pytest.raises(ConfigError) as caught:
        document(text)
    assert str(caught.value).splitlines()[1] == (
        'sync.yaml:10:14  items.fields.Code: unknown key "onwer". Did you mean "owner"?'
    )
    assert str(caught.value).splitlines()[0].startswith("sync.yaml:1:10   version")


def test_a_file_that_is_wrong_everywhere_ends_in_a_count() -> None:
    text = HEAD + ITEMS + "".join(f"      F{n}: {{from: x, onwer: y}}\n" for n in range(200))
    with pytest.raises(ConfigError) as caught:
        document(text)
    lines = str(caught.value).splitlines()
    assert len(lines) == 51
    assert lines[-1] == "and 150 more faults"


DIGESTS = [
    ("match: [Code]",          "match: [ 'Code' ]  # why",    True,  "quotes and comments"),
    ("Code: sku",              "Code: {from: sku}",           True,  "the long form"),
    ("Code: sku",              "Code: {from: sku, note: x}",  True,  "a note"),
    ("path: articles.csv",     "path: other.csv",             True,  "an option of a system"),
    ("match: [Code]",          "guards: {deletes: 3}\n    match: [Code]", True, "a guard"),
    ("Code: sku",              "Code: code",                  False, "another path"),
    ("Code: sku",              "Code: {value: null}",         False, "a constant of nothing"),
    ("Code: sku",              "Code: {from: sku, use: trim}", False, "a transform"),
    ("match: [Code]",          "match: [{all: [Code], then: suggest}]", False, "a weaker match rule"),
    ("match: [Code]",          "match: [Code]\n    create: {exact: ask}", False, "another rule for creates"),
    ("entities:",              "defaults: {conflict: newest}\nentities:", False, "a default"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "same"), rows(DIGESTS))
def test_the_digest_covers_what_decides_and_nothing_else(old: str, new: str, same: bool) -> None:
    before, after = HEAD + ITEMS, (HEAD + ITEMS).replace(old, new, 1)
    assert after != before
    assert (document(before).mapping_digest == document(after).mapping_digest) is same


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"sync\.yaml: there is no such file in .*\. Make one: sync init"):
        load(tmp_path / "sync.yaml")


def test_a_folder_is_no_mapping(tmp_path: Path) -> None:
    (tmp_path / "sync.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"sync\.yaml: is no file"):
        load(tmp_path / "sync.yaml")


def test_a_fifo_under_the_name_does_not_hang_the_run(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "sync.yaml")
    assert stat.S_ISFIFO((tmp_path / "sync.yaml").stat().st_mode)
    with pytest.raises(ConfigError, match="is no file"):
        load(tmp_path / "sync.yaml")


def test_an_unreadable_name_is_a_clean_end(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be opened"):
        load(tmp_path / "a\0b")
    with pytest.raises(ConfigError):
        load(tmp_path / ("x" * 300))


def test_a_message_holds_nothing_that_a_terminal_obeys() -> None:
    with pytest.raises(ConfigError) as caught:
        read((HEAD + ITEMS).replace("Code: sku", '"x\\ty\\u202e": {"\\u2066z": 1}').encode(), Path("sync.yaml"))
    assert str(caught.value).replace("\n", "").isprintable()
