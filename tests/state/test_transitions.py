"""The table of transitions, and the database that holds to it whoever writes."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from syncengine.model.operation import OperationState
from syncengine.state.transitions import LEGAL, SETTLED, legal
from tests.state.build import lived

EVERY = list(itertools.product(OperationState, OperationState))


def test_every_state_has_a_line_and_can_be_reached() -> None:
    assert set(LEGAL) == set(OperationState)
    assert set().union(*LEGAL.values()) == set(OperationState) - {OperationState.PLANNED}


def test_what_is_settled_leads_to_no_further_write() -> None:
    assert SETTLED.isdisjoint({OperationState.UNCERTAIN, OperationState.PARKED, OperationState.SENDING})
    for state in SETTLED:
        assert LEGAL[state] <= SETTLED


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a state with operations."""
    folder = tmp_path_factory.mktemp("state")
    lived(folder).close()
    return folder / "state.db"


@pytest.mark.parametrize(("before", "after"), EVERY, ids=[f"{before}-{after}" for before, after in EVERY])
def test_the_database_itself_refuses_what_the_table_does_not_allow(
    file: Path, before: OperationState, after: OperationState
) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        (trigger,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'operation_moves'").fetchone()
        connection.execute("BEGIN")
        connection.execute("DROP TRIGGER operation_moves")
        connection.execute("UPDATE operation SET state = ? WHERE key = 'key1'", (before,))
        connection.execute(trigger)
        if legal(before, after):
            connection.execute("UPDATE operation SET state = ? WHERE key = 'key1'", (after,))
        else:
            with pytest.raises(sqlite3.IntegrityError, match="not a legal transition"):
                connection.execute("UPDATE operation SET state = ? WHERE key = 'key1'", (after,))
        connection.execute("ROLLBACK")


def test_no_operation_is_born_but_planned(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("CREATE TEMP TABLE copy AS SELECT * FROM operation WHERE key = 'key0'")
        connection.execute("UPDATE copy SET seq = NULL, key = 'key9'")
        with pytest.raises(sqlite3.IntegrityError, match="begins as planned"):
            connection.execute("INSERT INTO operation SELECT * FROM copy")
        connection.execute("ROLLBACK")
