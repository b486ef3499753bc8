"""Logging in: a person consents in the browser, the code comes back, the first tokens are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

from syncengine.errors import LoginError, StateError, Transient, UserError
from syncengine.ports import Ports
from syncengine_connectors.exact.consent import authorise_target, code_in, follow_consent
from syncengine_connectors.exact.keeper import LIFETIME
from syncengine_connectors.exact.options import Settings, read_settings
from syncengine_connectors.exact.profile import FileProfile
from syncengine_connectors.exact.wiring import Wires, wire
from syncengine_connectors.http import HttpClient

LISTEN_SECONDS: Final = 180.0
"""As long as a code lives."""

Ask = Mapping[str, Any]
"""How to reach the person:

``show_url(url)`` opens or shows an address; ``read_answer(prompt)`` reads a line; ``say(line)`` tells something;
``auto`` True lets a server on this machine answer at once, without a browser; ``action`` is ``login``, ``status`` or ``divisions``;
``found(status)`` takes what ``status`` returns, for a program.
"""


def run(options: Mapping[str, Any], ports: Ports, ask: Ask) -> None:
    """What ``Plugin.login`` names: do what was asked for and say what came of it.

    Raises:
        LoginError: It did not succeed.
        StateError: The profile cannot be kept.
        UserError: The question makes no sense.
    """
    say = _say(ask)
    action = ask.get("action", "login")
    if action == "status":
        found = status(options, ports)
        say(describe(found))
        if "found" in ask:
            ask["found"](found)
    elif action == "divisions":
        for division in divisions(options, ports):
            say(f"{division['number']}  {division['name']}  {division['country']}")
    elif action == "login":
        login(options, ports, ask)
        say(describe(status(options, ports)))
    else:
        raise UserError(f"login cannot do {action!r}; it can do login, status, divisions")


def login(options: Mapping[str, Any], ports: Ports, ask: Ask) -> None:
    """Log a person in and keep the first tokens, in place of any that were there.

    Raises:
        LoginError: The person refused, the answer is not the one to this question, or Exact gave no tokens.
        StateError: The profile cannot be kept on this disk.
    """
    settings = read_settings(options)
    wires = wire(settings, ports)
    try:
        _refuse_passing_disk(settings, wires)
        state = ports.ids.token()
        target = authorise_target(settings, state)
        answer = _answer(settings, wires.http, target, ask, ports)
        code = code_in(answer, state)
        wires.keeper.start(wires.server.exchange(code, settings.redirect_uri))
    finally:
        wires.http.close()


def status(options: Mapping[str, Any], ports: Ports) -> Mapping[str, Any]:
    """How long the login lasts; no secret and no call.

    Returns:
        ``profile`` (name), ``logged_in``, ``days_left`` (None if not logged in), ``why`` a person must log in ("" if not).
    """
    settings = read_settings(options)
    wires = wire(settings, ports)
    try:
        chain = wires.profile.load()
        left = None
        if chain.current is not None:
            left = (LIFETIME - (ports.clock.now().timestamp() - chain.current.answered)) / 86_400
        return {
            "profile": settings.user,
            "place": settings.place,
            "logged_in": settings.embedded or (left is not None and left > 0 and not chain.dead),
            "days_left": None if left is None else max(0, round(left)),
            "why": chain.dead,
        }
    finally:
        wires.http.close()


def describe(found: Mapping[str, Any]) -> str:
    """A status as one line."""
    who = f"Exact {found['place']}, profile {found['profile']}"
    if not found["logged_in"]:
        return f"{who}: not logged in. {found['why'] or 'Log in: sync login'}"
    if found["days_left"] is None:
        return f"{who}: logs in by itself"
    return f"{who}: logged in; {found['days_left']} days left if it is not used, and each use renews it"


def divisions(options: Mapping[str, Any], ports: Ports) -> list[dict[str, Any]]:
    """The administrations this login can reach: ``number``, ``name``, ``country``, ``pinned``.

    Raises:
        LoginError: Nobody is logged in.
    """
    settings = read_settings(options)
    wires = wire(settings, ports)
    try:
        return [
            {
                "number": row["Code"],
                "name": str(row.get("Description") or "").strip(),
                "country": str(row.get("Country") or "").strip(),
                "pinned": row["Code"] == settings.division,
            }
            for row in wires.administration.all()
        ]
    finally:
        wires.http.close()


def _answer(settings: Settings, http: HttpClient, target: str, ask: Ask, ports: Ports) -> str:
    """The address that carries the code, by the first way that works here."""
    if settings.local and ask.get("auto", True):
        try:
            found = follow_consent(http, target)
        except Transient as error:
            raise LoginError(f"{error}. Is the emulator running?") from error
        if found is not None:
            return found
    show: Callable[[str], None] | None = ask.get("show_url")
    if show is None:
        raise LoginError("A person must log in, and nobody can be asked here. Run sync login on a terminal.")
    url = settings.origin + target
    parts = urlsplit(settings.redirect_uri)
    if parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1") and parts.port:
        return listen(parts.hostname, parts.port, parts.path or "/", lambda: show(url))
    show(url)
    read: Callable[[str], str] | None = ask.get("read_answer")
    if read is None:
        raise LoginError("The address the browser ends at must be pasted, and nobody can be asked here.")
    return read(f"The browser ends at {settings.redirect_uri} (an empty page will do). Paste its whole address")


def listen(host: str, port: int, path: str, ready: Callable[[], None], seconds: float = LISTEN_SECONDS) -> str:
    """Wait for one request to our own address; return its path and query.

    Raises:
        LoginError: None came in time, or the port is taken.
    """
    found: list[str] = []

    class Once(BaseHTTPRequestHandler):
        """Takes the address of the first request to the registered path."""

        timeout = 10

        def do_GET(self) -> None:
            """Answer the browser."""
            ours = urlsplit(self.path).path == path
            self.send_response(200 if ours else 404)
            self.send_header("content-type", "text/plain; charset=utf-8")
            self.send_header("content-security-policy", "default-src 'none'")
            self.end_headers()
            self.wfile.write(b"You may close this page." if ours else b"Not here.")
            if ours and not found:
                found.append(self.path)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
            """Keep the code out of every log."""

    try:
        server = HTTPServer((host, port), Once)
    except OSError as error:
        raise LoginError(
            f"{host}:{port} cannot be listened at ({error.strerror}); free it, then: sync login"
        ) from error
    with server:
        server.timeout = seconds
        ready()
        # Something else may knock first; a few tries, each bounded.
        for _ in range(5):
            server.handle_request()
            if found:
                return found[0]
    raise LoginError("No answer came from the browser. Begin again: sync login")


def _refuse_passing_disk(settings: Settings, wires: Wires) -> None:
    if settings.local or not isinstance(wires.profile, FileProfile) or wires.profile.lasts():
        return
    raise StateError(
        f"{wires.profile.path.parent} lies on a disk that does not outlive a restart; the login would be lost with it. Name "
        "another folder in SYNCENGINE_CREDENTIALS."
    )


def _say(ask: Ask) -> Callable[[str], None]:
    found: Callable[[str], None] | None = ask.get("say")
    return found if found is not None else (lambda line: None)
