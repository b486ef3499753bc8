"""Who is who in one entity: merges followed, deletions dealt with, partners found, births proposed. Nothing is written for them yet."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from syncengine.decide.asked import keep_asking
from syncengine.decide.deletes import plan_gone
from syncengine.decide.fields import FAILS
from syncengine.decide.lifecycle import RETURNED, gone_sides, has_returned, is_present, plan_dangling, plan_present
from syncengine.decide.match.prints import KeyPrints
from syncengine.decide.merge import is_alone, no_crowd
from syncengine.decide.merges import follow_merges
from syncengine.decide.operations import title
from syncengine.decide.references import References
from syncengine.decide.relevant import FEW, relevant
from syncengine.decide.sight import KeysOf
from syncengine.decide.subject import Subject, both, row, sides
from syncengine.decide.twins import Lane, find_twins, watch_twins
from syncengine.model.entity import Birth, Entity, OnLeave
from syncengine.model.link import Link, LinkState, Pair
from syncengine.model.record import Observed, Side
from syncengine.model.review import Answer, Review, Waiting


class Matched(Protocol):
    """A partner found without doubt."""

    @property
    def left_id(self) -> str: ...
    @property
    def right_id(self) -> str: ...
    @property
    def rule(self) -> str: ...


class Matches(Protocol):
    """What matching says of the records that no link names."""

    @property
    def links(self) -> Sequence[Matched]: ...
    @property
    def reviews(self) -> Sequence[Review]: ...
    @property
    def unmatched(self) -> Mapping[Side, Sequence[str]]: ...


class Matcher(Protocol):
    """Finds partners; ``decide.match.match``."""

    def __call__(
        self,
        entity: Entity,
        left: Iterable[Observed],
        right: Iterable[Observed],
        *,
        layout: tuple[str, ...],
        linked: Callable[[Side, str], Sequence[Link]],
        translate_ref: Callable[[str, Side, str], str | None],
        answers: Sequence[Answer],
    ) -> Matches: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A record whose partner may be created.

    Attributes:
        side: Where the record is; its partner would be born on the other side.
        restores: The pair whose gone record is to be created again; None for an ordinary birth.
    """

    side: Side
    record: Observed
    restores: Pair | None = None


@dataclass(slots=True, kw_only=True)
class Survey:
    """What is known of an entity's identities before anything is written.

    Attributes:
        present: Pairs both records of which are there, with what makes their link ("" if it is stored) and the pair it takes the place of;
            those left out that were decided when they were seen.
        stamps: When records were changed that are linked without a further look: of how many, by side.
        taken: Survivors of merges → a partner they go on with or may go on with.
    """

    present: deque[tuple[Pair, str, tuple[str, str] | None]] = field(default_factory=deque)
    candidates: list[Candidate] = field(default_factory=list)
    taken: Mapping[tuple[Side, str], str] = field(default_factory=dict)
    stamps: Counter[tuple[Side, datetime]] = field(default_factory=Counter)

    def tell(self, side: Side, at: datetime) -> None:
        """Count a stamp of a record that is in no pair here."""
        self.stamps[side, at] += 1


@dataclass(frozen=True, slots=True)
class _Reach:
    """The records among which partners are looked for: all of them, or by their keys."""

    rows: Callable[[Side], Iterable[Observed]]
    keys: KeysOf


def survey(subject: Subject, references: References, matcher: Matcher) -> Survey:
    """Sort an entity's pairs by situation, and find partners for what no link names."""
    found = Survey()
    merged: list[tuple[Pair, Side]] = []
    for pair in subject.sight.pairs():
        _sort(subject, references, pair, found, merged)
    if not merged and (lane := find_twins(subject)) and _take(subject, references, matcher, lane, found):
        return found
    fresh = {side: _unlinked(subject.sight.unlinked(side)) for side in Side}
    _watch(subject, fresh)
    relinked, found.taken = follow_merges(subject, references, merged, fresh)
    found.present.extend((item.pair, item.pair.link.matched_by, item.moves) for item in relinked)
    if fresh[Side.LEFT] or fresh[Side.RIGHT]:
        reach = _Reach(subject.sight.rows, subject.sight.keys)
        matches = _matches(subject, references, matcher, reach, found.taken, fresh)
        _settle(subject, references, matches, fresh, found)
    return found


def _take(subject: Subject, references: References, matcher: Matcher, lane: Lane, found: Survey) -> bool:
    """Go the short way; False, and nothing done, if a record without partner may be like one of the twins."""
    fresh = {side: _unlinked(lane.rest.unlinked(side)) for side in Side}
    matches: Matches | None = None
    if fresh[Side.LEFT] or fresh[Side.RIGHT]:
        matches = _matches(subject, references, matcher, _Reach(lane.rest.rows, lane.rest.keys), {}, fresh)
        is_open = matches.reviews or any(matches.unmatched.values())
        if is_open and any(rule.then == "suggest" for rule in subject.entity.match):
            return False
    _watch(subject, fresh)
    watch_twins(subject, lane, found.tell if subject.weighs_time else None)
    name = subject.entity.name
    if name in references.named:
        for left_id, right_id, _ in lane.links.found():
            references.link(name, left_id, right_id)
    subject.found.adopted = lane.links
    subject.found.new_links += len(lane.links)
    if matches is not None:
        _settle(subject, references, matches, fresh, found)
    return True


def _sort(subject: Subject, references: References, pair: Pair, found: Survey, merged: list[tuple[Pair, Side]]) -> None:
    link, gone = pair.link, gone_sides(pair)
    if gone and link.state is not LinkState.TOMBSTONE:
        subject.found.gone.update(gone)
    if pair.open_operation:
        subject.found.touched += 1
    elif link.state is LinkState.TOMBSTONE:
        if has_returned(subject, pair):
            references.link(link.entity, link.left_id, link.right_id)
            found.present.append((pair, RETURNED, None))
    elif pair.left is None or pair.right is None:
        plan_dangling(subject, pair)
    elif len(gone) == 2:
        subject.change_link(link, LinkState.TOMBSTONE, "gone on both sides")
        references.unlink(link.entity, link.left_id, link.right_id)
    elif gone and row(pair, gone[0]).merged_into:
        merged.append((pair, gone[0]))
    elif gone:
        _gone(subject, references, pair, gone[0], found)
    elif is_present(pair):
        _present(subject, references, pair, found)
    else:
        # Missing without evidence: nothing is concluded, and nothing is written to what may not be there.
        subject.found.touched += 1


def _present(subject: Subject, references: References, pair: Pair, found: Survey) -> None:
    """Decide a pair at once where that can be: nothing is kept of it then but what follows, for there may be many."""
    (left, mine), (right, theirs) = both(pair)
    if not is_alone(subject, mine, theirs, pair.link.base):
        found.present.append((pair, "", None))
        return
    plan_present(subject, references, pair, no_crowd)
    if subject.weighs_time:
        for side, record in ((left, mine), (right, theirs)):
            if record.modified is not None:
                found.tell(side, record.modified)


def _gone(subject: Subject, references: References, pair: Pair, gone: Side, found: Survey) -> None:
    references.unlink(pair.link.entity, pair.link.left_id, pair.link.right_id)

    def restore(side: Side, record: Observed, restored: Pair) -> None:
        found.candidates.append(Candidate(side=side, record=record, restores=restored))

    plan_gone(subject, pair, gone, restore)


def _unlinked(rows: Iterable[Observed]) -> dict[str, Observed]:
    return {record.id: record for record in rows if record.present}


def _watch(subject: Subject, fresh: Mapping[Side, Mapping[str, Observed]]) -> None:
    for side in Side:
        for record in fresh[side].values():
            subject.watch(side, record)


def _matches(
    subject: Subject,
    references: References,
    matcher: Matcher,
    reach: _Reach,
    taken: Mapping[tuple[Side, str], str],
    fresh: Mapping[Side, Mapping[str, Observed]],
) -> Matches:
    """Find partners among all rows of both sides: a duplicate of a linked record is no new one."""
    entity = subject.entity

    def linked(side: Side, id: str) -> Sequence[Link]:
        partner = taken.get((side, id))
        if partner is None:
            return subject.sight.links(side, id)
        left_id, right_id = sides(side, id, partner)
        return (Link(entity=entity.name, left_id=left_id, right_id=right_id, matched_by="merged"),)

    def translate(name: str, side: Side, id: str) -> str | None:
        """Both sides' references in one space, so that equal keys mean the same parent."""
        ref = subject.rules[name].ref
        return str(references.comparable(ref, side, id)) if ref else None

    some: Mapping[Side, Sequence[Observed]] | None = None
    if sum(map(len, fresh.values())) * FEW <= subject.sight.linked:
        some = relevant(KeyPrints(entity, subject.layout), reach.keys, linked, fresh, subject.sight.answers)
    return matcher(
        entity,
        reach.rows(Side.LEFT) if some is None else some[Side.LEFT],
        reach.rows(Side.RIGHT) if some is None else some[Side.RIGHT],
        layout=subject.layout,
        linked=linked,
        translate_ref=translate,
        answers=subject.sight.answers,
    )


def _settle(
    subject: Subject,
    references: References,
    matches: Matches,
    fresh: Mapping[Side, Mapping[str, Observed]],
    found: Survey,
) -> None:
    """Make links and candidates of what matching says."""

    def there(side: Side, id: str) -> bool:
        return id in fresh[side] or bool(subject.sight.links(side, id))

    asked, unmatched = keep_asking(matches.unmatched, subject.sight.asked, subject.sight.answers, there)
    subject.found.reviews.extend((*matches.reviews, *asked))
    known = _known(subject, fresh, matches)
    for item in sorted(matches.links, key=lambda item: (item.left_id, item.right_id)):
        _link(subject, references, item, known, found)
    for side in Side:
        for id in sorted(unmatched.get(side, ())):
            record = fresh[side].get(id)
            if record is not None and _may_have_partner(subject, side, record):
                found.candidates.append(Candidate(side=side, record=record))


def _known(
    subject: Subject, fresh: Mapping[Side, Mapping[str, Observed]], matches: Matches
) -> Mapping[Side, Mapping[str, Observed]]:
    """The records that matching names, also linked ones (where a side may have several per record of the other)."""
    known: dict[Side, Mapping[str, Observed]] = {}
    for side in Side:
        named = {item.left_id if side is Side.LEFT else item.right_id for item in matches.links}
        missing = named - fresh[side].keys()
        extra = {item.id: item for item in subject.sight.rows(side) if item.id in missing} if missing else {}
        known[side] = {**fresh[side], **extra}
    return known


def _link(
    subject: Subject,
    references: References,
    item: Matched,
    known: Mapping[Side, Mapping[str, Observed]],
    found: Survey,
) -> None:
    left, right = known[Side.LEFT].get(item.left_id), known[Side.RIGHT].get(item.right_id)
    if left is None or right is None:
        return
    if subject.entity.on_leave is OnLeave.UNLINK and not (left.in_scope and right.in_scope):
        subject.note("would match a record that is out of scope: not linked, not created")
        return
    name = subject.entity.name
    references.link(name, left.id, right.id)
    link = Link(entity=name, left_id=left.id, right_id=right.id, matched_by=item.rule)
    found.present.append((Pair(link=link, left=left, right=right), item.rule, None))
    subject.found.new_links += 1


def _may_have_partner(subject: Subject, side: Side, record: Observed) -> bool:
    """Whether the partner of an unmatched record is to be created; if a person must say so, asks."""
    target, called = side.other, title(subject, record.values, record.id)
    names = subject.names
    left, right = sides(side, record.id, "")
    if not record.in_scope:
        return False
    if record.problem:
        subject.hold(left, right, f"{names[side]}: {record.problem}", called)
        if FAILS in record.problem:
            subject.found.fails.append(record.problem)
        return False
    policy, answer = _policy(subject, target), subject.answers.birth(side, record.id)
    if policy is Birth.NEVER or answer == "skip":
        return False
    if record.inactive:
        subject.note(f"unmatched and inactive on {names[side]}: not created on {names[target]}")
        return False
    if target in subject.sight.incomplete:
        why = subject.sight.incomplete[target]
        subject.note(f"not created on {names[target]}, whose listing is not whole ({why})")
        return False
    if policy is Birth.ASK and answer != "create":
        subject.review(
            Waiting.CREATE,
            left,
            right,
            reason=f"on {names[side]} only: create it on {names[target]}?",
            rule=f"create:{names[target]}:ask",
            title=called,
        )
        return False
    return True


def _policy(subject: Subject, target: Side) -> Birth:
    """Create there? Toward the right (the fixed side) by itself, toward the left only after a person agreed."""
    if not subject.sight.resources[target].create:
        return Birth.NEVER
    return subject.entity.create.get(target, Birth.AUTO if target is Side.RIGHT else Birth.ASK)
