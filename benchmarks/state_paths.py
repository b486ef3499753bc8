"""What each path through the state store costs: ``python benchmarks/state_paths.py 1000000``.

Prints seconds, microseconds a row, the ratio to the floor of the same run (the csv module reading as many rows of both sides once), peak
memory, and bytes per linked pair beyond content.
"""

from __future__ import annotations

import csv
import io
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from syncengine.model.adopted import pack
from syncengine.model.link import Base
from syncengine.model.plan import LinkChange
from syncengine.model.record import Observed, Side, Value
from syncengine.model.values import dump
from syncengine.ports import SystemClock, SystemIds
from syncengine.state.sqlite import SqliteStore, open_store

ENTITY = "customers"
LAYOUT = tuple(f"Field{number}" for number in range(13))
AT = datetime(2026, 11, 20, tzinfo=UTC)


def values(number: int, change: int = 0) -> tuple[Value, ...]:
    """Thirteen values of one invented customer."""
    return (
        *(f"Customer number {number} B.V.", f"Street {number % 977} {number % 100}", "1234 AB", "Amsterdam", "NL"),
        *(f"info{number}@example.test", f"+31 20 {number % 10_000_000:07}", None, f"NL{number % 10**9:09}B01", "EUR"),
        *(True, f"note {change}", None),
    )


def name(side: Side, number: int) -> str:
    """Ids as an export and as Exact has them."""
    if side is Side.LEFT:
        return str(number)
    text = f"{number * 2654435761 * 40503 % 2**128:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def raw(side: Side, number: int, change: int = 0) -> int:
    """A fingerprint of the row as it came; spread like real ones."""
    return ((number * 2 + (side is Side.RIGHT)) * 0x9E3779B97F4A7C15 + change) % 2**64 - 2**63


def rows(side: Side, numbers: range | list[int], change: int = 0) -> Iterator[Observed]:
    """Records as a compiled mapping gives them."""
    for number in numbers:
        yield Observed(id=name(side, number), values=values(number, change), raw=raw(side, number, change))


class Bench:
    """Runs the paths in order and prints a line for each."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.floor = floor(count)
        print(f"{'floor: csv module, both sides':42} {self.floor:8.2f} s")

    @contextmanager
    def timed(self, what: str, per: int) -> Iterator[None]:
        """Print what the block costs, per row of ``per`` rows."""
        began = time.perf_counter()
        yield
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{what:42} {seconds:8.2f} s {seconds / per * 1e6:8.2f} µs {seconds / self.floor:6.2f} × {peak:6} MB",
            flush=True,
        )

    def run(self, store: SqliteStore) -> None:
        """All paths."""
        count = self.count
        with self.timed("making the rows, for comparison", 2 * count):
            for side in Side:
                for _ in rows(side, range(count)):
                    pass
        with store.transaction():
            store.links.relay(ENTITY, LAYOUT)
        with self.timed("cold: put both sides", 2 * count), store.transaction(durable=False):
            for side in Side:
                store.mirror.put(ENTITY, side, 1, rows(side, range(count)))
        with self.timed("cold: adopt all pairs", count), store.transaction():
            pairs = ((name(Side.LEFT, n), name(Side.RIGHT, n), "VATNumber") for n in range(count))
            store.links.adopt(pack(ENTITY, pairs), 1)
        with self.timed("no change: known, miss, pairs, unlinked", 2 * count), store.transaction():
            self.listed(store, 2, set())
        few = sorted(random.Random(1).sample(range(count), max(count // 100, 100)))
        with self.timed("1 % changed: known, put, miss", 2 * count), store.transaction(durable=False):
            self.listed(store, 3, set(few))
        self.agree(store, "1 % changed: pairs, rebase", len(few))
        with self.timed("100 changes: put", 100), store.transaction():
            store.mirror.put(ENTITY, Side.LEFT, 4, rows(Side.LEFT, few[:100], 4))
        self.agree(store, "100 changes: pairs, rebase", 100)

    def listed(self, store: SqliteStore, generation: int, changed: set[int]) -> None:
        """A full listing of both sides."""
        for side in Side:
            for start in range(0, self.count, 10_000):
                part = range(start, min(start + 10_000, self.count))
                store.mirror.known(ENTITY, side, generation, [raw(side, n, generation * (n in changed)) for n in part])
            store.mirror.put(ENTITY, side, generation, rows(side, sorted(changed), generation))
            assert store.mirror.miss(ENTITY, side, generation, AT) == 0
        assert sum(1 for _ in store.links.pairs(ENTITY)) == len(changed)
        assert not list(store.mirror.unlinked(ENTITY, Side.LEFT))

    def agree(self, store: SqliteStore, what: str, number: int) -> None:
        """Every pair that needs a decision gets a new base."""
        with self.timed(what, number), store.transaction():
            found = list(store.links.pairs(ENTITY))
            assert len(found) == number
            changes = []
            for pair in found:
                assert pair.left is not None
                assert pair.right is not None
                base = Base(left=pair.left.values, right=pair.right.values)
                left_id, right_id = pair.link.left_id, pair.link.right_id
                changes.append(
                    LinkChange(entity=ENTITY, left_id=left_id, right_id=right_id, base=base, matched_by="agreed")
                )
            store.links.apply(changes, 2)


def floor(count: int) -> float:
    """Seconds the csv module needs to read as many rows of both sides once."""
    some = min(count, 100_000)
    text = io.StringIO()
    csv.writer(text).writerows((name(Side.LEFT, n), *values(n), "x") for n in range(some))
    text.seek(0)
    began = time.perf_counter()
    for _ in csv.reader(text):
        pass
    return (time.perf_counter() - began) / some * count * 2


def weigh(file: Path, count: int) -> None:
    """Print bytes per pair beyond content: ids, and values as JSON, of both sides."""
    sample = range(0, count, max(count // 1000, 1))
    content = sum(len(dump(values(n)).encode()) * 2 + len(name(Side.LEFT, n)) + 36 for n in sample) / len(sample)
    each = file.stat().st_size / count
    print(f"state: {each:.0f} bytes a pair, content {content:.0f}, beyond it {each - content:.0f}")
    with closing(sqlite3.connect(file)) as connection:
        for table, size in connection.execute(
            "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 7"
        ):
            print(f"  {table:16} {size / count:6.0f}")


def main() -> None:
    """Run everything in a folder that is removed afterwards."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "state", clock=SystemClock(), ids=SystemIds())
        Bench(count).run(store)
        store.close()
        weigh(Path(folder) / "state" / "state.db", count)


if __name__ == "__main__":
    main()
