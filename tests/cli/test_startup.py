"""`sync --help` is fast because it imports next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys

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
