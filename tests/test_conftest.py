"""The net under all tests holds: nothing leaves this machine, and nobody's home is touched."""

from __future__ import annotations

import http.client
import os
import socket
from pathlib import Path

import pytest

from tests.builders import rows
from tests.conftest import ClosedNetworkError, is_this_machine

CASES = [
    ("127.0.0.1", True, "loopback"),
    ("127.9.9.9", True, "all of 127/8"),
    ("::1", True, "loopback of IPv6"),
    ("localhost", True, "its name"),
    ("", True, "any address of this machine"),
    ("192.0.2.1", False, "an address elsewhere"),
    ("2001:db8::1", False, "an IPv6 address elsewhere"),
    ("shop.example", False, "a name"),
    ("localhost.shop.example", False, "a name that pretends"),
]  # fmt: skip


@pytest.mark.parametrize(("host", "here"), rows(CASES))
def test_this_machine_is_told_from_others(host: str, here: bool) -> None:
    assert is_this_machine(host) is here


def test_no_connection_and_no_name_lookup_leaves_this_machine() -> None:
    with pytest.raises(ClosedNetworkError, match="shop"):
        http.client.HTTPConnection("shop.example", timeout=1).request("GET", "/")
    with socket.socket() as tcp, pytest.raises(ClosedNetworkError):
        tcp.connect(("192.0.2.1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as udp, pytest.raises(ClosedNetworkError):
        udp.sendto(b"x", ("192.0.2.1", 53))


def test_loopback_stays_open() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5) as client,
    ):
        server.accept()[0].close()
        assert client.recv(1) == b""


def test_each_test_has_a_home_of_its_own(own_home: Path) -> None:
    assert Path.home() == own_home
    assert list(own_home.iterdir()) == []
    assert not [name for name in os.environ if name.startswith("XDG_")]


def test_two_rows_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two rows"):
        rows([(1, "same"), (2, "same")])


@pytest.mark.parametrize(
    ("ci", "end"),
    rows([(True, pytest.fail.Exception, "CI must have it"), (False, pytest.skip.Exception, "a desk may not")]),
)
def test_a_missing_service_ends_the_test(missing_service, monkeypatch: pytest.MonkeyPatch, ci: bool, end) -> None:
    monkeypatch.setattr("tests.conftest.CI", ci)
    with pytest.raises(end, match="PostgreSQL is missing"):
        missing_service("PostgreSQL")
