"""``-v`` tells the steps of a run, ``-vv`` each call to a side too: ids, counts and durations, on stderr, and nobody's name."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import httpx
import pytest

from syncengine.errors import Uncertain
from syncengine.testing.fakes import FakeClock
from syncengine_connectors.http import HttpClient
from tests.builders import rows
from tests.cli.conftest import Sync, change

STEPS = """\
syncengine.run: run 2: recovered 0 operations, in
syncengine.survey: customers: shop sent 2 rows (all), 1 new, 0 deleted, in
syncengine.survey: customers: books sent 2 rows (all), 1 new, 0 deleted, in
syncengine.run: planned 1 operations, 0 links; 0 items wait, 0 guards speak, in
syncengine.run: applied 1 of 1 operations, 0 withheld, in
syncengine.run: run 2 ends 0 (done), 0 items wait
"""


def test_each_step_of_a_run_is_told_with_counts_and_time(begun: Path, sync: Sync) -> None:
    change(begun / "shop" / "customers.csv", "Delft", "Zwaanstadje")
    said = sync("run", "-v", "--json")
    assert said.end == 0
    assert json.loads(said.out), "the result stands alone on stdout"
    told = [re.sub(r"^\d\d:\d\d:\d\d | [\d.]+ s$", "", line) for line in said.err.splitlines()]
    assert told == STEPS.splitlines()
    assert "Zwaanstadje" not in said.err


def test_without_it_nothing_is_logged_not_even_after_a_command_that_did(begun: Path, sync: Sync) -> None:
    assert "syncengine.run" in sync("plan", "-v").err
    assert "syncengine" not in sync("plan").err
    assert logging.getLogger("syncengine").handlers == []


def send(handle, target: str) -> None:
    transport = httpx.MockTransport(handle)
    HttpClient("https://side.example", FakeClock(), transport=transport).send("GET", target, changing=True)


CALLS = [
    ("/api/v1/1/crm/Accounts", "GET /api/v1/1/crm/Accounts 200, 0 ms", "a resource"),
    ("/crm/Accounts?$filter=Email%20eq%20'jan@x.example'", "GET /crm/Accounts 200, 0 ms", "a filter is not told"),
    ("/crm/Accounts(guid'7-4')", "GET /crm/Accounts(…) 200, 0 ms", "nor is a key"),
    ("/logistics/Items('jan@x.example", "GET /logistics/Items(…) 200, 0 ms", "nor half of one"),
    ("/logistics/Items('a)jan@x.example')", "GET /logistics/Items(…) 200, 0 ms", "nor behind a bracket in one"),
]


@pytest.mark.parametrize(("target", "told"), rows(CALLS))
def test_a_call_is_told_by_its_resource(caplog: pytest.LogCaptureFixture, target: str, told: str) -> None:
    caplog.set_level(logging.DEBUG, "syncengine_connectors")
    send(lambda request: httpx.Response(200), target)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("syncengine")] == [told]
    assert caplog.records[0].levelno == logging.DEBUG


def test_a_call_without_an_answer_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("for jan@x.example")

    caplog.set_level(logging.DEBUG, "syncengine_connectors")
    with pytest.raises(Uncertain):
        send(silent, "/crm/Accounts?x=jan")
    assert [record.getMessage() for record in caplog.records if record.name.startswith("syncengine")] == [
        "GET /crm/Accounts ReadTimeout"
    ]
