"""The contract between the engine and one outside system.

``connectors/syncengine_connectors/memory.py`` is the shortest complete implementation: read it first, copy it to begin.
``syncengine.testing.connector_suite`` holds every connector to what stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from syncengine.errors import ConnectorError
from syncengine.model.columns import Columns
from syncengine.model.lens import Lens
from syncengine.model.operation import Operation, Written
from syncengine.model.record import Deletion, Record, Side
from syncengine.model.resource import Resource
from syncengine.ports import Ports

Cursor = str
"""Where the next pull begins; opaque to the engine."""

Outcome = Written | ConnectorError
"""What became of one operation of a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of a resource.

    Attributes:
        resource: Its name.
        fields: The only fields to ask for and to keep; the connector adds what it needs for id, version and time.
    """

    resource: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a pull ended; stands on its last page. A pull without it did not end whole: nothing of it counts as seen.

    Attributes:
        cursor: Where the next pull may begin.
        scope: ``full``: the rows were everything the side holds; ``delta``: only what changed since the cursor.
        complete: For ``full``: surely everything (no row unreadable, no page short, the count reached). Only then may a row's absence
            mean anything.
        why: Why it is not complete, for people; "" if it is.
        horizon: True if the cursor was too old for the deletion feed: deletions may have been missed, so a full compare is due.
    """

    cursor: Cursor | None
    scope: Literal["full", "delta"]
    complete: bool = True
    why: str = ""
    horizon: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows of a pull, as they came. The engine parses a row only if it must, and when it pleases: at the end at the latest.

    Attributes:
        rows: Opaque to the engine; given back to ``parse``.
        fingerprints: One per row, signed 64 bit (``values.fingerprint`` of the row's bytes); a row with a known fingerprint is neither parsed nor
            mapped. None: every row is a candidate (incremental sources).
        deleted: The side's own evidence of deletions.
        due: Every row shown so far is to be parsed before the next page is asked for: what comes of it tells the side how to end.
        end: On the last page only.
    """

    rows: Sequence[Any] = ()
    fingerprints: Sequence[int] | None = None
    deleted: Sequence[Deletion] = ()
    due: bool = False
    end: End | None = None


@runtime_checkable
class Columnar(Protocol):
    """What a connector may offer besides: many rows parsed together."""

    def columns(self, query: Query, rows: Sequence[Any], prints: Sequence[int]) -> Columns | None:
        """Make columns of these rows; pure. None if one of them wants to be looked at alone, or if that is no faster.

        Must say what ``parse`` says of each row.

        Args:
            prints: The fingerprints of these rows, as the page gave them.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """What people call the target.

    Attributes:
        text: As the side shows it now; "" if it does not say.
        said: True if the mapping itself names it so, and both agree.
    """

    text: str
    said: bool = False


@runtime_checkable
class Titled(Protocol):
    """What a connector may offer besides: the target's own name, which is pinned beside its identity."""

    def title(self) -> Title:
        """Ask for it, once per process.

        Raises:
            Transient: It could not be asked.
            LoginError: The target has another name than the mapping says.
        """


@runtime_checkable
class Clocked(Protocol):
    """What a connector may offer besides: how its side's clock goes. A large difference makes every time it tells doubtful."""

    def ahead(self) -> float | None:
        """Seconds by which the side's clock was ahead of this machine's in its last answer; negative if behind, None if it told no time.

        Makes no call.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a side still allows.

    Attributes:
        minute: Calls allowed in a minute; None if unlimited.
        left_today: Calls left today, the reserve kept back; None if unlimited.
    """

    minute: int | None = None
    left_today: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something ``check --online`` found: ``ok`` False is a fault a person must mend."""

    ok: bool
    text: str


class Connector(Protocol):
    """One outside system. Knows its own API and nothing of the other side.

    Nothing here repeats a changing request: the engine does, after it has looked. Every method may raise ``LoginError``, and
    ``Transient`` if nothing can be said now.
    """

    def identity(self) -> str:
        """What exactly is on the other end, without secrets: ``exact nl 123456``. Pinned at the first run; another one refuses to run."""

    def resources(self) -> Mapping[str, Resource]:
        """Describe what can be synced, by name: fields, keys, and what each resource can do. No call to the side unless it must."""

    def pull(self, query: Query, since: Cursor | None) -> Iterator[Page]:
        """Yield what changed since the cursor, at least once; everything if None.

        The last page carries an ``End``. A deletion is yielded only on the side's own evidence.
        """

    def parse(self, query: Query, row: Any) -> Record:
        """Make a record of one row; pure.

        Raises:
            Unreadable: The row is no record; it says where.
        """

    def fetch(self, query: Query, ids: Sequence[str]) -> Mapping[str, Record]:
        """Look at these records now; an id that is not in the answer is not there. At most ``Resource.fetch_size`` ids.

        Raises:
            Transient: It could not look; that is never "absent".
        """

    def write(self, operations: Sequence[Operation]) -> Sequence[Outcome]:
        """Do these operations (at most ``Resource.write_batch``, all of one resource); one outcome each, in order.

        An outcome, or an exception for the whole batch, is one of
            Written: Done, with the record as the side now shows it where it shows it.
            Transient: Nothing was written; try later.
            Rejected: The side refuses this record; names the field and the reason.
            Stale: The record is no longer what the plan was based on.
            Uncertain: The request left, no believable answer came: ``find`` before writing again.

        Deleting what is gone succeeds. A field the resource does not know is ``Rejected`` before anything is sent.
        """

    def find(self, operation: Operation) -> Sequence[Record]:
        """Look for what an uncertain write may have left behind: none, one or several.

        For a create by ``operation.identify``; for an update or delete by ``operation.id``.

        Raises:
            Transient: It could not look; that is never "absent".
        """

    def budget(self) -> Budget:
        """What may still be asked of the side."""

    def check(self) -> Sequence[Note]:
        """Try the connection for ``sync check --online``: login, rights, the pinned target. Changes nothing."""

    def close(self) -> None:
        """Let go of files and connections; may be called twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """What an entry point of the group ``syncengine.connectors`` names: how a connector is configured and made.

    Attributes:
        summary: One line for ``sync schema``.
        options: JSON Schema (an object) of its options in ``sync.yaml``, without ``connector`` itself. Secrets are marked ``"secret": true``
            and may only be given by reference.
        connect: Makes the connector from options that satisfy the schema, secrets already resolved. Makes no call.
        login: Runs a login for these options with a person at the terminal; None if the system needs none.
        webhooks: Lists, makes or removes the side's subscriptions for telling of changes; None if it has none. Takes options, ports and what is
            asked (``action``, ``topics``, ``url``), gives one row per subscription (``id``, ``topic``, ``url``, ``created``).
    """

    summary: str
    options: Mapping[str, Any]
    connect: Callable[[Mapping[str, Any], Ports], Connector]
    login: Callable[[Mapping[str, Any], Ports, Mapping[str, Any]], None] | None = field(default=None)
    webhooks: Callable[[Mapping[str, Any], Ports, Mapping[str, Any]], Sequence[Mapping[str, str]]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One side of one entity, with what it takes to read and write it.

    Attributes:
        entity, system: Names in the mapping.
        query: The resource and the fields to ask for.
        lens: Turns the side's records into the common shape and back.
    """

    entity: str
    side: Side
    system: str
    connector: Connector
    resource: Resource
    query: Query
    lens: Lens
