"""A small project of two CSV files, and the command as a person types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from syncengine.cli.main import call

MAPPING = """\
version: 1
systems:
  shop:  {connector: csv, folder: shop, new_id: next}
  books: {connector: csv, folder: books, new_id: next}
guards: {creates: 5}
entities:
  customers:
    pair: [shop.customers, books.accounts]
    match: [Vat]
    fields:
      Name: {from: company, mask: true}
      Vat: {from: vat, use: vat}
      City: city
    create: {books: auto, shop: auto}
"""

SHOP = """\
id,company,vat,city
1,Proef B.V.,NL 8012.34.566.B01,Delft
2,Test NV,BE 0403.170.701,Gent
"""

BOOKS = """\
Id,Name,Vat,City
A1,Proef B.V.,NL801234566B01,Delft
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed and how it ended."""

    end: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its result as a document."""
        return json.loads(self.out)


Sync = Callable[..., Said]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that has not run yet: one customer known to both sides, one to the shop only. It is the current folder."""
    folder = tmp_path / "project"
    for name, text in {"sync.yaml": MAPPING, "shop/customers.csv": SHOP, "books/accounts.csv": BOOKS}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("USER", "piet")
    monkeypatch.setenv("LOGNAME", "piet")
    return folder


@pytest.fixture
def sync(capsys: pytest.CaptureFixture[str]) -> Sync:
    """Type a command."""

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        end = call(arguments)
        printed = capsys.readouterr()
        return Said(end, printed.out, printed.err)

    return run


@pytest.fixture
def begun(project: Path, sync: Sync) -> Path:
    """The project after its approved first run."""
    assert sync("apply", "--yes").end == 0
    return project


def change(path: Path, old: str, new: str) -> None:
    """A person changes a file."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
