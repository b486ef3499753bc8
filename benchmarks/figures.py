"""What was measured, as rows that people read and as a document for comparison over time."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.measure import Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One outcome.

    Attributes:
        size: Records a side.
        user, wall: Seconds; None where the figure is of another kind.
        floor: User seconds of the floor, measured beside it; None where there is none.
        ratio: User seconds to the floor's.
        target: The ratio to reach; None where none is set.
        memory: Highest, in MB.
        database: Bytes of the state afterwards.
        note: What else is to be said, for people.
        counts: What was counted, such as calls.
    """

    name: str
    size: int
    user: float | None = None
    wall: float | None = None
    floor: float | None = None
    ratio: float | None = None
    target: float | None = None
    memory: float | None = None
    database: int | None = None
    note: str = ""
    counts: Mapping[str, float] = field(default_factory=dict)


HEAD = f"{'':<40} {'records':>9} {'ratio':>9} {'target':>6} {'floor':>8} {'user':>9} {'clock':>9} {'memory':>8} {'state':>10}"


def line(figure: Figure) -> str:
    """One row of the table, under ``HEAD``."""

    def shown(value: float | None, form: str, unit: str) -> str:
        return "–" if value is None else f"{value:{form}}{unit}"

    size = None if figure.database is None else figure.database / 1e6
    return (
        f"{figure.name:<40} {figure.size:>9,} {shown(figure.ratio, '.2f', ' ×'):>9} {shown(figure.target, 'g', ' ×'):>6} "
        f"{shown(figure.floor, '.2f', ' s'):>8} {shown(figure.user, '.2f', ' s'):>9} {shown(figure.wall, '.2f', ' s'):>9} "
        f"{shown(figure.memory, '.0f', ' MB'):>8} {shown(size, '.1f', ' MB'):>10}  {figure.note}"
    ).rstrip()


def over(
    floor: float,
    cost: Cost,
    name: str,
    size: int,
    *,
    target: float | None = None,
    database: int | None = None,
    note: str = "",
    counts: Mapping[str, float] | None = None,
) -> Figure:
    """A cost as a ratio to the floor's seconds."""
    return Figure(
        name=name,
        size=size,
        user=cost.user,
        wall=cost.wall,
        floor=floor,
        ratio=cost.user / floor,
        target=target,
        memory=cost.memory,
        database=database,
        note=note,
        counts=counts or {},
    )


def machine() -> dict[str, object]:
    """Facts of the machine that figures depend on; no name of it."""
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": [round(load, 1) for load in os.getloadavg()],
    }
