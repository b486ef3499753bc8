"""Real exports, where they are present: everything is read or reported with its line, and nothing else is touched by a write."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from syncengine.connector import Query
from syncengine.errors import Unreadable
from syncengine.model.operation import Action, Operation, Written
from syncengine.model.record import Record, Side
from syncengine.ports import Ports
from syncengine_connectors.csv import PLUGIN
from tests.builders import rows


def read(folder: Path, path: str, **options):
    """Name, table, records by id and unreadable rows of one file."""
    name = Path(path).stem
    side = PLUGIN.connect({"path": path, **options}, Ports(root=folder, state=folder, credentials=folder))
    query = Query(resource=name, fields=tuple(side.resources()[name].fields))
    records: dict[str, Record] = {}
    errors: list[Unreadable] = []
    dialect, lines = None, []
    for page in side.pull(query, None):
        for row in page.rows:
            dialect = row[0].dialect
            lines.append(row[1])
            try:
                record = side.parse(query, row)
            except Unreadable as error:
                errors.append(error)
            else:
                records[record.id] = record
    return side, dialect, records, errors, lines


FILES = [
    # file, key, encoding, delimiter, blank after delimiter, records, unreadable, why
    ("csv-dialects/semicolon_bom_quoted.csv", None, "utf-8", ";", False, 390, 0, "byte-order mark, semicolons, all quoted"),
    ("csv-dialects/duplicate_headers.csv", None, "utf-8", ",", False, 196, 0, "columns of one name"),
    ("csv-dialects/cp1252_offices.csv", "gml_id", "cp1252", ",", False, 900, 0, "Windows-1252"),
    ("csv-dialects/space_after_comma_ragged.csv", None, "utf-8", ",", True, 511, 0, "a blank after each comma"),
    ("csv-dialects/csvtext_BOM_UTF16LE.csv", None, "utf-16-le", ",", False, 2, 0, "UTF-16"),
    ("csv-dialects/csvEscapedQuotes.csv", None, "utf-8", ",", False, 2, 0, "doubled quotes"),
    ("crm/northwind_customers.csv", None, "utf-8", ",", False, 67, 24, "commas that nobody quoted"),
    ("webshop/woocommerce_sample_products.csv", "ID", "utf-8", ",", False, 25, 0, "a shop's products, with HTML and line breaks"),
    ("webshop/magento_gear_fitness_equipment.csv", "sku", "utf-8", ",", False, 9, 0, "line breaks in quoted cells"),
    ("webshop/prestashop_addresses_import.csv", None, "utf-8", ",", False, 16, 0, "a comma too many in every row"),
    ("webshop/shopify_apparel.csv", "Variant SKU", "utf-8", ",", False, 0, 22, "the key's column is empty"),
    ("pairs/crm_companies.csv", None, "utf-8", ",", False, 2187, 0, "a CRM's companies"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "key", "encoding", "delimiter", "space", "good", "bad"), rows(FILES))
def test_a_real_file_is_read(shared_data, path, key, encoding, delimiter, space, good, bad) -> None:
    _, dialect, records, errors, lines = read(shared_data, path, **({"key": key} if key else {}))
    assert (dialect.encoding, dialect.shape.delimiter, dialect.shape.space) == (encoding, delimiter, space)
    assert (len(records), len(errors)) == (good, bad)
    assert len(records) + len(errors) == len(lines), "every row is a record or is reported"
    assert all(error.where.startswith(f"{path}:") for error in errors)


def test_every_real_file_is_read_or_refused_in_our_words(shared_data) -> None:
    paths = sorted(str(path.relative_to(shared_data)) for path in shared_data.rglob("*.csv"))
    assert len(paths) > 30
    for path in paths:
        _, dialect, records, errors, lines = read(shared_data, path)
        assert len(records) + len(errors) == len(lines), path
        with (shared_data / path).open(
            encoding=dialect.encoding.replace("utf-8", "utf-8-sig").replace("utf-16-le", "utf-16"), newline=""
        ) as file:
            shape = dialect.shape
            expected = [
                row for row in csv.reader(file, delimiter=shape.delimiter, skipinitialspace=shape.space) if any(row)
            ]
        assert len(lines) == len(expected) - 1, path


def test_what_the_phenomena_say_of_dialects_holds(shared_data) -> None:
    """Encodings and delimiters; the count of rows there leaves out one, so it is not compared."""
    said = [json.loads(line) for line in (shared_data / "phenomena.jsonl").read_text("utf-8").splitlines()]
    cases = [
        case for case in said if case["field"] == "csv" and "/" in case["raw"] and isinstance(case["expected"], dict)
    ]
    assert cases
    for case in cases:
        _, dialect, *_ = read(shared_data, case["raw"])
        expected = case["expected"]
        if "encoding" in expected:
            assert dialect.encoding.startswith(expected["encoding"].removesuffix("-sig")), case
        assert dialect.shape.delimiter == expected.get("delimiter", dialect.shape.delimiter), case
        assert dialect.shape.space == expected.get("skipinitialspace", dialect.shape.space), case


@pytest.mark.parametrize(
    "path",
    [
        "csv-dialects/cp1252_offices.csv",
        "csv-dialects/csvtext_BOM_UTF16LE.csv",
        "csv-dialects/space_after_comma_ragged.csv",
    ],
)
def test_one_cell_of_a_real_file_is_written_and_no_other_byte(shared_data, tmp_path, path) -> None:
    before = (shared_data / path).read_bytes()
    name = Path(path).stem
    (tmp_path / f"{name}.csv").write_bytes(before)
    options = {"key": "gml_id"} if "offices" in name else {}
    side, dialect, records, _, _ = read(tmp_path, f"{name}.csv", **options)
    id = sorted(records)[len(records) // 2]
    column, old = next((c, v) for c, v in reversed(records[id].fields.items()) if isinstance(v, str) and v != id)
    change = Operation(
        key="k", entity="e", side=Side.LEFT, resource=name, action=Action.UPDATE, id=id, values={column: "Nieuw"}
    )
    (outcome,) = side.write([change])
    assert isinstance(outcome, Written), outcome
    after = (tmp_path / f"{name}.csv").read_bytes()
    prefix, suffix = _common(before, after), _common(before[::-1], after[::-1])
    assert len(before) - prefix - suffix <= len(old.encode(dialect.encoding))
    assert len(after) - prefix - suffix <= len("Nieuw".encode(dialect.encoding))


def _common(one: bytes, other: bytes) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
