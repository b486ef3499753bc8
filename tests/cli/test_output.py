"""The result goes to stdout, everything else to stderr; colour and questions only where a person sees them."""

from __future__ import annotations

import json
import sys

import click
import pytest

from syncengine.cli.options import common_options
from syncengine.cli.output import Output, plain
from syncengine.errors import UserError
from tests.builders import rows


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all three streams be a person's terminal."""
    monkeypatch.setenv("TERM", "xterm")
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)


CASES = [
    # environment, options, colour, progress, interactive, why
    ({}, {}, True, True, True, "a person at a terminal"),
    ({"NO_COLOR": "1"}, {}, False, True, True, "NO_COLOR takes colour only"),
    ({"NO_COLOR": ""}, {}, True, True, True, "an empty NO_COLOR says nothing"),
    ({"TERM": "dumb"}, {}, False, False, True, "a terminal that cannot move its cursor"),
    ({}, {"quiet": True}, True, False, True, "-q draws no progress"),
    ({}, {"no_input": True}, True, True, False, "--no-input asks nothing"),
]  # fmt: skip


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(("environment", "options", "colour", "progress", "interactive"), rows(CASES))
def test_a_terminal_is_used_as_asked(monkeypatch, environment, options, colour, progress, interactive) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    output = Output.open(**{"json": False, "quiet": False, "no_input": False} | options)
    assert (output.colour, output.progress, output.interactive) == (colour, progress, interactive)


def test_a_pipe_gets_no_colour_no_progress_and_no_question() -> None:
    output = Output.open(json=False, quiet=False, no_input=False)
    assert (output.colour, output.progress, output.interactive) == (False, False, False)
    assert output.style("x", fg="red") == "x"


def test_closed_streams_have_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert not Output.open(json=False, quiet=False, no_input=False).interactive


def test_quiet_prints_a_result_only_if_it_is_news(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(quiet=True)
    output.result("nothing changed", news=False)
    output.note("a note")
    assert capsys.readouterr() == ("", "")
    output.result("1 waits")
    output.warn("a warning")
    assert capsys.readouterr() == ("1 waits\n", "a warning\n")


def test_a_document_is_json_with_its_letters_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    Output(quiet=True, json=True).document({"version": 1, "name": "Café Zuid"})
    printed = capsys.readouterr().out
    assert "Café" in printed
    assert json.loads(printed) == {"version": 1, "name": "Café Zuid"}


def test_a_question_nobody_can_answer_says_what_to_type() -> None:
    with pytest.raises(UserError, match=r"sync apply plan\.json --yes"):
        Output(interactive=False).confirm("Apply 3 creates?", instead="sync apply plan.json --yes")


def test_plain_text_keeps_lines_and_letters() -> None:
    assert plain("a\tb\nÉ") == "a\tb\nÉ"
    assert plain("\x1b[31m\x9b\u2066") == "\N{REPLACEMENT CHARACTER}[31m" + "\N{REPLACEMENT CHARACTER}" * 2


def test_a_command_gets_the_folder_and_the_output(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    got: dict[str, object] = {}

    @click.command()
    @common_options
    def status(**given: object) -> None:
        got.update(given)

    status.main(["-C", str(tmp_path), "--json", "-q"], standalone_mode=False)
    assert got == {"project": tmp_path, "output": Output(json=True, quiet=True)}
    monkeypatch.setenv("SYNCENGINE_PROJECT", str(tmp_path / "shop"))
    status.main([], standalone_mode=False)
    assert got == {"project": tmp_path / "shop", "output": Output()}
