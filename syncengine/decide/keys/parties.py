"""Two records that look alike: what their keys say about being one party."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from syncengine.decide.keys.names import parse_name
from syncengine.decide.keys.registry import normalise

Verdict = Literal["no automatic match", "same legal entity, two locations", "two legal entities", "same", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What two records' keys say together.

    Attributes:
        verdict: ``same`` only if a register number agrees and nothing contradicts.
        reason: The keys that decided, named.
    """

    verdict: Verdict
    reason: str


def relation(a: Mapping[str, str], b: Mapping[str, str], *, country: str | None = None) -> Relation:
    """Weigh two records by their register numbers first, by VAT number next, by name last.

    Args:
        a, b: Kind of key (``kvk``, ``kbo``, ``rsin``, ``establishment``, ``vat``, ``name``) → the text as written.
        country: The records' country, for values without prefix.
    """
    agree = {kind: _same(kind, a, b, country) for kind in ("kvk", "kbo", "rsin", "establishment", "vat")}
    registers = {kind: agree[kind] for kind in ("kvk", "kbo", "rsin")}
    if False in registers.values():
        apart = next(kind for kind, same in registers.items() if same is False)
        if agree["vat"]:
            return Relation(verdict="no automatic match", reason=f"one VAT number, two {apart} numbers: a VAT group")
        return Relation(verdict="two legal entities", reason=f"{apart} numbers differ")
    if True in registers.values():
        one = next(kind for kind, same in registers.items() if same)
        if agree["establishment"] is False:
            return Relation(verdict="same legal entity, two locations", reason=f"one {one} number, two establishments")
        return Relation(verdict="same", reason=f"{one} numbers agree")
    if agree["vat"] is not None:
        return Relation(verdict="same", reason="VAT numbers agree") if agree["vat"] else _apart("VAT numbers differ")
    return _by_name(a.get("name", ""), b.get("name", ""))


def _apart(reason: str) -> Relation:
    return Relation(verdict="two legal entities", reason=reason)


def _same(kind: str, a: Mapping[str, str], b: Mapping[str, str], country: str | None) -> bool | None:
    """Whether both hold a usable key of the kind and it agrees; None if either holds none."""
    left, right = (normalise(kind, side.get(kind, ""), country=country) for side in (a, b))
    return left.value == right.value if left.usable and right.usable else None


def _by_name(a: str, b: str) -> Relation:
    left, right = parse_name(a), parse_name(b)
    if not left.tokens or not right.tokens:
        return Relation(verdict="unknown", reason="no key on both")
    if left.group != right.group and _core(left.tokens, left.group) == _core(right.tokens, right.group):
        return _apart("names differ by a group word")
    if left.key == right.key:
        if left.legal and right.legal and left.legal != right.legal:
            return _apart("legal forms differ")
        return Relation(verdict="unknown", reason="names agree, which proves nothing")
    return Relation(verdict="unknown", reason="names differ")


def _core(tokens: tuple[str, ...], group: frozenset[str]) -> str:
    return parse_name(
        " ".join(token for index, token in enumerate(tokens) if not index or not parse_name(f"x {token}").group)
    ).key
