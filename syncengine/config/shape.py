"""Holds a tree to the model of the language: a ``MappingFile``, or faults with their places and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from syncengine.config.faults import Faults, Hint
from syncengine.config.tree import Map, Node, Path, place, plain_data, written
from syncengine.model.mapping import MappingFile
from syncengine.model.written import describe

_WANTED: Final = {
    "string_type": "text",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
    "tuple_type": "a list",
    "list_type": "a list",
    "enum": "",
    "literal_error": "",
}
"""pydantic's kind of error → what should stand there; "" where it is one of a few words."""


def shape(root: Node, faults: Faults) -> MappingFile | None:
    """Read a tree as the mapping language.

    Returns:
        The model; None if something does not fit, all of which is then among the faults.
    """
    if not isinstance(root, Map):
        faults.add(root.line, root.column, (), "the file is no map of keys such as version, systems and entities")
        return None
    try:
        return MappingFile.model_validate(plain_data(root))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _note(detail, root, faults)
        return None


def _note(detail: ErrorDetails, root: Node, faults: Faults) -> None:
    """Say one of pydantic's errors in our words, at its place."""
    path, kind = _written_path(detail["loc"]), detail["type"]
    is_key = kind == "extra_forbidden" or detail["loc"][-1:] == ("[key]",)
    line, column = place(root, path, key=is_key or kind == "missing")
    what, hint = _words(detail, path)
    # An unknown or missing key is told of the map it belongs to; anything else of itself.
    about = path[:-1] if is_key or kind == "missing" else path
    faults.add(line, column, written(root, about), what, hint=hint)


def _words(detail: ErrorDetails, path: Path) -> tuple[str, Hint | None]:
    kind, found = detail["type"], detail["input"]
    last = str(path[-1]) if path else ""
    if kind == "extra_forbidden" and last.endswith(")") and "(" not in last:
        # `use: money(2, nl)` inside braces: YAML ends the value at the comma.
        return f"unknown key {describe(last)}: a value with a comma stands in quotes here", None
    if kind == "extra_forbidden":
        return f"unknown key {describe(last)}", Hint(word=last, known=_keys(_model_at(path[:-1])))
    if kind == "missing":
        return f'"{last}" is missing', None
    if kind in ("enum", "literal_error") and isinstance(found, str):
        what = "unknown guard" if detail["loc"][-1:] == ("[key]",) else "unknown value"
        return f"{what} {describe(found)}", Hint(word=found, known=_choices(detail))
    if kind == "value_error":
        return str(detail["ctx"]["error"]), None
    if kind in ("too_short", "too_long"):
        wanted = {"pair": "two resources: [system.resource, system.resource]"}.get(last, "at least one entry")
        return f"wants {wanted}", None
    if kind == "greater_than_equal":
        return f"wants at least {detail['ctx']['ge']}", None
    wanted = _WANTED.get(kind, "")
    return f"wants {wanted or 'one word'}; found {describe(found)}" if kind in _WANTED else detail["msg"], None


def _choices(detail: ErrorDetails) -> Sequence[str]:
    """The words pydantic expected: ``'keep', 'deactivate' or 'ask'``."""
    return str(detail.get("ctx", {}).get("expected", "")).replace(" or ", ", ").replace("'", "").split(", ")


def _written_path(loc: Sequence[str | int]) -> Path:
    """pydantic's place as the file has it: expressions under their own keys, no marks for keys."""
    steps: list[str | int] = []
    for step in loc:
        if steps and steps[-1] == "to" and len(steps) == 5 and isinstance(step, str):
            steps[-1] = f"to_{step}"
        elif step != "[key]":
            steps.append(step)
    return tuple(steps)


def _keys(model: type[BaseModel] | None) -> Sequence[str]:
    """The keys a part of the language has, as they are written."""
    if model is None:
        return ()
    hidden = {"to", "eq", "in"}
    return [name for key, info in model.model_fields.items() if (name := info.alias or key) not in hidden]


def _model_at(path: Path) -> type[BaseModel] | None:
    """The model that judges what stands at a path; None if it is no model."""
    kind: Any = MappingFile
    for step in path:
        model = _model(kind)
        if model is None:
            inner = [argument for argument in get_args(_bare(kind)) if argument is not Ellipsis]
            kind = inner[-1] if inner else None
        else:
            named = [info.annotation for key, info in model.model_fields.items() if step in (key, info.alias)]
            kind = named[0] if named else _free(model)
    return _model(kind)


def _free(model: type[BaseModel]) -> Any:
    """What the free keys of a model hold; None if it has none."""
    if "__pydantic_extra__" not in model.__annotations__:
        return None
    return get_args(get_type_hints(model, include_extras=True)["__pydantic_extra__"])[-1]


def _bare(kind: Any) -> Any:
    """A type without its annotations and without None."""
    while hasattr(kind, "__metadata__"):
        kind = kind.__origin__
    if get_origin(kind) is Union or type(kind).__name__ == "UnionType":
        kinds = [argument for argument in get_args(kind) if argument is not type(None)]
        return _bare(kinds[0]) if kinds else None
    return kind


def _model(kind: Any) -> type[BaseModel] | None:
    bare = _bare(kind)
    return bare if isinstance(bare, type) and issubclass(bare, BaseModel) else None
