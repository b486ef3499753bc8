"""Other programs on the same rows, where they are installed: each written as its documentation says, measured as a process of its own.

They are an optional group and belong into an environment of their own::

    python3 -m venv peers-venv
    peers-venv/bin/pip install csv-diff "dlt[sqlalchemy]" pandas
    make bench ARGS="--only peers --peers-python peers-venv/bin/python"

None of them does what a two-way synchronisation does; what is missing is said beside each figure. This file is also what their processes run, and
imports nothing of ours then.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.figures import Figure

NAMES = {
    "Code": "sku", "Name": "company", "AddressLine1": "street", "Postcode": "zip", "City": "city", "Country": "country",
    "Email": "mail", "Phone": "tel", "Website": "site", "Contact": "contact", "Remarks": "remark", "Segment": "segment",
    "PaymentTerms": "terms", "StartDate": "since",
}  # fmt: skip
"""What the right file calls the columns of the left; the key first."""


def csv_diff(folder: Path) -> None:
    """Compare two editions of one side by key, as in csv-diff's README."""
    peer = import_module("csv_diff")
    with (
        (folder / "left.csv").open(encoding="utf-8") as before,
        (folder / "left-later.csv").open(encoding="utf-8") as after,
    ):
        found = peer.compare(peer.load_csv(before, key="sku"), peer.load_csv(after, key="sku"))
    assert not found["added"]
    _say(len(found["changed"]))


def pandas_merge(folder: Path) -> None:
    """Join both sides on the key, find the cells that differ, and write the rows that hold one."""
    pd = import_module("pandas")
    left = pd.read_csv(folder / "left-later.csv", dtype=str, keep_default_na=False)
    right = pd.read_csv(folder / "right-later.csv", dtype=str, keep_default_na=False).rename(columns=NAMES)
    both = left.merge(right, on="sku", how="outer", suffixes=("_left", "_right"), indicator=True, validate="one_to_one")
    differs = both["_merge"] != "both"
    for name in NAMES.values():
        if name != "sku":
            differs |= both[f"{name}_left"] != both[f"{name}_right"]
    both[differs].to_csv(folder / "differences.csv", index=False)
    _say(int(differs.sum()))


def dlt_merge(folder: Path, file: str) -> None:
    """Merge one side into a table of SQLite by its key, as in dlt's documentation of incremental loading."""
    dlt = import_module("dlt")

    def rows() -> Iterator[dict[str, str]]:
        with (folder / file).open(newline="", encoding="utf-8") as stream:
            yield from csv.DictReader(stream)

    place = folder / "dlt"
    place.mkdir(exist_ok=True)
    pipeline = dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=str(place),
        # Without the option the table has no index on its key, and a second merge searches it row by row.
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{place / 'peer.db'}", create_primary_keys=True),
        dataset_name="main",
        progress=None,
    )
    done = pipeline.run(dlt.resource(rows, name="customers", primary_key="sku", write_disposition="merge"))
    done.raise_on_failed_jobs()
    with pipeline.sql_client() as client:
        [[count]] = client.execute_sql("SELECT count(*) FROM customers")
    _say(count)


def _say(count: int) -> None:
    """The parent reads the last line."""
    print(count)


PEERS: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "csv-diff: two editions of one side": (
        *("csv_diff", csv_diff),
        "no second system, no mapping, no base, no writing: it says which cells differ",
    ),
    "pandas: outer merge, differences written": (
        *("pandas", pandas_merge),
        "no base, so it cannot tell who changed a cell; joins on an exact key only, keeps no state, writes to neither side",
    ),
    "dlt: merge into SQLite, first": (
        *("dlt", lambda folder: dlt_merge(folder, "left.csv")),
        "one way, by key: no matching, no conflicts, no writing back",
    ),
    "dlt: merge into SQLite, 1 % changed": (
        *("dlt", lambda folder: dlt_merge(folder, "left-later.csv")),
        "the same; every row is loaded and merged again",
    ),
}
"""Title → module that must be there, what is run, and what the peer does not do."""


def measure(place: Path, size: int, show: Callable[[Figure], None], python: str) -> None:
    """Measure ours and each of the peers that is installed for the interpreter; name those that are not."""
    from benchmarks import data
    from benchmarks.figures import Figure, over
    from benchmarks.measure import Floor, child, sync

    folder = place / "peers"
    folder.mkdir()
    left, right = folder / "left.csv", folder / "right.csv"
    later = folder / "left-later.csv", folder / "right-later.csv"
    for file, header, side in ((left, data.LEFT, "L"), (right, data.RIGHT, "R")):
        data.write(file, header, size, side, data.same)
    for file, header, side, name in ((later[0], data.LEFT, "L", "left"), (later[1], data.RIGHT, "R", "right")):
        data.write(file, header, size, side, data.one_percent(name))
    floor = Floor((left, right), folder)
    # No figures are sent to anybody, and no profile of the person is read.
    environment = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(folder / "home"), "HOME": str(folder)}
    for number, (title, (module, _, lacks)) in enumerate(PEERS.items()):
        asked = f"import importlib.util; print(importlib.util.find_spec({module!r}) is not None)"
        if child(["-c", asked], folder, python=python).out.strip() != "True":
            show(Figure(name=title, size=size, note="not installed"))
            continue
        cost = child(["-P", __file__, str(number), str(folder)], folder, python=python, environment=environment)
        floor.again()
        count = int(cost.out.splitlines()[-1])
        show(over(floor.seconds, cost, title, size, note=lacks, counts={"rows": count}))
    (folder / "sync.yaml").write_text(data.PROJECT, "utf-8")
    ours = [sync("run", folder)]
    for made, file in zip(later, (left, right), strict=True):
        made.replace(file)
    ours.append(sync("run", folder, expect=(0, 3, 5)))
    for name, cost in zip(("this program: cold link-up", "this program: 1 % changed a side"), ours, strict=True):
        floor.again()
        show(over(floor.seconds, cost, name, size))


if __name__ == "__main__":
    [*PEERS.values()][int(sys.argv[1])][1](Path(sys.argv[2]))
