"""The doors at which bytes of others come in, each as a function that takes any bytes and lets only an unclean end through."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx

from syncengine.cli.decisions import read_decisions
from syncengine.cli.files import read_text
from syncengine.config.load import read
from syncengine.config.project import resolve
from syncengine.connector import Connector, Query
from syncengine.decide.saved import dump
from syncengine.decide.saved import load as load_plan
from syncengine.errors import ConfigError, LockedError, StateError, SyncError, Unreadable, UserError
from syncengine.ports import Ports
from syncengine.state.check import check
from syncengine.testing.fakes import FakeClock, FakeIds
from syncengine_connectors.csv import PLUGIN as CSV
from syncengine_connectors.exact import PLUGIN as EXACT
from syncengine_connectors.exact.events import Forged, is_handshake, verify
from syncengine_connectors.exact.tokens import read_reply
from syncengine_connectors.http import Answer
from tests.cli.conftest import SHOP
from tests.config.world import FULL, RESOURCES
from tests.connectors.exact.test_robust import QUERY
from tests.connectors.exact.world import DIVISION
from tests.run.world import World
from tests.state.build import lived, opened

SECONDS: Final = 2.0
"""What the promise says; measured in processor time, so that a busy machine fails nobody."""
FOLDER: Final = Path(tempfile.mkdtemp(prefix="fuzz-"))
"""Where the targets keep their files; the only place that may be written."""

Target = Callable[[bytes], None]


def mapping(data: bytes) -> None:
    """`sync.yaml`."""
    with suppress(ConfigError):
        resolve(read(data, Path("sync.yaml")), RESOURCES)


def table(data: bytes) -> None:
    """A CSV file of a side."""
    file = FOLDER / "customers.csv"
    file.write_bytes(data)
    clock, ids = FakeClock(), FakeIds()
    ports = Ports(root=FOLDER, state=FOLDER, credentials=FOLDER, clock=clock, ids=ids)
    query = Query(resource="customers", fields=("id", "company", "city"))
    with suppress(SyncError):
        made = CSV.connect({"folder": "."}, ports)
        for page in made.pull(query, None):
            for row in page.rows:
                with suppress(Unreadable):
                    made.parse(query, row)


def answer(data: bytes) -> None:
    """An answer of Exact to a read."""
    _said.content = data
    with suppress(SyncError):
        made = _exact()
        for page in made.pull(QUERY, None):
            for row in page.rows:
                with suppress(Unreadable):
                    made.parse(QUERY, row)


class _Said(httpx.BaseTransport):
    """Answers a login as it should be, and anything else with the bytes at hand."""

    content = b""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path, type_ = request.url.path, {"content-type": "application/json"}
        if path.endswith("/auth"):
            found = f"https://localhost/?code=x&state={request.url.params['state']}"
            return httpx.Response(302, headers={"location": found})
        if path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "a", "refresh_token": "r"})
        if path.endswith("/system/Divisions"):
            return httpx.Response(200, json={"d": {"results": [{"Code": DIVISION}]}})
        return httpx.Response(200, content=self.content, headers=type_)


_said: Final = _Said()


@cache
def _exact() -> Connector:
    """One connector for all inputs: a login for each would cost more than the reading."""
    clock, ids = FakeClock(), FakeIds()
    ports = Ports(root=FOLDER, state=FOLDER, credentials=FOLDER, clock=clock, ids=ids, transport=_said)
    return EXACT.connect({"division": DIVISION, "url": "emulator"}, ports)


def token(data: bytes) -> None:
    """An answer of Exact to a login."""
    for status in (200, 400, 500):
        reply = read_reply(Answer(status=status, headers={"content-type": "application/json"}, body=data), 1.0, 2.0)
        assert (reply.tokens is not None) == (reply.kind == "new")


def webhook(data: bytes) -> None:
    """What somebody posts to our address."""
    is_handshake(data)
    with suppress(Forged):
        verify(data, "secret")


def plan(data: bytes) -> None:
    """A saved plan."""
    file = FOLDER / "plan.json"
    file.write_bytes(data)
    with suppress(UserError):
        load_plan(read_text(file, "plan"))


def decisions(data: bytes) -> None:
    """A file of decisions."""
    file = FOLDER / "decisions"
    file.write_bytes(data)
    with suppress(UserError):
        read_decisions(read_text(file, "list of decisions"))


def state(data: bytes) -> None:
    """The state's file."""
    folder = FOLDER / "state"
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink() if file.is_file() else None
    (folder / "state.db").write_bytes(data)
    with suppress(StateError, LockedError):
        store = opened(folder)
        try:
            check(store)
        finally:
            store.close()


TARGETS: Final[Mapping[str, Target]] = {
    item.__name__: item for item in (mapping, table, answer, token, webhook, plan, decisions, state)
}


@cache
def seeds() -> Mapping[str, bytes]:
    """One sound input for each target."""
    account = {"ID": "00000000-0000-4000-8000-000000000001", "Name": "ACME", "Code": "1", "Modified": "/Date(1)/"}
    kept = FOLDER / "sound"
    lived(kept).close()
    return {
        "mapping": FULL.read_bytes(),
        "table": SHOP.encode(),
        "answer": json.dumps({"d": {"results": [account], "__next": ""}}).encode(),
        "token": b'{"access_token": "a", "refresh_token": "r", "expires_in": "600", "token_type": "bearer"}',
        "webhook": b'{"Content":{"Topic":"Accounts","Division":1,"Key":"k"},"HashCode":"' + b"0" * 64 + b'"}',
        "plan": _plan().encode(),
        "decisions": b"number,decision,left_id,right_id\n1,left,,\n2,same,a,b\n",
        "state": (kept / "state.db").read_bytes(),
    }


def _plan() -> str:
    world = World(FOLDER / "planned")
    world.customer("s1", company="ACME", code="C1", city="Gent")
    world.account("b1", Name="ACME", Code="C1", City="Brugge")
    world.account("b2", Name="Other", Code="C2")
    text: str = dump(world.plan().plan, meta={})
    world.store.close()
    return text


_STARTS: Final = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn", "pty.spawn"}
_CHANGES: Final = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}
_seen: list[str] | None = None


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if _seen is None:
        return
    changes = event in _CHANGES or (event == "open" and _writes(*args[1:3]))
    if event in _STARTS or (changes and not _inside(args[0])):
        _seen.append(f"{event} {args!r}")


def _inside(place: Any) -> bool:
    """True for a number too: what is open was opened by name before."""
    return isinstance(place, int) or FOLDER in Path(os.fsdecode(place)).absolute().parents


def _writes(mode: str | None, flags: int) -> bool:
    return bool(set(mode or "") & set("wax+")) or bool(flags & 0b11)


sys.addaudithook(_watch)


@contextmanager
def watched() -> Iterator[None]:
    """Fail if a program is started, or a file outside the folder is written."""
    global _seen  # noqa: PLW0603 (an audit hook cannot be taken off, so it is told when to look)
    seen: list[str] = []
    _seen = seen
    try:
        yield
    finally:
        _seen = None
    assert not seen, seen


def take(name: str, data: bytes) -> None:
    """Give bytes to a target.

    Raises:
        Exception: It did not end cleanly, took too long, or did what it must not.
    """
    began = time.process_time()
    with watched():
        TARGETS[name](data)
    spent = time.process_time() - began
    assert spent < SECONDS, f"{name} took {spent:.1f} s"
