"""The text report is what a person reviews a plan by: held whole, line by line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncengine.errors import End
from syncengine.model.operation import OperationState
from syncengine.model.plan import LinkChange, Tally
from syncengine.model.record import Side
from syncengine.model.result import Applied, Reading, RunResult
from syncengine.model.review import Waiting
from syncengine.report.text import make_text
from syncengine.report.view import make_view
from tests.builders import rows
from tests.report.results import ACCOUNTS, BREACH, COST, change, conflict, create, delete, linked, match, result, update

EMAIL = change(
    "Email", "info@acme.example", "boekhouding@acme.example", why="shop changed; exact unchanged since run 311"
)


def text(
    run: RunResult, *, width: int = 120, masked: bool = False, saved: str = "", allow: tuple[str, ...] = ()
) -> str:
    """The report of a run."""
    return make_text(make_view(run, [ACCOUNTS], masked=masked, saved=saved, allow=allow), width=width)


def test_a_plan_reads_as_the_design_shows_it() -> None:
    run = result(update(EMAIL), create(City="Zwolle"), delete(), reviews=(conflict(), match()), costs=(COST,))
    assert text(run).splitlines() == [
        "accounts  ~ ACME Bouw B.V.   shop 8841 → exact 1042",
        "    Email   info@acme.example → boekhouding@acme.example   shop changed; exact unchanged since run 311   sync.yaml:34",
        "    City  ! \"Den Haag\" | \"'s-Gravenhage\"                   both changed apart → review 17   sync.yaml:40",
        "accounts  + Bakker & Zn.   shop 12 → exact (new)",
        "    City Zwolle",
        "accounts  - Oud B.V.   shop 9 → exact 77",
        "accounts  ! Dubbel B.V.   shop 20 ? exact 301, 302",
        '    two accounts have VATNumber "NL001234567B01" → review 18',
        "",
        "Plan 5f2c: 1 create, 1 update, 1 delete, 2 wait. 12 exact calls, < 1 min; 4,812 left today.",
        "To do exactly this: sync plan -o plan.json then: sync apply plan.json",
        "2 wait for you: sync review list",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = change("Remarks", "a " * 200, "b " * 200, why="because " * 40)
    run = result(update(EMAIL, long), create(City="x" * 300), reviews=(conflict(), match()), breaches=(BREACH,))
    assert max(map(len, text(run, width=width).splitlines())) <= width


def test_narrow_or_wide_a_plan_says_the_same() -> None:
    run = result(update(EMAIL), reviews=(conflict(),))
    assert text(run, width=80).split() == text(run, width=200).split()


def test_an_empty_plan_is_one_line() -> None:
    assert text(result()) == "Plan 5f2c: 0 create, 0 update, 0 delete."


def test_new_links_are_counted_by_the_rule_that_made_them() -> None:
    links = linked("VATNumber", "ChamberOfCommerce", "VATNumber")
    assert text(result(**links)).splitlines()[0] == "accounts  = 3 to link: VATNumber 2, ChamberOfCommerce 1"


def test_a_base_that_moves_is_no_new_link() -> None:
    moved = LinkChange(entity="accounts", left_id="1", right_id="2", matched_by="agreed")
    assert "link" not in text(result(links=(moved,), tallies=(Tally(entity="accounts"),)))


NEXT = [
    # run, options, what the last lines say, why
    (result(create(), first=("accounts",)), {}, "First run: 1 create waits for approval. To do exactly this:", "a first run waits for approval"),
    (result(create()), {"saved": "p.json"}, "To do exactly this: sync apply p.json", "a saved plan is applied by its name"),
    (result(delete(), breaches=(BREACH,)), {}, "then: sync apply plan.json --allow deletes", "an override names its guard"),
    (result(delete(), breaches=(BREACH,)), {"allow": ("deletes",)}, 'guard "deletes" was overridden.', "an override is told"),
    (result(end=End.LATER), {}, "the next run goes on", "a side that was down"),
    (result(end=End.LOGIN), {}, "sync login", "a login that ran out"),
]  # fmt: skip


@pytest.mark.parametrize(("run", "options", "said"), rows(NEXT))
def test_the_report_says_what_to_type_next(run: RunResult, options: dict[str, object], said: str) -> None:
    assert said in text(run, **options)  # type: ignore[arg-type]


def test_a_breach_is_shown_with_what_was_counted() -> None:
    shown = text(result(delete(), breaches=(BREACH,)))
    assert 'accounts: guard "deletes" stops the plan before any write.' in shown
    assert "412 of 1,032" in shown
    assert "Such as: Oud B.V." in shown


def applied(state: OperationState, answer: str = "") -> RunResult:
    """A run of one update that came to this."""
    run = result(update(EMAIL), run=7, dry=False)
    return replace(run, applied=(Applied(operation=run.plan.operations[0], state=state, answer=answer),))


OUTCOMES = [
    # state, answer, said, summary, why
    (OperationState.CONFIRMED, "", "", "1 updated", "done needs no word"),
    (OperationState.PARKED, "Ongeldige code", "refused: Ongeldige code", "0 updated, 0 deleted, 1 refused", "the side's own words"),
    (OperationState.UNCERTAIN, "timeout", "no answer yet", "looked up by the next run", "an unanswered write"),
    (OperationState.STALE, "", "moved meanwhile", "planned again", "a record that moved"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "answer", "said", "summary"), rows(OUTCOMES))
def test_what_became_of_a_write_is_told(state: OperationState, answer: str, said: str, summary: str) -> None:
    shown = text(applied(state, answer))
    assert said in shown.splitlines()[0] + shown.splitlines()[1]
    assert summary in next(line for line in shown.splitlines() if line.startswith("Run 7: "))


def test_after_a_review_only_failures_are_shown_again() -> None:
    done, refused = applied(OperationState.CONFIRMED), applied(OperationState.PARKED, "nee")
    assert "ACME" not in make_text(make_view(done, [ACCOUNTS]), brief=True)
    assert "ACME" in make_text(make_view(refused, [ACCOUNTS]), brief=True)


def test_what_a_first_run_withholds_is_told_with_the_way_on() -> None:
    op = create()
    run = replace(result(op, first=("accounts",), run=1, dry=False, end=End.WAITING), withheld=(op,))
    shown = text(run)
    assert "waits for approval" in shown.splitlines()[0]
    assert "1 held back" in shown
    assert (
        "First run: 1 create waits for approval. Review and do: sync plan -o plan.json then: sync apply plan.json"
        in shown
    )


def test_personal_data_is_masked_and_the_rest_is_not() -> None:
    shown = text(result(update(EMAIL), create(City="Zwolle"), delete(), reviews=(conflict(), match())), masked=True)
    for hidden in ("acme.example", "ACME", "Oud B.V.", "Dubbel", "NL001234567B01"):
        assert hidden not in shown
    for kept in ("••• → •••", "Den Haag", "Zwolle", "shop 8841 → exact 1042", "review 17"):
        assert kept in shown


def test_an_entity_that_is_not_known_any_more_is_masked_whole() -> None:
    shown = make_text(make_view(result(update(change("City", "Delft", "Breda"))), [], masked=True))
    assert "Delft" not in shown


def test_more_of_a_kind_than_fit_are_counted() -> None:
    run = result(*(create(left=str(n), title=f"Klant {n}") for n in range(30)))
    shown = text(run)
    assert "… and 22 more creates: sync plan accounts --all" in shown
    assert make_text(make_view(run, [ACCOUNTS]), most=None).count("accounts  + ") == 30


def test_a_side_that_was_not_read_whole_is_told() -> None:
    reading = Reading(entity="accounts", side=Side.LEFT, incomplete="customers.csv:17 is too short")
    assert "shop was not read whole: customers.csv:17 is too short" in text(result(readings=(reading,)))


def test_a_hostile_name_steers_nothing() -> None:
    run = result(update(EMAIL, title="\x1b[31mEvil\r\nPlan 0000: nothing"), reviews=(match(reason="\x9b2J\u202e"),))
    shown = text(run)
    assert not [sign for sign in shown if (sign != "\n" and ord(sign) < 32) or sign in "\x9b\u202e"]
    assert [line for line in shown.splitlines() if line.startswith("Plan ")] == [
        "Plan 5f2c: 0 create, 1 update, 0 delete, 1 waits."
    ]


def test_both_directions_of_one_pair_are_one_record() -> None:
    back = replace(update(change("City", "Delft", "Breda")), key="back", side=Side.LEFT, id="8841", partner="1042")
    shown = text(result(update(EMAIL), back))
    assert shown.count("ACME") == 1
    assert "shop 8841 ↔ exact 1042" in shown


def test_news_is_what_quiet_goes_by() -> None:
    assert not make_view(result(), [ACCOUNTS]).news
    assert make_view(result(create()), [ACCOUNTS]).news
    assert make_view(result(reviews=(conflict(),)), [ACCOUNTS]).news
    assert make_view(result(**linked("VATNumber")), [ACCOUNTS]).news
    assert make_view(result(end=End.LATER), [ACCOUNTS]).news


def test_every_kind_of_waiting_has_its_question() -> None:
    for kind in Waiting:
        assert "→ review 5" in text(result(reviews=(match(5, kind=kind, reason=""),)))
