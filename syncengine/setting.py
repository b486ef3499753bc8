"""Everything a run works with, opened and wired by ``workspace``: contracts and values, nothing that was chosen by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from syncengine.connector import Connector
from syncengine.model.entity import Entity, Limit, Lookup
from syncengine.model.plan import Plan
from syncengine.model.record import Side
from syncengine.model.resource import Resource
from syncengine.ports import Clock, SystemClock
from syncengine.state.store import StateStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One project, ready to run.

    Attributes:
        entities: In the order of planning: parents first.
        connectors: By system name.
        resources: System → resource name → what it can do.
        mapping: Digest of everything in the mapping that decides.
        limits: Guards of the whole project.
        environment: The label pinned beside the systems' identities; "" if none.
        boot: Identity of this boot of the machine.
        room: Makes sure that a plan can be noted before anything of it is; raises ``StateError`` if the disk has no room for it.
    """

    entities: tuple[Entity, ...]
    connectors: Mapping[str, Connector]
    resources: Mapping[str, Mapping[str, Resource]]
    store: StateStore
    mapping: str = ""
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    environment: str = ""
    clock: Clock = field(default_factory=SystemClock)
    boot: str = ""
    room: Callable[[Plan], None] = lambda _: None

    def resource(self, entity: Entity, side: Side) -> Resource:
        """What one side of an entity can do."""
        end = entity.end(side)
        return self.resources[end.system][end.resource]
