"""Authorised calls to one administration: token, pace, meaning. Reads are repeated, changes never."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from syncengine.errors import LoginError, Transient
from syncengine.ports import Clock
from syncengine_connectors.exact import odata
from syncengine_connectors.exact.keeper import Keeper
from syncengine_connectors.exact.profile import Tokens
from syncengine_connectors.http import Answer, HttpClient, Pacer, Unreadable, judge, repeat
from syncengine_connectors.http.client import READ_SECONDS, WRITE_SECONDS

_LOCKED_OUT: Final = frozenset(
    {"BlockedUser", "InactiveUser", "BlockedCustomer", "LicenseExpired", "DivisionBlocked", "NoDivisionAccess"}
)
"""Reasons of a 403 that concern everything, not one request."""


class Session:
    """Speaks to one division as one user."""

    def __init__(
        self, http: HttpClient, keeper: Keeper, pacer: Pacer, clock: Clock, *, division: int, language: str = ""
    ) -> None:
        self._http = http
        self._keeper = keeper
        self._pacer = pacer
        self._clock = clock
        self._language = language
        self.division = division
        self.root = f"/api/v1/{division}/"

    def path(self, uri: str) -> str:
        """The path of an endpoint in this administration."""
        return uri.replace("{division}", str(self.division))

    def get(self, endpoint: str, path: str, query: Iterable[tuple[str, str]] = ()) -> Any:
        """Read, a few times if need be; return the content of ``d``.

        Args:
            endpoint: What errors are counted by, such as ``crm/Accounts``.
            path: Of the request, such as ``/api/v1/1/crm/Accounts``.

        Raises:
            Transient: No readable answer.
            Rejected: The side refuses the query.
            LoginError: The login or the administration is closed to us.
        """
        return self.follow(endpoint, odata.target(path, query))

    def follow(self, endpoint: str, target: str) -> Any:
        """Like ``get``, for a target that is encoded already."""
        return repeat(lambda: self._read(endpoint, target), self._clock)

    def count(self, endpoint: str, path: str, query: Iterable[tuple[str, str]] = ()) -> int:
        """Read a bare number (``/$count``).

        Raises:
            Transient, Rejected, LoginError: As ``get``.
        """
        target = odata.target(path, query)

        def read() -> int:
            answer = self._call("GET", target, endpoint, {})
            judge(answer, f"GET {path}", changing=False)
            text = answer.body.decode("utf-8-sig", "replace").strip()
            if not text.isascii() or not text.isdigit() or len(text) > 12:
                raise Transient(f"GET {path}: the answer is no number")
            return int(text)

        return repeat(read, self._clock)

    def next_target(self, link: Any) -> str:
        """Path and query of a next link.

        Raises:
            Transient: It leaves the server or the administration; it is not followed.
        """
        parts = urlsplit(link) if isinstance(link, str) else None
        if (
            parts is None
            or f"{parts.scheme}://{parts.netloc}" != self._http.origin
            or not parts.path.startswith(self.root)
        ):
            raise Transient(
                "Exact's answer names a next page outside this server and administration; it is not followed, and the "
                "listing counts as broken off"
            )
        return f"{parts.path}?{parts.query}"

    def change(self, method: str, endpoint: str, path: str, body: bytes | None = None) -> Answer:
        """Send one changing request, once (a 401 surely changed nothing, and is repeated once).

        Raises:
            Transient, Rejected, Uncertain, LoginError: What the answer means.
        """
        headers = {"prefer": "return=representation"} if method == "POST" else {}
        if body is not None:
            headers["content-type"] = "application/json"
        answer = self._call(
            method, path, endpoint, {"accept": "application/json", **headers}, body, WRITE_SECONDS, changing=True
        )
        judge(answer, f"{method} {endpoint}", changing=True)
        return answer

    def _read(self, endpoint: str, target: str) -> Any:
        answer = self._call("GET", target, endpoint, {"accept": "application/json"})
        what = f"GET {endpoint}"
        if answer.status == 403 and (reason := answer.headers.get("reason", "").strip()) in _LOCKED_OUT:
            raise LoginError(
                f"{what}: Exact does not let this login into division {self.division}: {reason}. A person must mend that with "
                "Exact, or correct division in sync.yaml (sync login --divisions lists those within reach)."
            )
        judge(answer, what, changing=False)
        try:
            found = answer.json()
        except Unreadable as error:
            raise Transient(f"{what}: got {error}", status=str(answer.status)) from None
        if not isinstance(found, dict) or "d" not in found:
            raise Transient(f"{what}: the answer has no content (d)", status=str(answer.status))
        return found["d"]

    def _call(
        self,
        method: str,
        target: str,
        endpoint: str,
        headers: dict[str, str],
        body: bytes | None = None,
        seconds: float = READ_SECONDS,
        *,
        changing: bool = False,
    ) -> Answer:
        refused: Tokens | None = None
        while True:
            noted = self._pacer.enter(endpoint)
            try:
                # Only now: a token fetched before the wait for our turn may die in it.
                tokens = self._keeper.token() if refused is None else self._keeper.refused(refused)
                answer = self._send(method, target, headers, body, seconds, tokens.access, changing)
            except Exception:
                self._pacer.lost(noted)
                raise
            answer = self._pacer.leave(noted, endpoint, answer)
            if answer.status != 401:
                break
            if refused is not None:
                raise LoginError(_unauthorised(answer))
            refused = tokens
        if answer.status < 300:
            self._keeper.worked(tokens)
        return answer

    def _send(
        self,
        method: str,
        target: str,
        headers: dict[str, str],
        body: bytes | None,
        seconds: float,
        access: str,
        changing: bool,
    ) -> Answer:
        language = {"customdescriptionlanguage": self._language} if self._language else {}
        return self._http.send(
            method,
            target,
            headers={"authorization": f"Bearer {access}", **language, **headers},
            body=body,
            seconds=seconds,
            changing=changing,
        )


def _unauthorised(answer: Answer) -> str:
    reason = answer.headers.get("reason", "").strip()[:200]
    return (
        f"Exact does not accept the access token ({reason or 'no reason given'}), though it cannot have expired; nothing was "
        "written by this request. Somebody may have revoked the app. Log in again: sync login"
    )
