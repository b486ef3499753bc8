"""Logging in: the automatic way, the listener, the pasted address; and what is told afterwards."""

from __future__ import annotations

import socket
import threading
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from syncengine.errors import ConfigError, LoginError, StateError, UserError
from syncengine_connectors.exact import PLUGIN, log_in
from syncengine_connectors.exact import login as door
from syncengine_connectors.exact.connector import Exact
from syncengine_connectors.exact.consent import code_in
from syncengine_connectors.exact.options import read_settings
from tests.builders import rows
from tests.connectors.exact.world import DIVISION, SECRET, URL, World


def test_an_emulator_that_consents_by_itself_needs_no_browser(world):
    said: list[Any] = []
    log_in(world.options(), world.ports(), {"say": said.append})
    assert said == [
        "Exact 127.0.0.1-8123, profile default: logged in; 30 days left if it is not used, and each use renews it"
    ]
    side = PLUGIN.connect(world.options(), world.ports())
    assert all(note.ok for note in side.check())


def test_without_a_login_the_first_call_says_what_to_do(world):
    side = PLUGIN.connect(world.options(), world.ports())
    (note,) = side.check()
    assert not note.ok
    assert "sync login" in note.text


def test_a_pasted_address_logs_in(tmp_path):
    world = World(tmp_path)
    shown: list[Any] = []

    def browse(prompt: str) -> str:
        return follow(world, shown[-1])

    ask = {"show_url": shown.append, "read_answer": browse, "auto": False}
    door.login(world.options(), world.ports(), ask)
    assert shown[0].startswith(f"{URL}/api/oauth2/auth?client_id=")
    assert door.status(world.options(), world.ports())["logged_in"]


def follow(world: World, url: str) -> str:
    """What the browser's address line shows at the end."""
    answer = world.app.test_client().get(url.removeprefix(URL))
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_a_local_redirect_is_listened_for_once(tmp_path):
    world = World(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    answers: list[Any] = []

    def browse(url: str) -> None:
        def go() -> None:
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/favicon.ico", timeout=5)
            with urllib.request.urlopen(follow(world, url), timeout=5) as answer:
                answers.append(answer.read())

        threading.Thread(target=go).start()

    options = world.options(redirect_uri=f"http://127.0.0.1:{port}/back")
    door.login(options, world.ports(), {"show_url": browse, "auto": False})
    assert door.status(options, world.ports())["logged_in"]
    deadline = time.monotonic() + 5
    while not answers and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert answers == [b"You may close this page."]
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", port))


def test_nobody_comes_back_to_the_listener():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(LoginError, match="No answer came"):
        door.listen("127.0.0.1", port, "/", lambda: None, seconds=0.01)


def test_a_taken_port_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(LoginError, match="cannot be listened at"):
            door.listen("127.0.0.1", taken.getsockname()[1], "/", lambda: None, seconds=0.01)


CODES = [
    ("https://localhost/callback?code=a%21b%2Fc&state=s", "a!b/c", "decoded once"),
    ("https://localhost/callback?code=a%2521b&state=s", "a%21b", "not decoded twice"),
    ("code=ab&state=s", "ab", "the query alone"),
    ("  /back?state=s&code=ab\n", "ab", "path and query, with spaces around"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "code"), rows(CODES))
def test_the_code_is_found(answer, code):
    assert code_in(answer, "s") == code


REFUSED = [
    ("https://localhost/?code=ab&state=other", "its state differs", "an answer to another question"),
    ("https://localhost/?code=ab", "its state differs", "no state"),
    ("https://localhost/?state=s", "no code", "no code"),
    ("https://localhost/?error=access_denied&state=s", "access_denied", "the person refused"),
    ("", "no code", "nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "message"), rows(REFUSED))
def test_an_answer_is_refused(answer, message):
    with pytest.raises(LoginError, match=message):
        code_in(answer, "s")


def test_a_code_that_the_server_refuses_leaves_the_old_login_alone(world):
    log_in(world.options(), world.ports(), {})
    shown: list[str] = []
    ask = {
        "show_url": shown.append,
        "read_answer": lambda prompt: f"?code=made-up&{shown[0].partition('&state=')[2].join(('state=', ''))}",
        "auto": False,
    }
    with pytest.raises(LoginError, match="invalid_grant"):
        door.login(world.options(), world.ports(), ask)
    assert door.status(world.options(), world.ports())["logged_in"]


def test_nobody_at_the_terminal_is_said(tmp_path):
    world = World(tmp_path, auto_login=False)
    with pytest.raises(LoginError, match="nobody can be asked"):
        door.login(world.options(), world.ports(), {})


def test_only_a_server_on_this_machine_is_asked_for_consent_without_a_person(world, monkeypatch):
    shown: list[Any] = []
    options = {"division": DIVISION, "country": "nl", "client_id": "x", "client_secret": "y"}
    monkeypatch.setattr("syncengine_connectors.exact.profile.FileProfile.lasts", lambda self: True)
    with pytest.raises(LoginError, match="no code"):
        door.login(options, world.ports(), {"show_url": shown.append, "read_answer": lambda prompt: ""})
    assert world.calls() == []
    assert shown[0].startswith("https://start.exactonline.nl/api/oauth2/auth?")
    assert "client_secret" not in shown[0]


def test_a_login_for_the_real_server_wants_a_disk_that_lasts(world, monkeypatch):
    monkeypatch.setattr("syncengine_connectors.exact.profile.FileProfile.lasts", lambda self: False)
    options = {"division": DIVISION, "client_id": "x", "client_secret": "y"}
    with pytest.raises(StateError, match="does not outlive a restart"):
        door.login(options, world.ports(), {})


def test_status_counts_the_days_and_shows_no_secret(world):
    assert not door.status(world.options(), world.ports())["logged_in"]
    log_in(world.options(), world.ports(), {})
    world.clock.advance(20.75 * 86_400)
    found = door.status(world.options(), world.ports())
    assert found["days_left"] == 9
    assert SECRET not in str(found)
    side = PLUGIN.connect(world.options(), world.ports())
    world.clock.advance(10 * 86_400)
    assert not door.status(world.options(), world.ports())["logged_in"]
    assert [note.ok for note in side.check()] == [False]


def test_check_warns_before_the_login_runs_out(world):
    log_in(world.options(), world.ports(), {})
    side = PLUGIN.connect(world.options(limits={"reserve": 0.1}), world.ports())
    assert isinstance(side, Exact)
    assert "log in again soon" not in side.check()[0].text
    # A check renews the login; the warning is for one that cannot be renewed just now.
    world.clock.advance(21 * 86_400)
    assert "log in again soon" in side._login_note().text


def test_divisions_are_listed_with_the_pinned_one_marked(tmp_path):
    world = World(tmp_path, divisions=(DIVISION, 654321))
    log_in(world.options(), world.ports(), {})
    found = door.divisions(world.options(), world.ports())
    assert [(d["number"], d["pinned"]) for d in found] == [(DIVISION, True), (654321, False)]
    said: list[Any] = []
    log_in(world.options(), world.ports(), {"action": "divisions", "say": said.append})
    assert said == ["123456  Emulator 123456  NL", "654321  Emulator 654321  NL"]


def test_an_unknown_question_is_refused(world):
    with pytest.raises(UserError, match="login, status, divisions"):
        log_in(world.options(), world.ports(), {"action": "logout"})


def test_a_division_out_of_reach_asks_for_a_person(world):
    log_in(world.options(), world.ports(), {})
    side = PLUGIN.connect(world.options(division=999), world.ports())
    (note,) = [note for note in side.check() if not note.ok]
    assert "999" in note.text


def test_the_division_is_never_the_one_open_in_the_browser(tmp_path):
    world = World(tmp_path, divisions=(DIVISION, 654321))
    side = world.connect()
    side.check()
    world.emulator.current_division = 654321
    side.check()
    assert side.identity() == f"exact nl {DIVISION} at emulator.invalid"
    assert not [path for path in world.calls() if "654321" in path]


OPTIONS = [
    ({"client_secret": "x"}, "client_id and client_secret are missing", "no app"),
    ({"client_id": "x", "client_secret": "y", "url": "http://exact.example"}, "without https", "secrets over an open line"),
    ({"client_id": "x", "client_secret": "y", "url": "https://u:p@exact.example"}, "user or password", "a password in an address"),
    ({"client_id": "x", "client_secret": "y", "url": "127.0.0.1:8123"}, "no address", "no scheme"),
    ({"client_id": "x", "client_secret": "y", "url": "http://127.0.0.1:1/api"}, "no address", "a path"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "message"), rows(OPTIONS))
def test_options_that_do_not_go_together_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        read_settings({"division": 1, **options})


def test_no_secret_shows_in_the_settings():
    made = read_settings({"division": 1, "client_id": "x", "client_secret": "hush"})
    assert "hush" not in repr(made)


def test_the_embedded_emulator_must_be_there(world):
    ports = world.ports()
    with pytest.raises(ConfigError, match="embedded emulator"):
        PLUGIN.connect(
            {"division": 1, "url": "emulator"},
            type(ports)(root=ports.root, state=ports.state, credentials=ports.credentials),
        )
