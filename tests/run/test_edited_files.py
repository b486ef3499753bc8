"""A file that is edited in any way, row by row, is read as if it were read for the first time."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from syncengine.model.record import Side
from syncengine.model.review import Waiting
from syncengine.ports import Ports
from syncengine.read import stage
from syncengine.state import listing
from syncengine.testing.fakes import FakeClock, FakeIds
from syncengine_connectors.csv import files, table
from syncengine_connectors.csv.connector import CsvConnector
from tests.run.world import World

HEAD = "id,company,vat,kvk,email,city,code,active\n"
NAME = st.sampled_from(["", "Jansen", " Bos ", "Caf\u00e9", "Cafe\u0301", '"De ""Beer"""', "a\\b", '"two\nlines"'])
ID = st.integers(1, 12).map(str)
EDIT = st.one_of(
    st.tuples(st.just("put"), ID, NAME),
    st.tuples(st.just("drop"), ID, st.just("")),
    st.tuples(st.just("again"), ID, st.just("")),  # one id in two rows
    st.tuples(st.just("spoil"), ID, st.just("")),
    st.tuples(st.just("turn"), st.just(""), st.just("")),
    st.tuples(st.just("move"), ID, st.just("")),
)
ROWS = st.lists(st.tuples(ID, NAME), max_size=12, unique_by=lambda row: row[0])


def written(id: str, name: str) -> str:
    return f"{id},{name},,,,{name},,\n"


def edited(rows: list[str], kind: str, id: str, name: str) -> list[str]:
    """What a person, or an export, makes of the rows of a file."""
    own = [row for row in rows if row.startswith(f"{id},")]
    others = [row for row in rows if row not in own]
    match kind:
        case "put":
            return [*others, written(id, name)]
        case "drop":
            return others
        case "again":
            return [*rows, f"{id},another,,,,,,\n"] if own else rows
        case "spoil":
            return [f"{id},short\n" if row in own else row for row in rows]
        case "turn":
            return rows[::-1]
        case _:
            return [*own, *others]


class Shop:
    """A project whose left side is a file."""

    def __init__(self, folder: Path, file: Path) -> None:
        folder.mkdir()
        self.world = World(folder / ".sync")
        ports = Ports(root=file.parent, state=folder, credentials=folder, clock=FakeClock(), ids=FakeIds())
        self.world.left = CsvConnector({"files": {"customers": file.name}}, ports)  # type: ignore[assignment]

    def shown(self) -> tuple[Mapping[str, object], Set[str]]:
        """What the mirror holds of the file after one more dry run, and which rows are unreadable, where."""
        self.world.plan()
        rows = self.world.store.mirror.rows("accounts", Side.LEFT)
        waiting = self.world.store.reviews.open("accounts", Waiting.UNREADABLE)
        return {row.id: row.values for row in rows if row.present}, {item.reason for item in waiting}


@example(rows=[("2", ""), ("1", "")], rounds=[[("again", "1", "")], [("turn", "", "")]])
@example(rows=[(str(n), "") for n in range(1, 9)], rounds=[[("again", "1", "")]])
@settings(max_examples=60)
@given(rows=ROWS, rounds=st.lists(st.lists(EDIT, min_size=1, max_size=3), min_size=1, max_size=5))
def test_whatever_was_edited_is_read_as_at_first(tmp_path_factory, rows, rounds) -> None:
    folder = tmp_path_factory.mktemp("edited")
    file = folder / "shop.csv"
    lines = [written(id, name) for id, name in rows]
    file.write_text(HEAD + "".join(lines), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "BLOCK", 48)
        patch.setattr(table, "PAGE", 6)
        patch.setattr(listing, "_FEW", 0)
        patch.setattr(table, "HEAVY", 20)
        for name, number in (("_FEW", 1), ("_PIECE", 2), ("_MANY", 4)):
            patch.setattr(stage, name, number)
        kept = Shop(folder / "kept", file)
        kept.shown()
        for number, edits in enumerate(rounds):
            for kind, id, name in edits:
                lines = edited(lines, kind, id, name)
            file.write_text(HEAD + "".join(lines), "utf-8")
            fresh = Shop(folder / f"fresh{number}", file)
            (held, told), (first, first_told) = kept.shown(), fresh.shown()
            # Of a row that is known it is not asked whether another has its id by now: that other one is told of, and does not count.
            assert told <= first_told
            assert bool(told) is bool(first_told)
            if not told:
                assert held == first
            # A listing with such a row proves of no other that it is gone.
            assert first.items() <= held.items()
            fresh.world.store.close()
        kept.world.store.close()
