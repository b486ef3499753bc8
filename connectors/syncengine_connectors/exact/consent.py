"""The consent page: its address, the code it answers with, and an emulator that consents by itself."""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from syncengine.errors import LoginError
from syncengine_connectors.exact.options import Settings
from syncengine_connectors.exact.profile import Tokens
from syncengine_connectors.exact.tokens import TokenServer
from syncengine_connectors.http import HttpClient

AUTHORISE_PATH: Final = "/api/oauth2/auth"


def authorise_target(settings: Settings, state: str) -> str:
    """Path and query of the consent page."""
    query = {
        "client_id": settings.client_id,
        "redirect_uri": settings.redirect_uri,
        "response_type": "code",
        "state": state,
        "force_login": "0",
    }
    return f"{AUTHORISE_PATH}?{urlencode(query)}"


def code_in(answer: str, state: str) -> str:
    """The code in the address a browser ended at (or in its query alone); decoded once.

    Raises:
        LoginError: It holds none, or answers another question than ours.
    """
    text = answer.strip()
    query = urlsplit(text).query if "?" in text else text
    found = dict(parse_qsl(query, keep_blank_values=True))
    if problem := found.get("error"):
        raise LoginError(f"Exact did not let the app in: {problem[:100]}. Begin again: sync login")
    if "code" not in found:
        raise LoginError(
            "That address holds no code. Paste the whole address the browser ended at. Begin again: sync login"
        )
    if not hmac.compare_digest(found.get("state", ""), state):
        raise LoginError(
            "The address answers another login than this one (its state differs), so its code is not used. Begin again: "
            "sync login, and paste the address of the page that it opens."
        )
    return found["code"]


def automatic(settings: Settings, http: HttpClient, server: TokenServer, state: str) -> Tokens:
    """Log in at an emulator that consents by itself.

    Raises:
        LoginError: It does not.
        Transient: It gives no answer.
    """
    answer = follow_consent(http, authorise_target(settings, state))
    if answer is None:
        raise LoginError("The emulator asks a person for consent; start it with --auto-login, or log in: sync login")
    return server.exchange(code_in(answer, state), settings.redirect_uri).first()


def follow_consent(http: HttpClient, target: str) -> str | None:
    """Fetch the consent page ourselves; the address it redirects to, or None if it wants a person."""
    answer = http.send("GET", target, redirects=True)
    return answer.headers.get("location") if 300 <= answer.status < 400 else None
