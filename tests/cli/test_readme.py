"""The README's quickstart, typed line by line in an empty folder."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROGRAMS = Path(sys.executable).parent

# What a newcomer has and the README cannot know.
CUSTOMERS = """\
id;name;vat_number;kvk_number;email;phone;website;street;postcode;city;country
1;Proef B.V.;NL 8012.34.566.B01;;info@proef.example;020-0123456;;Kade 1;1011 AB;Amsterdam;Nederland
2;Test NV;BE 0403.170.701;;info@test.example;;;Laan 2;2000;Antwerpen;België
"""
CONTACTS = """\
id;customer_id;first_name;last_name;email;phone
1;1;Eva;Bos;eva@proef.example;
"""


def typed(page: str) -> list[str]:
    """Every line the README asks to type, in order."""
    lines = "\n".join(re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)).splitlines()
    return [words for line in lines if (words := line.partition("#")[0].strip())]


@pytest.fixture
def port() -> int:
    """A port that is free now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def emulator(tmp_path: Path, port: int, repository: Path) -> Iterator[dict[str, str]]:
    """The emulator as the README starts it, on a free port; what it printed when it was ready."""
    line = next(line for line in typed((repository / "README.md").read_text("utf-8")) if "emulator" in line)
    command = line.replace("8123", str(port)).split()
    with subprocess.Popen(
        [PROGRAMS / command[0], *command[1:]],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(timeout=30)


def test_the_quickstart_works_as_it_is_typed(
    tmp_path: Path, repository: Path, emulator: dict[str, str], port: int
) -> None:
    page = (repository / "README.md").read_text("utf-8")
    environment = dict(os.environ, NO_COLOR="1")
    ends = []
    for line in typed(page):
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            assert value in emulator.values(), f"the README quotes another {name} than the emulator prints"
            environment[name] = value
        elif not line.startswith("sync emulator"):
            program, *arguments = line.split()
            done = subprocess.run(
                [PROGRAMS / program, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
            )  # fmt: skip
            assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
            ends.append((line, done.stdout))
        if line == "sync init":
            prepare(tmp_path, f"http://127.0.0.1:{port}")
    said = dict(ends)
    assert "3 create, 0 update, 0 delete" in said["sync plan -o plan.json"]
    assert "3 created" in said["sync apply plan.json"]
    assert "0 created, 0 updated, 0 deleted" in said["sync run"]
    assert "Nothing waits." in said["sync review list"]


def prepare(folder: Path, url: str) -> None:
    """Do what the README's prose says after `sync init`."""
    (folder / "data").mkdir()
    (folder / "data" / "customers.csv").write_text(CUSTOMERS, "utf-8")
    (folder / "data" / "contacts.csv").write_text(CONTACTS, "utf-8")
    mapping = folder / "sync.yaml"
    text = mapping.read_text("utf-8")
    assert "    connector: exact\n" in text
    mapping.write_text(text.replace("    connector: exact\n", f"    connector: exact\n    url: {url}\n"), "utf-8")
