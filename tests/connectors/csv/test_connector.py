"""CSV files as a side: the suite, and the file's own quirks."""

from __future__ import annotations

import csv
import fcntl
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from syncengine.connector import Connector, Query
from syncengine.errors import Rejected, Stale, Transient, Uncertain, Unreadable, UserError
from syncengine.model.operation import Action, Operation, Written
from syncengine.model.record import Record, Side, Value
from syncengine.ports import Ports
from syncengine.testing.connector_suite import ConnectorSuite
from syncengine.testing.fakes import FakeClock, FakeIds
from syncengine_connectors.csv import PLUGIN, files
from syncengine_connectors.csv.connector import CsvConnector
from syncengine_connectors.csv.options import ENCODINGS, NEWLINES
from tests.builders import rows

CUSTOMERS = 'id;naam;plaats\r\n1;Bakkerij Jansen;Gent\r\n2;"Smit; Zonen";Utrecht\r\n'


def side(root: Path, clock: FakeClock | None = None, **options) -> CsvConnector:
    ports = Ports(root=root, state=root, credentials=root, clock=clock or FakeClock(), ids=FakeIds())
    made = PLUGIN.connect(options or {"path": "customers.csv"}, ports)
    assert isinstance(made, CsvConnector)
    return made


def put(root: Path, text: str | bytes = CUSTOMERS, name: str = "customers.csv") -> Path:
    file = root / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def listing(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def read(connector: CsvConnector, resource: str = "customers") -> tuple[dict[str, Record], list[Unreadable]]:
    """Everything a full pull brings."""
    query = Query(resource=resource, fields=tuple(connector.resources()[resource].fields))
    records: dict[str, Record] = {}
    errors: list[Unreadable] = []
    for page in connector.pull(query, None):
        for row in page.rows:
            try:
                record = connector.parse(query, row)
            except Unreadable as error:
                errors.append(error)
            else:
                records[record.id] = record
    return records, errors


def values(connector: CsvConnector, resource: str = "customers") -> dict[str, dict[str, Value]]:
    return {id: dict(record.fields) for id, record in read(connector, resource)[0].items()}


def operation(action: Action, about: str, /, *, version: str | None = None, **fields) -> Operation:
    return Operation(
        key=f"{action}{about}",
        entity="e",
        side=Side.LEFT,
        resource="customers",
        action=action,
        id=about,
        values=fields,
        version=version,
    )


def write(connector: CsvConnector, *operations: Operation):
    outcomes = connector.write(operations)
    return outcomes[0] if len(outcomes) == 1 else outcomes


class TestCsv(ConnectorSuite):
    plugin = PLUGIN

    @pytest.fixture
    def connector(self, tmp_path, monkeypatch) -> Connector:
        self.file, self.monkeypatch = put(tmp_path), monkeypatch
        return side(tmp_path)

    def sample(self, number: int) -> Mapping[str, Value]:
        return {"id": f"K{number}", "naam": f'Bakker "{number}";\nen zoon', "plaats": "Gent"}

    def change(self, number: int) -> Mapping[str, Value]:
        return {"plaats": f"'s-Gravenhage {number}"}

    def emptied(self) -> str:
        return "plaats"

    def identify(self, values: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"id": values["id"]}

    def edit(self, id: str, values: Mapping[str, Value]) -> bool:
        """As a spreadsheet does: the file is read and written anew."""
        table = list(csv.DictReader(io.StringIO(self.file.read_bytes().decode(), newline=""), delimiter=";"))
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, ["id", "naam", "plaats"], delimiter=";")
        writer.writeheader()
        writer.writerows([{**row, **(values if row["id"] == id else {})} for row in table])
        self.file.write_bytes(out.getvalue().encode())
        return True

    def lose_answer(self, *, done: bool) -> bool | None:
        """Only a disk that does not confirm a rename leaves doubt; what fails before it has surely done nothing."""
        if not done:
            return None

        def broken(folder: Path) -> None:
            self.monkeypatch.undo()
            raise OSError(5, "Input/output error")

        self.monkeypatch.setattr(files, "sync_folder", broken)
        return True


JANSEN = {"id": "1", "naam": "Jansen & Zn", "prijs": "1,20"}
SMIT = {"id": "2", "naam": "café Smit", "prijs": None}

READABLE = [
    # bytes, why
    (b"id,naam,prijs\n1,Jansen & Zn,\"1,20\"\n2,caf\xc3\xa9 Smit,\n", "UTF-8 with commas"),
    (b"\xef\xbb\xbfid;naam;prijs\r\n1;Jansen & Zn;1,20\r\n2;caf\xc3\xa9 Smit;\r\n", "byte-order mark, semicolons, decimal comma"),
    (b"id;naam;prijs\r\n1;Jansen & Zn;1,20\r\n2;caf\xe9 Smit;\r\n", "Windows-1252"),
    ("\ufeffid\tnaam\tprijs\r\n1\tJansen & Zn\t1,20\r\n2\tcafé Smit\t\r\n".encode("utf-16-le"), "UTF-16, tabs, as a spreadsheet saves it"),
    ("\ufeffid;naam;prijs\n1;Jansen & Zn;1,20\n2;café Smit;\n".encode("utf-16-be"), "UTF-16, the other way round"),
    ("id;naam;prijs\n1;Jansen & Zn;1,20\n2;café Smit;\n".encode("utf-16-le"), "UTF-16 without a mark"),
    (b"id|naam|prijs\n1|Jansen & Zn|1,20\n2|caf\xc3\xa9 Smit|\n", "pipes"),
    (b"id;naam;prijs\r1;Jansen & Zn;1,20\r2;caf\xc3\xa9 Smit;\r", "line ends of old"),
    (b'"id", "naam", "prijs"\n"1", "Jansen & Zn", "1,20"\n"2", "caf\xc3\xa9 Smit", ""\n', "a blank after each delimiter"),
    (b'"id";"naam";"prijs"\n"1";"Jansen & Zn";"1,20"\n"2";"caf\xc3\xa9 Smit";""', "all quoted, no newline at the end"),
    (b"id;naam;prijs\n\n1; Jansen & Zn ;1,20\r\n;;\n2;cafe\xcc\x81 Smit;\n \n", "blank lines, blanks around, decomposed letters"),
    (b"\n\nid;naam;prijs\n1;Jansen & Zn;1,20\n2;caf\xc3\xa9 Smit;\n", "blank lines before the header"),
    (b"id,naam,prijs\n1,Jansen & Zn,\"1,20\",\n2,caf\xc3\xa9 Smit,,\n", "one delimiter too many in every row"),
]  # fmt: skip


@pytest.mark.parametrize("data", rows(READABLE))
def test_a_file_is_read_however_it_is_written(tmp_path, data) -> None:
    put(tmp_path, data)
    shown = values(side(tmp_path))
    for record in shown.values():
        record.pop("column_4", None)
    assert shown == {"1": JANSEN, "2": SMIT}


def test_quoted_line_breaks_and_doubled_quotes_are_data(tmp_path) -> None:
    put(tmp_path, b'id,naam\n1,"De ""Gouden"" Leeuw\nfiliaal, Gent"\n2,19" monitor\n')
    shown = values(side(tmp_path))
    assert shown["1"]["naam"] == 'De "Gouden" Leeuw\nfiliaal, Gent'
    assert shown["2"]["naam"] == '19" monitor', "a quote in the midst of a cell opens nothing"


def test_a_second_column_of_one_name_gets_a_name_of_its_own(tmp_path) -> None:
    put(tmp_path, "Gemeente;Plaats;Plaats;Plaats_2;\nGent;a;b;c;d\n")
    connector = side(tmp_path)
    assert values(connector)["Gent"] == {
        "Gemeente": "Gent",
        "Plaats": "a",
        "Plaats_3": "b",
        "Plaats_2": "c",
        "column_5": "d",
    }
    told = [note.text for note in connector.check() if "Plaats_3" in note.text]
    assert len(told) == 1
    assert 'headed "Plaats"' in told[0]


UNREADABLE = [
    # row, id, words, why
    ("3;kort", "3", "short row: 2 cells under 3 columns", "a short row"),
    ("3;lang;x;y", "3", "long row: 4 cells under 3 columns", "a long row"),
    (";naamloos;x", None, 'no id: column "id" is empty', "no id"),
    ("3;a\0b;x", "3", "NUL", "a NUL byte"),
    ('3;"Jan" sen;x', "3", "text follows a closing quote", "a quote that should be doubled"),
    ('3;"Jansen;x', None, "never closed", "a quote that is never closed"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "id", "words"), rows(UNREADABLE))
def test_a_spoiled_row_is_reported_with_its_line_and_spoils_no_other(tmp_path, row, id, words) -> None:
    put(tmp_path, f"id;naam;plaats\n1;Jansen;Gent\n{row}\n2;Smit;Utrecht\n")
    records, (error,) = read(side(tmp_path))
    assert sorted(records) == ["1", "2"]
    assert error.where == "customers.csv:3"
    assert words in error.message
    assert error.id == id


def test_a_line_number_counts_lines_and_not_rows(tmp_path) -> None:
    put(tmp_path, 'id;naam\n\n1;"twee\nregels"\n2\n')
    assert [error.where for error in read(side(tmp_path))[1]] == ["customers.csv:5"]


def test_bytes_of_another_encoding_spoil_their_row_only(tmp_path) -> None:
    put(tmp_path, "id;naam\n1;café\n2;crème\n3;".encode() + b"caf\xe9\n")
    records, (error,) = read(side(tmp_path))
    assert [record.fields["naam"] for record in records.values()] == ["café", "crème"], (
        "and make no mojibake of the others"
    )
    assert "0xe9" in error.message


def test_two_rows_of_one_id_are_both_reported_and_neither_counts(tmp_path) -> None:
    put(tmp_path, "id;naam\n1;Jansen\n2;Smit\n1;Janssens\n")
    records, errors = read(side(tmp_path))
    assert list(records) == ["2"]
    assert [error.where for error in errors] == ["customers.csv:2", "customers.csv:4"]
    assert all(error.id == "1" and "lines 2, 4" in error.message for error in errors)


def test_a_file_of_only_a_header_is_a_whole_and_empty_listing(tmp_path) -> None:
    put(tmp_path, "id;naam")
    *pages, page = side(tmp_path).pull(Query(resource="customers", fields=("naam",)), None)
    assert page.end is not None
    assert (sum(len(each.rows) for each in [*pages, page]), page.end.scope, page.end.complete) == (0, "full", True)


def test_an_empty_file_is_no_empty_listing(tmp_path) -> None:
    put(tmp_path, b"")
    with pytest.raises(Transient, match="empty"):
        list(side(tmp_path).pull(Query(resource="customers", fields=()), None))


def pull(connector: CsvConnector, since: str | None = None):
    return list(connector.pull(Query(resource="customers", fields=("naam",)), since))


def test_a_missing_file_is_an_error_that_names_it(tmp_path) -> None:
    with pytest.raises(UserError, match=r"customers\.csv: there is no such file"):
        pull(side(tmp_path))


def test_what_is_no_ordinary_file_is_refused_without_waiting(tmp_path) -> None:
    (tmp_path / "map.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "null.csv").symlink_to("/dev/null")
    for name, words in (("map", "a folder"), ("pipe", "a pipe"), ("null", "leads outside")):
        with pytest.raises(UserError, match=words):
            list(side(tmp_path, path=f"{name}.csv").pull(Query(resource=name, fields=()), None))


def test_no_path_leads_out_of_the_project(tmp_path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    outside = put(tmp_path, CUSTOMERS, "customers.csv")
    (project / "customers.csv").symlink_to(outside)
    for path in ("customers.csv", "../customers.csv", str(outside)):
        with pytest.raises(UserError, match="outside the project"):
            list(side(project, path=path).pull(Query(resource="customers", fields=()), None))


def test_a_link_inside_the_project_is_followed_and_stays_a_link(tmp_path) -> None:
    (tmp_path / "export").mkdir()
    target = put(tmp_path / "export", CUSTOMERS)
    (tmp_path / "customers.csv").symlink_to(target)
    assert isinstance(write(side(tmp_path), operation(Action.UPDATE, "1", plaats="Aalst")), Written)
    assert (tmp_path / "customers.csv").is_symlink()
    assert b"Aalst" in target.read_bytes()


def test_a_file_that_ends_inside_a_quoted_cell_is_still_being_written(tmp_path) -> None:
    put(tmp_path, 'id;naam\n1;Jansen\n2;"Smit ')
    clock = FakeClock()
    with pytest.raises(Transient, match="still being written"):
        pull(side(tmp_path, clock))
    # Nobody has touched it for long: then it is one broken row, and the others are read.
    later = clock.now().timestamp() - 3600
    os.utime(tmp_path / "customers.csv", (later, later))
    records, (error,) = read(side(tmp_path, clock))
    assert list(records) == ["1"]
    assert "never closed" in error.message


def test_a_file_that_changes_while_it_is_read_counts_for_nothing(tmp_path) -> None:
    file = put(tmp_path, "id;naam\n" + "".join(f"{number};{'x' * 100}\n" for number in range(30_000)))
    pages = side(tmp_path).pull(Query(resource="customers", fields=("naam",)), None)
    next(pages)
    with file.open("ab") as out:
        out.write(b"99999;nieuw\n")
    with pytest.raises(Transient, match="changed while it was read"):
        list(pages)


def test_a_file_may_be_asked_to_be_left_alone_first(tmp_path) -> None:
    file, clock = put(tmp_path), FakeClock()
    just_now = clock.now().timestamp() - 5
    os.utime(file, (just_now, just_now))
    connector = side(tmp_path, clock, path="customers.csv", quiet=30)
    with pytest.raises(Transient, match="changed 5 s ago"):
        pull(connector)
    clock.advance(60)
    assert pull(connector)[-1].end is not None


def test_an_unchanged_file_is_one_empty_page(tmp_path) -> None:
    file, connector = put(tmp_path), side(tmp_path)
    cursor = pull(connector)[-1].end.cursor
    os.utime(file, (1, 1))
    (page,) = pull(connector, cursor)
    assert (page.rows, page.end.scope) == ((), "delta")
    assert len(list(connector.pull(Query(resource="customers", fields=("plaats",)), cursor))) > 1, (
        "other fields are asked for"
    )
    file.write_bytes(file.read_bytes().replace(b"Gent", b"Aalst"))
    assert pull(connector, cursor)[-1].end.scope == "full"


def test_the_same_bytes_under_another_header_do_not_look_known(tmp_path) -> None:
    file, connector = put(tmp_path, "id;a;b\n1;x;y\n"), side(tmp_path)
    before = [page.fingerprints for page in pull(connector)]
    file.write_bytes(b"id;b;a\n1;x;y\n")
    assert [page.fingerprints for page in pull(connector)] != before


def test_a_write_leaves_every_other_byte_as_it_is(tmp_path) -> None:
    before = b'\xef\xbb\xbfid;"naam";plaats\r\n1; Jansen ;"Gent"\r\n\r\n2;"Smit";Utrecht\n3;19" x;Ronse'
    file = put(tmp_path, before)
    file.chmod(0o640)
    connector = side(tmp_path)
    assert isinstance(write(connector, operation(Action.UPDATE, "1", plaats="Aalst; O-VL")), Written)
    assert file.read_bytes() == before.replace(b'"Gent"', b'"Aalst; O-VL"')
    assert isinstance(write(connector, operation(Action.UPDATE, "3", plaats="Geraardsbergen", naam=None)), Written)
    assert file.read_bytes() == before.replace(b'"Gent"', b'"Aalst; O-VL"').replace(b'19" x;Ronse', b";Geraardsbergen")
    assert file.stat().st_mode & 0o777 == 0o640


NEW_ROWS = [
    # before, after, why
    (b"id;naam\r\n1;Jansen\r\n", b"id;naam\r\n1;Jansen\r\n9;De Smit\r\n", "as the others end"),
    (b"id;naam\n1;Jansen", b"id;naam\n1;Jansen\n9;De Smit", "behind a last line without newline"),
    (b"id;naam", b"id;naam\n9;De Smit", "behind a header without newline"),
    (b'"id", "naam"\n"1", "Jansen"\n', b'"id", "naam"\n"1", "Jansen"\n"9", "De Smit"\n', "quoted, and with a blank, as all others"),
    (b'id;"naam"\n1;"Jansen"\n', b'id;"naam"\n1;"Jansen"\n9;"De Smit"\n', "quoted in the column that is"),
    (b"id\tnaam\r1\tJansen\r", b"id\tnaam\r1\tJansen\r9\tDe Smit\r", "line ends of old"),
    ("\ufeffid;naam\r\n1;é\r\n".encode("utf-16-le"), "\ufeffid;naam\r\n1;é\r\n9;De Smit\r\n".encode("utf-16-le"), "UTF-16"),
    (b"id,naam\n1,Jansen,\n", b"id,naam\n1,Jansen,\n9,De Smit,\n", "with the delimiter at the end"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), rows(NEW_ROWS))
def test_a_new_row_is_written_in_the_manner_of_the_file(tmp_path, before, after) -> None:
    file = put(tmp_path, before)
    outcome = write(side(tmp_path), create("9", "De Smit"))
    assert isinstance(outcome, Written), outcome
    assert file.read_bytes() == after


def create(id: str | None, name: str) -> Operation:
    fields = {"naam": name} | ({"id": id} if id else {})
    return Operation(
        key=f"c{id}", entity="e", side=Side.LEFT, resource="customers", action=Action.CREATE, values=fields
    )


def test_a_deleted_row_takes_its_line_along(tmp_path) -> None:
    file = put(tmp_path, 'id;naam\n1;Jansen\n2;"Smit\nen Zonen"\n3;Maes')
    connector = side(tmp_path)
    outcomes = write(
        connector, operation(Action.DELETE, "2"), operation(Action.DELETE, "3"), operation(Action.DELETE, "9")
    )
    assert all(isinstance(outcome, Written) for outcome in outcomes)
    assert file.read_bytes() == b"id;naam\n1;Jansen\n"


def test_a_batch_tells_each_operation_its_own_outcome(tmp_path) -> None:
    file = put(tmp_path, "id;naam\n1;Jansen\n2;Smit\n2;Smits\n4\n")
    outcomes = write(
        side(tmp_path),
        operation(Action.UPDATE, "1", naam="Janssen"),
        operation(Action.UPDATE, "2", naam="Smid"),
        operation(Action.UPDATE, "3", naam="x"),
        operation(Action.UPDATE, "4", naam="x"),
        operation(Action.UPDATE, "1", id="7"),
        operation(Action.UPDATE, "1", naam=("a", "b")),
        create("1", "Jansen"),
        create("5", "Maes"),
        create("5", "Maes"),
        create(None, "Peeters"),
    )
    kinds = [Written, Rejected, Stale, Rejected, Rejected, Rejected, Rejected, Written, Rejected, Rejected]
    assert [type(outcome) for outcome in outcomes] == kinds
    assert file.read_text() == "id;naam\n1;Janssen\n2;Smit\n2;Smits\n4\n5;Maes\n"
    assert "several rows" in str(outcomes[1])
    assert "short row" in str(outcomes[3])
    assert "makes the id" in str(outcomes[4])
    assert "`new_id`" in str(outcomes[9])


def test_new_ids_are_given_where_the_options_say_so(tmp_path) -> None:
    file = put(tmp_path, "id;naam\n7;Jansen\n12;Smit\nA3;Maes\n")
    outcomes = write(side(tmp_path, path="customers.csv", new_id="next"), create(None, "a"), create(None, "b"))
    assert [outcome.id for outcome in outcomes] == ["13", "14"]
    outcome = write(side(tmp_path, path="customers.csv", new_id="uuid"), create(None, "c"))
    assert len(outcome.id) == 36
    assert file.read_text().endswith(f"13;a\n14;b\n{outcome.id};c\n")


def test_a_character_the_encoding_lacks_is_named(tmp_path) -> None:
    file = put(tmp_path, b"id;naam\r\n1;caf\xe9\r\n")
    outcome = write(side(tmp_path), operation(Action.UPDATE, "1", naam="Łódź"))
    assert isinstance(outcome, Rejected)
    assert 'cp1252, which has no "Ł" (U+0141)' in str(outcome)
    assert outcome.field == "naam"
    assert file.read_bytes() == b"id;naam\r\n1;caf\xe9\r\n"


def test_a_formula_stays_data(tmp_path) -> None:
    file = put(tmp_path)
    write(side(tmp_path), operation(Action.UPDATE, "1", plaats="=1+1"))
    assert b"1;Bakkerij Jansen;=1+1\r\n" in file.read_bytes()


def test_a_file_that_changed_since_it_was_read_is_not_written(tmp_path) -> None:
    file, connector = put(tmp_path), side(tmp_path)
    pull(connector)
    file.write_bytes(file.read_bytes() + b"3;Maes;Ronse\r\n")
    before = file.read_bytes()
    with pytest.raises(Stale, match="changed since it was read"):
        connector.write([operation(Action.UPDATE, "1", plaats="Aalst")])
    assert file.read_bytes() == before


def test_a_row_that_is_not_the_planned_one_is_stale_even_in_another_process(tmp_path) -> None:
    file = put(tmp_path)
    planned = read(side(tmp_path))[0]["1"].version
    file.write_bytes(file.read_bytes().replace(b"Gent", b"Ronse"))
    connector = side(tmp_path)
    outcomes = connector.write(
        [operation(Action.UPDATE, "1", version=planned, plaats="Aalst"), operation(Action.UPDATE, "2", plaats="Aalst")]
    )
    assert [type(outcome) for outcome in outcomes] == [Stale, Written]
    assert values(connector)["1"]["plaats"] == "Ronse"


def test_an_edit_at_the_last_moment_wins(tmp_path, monkeypatch) -> None:
    file, connector = put(tmp_path), side(tmp_path)
    fsync = os.fsync

    def edited(descriptor: int) -> None:
        fsync(descriptor)
        file.write_bytes(b"id;naam;plaats\r\n1;Iemand anders;Gent\r\n")

    monkeypatch.setattr(os, "fsync", edited)
    with pytest.raises(Stale):
        connector.write([operation(Action.UPDATE, "2", plaats="Aalst")])
    assert file.read_bytes() == b"id;naam;plaats\r\n1;Iemand anders;Gent\r\n"
    assert listing(tmp_path) == ["customers.csv"]


def test_a_full_disk_leaves_the_file_whole(tmp_path, monkeypatch) -> None:
    file, connector = put(tmp_path), side(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Transient, match="stays as it is: No space left"):
        connector.write([operation(Action.UPDATE, "1", plaats="Aalst")])
    assert file.read_bytes() == CUSTOMERS.encode()
    assert listing(tmp_path) == ["customers.csv"]


def test_a_rename_the_disk_does_not_confirm_is_uncertain_and_found(tmp_path, monkeypatch) -> None:
    put(tmp_path)
    connector, update = side(tmp_path), operation(Action.UPDATE, "1", plaats="Aalst")

    def broken(folder: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(files, "sync_folder", broken)
    with pytest.raises(Uncertain):
        connector.write([update])
    assert [record.fields["plaats"] for record in connector.find(update)] == ["Aalst"]


def test_a_crash_before_the_rename_leaves_the_file_whole_and_its_draft_is_swept(tmp_path) -> None:
    file = put(tmp_path)
    script = (
        "import os, sys, pathlib\n"
        "pathlib.Path.replace = lambda *_: os._exit(9)\n"
        "from tests.connectors.csv.test_connector import side, operation, Action, Path\n"
        "side(Path(sys.argv[1])).write([operation(Action.UPDATE, '1', plaats='Aalst')])\n"
    )
    here = Path(__file__).resolve().parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=here, env={"PYTHONPATH": f"{here}:{here}/connectors"}
    )
    assert ended.returncode == 9
    assert file.read_bytes() == CUSTOMERS.encode()
    assert len(listing(tmp_path)) == 2, "the draft is there"
    assert isinstance(write(side(tmp_path), operation(Action.UPDATE, "2", plaats="Gent")), Written)
    assert listing(tmp_path) == ["customers.csv"]


def test_the_draft_of_a_living_process_is_not_swept(tmp_path) -> None:
    put(tmp_path)
    draft = tmp_path / ".customers.csv.cafe.draft"
    with draft.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write(side(tmp_path), operation(Action.UPDATE, "2", plaats="Gent"))
        assert draft.exists()


@pytest.mark.parametrize("lock", [".~lock.customers.csv#", "~$customers.csv"])
def test_a_file_open_in_a_spreadsheet_is_read_and_not_written(tmp_path, lock) -> None:
    put(tmp_path)
    (tmp_path / lock).write_bytes(b"")
    connector = side(tmp_path)
    assert len(values(connector)) == 2
    with pytest.raises(Transient, match="close it there"):
        connector.write([operation(Action.UPDATE, "1", plaats="Aalst")])


def test_nothing_to_change_touches_no_file(tmp_path) -> None:
    file = put(tmp_path)
    before = file.stat()
    assert isinstance(write(side(tmp_path), operation(Action.UPDATE, "1", plaats="Gent")), Written)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_folder_lists_its_files_and_a_stray_one_stops_nobody(tmp_path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    put(folder)
    put(folder, b"\xff\xfe\0\0UTF-32", "plaatje.csv")
    put(folder, "sku;naam\n1;x\n", "art 2026.txt")
    connector = side(tmp_path, folder="export", files={"articles": "art 2026.txt"}, key={"articles": "sku"})
    resources = connector.resources()
    assert sorted(resources) == ["articles", "customers", "plaatje"]
    assert resources["articles"].key == ("sku",)
    assert resources["plaatje"].open
    assert values(connector, "articles") == {"1": {"sku": "1", "naam": "x"}}


def test_several_columns_may_make_the_id(tmp_path) -> None:
    put(tmp_path, "handle;maat;prijs\nshirt;M;1\nshirt;L;2\nsh|irt;;3\n")
    connector = side(tmp_path, path="customers.csv", key=["handle", "maat"])
    records, (error,) = read(connector)
    assert sorted(records) == ["shirt|L", "shirt|M"]
    assert "no id" in error.message
    assert isinstance(write(connector, operation(Action.UPDATE, "shirt|L", prijs="4")), Written)
    assert b"shirt;L;4\n" in (tmp_path / "customers.csv").read_bytes()


def test_a_lookup_that_meets_an_unreadable_row_does_not_say_absent(tmp_path) -> None:
    put(tmp_path, "id;naam\n1;Jansen\n2\n")
    connector, query = side(tmp_path), Query(resource="customers", fields=("naam",))
    assert list(connector.fetch(query, ["1"])) == ["1"]
    for asked in ("2", "3"):
        with pytest.raises(Transient, match=r"customers\.csv:3"):
            connector.fetch(query, [asked])


def test_a_create_is_found_by_other_columns_too(tmp_path) -> None:
    put(tmp_path, "id;naam\n1;Jansen\n2;Smit\n")
    looked = replace(create(None, "Smit"), identify={"naam": "Smit"})
    assert [record.id for record in side(tmp_path).find(looked)] == ["2"]


@pytest.mark.parametrize(
    ("options", "words"),
    rows(
        [
            ({"key": "nummer"}, 'no column "nummer"', "a key that is no column"),
            ({"delimiter": "a"}, "cannot mark off", "a letter as delimiter"),
            ({"delimiter": '"'}, "both", "one mark for two things"),
            ({"encoding": "utf-16"}, "byte-order mark of utf-8", "an encoding the file denies"),
        ]
    ),
)
def test_options_that_cannot_be_are_refused(tmp_path, options, words) -> None:
    put(tmp_path, b"\xef\xbb\xbf" + CUSTOMERS.encode())
    with pytest.raises(UserError, match=words):
        pull(side(tmp_path, path="customers.csv", **options))


def test_without_quoting_a_quote_is_a_character_and_a_delimiter_cannot_be_written(tmp_path) -> None:
    put(tmp_path, 'id;naam\n1;"Jansen"\n')
    connector = side(tmp_path, path="customers.csv", quote="")
    assert values(connector)["1"]["naam"] == '"Jansen"'
    assert "no quoting" in str(write(connector, operation(Action.UPDATE, "1", naam="a;b")))


def test_values_are_written_as_plain_text(tmp_path) -> None:
    put(tmp_path, "id;a;b;c;d;e\n1;;;;;\n")
    day = FakeClock().now()
    connector = side(tmp_path)
    write(connector, operation(Action.UPDATE, "1", a=Decimal("1.20"), b=True, c=day.date(), d=day + timedelta(0), e=7))
    shown = values(connector)["1"]
    assert shown == {
        "id": "1",
        "a": "1.2",
        "b": "true",
        "c": "2026-11-20",
        "d": "2026-11-20T09:00:00Z",
        "e": "7",
    }


def test_a_column_of_citizen_numbers_is_restricted(tmp_path) -> None:
    put(tmp_path, "id;BSN\n1;x\n")
    assert side(tmp_path).resources()["customers"].fields["BSN"].restricted


def test_every_option_stands_on_its_page(repository) -> None:
    text = (repository / "docs" / "csv.md").read_text("utf-8")
    assert [name for name in PLUGIN.options["properties"] if f"| `{name}` |" not in text] == []
    assert [name for name in (*ENCODINGS, *NEWLINES) if f"`{name}`" not in text] == []
