"""Transforms of numbers: money, number, fraction. The common shape is a Decimal; a number that can be read two ways is refused."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from decimal import Context as Arithmetic
from typing import Final

from syncengine.decide.keys.text import plain
from syncengine.decide.transforms.transform import Context, Transform, TransformError, UseError, described
from syncengine.model.record import Value

Args = tuple[str, ...]

_CURRENCY = r"(?:€|EUR|EURO|\$|USD|US\$|£|GBP|CHF)"
_CURRENCY_AT_AN_END = re.compile(rf"^{_CURRENCY}\s*|\s*{_CURRENCY}$", re.I)
_NO_CENTS = re.compile(r"[.,]\s*-{1,2}$|[.,]=$")
_BODY = re.compile(r"[0-9][0-9.,' ]*|[.,][0-9]+")
_SCIENTIFIC = re.compile(r"^[+-]?[0-9.,]+e[+-]?[0-9]+$", re.I)
_GROUPS = re.compile(r"[0-9]{1,3}(?:(?P<mark>[.,' ])[0-9]{3})(?:(?P=mark)[0-9]{3})*")
_NOTATIONS: Final = {"nl": (",", "."), "en": (".", ",")}
"""Notation → decimal mark, thousands mark."""

_EXACT = Arithmetic(prec=60)
_MAX_DIGITS: Final = 28


def read_number(value: Value, *, name: str = "number", notation: str = "") -> Decimal:
    """Read a number from a number or text.

    Args:
        value: Text such as ``€ 1.234,56``, ``1,234.56``, ``12,-`` or ``(12.50)``; a number as it is.
        notation: ``nl`` or ``en`` if the column is known to be written so; "" lets the text decide where it can only mean one thing.

    Raises:
        TransformError: No number, or one that can mean two: ``1.234`` is a thousand or one and a bit.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise TransformError("type", f"{name}: found {described(value)}, expected a number")
    if isinstance(value, str):
        return _from_text(value, name, notation)
    # The shortest decimal that reads back as the same float is what the sender wrote.
    return _bounded(Decimal(repr(value)) if isinstance(value, float) else Decimal(value), name)


def _bounded(number: Decimal, name: str) -> Decimal:
    if not number.is_finite():
        raise TransformError("range", f"{name}: found {number}, expected a number")
    if number == 0:
        return Decimal(0)
    if number.adjusted() >= _MAX_DIGITS or number.normalize(_EXACT).as_tuple().exponent < -_MAX_DIGITS:  # type: ignore[operator]  # finite
        raise TransformError("range", f"{name}: found a number of more than {_MAX_DIGITS} digits")
    return number


def _from_text(raw: str, name: str, notation: str) -> Decimal:
    text, _ = plain(raw)
    if _SCIENTIFIC.match(text):
        raise TransformError(
            "scientific", f"{name}: found {described(raw)}: a spreadsheet rounded it, the digits are lost"
        )
    body, negative = _signed(text)
    bare = _CURRENCY_AT_AN_END.sub("", body).strip()
    body, inner = _signed(bare)
    if not _BODY.fullmatch(body) or (negative and inner):
        raise TransformError("format", f"{name}: found {described(raw)}, expected a number")
    digits = _digits(body, name, raw, notation, currency=bare != _signed(text)[0])
    try:
        number = Decimal(digits)
    except InvalidOperation:
        raise TransformError("format", f"{name}: found {described(raw)}, expected a number") from None
    return _bounded(-number if negative or inner else number, name)


def _signed(text: str) -> tuple[str, bool]:
    """The text without its sign, and whether it was negative: ``-12``, ``12-``, ``(12)``. ``12,-`` is twelve and no cents."""
    if _NO_CENTS.search(text) and any(ch.isdigit() for ch in text):
        text = _NO_CENTS.sub("", text)
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text.startswith(("-", "+")):
        return text[1:].strip(), text[0] == "-"
    if text.endswith("-"):
        return text[:-1].strip(), True
    return text, False


def _digits(body: str, name: str, raw: str, notation: str, *, currency: bool) -> str:
    """Digits with at most one point, as ``Decimal`` reads them."""
    if body.isdigit():
        return body
    marks = [ch for ch in body if not ch.isdigit()]
    decimal = _decimal_mark(body, marks, name, raw, notation, currency=currency)
    whole, _, rest = body.partition(decimal) if decimal else (body, "", "")
    if not (rest.isdigit() if decimal else True) or not (whole == "" or whole.isdigit() or _GROUPS.fullmatch(whole)):
        raise TransformError("format", f"{name}: found {described(raw)}, expected a number" + _hint(notation))
    if notation and any(mark in whole for mark in ".,") and _NOTATIONS[notation][1] not in whole:
        raise TransformError("format", f"{name}: found {described(raw)}, expected a number" + _hint(notation))
    return re.sub(r"[^0-9]", "", whole) + (f".{rest}" if rest else "")


def _decimal_mark(body: str, marks: list[str], name: str, raw: str, notation: str, *, currency: bool) -> str:
    """The decimal mark of the text, "" if it has none."""
    if notation:
        mark = _NOTATIONS[notation][0]
        return mark if mark in marks else ""
    last = marks[-1]
    if last in "' " or marks.count(last) > 1:
        return ""
    if len(set(marks)) > 1:
        return last
    before, _, after = body.partition(last)
    if len(after) != 3 or before in ("", "0") or len(before) > 3:
        return last
    if currency and last == ".":
        # An amount with its currency has two decimals or none, so three digits are thousands.
        return ""
    one, two = f"{before}{after}", f"{before}.{after}"
    raise TransformError(
        "ambiguous",
        f"{name}: found {described(raw)}, which is {one} or {two}; say how the column is written: {name}(nl) or {name}(en)",
    )


def _hint(notation: str) -> str:
    return {"nl": " in Dutch notation (1.234,56)", "en": " in English notation (1,234.56)"}.get(notation, "")


def _options(name: str, args: Args) -> tuple[int | None, str]:
    """Decimals and notation out of a transform's options."""
    decimals, notation = None, ""
    for arg in args:
        if re.fullmatch(r"[0-9]|1[0-2]", arg) and decimals is None:
            decimals = int(arg)
        elif arg in _NOTATIONS and not notation:
            notation = arg
        else:
            raise UseError(
                f"{name}: expected decimals (0 to 12) and nl or en, such as {name}(2, nl); found {', '.join(args)}"
            )
    return decimals, notation


def _rounded(number: Decimal, decimals: int | None) -> Decimal:
    if decimals is None:
        return number
    result = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=_EXACT)
    return result if result else abs(result)


def _shown(number: Decimal, notation: str) -> Value:
    """As the side writes it: a column of Dutch numbers gets Dutch text, everything else a number."""
    if notation != "nl":
        return number
    text = format(number, "f")
    return text.replace(".", ",")


def _numeric(name: str, args: Args) -> Transform:
    decimals, notation = _options(name, args)
    shown = ", ".join([*([str(decimals)] if decimals is not None else []), *([notation] if notation else [])])

    def read(value: Value, context: Context) -> Value:
        return None if _blank(value) else _rounded(read_number(value, name=name, notation=notation), decimals)

    def settle(value: Value, context: Context) -> Value:
        # The common side's numbers are numbers; text of it, if any, is no column of Dutch notation.
        return None if _blank(value) else _rounded(read_number(value, name=name), decimals)

    def put(value: Value, context: Context) -> Value:
        return None if _blank(value) else _shown(_rounded(read_number(value, name=name), decimals), notation)

    return Transform(name=f"{name}({shown})" if shown else name, read=read, put=put, settle=settle)


def _blank(value: Value) -> bool:
    return isinstance(value, str) and not value.strip()


def money(args: Args) -> Transform:
    """An amount; rounded only if decimals are given, for nothing that changes data is implied."""
    return _numeric("money", args)


def number(args: Args) -> Transform:
    """A number; rounded only if decimals are given."""
    return _numeric("number", args)


def fraction(args: Args) -> Transform:
    """Native hundredths (21 or 21 %) ↔ common fraction (0.21); the option is another divisor, such as 1000."""
    divisor, notation = _divisor(args)
    scale = Decimal(divisor)

    def read(value: Value, context: Context) -> Value:
        if isinstance(value, str):
            value = re.sub(r"\s*[%‰]$", "", value.strip())
        return (
            None
            if _blank(value)
            else _bounded(_EXACT.divide(read_number(value, name="fraction", notation=notation), scale), "fraction")
        )

    def put(value: Value, context: Context) -> Value:
        number = _EXACT.multiply(read_number(value, name="fraction"), scale)
        return _shown(_whole(number), notation)

    def settle(value: Value, context: Context) -> Value:
        return None if _blank(value) else read_number(value, name="fraction")

    shown = ", ".join([*([str(divisor)] if divisor != 100 else []), *([notation] if notation else [])])
    return Transform(name=f"fraction({shown})" if shown else "fraction", read=read, put=put, settle=settle)


def _whole(number: Decimal) -> Decimal:
    """Without trailing zeros, and without an exponent."""
    plain_form = number.normalize(_EXACT)
    return plain_form.quantize(Decimal(1), context=_EXACT) if plain_form.as_tuple().exponent > 0 else plain_form  # type: ignore[operator]  # finite


def _divisor(args: Args) -> tuple[int, str]:
    divisor, notation = 100, ""
    for arg in args:
        if arg.isdigit() and len(arg) <= 7 and _even_division(int(arg)):
            divisor = int(arg)
        elif arg in _NOTATIONS:
            notation = arg
        else:
            raise UseError(f"fraction: expected a divisor such as 100 or 1000, and nl or en; found {', '.join(args)}")
    return divisor, notation


def _even_division(divisor: int) -> bool:
    """True if dividing always ends (only twos and fives in it), so that nothing is rounded on the way there or back."""
    if divisor < 2:
        return False
    for factor in (2, 5):
        while divisor % factor == 0:
            divisor //= factor
    return divisor == 1
