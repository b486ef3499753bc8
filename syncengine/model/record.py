"""Records and their values, in the shape every room shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Final


class Absent(Enum):
    """The type of ``ABSENT``."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT
"""The side did not say. Not None: None says "this field is empty"."""

Value = str | int | bool | Decimal | date | datetime | tuple[str, ...] | None | Absent
"""One named value: text is NFC and stripped, money is Decimal, instants are aware UTC datetimes."""


class Side(StrEnum):
    """One side of a mapping; not source and target, for either may lead."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The side across."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


SIDES: Final = (Side.LEFT, Side.RIGHT)
"""Both sides. To go through this tuple costs a tenth of going through the enumeration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of one resource, as one side shows it.

    Attributes:
        resource: The side's own name of the resource.
        id: The side's own identifier, as text; never a business key.
        fields: The side's own field name (a path such as ``billing.zip`` where records nest) → value. A field the side did not send
            is missing or ABSENT; a field it sent empty is None.
        version: ETag or row version, for conditional writes; None if the side has none.
        modified: When the side says the record last changed, aware UTC; None if it does not say. Evidence for ``newest`` only.
        created: When the side says it was made, aware UTC; None if it does not say. Only ``Connector.find`` need show it.
        ours: Of a record that ``Connector.find`` found after an unanswered create: True if nobody but that create can have made it (it bears a
            code that only the create had), False if the side says somebody else did, None if that cannot be told.
    """

    resource: str
    id: str
    fields: Mapping[str, Value]
    version: str | None = None
    modified: datetime | None = None
    created: datetime | None = None
    ours: bool | None = None

    def get(self, name: str) -> Value:
        """The field's value; ABSENT if the side did not send it."""
        return self.fields.get(name, ABSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A side's own evidence that a record is gone.

    Attributes:
        id: The identifier of the record that is gone.
        version: The side's row version of the deletion, comparable with ``Record.version``; None if it has none.
        at: When, aware UTC; None if the side does not say.
        merged_into: The survivor's id, if the record was merged into another one.
    """

    id: str
    version: str | None = None
    at: datetime | None = None
    merged_into: str | None = None


class Presence(StrEnum):
    """What is known of a mirrored record's being there."""

    PRESENT = "present"
    MISSING = "missing"
    """Not in the last complete listing, and nothing more is known: nothing is concluded."""
    GONE = "gone"
    """Deleted, with evidence: the side's tombstone, or a lookup that found nothing after a complete listing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A record in the common shape, as the mirror keeps it.

    Attributes:
        id: The side's own identifier.
        values: One value per field of the entity's layout, in its order; ABSENT where the side did not say.
        raw: Fingerprint of the row as it came, signed 64 bit; 0 if none was taken.
        fingerprint: Fingerprint of ``values``, signed 64 bit; equal values give equal fingerprints on both sides.
        version, modified: As in ``Record``.
        in_scope: False if the record does not satisfy the entity's ``where``.
        inactive: True if the side says so by the mapping's ``inactive``.
        protected: True if ``protect`` holds: never written.
        problem: Why the record cannot go on ("" if it can): an unreadable value, a lookup without row. Such a record is held.
        notes: What is worth telling though nothing is wrong, such as a VAT number with a wrong check digit.
        presence: Whether the record is still there.
        merged_into: The survivor's id if it is gone by a merge; "" otherwise.
        since: When it was first missed or deleted, aware UTC; None while present.
    """

    id: str
    values: tuple[Value, ...]
    raw: int = 0
    fingerprint: int = 0
    version: str | None = None
    modified: datetime | None = None
    in_scope: bool = True
    inactive: bool = False
    protected: bool = False
    problem: str = ""
    notes: tuple[str, ...] = ()
    presence: Presence = Presence.PRESENT
    merged_into: str = ""
    since: datetime | None = None

    @property
    def present(self) -> bool:
        """True if the side shows the record."""
        return self.presence is Presence.PRESENT
