"""Options of a system: text becomes what the connector's schema asks for; secrets come by reference and show nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from syncengine.config.options import check_options
from syncengine.config.secrets import Secret
from syncengine.errors import ConfigError
from tests.builders import rows
from tests.config.world import document

SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["division"],
    "properties": {
        "division": {"type": "integer", "minimum": 1, "description": "Number of the administration."},
        "country": {"enum": ["nl", "be", "no"]},
        "codes": {"type": "boolean"},
        "quiet": {"type": "number", "maximum": 10},
        "name": {"type": "string", "minLength": 1, "maxLength": 5},
        "user": {"type": "string", "pattern": "^[a-z]+$"},
        "secret": {"type": "string", "minLength": 8, "secret": True},
        "token": {"type": "string", "pattern": "^t_", "secret": True},
        "key": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]},
        "port": {"type": ["integer", "null"]},
        "limits": {"$ref": "#/$defs/limits"},
        "sizes": {"type": "array", "items": {"type": "integer"}},
        "headers": {"type": "object", "additionalProperties": {"type": "string", "secret": True}},
        "files": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "$defs": {"limits": {"type": "object", "additionalProperties": False, "properties": {"day": {"type": "integer"}}}},
}

TEXT = """\
version: 1
systems:
  shop: {connector: csv}
  exact:
    connector: exact
%s
entities:
  items:
    pair: [shop.articles, exact.Items]
    match: [Code]
    fields: {Code: sku}
"""


def options(*lines: str, root: Path | None = None, schema: Mapping[str, Any] = SCHEMA) -> Mapping[str, Any]:
    return check_options(document(TEXT % "\n".join(f"    {line}" for line in lines)), "exact", schema, root=root)


def refusal(*lines: str, root: Path | None = None, schema: Mapping[str, Any] = SCHEMA) -> str:
    with pytest.raises(ConfigError) as caught:
        options(*lines, root=root, schema=schema)
    return str(caught.value)


READ = [
    ("codes: true", True, "a flag"),
    ("quiet: 1.5", 1.5, "a number"),
    ("quiet: 2", 2, "a whole number where any number may be"),
    ("name: 01234", "01234", "text that looks like a number"),
    ("name: true", "true", "text that looks like a flag"),
    ("name: null", "null", "text that looks like nothing"),
    ("country: no", "no", "a word of YAML 1.1"),
    ("key: 0x1F", "0x1F", "text that some readers make a number of"),
    ("key: [a, 0]", ["a", "0"], "a list of text"),
    ("port: null", None, "nothing, where the schema knows it"),
    ("port: 80", 80, "a number, where nothing may be too"),
    ("sizes: [1, 2]", [1, 2], "a list of numbers"),
    ("limits: {day: 5}", {"day": 5}, "a number behind a reference of the schema"),
    ("files: {a: 1}", {"a": "1"}, "a map of free names"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "value"), rows(READ))
def test_a_scalar_becomes_what_the_schema_asks_for(line: str, value: object) -> None:
    made = options("division: 123456", line)
    assert made == {"division": 123456, line.partition(":")[0]: value}
    assert type(made[line.partition(":")[0]]) is type(value) or isinstance(value, str)


REFUSED = [
    ("division: ^01234567", 'systems.exact.division: wants a whole number, without quotes or a zero in front; found "01234567"', "an octal of old"),
    ("division: ^'12'", "systems.exact.division: wants a whole number", "a number in quotes"),
    ("division: ^1_000", "systems.exact.division: wants a whole number", "an underscore"),
    ("division: ^0", 'systems.exact.division: wants at least 1; found "0"', "below the least"),
    ("quiet: ^11", 'systems.exact.quiet: wants at most 10; found "11"', "above the most"),
    ("quiet: ^.inf", "systems.exact.quiet: wants a number", "infinity"),
    ("country: ^nk", 'systems.exact.country: unknown value "nk". Did you mean "nl"?', "a typo in a word"),
    ("codes: ^yes", 'systems.exact.codes: wants true or false, without quotes; found "yes"', "a word of YAML 1.1"),
    ("codes: ^'true'", 'systems.exact.codes: wants true or false, without quotes; found "true"', "a flag in quotes"),
    ("name: ^toolong", 'systems.exact.name: wants at most 5 characters; found "toolong"', "too long"),
    ("name: ^''", "systems.exact.name: has no value", "nothing in quotes"),
    ("user: ^A1", 'systems.exact.user: does not fit: pattern ^[a-z]+$; found "A1"', "not by the pattern"),
    ("^divison: 1", 'systems.exact: unknown option "divison". Did you mean "division"?', "a typo in an option"),
    ("limits: {^dya: 1}", 'systems.exact.limits: unknown option "dya". Did you mean "day"?', "a typo inside an option"),
    ("limits: ^5", 'systems.exact.limits: wants a map; found "5"', "a value for a map"),
    ("sizes: [1, ^x]", "systems.exact.sizes[1]: wants a whole number", "one wrong entry of a list"),
    ("secret: ^hunter2hunter2", "systems.exact.secret: a secret is never written here; say where it is", "a secret in the mapping"),
    ("headers: {X-Key: ^hunter2}", "systems.exact.headers.X-Key: a secret is never written here", "a secret under a free name"),
    ("secret: ^env:NOT_SET_ANYWHERE", "systems.exact.secret: needs the environment variable NOT_SET_ANYWHERE, which is not set", "a variable that is not set"),
    ("name: ^env:NOT_SET_ANYWHERE", "systems.exact.name: needs the environment variable NOT_SET_ANYWHERE", "a variable that is not set, for no secret"),
    ("secret: ^cred:shop", "systems.exact.secret: cred:shop cannot be fetched here. Use env:NAME or file:path", "a kept secret where none is kept"),
    ("secret: ^[a]", "systems.exact.secret: wants text; found a list", "a list for a secret"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "what"), rows(REFUSED))
def test_an_option_that_does_not_fit_is_said_with_its_place(line: str, what: str) -> None:
    before, _, after = line.partition("^")
    lines = ["division: 1", before + after] if "division: " not in line else [before + after]
    message = refusal(*lines)
    number = 5 + len(lines)
    assert f"sync.yaml:{number}:{len(before) + 5} " in message, message
    assert what in message
    assert "hunter2" not in message


def test_a_missing_option_is_said_with_what_it_is() -> None:
    assert refusal("name: x") == ('sync.yaml:4:3  systems.exact: "division" is missing: Number of the administration')


def test_alternatives_are_named() -> None:
    schema = {
        "type": "object",
        "anyOf": [{"required": ["path"]}, {"required": ["folder"]}],
        "properties": {"path": {}, "folder": {}},
    }
    assert "systems.exact: wants one of: path, folder" in refusal("name: x", schema=schema)
    assert options("path: a", schema=schema) == {"path": "a"}


def test_all_wrong_options_are_said_at_once() -> None:
    message = refusal("country: nk", "codes: ja", "secret: plaintext", "naem: x")
    assert [line.split()[1] for line in message.splitlines()] == [
        "systems.exact:",
        "systems.exact.country:",
        "systems.exact.codes:",
        "systems.exact.secret:",
        "systems.exact:",
    ]


def test_a_secret_comes_by_reference_and_its_repr_is_blank(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEY", "s3cr3t-value")
    (tmp_path / "token").write_text("file-secret\n")
    (tmp_path / "token").chmod(0o600)
    made = options("division: 1", "secret: env:KEY", "headers: {a: 'file:token'}", root=tmp_path)
    assert made["secret"] == "s3cr3t-value"
    assert isinstance(made["secret"], Secret)
    assert made["headers"] == {"a": "file-secret"}
    assert "s3cr3t" not in repr(made)
    assert "file-secret" not in repr(made)


def test_a_secret_that_does_not_fit_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "hunter2")
    assert refusal("division: 1", "token: env:KEY") == "sync.yaml:7:12  systems.exact.token: does not fit: pattern ^t_"
    assert (
        refusal("division: 1", "secret: env:KEY") == "sync.yaml:7:13  systems.exact.secret: wants at least 8 characters"
    )


def test_any_text_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVISION", "77")
    assert options("division: env:DIVISION") == {"division": 77}


def test_the_connectors_that_ship_take_what_the_language_page_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    from syncengine_connectors.csv import PLUGIN as CSV
    from syncengine_connectors.exact import PLUGIN as EXACT

    monkeypatch.setenv("EXACT_CLIENT_ID", "an id")
    monkeypatch.setenv("EXACT_CLIENT_SECRET", "a secret")
    lines = [
        "country: nl",
        "division: 123456",
        "client_id: env:EXACT_CLIENT_ID",
        "client_secret: env:EXACT_CLIENT_SECRET",
    ]
    assert options(*lines, schema=EXACT.options) == {
        "country": "nl",
        "division": 123456,
        "client_id": "an id",
        "client_secret": "a secret",
    }
    assert options("path: articles.csv", schema=CSV.options) == {"path": "articles.csv"}


def test_a_document_s_repr_shows_no_option() -> None:
    loaded = document(TEXT % "    secret: hunter2hunter2")
    assert "hunter2" not in repr(loaded)
    assert "hunter2" not in repr(loaded.systems)
