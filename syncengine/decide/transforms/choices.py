"""Transforms between a few fixed values: bool, map."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from syncengine.decide.keys.text import fold, stripped
from syncengine.decide.transforms.transform import ROW, Context, Transform, TransformError, UseError, described
from syncengine.model.record import Value

Args = tuple[str, ...]

WORDS: Final[Mapping[str, bool]] = MappingProxyType(
    dict.fromkeys(("true", "1", "ja", "j", "yes", "y", "oui", "o", "waar", "vrai", "wahr"), True)
    | dict.fromkeys(("false", "0", "nee", "n", "no", "non", "onwaar", "faux", "falsch", "nein"), False)
)
"""What says yes and no, in any case."""


def bool_(args: Args) -> Transform:
    """Native yes or no ↔ common flag; the options are the two words the other side is written to with."""
    yes, no = _words(args)
    own = {fold(yes): True, fold(no): False} if args else {}

    def read(value: Value, context: Context) -> Value:
        text = _plain_text(value)
        if text == "":
            return None
        flag = own.get(fold(text), WORDS.get(fold(text)))
        if flag is None:
            expected = f"{yes} or {no}" if args else "true/false, 1/0, ja/nee, yes/no, oui/non or waar/onwaar"
            raise TransformError("format", f"bool: found {described(value)}, expected {expected}")
        return flag

    def put(value: Value, context: Context) -> Value:
        flag = read(value, context)
        if not args or not isinstance(flag, bool):
            return flag
        word = yes if flag else no
        return int(word) if word in ("0", "1") else word

    return Transform(name=f"bool({yes}, {no})" if args else "bool", read=read, put=put, settle=read)


def _words(args: Args) -> tuple[str, str]:
    if not args:
        return "true", "false"
    if len(args) != 2 or fold(args[0]) == fold(args[1]) or not all(args):
        raise UseError(f"bool: expected two different words, such as bool(ja, nee); found {', '.join(args)}")
    clash = WORDS.get(fold(args[0])) is False or WORDS.get(fold(args[1])) is True
    if clash:
        raise UseError(f"bool: expected the word for yes first; found {', '.join(args)}")
    return args[0], args[1]


def _plain_text(value: Value) -> str:
    """A value as the text a table of choices is keyed by: flags in lower case, numbers without exponent."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 40:
        return format(value.normalize(), "f")
    if isinstance(value, (str, int)):
        return stripped(str(value))
    raise TransformError("type", f"found {described(value)}, expected text, a number or a flag")


def map_(args: Args) -> Transform:
    """Native value ↔ common value, by a table that is unique both ways."""
    table = _table(args)
    back = {common: native for native, common in table.items()}

    def read(value: Value, context: Context) -> Value:
        return _looked_up(value, table)

    def put(value: Value, context: Context) -> Value:
        return _looked_up(value, back)

    def settle(value: Value, context: Context) -> Value:
        return _plain_text(value) or None

    shown = ", ".join(f"{native}={common}" for native, common in table.items())
    return Transform(name=f"map({shown})", read=read, put=put, settle=settle)


def _looked_up(value: Value, table: Mapping[str, str]) -> Value:
    text = _plain_text(value)
    if text in table:
        return table[text] or None
    if text == "":
        return None
    known = ", ".join(sorted(table)[:12])
    raise TransformError("unmapped", f"map: found {described(value)}, which has no row; the table knows {known}")


def _table(args: Args) -> Mapping[str, str]:
    table: dict[str, str] = {}
    for arg in args:
        native, mark, common = arg.partition(ROW)
        native, common = stripped(native), stripped(common)
        if not mark:
            raise UseError(f"map: expected rows such as standard=2; found {arg}")
        if native in table:
            raise UseError(f"map: {native!r} stands twice")
        if common in table.values():
            raise UseError(
                f"map: {common!r} is given for two values, so there is no way back; use a lookup with one_way instead"
            )
        table[native] = common
    if not table:
        raise UseError("map: expected rows such as map(standard=2, reduced=1)")
    return MappingProxyType(table)
