"""What every connector must do. A test file subclasses ``ConnectorSuite``, gives it a side to work on, and adds only its quirks.

    class TestMemory(ConnectorSuite):
        @pytest.fixture
        def connector(self):
            self.side = Memory(...)
            return self.side

        def sample(self, number):
            return {"name": f"Customer {number}"}

A hook that answers None says "this side cannot be made to do that": the tests that need it are skipped, each with its reason.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from syncengine.connector import Connector, Cursor, End, Outcome, Page, Plugin, Query
from syncengine.errors import ConnectorError, Rejected, Stale, Uncertain
from syncengine.model.operation import Action, Operation, Written
from syncengine.model.record import Deletion, Record, Side, Value
from syncengine.model.resource import Deletions, Resource

NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(slots=True)
class Seen:
    """One pull, read to its end."""

    end: End
    pages: list[Page] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)
    deleted: list[Deletion] = field(default_factory=list)

    def values(self, id: str) -> Mapping[str, Value]:
        """The fields of one record."""
        return self.records[id].fields


class ConnectorSuite:
    """The promises of a connector, one test each.

    Attributes:
        resource: Name of the resource the suite works on.
        plugin: The connector's entry point; None leaves its options untested.
        secrets: Texts that were given to the connector as secrets; they may show nowhere.
        unknown_id: An id of the right form that no record has.
        unknown_field: A field name the resource surely does not know.
    """

    resource: ClassVar[str] = "customers"
    plugin: ClassVar[Plugin | None] = None
    secrets: ClassVar[tuple[str, ...]] = ()
    unknown_id: ClassVar[str] = NOBODY
    unknown_field: ClassVar[str] = "no_such_field_at_all"

    # What a subclass supplies

    @pytest.fixture
    def connector(self) -> Connector:
        """A connector to a side that is this test's alone. It may hold records already."""
        raise NotImplementedError("a subclass of ConnectorSuite supplies the fixture `connector`")

    def sample(self, number: int) -> Mapping[str, Value]:
        """Values for the ``number``-th record: accepted by a create, shown again as they are, no two records alike in ``identify``."""
        raise NotImplementedError

    def change(self, number: int) -> Mapping[str, Value]:
        """A value for one field, the same field for every number, unlike any sample's and no part of what identifies them."""
        raise NotImplementedError

    def emptied(self) -> str | None:
        """A field of every sample that the side lets us empty; None if there is none."""
        return None

    def identify(self, values: Mapping[str, Value]) -> Mapping[str, Value]:
        """What an unanswered create of these values is found by."""
        return values

    def edit(self, id: str, values: Mapping[str, Value]) -> bool | None:
        """Change a record as a person at the side would, past the connector; None if the test cannot."""
        return None

    def lose_answer(self, *, done: bool) -> bool | None:
        """Make the next write's answer disappear, after it took effect or (``done`` False) before; None if the side cannot lose one."""
        return None

    def settle(self) -> None:
        """Let pass what the side needs until a change shows in a pull."""

    # The promises

    def test_its_identity_stays_the_same(self, connector: Connector) -> None:
        before = connector.identity()
        self.made(connector, 1)
        assert before.strip()
        assert connector.identity() == before

    def test_its_resource_is_described_whole(self, connector: Connector) -> None:
        resource = self.described(connector)
        assert resource.name == self.resource
        assert resource.fields or resource.open, "fields must be listed, or more of them possible"
        assert all(facts.name == name for name, facts in resource.fields.items())
        assert set(resource.key) <= set(resource.fields)
        assert resource.write_batch >= 1
        assert resource.fetch_size >= 1
        assert resource.page_size >= 0

    def test_what_is_written_can_be_pulled(self, connector: Connector) -> None:
        ids = self.made(connector, 3)
        seen = self.pulled(connector)
        assert len(set(ids)) == 3, "three records have three ids"
        for number, id in enumerate(ids):
            assert self.shows(seen.values(id), self.sample(number))

    def test_a_create_tells_the_new_id_and_what_is_there_now(self, connector: Connector) -> None:
        outcome = self.write(connector, self.create(0))
        assert isinstance(outcome, Written), outcome
        assert outcome.id
        if outcome.record is not None:
            assert outcome.record.id == outcome.id
            assert self.shows(outcome.record.fields, self.sample(0))

    def test_an_update_changes_what_it_names_and_absent_fields_stay(self, connector: Connector) -> None:
        (id,) = self.made(connector, 1)
        outcome = self.write(connector, self.update(connector, id, self.change(0)))
        assert isinstance(outcome, Written), outcome
        assert outcome.id == id
        assert self.shows(self.pulled(connector).values(id), {**self.sample(0), **self.change(0)})

    def test_an_emptied_field_is_emptied_and_no_other(self, connector: Connector) -> None:
        name = self.emptied()
        if name is None:
            pytest.skip("no field of this side can be emptied")
        (id,) = self.made(connector, 1)
        assert self.pulled(connector).values(id)[name] is not None, "the sample must fill it first"
        outcome = self.write(connector, self.update(connector, id, {name: None}))
        assert isinstance(outcome, Written), outcome
        shown = self.pulled(connector).values(id)
        assert shown[name] is None, "emptied, so the side says: empty"
        assert self.shows(shown, {key: value for key, value in self.sample(0).items() if key != name})

    def test_pulling_twice_gives_the_same(self, connector: Connector) -> None:
        self.made(connector, 3)
        first, second = self.pulled(connector), self.pulled(connector)
        assert first.records == second.records
        assert [page.fingerprints for page in first.pages] == [page.fingerprints for page in second.pages]

    def test_the_last_page_and_no_other_has_an_end(self, connector: Connector) -> None:
        self.made(connector, 3)
        seen = self.pulled(connector)
        assert all(page.end is None for page in seen.pages[:-1])
        assert seen.end.scope == "full"
        assert seen.end.complete, seen.end.why

    def test_a_row_has_one_fingerprint_and_only_its_own(self, connector: Connector) -> None:
        ids = self.made(connector, 3)
        before = self.fingerprints(connector)
        if not before:
            pytest.skip("this side gives no fingerprints: every row is a candidate")
        assert len({before[id] for id in ids}) == 3, "different rows, different fingerprints"
        assert all(-(2**63) <= number < 2**63 for number in before.values()), "they must fit 64 bits"
        self.write(connector, self.update(connector, ids[1], self.change(1)))
        after = self.fingerprints(connector)
        assert after[ids[0]] == before[ids[0]], "an untouched row keeps its fingerprint"
        assert after[ids[1]] != before[ids[1]], "a changed row may not look known"

    def test_parsing_a_row_twice_gives_the_same_record(self, connector: Connector) -> None:
        self.made(connector, 2)
        query = self.query(connector)
        rows = [row for page in self.pages(connector, None) for row in page.rows]
        assert rows
        assert [connector.parse(query, row) for row in rows] == [connector.parse(query, row) for row in rows]

    def test_only_the_fields_asked_for_are_kept(self, connector: Connector) -> None:
        (id,) = self.made(connector, 1)
        name = next(iter(self.change(0)))
        query = Query(resource=self.resource, fields=(name,))
        rows = [row for page in connector.pull(query, None) for row in page.rows]
        records = [connector.parse(query, row) for row in rows]
        assert id in {record.id for record in records}
        assert all(set(record.fields) <= {name} for record in records)
        assert set(connector.fetch(query, [id])[id].fields) <= {name}

    def test_a_cursor_never_skips_a_change(self, connector: Connector) -> None:
        ids = self.made(connector, 3)
        cursor = self.pulled(connector).end.cursor
        (born,) = self.made(connector, 1, first=7)
        self.write(connector, self.update(connector, ids[0], self.change(0)))
        if self.edit(ids[1], self.change(1)) is None:
            self.write(connector, self.update(connector, ids[1], self.change(1)))
        seen = self.pulled(connector, cursor)
        for id, number in ((ids[0], 0), (ids[1], 1)):
            assert self.shows(seen.values(id), self.change(number))
        assert self.shows(seen.values(born), self.sample(7))
        again = self.pulled(connector, seen.end.cursor)
        assert all(seen.records.get(id, record) == record for id, record in again.records.items()), (
            "nothing changed since: a row may come twice, but as it was"
        )

    def test_a_cursor_taken_while_a_pull_runs_skips_nothing(self, connector: Connector) -> None:
        ids = self.made(connector, 3)
        pages = connector.pull(self.query(connector), None)
        first = next(pages)
        if self.edit(ids[2], self.change(2)) is None:
            pytest.skip("nobody but us can edit this side")
        try:
            end = first.end or list(pages)[-1].end
        except ConnectorError:
            return  # It noticed, and nothing of the pull counts.
        assert end is not None
        assert self.shows(self.pulled(connector, end.cursor).values(ids[2]), self.change(2))

    def test_fetch_shows_what_a_pull_shows_and_not_what_is_not_there(self, connector: Connector) -> None:
        ids = self.made(connector, 2)
        seen = self.pulled(connector)
        found = connector.fetch(self.query(connector), [ids[0], self.unknown_id])
        assert set(found) == {ids[0]}, "an id that is not there is not in the answer"
        assert dict(found[ids[0]].fields) == dict(seen.values(ids[0]))
        # A look-up need not show the row version (Exact's does not); where it does, it is the same one.
        assert found[ids[0]].version in (None, seen.records[ids[0]].version)

    def test_an_unknown_field_is_refused_before_anything_is_sent(self, connector: Connector) -> None:
        if self.described(connector).open:
            pytest.skip("this resource has fields that are not listed")
        (id,) = self.made(connector, 1)
        before = self.pulled(connector).records
        for operation in (
            self.update(connector, id, {**self.change(0), self.unknown_field: "x"}),
            self.create(5, {self.unknown_field: "x"}),
        ):
            outcome = self.write(connector, operation)
            assert isinstance(outcome, Rejected), outcome
            assert self.unknown_field in f"{outcome} {outcome.field}", "it names the field"
        assert self.pulled(connector).records == before

    def test_a_refused_operation_does_not_stop_the_others(self, connector: Connector) -> None:
        resource = self.described(connector)
        if resource.write_batch < 2 or resource.open:
            pytest.skip("one operation a call, or nothing that is surely refused")
        good, bad, also = self.create(0), self.create(1, {self.unknown_field: "x"}), self.create(2)
        outcomes = connector.write([good, bad, also])
        assert [type(outcome) for outcome in outcomes] == [Written, Rejected, Written]
        seen = self.pulled(connector)
        for number, outcome in ((0, outcomes[0]), (2, outcomes[2])):
            assert isinstance(outcome, Written)
            assert self.shows(seen.values(outcome.id), self.sample(number)), "outcomes stand in the order of operations"

    def test_a_deleted_record_is_gone_and_the_side_says_so(self, connector: Connector) -> None:
        resource = self.deleting(connector)
        ids = self.made(connector, 2)
        cursor = self.pulled(connector).end.cursor
        assert isinstance(self.write(connector, self.delete(connector, ids[0])), Written)
        self.settle()
        assert set(connector.fetch(self.query(connector), ids)) == {ids[1]}
        whole = self.pulled(connector)
        assert ids[0] not in whole.records
        assert ids[1] in whole.records
        if resource.deletions is Deletions.FEED:
            assert ids[0] in {deletion.id for deletion in self.pulled(connector, cursor).deleted}

    def test_deleting_what_is_gone_succeeds(self, connector: Connector) -> None:
        self.deleting(connector)
        (id,) = self.made(connector, 1)
        operation = self.delete(connector, id)
        assert isinstance(self.write(connector, operation), Written)
        assert isinstance(self.write(connector, operation), Written)

    def test_a_stale_write_changes_nothing(self, connector: Connector) -> None:
        if not self.described(connector).conditional:
            pytest.skip("this side has no conditional writes; the engine looks before it writes")
        (id,) = self.made(connector, 1)
        operation = self.update(connector, id, self.change(0))
        if self.edit(id, self.change(1)) is None:
            pytest.skip("nobody but us can edit this side")
        assert isinstance(self.write(connector, operation), Stale)
        assert self.shows(self.pulled(connector).values(id), {**self.sample(0), **self.change(1)})

    def test_a_lost_answer_is_found_again(self, connector: Connector) -> None:
        create = self.create(0)
        if self.lose_answer(done=True) is None:
            pytest.skip("this side cannot lose an answer")
        assert isinstance(self.write(connector, create), Uncertain)
        self.settle()
        (left,) = connector.find(create)
        assert self.shows(left.fields, self.sample(0))
        update = self.update(connector, left.id, self.change(0))
        self.lose_answer(done=True)
        assert isinstance(self.write(connector, update), Uncertain)
        self.settle()
        (now,) = connector.find(update)
        assert now.id == left.id
        assert self.shows(now.fields, self.change(0))

    def test_a_write_that_never_arrived_is_found_absent(self, connector: Connector) -> None:
        (id,) = self.made(connector, 1)
        create, update = self.create(1), self.update(connector, id, self.change(0))
        if self.lose_answer(done=False) is not None:
            assert isinstance(self.write(connector, create), Uncertain)
            self.settle()
        assert list(connector.find(create)) == []
        (untouched,) = connector.find(update)
        assert self.shows(untouched.fields, self.sample(0))

    def test_looking_finds_nothing_of_a_deleted_record(self, connector: Connector) -> None:
        self.deleting(connector)
        (id,) = self.made(connector, 1)
        operation = self.delete(connector, id)
        (there,) = connector.find(operation)
        assert there.id == id
        self.write(connector, operation)
        self.settle()
        assert list(connector.find(operation)) == []

    def test_no_secret_shows_in_a_representation_or_an_error(self, connector: Connector) -> None:
        if not self.secrets:
            pytest.skip("this connector has no secrets")
        failed = self.write(connector, self.create(0, {self.unknown_field: "x"}))
        texts = [repr(connector), str(connector), connector.identity(), repr(connector.resources()), repr(failed)]
        texts += [note.text for note in connector.check()]
        texts += [repr(value) for value in vars(connector).values()] if hasattr(connector, "__dict__") else []
        assert not [text for text in texts for secret in self.secrets if secret in text]

    def test_checking_finds_nothing_wrong_and_changes_nothing(self, connector: Connector) -> None:
        self.made(connector, 1)
        before = self.pulled(connector).records
        notes = list(connector.check())
        assert all(note.text.strip() for note in notes)
        assert [note.text for note in notes if not note.ok] == []
        assert self.pulled(connector).records == before

    def test_its_budget_is_told_in_calls(self, connector: Connector) -> None:
        budget = connector.budget()
        assert all(number is None or number >= 0 for number in (budget.minute, budget.left_today))

    def test_its_options_are_a_schema_that_refuses_unknown_names(self) -> None:
        if self.plugin is None:
            pytest.skip("the test names no plugin")
        jsonschema = pytest.importorskip("jsonschema")
        jsonschema.Draft202012Validator.check_schema(dict(self.plugin.options))
        assert self.plugin.options.get("additionalProperties") is False, "a misspelled option must be an error"
        assert self.plugin.summary
        assert "\n" not in self.plugin.summary

    def test_it_may_be_closed_twice(self, connector: Connector) -> None:
        self.made(connector, 1)
        connector.close()
        connector.close()

    # What the tests are written with

    def described(self, connector: Connector) -> Resource:
        """The resource under test."""
        return connector.resources()[self.resource]

    def deleting(self, connector: Connector) -> Resource:
        """The resource, if records can be deleted; skips the test otherwise."""
        resource = self.described(connector)
        if not resource.delete:
            pytest.skip("this resource does not delete")
        return resource

    def query(self, connector: Connector) -> Query:
        """Ask for every field that the samples use."""
        return Query(resource=self.resource, fields=tuple(sorted({*self.sample(0), *self.change(0)})))

    def pages(self, connector: Connector, since: Cursor | None) -> list[Page]:
        """Pull to the end."""
        self.settle()
        return list(connector.pull(self.query(connector), since))

    def pulled(self, connector: Connector, since: Cursor | None = None) -> Seen:
        """Pull and parse; the same row twice counts once, the later one."""
        pages, query = self.pages(connector, since), self.query(connector)
        end = pages[-1].end
        assert end is not None, "the last page carries an End"
        seen = Seen(end=end, pages=pages)
        for page in pages:
            assert page.fingerprints is None or len(page.fingerprints) == len(page.rows), "one fingerprint per row"
            for row in page.rows:
                record = connector.parse(query, row)
                assert record.resource == self.resource
                seen.records[record.id] = record
            seen.deleted.extend(page.deleted)
        return seen

    def fingerprints(self, connector: Connector) -> dict[str, int]:
        """Id → fingerprint of its row, for rows that have one."""
        query = self.query(connector)
        return {
            connector.parse(query, row).id: number
            for page in self.pages(connector, None)
            for row, number in zip(page.rows, page.fingerprints or (), strict=page.fingerprints is not None)
        }

    def shows(self, shown: Mapping[str, Value], wanted: Mapping[str, Value]) -> bool:
        """Whether these values are there; asserts, so that a failure shows both."""
        assert {name: shown.get(name) for name in wanted} == dict(wanted)
        return True

    def made(self, connector: Connector, count: int, *, first: int = 0) -> list[str]:
        """Create samples; return their ids."""
        outcomes = [self.write(connector, self.create(number)) for number in range(first, first + count)]
        written = [outcome for outcome in outcomes if isinstance(outcome, Written)]
        assert len(written) == count, outcomes
        self.settle()
        return [outcome.id for outcome in written]

    def write(self, connector: Connector, operation: Operation) -> Outcome:
        """Do one operation; an exception for the whole batch is its outcome."""
        try:
            (outcome,) = connector.write([operation])
        except ConnectorError as error:
            return error
        return outcome

    def create(self, number: int, more: Mapping[str, Value] | None = None) -> Operation:
        """Create the ``number``-th sample."""
        values = self.sample(number)
        return self._operation(Action.CREATE, values={**values, **(more or {})}, identify=self.identify(values))

    def update(self, connector: Connector, id: str, values: Mapping[str, Value]) -> Operation:
        """Change a record as it is now."""
        return self._operation(Action.UPDATE, id=id, values=values, version=self._version(connector, id))

    def delete(self, connector: Connector, id: str) -> Operation:
        """Delete a record as it is now."""
        return self._operation(Action.DELETE, id=id, version=self._version(connector, id))

    def _version(self, connector: Connector, id: str) -> str | None:
        return connector.fetch(self.query(connector), [id])[id].version

    def _operation(self, action: Action, **more: Any) -> Operation:
        key = f"suite-{next(self._numbers())}"
        return Operation(key=key, entity="suite", side=Side.RIGHT, resource=self.resource, action=action, **more)

    def _numbers(self) -> Iterator[int]:
        if not hasattr(self, "_counter"):
            self._counter: Iterator[int] = itertools.count(1)
        return self._counter
