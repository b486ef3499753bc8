#!/usr/bin/env python3
"""Prove that tests notice: change one thing in a module, run its tests, and list the changes nobody noticed.

Usage: ``python scripts/mutate.py MODULE... --tests PATH... [--jobs N] [--timeout SECONDS] [--sample N] [--lines LINES] [--list]``.
MODULE is a file of this checkout, such as ``syncengine/decide/guard.py``; TESTS are given to pytest as they are. The checkout is never
written to: files are changed in a temporary copy. Ends with 0 if at least ``--least`` percent (90) of the mutants of every module
were killed, 1 if not, 2 if the tests fail without any change.

A mutant is one change to the syntax tree. It is killed if a test fails, if the module no longer loads, or if the tests take too long.
Left alone are annotations, docstrings, decorators, imports, exports, and the words of f-strings and of raised errors: they are no decisions.
"""

# A command: it prints, calls git, and its sample is no secret.
# ruff: noqa: T201, S607, S311

from __future__ import annotations

import argparse
import ast
import copy
import gc
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WARM = (
    "pytest",
    "hypothesis",
    "pydantic",
    "jinja2",
    "stdnum",
    "ruamel.yaml",
    "decimal",
    "email",
    "xml.etree.ElementTree",
    "asyncio",
    "xdist.plugin",
    "syrupy",
    "time_machine",
    "rapidfuzz.distance",
)
"""Loaded once, before the forks: nothing of ours, so that every child loads the changed module anew."""

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
FAILED, NO_TESTS, ELSEWHERE = 1, 5, 99
WARNINGS = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""What is loaded before pytest begins is not rewritten by it; nothing of ours is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed module.

    Attributes:
        before, after: The changed place as source, for people.
        source: The whole module.
    """

    line: int
    before: str
    after: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every change this runner knows, in the order of the source; those that make no difference to it left out."""
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    for path, node in _places(tree):
        for new in _changes(node):
            changed = copy.deepcopy(tree)
            parent: ast.AST | list[ast.AST] = changed
            for step in path[:-1]:
                parent = parent[step] if isinstance(parent, list) else getattr(parent, str(step))  # type: ignore[index]
            if isinstance(parent, list):
                parent[path[-1]] = new  # type: ignore[index]
            else:
                setattr(parent, str(path[-1]), new)
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text not in seen:
                seen.add(text)
                yield Mutant(line=_line(node), before=_short(node), after=_short(new), source=text)


def _line(node: ast.AST) -> int:
    match node:
        case ast.comprehension(target=part) | ast.match_case(pattern=part):
            # It carries no line of its own.
            return part.lineno
        case _:
            return int(getattr(node, "lineno", 0))


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else text[:87] + "..."


def _places(node: ast.AST, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], ast.AST]]:
    """All nodes that may be changed, with the way to them."""
    if path:
        yield path, node
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom) or _is_export(node):
        # The numbers in a message are its own business, too.
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "type_params"):
            continue
        if isinstance(value, ast.AST):
            yield from _places(value, (*path, name))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.AST) and not _is_docstring(item):
                    yield from _places(item, (*path, name, index))


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_export(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    yield from _conditions(node)
    yield from _values(node)
    yield from _effects(node)


def _conditions(node: ast.AST) -> Iterator[ast.AST]:
    """Another comparison, the other junction, a condition forced or dropped."""
    match node:
        case ast.Compare(ops=ops):
            for index, op in enumerate(ops):
                for other in COMPARISONS.get(type(op), ()):
                    yield _with(node, ops=[*ops[:index], other(), *ops[index + 1 :]])
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.If():
            yield from (_with(node, test=ast.Constant(value=value)) for value in (True, False))
        case ast.IfExp():
            yield node.body
            yield node.orelse
        case ast.match_case(guard=ast.expr()):
            yield from (_with(node, guard=ast.Constant(value=value)) for value in (True, False))
        case ast.While():
            yield _with(node, test=ast.Constant(value=False))
        case ast.comprehension():
            for index in range(len(node.ifs)):
                yield _with(node, ifs=[*node.ifs[:index], *node.ifs[index + 1 :]])


def _values(node: ast.AST) -> Iterator[ast.AST]:
    """Another operator, another constant, no `not` and no minus, nothing returned."""
    match node:
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.BinOp() if type(node.op) in OPERATORS:
            yield _with(node, op=OPERATORS[type(node.op)]())
        case ast.Constant():
            yield from (ast.Constant(value=value) for value in _constants(node.value))
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(value=ast.Constant(value=None))


def _effects(node: ast.AST) -> Iterator[ast.AST]:
    """A step left out."""
    match node:
        case ast.Expr(value=ast.Yield() | ast.YieldFrom() as value):
            # A generator stays one.
            yield ast.Expr(value=ast.BoolOp(op=ast.And(), values=[ast.Constant(value=False), value]))
        case ast.Expr(value=ast.Call()) | ast.AugAssign():
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()


def _with(node: ast.AST, **fields: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _constants(value: object) -> tuple[bool | int | float | str, ...]:
    match value:
        case bool():
            return (not value,)
        case int() | float():
            return (value + 1, value - 1)
        case str():
            return ("",) if value else ("x",)
        case _:
            return ()


class Runner:
    """Runs tests in copies of the checkout, one copy per job, each run in a process of its own."""

    def __init__(self, folder: Path, tests: Sequence[str], timeout: int, jobs: int) -> None:
        self._tests = tests
        self._timeout = timeout
        self._copies = [folder / str(number) for number in range(jobs)]
        for name in WARM:
            with suppress(ImportError):
                __import__(name)
        gc.freeze()
        for place in self._copies:
            _copy_checkout(place)

    def baseline(self, module: str) -> int:
        """Run the tests on the unchanged module; pytest's own exit code, or ELSEWHERE if they load it from another place."""
        for place in self._copies:
            # This run also leaves everything compiled, for the mutants to load at once.
            pid = self._start(place, module, check=True, timeout=self._timeout * 10)
            if code := os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
                return code
        return 0

    def source(self, module: str) -> str:
        """The module as it was when the copies were made, for the checkout may have gone on since."""
        return (self._copies[0] / module).read_text(encoding="utf-8")

    def survivors(self, module: str, found: Sequence[Mutant]) -> list[Mutant]:
        """Try all of them; those that no test noticed, by line."""
        original = (self._copies[0] / module).read_bytes()
        for place in self._copies:
            Path(cache_from_source(str(place / module))).unlink(missing_ok=True)
        free, running, alive = list(self._copies), dict[int, tuple[Path, Mutant]](), []
        waiting = list(reversed(found))
        try:
            while waiting or running:
                while waiting and free:
                    mutant, place = waiting.pop(), free.pop()
                    (place / module).write_text(mutant.source, encoding="utf-8")
                    running[self._start(place, module)] = (place, mutant)
                pid, status = os.wait()
                place, mutant = running.pop(pid)
                free.append(place)
                code = os.waitstatus_to_exitcode(status)
                if code in (NO_TESTS, ELSEWHERE):
                    raise SystemExit(f"{module}: the tests ended with {code}")
                if code == 0:
                    alive.append(mutant)
        finally:
            for place in self._copies:
                (place / module).write_bytes(original)
        return sorted(alive, key=lambda mutant: mutant.line)

    def _start(self, place: Path, module: str, check: bool = False, timeout: int | None = None) -> int:
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            return pid
        # An alarm that nobody handles ends the process: a mutant that loops counts as killed.
        signal.alarm(timeout or self._timeout)
        try:
            os._exit(self._child(place, module, check))
        except BaseException as error:
            # The parent's own clean-up must not run in a child, whatever happened.
            if check:
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(FAILED)

    def _child(self, place: Path, module: str, check: bool) -> int:
        import pytest

        os.chdir(place)
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2)[: 1 if check else 3]:
            os.dup2(silence, stream)
        # Compiled files are told apart by size and second only; two mutants may share both.
        sys.dont_write_bytecode = not check
        sys.path[:0] = [str(place), str(place / "connectors")]
        code = int(pytest.main(["-x", "-q", "-n", "0", "-p", "no:cacheprovider", *WARNINGS, *self._tests]))
        if check and code == 0:
            name = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            loaded = getattr(sys.modules.get(name), "__file__", None) or ""
            return 0 if loaded.startswith(str(place)) else ELSEWHERE
        return code


def _copy_checkout(place: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, place / name)


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Change one thing at a time, and see whether a test notices.")
    parser.add_argument("modules", nargs="+", metavar="MODULE", help="a file of this checkout")
    parser.add_argument("--tests", nargs="+", required=True, metavar="PATH", help="what pytest runs for every mutant")
    parser.add_argument("--jobs", type=int, default=1, help="mutants tried at a time (1)")
    parser.add_argument("--timeout", type=int, default=60, help="seconds after which a mutant counts as killed (60)")
    parser.add_argument("--sample", type=int, metavar="N", help="try N mutants per module, always the same ones")
    parser.add_argument("--lines", metavar="LINES", help="only mutants of these lines, such as 34,120-137")
    parser.add_argument("--least", type=float, default=90, help="percent that must be killed (90)")
    parser.add_argument("--list", action="store_true", help="list the mutants and run nothing")
    return parser.parse_args(given)


def _chosen(source: str, options: argparse.Namespace) -> list[Mutant]:
    found = list(mutants(source))
    if options.lines:
        spans = [span.partition("-") for span in options.lines.split(",")]
        lines = {line for first, _, last in spans for line in range(int(first), int(last or first) + 1)}
        found = [mutant for mutant in found if mutant.line in lines]
    if options.sample and options.sample < len(found):
        found = random.Random(0).sample(found, options.sample)
    return found


def main(given: Sequence[str] | None = None) -> int:
    """Run; the exit code."""
    options = _arguments(given)
    modules = [Path(name).resolve().relative_to(ROOT).as_posix() for name in options.modules]
    if options.list:
        for module in modules:
            for mutant in _chosen((ROOT / module).read_text(encoding="utf-8"), options):
                print(f"{module}:{mutant.line}: {mutant.before}  ->  {mutant.after}")
        return 0
    if not os.environ.get("SYNCENGINE_SHARED_DATA") and (data := ROOT.parent / "shared" / "data").is_dir():
        os.environ["SYNCENGINE_SHARED_DATA"] = str(data)
    enough = True
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        runner = Runner(Path(folder).resolve(), options.tests, options.timeout, options.jobs)
        for module in modules:
            if code := runner.baseline(module):
                print(f"{module}: the tests end with {code} before anything is changed", file=sys.stderr)
                return 2
            began, found = time.monotonic(), _chosen(runner.source(module), options)
            alive = runner.survivors(module, found)
            killed = len(found) - len(alive)
            share = 100 * killed / len(found) if found else 100.0
            enough &= share >= options.least
            print(f"{module}: {killed} of {len(found)} killed ({share:.1f} %) in {time.monotonic() - began:.0f} s")
            for mutant in alive:
                print(f"  {module}:{mutant.line}: {mutant.before}  ->  {mutant.after}")
            sys.stdout.flush()
    return 0 if enough else 1


if __name__ == "__main__":
    raise SystemExit(main())
