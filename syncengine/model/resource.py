"""What a side can hold and do, declared as data; the engine plans by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a field holds, in the engine's terms."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    DATE = "date"
    INSTANT = "instant"
    REFERENCE = "reference"
    LIST = "list"
    ANY = "any"
    """A source without types, such as a CSV file: everything is text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFacts:
    """What is known of one field of a resource.

    Attributes:
        readable, creatable, updatable: What the side lets us do with it.
        required: The side refuses a create without it.
        unique: The side refuses a second record with the same value, so a lost create is found by it.
        max_length: In characters; None if unknown.
        refers_to: The resource whose ids it holds; "" if none.
        personal: Masked in reports unless the mapping says otherwise.
        restricted: May only be mapped on a named legal ground (a citizen number and its kin); the reason, "" if free.
    """

    name: str
    kind: Kind = Kind.ANY
    readable: bool = True
    creatable: bool = True
    updatable: bool = True
    required: bool = False
    unique: bool = False
    max_length: int | None = None
    refers_to: str = ""
    personal: bool = False
    restricted: str = ""


class Deletions(StrEnum):
    """How a side tells that records are gone."""

    FEED = "feed"
    """It lists deletions: tombstones."""
    LISTING = "listing"
    """Only by their absence from a complete listing."""
    NONE = "none"
    """Not at all: nothing is ever concluded from silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of thing a side holds, and what can be done with it.

    Attributes:
        name: As written in a mapping after the system's name: ``exact.Accounts`` → ``Accounts``.
        fields: Every known field by name.
        open: True if fields exist that are not listed (nested or free columns); an unknown name is then no error.
        key: The fields that make the id, for reports; may be empty.
        create, update, delete: What can be written.
        incremental: ``pull`` with a cursor brings only what changed.
        deletions: How deletions become known.
        conditional: The side itself refuses a stale write (ETag, row version, a file checked before it is replaced).
        checked: The write itself compares the expected values with what is there, so no fresh look is needed before it.
        page_size: Records a call brings; 0 if reading costs no calls.
        fetch_size: Ids one ``fetch`` call can look up.
        write_batch: Operations one ``write`` takes; 1 for most, large for a file that is replaced as a whole.
        settle: Seconds after which an unanswered write has taken effect or never will.
        confirm: ``write`` does not show the record afterwards (Exact's 204); the engine pulls once more to confirm.
        shows_created: Though ``confirm``, a create is answered with the record, so that creates alone need no further pull.
        delta_calls: Calls of a pull that brings little: one for changes, one more where deletions are asked for apart.
    """

    name: str
    fields: Mapping[str, FieldFacts]
    open: bool = False
    key: tuple[str, ...] = ()
    create: bool = True
    update: bool = True
    delete: bool = False
    incremental: bool = False
    deletions: Deletions = Deletions.LISTING
    conditional: bool = False
    checked: bool = False
    page_size: int = 0
    fetch_size: int = 20
    write_batch: int = 1
    settle: float = 0.0
    confirm: bool = False
    shows_created: bool = False
    delta_calls: int = 1
