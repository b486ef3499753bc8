"""The editor's schema: made from the model, committed, and as strict as the loader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from syncengine.config.load import load
from syncengine.config.schema import COMMITTED, committed_text, language_schema, project_schema
from tests.builders import rows
from tests.config.world import FULL, HEAD, ITEMS, RESOURCES, SIMPLE, said


def as_editors_see(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def faults(schema: dict[str, Any], text: str) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(as_editors_see(text))]


def test_the_committed_schema_is_the_model_s() -> None:
    assert COMMITTED.read_text("utf-8") == committed_text(), "write it anew: python -m syncengine.config.schema"


def test_the_schemas_are_schemas() -> None:
    jsonschema.Draft202012Validator.check_schema(language_schema())
    jsonschema.Draft202012Validator.check_schema(project_schema(load(FULL), RESOURCES))


@pytest.mark.parametrize("file", [SIMPLE, FULL])
def test_the_examples_of_the_language_fit_it_and_their_own(file: Path) -> None:
    text = file.read_text("utf-8")
    assert faults(language_schema(), text) == []
    assert faults(project_schema(load(file), RESOURCES), text) == []


BOTH = [
    ("version: 1", "version: 2", "another version"),
    ("match:", "mach:", "a typo in an entity"),
    ("Code: sku", "Code: {from: sku, onwer: exact}", "a typo in a field"),
    ("Code: sku", "Code: {from: sku, empty: kep}", "a typo in a word"),
    ("Code: sku", "Code: {from: sku, required: 'yes'}", "text for a flag"),
    ("Code: sku", "Code: {from: sku, max_length: 0}", "a length of nothing"),
    ("Code: sku", "Code: {from: sku, compare: fuzzy}", "no such comparison"),
    ("Code: sku", "Code: {from: sku, to_exact: 3}", "a number for an expression"),
    ("pair: [shop.articles, exact.Items]", "pair: [shop.articles]", "half a pair"),
    ("match: [Code]", "match: Code", "text for a list"),
    ("match: [Code]", "match: [{any: [Code]}]", "no such key of a match rule"),
    ("match: [Code]", "match: [Code]\n    where: {exact: {Code: {gtt: 1}}}", "no such operator"),
    ("match: [Code]", "match: [Code]\n    guards: {delets: 1}", "no such guard"),
    ("match: [Code]", "match: [Code]\n    guards: {deletes: many}", "no limit"),
    ("match: [Code]", "match: [Code]\n    on_delete: {shop: kep}", "no such rule for deletions"),
    ("connector: csv, ", "", "no connector"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), rows(BOTH))
def test_what_the_loader_refuses_the_schema_refuses_too(old: str, new: str) -> None:
    text = (HEAD + ITEMS).replace(old, new, 1)
    assert text != HEAD + ITEMS
    assert faults(language_schema(), text)
    # A comparison between text and number is the loader's own leniency: an editor may be stricter, never laxer.
    if new != "Code: {from: sku, to_exact: 3}":
        assert said(text)


GOOD = [
    ("Code: sku", "Code: {from: sku, use: [trim, upper], to_note: x}".replace(", to_note: x", ""), "transforms in a list"),
    ("Code: sku", "Code: {to_exact: 'sku ~ name'}", "an expression"),
    ("Code: sku", "Code: {value: null}", "a constant of nothing"),
    ("Code: sku", "Code: {from: sku, mask: auto}", "mask by itself"),
    ("match: [Code]", "match: [Code]\n    where: {exact: {Code: [A, null], any: [{Class: 1}, {Class: {ge: 2}}]}}", "conditions"),
    ("match: [Code]", "match: [Code]\n    guards: {deletes: [10%, 25], creates: 5}", "limits"),
    ("match: [Code]", "match: [Code]\n    on_delete: {shop: keep, edited: ask}\n    create: {exact: never}", "births and deaths"),
    ("match: [Code]", "match: [Code]\n    inactive: {exact: {IsSalesItem: false}}", "inactive"),
    ("match: [Code]", "match: [Code]\n    conflict: shop ~ exact\n    first_link: exact|trim", "rules that are expressions"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), rows(GOOD))
def test_what_the_loader_takes_the_schema_takes_too(old: str, new: str) -> None:
    text = (HEAD + ITEMS).replace(old, new, 1)
    assert said(text) == ""
    assert faults(language_schema(), text) == []


PROJECT = [
    ("Name: company", "Naam: company", "an unknown field of Exact"),
    ("Code: {from: sku, use: code}", "Cod: {from: sku, use: code}", "an unknown field in the long form"),
    ("owner: exact", "owner: exakt", "an unknown owner"),
    ("ref: accounts", "ref: acounts", "an unknown entity"),
    ("lookup: vat_code", "lookup: vatcode", "an unknown lookup"),
    ("pair: [shop.products, exact.Items]", "pair: [shop.products, exact.Itms]", "an unknown resource"),
    ("exact: {Status: [C, P]}", "exact: {Staus: [C, P]}", "an unknown field in a condition"),
    ("match: [Code]", "match: [Kode]", "an unknown field in a match rule"),
    ("create: {exact: auto", "create: {exat: auto", "an unknown system"),
    ("conflict: newest", "conflict: newst", "an unknown rule"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), rows(PROJECT))
def test_the_project_s_schema_knows_its_own_names(old: str, new: str) -> None:
    text = FULL.read_text("utf-8").replace(old, new, 1)
    assert text != FULL.read_text("utf-8")
    assert faults(project_schema(load(FULL), RESOURCES), text)
    assert faults(language_schema(), text) == []


def test_the_project_s_schema_takes_an_expression_as_a_rule() -> None:
    text = FULL.read_text("utf-8").replace("conflict: newest", "conflict: base.shop ~ exact", 1)
    assert text != FULL.read_text("utf-8")
    assert faults(project_schema(load(FULL), RESOURCES), text) == []


def test_a_field_s_description_says_what_it_holds() -> None:
    schema = project_schema(load(FULL), RESOURCES)
    fields = schema["properties"]["entities"]["properties"]["items"]["properties"]["fields"]["properties"]
    assert fields["Code"]["description"] == "text; at most 30 characters; required; unique"
    assert fields["Stock"]["description"] == "number; read-only"
    assert json.dumps(schema)


def test_every_key_of_the_language_is_described() -> None:
    schema = language_schema()
    places = {"": schema, **schema["$defs"]}
    bare = [
        f"{name}.{key}"
        for name, part in places.items()
        for key, value in part.get("properties", {}).items()
        if "description" not in value
    ]
    assert bare == []
