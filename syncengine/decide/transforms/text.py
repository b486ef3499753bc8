"""Transforms of plain text: trim, upper, code, split, join."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from syncengine.decide.keys.text import stripped
from syncengine.decide.transforms.transform import Context, Transform, TransformError, UseError, as_text, described
from syncengine.model.record import Value

Args = tuple[str, ...]


def _each(change: Callable[[str], str]) -> Callable[[Value, Context], Value]:
    """Apply to a text, or to every text of a list; leave other types alone. What becomes blank becomes None."""

    def step(value: Value, context: Context) -> Value:
        if isinstance(value, str):
            return change(value) or None
        if isinstance(value, tuple):
            return tuple(item for item in map(change, value) if item) or None
        return value

    return step


def _upper(text: str) -> str:
    return unicodedata.normalize("NFC", stripped(text).upper())


def trim(args: Args) -> Transform:
    """Ends stripped of every kind of space and invisible character; the rest as it is."""
    step = _each(stripped)
    return Transform(name="trim", read=step, put=step, settle=step, keeps_clean_text=True)


def upper(args: Args) -> Transform:
    """Trimmed, in capitals."""
    step = _each(_upper)
    return Transform(name="upper", read=step, put=step, settle=step)


def code(args: Args) -> Transform:
    """A code is text, whatever it looks like: zeros stay, padding goes."""

    def step(value: Value, context: Context) -> Value:
        return stripped(as_text(value, "code")) or None

    return Transform(name="code", read=step, put=step, settle=step, key_kind="code", keeps_clean_text=True)


def split(args: Args) -> Transform:
    """Native text ↔ common list."""
    mark = _separator("split", args, ";")
    return Transform(
        name=f"split({mark})", read=_taken_apart("split", mark), put=_put_together("split", mark), settle=_settled_list
    )


def join(args: Args) -> Transform:
    """Native list ↔ common text."""
    mark = _separator("join", args, ", ")
    return Transform(
        name=f"join({mark})",
        read=_put_together("join", mark),
        put=_taken_apart("join", mark),
        settle=_settled_text(mark),
    )


def _separator(name: str, args: Args, default: str) -> str:
    if len(args) > 1 or (args and not args[0]):
        raise UseError(
            f"{name}: expected one separator, such as {name}({default.strip()}); found {', '.join(args) or 'nothing'}"
        )
    return args[0] if args else default


def _pieces(text: str, mark: str) -> tuple[str, ...]:
    # A separator's own spaces are for the eye: "a;b" and "a; b" are one list.
    return tuple(piece for piece in map(stripped, text.split(mark.strip() or mark)) if piece)


def _taken_apart(name: str, mark: str) -> Callable[[Value, Context], Value]:
    def step(value: Value, context: Context) -> Value:
        if isinstance(value, tuple):
            return _settled_list(value, context)
        return _pieces(as_text(value, name), mark) or None

    return step


def _put_together(name: str, mark: str) -> Callable[[Value, Context], Value]:
    bare = mark.strip() or mark

    def step(value: Value, context: Context) -> Value:
        if not isinstance(value, tuple):
            return _settled_text(mark)(value, context)
        items = [item for item in map(stripped, value) if item]
        if clash := next((item for item in items if bare in item), None):
            raise TransformError(
                "separator", f"{name}: found {described(clash)}, expected items without the separator {bare!r}"
            )
        return mark.join(items) or None

    return step


def _settled_list(value: Value, context: Context) -> Value:
    if isinstance(value, tuple):
        return tuple(item for item in map(stripped, value) if item) or None
    raise TransformError("type", f"split: found {described(value)}, expected a list")


def _settled_text(mark: str) -> Callable[[Value, Context], Value]:
    def step(value: Value, context: Context) -> Value:
        return mark.join(_pieces(as_text(value, "join"), mark)) or None

    return step
