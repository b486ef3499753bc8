"""The token endpoint: one call, and what its answer means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlencode

from syncengine.errors import LoginError, Transient, Uncertain
from syncengine.ports import Clock
from syncengine_connectors.exact.profile import Tokens
from syncengine_connectors.http import Answer, HttpClient, Unreadable
from syncengine_connectors.http.client import TOKEN_SECONDS

TOKEN_PATH: Final = "/api/oauth2/token"  # noqa: S105  # an address, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Who asks: the app's id and secret."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return "App(...)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the token server said, boiled down.

    Attributes:
        kind: ``new`` tokens, ``early`` (keep the current one), ``old`` (this refresh token was used before), ``refused`` (a person
            must log in), ``stranger`` (the app's id or secret is wrong), ``silent`` (no believable answer: the chain may have moved on).
        words: The server's, for people.
    """

    kind: Literal["new", "early", "old", "refused", "stranger", "silent"]
    tokens: Tokens | None = None
    words: str = ""

    def first(self) -> Tokens:
        """The tokens that a person's consent gave.

        Raises:
            LoginError: The server refused the code.
            Transient: It gave no answer.
        """
        if self.tokens is not None:
            return self.tokens
        kind = Transient if self.kind == "silent" else LoginError
        raise kind(f"Exact gave no tokens for this login: {self.words}. Begin again: sync login")


class TokenServer:
    """The token endpoint of one region."""

    def __init__(self, http: HttpClient, app: App, clock: Clock) -> None:
        self._http = http
        self._app = app
        self._clock = clock

    def refresh(self, token: str) -> Reply:
        """Exchange a refresh token for the next generation; one call."""
        return self._ask({"grant_type": "refresh_token", "refresh_token": token})

    def exchange(self, code: str, redirect_uri: str) -> Reply:
        """Exchange the code a person's consent gave; one call."""
        return self._ask({"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri})

    def _ask(self, form: Mapping[str, str]) -> Reply:
        secret = {"client_id": self._app.client_id, "client_secret": self._app.client_secret}
        asked = self._clock.now().timestamp()
        try:
            answer = self._http.send(
                "POST",
                TOKEN_PATH,
                headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json"},
                body=urlencode({**form, **secret}).encode(),
                seconds=TOKEN_SECONDS,
                changing=True,
            )
        except (Transient, Uncertain) as error:
            return Reply(kind="silent", words=str(error))
        return read_reply(answer, asked, self._clock.now().timestamp())


def read_reply(answer: Answer, asked: float, answered: float) -> Reply:
    """Tell what a token answer means, by status, error code and the ``Reason`` header; the description is only shown."""
    try:
        found = answer.json()
    except Unreadable as error:
        found, words = {}, f"{answer.status} with {error}"
    else:
        words = f"{answer.status} {_words(found)}"
    found = found if isinstance(found, dict) else {}
    if 200 <= answer.status < 300:
        access, refresh = found.get("access_token"), found.get("refresh_token")
        if isinstance(access, str) and isinstance(refresh, str) and access and refresh:
            return Reply(kind="new", tokens=Tokens(access=access, refresh=refresh, asked=asked, answered=answered))
        return Reply(kind="silent", words=words)
    code = found.get("error")
    if code == "access_denied" or answer.headers.get("reason", "").startswith("TooEarly"):
        return Reply(kind="early", words=words)
    if code == "unauthorized_client":
        return Reply(kind="old", words=words)
    if answer.status == 429 or answer.status >= 500 or answer.status == 408 or not code:
        return Reply(kind="silent", words=words)
    return Reply(kind="stranger" if code == "invalid_client" else "refused", words=words)


def _words(found: Any) -> str:
    """Error code and description of a token error; never anything else of the body."""
    if not isinstance(found, dict):
        return ""
    parts = [found.get("error"), found.get("error_description")]
    return ": ".join(part[:300] for part in parts if isinstance(part, str))
