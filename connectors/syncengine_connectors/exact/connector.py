"""Exact Online as the engine sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from syncengine.connector import Budget, Cursor, Note, Outcome, Page, Query, Title
from syncengine.errors import ConnectorError, LoginError, UserError
from syncengine.model.operation import Action, Operation
from syncengine.model.record import Record
from syncengine.model.resource import Resource
from syncengine.ports import Ports
from syncengine_connectors.exact.catalogue import Endpoint
from syncengine_connectors.exact.keeper import LIFETIME
from syncengine_connectors.exact.looking import Looker, key_of
from syncengine_connectors.exact.options import Settings
from syncengine_connectors.exact.reading import Reader
from syncengine_connectors.exact.resources import Resources
from syncengine_connectors.exact.rows import record_of
from syncengine_connectors.exact.wiring import wire
from syncengine_connectors.exact.writing import CODE, Writer, own_code

_WARN_DAYS: Final = 10
"""Days left from which an unused login is worth a word."""


class Exact:
    """One administration of Exact Online."""

    def __init__(self, settings: Settings, ports: Ports) -> None:
        """Make no call."""
        self._settings = settings
        self._clock = ports.clock
        self._wires = wire(settings, ports)
        session, catalogue = self._wires.session, self._wires.catalogue
        self._resources = Resources(catalogue)
        self._reader = Reader(session, self._wires.administration, catalogue, ports.clock, full_by=settings.full_by)
        self._looker = Looker(session)
        self._asked: dict[str, tuple[str, ...]] = {}
        self._writer = Writer(session, self._looker, codes=settings.own_codes)

    def identity(self) -> str:
        """Country and division, and where it is not Exact itself, the host; without its port, which an emulator changes."""
        place = "" if not self._settings.local else f" at {self._wires.http.host}"
        return f"exact {self._settings.country} {self._settings.division}{place}"

    def title(self) -> Title:
        """The name of the administration, as Exact shows it."""
        return Title(text=self._wires.administration.name(), said=bool(self._settings.name))

    def ahead(self) -> float | None:
        """By the ``Date`` header that every answer carries."""
        return self._wires.http.ahead

    def resources(self) -> Mapping[str, Resource]:
        """All readable resources, by bare or qualified name."""
        return self._resources

    def pull(self, query: Query, since: Cursor | None) -> Iterator[Page]:
        """See ``Reader.pull``."""
        self._note(query)
        return self._reader.pull(query, since)

    def parse(self, query: Query, row: Any) -> Record:
        """Make a record of an answered row."""
        return record_of(query.resource, self._endpoint(query.resource), row, query.fields)

    def fetch(self, query: Query, ids: Sequence[str]) -> Mapping[str, Record]:
        """Look at records by id, up to twenty a call. They carry no row version: only ``sync/`` shows it."""
        self._note(query)
        endpoint = self._endpoint(query.resource)
        return self._looker.by_ids(self._resource(query.resource), endpoint, query.fields, ids)

    def write(self, operations: Sequence[Operation]) -> Sequence[Outcome]:
        """Write one after the other; none is repeated."""
        return [self._write(operation) for operation in operations]

    def find(self, operation: Operation) -> Sequence[Record]:
        """Look for a create by the code we gave it, then by what identifies it; for the others by id."""
        resource, endpoint = self._resource(operation.resource), self._endpoint(operation.resource)
        names = self._names(operation, endpoint)
        if operation.action is not Action.CREATE:
            return list(self._looker.by_ids(resource, endpoint, names, [operation.id]).values())
        names += [name for name in ("Created", "Creator") if name in endpoint.properties]
        if code := own_code(operation, endpoint, self._settings.own_codes):
            sure = self._settings.own_codes is not None and self._settings.own_codes.sure
            if found := self._looker.by_key(resource, endpoint, names, {CODE: code}):
                return [self._judged(record, sure=sure) for record in found]
            # It may have been sent before the range of our codes was changed.
        key = key_of(resource, operation.identify, operation.values)
        return [self._judged(record) for record in self._looker.by_key(resource, endpoint, names, key)]

    def _judged(self, record: Record, *, sure: bool = False) -> Record:
        """What Exact says of when a record was made, and by whom."""
        created, creator = record.get("Created"), record.get("Creator")
        ours = True if sure else None
        if not sure and isinstance(creator, str) and (me := self._wires.administration.user()):
            ours = None if creator.lower() == me else False
        return replace(record, created=created if isinstance(created, datetime) else None, ours=ours)

    def budget(self) -> Budget:
        """What the side still allows, the reserve kept back."""
        minute, left = self._wires.pacer.left()
        return Budget(minute=minute, left_today=left)

    def check(self) -> Sequence[Note]:
        """Login, administration, allowance."""
        administration = self._wires.administration
        try:
            administration.me()
            row = administration.row()
        except LoginError as error:
            return [Note(ok=False, text=str(error))]
        except ConnectorError as error:
            return [Note(ok=False, text=f"could not be asked: {error}")]
        number = self._settings.division
        named = (
            f'division {number} is "{administration.name()}"'
            if row
            else f"division {number}: the app may not read the list of divisions, so its name cannot be shown"
        )
        return [self._login_note(), Note(ok=True, text=named), self._budget_note()]

    def close(self) -> None:
        """Let go of connections; may be called twice."""
        self._wires.http.close()

    def __repr__(self) -> str:
        return f"Exact({self.identity()!r})"

    def _note(self, query: Query) -> None:
        """Remember which fields the mapping asks for: a lookup after a lost answer must show them too."""
        self._resource(query.resource)
        self._asked[query.resource] = tuple(dict.fromkeys((*self._asked.get(query.resource, ()), *query.fields)))

    def _names(self, operation: Operation, endpoint: Endpoint) -> list[str]:
        """The fields a lookup shows: those the operation knows of, and those asked for before; never everything."""
        changed = (change.name for change in operation.changes)
        known = (*operation.values, *operation.identify, *operation.expected, *changed)
        names = dict.fromkeys((*known, *self._asked.get(operation.resource, ())))
        return [name for name in names if name in endpoint.properties]

    def _write(self, operation: Operation) -> Outcome:
        try:
            resource, endpoint = self._resource(operation.resource), self._endpoint(operation.resource)
            return self._writer.write(operation, endpoint, resource)
        except ConnectorError as error:
            return error

    def _endpoint(self, name: str) -> Endpoint:
        return self._wires.catalogue.endpoint(self._wires.catalogue.path(name))

    def _resource(self, name: str) -> Resource:
        try:
            return self._resources[name]
        except KeyError:
            raise UserError(f'Exact has no resource "{name}"; see: sync schema --list exact') from None

    def _login_note(self) -> Note:
        chain = self._wires.profile.load()
        if chain.current is None or self._settings.embedded:
            return Note(ok=True, text="logged in")
        left = (LIFETIME - (self._clock.now().timestamp() - chain.current.answered)) / 86_400
        soon = "; log in again soon (sync login), or let it run" if left <= _WARN_DAYS else ""
        return Note(ok=True, text=f"logged in; {max(0, round(left))} days left if it is not used{soon}")

    def _budget_note(self) -> Note:
        budget = self.budget()
        if budget.left_today is None:
            return Note(ok=True, text="no limit of calls")
        return Note(ok=budget.left_today > 0, text=f"{budget.left_today:,} calls left today, {budget.minute} a minute")
