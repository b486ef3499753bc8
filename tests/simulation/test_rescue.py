"""A side has answered, and the state takes no more: what it answered is not lost with the process."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncengine.errors import End, StateError
from syncengine.model.record import Side
from syncengine.state import rescue
from tests.run.world import World


@contextmanager
def full_after(world: World, commits: int) -> Iterator[None]:
    """The disk is full when this many transactions were stored since the first request was noted."""
    transaction, count = world.store.transaction, [0]

    @contextmanager
    def failing(*, durable: bool = True) -> Iterator[None]:
        with transaction(durable=durable):
            yield
            count[0] += len(world.rows(Side.RIGHT)) > 0
            if count[0] > commits:
                raise StateError("the disk is full; the last step was undone")

    world.store.transaction = failing  # type: ignore[method-assign]
    try:
        yield
    finally:
        world.reopen()


def test_an_outcome_that_cannot_be_stored_goes_to_the_message_and_the_rescue_file(world: World) -> None:
    world.customer("s1", company="ACME geheim", code="C1")
    with full_after(world, 0), pytest.raises(StateError) as failed:
        world.run(approved="somebody")
    assert failed.value.end is End.STATE
    made = str(world.rows(Side.RIGHT)[0]["#"])
    file = world.folder / rescue.FILE
    (note,) = [json.loads(line) for line in file.read_text().splitlines()]
    assert (note["action"], note["partner"], note["outcome"], note["id"]) == ("create", "s1", "written", made)
    assert f"create accounts {made}: written" in str(failed.value)
    assert str(file) in str(failed.value)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "geheim" not in file.read_text() + str(failed.value), "no value of a record"
    world.clock.advance(3600)
    for _ in range(2):
        result = world.run()
    assert result.end is End.DONE
    assert len(world.rows(Side.RIGHT)) == 1, "the next run looked, and found it"


def test_where_not_even_a_file_can_be_written_the_message_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.customer("s1", company="ACME", code="C1")
    monkeypatch.setattr(rescue, "FILE", "no/such/folder/rescue.jsonl")
    with full_after(world, 0), pytest.raises(StateError, match="Not even a file"):
        world.run(approved="somebody")


def test_a_link_in_the_place_of_the_rescue_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / rescue.FILE).symlink_to(tmp_path / "elsewhere")
    assert rescue.keep(tmp_path, [{"key": "k"}]) == ""
    assert not (tmp_path / "elsewhere").exists()
