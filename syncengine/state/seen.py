"""Which rows a listing has shown, kept outside the database while the listing lasts.

To mark a million unchanged rows in the database would cost as much as to store them. A listing that does not end whole counts for nothing,
so its marks may be lost with the process. Memory: seventeen bytes for each row known, in plain arrays.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from syncengine.state.database import Database
from syncengine.state.encode import compact

FEW: Final = 2_000
"""Fingerprints asked for one by one before all of them are loaded: a short question must not cost what a long listing may."""


class Seen:
    """The marks of one generation of one side.

    Attributes:
        generation: The pull's number.
    """

    def __init__(self, database: Database, entity: int, side: int, generation: int) -> None:
        self.generation = generation
        self._database = database
        self._side = (entity, side)
        self._asked = 0
        self._early: list[int] = []
        self._raws: array[int] | None = None
        self._numbers = array("q")
        self._hit = bytearray()
        self._retired: set[int] = set()
        self._away: dict[int, list[int]] | None = None

    def mark(self, prints: Sequence[int]) -> list[bool]:
        """Mark rows that are present by their raw fingerprints; say for each whether it was one."""
        if self._raws is None:
            self._asked += len(prints)
            if self._asked <= FEW:
                return self._look_up(prints)
            self._load()
        raws, hit, retired = self._raws, self._hit, self._retired
        assert raws is not None
        end, answer = len(raws), []
        for print_ in prints:
            place = bisect_left(raws, print_)
            known = place < end and raws[place] == print_ and (not retired or print_ not in retired)
            if known:
                hit[place] = 1
            answer.append(known)
        return answer

    def away(self, prints: Sequence[int]) -> list[int]:
        """Numbers of rows with these fingerprints that were missed or deleted before, and so are back; told once each."""
        if self._away is None:
            self._away = {}
            rows = self._database.all(
                "SELECT raw, n FROM record WHERE entity = ? AND side = ? AND presence <> 0 AND presence <> 3"
                " AND raw <> 0 AND problem IS NULL",
                self._side,
            )
            for raw, number in rows:
                self._away.setdefault(raw, []).append(number)
        back = self._away
        return [number for print_ in prints if print_ in back for number in back.pop(print_)] if back else []

    def retire(self, raws: Sequence[int]) -> None:
        """Forget fingerprints of rows that were replaced during this listing."""
        self._retired.update(raws)

    def unseen(self, size: int) -> Iterator[list[int]]:
        """Numbers of the rows that had a fingerprint when the listing began and were not marked."""
        if self._raws is None:
            self._load()
        raws, hit = self._raws, self._hit
        assert raws is not None
        part: list[int] = []
        place = hit.find(0)
        while place >= 0:
            if not self._twin(place):
                part.append(self._numbers[place])
                if len(part) == size:
                    yield part
                    part = []
            place = hit.find(0, place + 1)
        if part:
            yield part

    def _twin(self, place: int) -> bool:
        """Tell whether another row with the same fingerprint was marked: of two that cannot be told apart neither is missed."""
        raws, hit = self._raws, self._hit
        assert raws is not None
        first = bisect_left(raws, raws[place])
        return bool(hit[first])

    def _look_up(self, prints: Sequence[int]) -> list[bool]:
        rows = self._database.all(
            "SELECT DISTINCT raw FROM record WHERE entity = ? AND side = ? AND raw IN (SELECT value FROM json_each(?))"
            " AND problem IS NULL AND presence = 0 AND raw <> 0",
            (*self._side, compact(list(prints))),
        )
        found = {raw for (raw,) in rows}
        self._early.extend(found)
        return [print_ in found for print_ in prints]

    def _load(self) -> None:
        """Load every fingerprint of the side, in order; the index has them side by side."""
        raws, numbers = array("q"), array("q")
        rows = self._database.batches(
            "SELECT raw, n FROM record WHERE entity = ? AND side = ? AND problem IS NULL AND presence = 0 ORDER BY raw",
            self._side,
            10_000,
        )
        for part in rows:
            some_raws, some_numbers = zip(*part, strict=True)
            raws.extend(some_raws)
            numbers.extend(some_numbers)
        none = slice(bisect_left(raws, 0), bisect_right(raws, 0))
        del raws[none], numbers[none]
        self._raws, self._numbers, self._hit = raws, numbers, bytearray(len(raws))
        # Marked before: what was replaced since keeps its mark, and so does another row with the same fingerprint.
        for print_ in self._early:
            place = bisect_left(raws, print_)
            if place < len(raws) and raws[place] == print_:
                self._hit[place] = 1
        self._early.clear()
