"""The tables of ``docs/mapping.md``, made from the model: which keys there are, what they take, what they mean.

``python -m syncengine.config.reference docs/mapping.md`` writes them anew between the page's marks; a test holds the page to them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from syncengine.config.schema import language_schema
from syncengine.model.mapping import GUARDS
from syncengine.model.transform_names import TRANSFORMS

Schema = Mapping[str, Any]

PARTS: Final[Mapping[str, str]] = {
    "file": "",
    "system": "SystemSpec",
    "lookup": "LookupSpec",
    "entity": "EntitySpec",
    "match": "MatchSpec",
    "field": "FieldSpec",
    "condition": "Comparison",
    "defaults": "Defaults",
    "report": "ReportSpec",
}
"""Table of the page → the part of the schema it shows."""

_MARKS = re.compile(r"(<!-- table: ([a-z]+) -->\n)(?:(?!<!--).)*(<!-- end -->)", re.DOTALL)
_TYPES: Final = {"string": "text", "integer": "number", "boolean": "true / false", "array": "list", "object": "map"}


def table(name: str) -> str:
    """One table of the page, as Markdown.

    Raises:
        KeyError: There is no such table.
    """
    if name == "transforms":
        return _markdown(("transform", "with options", "what it holds"), _transforms())
    if name == "guards":
        return ", ".join(f"`{guard}`" for guard in GUARDS)
    return _markdown(("key", "takes", "meaning"), _keys(name))


def filled(page: str) -> str:
    """The page with every table as the model has it now."""
    return _MARKS.sub(lambda found: f"{found[1]}{table(found[2])}\n{found[3]}", page)


def _keys(name: str) -> Iterator[tuple[str, str, str]]:
    schema = language_schema()
    part = schema["$defs"][PARTS[name]] if PARTS[name] else schema
    needed = part.get("required", ())
    for key, value in part["properties"].items():
        takes = "transform / list of them" if key == "use" else _takes(value, schema)
        yield f"`{key}`", takes + (", required" if key in needed else ""), value["description"]
    for value in part.get("patternProperties", {}).values():
        yield "`to_<system>`", "expression", value["description"]


def _transforms() -> Iterator[tuple[str, str, str]]:
    for name, known in TRANSFORMS.items():
        yield f"`{name}`", f"`{known.example}`" if known.example else "", known.about


def _takes(value: Schema, schema: Schema) -> str:
    """What a key takes, in a few words."""
    if reference := value.get("$ref"):
        return _takes(schema["$defs"][reference.rpartition("/")[2]], schema)
    if "const" in value:
        return str(value["const"])
    if words := value.get("enum"):
        return " / ".join(words)
    if choices := value.get("anyOf"):
        return " / ".join(dict.fromkeys(_takes(choice, schema) for choice in choices))
    kind = value.get("type", "anything")
    return "value" if isinstance(kind, list) else _TYPES.get(kind, str(kind))


def _markdown(head: tuple[str, ...], rows: Iterator[tuple[str, str, str]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(filled(Path(name).read_text("utf-8")), "utf-8")
