"""The data path, measured: ``make bench``, or ``make bench SIZE=20000`` for a quick look.

Each figure is a ratio of processor time to the floor of the same run: the csv module reading both files once (over HTTP: the json module
reading the pages). Beside it stand the child's highest memory and the size of the state. ``--json FILE`` keeps all of it for comparison over
time, ``--only NAME…`` chooses scenarios, and ``--curve`` measures memory at 1, 2 and 5 times the size instead.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks import data, over_http, peers
from benchmarks.figures import HEAD, Figure, line, machine, over
from benchmarks.measure import Cost, Floor, child, compile_all, median, sync

CURVE = (1, 2, 5)
"""Times the size."""


class Bench:
    """A project of two CSV files, and what was measured on it."""

    def __init__(self, folder: Path, size: int, rounds: int, show: Callable[[Figure], None]) -> None:
        self.folder, self.size, self.rounds, self.show = folder, size, rounds, show
        self.left, self.right = folder / "left.csv", folder / "right.csv"
        self.linked = False
        folder.mkdir(exist_ok=True)
        (folder / "sync.yaml").write_text(data.PROJECT, "utf-8")
        self.write(data.same, data.same)
        self.floor = Floor((self.left, self.right), folder)

    def write(self, left: Callable[[int, data.Row], data.Row], right: Callable[[int, data.Row], data.Row]) -> None:
        """Write both sides anew."""
        data.write(self.left, data.LEFT, self.size, "L", left)
        data.write(self.right, data.RIGHT, self.size, "R", right)

    def note(self, name: str, costs: Sequence[Cost], target: float | None = None, *, state: bool = False) -> None:
        """Show one scenario's outcome.

        Args:
            state: Tell too what the state spends on a linked pair.
        """
        self.floor.again()
        cost = replace(median(costs), memory=max(item.memory for item in costs))
        own = (self.database() - self.content()) / self.size if state else 0.0
        self.show(
            over(
                self.floor.seconds,
                cost,
                name,
                self.size,
                target=target,
                database=self.database(),
                note=f"state: {own:.0f} bytes a pair beyond its content (target 350)" if state else "",
                counts={"state_beyond_content": own} if state else None,
            )
        )

    def database(self) -> int:
        """Bytes of the state."""
        return sum(file.stat().st_size for file in (self.folder / ".sync").glob("*.db*") if file.is_file())

    def content(self) -> int:
        """Bytes of the ids and values in the state."""
        held = "coalesce(length(CAST({} AS BLOB)), 0)".format
        asked = (
            f"SELECT sum({held('id')} + {held('doc')}) FROM record",
            f"SELECT sum({held('left_base')} + {held('right_base')}) FROM link",
        )
        with closing(sqlite3.connect(f"{(self.folder / '.sync/state.db').as_uri()}?mode=ro", uri=True)) as state:
            return sum(state.execute(sql).fetchone()[0] or 0 for sql in asked)

    def forget(self) -> None:
        """Begin as if nothing had ever run."""
        shutil.rmtree(self.folder / ".sync", ignore_errors=True)

    def cold(self) -> None:
        """Everything read, mapped, matched and linked for the first time."""
        costs = []
        for _ in range(self.rounds):
            self.forget()
            costs.append(sync("run", self.folder))
        self.linked = True
        self.note("cold link-up", costs, 7, state=True)

    def link(self) -> None:
        """Link up unseen, where a scenario begins with linked pairs."""
        if not self.linked:
            sync("run", self.folder)
            self.linked = True

    def unchanged(self) -> None:
        """The files are the bytes of the last run."""
        sync("run", self.folder)  # the first run of a day also copies the state, which is another matter
        self.note("files unchanged", [sync("run", self.folder) for _ in range(self.rounds)], 0.1)

    def touched(self) -> None:
        """One cell of one row is another, so the whole file is compared."""
        data.touch(self.left)
        self.note("full compare, one row touched", [sync("plan", self.folder)], 1)
        sync("run", self.folder)

    def reordered(self) -> None:
        """Every row stands elsewhere."""
        sync("run", self.folder)  # what the scenario before wrote is read back, which is another matter
        costs = []
        for _ in range(self.rounds):
            for file in (self.left, self.right):
                # Not in this process: a child's highest memory begins with that of the process that starts it.
                child(
                    ["-c", f"from pathlib import Path; from benchmarks import data; data.reorder(Path({str(file)!r}))"],
                    self.folder,
                )
            costs.append(sync("run", self.folder))
        self.note("full compare, rows reordered", costs, 1)

    def full(self) -> None:
        """Nothing changed, and everything is asked for all the same."""
        costs = [sync("run", self.folder, "--full") for _ in range(self.rounds)]
        self.note("full compare, asked for (--full)", costs, 1)

    def changed(self) -> None:
        """1 % of the rows changed on each side, 0.1 % on both and apart."""
        self.write(data.one_percent("left"), data.one_percent("right"))
        self.note("1 % changed a side: plan", [sync("plan", self.folder, expect=(0, 3))], 1.5)
        self.note("1 % changed a side: plan and apply", [sync("run", self.folder, expect=(0, 3, 5))])

    def incremental(self) -> None:
        """An incremental source brings 100 changes."""
        for name, more in (("100 changes, incremental", ()), ("the same, one record unlinked", ("--unlinked",))):
            cost = child(["-m", "benchmarks.incremental", str(self.size), *more], self.folder)
            found = json.loads(cost.out)
            self.show(
                Figure(
                    name=name,
                    size=self.size,
                    user=found["user"],
                    wall=found["wall"],
                    memory=found["memory"],
                    counts={"first_user": found["first"]},
                    # The first run makes the index of match keys where a record has no partner, and loads what the second finds loaded.
                    note=f"target 0.5 s; second run of its process, the first took {found['first']:.2f} s of processor",
                )
            )

    def startup(self) -> None:
        """The help, and a run that finds nothing to do in a small project, over a bare interpreter."""
        small = Bench(self.folder / "small", 100, 1, self.show)
        sync("run", small.folder)
        bare = _middle([child(["-c", "pass"], self.folder) for _ in range(9)])
        helped = _middle([child(["-m", "syncengine", "--help"], self.folder) for _ in range(9)])
        idle = _middle([sync("run", small.folder) for _ in range(9)])
        for name, cost, target in (("sync --help", helped, 80), ("sync run, nothing to do", idle, 450)):
            self.show(
                Figure(
                    name=name,
                    size=small.size,
                    user=cost.user,
                    wall=cost.wall,
                    memory=cost.memory,
                    counts={"over_bare_ms": 1000 * (cost.wall - bare.wall)},
                    note=f"{1000 * (cost.wall - bare.wall):.0f} ms over a bare interpreter (target {target})",
                )
            )


def _middle(costs: Sequence[Cost]) -> Cost:
    """The middle one by the clock."""
    return sorted(costs, key=lambda cost: cost.wall)[len(costs) // 2]


NEEDS_LINKS = ("unchanged", "touched", "full", "reordered", "changed")
FILES = ("startup", "cold", *NEEDS_LINKS, "incremental")
ALONE = ("http", "matching", "peers")
"""Scenarios by name: of two files, and those that bring their own input."""


class Curve(Bench):
    """What the memory curve asks of one size."""

    def measure(self) -> None:
        """First link-up, a whole compare, and many changes."""
        for scenario in (self.cold, self.touched, self.changed):
            scenario()


def matching(folder: Path, size: int, show: Callable[[Figure], None]) -> None:
    """Matching by itself, with the rules for accounts."""
    found = json.loads(child(["-m", "benchmarks.matching", str(size), "--json"], folder).out)
    for name, case in found["cases"].items():
        show(
            Figure(
                name=f"matching alone, {name}",
                size=case["size"],
                user=case["work"],
                wall=case["seconds"],
                memory=case["megabytes"],
                counts={"links": case["links"], "items": case["items"]},
                note=f"{case['size']:,} a side, {case['links']:,} links, {case['items']:,} items (target {case['target']} s)",
            )
        )


def measure(chosen: argparse.Namespace, folder: Path, show: Callable[[Figure], None]) -> None:
    """Run what was chosen; the files of one part are gone before the next begins."""
    if chosen.curve:
        for times in CURVE:
            Curve(folder / str(times), chosen.size * times, 1, show).measure()
            shutil.rmtree(folder / str(times))
        return
    names = chosen.only or (*FILES, *ALONE)
    if set(names) & set(FILES):
        bench = Bench(folder / "files", chosen.size, chosen.rounds, show)
        for name in FILES:
            if name in names:
                if name in NEEDS_LINKS:
                    bench.link()
                getattr(bench, name)()
        shutil.rmtree(bench.folder)
    # No larger than they need to be to show what they show.
    if "http" in names:
        over_http.measure(folder, min(chosen.size, chosen.http_size), show)
    if "matching" in names:
        matching(folder, min(chosen.size, 200_000), show)
    if "peers" in names:
        peers.measure(folder, min(chosen.size, 100_000), show, chosen.peers_python)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000, help="records a side")
    parser.add_argument("--rounds", type=int, default=1, help="times each scenario is run; the median counts")
    parser.add_argument("--only", nargs="+", choices=(*FILES, *ALONE), metavar="NAME", help=" ".join((*FILES, *ALONE)))
    parser.add_argument("--curve", action="store_true", help="highest memory at 1, 2 and 5 times the size, and no more")
    parser.add_argument("--http-size", type=int, default=200_000, help="accounts over HTTP, where --size is not less")
    parser.add_argument("--peers-python", default=sys.executable, help="interpreter that the peers are installed for")
    parser.add_argument("--json", type=Path, help="file to keep the figures in")
    chosen = parser.parse_args(arguments)
    figures: list[Figure] = []

    def show(figure: Figure) -> None:
        figures.append(figure)
        print(line(figure), flush=True)
        if chosen.json:
            keep(chosen.json, chosen.size, figures)

    compile_all()
    facts = machine()
    print(
        f"{chosen.size:,} records × {len(data.LEFT)} columns a side; " + ", ".join(f"{k} {v}" for k, v in facts.items())
    )
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory(prefix="syncengine-bench-") as folder:
        measure(chosen, Path(folder), show)


def keep(file: Path, size: int, figures: Sequence[Figure]) -> None:
    """Write what was measured so far, so that a long run that is stopped keeps it."""
    whole = {"version": 2, "size": size, "machine": machine(), "figures": [asdict(figure) for figure in figures]}
    unfinished = file.with_name(file.name + ".new")
    unfinished.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
    unfinished.replace(file)


if __name__ == "__main__":
    main()
