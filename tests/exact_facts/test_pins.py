"""The administration is pinned by number and by name."""

from __future__ import annotations

import pytest

from syncengine.errors import End, LoginError
from tests.connectors.exact.world import DIVISION
from tests.exact_facts.desk import Desk


@pytest.fixture
def desk(tmp_path) -> Desk:
    made = Desk(tmp_path)
    made.customers(1)
    assert made.run().end is End.DONE
    return made


def rename(desk: Desk, name: str) -> None:
    table = desk.world.emulator.administration(DIVISION).table("system/Divisions")
    for key in list(table.keys()):
        table.put(key, {**(table.get(key) or {}), "Description": name}, 1)


def test_an_administration_of_another_name_is_neither_read_nor_written(desk):
    rename(desk, "Andere Zaak BV")
    desk.process()
    before = desk.calls()
    desk.customers(1, first=1)
    with pytest.raises(LoginError, match="Andere Zaak BV"):
        desk.run()
    assert desk.calls() == before + 1, "only its name was asked for"


def test_a_new_name_is_taken_over_once_the_mapping_says_it(desk):
    rename(desk, "Nieuwe Naam BV")
    desk.process(name="Nieuwe Naam BV")
    assert desk.run().end is End.DONE
    desk.process()
    assert desk.run().end is End.DONE, "it is the pinned one from now on"


def test_the_name_in_the_mapping_is_held_to(desk):
    desk.process(name="Iets Anders BV")
    with pytest.raises(LoginError, match="the mapping says name: Iets Anders BV"):
        desk.run()
    notes = desk.exact.check()
    assert [note.ok for note in notes] == [False]


def test_an_app_that_may_not_read_divisions_is_pinned_by_number_alone(tmp_path):
    desk = Desk(tmp_path)
    desk.world.fault("forbidden", path="*/system/Divisions", every=1)
    desk.customers(1)
    assert desk.run().end is End.DONE
    desk.world.emulator.faults.clear()
    desk.process()
    assert desk.run().end is End.DONE
