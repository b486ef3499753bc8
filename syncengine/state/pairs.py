"""Links as rows: reading them with their bases and with what the mirror holds of both records."""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from zlib import crc32

from syncengine.errors import StateError
from syncengine.model.link import Base, Link, Pair
from syncengine.model.operation import OperationState
from syncengine.model.record import Observed, Value
from syncengine.model.values import load
from syncengine.state.database import Database
from syncengine.state.encode import LINK_STATES, check_sum, compact
from syncengine.state.entities import Known
from syncengine.state.observed import DOC, PRINT, WIDTH, columns, damaged, is_of, observed, verify
from syncengine.state.schema import SETTLED_SQL

LINK_COLUMNS: Final = (
    "link.state, link.matched_by, link.run, link.sum, link.left_fp, link.right_fp, link.left_base, link.right_base"
)
_LINK_WIDTH: Final = 8
_BOTH: Final = "link LEFT JOIN record l ON l.n = link.left_n LEFT JOIN record r ON r.n = link.right_n"
_ORDER: Final = "ORDER BY coalesce(l.id, ''), coalesce(r.id, '')"
_BARRING: Final = f"{SETTLED_SQL} AND state <> '{OperationState.PARKED}'"
"""What was refused as it is bars nothing: other content may still go out."""

_BARRED: Final = (
    f"EXISTS (SELECT 1 FROM operation WHERE entity = ?2 AND left_id = l.id AND {_BARRING})"
    f" OR EXISTS (SELECT 1 FROM operation WHERE entity = ?2 AND right_id = r.id AND {_BARRING})"
)
_PAIR: Final = f"SELECT link.n, {LINK_COLUMNS}, {_BARRED}, {columns('l')}, {columns('r')} FROM {_BOTH}"


def link_sum(entity: str, left_id: str, right_id: str, state: int, matched_by: str, run: int) -> int:
    """The sum kept with a link; its base is covered by its own fingerprints."""
    return check_sum(entity, left_id, right_id, state, matched_by, run)


def link_sums(
    entity: str, lefts: Sequence[str], rights: Sequence[str], state: int, matched_by: str, run: int
) -> list[int]:
    """``link_sum`` of each of many links that have but their ids of their own."""
    before, behind = check_sum(entity, ""), f"\x1f{state}\x1f{matched_by}\x1f{run}"
    return [
        crc32(f"{left}\x1f{right}{behind}".encode("utf-8", "surrogatepass"), before)
        for left, right in zip(lefts, rights, strict=True)
    ]


def stream(database: Database, entity: Known, *, only_dirty: bool) -> Iterator[Pair]:
    """Pairs in order of left id, right id.

    The order is found over numbers and ids alone; values are read a batch at a time, so that memory stays flat.
    """
    which = "link.entity = ? AND link.dirty = 1" if only_dirty else "link.entity = ?"
    for part in database.batches(f"SELECT link.n FROM {_BOTH} WHERE {which} {_ORDER}", (entity.number,)):
        yield from pairs(database, entity, [n for (n,) in part])


def numbered(database: Database, entity: Known, which: str, value: object) -> list[int]:
    """Numbers of links that a condition names, in order of left id, right id."""
    sql = f"SELECT link.n FROM {_BOTH} WHERE link.entity = ? AND {which} {_ORDER}"
    return [n for (n,) in database.all(sql, (entity.number, value))]


def pairs(database: Database, entity: Known, numbers: Sequence[int]) -> Iterator[Pair]:
    """The pairs with these numbers, in this order.

    Raises:
        StateError: A row is not what was stored.
    """
    rows = database.all(
        f"{_PAIR} WHERE link.n IN (SELECT value FROM json_each(?1))", (compact(list(numbers)), entity.name)
    )
    by_number = {row[0]: row[1:] for row in rows}
    for n in numbers:
        yield _pair(entity, by_number[n])


def _pair(entity: Known, row: tuple[Any, ...]) -> Pair:
    state, matched_by, run, total, left_fp, right_fp, left_base, right_base, barred = row[: _LINK_WIDTH + 1]
    left, right = row[-2 * WIDTH : -WIDTH], row[-WIDTH:]
    left_id, right_id = left[0] or "", right[0] or ""
    if total != link_sum(entity.name, left_id, right_id, state, matched_by, run):
        raise damaged(f"the link {entity.name} {left_id!r} = {right_id!r}")
    verify(left, entity.name, "left")
    verify(right, entity.name, "right")
    if left_fp is not None:
        for side, row, base, print_ in (("left", left, left_base, left_fp), ("right", right, right_base, right_fp)):
            # Values that the mirror shows as well were looked at just now.
            shared = base is None and row[DOC] is not None and row[PRINT] == print_
            if not shared and not is_of(base, print_):
                raise damaged(f"the base of {entity.name} {left_id!r} = {right_id!r} ({side})")
    width = len(entity.layout)
    mine, theirs = observed(left, width), observed(right, width)
    link = Link(
        entity=entity.name,
        left_id=left_id,
        right_id=right_id,
        matched_by=matched_by,
        state=LINK_STATES[state],
        base=None if left_fp is None else Base(left=_agreed(left_base, mine), right=_agreed(right_base, theirs)),
        run=run,
    )
    return Pair(link=link, left=mine, right=theirs, open_operation=bool(barred))


def _agreed(own: str | None, shown: Observed | None) -> tuple[Value, ...]:
    """The values of one half of a base: its own copy, or the very ones that the mirror holds."""
    if own is not None:
        return load(own)
    assert shown is not None
    return shown.values


def twice(entity: Known, left_id: str, right_id: str) -> StateError:
    """What is said where a record would be linked a second time."""
    return StateError(
        f"{entity.name}: left {left_id!r} = right {right_id!r} cannot be linked: one of the two is linked already.\n"
        "  Nothing of this step was stored. See `sync links list`; a record may have several partners only where the mapping says `many`."
    )
