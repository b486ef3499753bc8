"""The ready mappings: each loads, fits the editor's schema, and resolves against the connectors that ship."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from syncengine.config.load import load
from syncengine.config.options import check_options
from syncengine.config.project import Project, resolve
from syncengine.config.schema import language_schema
from syncengine.model.entity import OnDelete
from syncengine.ports import Ports
from syncengine.registry import plugin

FOLDER = Path(__file__).resolve().parents[2] / "mappings"
COLUMNS = {
    "csv-items": {"articles.csv": "sku,name,ean,unit,vat,weight"},
    "csv-accounts-contacts": {
        "data/customers.csv": "id,name,vat_number,kvk_number,email,phone,website,street,postcode,city,country",
        "data/contacts.csv": "id,customer_id,first_name,last_name,email,phone",
    },
    "csv-woocommerce-items": {"products.csv": "ID,Type,SKU,Name,Short description,Weight (kg)"},
    "csv-shopify-items": {"products.csv": "Handle,Title,Variant SKU,Variant Barcode"},
    "rules-accounts": {
        "companies.csv": "Company name,BTW-nummer,KvK-nummer,Email,Phone Number,Street Address,Street Address 2,"
        "Postal Code,City,Country/Region"
    },
}
"""Template → the files it speaks of, with their header rows."""


def project(name: str, folder: Path) -> Project:
    """A template as a project, its systems connected."""
    (folder / "sync.yaml").write_text((FOLDER / f"{name}.yaml").read_text("utf-8"), "utf-8")
    for file, header in COLUMNS[name].items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(f"{header}\n{','.join('1' * (header.count(',') + 1))}\n", "utf-8")
    document = load(folder / "sync.yaml")
    ports = Ports(root=folder, state=folder / ".sync", credentials=folder / "credentials")
    resources = {}
    for system, config in document.systems.items():
        kind = plugin(config.connector)
        connector = kind.connect(check_options(document, system, kind.options, root=folder), ports)
        resources[system] = connector.resources()
    return resolve(document, resources)


@pytest.fixture(autouse=True)
def _app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXACT_CLIENT_ID", "an id")
    monkeypatch.setenv("EXACT_CLIENT_SECRET", "a secret")


def names(files: Iterable[Path]) -> list[str]:
    return sorted(file.stem for file in files)


def test_every_template_is_tested() -> None:
    assert names(FOLDER.glob("*.yaml")) == sorted(COLUMNS)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_template_resolves_against_the_connectors_that_ship(name: str, tmp_path: Path) -> None:
    made = project(name, tmp_path)
    assert made.entities
    assert made.notes == ()
    for entity in made.entities:
        assert entity.match, "a template must recognise partners"
        assert all(rule.then is not OnDelete.DELETE for rule in entity.on_delete.values()), "a template deletes nothing"


@pytest.mark.parametrize("name", COLUMNS)
def test_a_template_fits_the_editor_s_schema(name: str) -> None:
    data = YAML(typ="safe", pure=True).load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    jsonschema.Draft202012Validator(language_schema()).validate(data)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_template_s_columns_are_all_used(name: str, tmp_path: Path) -> None:
    said = (FOLDER / f"{name}.yaml").read_text("utf-8")
    unused = [column for header in COLUMNS[name].values() for column in header.split(",") if column not in said]
    assert unused == []
    assert project(name, tmp_path).digest == project(name, tmp_path).digest


@pytest.mark.parametrize("name", COLUMNS)
def test_a_template_holds_no_secret_and_says_what_it_is(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text("utf-8")
    assert "client_secret: env:" in text
    assert text.startswith("# "), "`sync init --list` shows the first comment"
