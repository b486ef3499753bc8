"""What a start loads: `sync --help` next to nothing, a run that finds nothing to do no more than finding that takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import rows

HEAVY = {
    *(
        "cryptography",
        "flask",
        "httpx",
        "jinja2",
        "jsonschema",
        "pydantic",
        "rich",
        "ruamel",
        "sqlite3",
        "sqlite_utils",
    ),
    *("stamina", "waitress", "logging", "importlib.metadata", "asyncio"),
}

PROBE = """
import json, sys
from syncengine.cli.main import main
try:
    main()
except SystemExit as end:
    print(json.dumps([end.code, sorted(sys.modules)]), file=sys.stderr)
"""

CASES = [
    (["--help"], "help"),
    (["--version"], "version"),
    ([], "the bare command"),
    (["plam"], "a typing error"),
]


@pytest.mark.parametrize("arguments", rows(CASES))
def test_the_shell_imports_no_library_but_click_and_no_command(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=True)
    code, loaded = json.loads(done.stderr.splitlines()[-1])
    assert code == (2 if arguments == ["plam"] else 0)
    # What the interpreter imports before our first line, such as the hooks of a plugin, is not ours to mend.
    bare = subprocess.run([sys.executable, "-c", "import json, sys; print(json.dumps(sorted(sys.modules)))"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    ours = set(loaded) - set(json.loads(bare.stdout))
    assert ours & HEAVY == set()
    assert {name for name in ours if name.startswith("syncengine.")} == {
        "syncengine.cli", "syncengine.cli.main", "syncengine.cli.output", "syncengine.errors"
    }  # fmt: skip


NEEDLESS = {
    *("babel", "cryptography", "email_validator", "flask", "html", "httpx", "jinja2", "jsonschema", "openpyxl"),
    *("phonenumbers", "rapidfuzz", "rich", "sqlalchemy", "sqlite_utils", "stamina", "stdnum", "waitress"),
    *("syncengine.decide.expressions", "syncengine.decide.match.match", "syncengine.decide.match.evidence"),
    *("syncengine.decide.keys.address", "syncengine.decide.keys.names", "syncengine.decide.keys.places"),
    *(
        "syncengine.decide.saved",
        "syncengine.sealed",
        "syncengine.state.care",
        "syncengine.state.check",
        "syncengine.undo",
    ),
    *("syncengine_connectors.exact", "syncengine_connectors.http"),
}
"""What only some other run needs."""

PROJECT = """
version: 1
systems:
  shop: {connector: csv, files: {customers: left.csv}}
  books: {connector: csv, files: {accounts: right.csv}}
entities:
  customers:
    pair: [shop.customers, books.accounts]
    match: [VATNumber, Code]
    fields: {Code: {from: sku, use: code}, Name: name, VATNumber: {from: vat, use: vat}, Email: {from: mail, use: email}}
"""


def test_a_run_that_finds_nothing_to_do_loads_nothing_but_what_finds_that(tmp_path: Path) -> None:
    (tmp_path / "sync.yaml").write_text(PROJECT, "utf-8")
    row = "7,De Boer & Zn,NL004495445B01,info@boer.example"
    (tmp_path / "left.csv").write_text(f"sku,name,vat,mail\n{row}\n", "utf-8")
    (tmp_path / "right.csv").write_text(f"Code,Name,VATNumber,Email\n{row}\n", "utf-8")
    loaded: set[str] = set()
    for _ in ("links up", "makes the copy of the day", "has nothing to do"):
        command = [sys.executable, "-c", PROBE, "run", "-C", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        code, names = json.loads(done.stderr.splitlines()[-1])
        assert code == 0, done.stdout
        loaded = set(names)
    assert loaded & NEEDLESS == set()


END_PROBE = """
import gc
from syncengine.cli.main import main
try:
    main()
finally:
    print(len(gc.get_objects()))
"""


def test_no_garbage_is_looked_for_at_the_end() -> None:
    done = subprocess.run([sys.executable, "-c", END_PROBE, "--version"], capture_output=True, text=True, check=True)
    assert int(done.stdout.splitlines()[-1]) < 1000, "what is frozen is not looked through"
