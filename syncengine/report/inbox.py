"""What waits for a person, in words: what is asked, and which decisions there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Final

from syncengine.model.entity import Entity
from syncengine.model.record import Observed, Side, Value
from syncengine.model.review import Review, Waiting
from syncengine.report.paint import Paint, plain_paint
from syncengine.report.shown import MASK, blind, clip, clip_all, disarm, short_id, show, waits

_ASKED: Final[Mapping[Waiting, str]] = {
    Waiting.CONFLICT: "both changed it: which value counts?",
    Waiting.FIRST_LINK: "newly linked, and they differ: which value counts?",
    Waiting.MATCH: "the same, or not?",
    Waiting.CREATE: "no partner: create it there?",
    Waiting.DELETE: "deleted on one side: what of the other?",
    Waiting.HELD: "a value cannot be translated; mend it, or the mapping",
    Waiting.REFUSED: "refused; mend the record, or try again as it is",
    Waiting.UNCERTAIN: "no believable answer; look there, then decide",
    Waiting.UNREADABLE: "cannot be read; mend it at its source",
}

DECISIONS: Final[Mapping[Waiting, Mapping[str, str]]] = {
    Waiting.CONFLICT: {"left": "{left}'s value counts", "right": "{right}'s value counts", "keep": "let both stand"},
    Waiting.FIRST_LINK: {"left": "{left}'s value counts", "right": "{right}'s value counts", "keep": "let both stand"},
    Waiting.MATCH: {"same": "one and the same: link them", "not_same": "different: never link them"},
    Waiting.CREATE: {"create": "create it there", "skip": "leave it alone"},
    Waiting.DELETE: {"delete": "delete the other too", "keep": "keep the other", "restore": "bring it back"},
    Waiting.HELD: {},
    Waiting.REFUSED: {"retry": "send it again", "drop": "give it up"},
    Waiting.UNCERTAIN: {"retry": "look again, and send it if nothing is there", "drop": "give it up"},
    Waiting.UNREADABLE: {},
}
"""Kind → decision → what it means, with the systems' names to be filled in. None: nothing to decide, only to mend."""


_FEW: Final = 6
"""Pairs of a match that are each spelled out."""


def asked(kind: Waiting) -> str:
    """What is asked of the person."""
    return _ASKED[kind]


def options(kind: Waiting, left: str, right: str) -> Mapping[str, str]:
    """The decisions there are, each with its meaning.

    Args:
        left, right: The systems' names.
    """
    return {name: text.format(left=left, right=right) for name, text in DECISIONS[kind].items()}


def make_inbox(
    items: Sequence[Review],
    entities: Iterable[Entity],
    *,
    width: int = 100,
    paint: Paint = plain_paint,
    masked: bool = False,
) -> str:
    """List what waits: number, record, reason, and what can be decided."""
    known = {entity.name: entity for entity in entities}
    out: list[str] = []
    for item in items:
        out += _item(item, known.get(item.entity), width=max(width, 60), paint=paint, masked=masked)
    kinds = Counter(item.kind for item in items)
    counts = ", ".join(f"{number:,} {kind.value.replace('_', ' ')}" for kind, number in kinds.items())
    if not items:
        return "Nothing waits."
    first = next((item for item in items if DECISIONS[item.kind]), None)
    out += ["", f"{waits(len(items))}: {counts}."]
    if first is not None:
        out.append(f"Look closer: sync review show {first.number}")
        out.append(f"Decide: sync review decide {first.number} {'|'.join(DECISIONS[first.kind])}")
    return "\n".join(out)


def make_item(
    item: Review,
    entity: Entity | None,
    layout: Sequence[str],
    records: Mapping[Side, Sequence[Observed]],
    *,
    width: int = 100,
    paint: Paint = plain_paint,
    masked: bool = False,
) -> str:
    """One item with the records it is about, side by side.

    Args:
        layout: Names of the records' values, in order.
        records: What the mirror holds of them.
    """
    out = [*_item(item, entity, width=width, paint=paint, masked=masked), ""]
    columns = [(side, record) for side in Side for record in records[side]]
    if columns:
        heads = [f"{_system(entity, side)} {short_id(record.id)}" for side, record in columns]
        room = max((width - 4 - max(map(len, layout), default=0)) // len(columns) - 2, 12)
        table = [["", *heads]]
        for place, name in enumerate(layout):
            hide = masked and _hides(entity, name)
            table.append([name, *(show(_at(record, place), masked=hide) for _, record in columns)])
        out += _table(table, room, paint)
        out.append("")
    left, right = (_system(entity, side) for side in Side)
    choices = options(item.kind, left, right)
    if not choices:
        return "\n".join([*out, f"Nothing to decide here: {asked(item.kind)}."])
    for name, text in choices.items():
        for words in _ways(item) if name == "same" else [""]:
            out += [f"{text}:", f"    sync review decide {item.number} {name}{words}"]
    return "\n".join(out)


def _ways(item: Review) -> Sequence[str]:
    """What to add so that one pair of a match is named; "" where there is only one."""
    if len(item.left_ids) * len(item.right_ids) > _FEW:
        return [" --left ID --right ID"]
    lefts = [f" --left {short_id(id)}" for id in item.left_ids] if len(item.left_ids) > 1 else [""]
    rights = [f" --right {short_id(id)}" for id in item.right_ids] if len(item.right_ids) > 1 else [""]
    return [left + right for left in lefts for right in rights]


def _item(item: Review, entity: Entity | None, *, width: int, paint: Paint, masked: bool) -> Iterator[str]:
    hide = masked and _hides(entity, item.field)
    personal = masked and (entity is None or any(rule.mask for rule in entity.fields))
    title = MASK if personal and item.title else disarm(item.title)
    kind = item.kind.value.replace("_", " ")
    name = f"  {paint(clip(title, 40), 'strong')}" if title else ""
    head = f"{item.number:>4}  {paint(f'{kind:<10}', '!')}  {disarm(item.entity)}{name}"
    yield f"{head}   {_records(item, entity)}"
    reason = disarm(blind(item.reason) if masked else item.reason) or asked(item.kind)
    at = f"   {entity.at.file}:{item.line}" if entity is not None and item.line else ""
    if item.field:
        one, two = show(item.left, masked=hide), show(item.right, masked=hide)
        yield f"      {disarm(item.field)}  {clip(one, width // 2 - 10)} | {clip(two, width // 2 - 10)}"
    score = f" ({item.score:.0%} alike)" if item.score is not None else ""
    for part in wrap(f"{reason}{score}{at}", width - 6, break_on_hyphens=False):
        yield f"      {paint(part, 'dim')}"


def _records(item: Review, entity: Entity | None) -> str:
    shown = [
        f"{_system(entity, side)} {', '.join(map(short_id, ids))}"
        for side, ids in ((Side.LEFT, item.left_ids), (Side.RIGHT, item.right_ids))
        if ids
    ]
    return (" = " if item.field else " ? ").join(shown)


def _table(table: Sequence[Sequence[str]], room: int, paint: Paint) -> Iterator[str]:
    """Rows under their heads; one in which the records differ has a mark of its own."""
    heads, *fields = table
    cells = [
        ["  ", *heads],
        *(["≠ " if len(set(row[1:])) > 1 else "  ", row[0], *clip_all(row[1:], room)] for row in fields),
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for row in cells:
        line = "  ".join(f"{text:<{size}}" for text, size in zip(row[1:], widths[1:], strict=True)).rstrip()
        differs = row[0].strip() or row is cells[0]
        yield f"  {row[0]}{line if differs else paint(line, 'dim')}".rstrip()


def _at(record: Observed, place: int) -> Value:
    return record.values[place] if place < len(record.values) else None


def _system(entity: Entity | None, side: Side) -> str:
    return disarm(entity.end(side).system) if entity is not None else side.value


def _hides(entity: Entity | None, field: str) -> bool:
    return entity is None or next((rule.mask for rule in entity.fields if rule.name == field), True)
