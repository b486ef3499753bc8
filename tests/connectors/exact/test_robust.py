"""Any bytes as an answer: a clean error or a record, in bounded time; never a traceback of another kind."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from syncengine.connector import Query
from syncengine.errors import SyncError, Unreadable
from syncengine.ports import Ports
from syncengine.testing.fakes import FakeClock, FakeIds
from syncengine_connectors.exact import PLUGIN
from syncengine_connectors.exact.connector import Exact
from syncengine_connectors.exact.consent import code_in
from syncengine_connectors.exact.cursor import load
from syncengine_connectors.exact.tokens import read_reply
from syncengine_connectors.http import Answer
from tests.connectors.exact.world import DIVISION, create, delete, update

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
NAMES = st.sampled_from(
    [
        "ID",
        "Name",
        "Code",
        "Created",
        "Modified",
        "Timestamp",
        "EntityKey",
        "EntityType",
        "results",
        "__next",
        "__count",
        "d",
    ]
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=20
)
ROWS = st.lists(
    st.dictionaries(
        NAMES,
        SCALARS | st.sampled_from(["/Date(1)/", "/Date(9999999999999999)/", "00000000-0000-4000-8000-000000000001"]),
    ),
    max_size=5,
)
CONTENT = JSON | ROWS.map(lambda rows: {"results": rows}) | ROWS
BODIES = st.binary(max_size=200) | CONTENT.map(lambda content: json.dumps({"d": content}).encode())
TYPES = st.sampled_from(["application/json", "text/html", "application/atom+xml", ""])
QUERY = Query(resource="Accounts", fields=("Name", "Code", "Created"))


def side(folder: Any, body: bytes, content_type: str, status: int) -> Exact:
    """A connector whose server answers this to everything but the login and the division."""

    def handle(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/auth"):
            state = request.url.params["state"]
            return httpx.Response(302, headers={"location": f"https://localhost/?code=x&state={state}"})
        if path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "a", "refresh_token": "r"})
        if path.endswith("/system/Divisions"):
            return httpx.Response(200, json={"d": {"results": [{"Code": DIVISION}]}})
        return httpx.Response(status, content=body, headers={"content-type": content_type} if content_type else {})

    ports = Ports(
        root=folder,
        state=folder,
        credentials=folder,
        clock=FakeClock(),
        ids=FakeIds(),
        transport=httpx.MockTransport(handle),
    )
    made = PLUGIN.connect({"division": DIVISION, "url": "emulator"}, ports)
    assert isinstance(made, Exact)
    return made


@settings(max_examples=60)
@given(BODIES, TYPES, st.sampled_from([200, 200, 200, 204, 206, 302, 400, 403, 404, 429, 500, 503, 599]))
def test_any_answer_to_anything(tmp_path_factory, body, content_type, status):
    made = side(tmp_path_factory.getbasetemp(), body, content_type, status)
    try:
        for page in made.pull(QUERY, None):
            for row in page.rows:
                with contextlib.suppress(Unreadable):
                    made.parse(QUERY, row)
    except SyncError:
        pass
    for operation in (
        create({"Name": "x"}),
        update("00000000-0000-4000-8000-000000000001", {"City": "x"}),
        delete("00000000-0000-4000-8000-000000000001"),
    ):
        try:
            made.write([operation])
            made.find(operation)
        except SyncError:
            pass


@given(st.binary(max_size=300) | JSON.map(lambda content: json.dumps(content).encode()), TYPES, st.integers(200, 599))
def test_any_token_answer(body, content_type, status):
    reply = read_reply(Answer(status=status, headers={"content-type": content_type}, body=body), 1.0, 2.0)
    assert reply.kind in ("new", "early", "old", "refused", "stranger", "silent")
    assert (reply.tokens is not None) == (reply.kind == "new")


@given(st.text(max_size=200))
def test_any_pasted_address_and_any_cursor(text):
    for read in (lambda: code_in(text, "state"), lambda: load(text)):
        with contextlib.suppress(SyncError):
            read()
