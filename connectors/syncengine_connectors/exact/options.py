"""The options of an Exact system in ``sync.yaml``, and what follows from them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from syncengine.errors import ConfigError
from syncengine_connectors.http import Limits

HOSTS: Final[Mapping[str, str]] = {
    "nl": "https://start.exactonline.nl",
    "be": "https://start.exactonline.be",
    "de": "https://start.exactonline.de",
    "fr": "https://start.exactonline.fr",
    "es": "https://start.exactonline.es",
    "uk": "https://start.exactonline.co.uk",
    "us": "https://start.exactonline.com",
}
"""Region → origin; tokens of one are worth nothing at another."""

EMULATOR: Final = "emulator"
EMBEDDED: Final = "http://emulator.invalid"
"""Where the embedded emulator pretends to live: a name that no network can answer."""

_EMULATED_APP: Final = ("8f0d2c1e-emulator-client", "emulator-secret")
"""The app that the emulator knows unless it is told of another."""

_HIGHEST_CODE: Final = 10**18 - 1
_FEWEST_CODES: Final = 1_000_000

SCHEMA: Final[Mapping[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["division"],
    "properties": {
        "country": {
            "enum": list(HOSTS),
            "default": "nl",
            "description": "Where the administration lives; each country has its own server and its own tokens.",
        },
        "division": {
            "type": "integer",
            "minimum": 1,
            "description": "Number of the administration. Always this one, never the one open in the browser.",
        },
        "name": {
            "type": "string",
            "minLength": 1,
            "description": "Name of the administration; another one is refused. Otherwise the first run notes it.",
        },
        "client_id": {"type": "string", "minLength": 1, "description": "Of the app registered with Exact."},
        "client_secret": {
            "type": "string",
            "minLength": 1,
            "secret": True,
            "description": "Of the app; by reference: env:NAME, file:path or cred:name.",
        },
        "redirect_uri": {
            "type": "string",
            "default": "https://localhost/callback",
            "description": "As registered with the app, letter for letter.",
        },
        "user": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_.-]{1,64}$",
            "default": "default",
            "description": "Name of the login on this machine, where several users of one app log in.",
        },
        "url": {
            "type": "string",
            "description": "Another server: an emulator on this machine (http://127.0.0.1:8123), or emulator for the embedded one.",
        },
        "language": {
            "type": "string",
            "pattern": "^[A-Z]{2}(-[A-Z]{2})?$",
            "description": "Language of descriptions, such as NL; the user's own if left out.",
        },
        "full_by": {
            "enum": ["sync", "bulk", "rest"],
            "default": "sync",
            "description": "How everything is read where there is a choice; see the page on Exact.",
        },
        "own_codes": {
            "anyOf": [
                {"type": "boolean"},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["from", "to"],
                    "properties": {
                        "from": {"type": "integer", "minimum": 1, "maximum": _HIGHEST_CODE},
                        "to": {"type": "integer", "minimum": 1, "maximum": _HIGHEST_CODE},
                    },
                },
            ],
            "default": True,
            "description": "Give a new account without Code one of ours, so that a lost answer is found again; from which range.",
        },
        "environment_proxy": {
            "type": "boolean",
            "default": False,
            "description": "Go through the proxy that HTTPS_PROXY names, and trust the certificates of SSL_CERT_FILE.",
        },
        "limits": {
            "type": "object",
            "additionalProperties": False,
            "description": "Calls at most, below what Exact allows.",
            "properties": {
                "minute": {"type": "integer", "minimum": 1},
                "day": {"type": "integer", "minimum": 1},
                "reserve": {"type": "number", "minimum": 0, "maximum": 0.9, "description": "Share kept back."},
            },
        },
    },
}
"""JSON Schema of the options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The range of the codes we give, both ends included."""

    first: int = 10**17
    last: int = _HIGHEST_CODE

    @property
    def sure(self) -> bool:
        """True if it is so wide that no code in it is anybody else's by chance."""
        return self.last - self.first >= 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Options, judged and completed.

    Attributes:
        name: Of the administration; "" if the mapping does not say.
        origin: Scheme, host and port; the only one that is ever spoken to.
        place: Region or host, as part of names: ``nl``, ``127.0.0.1-8123``, ``emulator``.
        embedded: The emulator inside this process: logs in by itself and remembers nothing.
        local: This machine: an emulator.
        own_codes: None if no codes are given.
    """

    country: str
    division: int
    name: str
    client_id: str
    client_secret: str = field(repr=False)
    origin: str
    place: str
    embedded: bool
    local: bool
    redirect_uri: str
    user: str
    language: str
    full_by: Literal["sync", "bulk", "rest"]
    own_codes: Codes | None
    environment: bool
    limits: Limits


def read_settings(options: Mapping[str, Any]) -> Settings:
    """Judge options that satisfy the schema.

    Raises:
        ConfigError: They do not go together.
    """
    country = str(options.get("country", "nl"))
    url = str(options.get("url", ""))
    embedded = url == EMULATOR
    origin = EMBEDDED if embedded else _origin(url) if url else HOSTS[country]
    if not embedded and not (options.get("client_id") and options.get("client_secret")):
        raise ConfigError(
            "exact: client_id and client_secret are missing; nothing was sent. Register an app with Exact, then give both "
            "by reference, such as client_id: env:EXACT_CLIENT_ID"
        )
    limits = options.get("limits", {})
    return Settings(
        country=country,
        division=int(options["division"]),
        name=str(options.get("name", "")).strip(),
        client_id=str(options.get("client_id") or _EMULATED_APP[0]),
        client_secret=str(options.get("client_secret") or _EMULATED_APP[1]),
        origin=origin,
        place=_place(url, country),
        embedded=embedded,
        local=embedded or _is_local(origin),
        redirect_uri=str(options.get("redirect_uri", "https://localhost/callback")),
        user=str(options.get("user", "default")),
        language=str(options.get("language", "")),
        full_by=options.get("full_by", "sync"),
        own_codes=_codes(options.get("own_codes", True)),
        environment=bool(options.get("environment_proxy", False)),
        limits=Limits(minute=limits.get("minute"), day=limits.get("day"), reserve=limits.get("reserve", 0.05)),
    )


def _codes(said: Any) -> Codes | None:
    """The range of our codes.

    Raises:
        ConfigError: It is too small for codes that shall not meet.
    """
    if isinstance(said, bool):
        return Codes() if said else None
    codes = Codes(first=int(said["from"]), last=int(said["to"]))
    if codes.last - codes.first + 1 < _FEWEST_CODES:
        raise ConfigError(
            f"exact: own_codes from {codes.first} to {codes.last} is too small a range: at least {_FEWEST_CODES:,} codes are wanted, so "
            "that two new accounts do not get the same one"
        )
    return codes


def _origin(url: str) -> str:
    """The origin of an address.

    Raises:
        ConfigError: It is none, or would send secrets over a network unencrypted.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ConfigError(f"exact: url {url!r} is no address of a server; expected such as http://127.0.0.1:8123")
    if parts.username or parts.password:
        raise ConfigError("exact: url must not hold a user or password")
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme == "http" and not _is_local(origin):
        raise ConfigError(f"exact: url {url!r}: only a server on this machine may be reached without https")
    return origin


def _is_local(origin: str) -> bool:
    host = urlsplit(origin).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _place(url: str, country: str) -> str:
    if not url or url == EMULATOR:
        return url or country
    return urlsplit(url).netloc.replace(":", "-").strip("[]")
