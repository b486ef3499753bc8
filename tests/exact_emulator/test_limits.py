"""Call limits, their headers, and the block after too many errors."""

from __future__ import annotations

import pytest

from tests.builders import rows

MINUTE = ("X-RateLimit-Minutely-Limit", "X-RateLimit-Minutely-Remaining", "X-RateLimit-Minutely-Reset")
DAILY = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
NOON_MS = 1_782_900_000_000


def limits_of(answer):
    return {name: answer.headers[name] for name in (*MINUTE, *DAILY) if name in answer.headers}


def test_every_answer_tells_what_is_left(make):
    client = make(limits=True)
    first = client.get("crm/Accounts")
    assert limits_of(first) == {
        "X-RateLimit-Minutely-Limit": "60", "X-RateLimit-Minutely-Remaining": "59",
        "X-RateLimit-Minutely-Reset": str(NOON_MS + 60_000), "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4999",
        "X-RateLimit-Reset": str(NOON_MS + 14 * 3_600_000),
    }  # fmt: skip
    refused = client.get("crm/Accounts", filter="Nope eq 1")
    assert limits_of(refused)["X-RateLimit-Minutely-Remaining"] == "58"


def test_the_sixty_first_call_of_a_minute_is_refused_with_the_minute_s_headers(make):
    client = make(limits=True)
    assert {client.get("crm/Accounts").status_code for _ in range(60)} == {200}
    refused = client.get("crm/Accounts")
    assert (refused.status_code, refused.content) == (429, b"")
    assert set(limits_of(refused)) == set(MINUTE)
    assert refused.headers["X-RateLimit-Minutely-Remaining"] == "0"
    client.emulator.clock.advance(59)
    assert client.get("crm/Accounts").status_code == 429
    client.emulator.clock.advance(1)
    assert client.get("crm/Accounts").headers["X-RateLimit-Remaining"] == "4939", "a refused call costs nothing"


def test_the_day_is_refused_with_the_day_s_headers(make):
    client = make(limits=True, per_day=3)
    assert [client.get("crm/Accounts").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("crm/Accounts")
    assert set(limits_of(refused)) == set(DAILY)
    client.emulator.clock.advance(14 * 3600)
    client.login()
    assert client.get("crm/Accounts").status_code == 200


def test_administrations_have_allowances_of_their_own(make):
    client = make(limits=True, divisions=(1, 2), per_minute=1)
    assert client.get("crm/Accounts", division=1).status_code == 200
    assert client.get("crm/Accounts", division=1).status_code == 429
    assert client.get("crm/Accounts", division=2).status_code == 200


@pytest.mark.parametrize("switches", rows([({}, "429"), ({"error_block_status": 403}, "403")]))
def test_the_eleventh_error_blocks_the_endpoint_for_an_hour(make, switches):
    client = make(limits=True, **switches)
    status = switches.get("error_block_status", 429)
    assert [client.get("crm/Accounts", filter="Nope eq 1").status_code for _ in range(11)] == [400] * 11
    assert client.get("crm/Accounts").status_code == status
    assert client.get("crm/Contacts").status_code == 200
    client.emulator.clock.advance(3599)
    client.login()
    assert client.get("crm/Accounts").status_code == status
    client.emulator.clock.advance(3601)
    client.login()
    assert client.get("crm/Accounts").status_code == 200


def test_errors_of_an_hour_ago_do_not_count(make):
    client = make(limits=True)
    for _ in range(10):
        client.get("crm/Accounts", filter="Nope eq 1")
    client.emulator.clock.advance(3601)
    client.login()
    client.get("crm/Accounts", filter="Nope eq 1")
    assert client.get("crm/Accounts").status_code == 200


def test_business_refusals_block_nothing(make):
    client = make(limits=True)
    for _ in range(15):
        assert client.post("crm/Accounts").status_code == 500
    assert client.post("crm/Accounts", Name="A").status_code == 201


def test_limits_can_be_off(make):
    client = make(limits=False)
    answers = [client.get("crm/Accounts", filter="Nope eq 1") for _ in range(70)]
    assert {a.status_code for a in answers} == {400}
    assert limits_of(answers[0]) == {}
