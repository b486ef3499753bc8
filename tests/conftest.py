"""What every test stands on: a closed network, a home of its own, services that CI must have."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
LONG = os.environ.get("SYNCENGINE_LONG") == "1"
CI = os.environ.get("CI", "").lower() in ("1", "true")

# Reproducible everywhere: a seed that failed once in CI fails at the desk too. The long run is where new seeds are tried.
hypothesis.settings.register_profile(
    "default", deadline=None, derandomize=CI, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(
    "long", parent=hypothesis.settings.get_profile("default"), derandomize=False, max_examples=5000
)
hypothesis.settings.load_profile("long" if LONG else "default")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the long tests to `make long`."""
    for item in items:
        if item.get_closest_marker("long") and not LONG:
            item.add_marker(pytest.mark.skip(reason="a long test: make long"))


@pytest.fixture(autouse=True)
def _closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection and name look-up but those to this machine."""
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, _only_here(getattr(socket.socket, name)))
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        if host is not None and not is_this_machine(host):
            raise ClosedNetworkError(host)
        return look_up(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


class ClosedNetworkError(RuntimeError):
    """A test tried to leave this machine. No OSError, so that code which survives a network fault does not hide it."""

    def __init__(self, host: object) -> None:
        super().__init__(f"tests may not leave this machine, and this one tried to reach {host!r}")


def is_this_machine(host: str | bytes) -> bool:
    """Tell whether a host is loopback; any name but localhost is not."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _only_here(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a method of socket whose last argument is an address."""

    def guarded(self: socket.socket, *args: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_this_machine(args[-1][0]):
            raise ClosedNetworkError(args[-1][0])
        return original(self, *args)

    return guarded


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test an empty home folder, so that nobody's credentials, settings or proxies take part."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in list(os.environ):
        if name.startswith(("XDG_", "SYNCENGINE_", "EXACT_")) and name not in (
            "SYNCENGINE_LONG",
            "SYNCENGINE_SHARED_DATA",
        ):
            monkeypatch.delenv(name)
        if name.upper() in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_COLOR", "FORCE_COLOR", "PYTHONPATH"):
            monkeypatch.delenv(name)
    return home


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout the tests run from."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real input, which is not part of the repository; the test is skipped where it is absent."""
    folder = Path(os.environ.get("SYNCENGINE_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no real input here: set SYNCENGINE_SHARED_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def missing_service() -> Callable[[str], None]:
    """What a service's fixture calls when the service is not there: a skip at a desk, a failure in CI."""

    def missing(what: str) -> None:
        if CI:
            pytest.fail(f"{what} is missing, and CI must have it", pytrace=False)
        pytest.skip(f"{what} is missing on this machine")

    return missing


@pytest.fixture(autouse=True)
def _stay_in_place() -> Iterator[None]:
    """Go back to the folder the test began in, for a command may change it."""
    before = Path.cwd()
    yield
    os.chdir(before)
