"""The login, as the server does it."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from exact_emulator import Emulator, Settings, create_app
from tests.builders import rows
from tests.exact_emulator.conftest import DIVISION, NOON

REDIRECT = "https://app.example/callback"
DAY = 86400


class App:
    """An app that logs in by hand."""

    def __init__(self, **switches):
        chosen: dict[str, Any] = {"start": NOON, "random_seed": 1, "auto_login": True} | switches
        self.settings = Settings(**chosen)
        self.emulator = Emulator(self.settings)
        transport = httpx.WSGITransport(app=create_app(emulator=self.emulator))
        self.http = httpx.Client(transport=transport, base_url="https://exact.test")
        self.client = {"client_id": self.settings.client_id, "client_secret": self.settings.client_secret}

    def authorise(self, **changes):
        query = {
            "client_id": self.settings.client_id,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "state": "s&t",
        }
        return self.http.get("/api/oauth2/auth", params=query | changes)

    def code(self):
        return parse_qs(urlsplit(self.authorise().headers["Location"]).query)["code"][0]

    def token(self, **form):
        return self.http.post("/api/oauth2/token", data=self.client | form)

    def redeem(self, code, **changes):
        return self.token(**{"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT} | changes)

    def refresh(self, token):
        return self.token(grant_type="refresh_token", refresh_token=token)

    def login(self):
        return self.redeem(self.code()).json()

    def me(self, access):
        return self.http.get("/api/v1/current/Me", headers={"Authorization": f"Bearer {access}"})


@pytest.fixture
def app():
    return App()


def test_auto_login_redirects_at_once_with_code_and_state(app):
    answer = app.authorise()
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["state"] == ["s&t"]
    # The code needs decoding exactly once.
    assert query["code"][0] not in answer.headers["Location"]


def test_without_auto_login_a_person_agrees_on_a_page():
    app = App(auto_login=False)
    page = app.authorise()
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert 'value="s&amp;t"' in page.text
    fields = {"client_id": app.settings.client_id, "redirect_uri": REDIRECT, "response_type": "code", "state": "s&t"}
    agreed = app.http.post("/api/oauth2/auth", data=fields)
    assert agreed.headers["Location"].startswith(REDIRECT + "?code=")


@pytest.mark.parametrize(
    ("changes", "switches"),
    rows([
        ({"client_id": "other"}, {}, "an unknown app"),
        ({"response_type": "token"}, {}, "another response type"),
        ({"redirect_uri": ""}, {}, "no way back"),
        ({"redirect_uri": "https://evil.example/"}, {"redirect_uris": (REDIRECT,)}, "a way back that is not registered"),
    ]),
)  # fmt: skip
def test_a_wrong_authorisation_goes_nowhere(changes, switches):
    answer = App(**switches).authorise(**changes)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_the_token_answer(app):
    tokens = app.login()
    assert set(tokens) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", "600")
    assert app.me(tokens["access_token"]).status_code == 200


def test_a_code_works_once(app):
    code = app.code()
    assert app.redeem(code).status_code == 200
    assert app.redeem(code).json()["error"] == "invalid_grant"


def test_a_code_lives_three_minutes(app):
    young, old = app.code(), app.code()
    app.emulator.clock.advance(180)
    assert app.redeem(young).status_code == 200
    app.emulator.clock.advance(1)
    assert app.redeem(old).status_code == 400


@pytest.mark.parametrize(
    ("form", "error"),
    rows([
        ({"client_secret": "wrong"}, "invalid_client", "a wrong secret"),
        ({"client_id": "wrong"}, "invalid_client", "a wrong app"),
        ({"redirect_uri": "https://other.example"}, "invalid_grant", "another way back"),
        ({"grant_type": "password"}, "unsupported_grant_type", "another grant"),
    ]),
)  # fmt: skip
def test_a_wrong_token_call(app, form, error):
    answer = app.redeem(app.code(), **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_the_access_token_lives_600_seconds(app):
    access = app.login()["access_token"]
    app.emulator.clock.advance(599)
    assert app.me(access).status_code == 200
    app.emulator.clock.advance(1)
    expired = app.me(access)
    assert (expired.status_code, expired.content) == (401, b"")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic x"])
def test_no_call_without_a_token(app, header):
    answer = app.http.get(f"/api/v1/{DIVISION}/crm/Accounts", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401


def test_the_401_can_be_html():
    assert App(unauthorized_body="html").me("x").text.startswith("<html>")


@pytest.mark.parametrize("status", [400, 401])
def test_a_refresh_before_570_seconds_is_refused_and_changes_nothing(status):
    app = App(early_refresh_status=status)
    tokens = app.login()
    app.emulator.clock.advance(569)
    early = app.refresh(tokens["refresh_token"])
    assert early.status_code == status
    assert early.json() == {
        "error": "access_denied",
        "error_description": "Rate limit exceeded: access_token not expired",
    }
    assert early.headers["Reason"].startswith("TooEarlyToRefreshTokens")
    app.emulator.clock.advance(1)
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_a_refresh_rotates_and_the_old_token_is_dead(app):
    first = app.login()
    app.emulator.clock.advance(580)
    second = app.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert app.me(first["access_token"]).status_code == 200, "the old access token lives out its time"
    assert app.me(second["access_token"]).status_code == 200
    app.emulator.clock.advance(580)
    reused = app.refresh(first["refresh_token"])
    assert (reused.status_code, reused.json()) == (
        401,
        {"error": "unauthorized_client", "error_description": "Old refresh token used."},
    )
    assert app.refresh(second["refresh_token"]).status_code == 200


@pytest.mark.parametrize(("day", "status"), rows([(23, 200, "day 23"), (30, 200, "day 30"), (31, 400, "day 31")]))
def test_a_refresh_token_lives_30_days(app, day, status):
    tokens = app.login()
    app.emulator.clock.advance(day * DAY)
    answer = app.refresh(tokens["refresh_token"])
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["error"] == "invalid_request"
        assert answer.json()["error_description"] == (
            "The refresh token expired at 7/31/2026 10:00:00 AM and it is now 8/1/2026 10:00:00 AM"
        )


def test_an_unknown_refresh_token(app):
    answer = app.refresh("nonsense")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_logins_do_not_disturb_each_other(app):
    one, other = app.login(), app.login()
    app.emulator.clock.advance(580)
    assert app.refresh(one["refresh_token"]).status_code == 200
    assert app.refresh(other["refresh_token"]).status_code == 200


def test_a_day_has_200_token_calls(app):
    for _ in range(200):
        app.refresh("nonsense")
    assert app.refresh("nonsense").status_code == 429
    app.emulator.clock.advance(DAY)
    assert app.refresh("nonsense").status_code == 400


def test_tokens_survive_a_restart(tmp_path):
    first = App(data=tmp_path)
    tokens = first.login()
    first.emulator.clock.advance(575)
    access = first.refresh(tokens["refresh_token"]).json()["access_token"]
    first.emulator.close()
    second = App(data=tmp_path)
    assert second.me(access).status_code == 200
    assert second.refresh(tokens["refresh_token"]).status_code == 401
    second.emulator.close()


def test_the_log_of_calls_holds_no_secret(app):
    tokens = app.login()
    app.me(tokens["access_token"])
    shown = str(app.emulator.requests.show())
    assert "/api/oauth2/token" in shown
    for secret in (app.settings.client_secret, tokens["access_token"], tokens["refresh_token"], "stampNL001"):
        assert secret not in shown


BASIC = [
    ("8f0d2c1e-emulator-client:emulator-secret", True, 200, "id and secret of the app"),
    ("8f0d2c1e-emulator-client:wrong", True, 400, "a wrong secret"),
    ("no colon", True, 400, "no pair"),
    ("8f0d2c1e-emulator-client:emulator-secret", False, 400, "switched off"),
]


@pytest.mark.parametrize(("pair", "allowed", "status"), rows(BASIC))
def test_an_app_may_name_itself_in_a_header(make, pair, allowed, status):
    client = make(basic_client_auth=allowed)
    tokens = client.emulator.issue_tokens()
    client.emulator.clock.advance(580)
    header = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert client.http.post("/api/oauth2/token", data=form, headers=header).status_code == status
