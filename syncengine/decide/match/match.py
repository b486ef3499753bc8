"""Who is who among the records that no link names. One page: the order of the steps and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syncengine.decide.match.evidence import Evidence
from syncengine.decide.match.joining import join
from syncengine.decide.match.outcome import Matched, Matches
from syncengine.decide.match.settling import Wait, settle
from syncengine.decide.match.suggesting import suggest
from syncengine.decide.match.table import Table, TranslateRef
from syncengine.decide.match.told import Linked, Told
from syncengine.model.entity import Entity
from syncengine.model.record import Observed, Side
from syncengine.model.review import Answer, Review, Waiting


def match(
    entity: Entity,
    left: Iterable[Observed],
    right: Iterable[Observed],
    *,
    layout: tuple[str, ...],
    linked: Linked,
    translate_ref: TranslateRef,
    answers: Sequence[Answer],
) -> Matches:
    """Match the unlinked records of both sides; linked ones take part as candidates.

    Args:
        entity: Its ``match`` rules decide, in their order.
        left, right: All records of each side that are there.
        layout: Names of the fields in ``Observed.values``.
        linked: Side and id → the links that name the record.
        translate_ref: Field, side and id of a parent → the parent's name in a space both sides share; None if it has none.
        answers: What people said before; those about other entities and other questions are passed over.
    """
    table = Table(entity, left, right, layout, translate_ref)
    told = Told(entity, table.nodes, linked, answers)
    evidence = Evidence(entity, table)
    joined = join(entity, table, told, evidence)
    settled = settle(entity, table, told, joined)
    waits, alone = suggest(entity, table, told, evidence, joined, settled)
    nodes = table.nodes
    return Matches(
        links=tuple(
            Matched(left_id=nodes[pick.left][1], right_id=nodes[pick.right][1], rule=pick.rule)
            for pick in sorted(settled.picks, key=lambda pick: (pick.left, pick.right))
        ),
        reviews=tuple(_review(entity, table, wait) for wait in sorted(waits, key=lambda wait: wait.nodes)),
        unmatched={side: tuple(nodes[node][1] for node in sorted(alone) if nodes[node][0] is side) for side in Side},
        parties=tuple(tuple(nodes[node] for node in party) for party in sorted(settled.parties)),
    )


def _review(entity: Entity, table: Table, wait: Wait) -> Review:
    named = [table.nodes[node] for node in wait.nodes]
    shown = (table.written(name, node) for node in wait.open for name in ("Name", "Description", "Code"))
    return Review(
        kind=Waiting.MATCH,
        entity=entity.name,
        left_ids=tuple(id for side, id in named if side is Side.LEFT),
        right_ids=tuple(id for side, id in named if side is Side.RIGHT),
        reason=wait.reason,
        rule=wait.rule,
        score=wait.score,
        line=wait.line or entity.at.line,
        title=next((text for text in shown if text), ""),
    )
