"""Operations as JSON: for the journal and for saved plans. What is read back equals what was written, or is refused."""

# ruff: noqa: TRY004 (one kind of error for any oddity)
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import InvalidOperation
from typing import Any, Final, TypeVar

from syncengine.model.operation import Action, FieldChange, Operation, Pending
from syncengine.model.record import Side, Value
from syncengine.model.values import from_json, to_json

T = TypeVar("T")

_OPERATION: Final = frozenset(field.name for field in fields(Operation))
_CHANGE: Final = frozenset(field.name for field in fields(FieldChange))


def dump_operation(operation: Operation) -> dict[str, Any]:
    """One operation as an object ``json`` can write; a ``Pending`` is ``{"p": [entity, side, id]}``, other values as in ``values``."""
    return {
        "key": operation.key,
        "entity": operation.entity,
        "side": operation.side.value,
        "resource": operation.resource,
        "action": operation.action.value,
        "id": operation.id,
        "partner": operation.partner,
        "values": {name: _dump(value) for name, value in operation.values.items()},
        "expected": {name: to_json(value) for name, value in operation.expected.items()},
        "version": operation.version,
        "identify": {name: to_json(value) for name, value in operation.identify.items()},
        "changes": [dump_change(change) for change in operation.changes],
        "title": operation.title,
        "after": list(operation.after),
        "phase": operation.phase,
    }


def dump_change(change: FieldChange) -> dict[str, Any]:
    """One field of an operation as an object ``json`` can write."""
    return {
        "name": change.name,
        "before": to_json(change.before),
        "after": _dump(change.after),
        "base": to_json(change.base),
        "source": to_json(change.source),
        "rule": change.rule,
        "why": change.why,
        "line": change.line,
    }


def load_operation(data: Any) -> Operation:
    """Read back what ``dump_operation`` made.

    Raises:
        ValueError: It was not made by it: a key is missing or unknown, or a value is of another kind.
    """
    _shape(data, _OPERATION, "an operation")
    return Operation(
        key=_text(data, "key"),
        entity=_text(data, "entity"),
        side=Side(_text(data, "side")),
        resource=_text(data, "resource"),
        action=Action(_text(data, "action")),
        id=_text(data, "id"),
        partner=_text(data, "partner"),
        values=_mapping(data, "values", _load),
        expected=_mapping(data, "expected", _value),
        version=None if data["version"] is None else _text(data, "version"),
        identify=_mapping(data, "identify", _value),
        changes=tuple(load_change(item) for item in _list(data, "changes")),
        title=_text(data, "title"),
        after=tuple(_is_text(item, "after") for item in _list(data, "after")),
        phase=_number(data, "phase"),
    )


def load_change(data: Any) -> FieldChange:
    """Read back what ``dump_change`` made.

    Raises:
        ValueError: It was not made by it.
    """
    _shape(data, _CHANGE, "a field of an operation")
    return FieldChange(
        name=_text(data, "name"),
        before=_value(data["before"]),
        after=_load(data["after"]),
        base=_value(data["base"]),
        source=_value(data["source"]),
        rule=_text(data, "rule"),
        why=_text(data, "why"),
        line=_number(data, "line"),
    )


def _dump(value: Value | Pending) -> Any:
    return {"p": [value.entity, value.side.value, value.id]} if isinstance(value, Pending) else to_json(value)


def _load(data: Any) -> Value | Pending:
    if not (isinstance(data, dict) and data.keys() == {"p"}):
        return _value(data)
    parts = data["p"]
    if not (isinstance(parts, list) and len(parts) == 3):
        raise ValueError(f"not a pending reference: {data!r}")
    entity, side, id = (_is_text(part, "p") for part in parts)
    return Pending(entity=entity, side=Side(side), id=id)


def _value(data: Any) -> Value:
    try:
        return from_json(data)
    except InvalidOperation:
        raise ValueError(f"not a stored value: {data!r}") from None


def _shape(data: Any, names: frozenset[str], what: str) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"{what} must be an object, found {type(data).__name__}")
    if data.keys() != names:
        odd = sorted(map(str, data.keys() ^ names))
        raise ValueError(f"{what} has missing or unknown keys: {', '.join(odd)}")


def _is_text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, found {type(value).__name__}")
    return value


def _text(data: Mapping[str, Any], name: str) -> str:
    return _is_text(data[name], name)


def _number(data: Mapping[str, Any], name: str) -> int:
    value = data[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} must be a whole number, found {type(value).__name__}")
    return value


def _list(data: Mapping[str, Any], name: str) -> list[Any]:
    value = data[name]
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list, found {type(value).__name__}")
    return value


def _mapping(data: Mapping[str, Any], name: str, read: Callable[[Any], T]) -> dict[str, T]:
    value = data[name]
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be an object, found {type(value).__name__}")
    return {_is_text(key, name): read(item) for key, item in value.items()}
