"""What is read: one side of one entity, with what it takes to read it."""

from __future__ import annotations

from dataclasses import dataclass

from syncengine.connector import Connector, Query
from syncengine.model.lens import Lens
from syncengine.model.record import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One side of one entity, ready to be read."""

    entity: str
    side: Side
    connector: Connector
    query: Query
    lens: Lens
