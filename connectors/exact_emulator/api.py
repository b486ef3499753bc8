"""The way of one request to its endpoint, without the faults."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from exact_emulator.administration import Administration
from exact_emulator.call import Answer, Call
from exact_emulator.errors import ApiError, bad_request, not_found
from exact_emulator.odata.parse import parse_constants
from exact_emulator.present import atom, error_answer
from exact_emulator.reading import Reading, read_key
from exact_emulator.reference import Endpoint
from exact_emulator.server import Server
from exact_emulator.store import Row
from exact_emulator.values import date_ms, json_date
from exact_emulator.writing import Writing, echo, read_body

ROOT = "/api/v1/"
_DIVISION = re.compile(r"(beta/)?(\d+)/(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a path leads.

    Attributes:
        endpoint: None when there is no such endpoint; ``name`` is what was asked for.
        key: What stands in parentheses; None without.
        tail: What stands behind the last slash after a key, or ``$count``.
    """

    division: int | None
    endpoint: Endpoint | None
    name: str
    key: str | None
    tail: str


class Api:
    """Answers requests to the OAuth pages and the API."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.settings = server.settings

    def serve(self, call: Call, *, page_size: int | None = None, raw: bool = False, admitted: bool = False) -> Answer:
        """Answer a request; whatever it changed is on the disk when this returns.

        Args:
            page_size: Makes pages smaller than they would be.
            raw: A list may come as bytes; nobody wants to look into it.
            admitted: Token and limits were judged before.
        """
        try:
            if call.path.startswith("/api/oauth2/"):
                return self._oauth(call)
            if call.path.startswith(ROOT):
                return self._api(call, page_size, raw=raw and self._json_wanted(call), admitted=admitted)
            return Answer(status=404, text="Not found", content_type="text/plain")
        finally:
            self.server.commit()

    def target(self, call: Call) -> Target:
        """Read a path below ``/api/v1/``."""
        rest = call.path.removeprefix(ROOT).strip("/")
        key, tail = None, ""
        if rest.endswith("/$count"):
            rest, tail = rest.removesuffix("/$count"), "$count"
        if "(" in rest:
            rest, _, inner = rest.partition("(")
            key, _, after = inner.rpartition(")")
            tail = tail or after.strip("/")
        exact = self.settings.exact_case
        endpoint = self.server.reference.path(rest, exact_case=exact)
        found = _DIVISION.fullmatch(rest)
        if endpoint is not None or not found:
            return Target(division=None, endpoint=endpoint, name=rest, key=key, tail=tail)
        name = (found[1] or "") + found[3]
        endpoint = self.server.reference.path(name, exact_case=exact)
        # Below a documented endpoint a division may stand although the reference shows none.
        return Target(division=int(found[2]), endpoint=endpoint, name=name, key=key, tail=tail)

    # -- OAuth ----------------------------------------------------------------------------------------------------

    def _oauth(self, call: Call) -> Answer:
        if call.path == "/api/oauth2/auth":
            agreed = call.method == "POST"
            if agreed:
                # The consent page's button posts the parameters it was asked with.
                fields = tuple(call.form().items())
                call = Call(method="GET", host=call.host, path=call.path, parameters=fields)
            return self.server.oauth.authorise(call, agreed=agreed)
        if call.path == "/api/oauth2/token":
            return self.server.oauth.token(call) if call.method == "POST" else Answer(status=405)
        return Answer(status=404, text="Not found", content_type="text/plain")

    # -- the API --------------------------------------------------------------------------------------------------

    def _api(self, call: Call, page_size: int | None, *, raw: bool, admitted: bool) -> Answer:
        target = self.target(call)
        division = target.division if target.division is not None else self.settings.divisions[0]
        limits = self.server.limits
        try:
            refused = None if admitted else self._admit(call, target, division)
            answer = refused or self._dispatch(
                call, target, division, lambda a: self._reading(a, call, page_size, raw=raw)
            )
        except ApiError as error:
            answer = error_answer(error.status, error.message, error.headers)
        if answer.status != 429:
            limits.note(division, target.name, answer.status)
            if answer.status != 401:
                answer.headers = limits.headers(division) | answer.headers
        return self._dress(answer, call, target)

    def _admit(self, call: Call, target: Target, division: int) -> Answer | None:
        """Check token, limits and blocks; gives the refusal, None if the call may go on."""
        if not self.server.oauth.valid(call.header("Authorization")):
            html = self.settings.unauthorized_body == "html"
            return Answer(
                status=401,
                text="<html><body><h1>401 Unauthorized</h1></body></html>" if html else None,
                content_type="text/html; charset=utf-8",
                headers={"WWW-Authenticate": "Bearer", "Reason": "InvalidToken"},
            )
        refused = self.server.limits.count(division)
        if refused:
            return refused
        if self.server.limits.blocked(division, target.name):
            return Answer(status=self.settings.error_block_status)
        return None

    def _dispatch(
        self, call: Call, target: Target, division: int, reading: Callable[[Administration], Reading]
    ) -> Answer:
        administration = self.server.administrations.get(division)
        if target.endpoint is None:
            raise not_found(target.name.rsplit("/", 1)[-1])
        if administration is None:
            reason = {"Reason": "NoDivisionAccess"}
            raise ApiError(403, "Forbidden - User division is not within division scope.", reason)
        endpoint = target.endpoint
        if call.method in {"PUT", "DELETE"} and target.key is None:
            raise bad_request("Bad Request - A key is needed to update or delete.")
        if call.method not in endpoint.methods or (call.method == "POST" and target.key is not None):
            raise ApiError(405, "Method not allowed.")
        if call.method == "GET":
            return self._get(call, target, endpoint, reading(administration))
        return self._change(call, target, endpoint, administration)

    def _reading(self, administration: Administration, call: Call, page_size: int | None, *, raw: bool) -> Reading:
        return Reading(administration, self.settings.public_url or call.host, page_size, raw=raw)

    def _get(self, call: Call, target: Target, endpoint: Endpoint, reading: Reading) -> Answer:
        administration = reading.administration
        if endpoint.name == "current/Me":
            self._refresh_me(administration)
        if endpoint.name == "read/sync/Sync/SyncTimestamp":
            return self._sync_timestamp(call, administration)
        if target.key is None:
            return reading.count(endpoint, call) if target.tail == "$count" else reading.rows(endpoint, call)
        key = read_key(target.key, endpoint, administration)
        if not target.tail:
            return reading.single(endpoint, key, call)
        prop = endpoint.properties.get(target.tail)
        row = administration.table(endpoint.table).get(key)
        if prop is None or not prop.collection or row is None:
            raise not_found(target.tail)
        child, keys = reading.child_keys(endpoint, row, prop)
        if child is None:
            return Answer(status=200, payload={"d": {"results": reading.children(endpoint, row, prop)}})
        return reading.rows(child, call, within=keys, url=(self.settings.public_url or call.host) + call.path)

    def _change(self, call: Call, target: Target, endpoint: Endpoint, administration: Administration) -> Answer:
        client = f"client:{self.settings.client_id}"
        writing = Writing(administration, self.settings.user, client, self.server.webhooks.handshake)
        if call.method == "POST":
            key = writing.create(endpoint, read_body(call.body))
            reading = Reading(administration, self.settings.public_url or call.host)
            whole = "return=representation" in call.header("Prefer").replace(" ", "").lower()
            shown = echo(reading, endpoint, key, representation=whole)
            return Answer(status=201, payload={"d": shown}, headers={"Location": shown["__metadata"]["uri"]})
        key = read_key(target.key or "", endpoint, administration)
        if call.method == "PUT":
            writing.update(endpoint, key, read_body(call.body))
        else:
            writing.delete(endpoint, key)
        return Answer(status=204)

    # -- single endpoints -----------------------------------------------------------------------------------------

    def _refresh_me(self, administration: Administration) -> None:
        user, clock = self.settings.user, self.server.clock
        local = clock.now().astimezone(clock.zone)
        offset = local.utcoffset()
        first, _, last = user.name.partition(" ")
        row: Row = {
            "UserID": user.id, "CurrentDivision": self.server.current_division, "FullName": user.name,
            "AccountingDivision": self.settings.divisions[0], "FirstName": first, "LastName": last,
            "Email": user.email, "UserName": user.email, "Language": self.settings.language,
            "LanguageCode": "nl-NL" if self.settings.language == "NL" else "en-GB", "Legislation": "1",
            "ServerTime": json_date(clock.wall_ms()),
            "ServerUtcOffset": offset.total_seconds() / 3600 if offset is not None else 0,
        }  # fmt: skip
        administration.table("current/Me").put(user.id, row, 1)

    def _sync_timestamp(self, call: Call, administration: Administration) -> Answer:
        """Answer with the row version behind which everything modified since an instant lies."""
        name = (call.parameter("endPoint") or "").strip("'")
        constants = parse_constants(call.parameter("modified") or "", administration.clock.zone)
        endpoint = next(
            (e for e in self.server.reference.endpoints.values() if e.kind == "sync" and e.resource == name), None
        )
        if endpoint is None or constants[0].kind != "DateTime":
            raise bad_request("Bad Request - Error in query syntax.")
        since = int(constants[0].value or 0)
        table = administration.table(endpoint.table)
        later = [
            table.stamp(key) for key in table.keys()  # noqa: SIM118 - a method
            if (modified := (table.get(key) or {}).get("Modified")) and date_ms(modified) >= since
        ]  # fmt: skip
        stamp = min(later, default=administration.stamp + 1) - 1
        text = call.parameter("modified") or ""
        address = f"{call.host}{ROOT}{administration.division}/read/sync/Sync/SyncTimestamp({text})"
        meta = {"uri": address, "type": "Exact.Web.Api.Models.SyncTimestamp"}
        return Answer(
            status=200,
            payload={
                "d": {"__metadata": meta, "Modified": json_date(since), "API": name, "TimeStampAsBigInt": str(stamp)}
            },
        )

    def _json_wanted(self, call: Call) -> bool:
        return "json" in call.header("Accept").lower() or (call.parameter("$format") or "").lower() == "json"

    # -- dressing -------------------------------------------------------------------------------------------------

    def _dress(self, answer: Answer, call: Call, target: Target) -> Answer:
        """Put the body into the form the client asked for: JSON by name, Atom XML by default."""
        if answer.payload is not None and not self._json_wanted(call):
            answer.text = atom(answer.payload, target.endpoint)
            answer.payload = None
            answer.content_type = "application/atom+xml; charset=utf-8" if answer.status < 400 else "application/xml"
        answer.headers.setdefault("DataServiceVersion", "2.0;")
        return answer
