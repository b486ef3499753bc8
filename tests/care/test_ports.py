"""Time, randomness and the network come in through ports: no other module reads them, but for a short list with reasons."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.builders import rows

ROOTS = {"syncengine": "syncengine", "syncengine_connectors": "connectors/syncengine_connectors"}
"""Our packages. ``exact_emulator`` is a side, not the engine: it has a clock and random numbers of its own."""

MODULES = {
    **dict.fromkeys(("time", "sched"), "time"),
    **dict.fromkeys(("random", "secrets"), "randomness"),
    **dict.fromkeys(("socket", "ssl", "socketserver", "selectors", "asyncio", "http.client", "http.server"), "network"),
    **dict.fromkeys(("urllib.request", "httpx", "requests", "aiohttp", "smtplib", "ftplib", "webbrowser"), "network"),
}  # fmt: skip
"""Modules that are nothing but a way to one of the three."""

NAMES = {
    **dict.fromkeys(
        ("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"), "time"
    ),
    **dict.fromkeys(("os.times", "os.clock_gettime", "threading.Timer", "signal.alarm", "signal.setitimer"), "time"),
    **dict.fromkeys(("os.urandom", "os.getrandom", "uuid.uuid1", "uuid.uuid4"), "randomness"),
    **dict.fromkeys(("tempfile.mkdtemp", "tempfile.mkstemp", "tempfile.TemporaryDirectory"), "randomness"),
}
"""Names of other modules that read one of the three."""

ALLOWED: Mapping[tuple[str, str], str] = {
    ("syncengine.ports", "time"): "it is the port",
    ("syncengine.ports", "randomness"): "it is the port",
    ("syncengine_connectors.http.client", "network"): "the one door to the network; takes its transport from the port",
    ("syncengine_connectors.exact.login", "network"): "hears the consent page's answer, on this machine's own address",
    ("syncengine.cli.demo", "randomness"): "the demo's folder needs a name that nobody has; nothing decides by it",
}
"""(module, what it reads) → why it may."""


def reads(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Every place where a module reads time, randomness or the network: line, which of the three, the name."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
                yield from _module(node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield from _module(node.lineno, node.module, f"{node.module}.{alias.name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and (name := _full(node, known)) in NAMES:
            yield node.lineno, NAMES[name], name


def _module(line: int, *names: str) -> Iterator[tuple[int, str, str]]:
    found = {
        (line, what, module)
        for name in names
        for module, what in MODULES.items()
        if name == module or name.startswith(f"{module}.")
    }
    yield from found


def _full(node: ast.expr, known: Mapping[str, str]) -> str:
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute):
        inner = _full(node.value, known)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def found_in(repository: Path) -> Iterator[tuple[str, int, str, str]]:
    """Every such place of our packages, with its module."""
    for package, folder in ROOTS.items():
        for file in sorted((repository / folder).rglob("*.py")):
            parts = (package, *file.relative_to(repository / folder).with_suffix("").parts)
            module = ".".join(part for part in parts if part != "__init__")
            for line, what, name in reads(ast.parse(file.read_text("utf-8"))):
                yield module, line, what, name


def test_no_module_but_the_ports_reads_time_randomness_or_the_network(repository: Path) -> None:
    broken = [
        f"{module}:{line} reads {what} by {name}; take it from syncengine.ports"
        for module, line, what, name in found_in(repository)
        if (module, what) not in ALLOWED
    ]
    assert not broken, "\n".join(broken)


def test_every_exception_is_still_needed(repository: Path) -> None:
    used = {(module, what) for module, _, what, _ in found_in(repository)}
    assert set(ALLOWED) - used == set()


CASES = [
    # source, what is read, why
    ("import time\ntime.sleep(1)", {"time"}, "the module itself"),
    ("from time import monotonic as m\nm()", {"time"}, "a name of it, renamed"),
    ("from datetime import datetime, UTC\nx = datetime.now(UTC)", {"time"}, "the clock by a class"),
    ("import datetime as d\nd.date.today()", {"time"}, "through a renamed module"),
    ("from datetime import date\nkey = date.today", {"time"}, "handed on, not called"),
    ("import os\nos.urandom(8)", {"randomness"}, "from the system"),
    ("from uuid import uuid4\nuuid4()", {"randomness"}, "a random identifier"),
    ("from uuid import UUID\nUUID('x')", set(), "an identifier read, not made"),
    ("import http.client", {"network"}, "a client"),
    ("from urllib.parse import quote", set(), "words of an address"),
    ("from urllib import request", {"network"}, "a module from its package"),
    ("def f():\n    import socket", {"network"}, "only when called"),
    ("from datetime import datetime\ndatetime.fromtimestamp(0)", set(), "a time that is given"),
    ("class Clock:\n    def now(self): return 1\nClock().now()", set(), "a clock that was passed in"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), rows(CASES))
def test_what_a_module_reads(source: str, expected: set[str]) -> None:
    assert {what for _, what, _ in reads(ast.parse(source))} == expected
