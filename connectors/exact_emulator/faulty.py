"""Serves requests through the fault schedule, and does late what a fault held back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from exact_emulator.api import Api
from exact_emulator.call import Answer, Call
from exact_emulator.errors import ApiError
from exact_emulator.faults import Refused, Reset, Rule, TimedOut
from exact_emulator.server import Server
from exact_emulator.spoil import instead, rewrite, spoil
from exact_emulator.writing import Writing

DONE = frozenset({"timeout_done", "reset_done", "fault_done", "html_502_done"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Something that happens later.

    Attributes:
        at: When the clock reaches this; None if requests are counted.
        number: When this request begins; None if the clock counts.
        call: A request that is done late; None for a change by a person.
        edit: The change, with the row version it was given when it began.
    """

    at: datetime | None
    number: int | None
    call: Call | None = None
    edit: dict[str, Any] | None = None
    stamp: int | None = None


class Faulty:
    """The outermost layer of the server."""

    def __init__(self, server: Server, api: Api) -> None:
        self.server = server
        self.api = api
        self.held: list[Held] = []

    # -- serving --------------------------------------------------------------------------------------------------

    def serve(self, call: Call) -> Answer:
        """Serve a request; the first rule that strikes spoils it."""
        server = self.server
        entry = server.requests.begin(call, server.clock.now().isoformat())
        rule = server.faults.strike(call)
        if rule is None:
            answer = self.api.serve(call, raw=True)
            entry.status = answer.status
            return answer
        entry.fault = rule.kind
        entry.done = rule.kind not in _NOT_DONE
        answer = self._struck(call, rule)
        entry.status = answer.status
        return answer

    def _struck(self, call: Call, rule: Rule) -> Answer:
        kind, arguments, server = rule.kind, rule.arguments, self.server
        if kind == "refused":
            raise Refused("connection refused")
        if kind in {"timeout", "reset"}:
            raise TimedOut("no answer, not done") if kind == "timeout" else Reset("connection reset, not done")
        if kind == "timeout_late":
            self.hold(call=call, after_s=arguments.get("after_s"), after_requests=arguments.get("after_requests"))
            raise TimedOut("no answer, done later")
        if kind in DONE:
            self.api.serve(call)
            if kind in {"timeout_done", "reset_done"}:
                raise TimedOut("no answer, done") if kind == "timeout_done" else Reset("connection reset, done")
        target = self.api.target(call)
        division = target.division or server.settings.divisions[0]
        if kind == "endpoint_blocked":
            server.limits.block(division, target.name)
            return self.api.serve(call)
        if kind == "purge_deleted":
            self._purge(division)
            return self.api.serve(call)
        if kind == "ignored" and call.method in {"PUT", "DELETE"}:
            return Answer(status=204, headers=server.limits.headers(division))
        replaced = instead(kind, arguments, server.limits, division, server.settings.language)
        if replaced is not None:
            if replaced.status != 429:
                replaced.headers = server.limits.headers(division) | replaced.headers
            return replaced
        return self._spoiled(call, rule)

    def _spoiled(self, call: Call, rule: Rule) -> Answer:
        """Serve a request for real, and spoil what it is about or what comes back."""
        kind, arguments, server = rule.kind, rule.arguments, self.server
        if kind == "normalise":
            call = rewrite(call, str(arguments["field"]), str(arguments["how"]))
        size = int(arguments["rows"]) if kind == "short_page" else None
        answer = self.api.serve(call, page_size=size)
        if kind == "edit":
            self.person(dict(arguments))
            server.commit()
        query = "&".join(f"{name}={value}" for name, value in call.parameters)
        return spoil(answer, kind, arguments, call.host + call.path + ("?" + query if query else ""))

    def _purge(self, division: int) -> None:
        administration = self.server.administrations[division]
        table = administration.table("sync/Deleted")
        for _, key in list(table.since(0)):
            table.remove(key)
            if self.server.disk:
                self.server.disk.drop(division, "sync/Deleted", key)

    # -- later ----------------------------------------------------------------------------------------------------

    def hold(
        self, *, call: Call | None = None, edit: dict[str, Any] | None = None, stamp: int | None = None,
        after_s: float | None = None, after_requests: int | None = None,
    ) -> None:  # fmt: skip
        """Keep something for later; without a time it happens before the next request."""
        at = None if after_s is None else self.server.clock.now() + timedelta(seconds=float(after_s))
        number = self.server.requests.total + int(after_requests or 0) if at is None else None
        self.held.append(Held(at=at, number=number, call=call, edit=edit, stamp=stamp))

    def run_due(self) -> None:
        """Do what is due by now."""
        now, total = self.server.clock.now(), self.server.requests.total
        due = [
            h for h in self.held if (h.at is not None and h.at <= now) or (h.number is not None and h.number <= total)
        ]
        self.held = [h for h in self.held if h not in due]
        for held in due:
            if held.call is not None:
                # The server had taken it; its token may have expired since.
                self.api.serve(held.call, admitted=True)
            if held.edit is not None:
                self.person(held.edit, stamp=held.stamp)
        if due:
            self.server.commit()

    def person(self, change: dict[str, Any], *, stamp: int | None = None) -> str | None:
        """Let a person change a record as a rule says; gives the key.

        ``resource`` with ``id`` and ``fields`` edits, with ``fields`` alone creates, with ``id`` alone deletes. With
        ``commit_after_s`` or ``commit_after_requests`` an edit gets its row version now and shows later.
        """
        server = self.server
        administration = server.administration(change.get("division"))
        endpoint = server.reference.endpoints[server.reference.resource(str(change["resource"])).table]
        writing = Writing(administration, server.settings.person, "person")
        key, fields = change.get("id"), change.get("fields")
        late_s, late_n = change.pop("commit_after_s", None), change.pop("commit_after_requests", None)
        if late_s is not None or late_n is not None:
            self.hold(edit=change, stamp=administration.next_stamp(), after_s=late_s, after_requests=late_n)
            return key
        try:
            if key is None:
                return writing.create(endpoint, fields or {})
            if fields is None:
                writing.delete(endpoint, key)
            else:
                writing.update(endpoint, key, fields, stamp=stamp)
        except ApiError:
            if stamp is None:
                raise
            # The record was deleted before the late change came through: nothing is left to change.
        return key


_NOT_DONE = frozenset({
    "timeout", "timeout_late", "refused", "reset", "rate_minute", "rate_day", "rate_bare", "rate_absurd",
    "endpoint_blocked", "deadlock", "exists", "fault", "empty_500", "html_502", "maintenance", "bad_request",
    "unauthorized", "forbidden", "request_timeout", "ignored",
})  # fmt: skip
