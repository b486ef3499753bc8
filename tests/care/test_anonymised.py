"""A record from which a side took the person in place is held: not filled again, not copied (promise 19, fault 77)."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncengine.decide.anonymised import _tells
from syncengine.errors import End
from syncengine.model.record import ABSENT, Value
from tests.builders import rows
from tests.care.conftest import Sync
from tests.cli.conftest import MAPPING, change

VALUES = [
    # value, tells of somebody, why
    ("Jansen", True, "a name"),
    ("", False, "nothing"),
    (None, False, "empty"),
    (ABSENT, False, "silence"),
    ("[deleted]", False, "as WordPress writes it"),
    ("deleted@site.invalid", False, "as WordPress writes an address"),
    ("Anonymous", False, "in English"),
    ("GEANONIMISEERD", False, "in Dutch, in capitals"),
    ("deleted-user-8841", False, "with a number"),
    ("Verwijderd klant 12", False, "with a noun and a number"),
    ("****", False, "starred out"),
    ("Anonymous Music B.V.", True, "a company's name that begins so"),
    ("info@deleted.nl", True, "an address at a company called so"),
    ("X", True, "one letter may be a name"),
    ("Avgerinos", True, "a name that begins like the law"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "tells"), rows(VALUES))
def test_a_value_tells_of_somebody(value: Value, tells: bool) -> None:
    assert _tells(value) is tells


@pytest.fixture
def people(project: Path, sync: Sync) -> Path:
    """The project with addresses, after its first run."""
    (project / "sync.yaml").write_text(
        MAPPING.replace("City: city", "City: {from: city, owner: books}\n      Email: email\n      Phone: phone"),
        "utf-8",
    )
    (project / "shop" / "customers.csv").write_text(
        "id,company,vat,city,email,phone\n"
        "1,Els Jansen,NL 8012.34.566.B01,Delft,els@home.example,0612345678\n"
        "2,Jan Visser,BE 0403.170.701,Gent,jan@home.example,\n",
        "utf-8",
    )
    (project / "books" / "accounts.csv").write_text("Id,Name,Vat,City,Email,Phone\n", "utf-8")
    assert sync("apply", "--yes").end == End.DONE
    return project


ERASURES = [
    # new line of the shop, held, why
    ("1,[deleted],,[deleted],deleted@site.invalid,", True, "as a shop's eraser does"),
    ("1,,,,,", True, "everything emptied"),
    ("1,Anoniem,NL 8012.34.566.B01,Delft,,", True, "the number kept for the books"),
    ("1,Els Jansen,NL 8012.34.566.B01,Delft,,", False, "an edit: she still has her name"),
    ("1,Els de Vries,NL 8012.34.566.B01,Delft,els@home.example,", False, "an edit: she married"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "held"), rows(ERASURES))
def test_an_anonymised_record_is_held(people: Path, sync: Sync, line: str, held: bool) -> None:
    shop, books = people / "shop" / "customers.csv", people / "books" / "accounts.csv"
    change(shop, "1,Els Jansen,NL 8012.34.566.B01,Delft,els@home.example,0612345678", line)
    before = shop.read_text("utf-8"), books.read_text("utf-8")
    said = sync("run")
    assert ("the person was taken out of this record" in said.out) is held, said.out
    if held:
        assert said.end == End.WAITING
        assert (shop.read_text("utf-8"), books.read_text("utf-8")) == before
        change(books, "NL801234566B01,,", "NL801234566B01,Leiden,")
        sync("run")
        assert shop.read_text("utf-8") == before[0], "not even by the side that owns a field"


def test_forgetting_them_then_goes_by_the_number_the_inbox_names(people: Path, sync: Sync) -> None:
    change(
        people / "shop" / "customers.csv",
        "1,Els Jansen,NL 8012.34.566.B01,Delft,els@home.example,0612345678",
        "1,[deleted],,,,",
    )
    said = sync("run").out
    assert "sync state forget customers 1" in " ".join(said.split())
    sync("state", "forget", "customers", "1", "--side", "left", "--yes")
    held = b"".join(file.read_bytes() for file in (people / ".sync").iterdir() if file.is_file())
    assert b"els@home.example" not in held
    assert b"jan@home.example" in held
