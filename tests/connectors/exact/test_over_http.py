"""The same over real sockets and between real processes."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncengine.connector import Query
from syncengine.errors import Transient
from syncengine.model.operation import Written
from syncengine.ports import Ports
from syncengine_connectors.exact import PLUGIN, log_in
from syncengine_connectors.exact.options import read_settings
from syncengine_connectors.exact.profile import FileProfile, Tokens
from syncengine_connectors.exact.wiring import wire
from tests.connectors.exact.world import DIVISION, create

REFRESHER = """
import json, sys
from pathlib import Path
from syncengine.ports import Ports
from syncengine_connectors.exact.options import read_settings
from syncengine_connectors.exact.wiring import wire
folder = Path(sys.argv[1])
wires = wire(read_settings(json.loads(sys.argv[2])), Ports(root=folder, state=folder, credentials=folder / "credentials"))
print(wires.keeper.token().access)
wires.http.close()
"""


class Server:
    """An emulator in a process of its own."""

    def __init__(self, repository: Path) -> None:
        command = [sys.executable, "-m", "exact_emulator", "--port", "0", "--auto-login", "--limits", "off", "--admin"]
        self.process = subprocess.Popen(
            command, cwd=repository / "connectors", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        self.told: dict[str, Any] = json.loads(self.process.stdout.readline())

    @property
    def options(self) -> dict[str, Any]:
        return {
            "division": DIVISION,
            "url": self.told["address"],
            "client_id": self.told["client_id"],
            "client_secret": self.told["client_secret"],
        }

    def admin(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.told['address']}/_admin/{path}", data, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def calls(self, part: str) -> int:
        return sum(part in entry["path"] for entry in self.admin("requests")["requests"])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def server(repository) -> Iterator[Server]:
    made = Server(repository)
    yield made
    made.stop()


@pytest.fixture
def ports(tmp_path) -> Ports:
    return Ports(root=tmp_path, state=tmp_path, credentials=tmp_path / "credentials")


def test_login_write_read_and_a_server_that_goes_away(server, ports):
    log_in(server.options, ports, {})
    side = PLUGIN.connect(server.options, ports)
    assert all(note.ok for note in side.check())
    for n in range(3):
        (outcome,) = side.write([create({"Name": f"Café {n} & zn"})])
        assert isinstance(outcome, Written)
    query = Query(resource="Accounts", fields=("Name",))
    pages = list(side.pull(query, None))
    names = {side.parse(query, row).fields["Name"] for page in pages for row in page.rows}
    assert names == {"Café 0 & zn", "Café 1 & zn", "Café 2 & zn"}
    server.stop()
    (outcome,) = side.write([create({"Name": "te laat"})])
    assert isinstance(outcome, Transient), "nobody listens: it surely never left"
    side.close()


def test_processes_that_refresh_at_once_make_one_call(server, ports, tmp_path, repository):
    log_in(server.options, ports, {})
    before = server.calls("oauth2/token")
    server.admin("clock", {"advance_s": 580})
    wires = wire(read_settings(server.options), ports)
    profile = wires.profile
    assert isinstance(profile, FileProfile)
    chain = profile.load()
    assert chain.current is not None
    old = Tokens(
        access=chain.current.access,
        refresh=chain.current.refresh,
        asked=chain.current.asked - 580,
        answered=chain.current.answered - 580,
    )
    profile.save(type(chain)(current=old))
    wires.http.close()
    command = [sys.executable, "-c", REFRESHER, str(tmp_path), json.dumps(server.options)]
    path = f"{repository}:{repository / 'connectors'}"
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": path}) for _ in range(6)]
    got = [process.communicate(timeout=60)[0].strip() for process in running]
    assert len(set(got)) == 1
    assert got[0]
    assert got[0] != old.access
    assert server.calls("oauth2/token") == before + 1
