"""Many records of a side into the common shape at once, column by column: what ``observe`` says of each, at a fraction of its cost.

Only what is plain goes this way: a row with anything to tell (a problem, a note, a scope that must be judged) is observed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from syncengine.decide.fields import FieldLens, SkipFieldError
from syncengine.decide.kinds import UnfitError
from syncengine.decide.transforms import Context, TransformError
from syncengine.model.columns import Columns, PlainTexts, Sheet
from syncengine.model.record import ABSENT, Side, Value
from syncengine.model.resource import Kind

Column = Sequence[Value]
Gather = Callable[[Mapping[str, Column], int], Column | None]
"""A side's columns and the number of rows → one column; None if it cannot be told without the records."""

_NO_CONTEXT: Final = Context()
_NO_NOTES: Final[tuple[str, ...]] = ()


class Sheets:
    """How one side's columns are read; made once for each side of an entity.

    Args:
        lenses: The fields, in the order of the layout.
        country: The side's own field that names the record's country; "" if none does.
    """

    def __init__(self, lenses: Sequence[FieldLens], side: Side, country: str) -> None:
        self._lenses = lenses
        self._country = country
        self._gather = [_gatherer(lens, side) for lens in lenses]
        self._reads = [_reader(lens, side) for lens in lenses]
        self._notes = [
            (place, lens) for place, lens in enumerate(lenses) if lens.use is not None and lens.use.tells_anything
        ]

    def read(self, columns: Columns, raws: Sequence[int]) -> Sheet | None:
        """Read all rows; None if one of them must be looked at alone."""
        size = len(columns.ids)
        contexts = self._contexts(columns.fields, size)
        values: list[Column] = []
        try:
            for gather, read in zip(self._gather, self._reads, strict=True):
                column = gather(columns.fields, size)
                if column is None:
                    return None
                values.append(column if read is None else read(column, contexts))
        except (UnfitError, TransformError, SkipFieldError):
            return None
        if any(self._told(lens, values[place], contexts) for place, lens in self._notes):
            return None
        return Sheet(ids=columns.ids, values=values, raws=raws, versions=columns.versions)

    def _contexts(self, fields: Mapping[str, Column], size: int) -> Sequence[Context]:
        """Each record's country."""
        named = fields.get(self._country) if self._country else None
        if named is None:
            return (_NO_CONTEXT,) * size
        known: dict[Value, Context] = {}
        for value in set(named):
            shown = isinstance(value, str) and value.strip()
            known[value] = Context(country=str(value)) if shown else _NO_CONTEXT
        return [known[value] for value in named]

    @staticmethod
    def _told(lens: FieldLens, column: Column, contexts: Sequence[Context]) -> bool:
        return any(
            lens.quality(value, context) != _NO_NOTES for value, context in zip(column, contexts, strict=True) if value
        )


def _gatherer(lens: FieldLens, side: Side) -> Gather:
    if lens.rule.is_constant and side is Side.LEFT:
        return lambda fields, size: (lens.constant,) * size
    place = lens.place(side)
    if not place:
        return lambda fields, size: (ABSENT,) * size
    nested = "." in place or "[" in place

    def gather(fields: Mapping[str, Column], size: int) -> Column | None:
        found = fields.get(place)
        if found is None:
            return None if nested else (ABSENT,) * size
        return found

    return gather


def _reader(lens: FieldLens, side: Side) -> Callable[[Column, Sequence[Context]], Column] | None:
    """What reads a whole column; None if it stays as it is, for a column of ``Columns`` holds clean text."""
    if lens.rule.is_constant and side is Side.LEFT:
        return None
    read = lens.reader(side)

    def each(column: Column, contexts: Sequence[Context]) -> Column:
        return [read(value, context) for value, context in zip(column, contexts, strict=True)]

    if not _keeps_clean_text(lens, side):
        return each

    def kept(column: Column, contexts: Sequence[Context]) -> Column:
        # Beyond ASCII there are spaces and invisible characters that only the transform itself knows.
        return column if _is_clean(column, any_text=lens.use is None) else each(column, contexts)

    return kept


def _keeps_clean_text(lens: FieldLens, side: Side) -> bool:
    """True if clean text comes out as it goes in."""
    if lens.table is not None or (lens.limits[Side.RIGHT] is not None and side is Side.LEFT):
        return False
    if lens.use is not None:
        return lens.use.keeps_clean_text
    return bool(lens.rule.ref) or lens.kind in (Kind.TEXT, Kind.ANY, Kind.REFERENCE)


def _is_clean(column: Column, *, any_text: bool) -> bool:
    """True if there is nothing but text and None, all ASCII unless any text will do; ``Columns`` promises the rest."""
    if any_text and isinstance(column, PlainTexts):
        return True
    try:
        whole = "".join(filter(None, column))  # type: ignore[arg-type]  # what is no text is refused right here
    except TypeError:
        return False
    return any_text or whole.isascii()
