"""An emulator in process, and a client that is logged in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from exact_emulator import Emulator, Settings, create_app

NOON = datetime(2026, 7, 1, 10, tzinfo=UTC)
DIVISION = 123456


class Client:
    """A thin httpx client with short names for what these tests do."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        transport = httpx.WSGITransport(app=create_app(emulator=emulator))
        self.http = httpx.Client(transport=transport, base_url="https://exact.test")
        self.http.headers["Accept"] = "application/json"
        self.login()

    def login(self) -> None:
        self.http.headers["Authorization"] = "Bearer " + self.emulator.issue_tokens()["access_token"]

    def get(self, path: str, division: int = DIVISION, **query: Any) -> httpx.Response:
        """GET below a division; ``top=5`` becomes ``$top=5``."""
        url = path if path.startswith(("http", "/")) else f"/api/v1/{division}/{path}"
        return self.http.get(url, params={f"${name}": value for name, value in query.items()} or None)

    def list(self, path: str, **query: Any) -> Any:
        """GET a list and give its rows, whatever its envelope."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        d = answer.json()["d"]
        return d["results"] if isinstance(d, dict) else d

    def walk(self, path: str, **query: Any) -> tuple[Any, int]:
        """Follow the next links to the end; gives all rows and the number of pages."""
        rows: list[Any] = []
        pages, url = 0, path
        while url:
            answer = self.get(url, **(query if not pages else {}))
            assert answer.status_code == 200, answer.text
            d = answer.json()["d"]
            rows += d if isinstance(d, list) else d["results"]
            pages += 1
            assert pages < 500
            url = "" if isinstance(d, list) else d.get("__next", "")
        return rows, pages

    def post(self, path: str, *, whole: bool = True, **fields: Any) -> httpx.Response:
        headers = {"Prefer": "return=representation"} if whole else {}
        return self.http.post(f"/api/v1/{DIVISION}/{path}", json=fields, headers=headers)

    def create(self, path: str, **fields: Any) -> Any:
        answer = self.post(path, **fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["d"]

    def put(self, path: str, key: str, **fields: Any) -> httpx.Response:
        return self.http.put(f"/api/v1/{DIVISION}/{path}(guid'{key}')", json=fields)

    def delete(self, path: str, key: str) -> httpx.Response:
        return self.http.delete(f"/api/v1/{DIVISION}/{path}(guid'{key}')")

    def one(self, path: str, key: str, **query: Any) -> Any:
        answer = self.get(f"{path}(guid'{key}')", **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["d"]


def message(answer: httpx.Response) -> str:
    """Give the text of an error answer."""
    text: str = answer.json()["error"]["message"]["value"]
    return text


@pytest.fixture
def make() -> Iterator[Callable[..., Client]]:
    """Make a client of a new emulator, with the given switches."""
    made: list[Client] = []

    def build(**switches: Any) -> Client:
        chosen: dict[str, Any] = {"start": NOON, "random_seed": 1, "limits": False, "admin": True} | switches
        made.append(Client(Emulator(Settings(**chosen))))
        return made[-1]

    yield build
    for client in made:
        client.http.close()
        client.emulator.close()


@pytest.fixture
def exact(make: Callable[..., Client]) -> Client:
    """A client of an emulator whose clock stands still and whose limits are off."""
    return make()
