"""The emulator as a process."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from exact_emulator import Settings
from exact_emulator.serve import main, parser
from tests.builders import rows

REDIRECT = "http://localhost:9/callback"


@contextmanager
def running(repository, *options):
    """Start a process and give it with what it printed when ready; it is killed in the end."""
    command = [sys.executable, "-m", "exact_emulator", "--port", "0", "--division", "77", *map(str, options)]
    environment = {**os.environ, "PYTHONPATH": str(repository / "connectors")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield process, json.loads(line)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def login(ready):
    """Give a client that has logged in as an app does."""
    with httpx.Client(base_url=ready["address"], headers={"Accept": "application/json"}) as client:
        app = {"client_id": ready["client_id"]}
        asked = client.get("/api/oauth2/auth", params=app | {"redirect_uri": REDIRECT, "response_type": "code"})
        code = parse_qs(urlsplit(asked.headers["Location"]).query)["code"][0]
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        form = app | grant | {"client_secret": ready["client_secret"]}
        client.headers["Authorization"] = "Bearer " + client.post("/api/oauth2/token", data=form).json()["access_token"]
        yield client


def test_it_starts_serves_and_ends_on_sigterm(repository, tmp_path):
    seed = tmp_path / "seed.json"
    seed.write_text('\ufeff{"d":{"results":[{"Name":"seeded"}]}}', encoding="utf-8")
    with running(repository, "--seed", f"Accounts={seed}", "--auto-login", "--admin", "--client-id", "me") as (
        process,
        ready,
    ):
        assert ready["address"].startswith("http://127.0.0.1:")
        assert (ready["client_id"], ready["division"]) == ("me", 77)
        with login(ready) as client:
            d = client.get("/api/v1/77/crm/Accounts").json()["d"]
            assert [row["Name"] for row in d["results"]] == ["seeded"]
            assert d["results"][0]["__metadata"]["uri"].startswith(ready["address"])
            assert client.get("/_admin/records/Accounts").json()["count"] == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_it_ends_on_sigint(repository):
    with running(repository) as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_what_was_answered_outlasts_a_kill(repository, tmp_path):
    data = ("--data", tmp_path, "--auto-login", "--admin")
    with running(repository, *data) as (process, ready), login(ready) as client:
        assert client.post("/api/v1/77/crm/Accounts", json={"Name": "kept"}).status_code == 201
        client.post("/_admin/clock", json={"advance_s": 100})
        process.kill()
        process.wait(10)
    with (
        running(repository, *data) as (_, again),
        httpx.Client(base_url=again["address"], headers=client.headers) as second,
    ):
        rows_ = second.get("/api/v1/77/crm/Accounts").json()["d"]["results"]
        assert [row["Name"] for row in rows_] == ["kept"]


def test_a_dropped_connection_is_one(repository, tmp_path):
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps([
        {"kind": "timeout_done", "method": "POST", "path": "crm/Accounts"},
        {"kind": "half_body", "method": "GET", "path": "crm/Accounts"},
    ]))  # fmt: skip
    with running(repository, "--auto-login", "--faults", faults) as (process, ready), login(ready) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            client.post("/api/v1/77/crm/Accounts", json={"Name": "A"})
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            client.get("/api/v1/77/crm/Accounts")
        assert len(client.get("/api/v1/77/crm/Accounts").json()["d"]["results"]) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert "Traceback" not in process.stderr.read()


def test_limits_and_switches_are_options(repository):
    options = ("--limits", "on", "--per-minute", "2", "--auto-login", "--set", "exact_case=off", "--language", "EN")
    with running(repository, *options) as (_, ready), login(ready) as client:
        assert client.post("/api/v1/77/crm/accounts", json={}).json()["error"]["message"]["value"] == "Mandatory: Name"
        assert [client.get("/api/v1/77/crm/Accounts").status_code for _ in range(2)] == [200, 429]


def test_behind_a_proxy_for_tls_links_lead_back_to_the_proxy(repository):
    with running(repository, "--auto-login") as (_, ready), login(ready) as client:
        proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "exact.test"}
        row = client.get("/api/v1/77/system/Divisions", headers=proxied).json()["d"]["results"][0]
        assert row["__metadata"]["uri"] == "https://exact.test/api/v1/77/system/Divisions(77)"


def test_the_docs_name_every_option_and_switch(repository):
    text = (repository / "docs" / "emulator.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:--)?([a-z_-]+)", text))
    options = {action.option_strings[-1].removeprefix("--") for action in parser()._actions} - {"help"}
    switches = set(Settings.__dataclass_fields__) - {"divisions", "user", "person", "request_log"}
    assert sorted(options - named) == []
    assert (
        sorted(s for s in switches if not {s, s.replace("_", "-")} & named and s not in {"faults", "admin", "data"})
        == []
    )


BAD = [
    (["--seed", "Accounts"], "expected RESOURCE=FILE", "a seed without a file"),
    (["--seed", "Accounts=/nowhere.json"], "No such file", "a seed that is not there"),
    (["--seed", f"Nothing={os.devnull}"], "Nothing", "a seed of an unknown resource"),
    (["--set", "nonsense=1"], "no switch nonsense", "an unknown switch"),
    (["--set", "exact_case=maybe"], "on or off", "a switch with a strange value"),
    (["--set", "long_text=shorten"], "refuse, truncate, keep", "a switch with a value it does not know"),
    (["--faults", "/nowhere.json"], "No such file", "faults that are not there"),
]


@pytest.mark.parametrize(("options", "says"), rows(BAD))
def test_options_that_cannot_be_used(capsys, options, says):
    assert main(options) == 2
    assert says in capsys.readouterr().err


def test_a_port_that_is_taken(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["--port", str(taken.getsockname()[1])]) == 2
    assert "cannot listen" in capsys.readouterr().err
