"""How a server's clock goes, by the date of its answers; a date that is none tells nothing."""

from __future__ import annotations

import httpx
import pytest

from syncengine.testing.fakes import FakeClock
from syncengine_connectors.http import HttpClient
from tests.builders import rows

DATES = [
    ("Fri, 20 Nov 2026 09:00:00 GMT", 0.0, "the same time"),
    ("Fri, 20 Nov 2026 09:06:40 GMT", 400.0, "ahead"),
    ("Fri, 20 Nov 2026 08:00:00 GMT", -3600.0, "an hour behind"),
    ("Fri, 20 Nov 2026 10:00:00 +0100", 0.0, "another zone"),
    ("Fri, 20 Nov 2026 09:00:00 -0000", 0.0, "no zone is UTC"),
    (None, None, "no date"),
    ("", None, "an empty date"),
    ("now", None, "no date at all"),
    ("Fri, 99 Nov 2026 09:00:00 GMT", None, "a day that does not exist"),
    ("Fri, 20 Nov 99999999999999999999 09:00:00 GMT", None, "a year out of all bounds"),
    ("Fri, 20 Nov 2026 09:00:00 +99999999", None, "a zone out of all bounds"),
]


@pytest.mark.parametrize(("date", "ahead"), rows(DATES))
def test_the_date_of_an_answer_tells_how_the_server_s_clock_goes(date: str | None, ahead: float | None) -> None:
    headers = {} if date is None else {"Date": date}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers))
    client = HttpClient("https://side.example", FakeClock(), transport=transport)
    assert client.ahead is None
    client.send("GET", "/x")
    assert client.ahead == ahead
