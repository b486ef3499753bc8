"""OAuth 2.0 as the server does it: codes, rotating refresh tokens, and a refusal of refreshes that come too early."""

from __future__ import annotations

import json
import random
from base64 import b64decode
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlencode

from exact_emulator.call import Answer, Call
from exact_emulator.clock import Clock
from exact_emulator.settings import Settings

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(slots=True, kw_only=True)
class Chain:
    """What one authorisation led to: the tokens that follow each other."""

    refresh: str
    issued_ms: int
    access: dict[str, int] = field(default_factory=dict)
    """Access token -> when it was given, UTC milliseconds."""


@dataclass(slots=True, kw_only=True)
class Grant:
    """An authorisation code that was given out."""

    redirect_uri: str
    issued_ms: int


@dataclass(slots=True, kw_only=True)
class TokenState:
    """All that must outlast a restart."""

    grants: dict[str, Grant] = field(default_factory=dict)
    chains: list[Chain] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    """Day -> token calls on it."""

    def to_json(self) -> str:
        """Give the text that is kept on disk."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> TokenState:
        """Read what `to_json` gave."""
        data = json.loads(text)
        return TokenState(
            grants={code: Grant(**g) for code, g in data["grants"].items()},
            chains=[Chain(**c) for c in data["chains"]],
            dead=data["dead"],
            calls=data["calls"],
        )


def refusal(status: int, error: str, description: str | None = None, reason: str | None = None) -> Answer:
    """Make the answer of a refused token call."""
    payload = {"error": error} | ({"error_description": description} if description else {})
    return Answer(status=status, payload=payload, headers={"Reason": reason} if reason else {})


class OAuth:
    """The authorisation and token endpoints."""

    def __init__(
        self, settings: Settings, clock: Clock, source: random.Random, state: TokenState, keep: Callable[[str], None]
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.state = state
        self._random = source
        self._keep = keep

    # -- authorise ------------------------------------------------------------------------------------------------

    def authorise(self, call: Call, *, agreed: bool) -> Answer:
        """Answer the authorisation page: a redirect with a code once the user agreed, a consent page before."""
        client, redirect_uri = call.parameter("client_id"), call.parameter("redirect_uri") or ""
        if client != self.settings.client_id:
            return _page(400, "Unknown client_id: this app is not registered.")
        if call.parameter("response_type") != "code":
            return _page(400, "response_type must be code.")
        if not redirect_uri or (self.settings.redirect_uris and redirect_uri not in self.settings.redirect_uris):
            return _page(400, "redirect_uri is not the registered one.")
        if not agreed and not self.settings.auto_login:
            return consent(call)
        parameters = {"code": self._code(redirect_uri)}
        state = call.parameter("state")
        if state is not None:
            parameters["state"] = state
        joint = "&" if "?" in redirect_uri else "?"
        return Answer(status=302, text="", headers={"Location": redirect_uri + joint + urlencode(parameters)})

    def _code(self, redirect_uri: str) -> str:
        # Real codes need decoding once: they carry characters that an address escapes.
        code = f"stampNL001.{self._token(24)}!IAAA/{self._token(40)}"
        self.state.grants[code] = Grant(redirect_uri=redirect_uri, issued_ms=self.clock.epoch_ms())
        self._save()
        return code

    # -- token ----------------------------------------------------------------------------------------------------

    def token(self, call: Call) -> Answer:
        """Answer the token endpoint."""
        form = call.form()
        if self.settings.basic_client_auth and "client_id" not in form:
            form |= _basic(call.header("Authorization"))
        if "client_id" not in form or "grant_type" not in form:
            return refusal(400, "invalid_request")
        given = (form["client_id"], form.get("client_secret"))
        if given != (self.settings.client_id, self.settings.client_secret):
            return refusal(400, "invalid_client")
        day = self.clock.now().date().isoformat()
        calls = self.state.calls.get(day, 0) + 1
        self.state.calls = {day: calls}
        if self.settings.limits and calls > self.settings.token_calls_per_day:
            return Answer(status=429)
        if form["grant_type"] == "authorization_code":
            return self._redeem(form)
        if form["grant_type"] == "refresh_token":
            return self._refresh(form.get("refresh_token", ""))
        return refusal(400, "unsupported_grant_type")

    def _redeem(self, form: dict[str, str]) -> Answer:
        grant = self.state.grants.pop(form.get("code", ""), None)
        self._save()
        if grant is None or self._age_s(grant.issued_ms) > self.settings.code_s:
            return refusal(400, "invalid_grant", "The authorization code is invalid, expired or already used.")
        if form.get("redirect_uri") != grant.redirect_uri:
            return refusal(400, "invalid_grant", "The redirect_uri is not the one the code was given to.")
        chain = Chain(refresh="", issued_ms=0)
        self.state.chains.append(chain)
        return self._issue(chain)

    def _refresh(self, token: str) -> Answer:
        chain = next((c for c in self.state.chains if c.refresh == token), None)
        if chain is None:
            if token in self.state.dead:
                return refusal(401, "unauthorized_client", "Old refresh token used.")
            return refusal(400, "invalid_grant", "Token is not allowed, because of invalid or empty chainId")
        age = self._age_s(chain.issued_ms)
        if age > self.settings.refresh_token_s:
            died = chain.issued_ms + 1000 * self.settings.refresh_token_s
            return refusal(
                400, "invalid_request",
                f"The refresh token expired at {_us(died)} and it is now {_us(self.clock.epoch_ms())}",
            )  # fmt: skip
        if age < self.settings.refresh_after_s:
            text = "Rate limit exceeded: access_token not expired"
            reason = f"TooEarlyToRefreshTokens: {text}"
            return refusal(self.settings.early_refresh_status, "access_denied", text, reason)
        self.state.dead.append(chain.refresh)
        return self._issue(chain)

    def _issue(self, chain: Chain) -> Answer:
        now = self.clock.epoch_ms()
        chain.access = {t: at for t, at in chain.access.items() if self._age_s(at) < self.settings.access_token_s}
        access = f"stampNL001.{self._token(120)}"
        chain.access[access] = chain.issued_ms = now
        chain.refresh = f"stampNL001.{self._token(30)}!{self._token(90)}"
        self._save()
        return Answer(
            status=200,
            payload={
                "access_token": access,
                "token_type": "bearer",
                "expires_in": str(self.settings.access_token_s),
                "refresh_token": chain.refresh,
            },
            headers={"Cache-Control": "no-store"},
        )

    def issue(self) -> dict[str, str]:
        """Log in without the pages, as a test may: the body of a token answer."""
        chain = Chain(refresh="", issued_ms=0)
        self.state.chains.append(chain)
        return self._issue(chain).payload or {}

    def valid(self, header: str) -> bool:
        """Tell whether an Authorization header carries an access token that lives."""
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return False
        issued = next((c.access[token] for c in self.state.chains if token in c.access), None)
        return issued is not None and self._age_s(issued) < self.settings.access_token_s

    # -- small things ---------------------------------------------------------------------------------------------

    def _age_s(self, issued_ms: int) -> float:
        return (self.clock.epoch_ms() - issued_ms) / 1000

    def _token(self, length: int) -> str:
        return "".join(self._random.choice(_ALPHABET) for _ in range(length))

    def _save(self) -> None:
        self.state.dead = self.state.dead[-500:]
        self._keep(self.state.to_json())


def _basic(header: str) -> dict[str, str]:
    """Read an app's id and secret from an Authorization header, as OAuth 2.0 lets it give them; empty if it holds none."""
    scheme, _, packed = header.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        name, colon, secret = b64decode(packed, validate=True).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": name, "client_secret": secret} if colon else {}


def _us(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%-m/%-d/%Y %-I:%M:%S %p")


def _page(status: int, text: str) -> Answer:
    return Answer(
        status=status, text=f"<!doctype html><title>Exact Online emulator</title><p>{text}</p>",
        content_type="text/html; charset=utf-8",
    )  # fmt: skip


def consent(call: Call) -> Answer:
    """Show the page on which a person agrees; its button repeats the request."""
    fields = "".join(
        f'<input type="hidden" name="{escape(n, quote=True)}" value="{escape(v, quote=True)}">'
        for n, v in call.parameters
    )
    return _page(
        200,
        "The app asks for access to this administration.</p>"
        f'<form method="post" action="/api/oauth2/auth">{fields}<button>Allow</button></form><p>',
    )
