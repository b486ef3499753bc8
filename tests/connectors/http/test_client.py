"""One origin, nothing repeated, nothing followed, nothing unbounded."""

from __future__ import annotations

import httpx
import pytest

from syncengine.errors import Transient, Uncertain, UserError
from syncengine.testing.fakes import FakeClock
from syncengine_connectors.http import HttpClient
from tests.builders import rows

ORIGIN = "https://start.exactonline.nl"


def client(handle, clock=None, **options) -> HttpClient:
    return HttpClient(ORIGIN, clock or FakeClock(), transport=httpx.MockTransport(handle), **options)


FAULTS: list[tuple[object, ...]] = [
    (httpx.ConnectError("dns"), Transient, Transient, "name lookup or TLS"),
    (httpx.ConnectTimeout("slow"), Transient, Transient, "nobody answers the call"),
    (ConnectionRefusedError("no"), Transient, Transient, "refused, in process"),
    (httpx.ReadTimeout("slow"), Uncertain, Transient, "no answer"),
    (httpx.WriteTimeout("slow"), Uncertain, Transient, "half the body left"),
    (httpx.ReadError("reset"), Uncertain, Transient, "reset while reading"),
    (httpx.WriteError("reset"), Uncertain, Transient, "reset while writing"),
    (httpx.RemoteProtocolError("bad"), Uncertain, Transient, "closed without an answer"),
    (httpx.DecodingError("gzip"), Uncertain, Transient, "a body that cannot be unpacked"),
    (TimeoutError("slow"), Uncertain, Transient, "time-out, in process"),
    (ConnectionResetError("reset"), Uncertain, Transient, "reset, in process"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "changing", "reading"), rows(FAULTS))
def test_a_fault_on_the_way_means(fault, changing, reading):
    calls = []

    def handle(request):
        calls.append(request)
        raise fault

    for asked, kind in ((True, changing), (False, reading)):
        with pytest.raises(kind) as caught:
            client(handle).send("POST", "/x?secret=1", changing=asked)
        assert type(caught.value) is kind
        assert "secret" not in str(caught.value), "a query may name a person"
    assert len(calls) == 2, "nothing is repeated"


def test_a_redirect_is_never_followed():
    seen = []

    def handle(request):
        seen.append(str(request.url))
        return httpx.Response(302, headers={"location": "https://elsewhere.example/"})

    with pytest.raises(UserError, match="points elsewhere"):
        client(handle).send("GET", "/api")
    assert client(handle).send("GET", "/login", redirects=True).headers["location"] == "https://elsewhere.example/"
    assert seen == [f"{ORIGIN}/api", f"{ORIGIN}/login"]


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "@elsewhere.example/", ""])
def test_no_target_leads_to_another_host(target):
    with pytest.raises(ValueError, match="one slash"):
        client(lambda request: httpx.Response(200)).send("GET", target)


@pytest.mark.parametrize("origin", ["start.exactonline.nl", "ftp://x", "https://x/api/v1", "https://", "https://x?a=1"])
def test_what_is_no_origin_is_refused(origin):
    with pytest.raises(UserError, match="no origin"):
        HttpClient(origin, FakeClock())


def test_an_answer_without_end_is_cut_off():
    def handle(request):
        return httpx.Response(200, content=(b"x" * 1000 for _ in range(10**9)))

    with pytest.raises(Transient, match="more than 50,000 bytes"):
        client(handle, largest=50_000).send("GET", "/x")
    with pytest.raises(Uncertain, match="more than 50,000 bytes"):
        client(handle, largest=50_000).send("POST", "/x", changing=True)


def test_an_answer_that_trickles_is_given_up():
    clock = FakeClock()

    def drops():
        while True:
            clock.advance(7)
            yield b"x"

    with pytest.raises(Transient, match="no whole answer within 60 seconds"):
        client(lambda request: httpx.Response(200, content=drops()), clock).send("GET", "/x")


def test_the_environment_names_no_proxy(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    made = HttpClient(ORIGIN, FakeClock())
    assert made._client._mounts == {}
    assert made._client.trust_env is False
    asked = HttpClient(ORIGIN, FakeClock(), environment=True)
    assert asked._client._mounts != {}


def test_no_address_reaches_a_log(caplog):
    with caplog.at_level("DEBUG"):
        client(lambda request: httpx.Response(200)).send("GET", "/x?name=Jansen", headers={"authorization": "hush"})
    assert "Jansen" not in caplog.text
    assert "hush" not in caplog.text


def test_no_answer_shows_its_body(caplog):
    answer = client(lambda request: httpx.Response(200, content=b"hush")).send("GET", "/x")
    assert answer.body == b"hush"
    assert "hush" not in repr(answer)


def test_it_may_be_closed_twice_and_shows_no_more_than_its_origin():
    made = client(lambda request: httpx.Response(200))
    assert repr(made) == f"HttpClient('{ORIGIN}')"
    made.close()
    made.close()
