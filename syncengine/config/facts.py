"""What the connectors' declarations say of a mapped name: is it there, what does it hold, can it be written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from syncengine.config.faults import Hint
from syncengine.config.judge import Scope
from syncengine.model.record import Side
from syncengine.model.resource import FieldFacts, Resource
from syncengine.model.written import describe

_PATH = re.compile(r"[^.\[\]\s][^.\[\]]*(?:\[[0-9]{1,4}\])*(?:\.[^.\[\]\s][^.\[\]]*(?:\[[0-9]{1,4}\])*)*")

Resources = Mapping[str, Mapping[str, Resource]]
"""System → resource's name → what it is."""


@dataclass(frozen=True, slots=True)
class Ground:
    """An entity under judgement, together with both its resources."""

    scope: Scope
    resources: Mapping[Side, Resource]

    def facts(
        self, side: Side, name: str, path: tuple[str | int, ...], *, key: bool = False, compared: bool = False
    ) -> FieldFacts | None:
        """What is known of a field; None, with a fault at ``path``, if the resource has no such field.

        A field of a resource that is open (nested, free columns) may be unlisted: it then holds anything.

        Args:
            compared: Its value decides something (a scope, a match), so the side must show it.
        """
        resource, end = self.resources[side], self.scope.end(side)
        if known := resource.fields.get(name):
            if compared and not known.readable:
                said = f"{end}.{name} can be written only and is never shown, so nothing can be decided by it"
                self.scope.judge.fault(path, said, key=key, own=True)
            return self._allowed(side, known, path, key=key)
        if not resource.open:
            what = f"{end} has no field {describe(name)}"
            hint = Hint(word=name, known=list(resource.fields), manner="nearest")
            self.scope.judge.fault(path, what, key=key, hint=hint, see=f"See: sync schema --list {end}", own=True)
            return None
        if not _PATH.fullmatch(name):
            self.scope.judge.fault(path, f"{describe(name)} is no path; write it as billing.zip or lines[0].sku")
            return None
        return FieldFacts(name=name)

    def _allowed(self, side: Side, facts: FieldFacts, path: tuple[str | int, ...], *, key: bool) -> FieldFacts:
        """Note a restricted field that no field of the entity names a ground for; in ``where`` or ``inactive`` that field's counts too."""
        if facts.restricted and not self._grounded(side, facts.name):
            what = (
                f"{describe(facts.name)} may not be mapped without a legal ground: {facts.restricted}. "
                "Name it: ground: the law or contract that asks for it"
            )
            self.scope.judge.fault(path, what, key=key, own=True)
        return facts

    def _grounded(self, side: Side, name: str) -> bool:
        specs = self.scope.spec.fields.items()
        return any(
            (spec.ground or "").strip() for own, spec in specs if name == (own if side is Side.RIGHT else spec.source)
        )


def writable(facts: FieldFacts) -> bool:
    """Tell whether a field can be written at all, be it on create only."""
    return facts.creatable or facts.updatable
