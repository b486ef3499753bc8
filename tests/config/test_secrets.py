"""Secrets by reference: where they may lie, and that nothing shows them."""

from __future__ import annotations

import os
import re
import traceback
from pathlib import Path

import pytest

from syncengine.config.secrets import Secret, resolve_secret
from tests.builders import rows


def test_a_secret_is_text_to_its_user_and_blank_to_everybody_else() -> None:
    secret = Secret("hunter2")
    assert secret == "hunter2"
    assert secret.reveal() == "hunter2"
    assert type(secret.reveal()) is str
    assert "hunter2" not in repr(secret)
    assert "hunter2" not in repr({"a": [secret]})


def test_a_traceback_with_locals_does_not_show_it() -> None:
    secret = Secret("hunter2")
    try:
        raise RuntimeError(len(secret))
    except RuntimeError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "Secret(…)" in shown
    assert "'hunter2'" not in shown.replace('Secret("hunter2")', "").replace("secret = Secret", "")


def test_env_reads_a_variable(tmp_path: Path) -> None:
    assert resolve_secret("env:KEY", tmp_path, {"KEY": "x y"}) == "x y"


def test_file_reads_a_file_of_the_project_or_anywhere(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\r\n")
    (tmp_path / "a").chmod(0o640)
    assert resolve_secret("file:a", tmp_path) == "one"
    assert resolve_secret(f"file:{tmp_path / 'a'}", Path("/nowhere")) == "one"


BAD = [
    # reference, what is said, why
    ("hunter2", "a secret is never written here", "the secret itself"),
    ("hunter2:3", "a secret is never written here", "a secret with a colon"),
    ("env:", "wants the name of an environment variable", "no name"),
    ("env:A B", "wants the name of an environment variable", "no name, with a space"),
    ("env:EMPTY", "needs the environment variable EMPTY, which is not set", "an empty variable"),
    ("env:LINES", "holds a control character or more than one line", "a line break, as header injection has it"),
    ("file:", "wants the path of a file", "no path"),
    ("file:none", "which cannot be opened: No such file", "no file"),
    ("file:../x", "leads out of the project", "out of the project"),
    ("file:folder", "which is no file", "a folder"),
    ("file:open", "can be read by everybody on this machine; first: chmod 600 open", "readable by all"),
    ("file:empty", "file:empty is empty", "an empty file"),
    ("file:binary", "is not UTF-8 text", "no text"),
    ("file:large", "more than a secret can be", "a large file"),
    ("file:lines", "holds a control character or more than one line", "two lines"),
    ("cred:x", "cannot be fetched here", "a kept secret where none is kept"),
]  # fmt: skip


@pytest.mark.parametrize(("reference", "what"), rows(BAD))
def test_a_reference_that_leads_nowhere_says_which(reference: str, what: str, tmp_path: Path) -> None:
    files = {
        "open": b"x",
        "empty": b"\n",
        "binary": b"\xff\xfe",
        "large": b"x" * 70_000,
        "lines": b"hunter2\nhunter2\n",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        (tmp_path / name).chmod(0o644 if name == "open" else 0o600)
    (tmp_path / "folder").mkdir()
    with pytest.raises(ValueError, match=re.escape(what)) as caught:
        resolve_secret(reference, tmp_path, {"EMPTY": "", "LINES": "hunter2\r\nX: y"})
    assert "hunter2" not in str(caught.value)


def test_a_fifo_as_a_secret_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(ValueError, match="is no file"):
        resolve_secret("file:pipe", tmp_path)
