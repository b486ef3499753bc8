"""Reads decisions about what waits, holds them against the inbox, and notes them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from syncengine.errors import ConfigError, UserError
from syncengine.model.record import Side
from syncengine.model.review import Answer, Review, Waiting
from syncengine.model.values import row_fingerprint
from syncengine.report.inbox import DECISIONS
from syncengine.report.json import value

if TYPE_CHECKING:
    from syncengine.workspace import Workspace

_ABOUT_VALUES = (Waiting.CONFLICT, Waiting.FIRST_LINK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision as a person gave it.

    Attributes:
        left_id, right_id: Of a match with several records: the pair that is meant; "" for all there are.
        saw: Side → the value the person saw, as ``review list --json`` printed it; empty if not told.
        where: Place in the file, for messages.
    """

    number: int
    decision: str
    left_id: str = ""
    right_id: str = ""
    saw: Mapping[Side, Any] | None = None
    where: str = ""


def read_decisions(text: str) -> list[Decided]:
    """Read a file of decisions: CSV, or the JSON of ``sync review list --json`` with decisions added.

    Raises:
        UserError: It is neither, or a line of it makes no sense.
    """
    if text.lstrip()[:1] in ("{", "["):
        return list(_from_json(text))
    try:
        return list(_from_csv(text))
    except csv.Error as fault:
        raise UserError(f"The file of decisions cannot be read as CSV: {fault}. Nothing was noted.") from None


def _from_csv(text: str) -> Iterator[Decided]:
    rows = csv.DictReader(io.StringIO(text))
    if not {"number", "decision"} <= set(rows.fieldnames or ()):
        raise UserError("The file of decisions is neither JSON nor CSV with the columns number and decision.")
    for row in rows:
        where = f"line {rows.line_num}: "
        if not (row["decision"] or "").strip():
            continue
        try:
            number = int(row["number"] or "")
        except ValueError:
            raise UserError(f"{where}the number must be a whole one. Nothing was noted.") from None
        yield Decided(
            number=number,
            decision=row["decision"].strip(),
            left_id=(row.get("left_id") or "").strip(),
            right_id=(row.get("right_id") or "").strip(),
            where=where,
        )


def _from_json(text: str) -> Iterator[Decided]:
    try:
        data = json.loads(text)
        items = data["reviews"] if isinstance(data, dict) else data
        for item in items:
            if item.get("decision"):
                saw = {side: item[side.value]["value"] for side in Side if "value" in item.get(side.value, {})}
                yield Decided(
                    number=int(item["number"]),
                    decision=str(item["decision"]),
                    left_id=str(item.get("left_id", "")),
                    right_id=str(item.get("right_id", "")),
                    saw=saw,
                    where=f"review {item['number']}: ",
                )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UserError("The file of decisions cannot be understood. Nothing was noted.") from None


def take(workspace: Workspace, decided: Iterable[Decided], who: str) -> None:
    """Note decisions, all of them or none.

    Raises:
        ConfigError: One or more of them cannot be taken, with a line for each; nothing was noted.
    """
    faults: list[str] = []
    answers: list[Answer] = []
    reviews: list[Review] = []
    for item in decided:
        try:
            review = _open(workspace, item)
            answers += _answers(review, item, who, _systems(workspace, review))
            reviews.append(review)
        except UserError as error:
            faults.append(f"{item.where}{error}")
    if faults:
        raise ConfigError("\n".join([*faults, "Nothing was noted."]))
    with workspace.store.transaction():
        for answer in answers:
            workspace.decide(answer)
        workspace.store.reviews.settle([review.subject for review in reviews])


def _open(workspace: Workspace, item: Decided) -> Review:
    found = next((review for review in workspace.store.reviews.open() if review.number == item.number), None)
    if found is None:
        raise UserError(f"review {item.number} does not wait (any more). What waits: sync review list")
    for side, saw in (item.saw or {}).items():
        shown = found.left if side is Side.LEFT else found.right
        if value(shown) != saw:
            raise UserError(
                f"review {item.number} shows another value by now. Look again: sync review show {item.number}"
            )
    return found


def _systems(workspace: Workspace, review: Review) -> Mapping[str, str]:
    """Names of systems that may stand for a side; none where both sides are of one system."""
    for entity in workspace.entities:
        if entity.name == review.entity and entity.left.system != entity.right.system:
            return {entity.left.system: "left", entity.right.system: "right"}
    return {}


def _answers(review: Review, item: Decided, who: str, systems: Mapping[str, str]) -> Sequence[Answer]:
    known = DECISIONS[review.kind]
    decision = item.decision if item.decision in known else systems.get(item.decision, item.decision)
    if not known:
        raise UserError(f"review {review.number} cannot be decided here: {review.reason or 'mend the record'}")
    if decision not in known:
        raise UserError(f'review {review.number} cannot be decided "{item.decision}". It takes: {", ".join(known)}.')
    if review.kind is Waiting.MATCH and not (review.left_ids and review.right_ids):
        _about_one_side(review, item, decision, systems)
    lefts = _picked(review.left_ids, item.left_id, review.number)
    rights = _picked(review.right_ids, item.right_id, review.number)
    if decision == "same" and (len(lefts) > 1 or len(rights) > 1):
        raise UserError(f"review {review.number} has several records. Say which are the same: --left ID --right ID")
    seen = row_fingerprint((review.left, review.right)) if review.kind in _ABOUT_VALUES else 0
    return [
        Answer(
            kind=review.kind,
            entity=review.entity,
            left_id=left,
            right_id=right,
            field=review.field,
            decision=decision,
            seen=seen,
            who=who,
        )
        for left, right in product(lefts or ("",), rights or ("",))
    ]


def _about_one_side(review: Review, item: Decided, decision: str, systems: Mapping[str, str]) -> None:
    """Refuse what would be noted and change nothing: records of one side are never merged here, and are told apart all at once."""
    side = "left" if review.left_ids else "right"
    system = next((name for name, place in systems.items() if place == side), side)
    if decision == "same":
        raise UserError(
            f"review {review.number} is about records of {system} alone, and those are not merged here. Merge them in {system} "
            "and run again; or, if they are different: not_same."
        )
    if item.left_id or item.right_id:
        raise UserError(
            f"review {review.number} is about records of {system} alone, so not_same is said of all of them: without --left "
            f"and --right. If some of them are one, merge those in {system} first and run again."
        )


def _picked(ids: Sequence[str], pick: str, number: int) -> Sequence[str]:
    """The ids that are meant: all, or the one that is named whole or by its beginning."""
    if not pick:
        return ids
    found = [id for id in ids if id == pick] or [id for id in ids if id.startswith(pick)]
    if len(found) != 1:
        raise UserError(f'review {number} has no single record "{pick}". It has: {", ".join(ids)}.')
    return found
