"""Transforms of identifying values: what is valid gets its canonical form, what is not stays as it was written and is noted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from syncengine.decide.keys import Key, normalise
from syncengine.decide.keys.countries import LANGUAGES, alpha3, country_name, language_name
from syncengine.decide.keys.key import FREE_MAIL
from syncengine.decide.keys.text import stripped
from syncengine.decide.transforms.transform import Context, Step, Transform, UseError, as_text
from syncengine.model.record import Value

Args = tuple[str, ...]

KEYED: Final = ("vat", "kvk", "kbo", "rsin", "iban", "email", "phone", "postcode")

_VALID_REVIEWS: Final = frozenset(
    {
        FREE_MAIL,
        "one-stop-shop number",
        "no-reply address",
        "municipal short number",
        "service number",
        "example number",
    }
)
"""Values that are no match key and yet plainly valid: they too get their canonical form."""


def _canonical(key: Key, text: str) -> str:
    """The form a field holds. Anything that a repair would drop or guess stays: a repair of that kind is for comparing only."""
    if key.value is None or key.parts:
        return text
    return key.value if key.usable or key.reason in _VALID_REVIEWS else text


def _step(kind: str) -> Step:
    def step(value: Value, context: Context) -> Value:
        text = stripped(as_text(value, kind))
        return _canonical(normalise(kind, text, country=context.country), text) if text else None

    return step


def quality(kind: str, value: Value, context: Context) -> tuple[str, ...]:
    """What a person should know of a common value: "vat: rejected, check digit". Nothing for a valid one."""
    text = stripped(as_text(value, kind))
    if not text:
        return ()
    key = normalise(kind, text, country=context.country)
    if key.status == "ok" or (key.status == "review" and key.reason in _VALID_REVIEWS):
        return ()
    return (f"{kind}: {key.status.replace('_', ' ')}, {key.reason}",)


def keyed(kind: str, args: Args) -> Transform:
    """The transform of one kind of key; it takes no options."""
    if args:
        raise UseError(f"{kind}: takes no options, found {', '.join(args)}")
    step = _step(kind)
    return Transform(name=kind, read=step, put=step, settle=step, notes=_notes(kind), key_kind=kind)


def _notes(kind: str) -> Callable[[Value, Context], tuple[str, ...]]:
    return partial(quality, kind)


def country(args: Args) -> Transform:
    """Common: ISO 3166 alpha-2, as Exact holds it. Option: how the other side is written to: ``alpha3`` or names in a language."""
    style = _style("country", args, ("alpha2", "alpha3", *LANGUAGES))

    def put(value: Value, context: Context) -> Value:
        code = as_text(value, "country")
        named = alpha3(code) if style == "alpha3" else country_name(code, style) if style in LANGUAGES else ""
        return _if_it_reads_back("country", named, code)

    return _place("country", style, "alpha2", put)


def language(args: Args) -> Transform:
    """Common: ``NL`` or ``NL-BE``, as Exact holds it. Option: ``lower``, ``tag`` (``nl-BE``) or names in a language."""
    style = _style("language", args, ("upper", "lower", "tag", *LANGUAGES))

    def put(value: Value, context: Context) -> Value:
        code = as_text(value, "language")
        tongue, _, region = code.partition("-")
        if normalise("language", code).value != code:
            return code
        if style == "lower":
            return code.lower()
        if style == "tag":
            return f"{tongue.lower()}-{region}".rstrip("-")
        # A name has no region: with one, only the code says it all.
        named = language_name(tongue.lower(), style) if style in LANGUAGES and not region else ""
        return _if_it_reads_back("language", named, code)

    return _place("language", style, "upper", put)


def _if_it_reads_back(kind: str, named: str, code: str) -> str:
    """The name, unless it would be read as another code: two countries may share one."""
    return named if named and normalise(kind, named).value == code else code


def _style(name: str, args: Args, styles: tuple[str, ...]) -> str:
    if not args:
        return styles[0]
    if len(args) > 1 or args[0] not in styles:
        raise UseError(f"{name}: expected one of {', '.join(styles)}; found {', '.join(args)}")
    return args[0]


def _place(kind: str, style: str, default: str, put: Step) -> Transform:
    step = _step(kind)
    return Transform(
        name=kind if style == default else f"{kind}({style})",
        read=step,
        put=put,
        settle=step,
        notes=_notes(kind),
        key_kind=kind,
    )
