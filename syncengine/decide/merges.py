"""Records that were merged into others on their side: the link goes on with the survivor, or a person says with which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from syncengine.decide.operations import title
from syncengine.decide.references import References
from syncengine.decide.subject import Subject, key, of_side, row, sides
from syncengine.model.link import Base, Link, LinkState, Pair
from syncengine.model.record import ABSENT, Observed, Side
from syncengine.model.review import Review, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Relinked:
    """A link that goes on with the survivor.

    Attributes:
        moves: The pair whose place it takes.
    """

    pair: Pair
    side: Side
    survivor: str
    partner: str
    moves: tuple[str, str]


def follow_merges(
    subject: Subject,
    references: References,
    merged: Sequence[tuple[Pair, Side]],
    fresh: Mapping[Side, dict[str, Observed]],
) -> tuple[Sequence[Relinked], Mapping[tuple[Side, str], str]]:
    """Decide what becomes of the links of merged records.

    Args:
        merged: Pairs with the side on which their record was merged into another one.
        fresh: Records that no link names; a survivor is taken out, for it is nobody new.

    Returns:
        The links that go on; and every survivor with a partner it has or may have, so that matching leaves it alone.
    """
    into = {(side, of_side(key(pair), side)): row(pair, side).merged_into for pair, side in merged}
    groups: dict[tuple[Side, str], list[Pair]] = {}
    for pair, side in sorted(merged, key=lambda item: (item[1], key(item[0]))):
        subject.found.touched += 1
        references.unlink(pair.link.entity, *key(pair))
        groups.setdefault((side, _final(into, side, row(pair, side).merged_into)), []).append(pair)
    relinked = [_follow(subject, side, survivor, pairs, fresh) for (side, survivor), pairs in groups.items()]
    found = [item for item in relinked if item is not None]
    for item in found:
        references.link(item.pair.link.entity, *key(item.pair))
    taken = {group: of_side(key(pairs[0]), group[0].other) for group, pairs in groups.items()}
    return found, {**taken, **{(item.side, item.survivor): item.partner for item in found}}


def _final(into: Mapping[tuple[Side, str], str], side: Side, id: str) -> str:
    """The last survivor of a chain of merges."""
    seen: set[str] = set()
    while (side, id) in into and id not in seen:
        seen.add(id)
        id = into[side, id]
    return id


def _follow(
    subject: Subject, side: Side, survivor: str, pairs: Sequence[Pair], fresh: Mapping[Side, dict[str, Observed]]
) -> Relinked | None:
    """One survivor and all links whose record went up in it."""
    other = side.other
    record = fresh[side].pop(survivor, None)
    stored = [item for item in subject.sight.links(side, survivor) if item.state is not LinkState.TOMBSTONE]
    own = {of_side((item.left_id, item.right_id), other) for item in stored}
    open_pairs: list[Pair] = []
    for pair in pairs:
        partner = of_side(key(pair), other)
        if partner in own:
            subject.change_link(pair.link, None, f"merged into {survivor}, which has this partner already")
        elif _answer(subject, side, survivor, partner) == "not_same":
            subject.change_link(pair.link, LinkState.TOMBSTONE, "merged; a person said that the partners differ")
        else:
            open_pairs.append(pair)
    chosen = [pair for pair in open_pairs if _answer(subject, side, survivor, of_side(key(pair), other)) == "same"]
    if len(chosen) == 1 and not own:
        _ask(
            subject,
            side,
            survivor,
            [pair for pair in open_pairs if pair is not chosen[0]],
            {_partner(chosen[0], other)},
        )
        open_pairs = chosen
    if len(open_pairs) > 1 or (open_pairs and own):
        _ask(subject, side, survivor, open_pairs, own)
        return None
    if not open_pairs:
        return None
    if record is None or not row(open_pairs[0], other).present:
        subject.note("merged on one side into a record that is not seen yet, or its partner is missing: waits")
        return None
    return _relink(open_pairs[0], side, record)


def _answer(subject: Subject, side: Side, survivor: str, partner: str) -> str:
    return subject.answers.pair(Waiting.MATCH, *sides(side, survivor, partner))


def _partner(pair: Pair, other: Side) -> str:
    return of_side(key(pair), other)


def _relink(pair: Pair, side: Side, record: Observed) -> Relinked:
    partner = of_side(key(pair), side.other)
    left_id, right_id = sides(side, record.id, partner)
    link = Link(
        entity=pair.link.entity,
        left_id=left_id,
        right_id=right_id,
        matched_by=pair.link.matched_by,
        base=_base_of_survivor(pair.link.base, record),
    )
    left, right = (record, pair.right) if side is Side.LEFT else (pair.left, record)
    return Relinked(
        pair=Pair(link=link, left=left, right=right), side=side, survivor=record.id, partner=partner, moves=key(pair)
    )


def _base_of_survivor(base: Base | None, survivor: Observed) -> Base | None:
    """The base goes on, but where the survivor holds nothing: it emptied nothing, it never had it, so it is to be filled."""
    if base is None:
        return None
    kept = [value is not None and value is not ABSENT for value in survivor.values]
    return Base(
        left=tuple(value if keep else ABSENT for value, keep in zip(base.left, kept, strict=True)),
        right=tuple(value if keep else ABSENT for value, keep in zip(base.right, kept, strict=True)),
    )


def _ask(subject: Subject, side: Side, survivor: str, pairs: Sequence[Pair], own: set[str]) -> None:
    """The other side holds several records for one: a person merges them there, or says which one is meant."""
    if not pairs:
        return
    other = side.other
    partners = tuple(sorted({*own, *(_partner(pair, other) for pair in pairs)}))
    ids = {side: (survivor,), other: partners}
    shown = row(pairs[0], other)
    subject.found.reviews.append(
        Review(
            kind=Waiting.MATCH,
            entity=subject.entity.name,
            left_ids=ids[Side.LEFT],
            right_ids=ids[Side.RIGHT],
            reason=f"merged on {subject.names[side]}; {subject.names[other]} still holds {len(partners)} partners: merge them there",
            rule="merged",
            line=subject.entity.at.line,
            title=title(subject, shown.values, shown.id),
        )
    )
