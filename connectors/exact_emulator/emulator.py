"""The emulator as an object: what it holds, what was asked of it, and the way of one request through it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import RLock
from typing import Any

from exact_emulator import reference as reference_module
from exact_emulator.administration import Administration
from exact_emulator.api import Api
from exact_emulator.call import Answer, Call
from exact_emulator.clock import Clock
from exact_emulator.faults import Schedule
from exact_emulator.faulty import Faulty
from exact_emulator.limits import Limits
from exact_emulator.log import RequestLog
from exact_emulator.oauth import OAuth, TokenState
from exact_emulator.persist import Disk
from exact_emulator.reference import Endpoint
from exact_emulator.seeds import read_answer, seed, start_up
from exact_emulator.settings import Settings
from exact_emulator.store import Row, Touch
from exact_emulator.webhooks import RecordingSender, Sender, Webhooks
from exact_emulator.writing import Writing


class Emulator:
    """A server that behaves as Exact Online does.

    Attributes:
        clock: Move it with ``advance``.
        requests: The log of calls.
        faults: The schedule; ``add`` a rule.
        webhooks: Events that wait, and who carries them.
        current_division: What ``Me`` shows; the user changes it in the browser.
    """

    def __init__(
        self, settings: Settings | None = None, *, seeds: Iterable[tuple[str, Path]] = (), sender: Sender | None = None
    ) -> None:
        self.settings = settings or Settings()
        self.lock = RLock()
        self.random = random.Random(self.settings.random_seed)  # noqa: S311 - ids of a test double
        self.reference = reference_module.load()
        self.clock = Clock(self.settings.start, self.settings.time_zone)
        self.disk = Disk(self.settings.data) if self.settings.data else None
        self.requests = RequestLog(self.settings.request_log)
        self.faults = Schedule()
        for rule in self.settings.faults:
            self.faults.add(rule)
        self.limits = Limits(self.settings, self.clock)
        self.webhooks = Webhooks(self.settings.webhook_secret, self.settings.client_id, sender or RecordingSender())
        self.current_division = self.settings.divisions[0]
        self.administrations = {division: self._administration(division) for division in self.settings.divisions}
        self.oauth = OAuth(
            self.settings, self.clock, self.random, self._load(), lambda text: self._note("tokens", text)
        )
        self._plant(list(seeds))
        for administration in self.administrations.values():
            administration.changed = self._changed
        self.api = Api(self)
        self.faulty = Faulty(self)

    # -- building -------------------------------------------------------------------------------------------------

    def _administration(self, division: int) -> Administration:
        made = Administration(division, self.reference, self.settings, self.clock, self.disk, self.random)
        made.elsewhere = lambda endpoint, key: any(
            key in other.table(endpoint) for other in self.administrations.values() if other.division != division
        )
        return made

    def _load(self) -> TokenState:
        """Take up what the disk kept: records, the clock's offset; gives the tokens."""
        if self.disk is None:
            return TokenState()
        for division, endpoint, key, stamp, body, touch in self.disk.rows():
            if division in self.administrations:
                known = Touch(**json.loads(touch)) if touch else None
                self.administrations[division].load(endpoint, key, stamp, body, known)
        self.clock.offset = timedelta(seconds=float(self.disk.fact("clock") or 0))
        for administration in self.administrations.values():
            kept = self.disk.fact(f"stamp:{administration.division}")
            administration.stamp = max(administration.stamp, int(kept or 0))
        tokens = self.disk.fact("tokens")
        return TokenState.from_json(tokens) if tokens else TokenState()

    def _plant(self, seeds: list[tuple[str, Path]]) -> None:
        """Seed the first administration; on a kept state only what was not seeded before."""
        first = self.administrations[self.settings.divisions[0]]
        fresh = []
        for resource, path in seeds:
            mark = f"seeded:{resource}={path.resolve()}"
            if self.disk is None or self.disk.fact(mark) is None:
                fresh.append((resource, path))
                self._note(mark, "1")
        for resource, path in fresh:
            seed(first, resource, read_answer(path))
        seeded = {self.reference.resource(resource).table for resource, _ in seeds}
        for administration in self.administrations.values():
            start_up(administration, self.settings, seeded if administration is first else set())
        self.commit()

    def _note(self, name: str, value: str) -> None:
        if self.disk:
            self.disk.note(name, value)

    def commit(self) -> None:
        """Make what changed last, where the state is kept."""
        if self.disk:
            for administration in self.administrations.values():
                self.disk.note(f"stamp:{administration.division}", str(administration.stamp))
            self.disk.note("clock", str(self.clock.offset.total_seconds()))
            self.disk.commit()

    def close(self) -> None:
        """Close what the emulator holds open."""
        with self.lock:
            if self.disk:
                self.commit()
                self.disk.close()
                self.disk = None

    # -- serving --------------------------------------------------------------------------------------------------

    def handle(self, call: Call) -> Answer:
        """Serve one request, with whatever the schedule does to it.

        Raises:
            ConnectionDropped: The client gets no whole answer.
        """
        try:
            with self.lock:
                self.faulty.run_due()
                return self.faulty.serve(call)
        finally:
            if self.settings.webhook_delivery == "inline":
                self.webhooks.flush()

    # -- looking in and reaching in, for tests and the admin pages ------------------------------------------------

    def administration(self, division: int | None = None) -> Administration:
        """Give an administration, by default the first."""
        return self.administrations[division or self.settings.divisions[0]]

    def records(self, resource: str, division: int | None = None) -> list[Row]:
        """Give copies of all records of a resource, as stored: padded, dates as ``/Date(ms)/``, nulls left out."""
        with self.lock:
            return self.administration(division).records(resource)

    def seed(self, resource: str, rows: Iterable[Row] | Path, division: int | None = None) -> int:
        """Put rows, or those of a file, into an administration; gives how many."""
        with self.lock:
            taken = read_answer(rows) if isinstance(rows, Path) else rows
            number = seed(self.administration(division), resource, taken)
            self.commit()
            return number

    @contextmanager
    def person(self, division: int | None = None) -> Iterator[Writing]:
        """Change records as a person in the browser does: ``create``, ``update``, ``delete``."""
        with self.lock:
            yield Writing(self.administration(division), self.settings.person, "person")
            self.commit()

    def create(self, resource: str, fields: Mapping[str, Any], division: int | None = None) -> str:
        """Let a person make a record; gives its key."""
        with self.person(division) as writing:
            return writing.create(self._endpoint(resource), fields)

    def edit(self, resource: str, key: str, fields: Mapping[str, Any], division: int | None = None) -> None:
        """Let a person change a record; Modified and Timestamp move."""
        with self.person(division) as writing:
            writing.update(self._endpoint(resource), key, fields)

    def delete(self, resource: str, key: str, division: int | None = None) -> None:
        """Let a person delete a record."""
        with self.person(division) as writing:
            writing.delete(self._endpoint(resource), key)

    def issue_tokens(self) -> dict[str, str]:
        """Log in without pages: the body of a token answer."""
        with self.lock:
            tokens = self.oauth.issue()
            self.commit()
            return tokens

    def _endpoint(self, resource: str) -> Endpoint:
        endpoint = self.reference.resource(resource)
        return self.reference.endpoints[endpoint.table]

    # -- events ---------------------------------------------------------------------------------------------------

    def _changed(self, administration: Administration, endpoint: Endpoint, key: str, action: str) -> None:
        if endpoint.webhook is None:
            return
        address = f"{self.settings.public_url or 'https://start.exactonline.nl'}{endpoint.uri}(guid'{key}')"
        for row in administration.records("webhooks/WebhookSubscriptions"):
            if row.get("Topic") == endpoint.webhook:
                self.webhooks.announce(
                    str(row.get("CallbackURL")), endpoint.webhook, administration.division, action, key,
                    address.replace("{division}", str(administration.division)), self.clock.now(),
                )  # fmt: skip
