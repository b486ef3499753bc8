"""A run as text for a terminal, in the width it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Final

from syncengine.errors import End
from syncengine.model.operation import Action
from syncengine.model.plan import Cost
from syncengine.report.paint import Paint, plain_paint
from syncengine.report.shown import EMPTY, clip, clip_pair, count, disarm, waits
from syncengine.report.view import FieldLine, Row, Stop, View

MOST: Final[Mapping[str, int]] = {"+": 8, "~": 12, "-": 50, "!": 50}
"""Rows shown of one entity and kind; the rest is counted."""

_INDENT: Final = "    "
_MORE: Final[Mapping[str, str]] = {"+": "creates", "~": "updates", "-": "deletes", "!": "that wait"}
_ENDED: Final[Mapping[End, str]] = {
    End.LATER: "Not everything could be done now; the next run goes on.",
    End.LOGIN: "A login is needed: sync login",
    End.STATE: "The local state needs attention; nothing further was written.",
}


def make_text(
    view: View,
    *,
    width: int = 100,
    paint: Paint = plain_paint,
    most: Mapping[str, int] | None = MOST,
    brief: bool = False,
) -> str:
    """Write a report.

    Args:
        width: Columns there are; never fewer than 60 are assumed.
        most: Rows shown of one kind; None for all.
        brief: Only rows that did not take effect: the others were just reviewed.
    """
    page = _Page(width=max(width, 60), paint=paint)
    rows = [row for row in view.rows if row.failed] if brief else view.rows
    out = [*_links(view, page), *_rows(rows, page, most)]
    for stop in view.stops:
        out += _stopped(stop, page)
    out += [page.paint(f"note: {note}", "dim") for note in (() if brief else view.notes)]
    out += [page.paint(message, "bad") for message in view.messages]
    if out:
        out.append("")
    out += _packed(summary(view), page.width)
    if (ended := _ENDED.get(view.result.end)) is not None:
        out.append(page.paint(ended, "bad"))
    for step in view.next:
        out += _packed(step, page.width)
    return "\n".join(out)


class _Page:
    """Width and colour."""

    def __init__(self, *, width: int, paint: Paint) -> None:
        self.width = width
        self.paint = paint


def _links(view: View, page: _Page) -> Iterator[str]:
    widest = max(map(len, view.linked), default=0)
    for entity, rules in view.linked.items():
        number = sum(rules.values())
        by = ", ".join(f"{rule or 'other'} {n:,}" for rule, n in rules.items())
        verb = "to link" if view.result.dry else "linked"
        head = f"{disarm(entity):<{widest}}  = {number:,} {verb}"
        yield clip(f"{head}: {disarm(by)}", page.width)


def _rows(rows: Sequence[Row], page: _Page, most: Mapping[str, int] | None) -> Iterator[str]:
    widest = max((len(row.entity) for row in rows), default=0)
    for (entity, mark), group in groupby(sorted(rows, key=_order(rows)), key=lambda row: (row.entity, row.mark)):
        shown = list(group)
        limit = len(shown) if most is None else most[mark]
        for row in shown[:limit]:
            yield from _row(row, page, widest)
        if len(shown) > limit:
            rest = f"{_INDENT}… and {len(shown) - limit:,} more {_MORE[mark]}: sync plan {entity} --all"
            yield page.paint(disarm(rest), "dim")


def _order(rows: Sequence[Row]) -> Callable[[Row], tuple[int, int]]:
    """Entities as they come; within one, what waits stands last, nearest to the summary."""
    places: dict[str, int] = {}
    for row in rows:
        places.setdefault(row.entity, len(places))
    return lambda row: (places[row.entity], "~+-!".index(row.mark))


def _row(row: Row, page: _Page, widest: int) -> Iterator[str]:
    head = f"{disarm(row.entity):<{widest}}  "
    ids = f"   {row.ids}" if row.title else row.ids
    title = clip(row.title, max(page.width - len(head) - 2 - len(ids), 20))
    outcome = f"   {row.outcome}" if row.outcome and row.outcome != "done" else ""
    line = f"{head}{page.paint(row.mark, row.mark)} {page.paint(title, 'strong')}{ids}"
    bare = len(head) + 2 + len(title) + len(ids)
    if outcome and bare + len(outcome) <= page.width:
        yield line + page.paint(outcome, "bad" if row.failed else "dim")
    else:
        yield line
        yield from _told(outcome.strip(), page, "bad" if row.failed else "dim")
    if row.mark == "+":
        yield from _born(row, page)
    else:
        yield from _fields(row.fields, page)
    yield from _told(row.note, page, "!")


def _told(text: str, page: _Page, role: str) -> Iterator[str]:
    for part in wrap(text, page.width - len(_INDENT), break_on_hyphens=False):
        yield _INDENT + page.paint(part, role)


def _born(row: Row, page: _Page) -> Iterator[str]:
    """What a new record gets, on one line: the whole stands in the saved plan, and with ``--all``."""
    told = [f"{line.name} {line.two}" for line in row.fields if not line.mark and line.two != EMPTY]
    told = [piece for piece in told if piece.strip('"').partition(" ")[2].strip('"') != row.title]
    if told:
        yield _INDENT + page.paint(clip(" · ".join(told), page.width - len(_INDENT)), "dim")
    yield from _fields([line for line in row.fields if line.mark], page)


def _fields(fields: Sequence[FieldLine], page: _Page) -> Iterator[str]:
    """Field by field; why and where stand beside the change if all of them have room there, else below."""
    names = max((len(line.name) for line in fields), default=0)
    room = page.width - len(_INDENT) - names - 3
    changes = [_change(line, room) for line in fields]
    broad = max(map(len, changes), default=0)
    beside = all(broad + 3 + len(_side(line)) <= room for line in fields)
    for line, change in zip(fields, changes, strict=True):
        mark = page.paint("!", "!") if line.mark else " "
        start = f"{_INDENT}{line.name:<{names}} {mark} "
        side = _side(line)
        if beside and side:
            yield f"{start}{change:<{broad}}   {page.paint(side, 'dim')}"
            continue
        yield start + change
        for part in wrap(side, page.width - 8, break_on_hyphens=False):
            yield " " * 8 + page.paint(part, "dim")


def _change(line: FieldLine, room: int) -> str:
    between = " | " if line.mark else " → "
    if not line.one:
        return clip(line.two, room)
    one, two = line.one, line.two
    if len(one) + len(between) + len(two) > room:
        one, two = clip_pair(one, two, max((room - len(between) - 1) // 2, 8))
    return f"{one}{between}{two}"


def _side(line: FieldLine) -> str:
    return "   ".join(part for part in (line.why, line.at) if part)


def _stopped(stop: Stop, page: _Page) -> Iterator[str]:
    where = f"{stop.entity}: " if stop.entity else ""
    said = "was overridden" if stop.allowed else "stops the plan before any write"
    yield page.paint(f'{disarm(where)}guard "{stop.guard}" {said}.', "dim" if stop.allowed else "bad")
    yield from (f"  {part}" for part in wrap(stop.message, page.width - 2, break_on_hyphens=False))
    if stop.subjects:
        yield from (f"  {part}" for part in wrap("Such as: " + ", ".join(stop.subjects), page.width - 2, max_lines=3))


def _packed(pieces: Sequence[str], width: int) -> list[str]:
    """Pieces on as few lines as they need, none of them broken: a command is there to be copied."""
    packed = [pieces[0]]
    for piece in pieces[1:]:
        if len(packed[-1]) + 1 + len(piece) <= width:
            packed[-1] += f" {piece}"
        else:
            packed.append(f"  {piece}")
    return packed


def summary(view: View) -> list[str]:
    """The last line but what to type: counts, waiting, calls, minutes, what is left today."""
    result = view.result
    inbox = f", {waits(len(result.reviews))}" if result.reviews else ""
    if result.dry:
        counts = ", ".join(f"{view.planned.get(action, 0):,} {action}" for action in Action)
        return [f"Plan {result.plan.digest[:4]}: {counts}{inbox}.", *filter(None, map(_cost, result.plan.costs))]
    words = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}
    counts = ", ".join(f"{view.done.get(action, 0):,} {words[action]}" for action in Action)
    linked = sum(sum(rules.values()) for rules in view.linked.values())
    parts = [counts, f"{linked:,} linked"] if linked else [counts]
    parts += [f"{number:,} {what}" for what, number in sorted(view.left.items())]
    held = sum(view.withheld.values())
    parts += [f"{held:,} held back"] if held else []
    return [f"Run {result.run}: {', '.join(parts)}{inbox}."]


def _cost(cost: Cost) -> str:
    if not cost.calls:
        return ""
    minutes = "< 1 min" if cost.minutes < 1 else f"about {cost.minutes:,.0f} min"
    left = "" if cost.left_today is None else f"; {cost.left_today:,} left today"
    return f"{count(cost.calls, f'{disarm(cost.system)} call')}, {minutes}{left}."
