"""Holds every import to the table of rooms: who may know whom, and that there is no circle."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.builders import rows

ROOTS = (Path(), Path("connectors"), Path("connectors"))
PACKAGES = ("syncengine", "syncengine_connectors", "exact_emulator")

WORDS = {"errors", "model"}
CONTRACTS = {"connector", "state.store"}
EFFECTS = {"ports", "sealed"}

KNOWS: Mapping[str, set[str]] = {
    # words
    "errors": WORDS,
    "model": WORDS,
    # the effects of the world, passed in to whoever touches it
    "ports": WORDS,
    "sealed": WORDS,
    # one subject each
    "connector": WORDS | EFFECTS,
    "config": WORDS,
    "decide": WORDS,
    "report": WORDS,
    "state": WORDS | EFFECTS,
    # touching the world
    "read": WORDS | CONTRACTS | EFFECTS,
    "write": WORDS | CONTRACTS | EFFECTS,
    # order
    "setting": WORDS | CONTRACTS | EFFECTS,
    "pins": WORDS | CONTRACTS | {"setting"},
    "survey": WORDS | CONTRACTS | EFFECTS | {"read", "decide", "setting"},
    "forgotten": WORDS | CONTRACTS | EFFECTS | {"decide", "setting", "survey"},
    "run": WORDS | CONTRACTS | EFFECTS | {"read", "decide", "write", "setting", "pins", "survey", "forgotten"},
    "undo": WORDS | CONTRACTS | EFFECTS | {"decide", "setting", "pins", "survey", "forgotten", "run"},
    # wiring
    "registry": WORDS | CONTRACTS | EFFECTS | {"config"},
    "care": WORDS | CONTRACTS | EFFECTS | {"state", "config", "setting", "forgotten", "registry", "workspace"},
    "workspace": WORDS
    | CONTRACTS
    | EFFECTS
    | {"read", "decide", "write", "state", "config", "report", "run", "undo", "registry", "setting", "care"},
    # faces
    "cli": WORDS | {"workspace", "care", "report"},
    "__main__": {"cli"},
    # for tests and connector authors
    "testing": WORDS | CONTRACTS | EFFECTS,
}
"""Room of `syncengine` → the rooms of `syncengine` it may import, besides itself and the version."""

NO_EFFECTS = {
    *("asyncio", "httpx", "logging", "random", "secrets", "shutil", "socket", "sqlite3", "sqlite_utils"),
    *("subprocess", "tempfile", "threading", "time", "uuid"),
}
"""What `decide` and `report` may not import: I/O, clock, randomness, logging."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import statement: who, whom (in full, a module where it is one of ours), at which line."""

    importer: str
    imported: str
    line: int = 0
    lazy: bool = False


def room(module: str) -> str:
    """Name the room of a module of `syncengine`, such as ``state`` for ``syncengine.state.sqlite``."""
    return module.partition(".")[2].partition(".")[0]


def within(module: str, package: str) -> bool:
    """Tell whether a module is this package or lies in it."""
    return module == package or module.startswith(f"{package}.")


def verdict(edge: Import) -> str:
    """Say which law an import breaks; "" if none."""
    importer, imported = edge.importer, edge.imported
    if within(imported, "httpx") and not (
        within(importer, "syncengine_connectors.http") or within(importer, "syncengine.testing")
    ):
        return "httpx is imported in syncengine_connectors.http only"
    if within(importer, "exact_emulator"):
        ours = within(imported, "syncengine") or within(imported, "syncengine_connectors")
        return "the emulator imports nothing of ours" if ours else ""
    if within(importer, "syncengine_connectors"):
        return _verdict_on_connector(importer, imported)
    return _verdict_on_engine(edge)


def _verdict_on_connector(importer: str, imported: str) -> str:
    if within(imported, "syncengine"):
        known = room(imported) in WORDS | EFFECTS | {"connector", ""}
        return "" if known else "a connector knows the contract and the words only"
    if within(imported, "exact_emulator"):
        return "" if within(importer, "syncengine_connectors.exact") else "only `exact` embeds the emulator"
    if within(imported, "syncengine_connectors") and room(imported) not in (room(importer), "http"):
        return "a connector never imports another"
    return ""


def _verdict_on_engine(edge: Import) -> str:
    importer, imported, own = edge.importer, edge.imported, room(edge.importer)
    if within(imported, "syncengine_connectors"):
        return "nobody imports a connector: the registry finds it by its entry point"
    if within(imported, "exact_emulator"):
        return "" if own == "cli" and edge.lazy else "the engine does not know the emulator"
    if not within(imported, "syncengine"):
        return _verdict_on_stranger(own, imported.partition(".")[0])
    if own == "" or room(imported) in ("", own):
        return "" if room(imported) == own or imported == "syncengine" else "the package itself imports nothing"
    if own not in KNOWS:
        return f"the room {own!r} has no line in the table"
    known = any(within(imported, f"syncengine.{name}") for name in KNOWS[own])
    return "" if known else f"{importer.partition('.')[2]} may not know {imported.partition('.')[2]}"


def _verdict_on_stranger(own: str, package: str) -> str:
    if own in WORDS and package not in sys.stdlib_module_names | {"pydantic"}:
        return "the words know the standard library and pydantic only"
    if own in ("decide", "report") and package in NO_EFFECTS:
        return "no I/O, clock, randomness or logging in decide and report"
    return ""


def modules(repository: Path) -> dict[str, Path]:
    """List our modules by their import names."""
    found = {}
    for root, package in zip(ROOTS, PACKAGES, strict=True):
        base = repository / root
        for file in sorted((base / package).rglob("*.py")):
            parts = file.relative_to(base).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(module: str, tree: ast.Module, known: Mapping[str, object]) -> Iterator[Import]:
    """Read every import of one module: of functions and of TYPE_CHECKING blocks too."""
    lazy = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: a relative import"
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else str(node.module) for name in inner]
        else:
            continue
        for name in names:
            yield Import(importer=module, imported=name, line=node.lineno, lazy=id(node) in lazy)


def circle(edges: Mapping[str, set[str]]) -> list[str]:
    """Find one circle among modules; [] if there is none."""
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        for imported in sorted(edges.get(module, ())):
            if found := walk(imported, [*path, module]):
                return found
        done.add(module)
        return []

    return next((found for module in sorted(edges) if (found := walk(module, []))), [])


@pytest.fixture(scope="module")
def all_imports(repository: Path) -> list[Import]:
    known = modules(repository)
    return [edge for name, file in known.items() for edge in imports(name, ast.parse(file.read_text("utf-8")), known)]


def test_every_import_keeps_to_the_table(all_imports: list[Import]) -> None:
    broken = [f"{e.importer}:{e.line} imports {e.imported}: {law}" for e in all_imports if (law := verdict(e))]
    assert not broken, "\n".join(broken)
    assert len(all_imports) > 50, "the test reads too little to hold anything"


def test_no_modules_import_each_other_in_a_circle(all_imports: list[Import]) -> None:
    edges: dict[str, set[str]] = {}
    for edge in all_imports:
        ours = any(within(edge.imported, package) for package in PACKAGES)
        # A command's lazy import is how it starts fast; anywhere else it would be how a circle hides.
        if ours and not (edge.lazy and within(edge.importer, "syncengine.cli")):
            edges.setdefault(edge.importer, set()).add(edge.imported)
    assert circle(edges) == []


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c", "d"}, "d": {"b"}}) == ["b", "d", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}}) == []


CASES = [
    # importer, imported, allowed, why
    ("syncengine.read.pull", "syncengine.write.apply", False, "sisters do not know each other"),
    ("syncengine.decide.diff", "syncengine.read.pull", False, "nor does decide know read"),
    ("syncengine.run", "syncengine.decide.diff", True, "the order knows its steps"),
    ("syncengine.run", "syncengine.state.sqlite", False, "the order knows the store's contract only"),
    ("syncengine.read.pull", "syncengine.state.store", True, "read fills the store through its contract"),
    ("syncengine.read.pull", "syncengine.state.sqlite", False, "only the wiring chooses a store"),
    ("syncengine.workspace", "syncengine.state.sqlite", True, "the wiring chooses a store"),
    ("syncengine.workspace", "syncengine.cli.plan", False, "no upward import"),
    ("syncengine.workspace", "syncengine_connectors.csv", False, "nobody imports a connector"),
    ("syncengine.model.link", "syncengine.model.record", True, "one room is one room"),
    ("syncengine.model.link", "attrs", False, "the words know no other library"),
    ("syncengine.model.mapping", "pydantic", True, "but pydantic"),
    ("syncengine.decide.plan", "time", False, "time comes in as a value"),
    ("syncengine.decide.plan", "syncengine.ports", False, "not even through a port"),
    ("syncengine.decide.plan", "syncengine.config.load", False, "rooms of one floor do not know each other"),
    ("syncengine.report.html", "jinja2", True, "a report may use a library"),
    ("syncengine.cli.plan", "syncengine.config.load", False, "a face goes through the workspace"),
    ("syncengine.cli.plan", "syncengine.testing.fakes", False, "only tests import testing"),
    ("syncengine.attic", "syncengine.model.link", False, "a room nobody entered in the table"),
    ("syncengine_connectors.csv.pull", "syncengine_connectors.http", True, "all may use http"),
    ("syncengine_connectors.csv.pull", "syncengine_connectors.exact.client", False, "not each other"),
    ("syncengine_connectors.csv.pull", "syncengine.state.store", False, "a connector knows no store"),
    ("syncengine_connectors.csv.pull", "syncengine.connector", True, "it knows the contract"),
    ("syncengine_connectors.http.client", "httpx", True, "the one door to the network"),
    ("syncengine_connectors.exact.client", "httpx", False, "everyone else goes through it"),
    ("syncengine_connectors.exact.connect", "exact_emulator.app", True, "`url: emulator` embeds it"),
    ("syncengine_connectors.csv.pull", "exact_emulator.app", False, "only exact embeds it"),
    ("exact_emulator.app", "syncengine.model.record", False, "the emulator can disagree with us"),
    ("exact_emulator.app", "flask", True, "the emulator may use a library"),
]  # fmt: skip


@pytest.mark.parametrize(("importer", "imported", "allowed"), rows(CASES))
def test_the_table_says(importer: str, imported: str, allowed: bool) -> None:
    assert (verdict(Import(importer=importer, imported=imported)) == "") is allowed
