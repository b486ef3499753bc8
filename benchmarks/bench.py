"""The data path, measured: ``make bench``, or ``make bench SIZE=100000`` for a quick look.

Each figure is a ratio of processor time to the floor of the same run: the csv module reading both files once. Beside it stand the child's
highest memory and the size of the state. ``--json FILE`` keeps all of it for comparison over time.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import data
from benchmarks.measure import Cost, child, median, sync

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One scenario's outcome.

    Attributes:
        floor: User seconds of the floor, measured beside it.
        ratio: User seconds to the floor's.
        target: The ratio to reach; None where none is set.
        database: Bytes of the state afterwards.
    """

    name: str
    user: float
    wall: float
    floor: float
    ratio: float
    target: float | None
    memory: float
    database: int


class Bench:
    """A project of two CSV files, and what was measured on it."""

    def __init__(self, folder: Path, size: int, rounds: int) -> None:
        self.folder, self.size, self.rounds = folder, size, rounds
        self.left, self.right = folder / "left.csv", folder / "right.csv"
        self.figures: list[Figure] = []
        self.parts: dict[str, dict[str, float]] = {}
        folder.mkdir(exist_ok=True)
        (folder / "sync.yaml").write_text(data.PROJECT, "utf-8")
        self.write(data.same, data.same)
        # What an interpreter costs by itself is no part of reading.
        self.bare = median([child(["-c", "pass"], folder) for _ in range(5)]).user
        self.floors: list[float] = []
        for _ in range(3):
            self.measure_floor()

    @property
    def floor(self) -> float:
        """User seconds of the last three floors' median: one is measured beside each scenario, for a busy machine is slow in turns."""
        return sorted(self.floors[-3:])[1]

    def measure_floor(self) -> None:
        """Read both files once with the csv module."""
        cost = child([str(HERE / "floor.py"), str(self.left), str(self.right)], self.folder)
        self.floors.append(cost.user - self.bare)

    def write(self, left: Callable[[int, data.Row], data.Row], right: Callable[[int, data.Row], data.Row]) -> None:
        """Write both sides anew."""
        data.write(self.left, data.LEFT, self.size, "L", left)
        data.write(self.right, data.RIGHT, self.size, "R", right)

    def note(self, name: str, costs: Sequence[Cost], target: float | None = None) -> None:
        """Keep one scenario's outcome, and show it."""
        cost = median(costs)
        self.measure_floor()
        figure = Figure(
            name=name,
            user=cost.user,
            wall=cost.wall,
            floor=self.floor,
            ratio=cost.user / self.floor,
            target=target,
            memory=max(item.memory for item in costs),
            database=self.database(),
        )
        self.figures.append(figure)
        aim = "" if target is None else f"  (target {target:g} ×)"
        print(
            f"  {name:<34} {figure.ratio:7.2f} ×  {figure.user:7.2f} s  {figure.memory:6.0f} MB  "
            f"state {figure.database / 1e6:7.1f} MB{aim}",
            flush=True,
        )

    def database(self) -> int:
        """Bytes of the state."""
        return sum(file.stat().st_size for file in (self.folder / ".sync").glob("*.db*") if file.is_file())

    def forget(self) -> None:
        """Begin as if nothing had ever run."""
        shutil.rmtree(self.folder / ".sync", ignore_errors=True)

    def cold(self) -> None:
        """Everything read, mapped, matched and linked for the first time."""
        costs = []
        for _ in range(self.rounds):
            self.forget()
            costs.append(sync("run", self.folder))
        self.note("cold link-up", costs, 7)

    def unchanged(self) -> None:
        """The files are the bytes of the last run."""
        sync("run", self.folder)  # the first run of a day also copies the state, which is another matter
        self.note("files unchanged", [sync("run", self.folder) for _ in range(self.rounds)], 0.1)

    def touched(self) -> None:
        """One cell of one row is another, so the whole file is compared; then every row stands elsewhere."""
        data.touch(self.left)
        self.note("full compare, one row touched", [sync("plan", self.folder)], 1)
        sync("run", self.folder)
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
        self.note(
            "full compare, asked for (--full)", [sync("run", self.folder, "--full") for _ in range(self.rounds)], 1
        )

    def changed(self) -> None:
        """1 % of the rows changed on each side, 0.1 % on both and apart."""
        self.write(data.one_percent("left"), data.one_percent("right"))
        self.note("1 % changed a side: plan", [sync("plan", self.folder, expect=(0, 3))], 1.5)
        self.note("1 % changed a side: plan and apply", [sync("run", self.folder, expect=(0, 3, 5))])

    def incremental(self) -> None:
        """An incremental source brings 100 changes."""
        for name, more in (("100 changes, incremental", ()), ("the same, one record unlinked", ("--unlinked",))):
            cost = child(["-m", "benchmarks.incremental", str(self.size), *more], self.folder)
            self.parts[name] = json.loads(cost.out)
            found = self.parts[name]
            print(
                f"  {name:<34} {found['user']:7.2f} s of processor, {found['wall']:.2f} s on the clock (target 0.5 s)  "
                f"{found['memory']:6.0f} MB",
                flush=True,
            )

    def startup(self) -> None:
        """The help, and a run that finds nothing to do in a small project, over a bare interpreter."""
        small = Bench(self.folder / "small", 100, 1)
        sync("run", small.folder)
        bare, idle = (
            sorted(cost.wall for cost in costs)[4]
            for costs in (
                [child(["-c", "pass"], self.folder) for _ in range(9)],
                [sync("run", small.folder) for _ in range(9)],
            )
        )
        helped = sorted(child(["-m", "syncengine", "--help"], self.folder).wall for _ in range(9))[4]
        self.parts["start"] = {"bare": bare, "help": helped - bare, "idle": idle - bare}
        print(
            f"  start: sync --help {1000 * (helped - bare):.0f} ms over a bare interpreter (target 80), "
            f"idle sync run {1000 * (idle - bare):.0f} ms (target 450)",
            flush=True,
        )


def main() -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="records a side")
    parser.add_argument("--rounds", type=int, default=1, help="times each scenario is run; the median counts")
    parser.add_argument("--only", nargs="*", default=(), help="names of scenarios")
    parser.add_argument("--json", type=Path, help="file to keep the figures in")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="syncengine-bench-") as folder:
        bench = Bench(Path(folder), chosen.size, chosen.rounds)
        print(
            f"{chosen.size:,} records × {len(data.LEFT)} columns a side; floor {bench.floor:.2f} s "
            f"(csv module, both files, user time); Python {platform.python_version()}",
            flush=True,
        )
        scenarios = (bench.startup, bench.cold, bench.unchanged, bench.touched, bench.changed, bench.incremental)
        for scenario in scenarios:
            if not chosen.only or scenario.__name__ in (*chosen.only, "cold"):
                scenario()
        if chosen.json:
            figures = [asdict(figure) for figure in bench.figures]
            about = {"size": chosen.size, "python": platform.python_version(), "machine": platform.machine()}
            whole = {**about, "figures": figures, "parts": bench.parts}
            chosen.json.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
