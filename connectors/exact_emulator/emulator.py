"""The emulator as an object: it serves requests, and lets a test look in and reach in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from exact_emulator.api import Api
from exact_emulator.call import Answer, Call
from exact_emulator.faulty import Faulty
from exact_emulator.reference import Endpoint
from exact_emulator.seeds import read_answer, seed
from exact_emulator.server import Server
from exact_emulator.settings import Settings
from exact_emulator.store import Row
from exact_emulator.webhooks import Sender
from exact_emulator.writing import Writing


class Emulator(Server):
    """A server that behaves as Exact Online does."""

    def __init__(
        self, settings: Settings | None = None, *, seeds: Iterable[tuple[str, Path]] = (), sender: Sender | None = None
    ) -> None:
        super().__init__(settings, seeds=seeds, sender=sender)
        self.api = Api(self)
        self.faulty = Faulty(self, self.api)

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
