"""The page on the mapping language cannot drift from the language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from syncengine.config.load import read
from syncengine.config.project import resolve
from syncengine.config.reference import PARTS, filled, table
from syncengine.connector import Plugin
from syncengine.model.mapping import GUARDS
from syncengine.model.transform_names import TRANSFORMS
from syncengine.ports import Ports
from syncengine.registry import plugin

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"
EXAMPLES = [
    block for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL) if "version: 1" in block
]


def test_the_tables_of_the_page_are_the_model_s() -> None:
    page = PAGE.read_text("utf-8")
    assert filled(page) == page, "write them anew: python -m syncengine.config.reference docs/mapping.md"


def test_every_part_of_the_language_has_its_table() -> None:
    tables = re.findall(r"<!-- table: ([a-z]+) -->", PAGE.read_text("utf-8"))
    assert sorted(tables) == sorted([*PARTS, "transforms", "guards"])
    assert all(f"`{name}`" in table("transforms") for name in TRANSFORMS)
    assert all(f"`{name}`" in table("guards") for name in GUARDS)
    for key in (
        "from",
        "value",
        "use",
        "to_<system>",
        "lookup",
        "ref",
        "missing",
        "owner",
        "write",
        "conflict",
        "first_link",
    ):
        assert f"| `{key}` |" in table("field")
    for key in ("empty", "compare", "required", "max_length", "overflow", "mask", "note"):
        assert f"| `{key}` |" in table("field")


def test_a_page_whose_table_is_wrong_is_noticed() -> None:
    wrong = PAGE.read_text("utf-8").replace("| `owner` |", "| `ownr` |", 1)
    assert filled(wrong) == PAGE.read_text("utf-8")


@pytest.mark.parametrize("text", EXAMPLES, ids=["the simple case", "the full case"])
def test_the_examples_of_the_page_resolve(text: str, tmp_path: Path) -> None:
    for name, header in {
        "articles": "sku,name,ean",
        "data/customers": "id,type,company,vat_id,kvk,email,zip,city,country,payment_terms,notes,region",
        "data/products": "id,sku,name,tax_class",
    }.items():
        (tmp_path / f"{name}.csv").parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.csv").write_text(f"{header}\n", "utf-8")
    document = read(text.encode(), tmp_path / "sync.yaml")
    ports = Ports(root=tmp_path, state=tmp_path / ".sync", credentials=tmp_path / "credentials")
    options: dict[str, dict[str, Any]] = {
        "csv": {"folder": "data", "path": "articles.csv"},
        "exact": {"division": 1, "client_id": "i", "client_secret": "s"},
    }
    kinds: dict[str, Plugin] = {name: plugin(config.connector) for name, config in document.systems.items()}
    resources = {
        name: kind.connect(options[document.systems[name].connector], ports).resources() for name, kind in kinds.items()
    }
    assert resolve(document, resources).entities
