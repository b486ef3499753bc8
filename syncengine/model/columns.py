"""Many records at once, column by column: where there are too many to make one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from syncengine.model.record import Observed, Value


class PlainTexts(list[Value]):
    """A column of texts that needs no second look: each is what ``Columns`` says of text, printable, and without quote or backslash.

    Attributes:
        whole: All are texts; otherwise some are None.
    """

    __slots__ = ("whole",)

    def __init__(self, values: Iterable[Value], *, whole: bool = True) -> None:
        super().__init__(values)
        self.whole = whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Many rows at once, column by column: the same as their records, where records are too many to make one by one.

    Attributes:
        ids: The side's own identifiers, each once.
        versions: As ``Record.version``.
        fields: The side's own field name → one value per row; a field it lacks is ABSENT in all. Text is NFC, stripped and never empty.
    """

    ids: Sequence[str]
    versions: Sequence[str | None]
    fields: Mapping[str, Sequence[Value]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Many ordinary records in the common shape, column by column: present, in scope, active, unprotected, nothing to tell.

    Attributes:
        ids: The side's own identifiers, each once.
        values: One column per field of the entity's layout, in its order, each with one value per record.
        raws, versions: As in ``Observed``, one per record.
    """

    ids: Sequence[str]
    values: Sequence[Sequence[Value]]
    raws: Sequence[int]
    versions: Sequence[str | None]

    def records(self) -> Iterator[Observed]:
        """The same records, one by one; their fingerprints are left to whoever stores them."""
        rows = zip(*self.values, strict=True) if self.values else ((),) * len(self.ids)
        for id, values, raw, version in zip(self.ids, rows, self.raws, self.versions, strict=True):
            yield Observed(id=id, values=values, raw=raw, version=version)


class KeyMaker(Protocol):
    """Makes numbers of the match keys that records hold.

    Attributes:
        meaning: What the numbers depend on but for the records: numbers of another meaning are of no use.
        fields: What keys are made of, by their names in the layout.
    """

    @property
    def meaning(self) -> str: ...
    @property
    def fields(self) -> Sequence[str]: ...

    def held(self, fields: Mapping[str, Sequence[Value]], size: int) -> Iterable[tuple[int, int]]:
        """``(place, key)`` of each key of each of ``size`` records, given field by field."""


class TwinPage(NamedTuple):
    """Pairs of unlinked records, one of each side, that show equal values. A third record may show them too, and then holds the same keys.

    Attributes:
        ids: Of the left ones.
        right_ids: Of the right ones.
        numbers: What the store calls the left ones, the right ones.
        fields: What both of a pair show: of the fields asked for, one column each.
    """

    ids: Sequence[str]
    right_ids: Sequence[str]
    numbers: tuple[Sequence[int], Sequence[int]]
    fields: Mapping[str, Sequence[Value]]
