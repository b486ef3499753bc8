"""Pacing on a clock that tests own: the whole allowance, never more, and every kind of 429."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field

import pytest

from syncengine.errors import StateError, Transient
from syncengine.testing.fakes import FakeClock
from syncengine_connectors.http import Answer, FileLedger, Limits, MemoryLedger, Pacer
from syncengine_connectors.http.limits import read_windows
from tests.builders import rows

ENDPOINT = "crm/Accounts"


@dataclass
class Server:
    """Counts calls in clock minutes, as Exact seems to, and in any sixty seconds, as we promise."""

    clock: FakeClock
    limit: int = 60
    calls: list[float] = field(default_factory=list)
    refused: int = 0

    def call(self, latency: float = 0.2) -> Answer:
        self.clock.advance(latency / 2)
        now = self.clock.now().timestamp()
        used = sum(at // 60 == now // 60 for at in self.calls)
        if used >= self.limit:
            self.refused += 1
            status = 429
        else:
            self.calls.append(now)
            used += 1
            status = 200
        self.clock.advance(latency / 2)
        headers = {
            "x-ratelimit-limit": "50000",
            "x-ratelimit-remaining": str(50000 - len(self.calls)),
            "x-ratelimit-minutely-limit": str(self.limit),
            "x-ratelimit-minutely-remaining": str(self.limit - used),
            "x-ratelimit-minutely-reset": str(int((now // 60 + 1) * 60_000)),
        }
        return Answer(status=status, headers=headers, body=b"")

    def most_in_a_minute(self) -> int:
        return max(sum(start <= at < start + 60 for at in self.calls) for start in self.calls)


def pacer(clock, ledger=None, **limits) -> Pacer:
    return Pacer(ledger or MemoryLedger(), clock, Limits(**limits))


def work(made: Pacer, server: Server, count: int, latency: float = 0.2) -> None:
    for _ in range(count):
        noted = made.enter(ENDPOINT)
        made.leave(noted, ENDPOINT, server.call(latency))


@pytest.mark.parametrize("limit", [60, 300])
def test_steady_work_uses_almost_the_whole_minute_and_never_more(limit):
    clock = FakeClock()
    server = Server(clock, limit)
    made = pacer(clock)
    work(made, server, limit, latency=0.1)
    begun = clock.now()
    work(made, server, limit * 6, latency=0.1)
    minutes = (clock.now() - begun).total_seconds() / 60
    assert server.refused == 0
    assert server.most_in_a_minute() <= limit
    assert limit * 6 / minutes >= 0.98 * limit


def test_two_processes_share_one_allowance(tmp_path):
    clock = FakeClock()
    server = Server(clock)
    one, two = (pacer(clock, FileLedger(tmp_path / "x.calls")) for _ in range(2))
    for _ in range(150):
        work(one, server, 1)
        work(two, server, 1)
    assert server.refused == 0
    assert server.most_in_a_minute() <= 60


def test_another_program_of_the_same_app_is_noticed_by_the_headers():
    clock = FakeClock()
    server = Server(clock)
    server.calls = [clock.now().timestamp()] * 40
    work(pacer(clock), server, 40)
    assert server.refused == 0


REFUSALS = [
    # headers, seconds until the next call, why
    ({"x-ratelimit-minutely-limit": "60", "x-ratelimit-minutely-remaining": "0", "x-ratelimit-minutely-reset": "+25"}, 25, "minute"),
    ({"x-ratelimit-minutely-limit": "60", "x-ratelimit-minutely-remaining": "7", "x-ratelimit-minutely-reset": "+25"}, 25, "some left, by the headers"),
    ({}, 60, "no headers"),
    ({"x-ratelimit-minutely-reset": "+999999"}, 60, "a reset in the far future"),
    ({"x-ratelimit-minutely-reset": "-999999"}, 60, "a reset in the far past"),
    ({"x-ratelimit-minutely-reset": "soon", "x-ratelimit-minutely-remaining": "-3"}, 60, "words for numbers"),
    ({"x-ratelimit-minutely-reset": "9" * 400}, 60, "a number without end"),
    ({"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "+7200"}, 7200, "day"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "seconds"), rows(REFUSALS))
def test_after_a_429_nothing_is_sent_until(headers, seconds):
    clock = FakeClock()
    now = clock.now().timestamp()
    told = {
        k: str(int((now + float(v)) * 1000)) if v[0] in "+-" and v[1:].isdigit() and k.endswith("reset") else v
        for k, v in headers.items()
    }
    made = pacer(clock)
    answer = made.leave(made.enter(ENDPOINT), ENDPOINT, Answer(status=429, headers=told, body=b""))
    assert answer.retry_after == pytest.approx(seconds, abs=0.1)
    if seconds > 120:
        with pytest.raises(Transient, match="the day's calls are spent"):
            made.enter(ENDPOINT)
        clock.advance(seconds + 1)
    made.enter(ENDPOINT)
    assert clock.now().timestamp() - now == pytest.approx(seconds, abs=2)


def test_a_twentieth_of_the_day_is_kept_back():
    clock = FakeClock()
    made = pacer(clock, day=100)
    assert made.left() == (60, 95)
    for _ in range(95):
        made.leave(made.enter(ENDPOINT), ENDPOINT, Answer(status=200, headers={}, body=b""))
    with pytest.raises(Transient, match=r"100 allowed, 5% kept back") as caught:
        made.enter(ENDPOINT)
    assert caught.value.retry_after is not None
    clock.advance(caught.value.retry_after)
    assert made.left() == (60, 95)
    made.enter(ENDPOINT)


def test_the_day_is_what_the_headers_say():
    clock = FakeClock()
    made = pacer(clock)
    reset = int((clock.now().timestamp() + 3600) * 1000)
    told = {"x-ratelimit-limit": "9000", "x-ratelimit-remaining": "1000", "x-ratelimit-reset": str(reset)}
    made.leave(made.enter(ENDPOINT), ENDPOINT, Answer(status=200, headers=told, body=b""))
    assert made.left() == (60, 1000 - 450)
    clock.advance(3600)
    assert made.left() == (60, 9000 - 450)


def test_a_larger_minute_is_used_and_our_own_limit_holds_below_it():
    clock = FakeClock()
    told = {"x-ratelimit-minutely-limit": "300"}
    for limits, expected in (({}, 300), ({"minute": 30}, 30)):
        made = pacer(clock, **limits)
        made.leave(made.enter(ENDPOINT), ENDPOINT, Answer(status=200, headers=told, body=b""))
        assert made.left()[0] == expected


def test_a_server_on_this_machine_without_limits_is_not_paced():
    clock = FakeClock()
    made = Pacer(MemoryLedger(), clock, Limits(), local=True)
    for _ in range(500):
        made.leave(made.enter(ENDPOINT), ENDPOINT, Answer(status=200, headers={}, body=b""))
    assert clock.slept == []
    assert made.left() == (None, None)


def test_seven_refusals_close_an_endpoint_for_an_hour_and_no_other():
    clock = FakeClock()
    made = pacer(clock)
    for status in (400, 401, 403, 404, 400, 500, 409, 400, 400):
        made.leave(made.enter(ENDPOINT), ENDPOINT, Answer(status=status, headers={}, body=b""))
        clock.advance(10)
    with pytest.raises(Transient, match="crm/Accounts refused 7 requests within an hour"):
        made.enter(ENDPOINT)
    made.enter("crm/Contacts")
    clock.advance(3600)
    made.enter(ENDPOINT)


def test_a_clock_set_back_does_not_stop_the_pace_for_hours():
    clock = FakeClock()
    made = pacer(clock)
    for _ in range(60):
        made.leave(made.enter(ENDPOINT), ENDPOINT, Answer(status=200, headers={}, body=b""))
    clock.step(-7200)
    made.enter(ENDPOINT)
    assert sum(clock.slept) <= 61


def test_a_call_without_answer_counts(tmp_path):
    clock = FakeClock()
    made = pacer(clock, minute=1)
    made.lost(made.enter(ENDPOINT))
    made.enter(ENDPOINT)
    assert sum(clock.slept) == pytest.approx(60, abs=0.1)


def test_the_ledger_outlives_the_process_and_damage(tmp_path):
    clock, path = FakeClock(), tmp_path / "x.calls"
    pacer(clock, FileLedger(path), day=100).enter(ENDPOINT)
    assert pacer(clock, FileLedger(path), day=100).left() == (60, 94)
    assert path.stat().st_mode & 0o777 == 0o600
    for damage in (b"", b"{", b"[]", b'{"calls": "x"}', b'{"minute": "sixty"}', b'{"calls": null}', b"\xff"):
        path.write_bytes(damage)
        assert pacer(clock, FileLedger(path), day=100).left() == (60, 95)
    path.write_text(json.dumps({"calls": [], "from": "a newer version"}))
    pacer(clock, FileLedger(path)).enter(ENDPOINT)


def test_a_ledger_that_cannot_be_written_stops_before_the_call(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StateError, match="call ledger cannot be written"):
        pacer(FakeClock(), FileLedger(blocked / "x.calls")).enter(ENDPOINT)


def test_threads_lose_no_count(tmp_path):
    clock, path = FakeClock(), tmp_path / "x.calls"

    def run() -> None:
        for _ in range(20):
            pacer(clock, FileLedger(path), minute=1000, day=1000).enter(ENDPOINT)

    threads = [threading.Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with FileLedger(path).change() as count:
        assert count.left == 900


def test_reset_is_read_as_milliseconds_of_real_utc():
    now = 1_795_165_200.0
    minute, day = read_windows(
        {
            "x-ratelimit-minutely-reset": "1795165225000",
            "x-ratelimit-reset": "1795219200000",
            "x-ratelimit-limit": "5000",
        },
        now,
    )
    assert (minute.reset, minute.limit) == (now + 25, None)
    assert (day.reset, day.limit) == (1_795_219_200.0, 5000)
