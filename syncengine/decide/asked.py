"""Keeps a question about who is who open until a person answers it.

What is alike depends on what both sides show, and our own writes change that. A record that waited as a likely twin must not be created
because a write of ours, or of somebody else, made the two look less alike.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from syncengine.model.record import Side
from syncengine.model.review import Answer, Review, Waiting

Node = tuple[Side, str]

UNANSWERED = "asked before and not answered yet"


def keep_asking(
    unmatched: Mapping[Side, Sequence[str]],
    open_items: Sequence[Review],
    answers: Sequence[Answer],
    there: Callable[[Side, str], bool],
) -> tuple[Sequence[Review], Mapping[Side, Sequence[str]]]:
    """Let records that a person was asked about, and of whom nothing is found any more, wait on.

    Args:
        unmatched: Side → ids of which matching knows nothing now.
        open_items: The entity's open items from earlier runs.
        answers: What people decided.
        there: Whether a record still exists, linked or not; a question about a record that is gone is over.

    Returns:
        The items that stay open, and the records that are free of questions.
    """
    free = {(side, id) for side in Side for id in unmatched.get(side, ())}
    decided = {(answer.left_id, answer.right_id) for answer in answers if answer.kind is Waiting.MATCH}
    kept: list[Review] = []
    for item in open_items:
        nodes = _nodes(item)
        waiting = free.intersection(nodes)
        if item.kind is not Waiting.MATCH or not waiting or sum(there(*node) for node in nodes) < 2:
            continue
        if any(_open(node, nodes, decided) for node in waiting):
            reason = item.reason if UNANSWERED in item.reason else f"{item.reason} ({UNANSWERED})"
            kept.append(replace(item, reason=reason, number=0))
            free -= waiting
    return kept, {side: [id for id in unmatched.get(side, ()) if (side, id) in free] for side in Side}


def _nodes(item: Review) -> list[Node]:
    return [(Side.LEFT, id) for id in item.left_ids] + [(Side.RIGHT, id) for id in item.right_ids]


def _open(node: Node, nodes: Sequence[Node], decided: Collection[tuple[str, str]]) -> bool:
    """True if nobody said of the record that it is none of the others."""
    side, id = node
    if ((id, "") if side is Side.LEFT else ("", id)) in decided:
        return False
    across = [other for other in nodes if other[0] is not side]
    pairs = [(id, other) if side is Side.LEFT else (other, id) for _, other in across]
    return not pairs or any(pair not in decided for pair in pairs)
