"""The wheel, the editable install and the wheel made from the sdist each run the command from outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import pytest

from syncengine import __version__

KINDS = ("wheel", "editable", "sdist")

FOLDERS = {
    "syncengine": "syncengine",
    "connectors/syncengine_connectors": "syncengine_connectors",
    "connectors/exact_emulator": "exact_emulator",
    "mappings": "syncengine/_templates",
    "examples/webshop-csv": "syncengine/_examples/webshop-csv",
}
"""Folder of the checkout → where the wheel carries it."""

DATA = (
    "syncengine_connectors/exact/*catalogue.json",
    "syncengine/*schema.json",
    "syncengine/_templates/*.yaml",
    "syncengine/_examples/webshop-csv/sync.yaml",
)
"""Files that are no code and yet needed; a build that drops them would still import."""

BUILD = "import sys, hatchling.build as backend; print(getattr(backend, sys.argv[1])(sys.argv[2]))"
"""What pip and build call: the build backend itself, so that nothing is fetched."""


def build(hook: str, source: Path, target: Path) -> Path:
    """Call one hook of the build backend in a source tree; give the file it made."""
    target.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, hook, str(target)], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return target / done.stdout.split()[-1]


@pytest.fixture(scope="session")
def distribution(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Callable[[str], Path]:
    """Build each kind once; gives the file that pip would install."""
    folder = tmp_path_factory.mktemp("dist")
    built: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind == "editable":
            return build("build_editable", repository, folder / kind)
        if kind == "wheel":
            return build("build_wheel", repository, folder / kind)
        with tarfile.open(build("build_sdist", repository, folder / "tar")) as tar:
            # Python before 3.11.4, Debian 12's too, knows no `filter=`; the attribute it ignores.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            tar.extractall(folder / "unpacked")
        (source,) = (folder / "unpacked").iterdir()
        return build("build_wheel", source, folder / kind)

    def distribution(kind: str) -> Path:
        if kind not in built:
            built[kind] = make(kind)
        return built[kind]

    return distribution


@pytest.fixture
def installed(tmp_path: Path, distribution: Callable[[str], Path]) -> Callable[[str], Path]:
    """Install one kind into a new environment that borrows the libraries of this one; gives its folder of programs."""

    def install(kind: str) -> Path:
        place = tmp_path / "venv"
        venv.create(place, with_pip=False, symlinks=True)
        python = place / "bin" / "python"
        subprocess.run(
            [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index",
             "--disable-pip-version-check", str(distribution(kind))],
            check=True,
        )  # fmt: skip
        # Borrowed last and behind the new environment's own packages: a path file is not followed into the editable
        # install that this environment may hold, so what runs is what was installed here.
        own = Path(sysconfig.get_path("purelib", vars={"base": str(place), "platbase": str(place)}))
        borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        (own / "zz_borrowed.pth").write_text("\n".join(sorted(borrowed)), encoding="utf-8")
        return place / "bin"

    return install


def run(program: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run an installed program in a folder that is no checkout, without this process's Python settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [str(program), *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_runs_from_outside_the_checkout(installed, tmp_path: Path, repository: Path, kind: str) -> None:
    programs = installed(kind)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    version = run(programs / "sync", "--version", cwd=elsewhere)
    assert (version.returncode, version.stdout) == (0, f"syncengine {__version__}\n"), version.stderr

    where = run(programs / "python", "-c", "import syncengine; print(syncengine.__file__)", cwd=elsewhere)
    from_checkout = Path(where.stdout.strip()).is_relative_to(repository)
    assert from_checkout is (kind == "editable"), where.stdout

    demo = run(programs / "sync", "demo", "--no-input", cwd=elsewhere)
    assert demo.returncode == 0, demo.stdout + demo.stderr


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_the_wheel_carries_all_that_the_command_needs(distribution, repository: Path, kind: str) -> None:
    names = set(zipfile.ZipFile(distribution(kind)).namelist())
    expected = {"syncengine/py.typed"}
    for folder, target in FOLDERS.items():
        files = {file.relative_to(repository / folder) for file in (repository / folder).rglob("*") if file.is_file()}
        written = {file for file in files if not {"__pycache__", ".sync"} & set(file.parts)}
        assert written, f"{folder} is empty"
        expected |= {f"{target}/{file.as_posix()}" for file in written}
    assert expected - names == set()
    for needed in DATA:
        assert any(fnmatch(name, needed) for name in names), needed
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "docs/"))]


def test_the_wheel_names_licence_programs_and_connectors(distribution) -> None:
    with zipfile.ZipFile(distribution("wheel")) as wheel:
        info = f"syncengine-{__version__}.dist-info"
        metadata = wheel.read(f"{info}/METADATA").decode()
        entries = wheel.read(f"{info}/entry_points.txt").decode()
        licence = wheel.read(f"{info}/licenses/LICENSE").decode()
    assert "License-Expression: Apache-2.0" in metadata
    assert "Requires-Python: >=3.11" in metadata
    assert "END OF TERMS AND CONDITIONS" in licence
    for line in ("sync = syncengine.cli.main:main", "syncengine = syncengine.cli.main:main", "[syncengine.connectors]"):
        assert line in entries.splitlines()


def test_the_sdist_can_be_built_and_tested_from(distribution, repository: Path, tmp_path: Path) -> None:
    with tarfile.open(build("build_sdist", repository, tmp_path)) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert {"Makefile", "constraints.txt", "LICENSE", "README.md", "tests/conftest.py", "pyproject.toml"} <= names
    assert not [name for name in names if name.startswith((".venv", ".git/"))]
