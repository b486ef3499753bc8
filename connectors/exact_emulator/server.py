"""What the server holds: administrations, tokens, limits, the clock, the log; and how it comes back after a restart."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from threading import RLock

from exact_emulator.administration import Administration
from exact_emulator.clock import Clock
from exact_emulator.faults import Schedule
from exact_emulator.limits import Limits
from exact_emulator.log import RequestLog
from exact_emulator.oauth import OAuth, TokenState
from exact_emulator.persist import Disk
from exact_emulator.reference import Endpoint, load
from exact_emulator.seeds import read_answer, seed, start_up
from exact_emulator.settings import Settings
from exact_emulator.store import Touch
from exact_emulator.webhooks import RecordingSender, Sender, Webhooks


class Server:
    """Everything that requests work on. Its parts are used under its lock.

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
        self.reference = load()
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

    def administration(self, division: int | None = None) -> Administration:
        """Give an administration, by default the first."""
        return self.administrations[division or self.settings.divisions[0]]

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
