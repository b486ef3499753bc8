"""The engine over real exports: no traceback, every unreadable row told, nothing twice, no text spoilt."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncengine.errors import End
from syncengine.model.operation import Action, OperationState
from syncengine.model.record import Side
from syncengine.model.result import RunResult
from syncengine.model.review import Waiting
from tests.builders import rows
from tests.real_input.project import Project

MOJIBAKE = ("Ã", "â€", "\ufffd", "\ufeff", "\x00")
DONE = {OperationState.CONFIRMED, OperationState.DONE}
EVERY_GUARD = ("creates", "updates", "same-value", "conflicts", "emptied", "rekey")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def settle(project: Project) -> tuple[RunResult, RunResult]:
    """The approved first run, and the one after it, which must write nothing."""
    first = project.run(approved="somebody", allow=EVERY_GUARD)
    assert first.end in (End.DONE, End.WAITING), (first.end, first.messages, first.plan.breaches)
    assert {item.state for item in first.applied} <= DONE | {OperationState.PARKED}
    second = project.run()
    assert second.applied == ()
    assert second.plan.operations == ()
    assert second.end in (End.DONE, End.WAITING)
    return first, second


def texts(result: RunResult) -> list[str]:
    """Every text that was written to a side."""
    return [value for item in result.applied for value in item.operation.values.values() if isinstance(value, str)]


def clean(result: RunResult, source: str) -> None:
    """No text was written that shows more damage than its source does."""
    for mark in MOJIBAKE:
        assert any(mark in text for text in texts(result)) <= (mark in source), f"{mark!r} was added"


ACCOUNTS = """\
  accounts:
    pair: [files.crm_companies, exact.Accounts]
    match:
      - VATNumber
      - ChamberOfCommerce
      - {all: [Name, Postcode], then: suggest}
    fields:
      Name: Company name
      VATNumber: {from: BTW-nummer, use: vat, empty: keep, first_link: exact}
      ChamberOfCommerce: {from: KvK-nummer, use: kvk, empty: keep, first_link: exact}
      Email: {from: Email, use: email, first_link: exact}
      Phone: {from: Phone Number, use: phone, first_link: exact}
      AddressLine1: {from: Street Address, first_link: exact}
      Postcode: {from: Postal Code, use: postcode, first_link: exact}
      City: {from: City, first_link: exact}
      Country: {from: Country/Region, use: country, first_link: exact}
    create: {exact: auto, files: never}
  contacts:
    pair: [files.crm_contacts, exact.Contacts]
    match:
      - {all: [Account, Email]}
      - {all: [Account, FirstName, LastName]}
    fields:
      Account: {from: Associated Company ID, ref: accounts, missing: hold}
      FirstName: {from: First Name, first_link: exact}
      LastName: {from: Last Name, first_link: exact}
      Email: {from: Email, use: email, first_link: exact}
    create: {exact: auto, files: never}
"""


def test_a_crm_export_meets_an_administration(shared_data: Path, project: Project) -> None:
    for name in ("crm_companies.csv", "crm_contacts.csv"):
        project.put(name, (shared_data / "pairs" / name).read_bytes())
    for resource in ("Accounts", "Contacts"):
        answer = shared_data / "pairs" / f"exact_{resource.lower()}.json"
        project.seed(resource, answer.read_bytes())
    project.write(ACCOUNTS)
    before = {row["ID"] for row in project.records("Accounts")}
    first, second = settle(project)
    source = "".join(
        (shared_data / "pairs" / name).read_text("utf-8", "replace")
        for name in ("crm_companies.csv", "crm_contacts.csv", "exact_accounts.json", "exact_contacts.json")
    )
    clean(first, source)
    counted = {(r.entity, r.side): r.rows for r in first.readings}
    assert counted == {
        ("accounts", Side.LEFT): 2187,
        ("accounts", Side.RIGHT): 2086,
        ("contacts", Side.LEFT): 1680,
        ("contacts", Side.RIGHT): 972,
    }
    created = [i for i in first.applied if i.operation.action is Action.CREATE and i.operation.entity == "accounts"]
    after = {row["ID"] for row in project.records("Accounts")}
    assert len(after - before) == len([item for item in created if item.state in DONE]) > 0
    assert before <= after
    assert len(second.reviews) == len(first.reviews), "what waited still waits, and nothing new does"


ITEMS = {
    "woocommerce": """\
  items:
    pair: [files.products, exact.Items]
    match: [Code]
    fields:
      Code: SKU
      Description: {from: Name, max_length: 60, overflow: truncate}
      ExtraDescription: {from: Short description, max_length: 255, overflow: truncate}
    create: {exact: auto, files: never}
""",
    "shopify": """\
  items:
    pair: [files.products, exact.Items]
    where:
      files: {Title: {empty: false}}
    match: [Code]
    fields:
      Code: Handle
      Description: {from: Title, max_length: 60, overflow: truncate}
      Barcode: Variant Barcode
    create: {exact: auto, files: never}
""",
}


@pytest.mark.parametrize(
    ("file", "kind", "key"),
    rows(
        [
            (
                "woocommerce_sample_products.csv",
                "woocommerce",
                "ID",
                "WooCommerce, with a byte-order mark and quoted newlines",
            ),
            ("shopify_apparel.csv", "shopify", "Handle", "Shopify clothes: a row per image and variant"),
            ("shopify_home_and_garden.csv", "shopify", "Handle", "Shopify home and garden"),
        ]
    ),
)
def test_a_webshop_export_becomes_items(shared_data: Path, project: Project, file: str, kind: str, key: str) -> None:
    content = (shared_data / "webshop" / file).read_bytes()
    project.put("products.csv", content)
    project.write(ITEMS[kind], files=f"folder: data, key: {key}")
    first, second = settle(project)
    clean(first, content.decode("utf-8-sig"))
    done = [item for item in first.applied if item.state in DONE]
    assert len(project.records("Items")) == len(done) > 0
    unread = [item for item in first.reviews if item.kind is Waiting.UNREADABLE]
    assert all(f"products.csv:{line}" in item.reason for item in unread for line in [item.field.rsplit(":", 1)[-1]])
    assert [item.number for item in second.reviews] == [item.number for item in first.reviews]


DIALECTS = {
    "constantMappingInCsvClashing.csv": ("name", "name"),
    "cp1252_offices.csv": ("gml_id", "straatnaam"),
    "csvEscapedQuotes.csv": ("column1", "column1"),
    "csvtext_BOM_UTF16LE.csv": ("column1", "column2"),
    "csvtext_BOM_UTF8.csv": ("column1", "column2"),
    "duplicate_headers.csv": ("Gemeente", "Plaats"),
    "semicolon_bom_quoted.csv": ("Gemeente", "Kamer van Koophandel"),
    "space_after_comma_ragged.csv": ("almanakId", "almanakName"),
}


@pytest.mark.parametrize("file", sorted(DIALECTS))
def test_every_dialect_is_read_or_told(shared_data: Path, project: Project, file: str) -> None:
    key, name = DIALECTS[file]
    content = (shared_data / "csv-dialects" / file).read_bytes()
    project.put("table.csv", content)
    project.write(
        f"""\
  items:
    pair: [files.table, exact.Items]
    match: [Code]
    fields:
      Code: {key}
      Description: {{from: {name}, owner: files, max_length: 60, overflow: truncate}}
    create: {{exact: auto, files: never}}
""",
        files=f"folder: data, key: {key}",
    )
    first, _ = settle(project)
    told = [item for item in first.reviews if item.kind is Waiting.UNREADABLE]
    assert all("table.csv:" in item.reason for item in told)
    readings = {reading.side: reading for reading in first.readings}
    assert readings[Side.LEFT].rows > 0
    assert readings[Side.LEFT].unreadable == len(told)
    assert not any(mark in text for mark in ("\ufffd", "\ufeff", "\x00") for text in texts(first))
