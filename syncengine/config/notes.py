"""What `sync check` tells of a mapping that is right: rules that will stop in practice, each with its place."""

from __future__ import annotations

from collections.abc import Iterator

from syncengine.config.document import Document
from syncengine.config.facts import Resources
from syncengine.model.entity import Birth, Entity, OnDelete
from syncengine.model.record import Side


def told(document: Document, entity: Entity, resources: Resources) -> Iterator[str]:
    """Tell of one entity, one line each."""
    yield from _deactivation(document, entity)
    yield from _needed(document, entity, resources)


def _deactivation(document: Document, entity: Entity) -> Iterator[str]:
    """A rule that can only ask: it is to deactivate, and nobody said how that side says inactive."""
    for side, rule in entity.on_delete.items():
        if rule.then is OnDelete.DEACTIVATE and side.other not in entity.inactive:
            system, other = entity.end(side).system, entity.end(side.other)
            place = document.at("entities", entity.name, "on_delete", system)
            said = f"how {other} says inactive is not given, so each deletion waits for a person"
            yield f"{place}  {entity.name}.on_delete.{system}: {said}. Say inactive: {{{other.system}: {{…}}}}"


def _needed(document: Document, entity: Entity, resources: Resources) -> Iterator[str]:
    """Creates that the side will refuse, because a field it needs is not mapped."""
    given = {Side.RIGHT: {rule.name for rule in entity.fields}, Side.LEFT: {rule.source for rule in entity.fields}}
    for side, birth in entity.create.items():
        end = entity.end(side)
        resource = resources[end.system][end.resource]
        needed = [name for name, facts in resource.fields.items() if facts.required and facts.creatable]
        missing = [name for name in needed if name not in given[side] and name not in resource.key]
        if missing and birth is not Birth.NEVER:
            said = f"{end} needs {', '.join(missing)} in a new record, which is not mapped"
            place = document.at("entities", entity.name, "fields", key=True)
            yield f"{place}  {entity.name}.fields: {said}. Map it, or say create: {{{end.system}: never}}"
