"""Installs strangers' clients into scratch folders, only where SYNCENGINE_STRANGERS=1 allows it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.strangers.server import Server

# As it was when the tests began: each test gets a home of its own, and registries are configured in the real one.
_ENVIRONMENT = dict(os.environ)
_WANTED = _ENVIRONMENT.get("SYNCENGINE_STRANGERS") == "1"
_SECONDS = 300

Run = Callable[..., str]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave these tests to `make strangers`: they install what others published."""
    for item in items:
        if item.get_closest_marker("strangers") and not _WANTED:
            item.add_marker(pytest.mark.skip(reason="installs other people's clients: make strangers"))


@pytest.fixture(scope="session")
def pypi(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give an interpreter that has a package, in an environment of its own."""

    def install(package: str) -> Path:
        folder = tmp_path_factory.mktemp("pypi")
        venv.create(folder, with_pip=False, symlinks=True)
        python = folder / "bin" / "python"
        command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", package]
        _install(command, folder, _ENVIRONMENT)
        return python

    return install


@pytest.fixture(scope="session")
def npm(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give a folder that has a package installed; no script of the package is run."""

    def install(package: str) -> Path:
        if not shutil.which("npm"):
            pytest.skip("no npm on this machine")
        folder = tmp_path_factory.mktemp("npm")
        (folder / "package.json").write_text("{}")
        _install(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", package], folder, _ENVIRONMENT)
        return folder

    return install


def _install(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if done.returncode:
        pytest.skip(f"{command[-1]} could not be installed: {done.stderr.strip()[-300:]}")


@pytest.fixture
def server(repository: Path, tmp_path: Path) -> Iterator[Server]:
    made = Server(repository, tmp_path)
    yield made
    made.stop()


@pytest.fixture
def drive(tmp_path: Path) -> Run:
    """Run a client's program; give what it printed."""

    def run(command: list[str], **environment: str) -> str:
        plain = {"PATH": _ENVIRONMENT["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
        done = subprocess.run(
            command,
            env={**plain, **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-1000:]
        return done.stdout

    return run
