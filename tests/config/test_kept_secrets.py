"""``cred:NAME``: a secret kept encrypted on this machine, outside the project."""

from __future__ import annotations

import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from syncengine.cli.main import call
from syncengine.config.options import check_options
from syncengine.config.secrets import Secret, resolve_secret
from syncengine.errors import StateError, UserError
from syncengine.sealed import KEY_VARIABLE, keep_secret, kept_secret
from tests.builders import rows
from tests.config.test_options import SCHEMA
from tests.config.world import document

HEAD = "version: 1\nsystems:\n  exact:\n    connector: exact\n    division: 1\n    secret: cred:shop.key\n"
MAPPING = (
    HEAD
    + "  shop: {connector: csv, path: a.csv}\nentities:\n  items: {pair: [shop.a, exact.Items], match: [Code], fields: {Code: sku}}\n"
)


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


def test_what_is_kept_is_read_back_and_encrypted(tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    place = keep_secret(folder, "shop.key", "hunter2 ë")
    keep_secret(folder, "other", "x")
    assert kept_secret(folder, "shop.key") == "hunter2 ë"
    keep_secret(folder, "shop.key", "hunter3")
    assert kept_secret(folder, "shop.key") == "hunter3"
    assert place == folder / "shop.key.secret"
    assert b"hunter" not in b"".join(file.read_bytes() for file in folder.iterdir())
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


NAMES = ["", ".", "..", "../x", "a/b", "/etc/passwd", "a b", "-x", "a\nb", "x" * 65, "é", "a\0"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="A secret's name is"):
        keep_secret(tmp_path, name, "hunter2")
    with pytest.raises(ValueError, match="wants the name of a kept secret"):
        kept_secret(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "two\nlines", "nul\0", "typed \udce9", "x" * 70_000])
def test_what_could_not_be_sent_is_not_kept(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match="one line of text"):
        keep_secret(tmp_path, "name", text)


def test_several_may_keep_the_same_one_at_once(tmp_path: Path) -> None:
    texts = [f"secret {n}" for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: keep_secret(tmp_path / "kept", "name", text), texts))
    assert kept_secret(tmp_path / "kept", "name") in texts
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["key", "name.secret"]


def test_another_key_does_not_open_it_and_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_secret(tmp_path, "name", "hunter2")
    monkeypatch.setenv(KEY_VARIABLE, Fernet.generate_key().decode())
    with pytest.raises(ValueError, match=r"no key opens this secret\. .* sync login --keep name") as caught:
        kept_secret(tmp_path, "name")
    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv(KEY_VARIABLE, "no key")
    with pytest.raises(StateError, match="that is no key"):
        kept_secret(tmp_path, "name")
    monkeypatch.delenv(KEY_VARIABLE)
    (tmp_path / "key").unlink()
    with pytest.raises(ValueError, match="the key that opens this secret is missing"):
        kept_secret(tmp_path, "name")


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="the secret cannot be kept"):
        keep_secret(tmp_path / "file", "name", "hunter2")


def test_a_mapping_names_it_and_gets_a_secret(tmp_path: Path) -> None:
    keep_secret(tmp_path, "shop.key", "hunter2hunter2")

    def kept(name: str) -> str:
        return kept_secret(tmp_path, name)

    options = check_options(document(MAPPING), "exact", SCHEMA, root=tmp_path, kept=kept)
    assert options["secret"] == "hunter2hunter2"
    assert isinstance(options["secret"], Secret)
    assert "hunter2" not in repr(options)
    with pytest.raises(
        ValueError, match=r"cred:none, which is not kept on this machine\. Keep it: sync login --keep none"
    ):
        resolve_secret("cred:none", tmp_path, kept=kept)


PIPED: list[tuple[bytes, int, str, str]] = [
    (b"hunter2\n", 0, "hunter2", "one line"),
    (b"hunter2", 0, "hunter2", "without its end"),
    ("wachtwoord é\r\n".encode(), 0, "wachtwoord é", "with another system's end"),
    (b"", 2, "", "nothing"),
    (b"a\nb\n", 2, "", "two lines"),
    (b"\xff\xfe", 2, "", "no text"),
    (b"x" * 200_000, 2, "", "far too much"),
]


@pytest.mark.parametrize(("piped", "end", "kept"), rows(PIPED))
def test_the_command_keeps_what_comes_in_on_stdin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, piped: bytes, end: int, kept: str
) -> None:
    monkeypatch.setenv("SYNCENGINE_CREDENTIALS", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(piped)))
    assert call(["login", "--keep", "shop"]) == end
    said = capsys.readouterr()
    assert "hunter2" not in said.out + said.err
    assert (tmp_path / "shop.secret").exists() == (end == 0)
    if kept:
        assert kept_secret(tmp_path, "shop") == kept
        assert said.out == f"Kept, encrypted, in {tmp_path / 'shop.secret'}. In sync.yaml: cred:shop\n"


class Terminal(io.TextIOWrapper):
    """A stdin at which a person sits."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("sits", [True, False])
def test_what_is_typed_never_stands_on_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, sits: bool
) -> None:
    """Where nothing may be asked, a terminal is not read instead: it would show each letter. Nor is a stdin that is closed."""
    monkeypatch.setenv("SYNCENGINE_CREDENTIALS", str(tmp_path))
    monkeypatch.setattr("sys.stdin", Terminal(io.BytesIO(b"hunter2\n")) if sits else None)
    assert call(["login", "--keep", "shop", "--no-input"]) == 2
    assert "nothing was kept. Instead: sync login --keep shop < FILE" in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []


def test_the_command_tells_a_program_and_stands_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("SYNCENGINE_CREDENTIALS", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"x")))
    assert call(["login", "--keep", "shop", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lines"] == [f"kept in {tmp_path / 'shop.secret'}"]
    assert call(["login", "--keep", "shop", "--status"]) == 2
    assert call(["login", "--keep", "../shop"]) == 2
    assert re.search("name is letters", capsys.readouterr().err)


def test_a_project_is_checked_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """A whole project: what is missing is said with its place, and then it is there."""
    monkeypatch.setenv("SYNCENGINE_CREDENTIALS", str(tmp_path / "kept"))
    (tmp_path / "a.csv").write_text("sku\n")
    text = MAPPING.replace(
        "    secret: cred:shop.key\n", "    client_id: env:EXACT_ID\n    client_secret: cred:exact\n"
    )
    (tmp_path / "sync.yaml").write_text(text)
    monkeypatch.setenv("EXACT_ID", "id")
    assert call(["check", "-C", str(tmp_path)]) == 2
    assert "sync.yaml:7:20  systems.exact.client_secret: needs cred:exact, which is not kept" in capsys.readouterr().err
    keep_secret(tmp_path / "kept", "exact", "hunter2")
    assert call(["check", "-C", str(tmp_path)]) == 0, capsys.readouterr().err
