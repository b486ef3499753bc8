"""The mapping language as JSON Schema, for editors: made from the model, so that there is one truth.

``sync.schema.json`` beside this module is the committed copy, for editors that see no project; a test holds it to the model. It is written by
``python -m syncengine.config.schema``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

from syncengine.config.document import Document
from syncengine.config.facts import Resources
from syncengine.config.judge import ends
from syncengine.config.names import CONFLICT_WORDS, FIRST_LINK_WORDS
from syncengine.model.mapping import EntitySpec, MappingFile
from syncengine.model.resource import FieldFacts, Kind, Resource
from syncengine.model.transform_names import TRANSFORMS

Schema = dict[str, Any]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
COMMITTED: Final = Path(__file__).with_name("sync.schema.json")
_TRANSFORM: Final[Schema] = {
    "anyOf": [{"enum": list(TRANSFORMS)}, {"type": "string", "pattern": r"^[a-z_]+(\(.*\))?$"}]
}

_EXPRESSION: Final[Schema] = {"type": "string", "pattern": "[^A-Za-z0-9_-]"}
"""A rule that is an expression: more than one word."""


def language_schema() -> Schema:
    """The language itself: any project's file fits it."""
    schema = _tidied(MappingFile.model_json_schema())
    words = {"owner": ("both",), "conflict": CONFLICT_WORDS, "first_link": FIRST_LINK_WORDS}
    for part in ("EntitySpec", "FieldSpec", "Defaults"):
        for key, known in words.items():
            described = schema["$defs"][part]["properties"][key]["description"]
            schema["$defs"][part]["properties"][key] = _words(known) | {"description": described}
    use = schema["$defs"]["FieldSpec"]["properties"]["use"]
    use["anyOf"] = [_TRANSFORM, {"type": "array", "items": _TRANSFORM, "minItems": 1}]
    return {"$schema": DRAFT, "title": "sync.yaml", **schema}


def committed_text() -> str:
    """The language's schema as the committed file holds it."""
    return json.dumps(language_schema(), indent=1, ensure_ascii=False) + "\n"


def project_schema(document: Document, resources: Resources) -> Schema:
    """The schema of one project: it completes the names of its systems, entities and lookups, and its connectors' resources and fields.

    Args:
        resources: System → name → resource, as the connectors declare them.
    """
    schema = language_schema()
    systems, mapping = list(document.systems), document.mapping
    schema["properties"]["systems"]["properties"] = {name: {"$ref": "#/$defs/SystemSpec"} for name in systems}
    pairs = [f"{system}.{name}" for system in systems for name in resources.get(system, {})]
    _complete(schema["$defs"]["EntitySpec"], "pair", {"items": _texts(pairs, open=False)})
    _complete(schema["$defs"]["LookupSpec"], "table", _texts(pairs, open=False))
    for part in ("EntitySpec", "FieldSpec", "Defaults"):
        _name_systems(schema["$defs"][part], systems)
    _complete(schema["$defs"]["FieldSpec"], "ref", _texts(mapping.entities, open=False))
    if mapping.lookups:
        _complete(schema["$defs"]["FieldSpec"], "lookup", _texts(mapping.lookups, open=False))
    known: Schema = {}
    for name, spec in mapping.entities.items():
        held = [resources.get(end.system, {}).get(end.resource) for end in ends(spec)]
        if held[0] is not None and held[1] is not None:
            schema["$defs"][f"field of {name}"] = _field_schema(schema, held[0])
            known[name] = _entity_schema(schema, name, spec, held[0], held[1])
    schema["properties"]["entities"]["properties"] = known
    return schema


def _entity_schema(schema: Schema, name: str, spec: EntitySpec, left: Resource, right: Resource) -> Schema:
    """One entity of the project: the fields are those of its two resources."""
    made: Schema = deepcopy(schema["$defs"]["EntitySpec"])
    left_end, right_end = ends(spec)
    _name_systems(made, [left_end.system, right_end.system])
    short = _texts(left.fields, open=left.open)
    field = {"anyOf": [short, {"$ref": f"#/$defs/field of {name.replace('~', '~0').replace('/', '~1')}"}]}
    fields = {each.name: field | {"description": about(each)} for each in right.fields.values()}
    made["properties"]["fields"] |= {"properties": fields, "additionalProperties": field if right.open else False}
    names = _texts([*right.fields, *spec.fields], open=right.open)
    match = made["properties"]["match"]["items"]
    match["anyOf"][0] = names
    match["anyOf"][1] = deepcopy(schema["$defs"]["MatchSpec"])
    for key in ("all", "veto", "tie_break"):
        _complete(match["anyOf"][1], key, {"type": "array", "items": names})
    for key in ("where", "protect"):
        clauses = {end.system: _clause(held) for end, held in ((left_end, left), (right_end, right))}
        made["properties"][key] |= {"properties": clauses, "additionalProperties": False}
    made["properties"]["many"] |= _texts([left_end.system, right_end.system], open=False)
    return made


def _field_schema(schema: Schema, left: Resource) -> Schema:
    made: Schema = deepcopy(schema["$defs"]["FieldSpec"])
    _complete(made, "from", _texts(left.fields, open=left.open))
    return made


def _clause(resource: Resource) -> Schema:
    """A condition that completes the names of a resource's fields."""
    return {
        "allOf": [{"$ref": "#/$defs/Clause"}],
        "propertyNames": _texts([*resource.fields, "any", "all"], open=resource.open),
    }


def _name_systems(part: Schema, systems: list[str]) -> None:
    """Complete the names of systems wherever a part of the language takes one."""
    properties = part["properties"]
    _complete(part, "owner", {"enum": ["both", *systems]})
    for key, words in (("conflict", CONFLICT_WORDS), ("first_link", FIRST_LINK_WORDS)):
        _complete(part, key, {"anyOf": [{"enum": [*words, *systems]}, _EXPRESSION]})
    for key in ("where", "create", "protect", "inactive"):
        if key in properties:
            properties[key]["propertyNames"] = {"enum": systems}
    if "on_delete" in properties:
        properties["on_delete"]["propertyNames"] = {"enum": [*systems, "edited"]}


def _complete(part: Schema, key: str, with_: Mapping[str, Any]) -> None:
    """Put better knowledge in the place of what a key may hold; its description stays."""
    properties = part["properties"]
    kept = {name: value for name, value in properties[key].items() if name in ("description", "minItems", "maxItems")}
    shape = {"type": "array"} if "items" in with_ else {}
    properties[key] = {**shape, **kept, **with_}


def _texts(names: Iterable[str], *, open: bool) -> Schema:
    """Any of these texts; others too, if ``open``."""
    known = list(dict.fromkeys(names))
    if not open:
        return {"enum": known}
    return (
        {"anyOf": [{"enum": known}, {"type": "string", "minLength": 1}]}
        if known
        else {"type": "string", "minLength": 1}
    )


def _words(words: Iterable[str]) -> Schema:
    return {"anyOf": [{"enum": list(words)}, {"type": "string", "minLength": 1}]}


def about(facts: FieldFacts) -> str:
    """What an editor says of a field."""
    said = ["anything" if facts.kind is Kind.ANY else str(facts.kind)]
    said += [f"at most {facts.max_length} characters"] if facts.max_length else []
    said += [f"id of {facts.refers_to}"] if facts.refers_to else []
    said += ["required"] if facts.required else []
    said += ["unique"] if facts.unique else []
    said += ["read-only"] if not (facts.creatable or facts.updatable) else []
    said += ["on create only"] if facts.creatable and not facts.updatable else []
    said += ["personal"] if facts.personal else []
    said += [f"needs a legal ground (ground:): {facts.restricted}"] if facts.restricted else []
    return "; ".join(said)


def _tidied(node: Any, *, names: bool = False) -> Any:
    """pydantic's schema without what only pydantic needs: titles, and null as a value of keys that may simply be left out.

    Args:
        names: The node is a map of names, in which ``title`` and ``default`` are keys like others.
    """
    if isinstance(node, list):
        return [_tidied(item) for item in node]
    if not isinstance(node, dict):
        return node
    if not names:
        node = {key: value for key, value in node.items() if key not in ("title", "default")}
        choices = [choice for choice in node.get("anyOf", []) if choice != {"type": "null"}]
        if len(choices) == 1:
            node = {**choices[0], **{key: value for key, value in node.items() if key != "anyOf"}}
        elif choices:
            node["anyOf"] = choices
    return {
        key: _tidied(value, names=key in ("properties", "$defs", "patternProperties") and not names)
        for key, value in node.items()
    }


if __name__ == "__main__":
    COMMITTED.write_text(committed_text(), encoding="utf-8")
