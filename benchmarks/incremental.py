"""What a run costs that an incremental source brings 100 changes, beside a state of many linked pairs: ``python -m benchmarks.incremental 1000000``.

Prints one JSON document: seconds on the clock of the run alone, its processor time, and the process's highest memory. ``--unlinked`` leaves one
record without partner, so that matching has to look at it; the first run that does also makes the index of match keys, and is told apart.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks import data
from syncengine.connector import Query
from syncengine.model.adopted import pack
from syncengine.model.columns import Sheet
from syncengine.model.entity import End, Entity, FieldRule, MatchRule
from syncengine.model.record import Side
from syncengine.model.resource import Deletions, FieldFacts, Resource
from syncengine.ports import SystemClock, SystemIds
from syncengine.run import Wish, run
from syncengine.setting import Setting
from syncengine.state.sqlite import SqliteStore, open_store
from syncengine.state.store import Checkpoint
from syncengine.survey import lay_out, wire
from syncengine_connectors.memory import Memory

CHANGES = 100
NAMES = data.RIGHT[1:]
ENTITY = Entity(
    name="customers",
    left=End(system="left", resource="customers"),
    right=End(system="right", resource="customers"),
    fields=tuple(FieldRule(name=name, source=name) for name in NAMES),
    match=(MatchRule(fields=("Code",)),),
)
CUSTOMERS = Resource(
    name="customers",
    fields={name: FieldFacts(name=name) for name in NAMES},
    incremental=True,
    deletions=Deletions.FEED,
    conditional=True,
    checked=True,
    write_batch=500,
    fetch_size=500,
)


def fill(store: SqliteStore, size: int, unlinked: int) -> None:
    """Store linked pairs that are at rest."""
    rows: Iterator[data.Row] = data.rows(size)
    at = 0
    while part := list(islice(rows, 10_000)):
        columns = [[cell or None for cell in column] for column in zip(*part, strict=True)]
        numbers = range(at, at + len(part))
        with store.transaction(durable=False):
            for side in Side:
                ids = [f"{side[0]}{n}" for n in numbers]
                sheet = Sheet(ids=ids, values=columns, raws=[n + 1 for n in numbers], versions=["1"] * len(part))
                store.mirror.put_sheet(ENTITY.name, side, 1, sheet)
            found = ((f"l{n}", f"r{n}", "Code") for n in numbers if n >= unlinked)
            store.links.adopt(pack(ENTITY.name, found), 1)
        at += len(part)


def main() -> None:
    """Build the state, run once, and say what it cost."""
    size, unlinked = int(sys.argv[1]), int("--unlinked" in sys.argv)
    clock = SystemClock()
    sides = {side: Memory(side.value, [CUSTOMERS], clock) for side in Side}
    with tempfile.TemporaryDirectory(prefix="syncengine-bench-") as folder:
        store = open_store(Path(folder) / ".sync", clock=clock, ids=SystemIds())
        setting = Setting(
            entities=(ENTITY,),
            connectors={side.value: memory for side, memory in sides.items()},
            resources={side.value: memory.resources() for side, memory in sides.items()},
            store=store,
            clock=clock,
        )
        lay_out(setting, wire(setting), ENTITY)
        fill(store, size, unlinked)
        for n, row in enumerate(islice(data.rows(size), CHANGES)):
            shown = dict(zip(NAMES, (cell or None for cell in row), strict=True))
            for side, memory in sides.items():
                memory.add("customers", shown, f"{side[0]}{n}")
        with store.transaction():
            for side, memory in sides.items():
                *_, last = memory.pull(Query(resource="customers", fields=NAMES), None)
                assert last.end is not None
                store.save_checkpoint(
                    ENTITY.name,
                    side,
                    Checkpoint(cursor=last.end.cursor, taken=clock.now(), full=clock.now(), generation=1),
                )
            store.meta.set(f"approved:{ENTITY.name}", "benchmark")
        began = time.process_time()
        run(setting, Wish(dry=True))
        first = time.process_time() - began
        for n in range(CHANGES):
            sides[Side.LEFT].edit("customers", f"l{n}", {"City": f"moved {n}"})
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began, used = time.perf_counter(), time.process_time()
        result = run(setting, Wish())
        wall, cpu = time.perf_counter() - began, time.process_time() - used
        store.close()
    written = len(result.applied)
    assert written == CHANGES - unlinked, (written, result.end, result.readings)
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "size": size,
                "wall": wall,
                "user": cpu,
                "first": first,
                "memory": memory_mb,
                "memory_before": before / 1024,
                "written": written,
            }
        )
    )


if __name__ == "__main__":
    main()
