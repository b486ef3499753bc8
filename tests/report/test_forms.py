"""The same run in every form: one document for programs, pages that run nothing, cases for a CI."""

from __future__ import annotations

import json
from decimal import Decimal
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from syncengine.model.record import Observed, Side
from syncengine.model.result import RunResult
from syncengine.model.review import Waiting
from syncengine.report.html import make_html
from syncengine.report.inbox import DECISIONS, make_inbox, make_item, options
from syncengine.report.json import make_json
from syncengine.report.junit import make_junit
from syncengine.report.markdown import MOST_BYTES, escape, make_markdown
from syncengine.report.shown import MASK
from syncengine.report.view import make_view
from tests.report.results import ACCOUNTS, BREACH, COST, change, conflict, create, linked, match, result, update

HOSTILE = "<script>alert(1)</script> | `x` [a](http://b) \x00 ]]> & @everyone"


def hostile() -> RunResult:
    """A run in which a side holds what could break a page."""
    return result(
        update(change("City", "Delft", HOSTILE), title=HOSTILE),
        reviews=(match(reason=HOSTILE),),
        breaches=(BREACH,),
        costs=(COST,),
        **linked("VATNumber"),
    )


def test_the_document_is_versioned_and_survives_json() -> None:
    run = result(update(change("Price", Decimal("1.20"), None)), create(), reviews=(conflict(),), costs=(COST,))
    made = json.loads(json.dumps(make_json(make_view(run, [ACCOUNTS]), [ACCOUNTS])))
    assert (made["format"], made["version"], made["end_name"]) == ("syncengine/plan", 1, "waiting")
    price = made["operations"][0]["changes"][0]
    assert (price["before"], price["after"]) == ("1.2", None)
    assert "before" not in made["operations"][1]["changes"][0], "a create has nothing before it"
    assert made["operations"][1]["state"] == "planned"
    (waiting,) = made["reviews"]
    assert (waiting["number"], waiting["left"]["ids"], waiting["right"]["ids"]) == (17, ["8841"], ["1042"])
    assert (waiting["left"]["value"], waiting["decisions"]) == ("Den Haag", ["left", "right", "keep"])


def test_a_masked_document_holds_no_personal_data() -> None:
    run = result(update(change("Email", "info@acme.example", "b@acme.example")), reviews=(match(),))
    made = json.dumps(make_json(make_view(run, [ACCOUNTS], masked=True), [ACCOUNTS], masked=True), ensure_ascii=False)
    assert MASK in made
    for hidden in ("acme", "ACME", "Dubbel", "NL001234567B01"):
        assert hidden not in made


def test_the_page_forbids_scripts_and_holds_none() -> None:
    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found.append(tag)
            assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href", "style")]

    page = make_html(make_view(hostile(), [ACCOUNTS]))
    tags = Tags()
    tags.feed(page)
    assert not {"script", "img", "iframe", "link", "form", "a"} & set(tags.found)
    assert "default-src 'none'" in page
    assert "&lt;script&gt;" in page


def test_markdown_quotes_what_a_side_holds() -> None:
    page = make_markdown(make_view(hostile(), [ACCOUNTS]))
    assert "<script>" not in page
    assert "\\<script\\>" in page
    table = [line for line in page.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in table} == {6}, "every row has its five cells"


def test_a_long_markdown_report_is_cut_and_says_so() -> None:
    run = result(*(create(left=str(n), City="x" * 900) for n in range(2000)))
    page = make_markdown(make_view(run, [ACCOUNTS]))
    assert len(page.encode()) <= MOST_BYTES
    assert "more records are left out" in page


def test_escaping_leaves_no_markup() -> None:
    assert escape("**a** http://b") == "\\*\\*a\\*\\* http\\:\\/\\/b"


def test_junit_counts_what_waits_and_what_a_guard_stops() -> None:
    suites = ET.fromstring(make_junit(make_view(hostile(), [ACCOUNTS])))
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("3", "1", "1")
    assert next(case.get("name") for case in suites.iter("testcase")) == "guard deletes"


@pytest.mark.parametrize("make", [make_html, make_markdown, make_junit])
def test_the_same_run_gives_the_same_bytes(make) -> None:
    assert make(make_view(hostile(), [ACCOUNTS])) == make(make_view(hostile(), [ACCOUNTS]))


def test_the_inbox_names_number_ids_reason_and_decisions() -> None:
    shown = make_inbox([conflict(), match()], [ACCOUNTS])
    assert "  17  conflict    accounts  ACME Bouw B.V.   shop 8841 = exact 1042" in shown
    assert "both changed apart   sync.yaml:40" in shown
    assert "2 wait: 1 conflict, 1 match." in shown
    assert "sync review decide 17 left|right|keep" in shown
    assert make_inbox([], [ACCOUNTS]) == "Nothing waits."


def test_an_item_shows_its_records_side_by_side() -> None:
    records = {
        Side.LEFT: [Observed(id="20", values=("Dubbel", "a@b.example", "Delft"))],
        Side.RIGHT: [
            Observed(id="301", values=("Dubbel", None, "Breda")),
            Observed(id="302", values=("D", None, "Delft")),
        ],
    }
    shown = make_item(match(), ACCOUNTS, ("Name", "Email", "City"), records)
    assert "  ≠ City   Delft        Breda      Delft" in shown
    assert "    sync review decide 18 same --right 302" in shown
    masked = make_item(match(), ACCOUNTS, ("Name", "Email", "City"), records, masked=True)
    assert "a@b.example" not in masked


def test_what_can_only_be_mended_offers_no_decision() -> None:
    shown = make_item(match(kind=Waiting.UNREADABLE), ACCOUNTS, (), {Side.LEFT: [], Side.RIGHT: []})
    assert "Nothing to decide here" in shown
    assert set(DECISIONS) == set(Waiting)
    assert options(Waiting.CONFLICT, "shop", "exact")["left"] == "shop's value counts"
