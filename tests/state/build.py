"""Short words for tests of the SQLite store."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from syncengine.model.operation import OperationState
from syncengine.model.review import Answer, Review, Waiting
from syncengine.state.sqlite import SqliteStore, open_store
from syncengine.state.store import Checkpoint
from syncengine.testing.fakes import START, FakeClock, FakeIds
from syncengine.testing.store_suite_base import ENTITY, LAYOUT, LEFT, apply, base, change, fill, linked, operation, seen

REPOSITORY = Path(__file__).resolve().parents[2]


def opened(folder: Path, clock: FakeClock | None = None, *, read_only: bool = False) -> SqliteStore:
    """Open the state of a folder."""
    return open_store(folder, clock=clock or FakeClock(), ids=FakeIds(), read_only=read_only)


def lived(folder: Path, clock: FakeClock | None = None) -> SqliteStore:
    """A state with some of everything: pairs at rest and changed, a free record, operations, entries, reviews, a run."""
    store = opened(folder, clock)
    with store.transaction():
        store.links.relay(ENTITY, LAYOUT)
        run = store.meta.begin_run("sync run", START)
    linked(store, 3)
    fill(store, [seen("l0", "Jansen", "Delft", raw=70), seen("free", "Visser", "Delft", raw=71)], generation=2)
    apply(store, change("l1", "r1", base=base(("Oud", "Gent"))))
    with store.transaction():
        store.save_checkpoint(ENTITY, LEFT, Checkpoint(cursor="c1", taken=START, full=START, generation=2))
        store.journal.accept([operation(0), operation(1), operation(2)], run=run, plan="p", approved="Ann", at=START)
        for state in (OperationState.READY, OperationState.SENDING, OperationState.DONE):
            store.journal.move("key0", state, at=START, sent_boot=1.0, boot="boot")
        for key in ("key0", "key1", "key2"):
            noted = store.journal.get(key)
            assert noted is not None
            store.journal.write_entry(noted, outcome="done", at=START, answer="204")
        conflict = Review(
            kind=Waiting.CONFLICT, entity=ENTITY, left_ids=("l0",), right_ids=("r0",), left="Jansen", right="x"
        )
        store.reviews.renew(ENTITY, [conflict, Review(kind=Waiting.CREATE, entity=ENTITY, left_ids=("free",))])
        store.reviews.answer(
            Answer(kind=Waiting.MATCH, entity=ENTITY, left_id="l0", right_id="r0", decision="same"), START
        )
        store.meta.set("identity", "csv")
        store.meta.use_plan("d" * 64, START)
        store.meta.end_run(run, at=START, end=0)
    return store


def tamper(folder: Path, *statements: str) -> None:
    """Change the file behind the store's back; triggers do not hold who does that."""
    with closing(sqlite3.connect(folder / "state.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            sql = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
            connection.execute(f"DROP TRIGGER {name}")
            statements += (sql,)
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def process(code: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a Python of its own; ``code`` finds the folder in ``folder`` and the further arguments in ``rest``."""
    head = (
        "import sys; from pathlib import Path; folder, rest = Path(sys.argv[1]), sys.argv[2:]\n"
        "from tests.state.build import *\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", head + code, str(folder), *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
